//! Random scenarios from a seeded generator: whatever the configuration, no law breaks and every
//! message written gets exactly one outcome.
//!
//! Beside the laws that every run checks of itself, an observer of the test's own checks that
//! clocks never run backwards, that no message is finished twice or after its end, that every
//! limit keeps its worst case, that no label works before it is issued, and that a block or a
//! refused contact is final.

use std::collections::{BTreeMap, BTreeSet};

use pdsim::experiment::{self, Arm, Options};
use pdsim::labeler::Enforcement;
use pdsim::model::Plan;
use pdsim::policy::ContactSpec;
use pdsim::policy::limit::{Counts, Key, LayerSpec, Place};
use pdsim::protocol::{Fact, LabelKnown, Message, Observer, Outcome, Refusal};
use pdsim::scenario::{Scenario, ScenarioSpec};
use pdsim::units::{Span, Time};
use rayon::prelude::*;

use crate::support::{self, scenario_with};

/// A small generator of its own: multiply-with-carry in integers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = (self.0 & 0xFFFF_FFFF) * 4_294_957_665 + (self.0 >> 32);
        ((self.0 & 0xFFFF_FFFF) * below) >> 32
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).expect("small")]
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn law(&mut self, unit_ms: u64) -> String {
        let ms = 1 + self.below(2 * unit_ms);
        match self.below(6) {
            0 => format!(r#"{{ constant = "{ms}ms" }}"#),
            1 => format!(r#"{{ uniform = {{ min = "0s", max = "{ms}ms" }} }}"#),
            2 => format!(r#"{{ lognormal = {{ median = "{ms}ms", sigma = 0.9 }} }}"#),
            3 => format!(r#"{{ erlang = {{ mean = "{ms}ms", k = 3 }} }}"#),
            4 => r#"{ constant = "0s" }"#.to_owned(),
            _ => format!(r#"{{ exponential = {{ mean = "{ms}ms" }} }}"#),
        }
    }
}

/// A random scenario and its trace.
fn roll(seed: u64) -> (String, String) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9) | 1);
    let d = &mut dice;
    let mut text = format!(
        "schema = 1\nname = \"random\"\n[run]\nduration = \"40m\"\nseed = {seed}\nepoch = {}\n",
        d.below(200_000)
    );
    text += &format!(
        "[network]\ndelay = {}\nloss = \"{}%\"\n",
        d.law(400),
        d.below(10)
    );
    if d.chance(50) {
        let tries = 1 + d.below(4);
        text += &format!(
            "retry = {{ atproto = {{ tries = {tries}, base = \"2s\", cap = \"9s\" }} }}\n"
        );
    }
    // Dice of their own: what is rolled here shifts nothing else.
    let (strictness, dids) = credentials(&mut Dice(seed.wrapping_mul(0x51ED_270B) | 1));
    text += &format!(
        "[auth]\nlifetime = \"{}s\"\n{}\n{strictness}",
        1 + d.below(60),
        d.one_of(&["", "resolution = \"1s\""])
    );
    text += &dids;
    text += d.one_of(&[
        "[pds]\ncount = 1\naccounts = { equal = { each = 40 } }\n",
        "[pds]\ncount = 7\naccounts = { zipf = { total = 60, s = 1.1 } }\n",
        "[pds]\naccounts = { list = [0, 25, 1, 1, 20] }\n",
    ]);
    text += &inbox(d);
    text += &pipeline(d);
    text += &contact(d);
    text += &limits(d);
    text += &labelers(d);
    text += &senders(d);
    let trace = trace(d);
    if !trace.is_empty() {
        text += "[trace]\nfile = \"trace.csv\"\n";
    }
    text += &failures(seed);
    text += &habits(seed);
    text += &campaigns(seed);
    text += &rarities(seed);
    (text, trace)
}

/// What is rare in scenarios, rolled apart as well: attackers who serve their own DIDs, greylists,
/// quotas by age, several labelers who must agree, doors, mutes, prices.
fn rarities(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x6C07_8965) | 1);
    let d = &mut dice;
    let mut text = String::new();
    if d.chance(25) {
        let (delay, answer) = (d.law(4_000), d.one_of(&["document", "nothing"]));
        text += &format!(
            "[senders.hosted]\nclass = \"spam\"\ncount = 4\non = \"own-pds\"\ndid = {{ web = {{ delay = {delay}, answer = \"{answer}\" }} }}\narrivals = {{ poisson = {{ rate = \"1/15s\" }} }}\n"
        );
        text += d.one_of(&["", "identity-cost = 0.5\nrevenue-per-read = 2\n"]);
        text += d.one_of(&["", "oversize = \"30%\"\n"]);
    }
    if d.chance(20) {
        let (delay, patience) = (1 + d.below(20), 30 + d.below(600));
        text += &format!(
            "[limits.grey]\nalgorithm = {{ greylist = {{ delay = \"{delay}s\", lifetime = \"9m\", retry-within = \"{patience}s\" }} }}\nkey = \"pair\"\n"
        );
    }
    if d.chance(20) {
        let (young, old) = (1 + d.below(3), 4 + d.below(20));
        let quota = d.one_of(&["steps", "ramp"]);
        let quota = match quota {
            "steps" => format!(
                "{{ steps = [{{ age = \"0s\", limit = {young} }}, {{ age = \"20m\", limit = {old} }}] }}"
            ),
            _ => format!("{{ ramp = {{ first = {young}, full = {old}, over = \"30m\" }} }}"),
        };
        text += &format!(
            "[limits.tiers]\nalgorithm = {{ trust-tiers = {{ window = \"5m\", quota = {quota} }} }}\nkey = \"{}\"\n",
            d.one_of(&["sender", "pair"])
        );
    }
    if d.chance(20) {
        let burst = 1 + d.below(6);
        text += &format!(
            "[ingress]\nlimit = {{ burst = {burst}, rate = \"{burst}/20s\", key = \"{}\", refusal = \"{}\" }}\n",
            d.one_of(&["sender-pds", "pds", "sender", "pair"]),
            d.one_of(&["reject", "retry-after"])
        );
    }
    if d.chance(25) {
        text += &agreement(d);
    }
    for reaction in ["mute", "report-request"] {
        if d.chance(30) {
            let (chance, after) = (1 + d.below(100), d.law(100_000));
            text +=
                &format!("[senders.people.{reaction}]\nchance = \"{chance}%\"\nafter = {after}\n");
        }
    }
    text
}

