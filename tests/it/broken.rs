//! The corpus of broken inputs, `tests/data/broken`: each is refused at its place, with its code and
//! its remedy; nothing is written, nothing panics.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pdsim::scenario::CODES;
use rayon::prelude::*;

use crate::cli_program::{Ended, Sandbox};

/// One file of the corpus.
struct Case {
    name: String,
    commands: Vec<Vec<String>>,
    /// Name, modifier and text of every section.
    sections: Vec<(String, String, String)>,
    expected: Vec<String>,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("a case is text");
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let mut parts = text.split("\n== ");
        let head = parts.next().expect("a head");
        let commands = head.lines().filter_map(|line| line.strip_prefix("$ "));
        let mut sections: Vec<_> = parts.map(section).collect();
        let (last, _, expected) = sections.pop().expect("what is expected");
        assert_eq!(last, "expected", "{name}");
        Self {
            commands: commands.map(arguments).collect(),
            sections,
            expected: expected.lines().map(str::to_owned).collect(),
            name,
        }
    }

    fn sandbox(&self) -> Sandbox {
        let sandbox = Sandbox::new();
        let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        for (name, modifier, text) in &self.sections {
            let path = sandbox.path(name);
            match modifier.as_str() {
                "folder" => std::fs::create_dir(path).expect("a folder"),
                "link" => std::os::unix::fs::symlink(text.trim(), path).expect("a link"),
                "pipe" => {
                    let made = std::process::Command::new("mkfifo").arg(path).status();
                    assert!(made.expect("mkfifo").success());
                }
                modifier => files.entry(name).or_default().extend(bytes(modifier, text)),
            }
        }
        for (name, bytes) in files {
            sandbox.write(name, bytes);
        }
        sandbox
    }

    /// What does not hold, if anything.
    fn fails(&self) -> Vec<String> {
        let sandbox = self.sandbox();
        let before = names(&sandbox.path("."));
        let mut wrong = Vec::new();
        for command in &self.commands {
            let is_check = command[0] == "check";
            let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
            if is_check {
                arguments.extend(["--format", "json"]);
            }
            let ended = sandbox.run_args(&arguments);
            let mut say =
                |what: String| wrong.push(format!("{}: {}: {what}", self.name, command.join(" ")));
            if ended.code != 2 {
                say(format!("exit code {}\n{}", ended.code, ended.err));
            }
            let all = ended.out.clone() + &ended.err;
            if all.contains("panicked") || all.contains("a fault of pdsim") {
                say(all);
            }
            let told = if is_check {
                of_json(&ended)
            } else {
                of_text(&ended, &self.expected)
            };
            if told != self.expected {
                say(format!("\n  {}", told.join("\n  ")));
            }
        }
        if names(&sandbox.path(".")) != before {
            wrong.push(format!("{}: something was written", self.name));
        }
        wrong
    }
}

/// `NAME (MODIFIER)`, a line end, the text.
fn section(part: &str) -> (String, String, String) {
    let (head, text) = part.split_once('\n').unwrap_or((part, ""));
    let (name, modifier) = head.split_once(" (").unwrap_or((head, ")"));
    let modifier = modifier.strip_suffix(')').expect("a bracket is closed");
    let text = if text.is_empty() || text.ends_with('\n') {
        text.to_owned()
    } else {
        format!("{text}\n")
    };
    (name.to_owned(), modifier.to_owned(), text)
}

fn bytes(modifier: &str, text: &str) -> Vec<u8> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    if let Some(count) = modifier.strip_suffix(" times") {
        let count = count.parse().expect("a count");
        return line.replace("%0A", "\n").repeat(count).into_bytes();
    }
    match modifier {
        "" => text.as_bytes().to_vec(),
        "no newline" => line.as_bytes().to_vec(),
        "hex" => {
            let byte = |digits: &str| u8::from_str_radix(digits, 16).expect("hexadecimal");
            text.split_whitespace().map(byte).collect()
        }
        other => panic!("what is `{other}`?"),
    }
}

/// Arguments parted by blanks, where those in single quotes may hold some.
fn arguments(line: &str) -> Vec<String> {
    let mut list = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            list.push(part.to_owned());
        } else {
            list.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    list
}

/// Every file and folder, by name: the inputs may be pipes, which nobody may read.
fn names(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.path().display().to_string();
        if entry.file_type().expect("a kind").is_dir() {
            found.extend(names(&entry.path()));
        }
        found.insert(name);
    }
    found
}

/// The errors that `check --format json` tells, as the corpus writes them.
fn of_json(ended: &Ended) -> Vec<String> {
    let list: serde_json::Value = serde_json::from_str(&ended.out).unwrap_or_default();
    let Some(faults) = list[0]["faults"].as_array() else {
        return vec![format!("no JSON: {}{}", ended.out, ended.err)];
    };
    let errors = faults.iter().filter(|fault| fault["severity"] == "error");
    let line = |fault: &serde_json::Value| {
        let [place, code, message, remedy] =
            ["place", "code", "message", "remedy"].map(|key| fault[key].as_str().unwrap_or(""));
        format!("{place} {code}: {message}; {remedy}")
            .escape_debug()
            .to_string()
            .replace("\\\"", "\"")
            .replace("\\'", "'")
            .replace("\\\\", "\\")
    };
    errors.map(line).collect()
}

/// The expected lines that are told on standard error, code included, and those that are told beyond
/// them.
fn of_text(ended: &Ended, expected: &[String]) -> Vec<String> {
    let is_there = |line: &&String| {
        let Some((place, rest)) = line.split_once(": ") else {
            return false;
        };
        let (place, code) = place.rsplit_once(' ').unwrap_or((place, ""));
        ended.err.contains(&format!("{place}: {rest}")) && ended.err.contains(code)
    };
    let mut told: Vec<String> = expected.iter().filter(is_there).cloned().collect();
    let count = match told.len() {
        1 => "1 error".to_owned(),
        errors => format!("{errors} errors"),
    };
    if !ended
        .err
        .ends_with(&format!("pdsim: {count}; nothing was written\n"))
    {
        told.push(ended.err.clone());
    }
    if !ended.out.is_empty() {
        told.push(ended.out.clone());
    }
    told
}

fn corpus() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/broken");
    let entries = std::fs::read_dir(folder).expect("the corpus");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "case"))
        .collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

#[test]
fn every_broken_input_is_refused_at_its_place_with_its_code_and_remedy() {
    let wrong: Vec<String> = corpus().par_iter().flat_map(Case::fails).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_occurs_in_the_corpus_and_no_other() {
    let mut found = BTreeSet::new();
    for case in corpus() {
        assert!(!case.expected.is_empty(), "{} expects nothing", case.name);
        for line in &case.expected {
            let place = line.split(": ").next().expect("a place and a code");
            found.insert(place.rsplit(' ').next().expect("a code").to_owned());
        }
    }
    let codes: BTreeSet<String> = CODES.iter().map(|code| code.name.to_owned()).collect();
    // The tests run as a user who may read everything.
    let cannot_be_planted = BTreeSet::from(["unreadable-file".to_owned()]);
    let missing: Vec<_> = codes
        .difference(&found)
        .filter(|code| !cannot_be_planted.contains(*code))
        .collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
    assert!(found.is_subset(&codes), "{found:?}");
}
