//! The rules of the house, checked on the source text: floors, openings, lengths of functions, and
//! words that belong to one file alone.

use std::path::{Path, PathBuf};

/// Rooms by floor; a room imports only from lower floors.
const FLOORS: &[(u32, &[&str])] = &[
    (0, &["units"]),
    (1, &["rng", "des", "stats"]),
    (2, &["protocol"]),
    (
        3,
        &[
            "policy",
            "population",
            "attack",
            "labeler",
            "network",
            "metrics",
            "trace",
        ],
    ),
    (4, &["scenario"]),
    (5, &["model"]),
    (6, &["experiment"]),
    (7, &["report", "tui"]),
    (8, &["cli"]),
];

fn floor_of(room: &str) -> Option<u32> {
    let mut floors = FLOORS.iter();
    floors
        .find(|(_, rooms)| rooms.contains(&room))
        .map(|(floor, _)| *floor)
}

/// A source file: its path below the repository, its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// `src/policy/limit/set.rs` belongs to `policy`, `src/lib.rs` and `src/main.rs` to none.
    fn room(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        let room = below.split('/').next()?.trim_end_matches(".rs");
        floor_of(room).map(|_| room)
    }

    /// Files of tests only: they may look at what the code may not.
    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name == "tests.rs" || name.ends_with("_tests.rs") || self.path.starts_with("tests/")
    }

    /// The text before the tests, without comments and literals.
    fn code(&self) -> String {
        let whole = blanked(&self.text);
        let end = whole
            .find("#[cfg(test)]\nmod tests {")
            .unwrap_or(whole.len());
        whole[..end].to_owned()
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut waiting = vec![root.join(folder)];
    let mut sources = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder of the repository");
            let entries = entries.map(|entry| entry.expect("readable").path());
            waiting.extend(entries.collect::<Vec<PathBuf>>());
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = path.strip_prefix(root).expect("below the root");
            sources.push(Source {
                path: below.display().to_string(),
                text: std::fs::read_to_string(&path).expect("text"),
            });
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!sources.is_empty(), "no source in {folder}");
    sources
}

/// The text with comments, strings and characters blanked out; lines stay where they are.
fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = literal_length(rest).unwrap_or(0);
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            out.extend(
                rest[..length]
                    .chars()
                    .map(|c| if c == '\n' { c } else { ' ' }),
            );
            rest = &rest[length..];
        }
    }
    out
}

/// How long a comment, string or character at the start of `rest` is, if there is one.
fn literal_length(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    for hashes in ["##", "#", ""] {
        let raw = format!("r{hashes}\"");
        if rest.starts_with(&raw) {
            let end = format!("\"{hashes}");
            let body = rest[raw.len()..]
                .find(&end)
                .unwrap_or(rest.len() - raw.len() - end.len());
            return Some(raw.len() + body + end.len());
        }
    }
    if let Some(body) = rest.strip_prefix('"') {
        return Some(1 + quoted(body, '"'));
    }
    let mut characters = rest.chars();
    if characters.next() == Some('\'') {
        // A character, not a lifetime.
        let is_character = match characters.next() {
            Some('\\') => true,
            Some(_) => characters.next() == Some('\''),
            None => false,
        };
        return is_character.then(|| 1 + quoted(&rest[1..], '\''));
    }
    None
}