/// Two labelers more, of which at least so many must agree; one of them may look at requests, and
/// both hear from somebody by hand.
fn agreement(d: &mut Dice) -> String {
    let mut text = String::new();
    for name in ["x0", "x1"] {
        let (lag, requests) = (d.law(60_000), d.one_of(&["unseen", "seen"]));
        text += &format!("[labelers.{name}]\nlag = {lag}\nrequests = \"{requests}\"\n");
    }
    text += &format!("[labels.rule.k-of-n]\nk = {}\n", 1 + d.below(2));
    for _ in 0..d.below(4) {
        let (who, labeler) = (d.below(30), d.one_of(&["x0", "x1"]));
        let action = d.one_of(&["label", "unlabel"]);
        text += &format!(
            "[[intervene]]\nat = \"{}s\"\n{action} = {{ account = \"people/{who}\", labeler = \"{labeler}\" }}\n",
            d.below(2_400)
        );
    }
    if d.chance(40) {
        let rule = d.one_of(&["\"open\"", "\"none\"", "{ invitation = {} }"]);
        text += &format!(
            "[[intervene]]\nat = \"20m\"\nset = {{ \"contact.rule\" = {rule} }}\n[[intervene]]\nat = \"25m\"\nreject = {{ who = \"people/1\", whom = \"people/2\" }}\n"
        );
    }
    text
}

/// Answers, and accounts that are taken over or stuff lists, rolled apart as well.
fn habits(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x2545_F491) | 1);
    let d = &mut dice;
    let mut text = String::new();
    if d.chance(40) {
        let (chance, after) = (d.below(95), d.law(30_000));
        text += &format!("[senders.people.reply]\nchance = \"{chance}%\"\nafter = {after}\n");
    }
    if d.chance(30) {
        text += "[senders.taken]\nclass = \"spam\"\ncount = 7\nattack = { compromised-contact = { of = \"people\" } }\narrivals = { poisson = { rate = \"20/1h\" } }\n";
    }
    if d.chance(30) {
        let (room, victims) = (1 + d.below(8), 1 + d.below(9));
        text += &format!(
            "[senders.stuffers]\nclass = \"spam\"\ncount = 5\nattack = {{ request-stuffing = {{ room = {room}, victims = {victims} }} }}\narrivals = {{ gaps = {{ rate = \"40/1h\", cv = 3 }} }}\n"
        );
    }
    text
}

