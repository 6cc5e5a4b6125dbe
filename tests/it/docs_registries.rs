//! The reference documents say what the registries say: `docs/SCENARIO.md` every key of a scenario,
//! `docs/METRICS.md` every metric and outcome.
//!
//! The tables in them are written by this file. After a change of a registry:
//! `UPDATE_DOCS=1 cargo test --test it docs_`.

use pdsim::attack;
use pdsim::metrics::registry::{Better, METRICS};
use pdsim::policy::limit::preset::PRESETS;
use pdsim::policy::limit::{ALGORITHMS, About};
use pdsim::protocol::Outcome;
use pdsim::scenario::{self, CODES, Depth, KeyEntry, Need};

use super::support::repository_file;

// One test per document: they write it under `UPDATE_DOCS`.

#[test]
fn scenario_md_says_what_the_registries_of_a_scenario_say() {
    let path = "docs/SCENARIO.md";
    assert_table(path, "keys", &keys());
    assert_table(path, "distributions", &distributions());
    assert_table(path, "algorithms", &algorithms());
    assert_table(path, "presets", &presets());
    assert_table(path, "attacks", &attacks());
    assert_table(path, "faults", &faults());
}

#[test]
fn limits_md_says_what_the_registries_of_limits_say() {
    let path = "docs/LIMITS.md";
    assert_table(path, "algorithms", &sections());
    assert_table(path, "presets", &presets());
}

#[test]
fn every_algorithm_opens_its_file_with_the_formula_that_explain_shows() {
    for about in ALGORITHMS {
        let file = format!("src/policy/limit/{}.rs", about.name.replace('-', "_"));
        let text = String::from_utf8(repository_file(&file)).expect("text");
        let formula = about.formula.replace('\n', "\n//! ");
        let block = format!("//! ```text\n//! {formula}\n//! ```\n");
        assert!(text.contains(&block), "{file} does not open with\n{block}");
    }
}

#[test]
fn metrics_md_says_what_the_registries_of_metrics_and_outcomes_say() {
    let path = "docs/METRICS.md";
    assert_table(path, "metrics", &metrics());
    assert_table(path, "outcomes", &outcomes());
}

#[test]
fn tui_md_shows_every_key_of_the_terminal() {
    let keys = pdsim::tui::keys::KEYS.iter();
    let rows = keys.map(|(keys, what)| {
        let keys: Vec<String> = keys.split(' ').map(code).collect();
        vec![keys.join(" "), (*what).to_owned()]
    });
    assert_table("docs/TUI.md", "keys", &table(&["key", "does"], rows));
}

#[test]
fn every_documented_metric_has_a_formula_and_every_key_a_meaning() {
    for entry in METRICS {
        assert!(!entry.formula.is_empty(), "{}", entry.name);
    }
    for entry in scenario::keys() {
        assert!(!entry.about.is_empty(), "{}", entry.key);
    }
}

/// Compares the table between `<!-- NAME -->` and `<!-- /NAME -->` with what the registry says.
fn assert_table(path: &str, name: &str, table: &str) {
    let text = String::from_utf8(repository_file(path)).expect("text");
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (head, rest) = text
        .split_once(&open)
        .unwrap_or_else(|| panic!("{path}: no {open}"));
    let (written, tail) = rest
        .split_once(&close)
        .unwrap_or_else(|| panic!("{path}: no {close}"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let text = format!("{head}{open}{table}{close}{tail}");
        let place = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(&place, text).unwrap_or_else(|error| panic!("{place}: {error}"));
        return;
    }
    let missing = table.lines().find(|line| !written.contains(line));
    assert!(
        written == table,
        "{path}: the table `{name}` is old (UPDATE_DOCS=1 writes it); first line that it lacks: {missing:?}"
    );
}

/// A Markdown table; `|` inside a cell is escaped.
fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let header_cells = header.iter().map(ToString::to_string).collect();
    let rule = header.iter().map(|_| "---".to_owned()).collect();
    let escaped = |cells: Vec<String>| {
        let cells = cells.into_iter().map(|cell| cell.replace('|', "\\|"));
        line(cells.collect())
    };
    let rows: String = rows.into_iter().map(escaped).collect();
    line(header_cells) + &line(rule) + &rows
}

/// Text as code, where there is any.
fn code(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("`{text}`"),
    }
}

