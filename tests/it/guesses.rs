//! A guess is marked as a guess wherever its value is printed: in `explain`, in the documents, in
//! `check --resolved`, in a report.

use pdsim::scenario::{self, Guesses};

use crate::cli_program::Sandbox;
use crate::support::repository_file;

/// A scenario in which most guesses stand as defaults or as words.
const SCENARIO: &str = r#"
schema = 1
name = "guesses"
[run]
duration = "1m"
[pds]
accounts = { equal = { each = 20 } }
[did]
[dedup]
[inbox.station]
workers = 1
[pipeline]
order = ["token", "label", "block", "contact", "rate-limit", "dedup"]
cost = "rust"
failure = { block = { chance = "1%", mode = "temporary" } }
[senders.people]
class = "ham"
count = 10
arrivals = { poisson = { rate = "3/1d", profile = "diurnal" } }
[senders.slow]
class = "spam"
count = 1
attack = { low-and-slow = {} }
arrivals = { regular = { every = "30s" } }
[senders.rotating]
class = "spam"
count = 1
attack = { rotate = {} }
arrivals = { regular = { every = "30s" } }
[senders.adapting]
class = "spam"
count = 1
attack = { adaptive = {} }
arrivals = { regular = { every = "30s" } }
[labelers.volunteers]
lag = "volunteer"
[labelers.team]
lag = { triage = { moderators = 1, handle = { constant = "1m" }, intake = { batches = {} } } }
"#;

/// Keys whose guesses stand in it.
const KEYS: [&str; 17] = [
    "network.delay.lognormal.median",
    "network.delay.lognormal.sigma",
    "network.delay.lognormal.shift",
    "did.plc.delay.lognormal.median",
    "did.plc.delay.lognormal.sigma",
    "did.plc.burst",
    "pipeline.cost.contact.constant",
    "pipeline.cost.rate-limit.constant",
    "pipeline.failure.block.tries",
    "pipeline.failure.block.pause",
    "senders.people.arrivals.poisson.profile",
    "senders.slow.attack.low-and-slow.rate",
    "senders.rotating.attack.rotate.delay",
    "senders.adapting.attack.adaptive.first",
    "senders.adapting.attack.adaptive.faster",
    "senders.adapting.attack.adaptive.slower",
    "labelers.volunteers.lag",
];

#[test]
fn resolved_values_that_are_guesses_are_marked_and_no_others() {
    let sandbox = Sandbox::with("a.toml", SCENARIO);
    let out = sandbox.succeed("check a.toml --resolved").out;
    let marked: Vec<&str> = out
        .lines()
        .filter(|line| line.ends_with("a guess"))
        .map(|line| line.split(" = ").next().expect("a key"))
        .collect();
    for key in KEYS {
        assert!(marked.contains(&key), "{key}: {out}");
    }
    let guesses = Guesses::known();
    for line in out.lines().filter(|line| line.contains(" = ")) {
        let (value, origin) = line.rsplit_once("  # ").expect("an origin");
        let (key, value) = value.split_once(" = ").expect("a value");
        let is_marked = origin.ends_with(", a guess");
        assert_eq!(is_marked, guesses.holds(key, value), "{line}");
    }
    let json = sandbox.succeed("check a.toml --resolved --format json").out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let values = json[0]["values"].as_array().expect("values");
    let count = values.iter().filter(|value| value["guess"] == true).count();
    assert_eq!(count, marked.len());
}

#[test]
fn a_report_marks_the_guesses_of_the_scenario_that_it_prints() {
    let sandbox = Sandbox::with("a.toml", SCENARIO);
    sandbox.succeed("run a.toml");
    let page = sandbox.read("results/guesses/report.html");
    for line in [
        "median = &quot;35ms&quot;",
        "lag = &quot;volunteer&quot;",
        "first = &quot;1/1m&quot;",
    ] {
        assert!(page.contains(&format!("{line}  # guess")), "{line}");
    }
    assert!(!page.contains("lifetime = &quot;1m&quot;  # guess"));
    // The scenario itself stays as it was run.
    assert!(!sandbox.read("results/guesses/scenario.toml").contains('#'));
    let markdown = sandbox.succeed("report results/guesses --md").out;
    assert!(
        markdown.contains("median = \"35ms\"  # guess"),
        "{markdown}"
    );
}

#[test]
fn the_documents_and_explain_call_every_guess_one() {
    let document = String::from_utf8(repository_file("docs/SCENARIO.md")).expect("text");
    let sandbox = Sandbox::new();
    let guessed = scenario::keys().into_iter();
    let guessed: Vec<_> = guessed
        .filter(|entry| entry.about.contains("guess"))
        .collect();
    assert!(guessed.len() > 12, "{guessed:?}");
    for entry in &guessed {
        let row = format!("| `{}` |", entry.key);
        let row = document.lines().find(|line| line.starts_with(&row));
        assert!(
            row.is_some_and(|row| row.contains("guess")),
            "{}",
            entry.key
        );
    }
    for entry in guessed.iter().step_by(4) {
        let out = sandbox.succeed(&format!("explain {}", entry.key)).out;
        assert!(out.contains("guess"), "{out}");
    }
    for word in ["auto", "platform", "volunteer", "diurnal", "node", "rust"] {
        let out = sandbox.succeed(&format!("explain {word}")).out;
        assert!(out.contains("guess"), "{word}: {out}");
    }
}

/// Whether a line of a scenario gives what people do, a labeler's lag, a network's delay, a day or a
/// circle of contacts: all that nobody has measured for private messages.
fn is_about_people(line: &str) -> bool {
    let code = line.split('#').next().unwrap_or_default();
    let (key, value) = code.split_once('=').unwrap_or_default();
    match key.trim() {
        "lag" | "delay" => value.contains("lognormal") || value.trim_start().starts_with('"'),
        "arrivals" => value.contains("\"diurnal\""),
        "target" => value.contains("new ="),
        "report" | "block" | "accept" | "reject" | "reply" | "read" | "mute" => {
            value.contains("chance =")
        }
        _ => false,
    }
}

#[test]
fn shipped_scenarios_and_templates_mark_what_nobody_has_measured() {
    let mut marked = 0;
    for folder in [
        "scenarios",
        "scenarios/limiter-shootout",
        "src/cli/templates",
    ] {
        let path = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(&path).expect("a folder of scenarios");
        for file in files.map(|file| file.expect("a file").path()) {
            if file.extension().is_none_or(|end| end != "toml") {
                continue;
            }
            let text = std::fs::read_to_string(&file).expect("text");
            for line in text.lines().filter(|line| is_about_people(line)) {
                assert!(line.contains("[guess]"), "{}: {line}", file.display());
                marked += 1;
            }
        }
    }
    assert!(marked > 50, "{marked}");
}