/// Campaigns of every other kind, rolled apart as well.
fn campaigns(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0xA77A_C4ED) | 1);
    let d = &mut dice;
    let mut text = String::new();
    for number in 0..d.below(3) {
        let attack = d.one_of(&[
            "sybil-pds = { messages = 2 }",
            "sleeper = { wakes = \"9m\", pace = \"1/1m\" }",
            "burst-before-label = { messages = 7 }",
            "low-and-slow = { rate = \"1/40s\" }",
            "rotate = { delay = \"30s\", spare = 20 }",
            "window-gaming = { limit = 3, window = \"60s\", lead = \"9s\" }",
            "limit-starve = { victims = 2 }",
            "limit-starve = {}",
            "adaptive = { first = \"1/20s\" }",
            "queue-starve = { burst = 30 }",
            "retry-storm = { tries = 9, every = \"3s\" }",
            "false-report = { per-victim = 2 }",
            "label-cap-exhaust = {}",
        ]);
        let (count, every) = (1 + d.below(5), 4 + d.below(40));
        text += &format!(
            "[senders.campaign{number}]\nclass = \"spam\"\ncount = {count}\nattack = {{ {attack} }}\narrivals = {{ poisson = {{ rate = \"1/{every}s\" }} }}\n"
        );
        text += d.one_of(&[
            "",
            "",
            "on = \"own-pds\"\n",
            "age = { constant = \"1h\" }\n",
        ]);
    }
    text
}

/// Failures and interventions, rolled apart, so that the rest of a scenario does not depend on them.
fn failures(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x51_7CC1) | 1);
    let d = &mut dice;
    let mut text = String::new();
    if d.chance(40) {
        text += &format!(
            "[network.outages.rates]\ndown = \"{}/1h\"\nup = \"{}/1h\"\nstart = \"{}\"\n",
            1 + d.below(9),
            6 + d.below(90),
            d.one_of(&["up", "stationary"])
        );
    }
    if d.chance(30) {
        let (start, length) = (d.below(2_000), 1 + d.below(900));
        text += &format!(
            "[network.partitions.split]\nside = {{ share = \"40%\" }}\nstart = \"{start}s\"\nstop = \"{}s\"\n",
            start + length
        );
    }
    if d.chance(30) {
        let factor = 1 + d.below(20);
        text += &format!("[network.slow.ill]\npds = {{ share = \"50%\" }}\nfactor = {factor}\n");
    }
    for _ in 0..d.below(4) {
        text += &intervention(d);
    }
    text
}

fn intervention(d: &mut Dice) -> String {
    let (who, whom) = (d.below(30), d.below(29));
    let whom = if whom < who { whom } else { whom + 1 };
    let action = match d.below(6) {
        0 => format!("send = {{ from = \"people/{who}\", to = \"people/{whom}\", count = 3 }}"),
        1 => format!("block = {{ who = \"people/{who}\", whom = \"people/{whom}\" }}"),
        2 => format!("accept = {{ who = \"people/{who}\", whom = \"people/{whom}\" }}"),
        3 => "down = { pds = 0 }".to_owned(),
        4 => "up = { pds = 0 }".to_owned(),
        _ => "set = { \"auth.lifetime\" = \"7s\" }".to_owned(),
    };
    format!("[[intervene]]\nat = \"{}s\"\n{action}\n", d.below(2_400))
}

/// Keys of `[auth]`, and tables that follow it: DIDs, moves, attackers of tokens.
fn credentials(d: &mut Dice) -> (String, String) {
    let mut strictness = d.one_of(&["", "", "audience = \"pds\"\n"]).to_owned();
    for (percent, key) in [
        (40, "check-jti = true\n"),
        (20, "check-iat = true\n"),
        (15, "max-lifetime = \"30s\"\n"),
    ] {
        if d.chance(percent) {
            strictness += key;
        }
    }
    let mut text = String::new();
    if d.chance(40) {
        let stale = 1 + d.below(300);
        text += &format!(
            "[did]\ncache = {{ stale = \"{stale}s\", max = \"{}s\" }}\n",
            stale + d.below(900)
        );
        text += &format!("plc.delay = {}\n", d.law(800));
        text += d.one_of(&[
            "plc.outages = [{ start = \"9m\", stop = \"20m\" }]\n",
            "plc.rate = \"1/3s\"\nplc.burst = 2\n",
            "plc.timeout = \"400ms\"\n",
        ]);
        text += d.one_of(&["", "ends = \"sender\"\n", "ends = \"recipient\"\n"]);
        text += d.one_of(&["", "failure = \"closed\"\n"]);
        text += d.one_of(&[
            "",
            "rotation = { rate = \"1/5m\", curve-change = \"30%\" }\n",
        ]);
    }
    text += d.one_of(&["", "", "[migration]\nrate = \"1/9m\"\n"]);
    let attacker = |name: &str, attack: &str| {
        format!(
            "[senders.{name}]\nclass = \"spam\"\ncount = 3\nattack = {attack}\narrivals = {{ poisson = {{ rate = \"1/20s\" }} }}\n"
        )
    };
    if d.chance(25) {
        let renew = d.one_of(&["{}", "{ afterwards = \"renew\" }"]);
        text += &attacker("thief", &format!("{{ replay = {renew} }}"));
    }
    if d.chance(25) {
        text += &attacker("forger", "{ bad-signature = { victims = 2 } }");
    }
    (strictness, text)
}