/// Links of the program's own documentation as plain names.
fn plain(text: &str) -> String {
    let text = text.replace("[`super::", "[`");
    text.replace("[`", "`")
        .replace("`]", "`")
        .replace('\n', " ")
}

fn key_row(entry: KeyEntry) -> Vec<String> {
    let default = match (entry.default, entry.need) {
        (Some(default), _) => code(&default),
        (None, Need::Required) => "required".to_owned(),
        (None, Need::Optional) => String::new(),
    };
    vec![code(&entry.key), entry.takes, default, plain(&entry.about)]
}

const KEY_HEADER: [&str; 4] = ["key", "takes", "default", "meaning"];

fn keys() -> String {
    let of_parts = scenario::keys().into_iter();
    let of_parts = of_parts.filter(|entry| entry.depth == Depth::Part);
    table(&KEY_HEADER, of_parts.map(key_row))
}

/// The parameters of one distribution stand for those of all: they are the same everywhere.
fn distributions() -> String {
    let of_extra = scenario::keys().into_iter().filter_map(|mut entry| {
        entry.key = entry.key.strip_prefix("pipeline.extra.")?.to_string();
        (entry.depth == Depth::Distribution).then_some(entry)
    });
    table(&KEY_HEADER, of_extra.map(key_row))
}

fn algorithms() -> String {
    let rows = ALGORITHMS.iter().map(|about| {
        let keys: Vec<&str> = about.keys.iter().map(|key| key.name()).collect();
        vec![
            code(about.name),
            plain(about.summary),
            plain(about.worst_case),
            keys.join(", "),
            plain(about.source),
        ]
    });
    let header = ["algorithm", "does", "most in any window", "keys", "source"];
    table(&header, rows)
}

/// What there is to say of every algorithm, under headings of their names.
fn sections() -> String {
    let section = |about: &&About| {
        let keys: Vec<&str> = about.keys.iter().map(|key| key.name()).collect();
        let (first, rest) = about.summary.split_at(1);
        let mut lines = vec![
            format!("### {}", about.name),
            format!("{}{rest}.", first.to_uppercase()),
            format!("```text\n{}\n```", about.formula),
            format!("* Worst case: {}", about.worst_case),
            format!("* Keys: {}", keys.join(", ")),
        ];
        lines.extend(
            about
                .choices()
                .into_iter()
                .map(|(key, words)| match words[..] {
                    [] => format!("* {key}: has none"),
                    [only] => format!("* {key}: {only}"),
                    [default, ..] => format!(
                        "* {key}: {default} (default) or {}",
                        words[1..].join(" or ")
                    ),
                }),
        );
        lines.push(format!("* Memory per key: {}", about.memory));
        lines.push(format!("* Source: {}\n", about.source));
        lines.join("\n")
    };
    let sections: Vec<String> = ALGORITHMS.iter().map(section).collect();
    sections.join("\n")
}

fn presets() -> String {
    let rows = PRESETS.iter().map(|preset| {
        let source = format!("{}, {}", preset.source, preset.date);
        vec![code(preset.name), plain(preset.summary), plain(&source)]
    });
    table(&["name", "limits", "source"], rows)
}

fn attacks() -> String {
    let rows = attack::REGISTRY.iter().map(|entry| {
        let parts = [entry.does, entry.observes, entry.defence].map(plain);
        std::iter::once(code(entry.name)).chain(parts).collect()
    });
    table(&["attack", "does", "observes", "caught by"], rows)
}

fn faults() -> String {
    let rows = CODES.iter();
    let rows = rows.map(|fault| vec![code(fault.name), plain(fault.meaning)]);
    table(&["code", "meaning"], rows)
}

fn metrics() -> String {
    let rows = METRICS.iter().map(|entry| {
        let better = match entry.better {
            Better::Lower => "lower",
            Better::Higher => "higher",
            Better::Neither => "",
        };
        vec![
            code(entry.name),
            code(entry.unit.name()),
            better.to_owned(),
            plain(entry.formula),
        ]
    });
    table(&["metric", "unit", "better", "formula"], rows)
}

fn outcomes() -> String {
    let layers = ["<layer>".to_owned()];
    let all = Outcome::all(1);
    let rows = all.map(|outcome| vec![code(&outcome.name(&layers)), plain(outcome.meaning())]);
    table(&["outcome", "meaning"], rows)
}
