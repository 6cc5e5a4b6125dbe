//! Wrong limits through the command line: the place, the fault and the remedy are named.

use std::process::Command;

/// What `pdsim check` says of a scenario with one layer, and its exit code.
fn checked(name: &str, limits: &str) -> (String, Option<i32>) {
    let text = format!(
        "schema = 1\nname = \"wrong\"\n[run]\nduration = \"1h\"\n[pds]\n\
         accounts = {{ equal = {{ each = 3 }} }}\n[senders.people]\nclass = \"ham\"\ncount = 3\n\
         arrivals = {{ poisson = {{ rate = \"1/h\" }} }}\n{limits}"
    );
    let file = format!("{}/{name}.toml", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&file, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pdsim"))
        .args(["check", &file])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (said, output.status.code())
}

/// Asserts that the fault is told at `line`:`column` of the file with all of `words`.
#[track_caller]
fn assert_told(name: &str, limits: &str, place: &str, words: &[&str]) {
    let (said, code) = checked(name, limits);
    assert_eq!(code, Some(2), "{said}");
    let place = format!("{name}.toml:{place}");
    for word in [place.as_str()].iter().chain(words) {
        assert!(said.contains(word), "no {word} in\n{said}");
    }
}

/// One layer whose algorithm stands in line 12, from column 13.
fn layer(algorithm: &str, more: &str) -> String {
    format!("[limits.it]\nalgorithm = {{ {algorithm} }}\nkey = \"sender\"\n{more}")
}

#[test]
fn a_good_layer_is_told_nothing() {
    let (said, code) = checked(
        "good",
        &layer("sliding-log = { limit = 1, window = \"1s\" }", ""),
    );
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn zero_limits_windows_and_rates_are_named_with_their_place() {
    assert_told(
        "zero-limit",
        &layer("sliding-log = { limit = 0, window = \"60s\" }", ""),
        "12:39",
        &["limit 0 admits nothing", "write a whole number from 1"],
    );
    assert_told(
        "zero-window",
        &layer("fixed-window = { limit = 5, window = \"0s\" }", ""),
        "12:52",
        &["has no length", "write a span such as \"60s\""],
    );
    assert_told(
        "zero-rate",
        &layer("gcra = { burst = 5, rate = \"0/s\" }", ""),
        "12:42",
        &["0/s"],
    );
}

#[test]
fn a_burst_below_a_cost_that_the_scenario_names_says_what_to_raise() {
    assert_told(
        "burst",
        &layer(
            "token-bucket = { burst = 4, refill = \"1/s\" }",
            "cost-request = 5\n",
        ),
        "14:16",
        &[
            "a message of cost 5 never fits into burst 4",
            "raise algorithm.token-bucket.burst to 5",
        ],
    );
}

#[test]
fn two_layers_of_one_name_are_told_at_the_second() {
    let one = layer("sliding-log = { limit = 1, window = \"1s\" }", "");
    assert_told("twice", &format!("{one}{one}"), "14:", &["limits.it"]);
}

#[test]
fn an_algorithm_on_a_key_that_it_cannot_have_names_those_it_can() {
    assert_told(
        "key",
        &layer("greylist = { delay = \"5m\", lifetime = \"1d\" }", ""),
        "13:7",
        &["greylist cannot count per sender", "write key = \"pair\""],
    );
    assert_told(
        "contacts",
        &layer("new-contacts = { limit = 5 }", "").replace("sender\"", "pair\""),
        "13:7",
        &["new-contacts cannot count per pair", "key = \"sender\""],
    );
}