fn inbox(d: &mut Dice) -> String {
    if d.chance(25) {
        return "[inbox.sync]\n".to_owned();
    }
    if d.chance(25) {
        return docket(d);
    }
    let workers = 1 + d.below(3);
    let mut text = format!("[inbox.station]\nworkers = {workers}\n");
    if d.chance(60) {
        text += &format!("capacity = {}\n", workers + d.below(6));
        let overflow = d.one_of(&["reject", "drop-oldest", "back-pressure"]);
        text += &format!("overflow = \"{overflow}\"\n");
    }
    let discipline = d.one_of(&["fifo", "round-robin", "accepted-first"]);
    text + &format!("discipline = \"{discipline}\"\n") + &crashes(d)
}

fn docket(d: &mut Dice) -> String {
    let mut text = format!("[inbox.docket]\nconcurrency = {}\n", 1 + d.below(4));
    text += &format!("check-interval = \"{}ms\"\n", 1 + d.below(2_000));
    text += &format!("redelivery = \"{}s\"\n", 1 + d.below(90));
    for overhead in ["start", "slot", "sleep"] {
        text += &format!("{overhead}-overhead = \"{}ms\"\n", d.below(9));
    }
    text + &crashes(d)
}

fn crashes(d: &mut Dice) -> String {
    let mut text = String::new();
    for key in ["crash", "crash-before-ack"] {
        if d.chance(40) {
            text += &format!("{key} = \"{}%\"\n", d.below(50));
        }
    }
    text
}

fn pipeline(d: &mut Dice) -> String {
    let mut checks = vec![
        "token",
        "label",
        "block",
        "contact",
        "rate-limit",
        "host",
        "dedup",
    ];
    let mut order = Vec::new();
    while !checks.is_empty() {
        let place = usize::try_from(d.below(checks.len() as u64)).expect("small");
        let check = checks.remove(place);
        if d.chance(85) {
            order.push(check);
        }
    }
    let cost = match d.below(3) {
        0 => "cost = \"node\"\n".to_owned(),
        1 => format!(
            "cost = {{ token = {}, block = {} }}\n",
            d.law(20),
            d.law(20)
        ),
        _ => String::new(),
    };
    let extra = if d.chance(60) {
        format!("extra = {}\n", d.law(3_000))
    } else {
        String::new()
    };
    let failure = if d.chance(30) {
        let mode = d.one_of(&["open", "closed", "temporary"]);
        format!("failure = {{ block = {{ chance = \"20%\", mode = \"{mode}\" }} }}\n")
    } else {
        String::new()
    };
    format!("[pipeline]\norder = {order:?}\n{cost}{extra}{failure}[host]\nblocked = [0]\n")
}

fn contact(d: &mut Dice) -> String {
    // Dice of their own: what is rolled with them shifts nothing else.
    let mut own = Dice(d.0 ^ 0x5EED);
    let rule = match d.below(4) {
        0 => own
            .one_of(&[
                "\"none\"",
                "\"follow\"\nfollow-back = \"60%\"\nfollow-chance = \"30%\"",
            ])
            .to_owned(),
        1 => r#""open""#.to_owned(),
        _ => {
            let mut parts = Vec::new();
            if d.chance(50) {
                parts.push(format!("pending-per-pair = {}", 1 + d.below(3)));
            }
            if d.chance(50) {
                parts.push(format!("pending-per-recipient = {}", 1 + d.below(8)));
            }
            if d.chance(70) {
                parts.push(format!("expiry = \"{}s\"", 1 + d.below(600)));
            }
            if parts.iter().any(|part| part.starts_with("pending")) {
                let rules = ["reject", "evict-oldest", "evict-random", "evict-heaviest"];
                parts.push(format!("overflow = \"{}\"", own.one_of(&rules)));
            }
            parts.push(format!(
                "purge = \"{}\"",
                own.one_of(&["labelled", "labelled", "never"])
            ));
            format!("{{ invitation = {{ {} }} }}", parts.join(", "))
        }
    };
    format!("[contact]\nrule = {rule}\n")
}