/// The length up to and with the closing quote.
fn quoted(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (place, c) in body.char_indices() {
        if c == quote && !escaped {
            return place + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    body.len()
}

/// The rooms named after `crate::` in code, groups such as `crate::{rng, units}` included.
fn rooms_named(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (place, _) in code.match_indices("crate::") {
        let before = code[..place].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let after = &code[place + "crate::".len()..];
        match after.strip_prefix('{') {
            None => rooms.extend(word(after)),
            Some(group) => rooms.extend(group_heads(group)),
        }
    }
    rooms
}

fn word(text: &str) -> Option<String> {
    let word: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!word.is_empty()).then_some(word)
}

/// The first word of every path in a group, up to its closing brace.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let (mut depth, mut start) = (1, 0);
    for (place, c) in group.char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth == 0 || (depth == 1 && c == ',') {
            heads.extend(word(group[start..place].trim_start()));
            start = place + 1;
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

/// Imports that go up or sideways.
fn wrong_imports(source: &Source) -> Vec<String> {
    let Some(room) = source.room() else {
        return Vec::new();
    };
    let floor = floor_of(room).expect("a known room");
    let is_wrong =
        |named: &String| named != room && floor_of(named).is_some_and(|other| other >= floor);
    let named = rooms_named(&source.code()).into_iter().filter(is_wrong);
    named
        .map(|named| format!("{}: {room} imports from {named}", source.path))
        .collect()
}

#[test]
fn a_room_imports_only_from_lower_floors() {
    let sources = sources("src");
    let wrong: Vec<String> = sources
        .iter()
        .filter(|source| !source.is_test())
        .flat_map(wrong_imports)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The test looks at something: the model imports from below.
    let model = sources
        .iter()
        .find(|source| source.path == "src/model/world.rs");
    let named = rooms_named(&model.expect("the world").code());
    assert!(named.contains(&"des".to_owned()) && named.contains(&"policy".to_owned()));
}

#[test]
fn every_folder_and_file_of_the_source_is_a_room_on_a_floor() {
    for source in sources("src") {
        let is_root = ["src/lib.rs", "src/main.rs"].contains(&source.path.as_str());
        assert!(
            is_root || source.room().is_some(),
            "{} is in no room",
            source.path
        );
    }
}

#[test]
fn an_import_up_or_sideways_is_found_however_it_is_written() {
    let judged = |path: &str, text: &str| {
        let (path, text) = (path.to_owned(), text.to_owned());
        wrong_imports(&Source { path, text }).len()
    };
    let policy = "src/policy/x.rs";
    assert_eq!(
        judged(policy, "use crate::units::Time;\nuse crate::policy::Check;"),
        0
    );
    assert_eq!(judged(policy, "use crate::attack::Move;"), 1);
    assert_eq!(
        judged(policy, "use crate::{units::{Time, Span}, model::World};"),
        1
    );
    assert_eq!(judged(policy, "fn f() -> crate::scenario::Scenario {}"), 1);
    assert_eq!(judged(policy, "pub(in crate::cli) fn f() {}"), 1);
    assert_eq!(
        judged(
            policy,
            "/// [`World`](crate::model::World)\n// use crate::model;"
        ),
        0
    );
    assert_eq!(
        judged(
            policy,
            "#[cfg(test)]\nmod tests {\nuse crate::model::World;\n}"
        ),
        0
    );
    assert_eq!(judged("src/rng/law.rs", "use crate::des::Table;"), 1);
    assert_eq!(judged("src/report/csv.rs", "use crate::cli::main;"), 1);
    assert_eq!(judged("src/lib.rs", "use crate::cli::main;"), 0);
}

#[test]
fn every_file_opens_with_what_it_is() {
    for source in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        assert!(
            source.text.starts_with("//!"),
            "{} does not open with `//!`",
            source.path
        );
    }
}

/// Functions longer than 70 lines, with their length.
fn long_functions(code: &str) -> Vec<(String, usize)> {
    let mut long = Vec::new();
    for (start, line) in code.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let head = line.trim_start();
        let is_function =
            head.starts_with("fn ") || head.contains(" fn ") && !head.starts_with("use");
        if !is_function || head.ends_with(';') {
            continue;
        }
        // rustfmt puts the closing brace where the function began.
        let closes = |line: &&str| {
            line.len() - line.trim_start().len() == indent && line.trim_end().ends_with('}')
        };
        let later = code.lines().skip(start + 1);
        let end = if line.trim_end().ends_with('}') {
            0
        } else {
            later.take_while(|line| !closes(line)).count() + 1
        };
        if end + 1 > 70 {
            long.push((head.to_owned(), end + 1));
        }
    }
    long
}

#[test]
fn no_function_is_longer_than_70_lines() {
    for source in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        let long = long_functions(&blanked(&source.text));
        assert!(long.is_empty(), "{}: {long:?}", source.path);
    }
}

#[test]
fn a_function_of_71_lines_is_found() {
    let function = |lines: usize| {
        format!(
            "impl X {{\n    fn f() {{\n{}    }}\n}}\n",
            "        x();\n".repeat(lines - 2)
        )
    };
    assert_eq!(long_functions(&function(70)), []);
    assert_eq!(long_functions(&function(71)).len(), 1);
}

/// Words of code and the places that may say them.
const OWNED: &[(&str, &[&str])] = &[
    ("HashMap", &["src/des/table.rs"]),
    ("HashSet", &[]),
    ("Instant", &["src/cli/"]),
    ("SystemTime", &["src/cli/"]),
    (
        "std::thread",
        &[
            "src/cli/",
            "src/experiment/pool.rs",
            "src/experiment/divided.rs",
            "src/experiment/gate.rs",
        ],
    ),
    ("std::env", &["src/cli/", "src/main.rs"]),
    (
        "std::fs",
        &[
            "src/cli/",
            "src/report/",
            "src/scenario/load",
            "src/trace/log.rs",
        ],
    ),
    ("std::net", &[]),
    ("rayon", &["src/experiment/pool.rs", "src/cli/"]),
    ("unsafe", &[]),
];

/// Whether `code` says `word` as a word of its own.
fn says(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(place, _)| {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_part(code[..place].chars().next_back())
            && !is_part(code[place + word.len()..].chars().next())
    })
}

#[test]
fn banned_words_stay_with_their_owners() {
    for source in sources("src").iter().filter(|source| !source.is_test()) {
        let code = source.code();
        for (word, owners) in OWNED {
            let is_owner = owners.iter().any(|owner| source.path.starts_with(owner));
            assert!(
                is_owner || !says(&code, word),
                "{} says {word}",
                source.path
            );
        }
    }
    assert!(says("use std::fs;", "std::fs") && !says("Instantly", "Instant"));
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    // Spelled in parts, so that this file does not say them itself.
    let forbidden = [
        ["/wo", "rk/"],
        ["/tmp/", "wt"],
        ["/ho", "me/"],
        ["/ro", "ot/"],
        ["/Us", "ers/"],
    ];
    let forbidden = forbidden.map(|parts| parts.concat());
    for source in ["src", "tests", "benches"].into_iter().flat_map(sources) {
        for path in &forbidden {
            assert!(!source.text.contains(path), "{} names {path}", source.path);
        }
    }
}

#[test]
fn every_test_of_the_whole_is_part_of_the_one_binary() {
    let main = include_str!("main.rs");
    for source in sources("tests/it") {
        let Some(name) = source
            .path
            .strip_prefix("tests/it/")
            .and_then(|n| n.strip_suffix(".rs"))
        else {
            continue;
        };
        let is_named = main.contains(&format!("mod {name};"));
        assert!(
            name == "main" || name.contains('/') || is_named,
            "{name} is never run"
        );
    }
}
