//! What spam costs and earns, and what muting hides, by hand calculation.

use crate::support::{repository_file, run, scenario, values};
use pdsim::experiment::Results;

/// A network without delay on which everybody reads everything at once.
fn readers(duration: &str, tables: &str) -> Results {
    run(scenario(&format!(
        r#"
        schema = 1
        name = "prices"
        [run]
        duration = "{duration}"
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 10 }} }}
        [pipeline]
        order = ["token", "label"]
        [senders.people]
        class = "ham"
        count = 10
        arrivals = {{ regular = {{ every = "100d", offset = "99d" }} }}
        read = {{ chance = "100%" }}
        {tables}
        "#
    )))
}

#[test]
fn identities_that_wrote_are_paid_and_reads_are_earned() {
    // Three of 2.0 write at 0, 10 and 20 s: 9 messages, each read and worth 0.5. Two of 1.0 would
    // write after the end: they cost nothing. 6 / 9 per read; 4.5 - 6 in all.
    let results = readers(
        "25s",
        r#"
        [senders.shop]
        class = "spam"
        count = 3
        identity-cost = 2.0
        revenue-per-read = 0.5
        arrivals = { regular = { every = "10s" } }
        [senders.idle]
        class = "spam"
        count = 2
        identity-cost = 1
        arrivals = { regular = { every = "10s", offset = "1h" } }
        "#,
    );
    assert_eq!(values(&results, "spam.cost-per-read"), [6.0 / 9.0]);
    assert_eq!(values(&results, "spam.profit"), [-1.5]);
}

#[test]
fn a_rotation_pays_for_each_identity_that_it_used_up() {
    // One sends each second until its label, 10 s after its first; the next one is ready 10 s
    // later: 0 to 9 s, 20 to 29 s, 40 to 44 s. Three identities of 4, 25 messages read.
    let results = readers(
        "45s",
        r#"
        [labelers.main]
        lag = { constant = "10s" }
        [senders.shop]
        class = "spam"
        count = 1
        identity-cost = 4
        attack = { rotate = { delay = "10s", spare = 5 } }
        arrivals = { regular = { every = "1s" } }
        "#,
    );
    assert_eq!(values(&results, "spam.cost-per-read"), [12.0 / 25.0]);
}

#[test]
fn nobody_pays_for_accounts_in_whose_name_he_writes_but_for_those_that_report() {
    // The forger's messages are refused and read by nobody: no cost, no cost per read. The
    // reporters write nothing, and both of them report within the run.
    let forged = readers(
        "25s",
        r#"
        [senders.forger]
        class = "spam"
        count = 2
        identity-cost = 5
        attack = { bad-signature = { victims = 3 } }
        arrivals = { regular = { every = "10s" } }
        "#,
    );
    assert_eq!(values(&forged, "spam.profit"), [0.0]);
    assert_eq!(values(&forged, "spam.cost-per-read"), [0.0; 0]);
    let reported = readers(
        "25s",
        r#"
        [labelers.main]
        sees = { reports = { threshold = 9 } }
        lag = { constant = "0s" }
        [senders.slanderers]
        class = "spam"
        count = 2
        identity-cost = 5
        attack = { false-report = {} }
        arrivals = { regular = { every = "10s" } }
        "#,
    );
    assert_eq!(values(&reported, "spam.profit"), [-10.0]);
}

#[test]
fn the_form_of_doors_and_prices_in_the_documents_is_a_scenario() {
    let text = String::from_utf8(repository_file("docs/SCENARIO.md")).expect("text");
    let chapter = text.split("## Doors, requests and prices").nth(1);
    let form = chapter.and_then(|chapter| chapter.split("```").nth(1));
    let form = form.expect("an example").trim_start_matches("toml");
    let results = run(scenario(&format!(
        "schema = 1\nname = \"form\"\n[run]\nduration = \"1h\"\n{form}"
    )));
    assert_eq!(values(&results, "spam.profit").len(), 1);
}

#[test]
fn without_a_price_nothing_is_said_of_money() {
    let results = readers(
        "25s",
        "[senders.shop]\nclass = \"spam\"\ncount = 1\narrivals = { regular = { every = \"10s\" } }",
    );
    let names = results.arms[0].replications[0].measured.values.iter();
    let said = names.filter(|value| ["spam.profit", "spam.cost-per-read"].contains(&&*value.name));
    assert_eq!(said.count(), 0);
}

#[test]
fn what_a_muted_sender_gets_delivered_is_not_seen() {
    // Each recipient mutes 15 s after a message. One account gets all: at 0 and 10 s it is read, at
    // 20 and 30 s it is hidden.
    let results = readers(
        "35s",
        r#"
        mute = { chance = "100%", after = { constant = "15s" } }
        [senders.shop]
        class = "spam"
        count = 1
        identity-cost = 1
        target = { one = { account = 3 } }
        arrivals = { regular = { every = "10s" } }
        "#,
    );
    assert_eq!(values(&results, "spam.leakage"), [1.0]);
    assert_eq!(values(&results, "spam.muted"), [0.5]);
    assert_eq!(values(&results, "spam.cost-per-read"), [0.5]);
}