fn limits(d: &mut Dice) -> String {
    let mut text = String::new();
    for layer in 0..d.below(4) {
        let (limit, window) = (1 + d.below(8), 1 + d.below(120));
        let windowed = format!("{{ limit = {limit}, window = \"{window}s\" }}");
        if d.chance(15) {
            text += &budget(d, layer);
            continue;
        }
        let algorithm = match d.below(8) {
            0 => format!("sliding-log = {windowed}"),
            1 => format!("fixed-window = {windowed}"),
            2 => format!("first-hit-window = {windowed}"),
            3 => format!("token-bucket = {{ burst = {limit}, refill = \"{limit}/{window}s\" }}"),
            4 => format!("sliding-counter = {windowed}"),
            5 => format!("leaky-queue = {{ rate = \"{limit}/{window}s\", capacity = {limit} }}"),
            6 => format!("concurrency = {{ limit = {limit} }}"),
            _ => format!("gcra = {{ burst = {limit}, rate = \"{limit}/{window}s\" }}"),
        };
        let key = d.one_of(&["sender", "sender-pds", "recipient", "pair", "pds"]);
        text += &format!("[limits.l{layer}]\nalgorithm = {{ {algorithm} }}\nkey = \"{key}\"\n");
        text += &format!(
            "at = \"{}\"\n",
            d.one_of(&["recipient", "recipient", "sender"])
        );
        text += &format!(
            "applies-to = \"{}\"\n",
            d.one_of(&["all", "accepted", "requests"])
        );
        if !algorithm.starts_with("leaky") && !algorithm.starts_with("concurrency") {
            text += &format!(
                "counts = \"{}\"\n",
                d.one_of(&["admitted", "admitted", "all"])
            );
        }
        let refusal = d.one_of(&[
            "\"reject\"",
            "{ retry-after = {} }",
            "\"silent\"",
            "\"reschedule\"",
        ]);
        text += &format!("refusal = {refusal}\n");
    }
    let mode = d.one_of(&["all-or-none", "in-sequence", "always-all"]);
    text + &format!("[limits-charging]\nmode = \"{mode}\"\n")
}

/// A budget of first contacts.
fn budget(d: &mut Dice, layer: u64) -> String {
    let limit = 1 + d.below(5);
    let key = d.one_of(&["sender", "sender-pds", "pds"]);
    format!(
        "[limits.l{layer}]\nalgorithm = {{ new-contacts = {{ limit = {limit} }} }}\nkey = \"{key}\"\n"
    )
}

fn labelers(d: &mut Dice) -> String {
    let mut text = String::new();
    for labeler in 0..d.below(3) {
        text += &format!("[labelers.w{labeler}]\nlag = {}\n", lag(d));
        text += d.one_of(&[
            "sees = { first-message = {} }\n",
            "sees = { reports = { threshold = 1 } }\n",
            "sees = { reports = { threshold = 3 } }\n",
            "sees = { reports = { threshold = 2, per-reporter = { limit = 3, window = \"9m\" } } }\n",
            "sees = { rate = { limit = 5, window = \"10m\" } }\n",
            "sees = { fan-out = { limit = 3, window = \"10m\" } }\n",
            "sees = { content = { recall = \"40%\", false-positive = \"1%\" } }\n",
        ]);
        text += d.one_of(&[
            "propagation = { poll = \"45s\" }\n",
            "propagation = { stream = {} }\n",
            "propagation = { stream = { delay = { exponential = { mean = \"9s\" } } } }\n",
            "propagation = \"none\"\n",
            "propagation = { cache = \"3m\" }\n",
            "propagation = { stream = { breaks = { rate = \"6/1h\", down = { constant = \"40s\" } } } }\n",
        ]);
        text += d.one_of(&["", "", "scope = \"each-pds\"\n"]);
        text += d.one_of(&["", "", "right = \"80%\"\n"]);
        text += d.one_of(&["", "", "expires = \"7m\"\n"]);
        text += d.one_of(&["", "", "dies = \"25m\"\n"]);
        text += d.one_of(&["", "", "emission = { caps = { second = 1, hour = 9 } }\n"]);
        text += d.one_of(&[
            "",
            "",
            "appeal = { wrongly = { chance = \"90%\", after = { constant = \"2m\" } }, rightly = { chance = \"30%\" } }\n",
        ]);
    }
    text += d.one_of(&[
        "",
        "",
        "[labels]\nenforcement = [\"sender\"]\n",
        "[labels]\nenforcement = [\"recipient\", \"clean-up\"]\ntakedown-poll = \"5s\"\n",
    ]);
    text
}

fn lag(d: &mut Dice) -> String {
    match d.below(4) {
        0 => "\"auto\"".to_owned(),
        1 => format!(
            "{{ triage = {{ moderators = {}, handle = {} }} }}",
            1 + d.below(2),
            d.law(60_000)
        ),
        _ => d.law(120_000),
    }
}

fn arrivals(d: &mut Dice) -> String {
    let rate = 1 + d.below(40);
    match d.below(4) {
        0 => format!("{{ regular = {{ every = \"{}s\" }} }}", 5 + d.below(60)),
        1 => format!(
            "{{ sessions = {{ rate = \"{rate}/1h\", messages = 4.0, gap = {} }} }}",
            d.law(4_000)
        ),
        2 => format!("{{ poisson = {{ rate = \"{rate}/1h\", profile = \"diurnal\" }} }}"),
        _ => format!("{{ poisson = {{ rate = \"{rate}/1h\" }} }}"),
    }
}

