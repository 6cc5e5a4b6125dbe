//! Demo specs against exact messages.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::decode;
use crate::scenario::testing::parsed;
use crate::scenario::{Faults, Ink, Origin, Sources, Wrong, parse};
use crate::units::{Rate, Share, Span};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Demo {
    name: String,
    run: Run,
    #[serde(default)]
    inbox: Inbox,
    #[serde(default)]
    senders: BTreeMap<String, Sender>,
    #[serde(default)]
    order: Vec<Check>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Run {
    duration: Span,
    seed: u32,
    #[serde(default)]
    warmup: Option<Span>,
}

#[derive(Debug, Deserialize, PartialEq, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Inbox {
    #[default]
    Sync,
    Station(Station),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct StationWritten {
    #[serde(default = "one")]
    workers: u32,
    #[serde(default = "one")]
    capacity: u32,
}

fn one() -> u32 {
    1
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(try_from = "StationWritten")]
struct Station {
    workers: u32,
    capacity: u32,
}

impl TryFrom<StationWritten> for Station {
    type Error = Wrong;

    fn try_from(written: StationWritten) -> Result<Self, Wrong> {
        let StationWritten { workers, capacity } = written;
        if workers > capacity {
            let what = format!("{workers} workers are more than the capacity {capacity}");
            return Err(Wrong::new("out-of-range", what, "raise `capacity`").at("workers"));
        }
        Ok(Self { workers, capacity })
    }
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Sender {
    class: Class,
    arrivals: Arrivals,
    #[serde(default)]
    accept: Option<Share>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Class {
    Ham,
    Spam,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Arrivals {
    Poisson {
        rate: Rate,
    },
    Regular {
        every: Span,
        #[serde(default)]
        offset: Option<Span>,
    },
    Every(Span),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Check {
    Token,
    Label,
}

fn faults_of(text: &str) -> Vec<String> {
    let (root, sources) = parsed(text);
    let mut faults = Faults::new();
    assert_eq!(decode::<Demo>(&root, &mut faults), None, "no fault found");
    faults.lines(&sources)
}

const SOUND: &str = "name = \"d\"\nrun = { duration = \"2h\", seed = 1 }\n";

fn faults_with(more: &str) -> Vec<String> {
    faults_of(&format!("{SOUND}{more}"))
}

#[test]
fn a_sound_tree_is_decoded() {
    let (root, _) = parsed(
        "name = \"d\"\norder = [\"label\", \"token\"]\n[run]\nduration = \"2h\"\nseed = 7\n\
         [inbox.station]\nworkers = 2\ncapacity = 3\n\
         [senders.a]\nclass = \"spam\"\narrivals = { poisson = { rate = \"3/1d\" } }\naccept = 1\n\
         [senders.b]\nclass = { ham = {} }\narrivals.every = \"5s\"\n",
    );
    let mut faults = Faults::new();
    let demo: Demo = decode(&root, &mut faults).unwrap();
    assert!(faults.is_empty());
    assert_eq!(demo.run.duration, Span::from_s(7_200));
    assert_eq!(
        demo.inbox,
        Inbox::Station(Station {
            workers: 2,
            capacity: 3
        })
    );
    assert_eq!(demo.order, [Check::Label, Check::Token]);
    assert_eq!(demo.senders["a"].accept, Some(Share::ONE));
    assert_eq!(demo.senders["b"].class, Class::Ham);
    assert_eq!(demo.senders["b"].arrivals, Arrivals::Every(Span::from_s(5)));
}

#[test]
fn a_value_without_settings_is_a_bare_word_or_a_table() {
    for inbox in [
        "\"sync\"",
        "{ sync = {} }",
        "\"station\"",
        "{ station = {} }",
    ] {
        let (root, _) = parsed(&format!("{SOUND}inbox = {inbox}\n"));
        assert!(
            decode::<Demo>(&root, &mut Faults::new()).is_some(),
            "{inbox}"
        );
    }
}

#[test]
fn an_unknown_key_names_the_nearest_one() {
    let expected = "a.toml:3:17: unknown key `worker`; write `workers`";
    assert_eq!(faults_with("inbox.station = { worker = 2 }").len(), 1);
    let lines = faults_with("[inbox.station]\nworker = 2");
    assert_eq!(lines, [expected.replace("3:17", "4:1")]);
    assert_eq!(
        faults_with("[inbox.station]\nthreads = 2"),
        ["a.toml:4:1: unknown key `threads`; keys here: `workers`, `capacity`"]
    );
}

#[test]
fn a_misspelt_required_key_is_not_reported_as_missing_too() {
    assert_eq!(
        faults_of("name = \"d\"\nrun = { durations = \"2h\", seed = 1 }"),
        ["a.toml:2:9: unknown key `durations`; write `duration`"]
    );
}

#[test]
fn all_valid_keys_are_listed_below_the_excerpt() {
    let (root, sources) = parsed(&format!("{SOUND}[inbox.station]\nworker = 2\n"));
    let mut faults = Faults::new();
    assert_eq!(decode::<Demo>(&root, &mut faults), None);
    let shown = faults.render(&sources, Ink::Plain);
    assert!(
        shown.contains("note: keys here: `workers`, `capacity`\n"),
        "{shown}"
    );
}

#[test]
fn a_value_without_its_unit_is_told_both_ways() {
    assert_eq!(
        faults_of("name = \"d\"\nrun = { duration = 60, seed = 1 }"),
        ["a.toml:2:20: `60` has no unit; write \"60s\" or \"60ms\""]
    );
    assert_eq!(
        faults_of("name = \"d\"\nrun = { duration = \"60\", seed = 1 }"),
        ["a.toml:2:20: `60` has no unit; write \"60s\" or \"60ms\""]
    );
}

#[test]
fn a_negative_rate_and_a_probability_above_1_are_refused_at_their_places() {
    let text =
        "[senders.a]\nclass = \"ham\"\naccept = 1.5\narrivals = { poisson = { rate = \"-3/1h\" } }";
    let lines = faults_with(text);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("a.toml:5:10: `1.5` "), "{lines:?}");
    assert_eq!(
        lines[1],
        "a.toml:6:33: `-3/1h` is negative; write a rate such as \"100/1h\", \"10/s\" or \"0.2/s\""
    );
}

#[test]
fn wrong_types_name_what_was_found_and_what_to_write() {
    let seed = |value: &str| {
        faults_of(&format!(
            "name = \"d\"\nrun = {{ duration = \"1s\", seed = {value} }}"
        ))
    };
    let whole = "write a whole number from 0 to 4294967295";
    assert_eq!(
        seed("\"7\""),
        [format!("a.toml:2:33: `\"7\"` is a string; {whole}")]
    );
    assert_eq!(
        seed("1.5"),
        [format!("a.toml:2:33: `1.5` is a decimal number; {whole}")]
    );
    assert_eq!(
        seed("-1"),
        [format!("a.toml:2:33: `-1` is negative; {whole}")]
    );
    assert_eq!(
        seed("4294967296"),
        [format!(
            "a.toml:2:33: `4294967296` is out of range; {whole}"
        )]
    );
    assert_eq!(
        seed("[1]"),
        [format!("a.toml:2:33: an array is given; {whole}")]
    );
    assert_eq!(
        seed("2025-01-01"),
        [format!("a.toml:2:33: `2025-01-01` is a date; {whole}")]
    );
    assert_eq!(
        faults_of("name = 5\nrun = 5"),
        [
            "a.toml:1:8: `5` is a whole number; write a string in quotes",
            "a.toml:2:7: `5` is a whole number; write a table",
        ]
    );
    assert_eq!(
        faults_of("name = \"d\"\nrun = [1, 2]"),
        ["a.toml:2:7: an array is given; write a table"]
    );
    assert_eq!(
        faults_with("inbox = 3"),
        ["a.toml:3:9: `3` is a whole number; write one of `sync`, `station`"]
    );
}

#[test]
fn unknown_words_name_the_nearest_one_at_the_word_or_its_key() {
    assert_eq!(
        faults_with("order = [\"token\", \"lable\"]"),
        ["a.toml:3:19: unknown value `lable`; write `label`"]
    );
    assert_eq!(
        faults_with("[senders.a]\nclass = \"ham\"\narrivals = { poison = { rate = \"1/s\" } }"),
        ["a.toml:5:14: unknown value `poison`; write `poisson`"]
    );
    assert_eq!(
        faults_with("[senders.a]\nclass = \"ham\"\narrivals = \"never\""),
        ["a.toml:5:12: unknown value `never`; values here: `poisson`, `regular`, `every`"]
    );
}

#[test]
fn a_tagged_value_has_exactly_one_kind() {
    assert_eq!(
        faults_with("inbox = {}"),
        ["a.toml:3:9: an empty table names no kind; write one of `sync`, `station`"]
    );
    assert_eq!(
        faults_with("inbox = { sync = {}, station = {} }"),
        ["a.toml:3:22: 2 kinds at once: `station`, `sync`; keep one of them"]
    );
    assert_eq!(
        faults_with("inbox.sync = { workers = 1 }"),
        ["a.toml:3:14: `sync` has no settings; write \"sync\" alone"]
    );
    assert_eq!(
        faults_with("[senders.a]\nclass = \"ham\"\narrivals = \"every\""),
        [
            "a.toml:5:12: `every` needs its setting, a span of time such as \"60s\"; \
          write { every = ... }"
        ]
    );
}

#[test]
fn every_missing_key_is_reported_at_its_table() {
    assert_eq!(
        faults_of("[run]\nwarmup = \"1s\"\n[senders.a]\n"),
        [
            "a.toml:1:1: missing key `name`; add `name = ...`",
            "a.toml:1:1: missing key `duration` in `run`; add `duration = ...`",
            "a.toml:1:1: missing key `seed` in `run`; add `seed = ...`",
            "a.toml:3:1: missing key `class` in `senders.a`; add `class = ...`",
            "a.toml:3:1: missing key `arrivals` in `senders.a`; add `arrivals = ...`",
        ]
    );
    assert_eq!(
        faults_with("[senders.a]\nclass = \"ham\"\narrivals = \"poisson\""),
        ["a.toml:5:12: missing key `rate` in `senders.a.arrivals`; add `rate = ...`"]
    );
}

#[test]
fn a_check_between_keys_is_shown_at_the_key_it_names() {
    assert_eq!(
        faults_with("[inbox.station]\nworkers = 5\ncapacity = 2"),
        ["a.toml:4:11: 5 workers are more than the capacity 2; raise `capacity`"]
    );
    // The stand-in of a faulty capacity is never blamed on the workers.
    assert_eq!(
        faults_with("[inbox.station]\nworkers = 5\ncapacity = \"x\""),
        ["a.toml:5:12: `\"x\"` is a string; write a whole number from 0 to 4294967295"]
    );
}

#[test]
fn independent_faults_are_all_reported_once_in_the_order_of_the_file() {
    let lines = faults_of(
        "nam = \"d\"\norder = [\"tokn\", 5, \"label\"]\n[run]\nduration = 60\nseed = -1\nwarmup = \"x\"\n\
         [inbox.station]\nworker = 1\n[senders.a]\nclass = \"eggs\"\narrivals = { regular = { offset = 4 } }\n\
         [senders.b]\nclas = \"ham\"\narrivals = { poisson = {}, every = \"1s\" }\naccept = \"200%\"\n",
    );
    let starts = [
        "a.toml:1:1: unknown key `nam`; write `name`",
        "a.toml:2:10: unknown value `tokn`; write `token`",
        "a.toml:2:18: `5` is a whole number; write one of `token`, `label`",
        "a.toml:4:12: `60` has no unit;",
        "a.toml:5:8: `-1` is negative;",
        "a.toml:6:10: `x` ",
        "a.toml:8:1: unknown key `worker`;",
        "a.toml:10:9: unknown value `eggs`; values here: `ham`, `spam`",
        "a.toml:11:24: missing key `every` in `senders.a.arrivals.regular`;",
        "a.toml:11:35: `4` has no unit;",
        "a.toml:13:1: unknown key `clas`; write `class`",
        "a.toml:14:28: 2 kinds at once: `every`, `poisson`;",
        "a.toml:15:10: `200%` ",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(
            line.starts_with(start),
            "{line} does not start with {start}"
        );
    }
}

#[test]
fn a_flood_of_faults_ends_with_a_hint() {
    let many: Vec<String> = (0..200).map(|i| format!("zz{i} = 1\n")).collect();
    let lines = faults_of(&format!("{}{SOUND}", many.concat()));
    assert_eq!(lines.len(), 51);
    assert_eq!(
        lines[0],
        "a.toml:1:1: more faults than the 50 listed; mend these first"
    );
}

#[test]
fn an_array_or_scalar_root_type_works_too() {
    let (root, sources) = parsed("a = 1\nb = \"x\"\n");
    let mut faults = Faults::new();
    assert_eq!(decode::<BTreeMap<String, u8>>(&root, &mut faults), None);
    assert_eq!(
        faults.lines(&sources),
        ["a.toml:2:5: `\"x\"` is a string; write a whole number from 0 to 255"]
    );
}

/// Pieces of sound and faulty scenarios, to be put together in any order.
const PIECES: [&str; 24] = [
    "name = \"d\"\n",
    "name = 5\n",
    "[run]\n",
    "duration = \"2h\"\n",
    "duration = 60\n",
    "seed = 1\n",
    "seed = \"é\"\n",
    "[inbox.station]\n",
    "workers = 5\n",
    "capacity = 2\n",
    "worker = [1, {}]\n",
    "inbox = \"station\"\n",
    "[senders.a]\n",
    "[senders.\"b.c\"]\n",
    "class = \"ham\"\n",
    "class = { ham = {}, spam = 1 }\n",
    "arrivals = \"poisson\"\n",
    "arrivals = { regular = { every = 1 } }\n",
    "arrivals = { poison = {} }\n",
    "accept = \"200%\"\n",
    "order = [\"token\", 5, [], \"läbel\"]\n",
    "x = = 24h \"\n",
    "\u{1b}",
    "= [[\n",
];

proptest::proptest! {
    #[test]
    fn whatever_is_read_ends_in_a_value_or_in_faults_that_can_be_shown(
        pieces in proptest::collection::vec(0..PIECES.len(), 0..14),
    ) {
        let text: Vec<&str> = pieces.iter().map(|piece| PIECES[*piece]).collect();
        let mut sources = Sources::default();
        let file = sources.add(Origin::File, "a.toml", text.concat().into());
        let mut faults = Faults::new();
        let root = parse(file, &sources, &mut faults).root;
        let value = decode::<Demo>(&root, &mut faults);
        proptest::prop_assert!(value.is_some() || faults.has_errors());
        let lines = faults.lines(&sources);
        let shown = faults.render(&sources, Ink::Plain);
        proptest::prop_assert!(lines.iter().all(|line| shown.contains(line.as_str())), "{shown}");
    }
}