fn senders(d: &mut Dice) -> String {
    let mut text = format!(
        "[senders.people]\nclass = \"ham\"\ncount = 30\narrivals = {}\n",
        arrivals(d)
    );
    text += d.one_of(&[
        "target = { contacts = { mean = 5.0, new = \"20%\" } }\n",
        "target = \"uniform\"\n",
        "target = { one = { account = 3 } }\n",
        "target = { fan-out = {} }\n",
    ]);
    for reaction in [
        "read",
        "report",
        "false-report",
        "block",
        "accept",
        "reject",
    ] {
        if d.chance(70) {
            let percent = 1 + d.below(100);
            text += &format!(
                "{reaction} = {{ chance = \"{percent}%\", after = {} }}\n",
                d.law(200_000)
            );
        }
    }
    for group in 0..d.below(3) {
        text += &format!(
            "[senders.wave{group}]\nclass = \"spam\"\ncount = {}\narrivals = {}\nstart = \"{}s\"\n",
            1 + d.below(6),
            arrivals(d),
            d.below(900)
        );
        text += d.one_of(&[
            "attack = { flood = {} }\n",
            "attack = { fan-out = {} }\n",
            "attack = { snowshoe = { under = \"10/60s\" } }\n",
            "attack = { flood = {} }\non = \"own-pds\"\n",
            "token = \"signature\"\n",
            "age = { exponential = { mean = \"5d\" } }\nretry = \"none\"\n",
        ]);
    }
    text
}

fn trace(d: &mut Dice) -> String {
    if d.chance(60) {
        return String::new();
    }
    let mut text = "time_s,sender,recipient,class,extra_s\n".to_owned();
    // The epoch is below 200,000 s.
    let mut tenths = 2_000_000;
    for _ in 0..300 {
        tenths += d.below(60);
        let (sender, step) = (d.below(9), 1 + d.below(8));
        let class = d.one_of(&["ham", "ham", "spam"]);
        let extra = d.one_of(&["", "0.5", "3"]);
        let recipient = (sender + step) % 9;
        text += &format!(
            "{}.{},t{sender},t{recipient},{class},{extra}\n",
            tenths / 10,
            tenths % 10
        );
    }
    text
}

/// An observer that counts messages itself and checks what it can see from outside.
struct Watcher<'p> {
    spec: &'p ScenarioSpec,
    layers: Vec<String>,
    clock: Time,
    created: u64,
    open: BTreeSet<u64>,
    ended: bool,
    labels: BTreeMap<u32, Time>,
    blocked: BTreeMap<(u32, u32), Time>,
    /// The pair of each message that is held as a request.
    held: BTreeMap<u64, (u32, u32)>,
    /// Instants at which a layer admitted a message, by layer and key.
    admitted: BTreeMap<(usize, Vec<u32>), Vec<Time>>,
    faults: Vec<String>,
}

impl<'p> Watcher<'p> {
    fn new(scenario: &'p Scenario, plan: &Plan) -> Self {
        Self {
            spec: &scenario.spec,
            layers: plan.layer_names().to_vec(),
            clock: Time::ZERO,
            created: 0,
            open: BTreeSet::new(),
            ended: false,
            labels: BTreeMap::new(),
            blocked: BTreeMap::new(),
            held: BTreeMap::new(),
            admitted: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    fn require(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds && self.faults.len() < 5 {
            self.faults.push(what());
        }
    }

    fn layer(&self, index: usize) -> &'p LayerSpec {
        &self.spec.limits[&self.layers[index]]
    }

    fn admit(&mut self, now: Time, message: &Message, admitted: u64) {
        for index in (0..self.layers.len()).filter(|index| admitted >> index & 1 == 1) {
            let layer = self.layer(index);
            let pds = match layer.at {
                Place::Recipient => message.recipient_pds.0,
                Place::Sender => message.sender_pds.0,
            };
            let mut key = vec![pds];
            match layer.key {
                Key::Sender => key.push(message.sender.0),
                Key::SenderPds => key.push(message.sender_pds.0),
                Key::Recipient => key.push(message.recipient.0),
                Key::Pair => key.extend([message.sender.0, message.recipient.0]),
                Key::Pds => {}
            }
            self.admitted.entry((index, key)).or_default().push(now);
        }
    }

    fn taken(&mut self, now: Time, message: &Message, refusal: Option<Refusal>, label: LabelKnown) {
        if label == LabelKnown::Yes {
            let issued = self.labels.get(&message.sender.0).copied();
            self.require(issued.is_some_and(|issued| issued <= now), || {
                format!("{} was known as labelled before a label", message.id)
            });
        }
        let has = |check: &str| {
            self.spec
                .pipeline
                .order
                .iter()
                .any(|other| other.name() == check)
        };
        // Where labels act at the sender's PDS alone, the recipient's knows them and lets pass.
        let pair = (message.recipient.0, message.sender.0);
        // A check that fails open lets everything pass.
        let is_blocked = has("block")
            && self.spec.pipeline.failure.is_empty()
            && self.blocked.get(&pair).is_some_and(|since| *since < now);
        let refuses = self.spec.labels.acts(Enforcement::Recipient);
        let passes = refusal.is_none();
        let may_pass = !(is_blocked
            || has("label") && refuses && label == LabelKnown::Yes
            || has("token") && (now > message.token.expires || message.token.defect.is_some()));
        self.require(may_pass || !passes, || {
            format!("{} passed at {now:?}", message.id)
        });
    }

    /// No more requests are held than the caps say.
    fn check_room(&mut self, pair: (u32, u32)) {
        let ContactSpec::Invitation(spec) = self.spec.contact.rule else {
            return;
        };
        // What is in service when the rule changes is held under the new one.
        let mut actions = self.spec.intervene.iter();
        if actions.any(|action| action.set.contains_key("contact.rule")) {
            return;
        }
        let of_pair = self.held.values().filter(|held| **held == pair).count();
        let of_recipient = self.held.values().filter(|held| held.0 == pair.0).count();
        for (most, held) in [
            (spec.pending_per_pair, of_pair),
            (spec.pending_per_recipient, of_recipient),
        ] {
            let fits = most.is_none_or(|most| held <= most as usize);
            self.require(fits, || format!("{held} requests held for {pair:?}"));
        }
    }

    /// The most units admitted in any `[s, s + span)` for one key.
    fn check_worst_cases(&mut self) {
        let admitted = std::mem::take(&mut self.admitted);
        for ((index, key), times) in &admitted {
            let layer = self.layer(*index);
            // Under all-or-none a layer's own admission is charged only if all admit.
            if layer.counts != Counts::Admitted {
                continue;
            }
            for span in [Span::from_s(1), Span::from_s(60), Span::from_s(300)] {
                let Some(most) = layer.worst_case(span) else {
                    continue;
                };
                let most = usize::try_from(most).expect("small");
                let crowded = times
                    .windows(most + 1)
                    .find(|group| group[most].since(group[0]) < span);
                self.require(crowded.is_none(), || {
                    format!("layer {index} {layer:?} admitted {crowded:?} of {key:?} within {span}")
                });
            }
        }
    }
}

impl Observer for Watcher<'_> {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        let (clock, ended) = (self.clock, self.ended);
        // A message may be told as created before its time; everything else comes in order.
        let is_ahead = matches!(fact, Fact::Created(_));
        self.require((is_ahead || now >= clock) && !ended, || {
            format!("{fact:?} at {now:?} after {clock:?}")
        });
        if !is_ahead {
            self.clock = now;
        }
        match fact {
            Fact::Created(message) => {
                self.created += 1;
                let fresh = self.open.insert(message.id.number());
                self.require(fresh, || format!("{} was written twice", message.id));
                let honest = message.sender != message.recipient;
                self.require(honest, || format!("{} goes to its sender", message.id));
            }
            Fact::OutboundLimits {
                message,
                asked,
                refused,
            } if *refused == 0 => self.admit(now, message, *asked),
            Fact::Taken {
                message,
                refusal,
                label,
                asked,
                refused,
                ..
            } => {
                if *refused == 0 {
                    self.admit(now, message, *asked);
                }
                self.taken(now, message, *refusal, *label);
            }
            Fact::LabelIssued { subject, .. } => {
                self.labels.entry(subject.0).or_insert(now);
            }
            Fact::Blocked(message) => {
                let pair = (message.recipient.0, message.sender.0);
                self.blocked.entry(pair).or_insert(now);
            }
            Fact::Held(message) => {
                let pair = (message.recipient.0, message.sender.0);
                self.held.insert(message.id.number(), pair);
                self.check_room(pair);
            }
            Fact::Finished { message, outcome } => {
                self.held.remove(&message.id.number());
                let open = self.open.remove(&message.id.number());
                self.require(open, || {
                    format!("{} finished as {outcome:?} again", message.id)
                });
                let timely = *outcome != Outcome::Delivered || message.served <= now;
                self.require(timely, || {
                    format!("{} was delivered before its end", message.id)
                });
            }
            Fact::EndOfHorizon => {
                self.ended = true;
                let open = self.open.len();
                self.require(open == 0, || format!("{open} messages have no outcome"));
                self.check_worst_cases();
            }
            _ => {}
        }
    }
}

fn random(seed: u64) -> Scenario {
    let (text, trace) = roll(seed);
    scenario_with(&text, &[("trace.csv", trace.as_bytes())])
}

/// The messages of a random scenario, or what the watcher finds wrong with it.
fn watch(seed: u64) -> Result<u64, String> {
    let scenario = random(seed);
    let plan = Plan::new(&scenario);
    let watcher = support::observe(&scenario, Watcher::new(&scenario, &plan));
    if watcher.faults.is_empty() {
        return Ok(watcher.created);
    }
    Err(format!("{:#?}", watcher.faults))
}

/// The same, with a broken invariant of the model as one more thing that can be wrong. A panic of a
/// thread of the pool would be told to nobody.
fn watch_all(seeds: std::ops::Range<u64>) -> Vec<u64> {
    let watched = |seed| {
        let seen = std::panic::catch_unwind(|| watch(seed));
        let seen = seen.unwrap_or_else(|panic| match panic.downcast::<String>() {
            Ok(text) => Err(*text),
            Err(_) => Err("a panic without words".to_owned()),
        });
        seen.map_err(|what| format!("seed {seed}: {what}\n{}", roll(seed).0))
    };
    let watched: Vec<Result<u64, String>> = seeds.into_par_iter().map(watched).collect();
    let created = watched.into_iter().collect::<Result<_, _>>();
    created.unwrap_or_else(|what| panic!("{what}"))
}

/// Runs random scenarios; the number of messages, and in how many each outcome occurs.
fn judge(seeds: std::ops::Range<u64>) -> (u64, BTreeMap<String, u32>) {
    let created = watch_all(seeds.clone());
    let arms: Vec<Arm> = seeds
        .map(|seed| Arm::new(seed.to_string(), random(seed)))
        .collect();
    let results = experiment::run(&arms, Options::default(), &()).expect("no law is broken");
    let mut scenarios_with = BTreeMap::new();
    for (arm, created) in results.arms.iter().zip(&created) {
        let counts = &arm.replications[0].measured.outcomes;
        let sum: u64 = counts.iter().map(|row| row.count).sum();
        assert_eq!(sum, *created, "outcomes and messages of seed {}", arm.name);
        let names: BTreeSet<&String> = counts.iter().map(|row| &row.outcome).collect();
        for name in names {
            *scenarios_with.entry(name.clone()).or_insert(0) += 1;
        }
    }
    (created.iter().sum(), scenarios_with)
}

#[test]
fn no_law_breaks_in_random_scenarios_and_every_message_has_one_outcome() {
    let (messages, outcomes) = judge(0..100);
    assert!(messages > 50_000, "{messages}");
    // The scenarios are not all alike: every outcome there is occurs in several of them.
    for name in [
        "delivered",
        "refused.token.expired",
        "refused.token.signature",
        "refused.token.not-yet-valid",
        "refused.token.replay",
        "refused.did",
        "refused.not-here",
        "refused.label",
        "refused.block",
        "refused.contact",
        "refused.inbox-full",
        "refused.sender-pds.limit",
        "refused.sender-pds.takedown",
        "refused.ingress",
        "refused.too-large",
        "refused.limit.l0",
        "refused.limit.grey",
        "refused.limit.tiers",
        "request.pending",
        "request.rejected",
        "request.expired",
        "request.evicted",
        "request.purged",
        "lost",
        "gave-up",
        "in-flight",
    ] {
        let seen = outcomes.get(name).copied().unwrap_or(0);
        assert!(seen >= 3, "{name} occurs in {seen} scenarios: {outcomes:?}");
    }
}

/// The commit that is tested, or a fixed word where there is no git; `PDSIM_LAWS_OF`, set while
/// the tests are built, names another one, to repeat its scenarios.
fn commit() -> String {
    if let Some(commit) = option_env!("PDSIM_LAWS_OF") {
        return commit.to_owned();
    }
    let root = env!("CARGO_MANIFEST_DIR");
    let git = std::process::Command::new("git")
        .args(["-C", root, "rev-parse", "HEAD"])
        .output();
    let hash = git.ok().filter(|output| output.status.success());
    hash.map_or_else(
        || "no-git".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// The first seed of a commit's scenarios: its name as a number (FNV-1a), far above the seeds of
/// the other tests.
fn first_seed(commit: &str) -> u64 {
    let hash = commit
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    (hash >> 12) | 1 << 40
}

#[test]
fn no_law_breaks_in_two_hundred_scenarios_that_the_commit_chooses() {
    let commit = commit();
    let first = first_seed(&commit);
    println!(
        "random scenarios of commit {commit}: seeds {first} to {}",
        first + 199
    );
    let (messages, outcomes) = judge(first..first + 200);
    assert!(messages > 100_000, "{messages}");
    assert!(outcomes.len() > 15, "{outcomes:?}");
}

#[test]
#[ignore = "1,600 scenarios: .ci/nightly runs it in release mode"]
fn no_law_breaks_in_many_more_random_scenarios() {
    for batch in 10..20 {
        judge(batch * 160..(batch + 1) * 160);
    }
}
