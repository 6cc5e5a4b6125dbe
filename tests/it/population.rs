//! People: conversations, the hours of the day by zone, accounts that were taken over, bots.

use std::collections::{BTreeMap, BTreeSet};

use pdsim::protocol::{Class, Fact, Observer, Outcome};
use pdsim::scenario::Scenario;
use pdsim::units::{Span, Time};

use crate::support::{
    assert_samples, count, observe_all, outcomes, repository_file, run, scenario, values,
};

/// Ten PDSes with so many accounts each.
fn ten_hosts(name: &str, run: &str, each: u32, rest: &str) -> Scenario {
    scenario(&format!(
        r#"
        schema = 1
        name = "{name}"
        [run]
        {run}
        [pds]
        accounts = {{ equal = {{ each = {each} }} }}
        count = 10
        {rest}
        "#
    ))
}

/// 500 people who open one conversation each, at 1 s; answers take 10 s on average.
fn conversations(chance: &str, senders: &str) -> Scenario {
    let people = format!(
        r#"
        [pipeline]
        order = []
        [senders.people]
        class = "ham"
        count = 500
        stop = "1h"
        arrivals = {{ regular = {{ every = "2h", offset = "1s" }} }}
        reply = {{ chance = "{chance}", after = {{ exponential = {{ mean = "10s" }} }} }}
        {senders}
        "#
    );
    let run = "duration = \"3h\"\nreplications = 20\nseed = 61";
    ten_hosts("conversations", run, 50, &people)
}

#[test]
fn a_conversation_has_1_over_1_minus_p_messages_on_average() {
    for (chance, p) in [("25%", 0.25), ("60%", 0.6), ("90%", 0.9)] {
        let results = run(conversations(chance, ""));
        let written = outcomes(&results);
        let lengths: Vec<f64> = written
            .iter()
            .map(|counts| counts.values().sum::<u64>() as f64 / 500.0)
            .collect();
        assert_samples(chance, &lengths, 1.0 / (1.0 - p));
    }
}

#[test]
fn a_conversation_goes_back_and_forth_between_two_people() {
    /// Who wrote to whom in the conversations, by the number of the opener.
    #[derive(Default)]
    struct Turns(BTreeMap<u64, Vec<(u32, u32)>>);
    impl Observer for Turns {
        fn observe(&mut self, _: Time, fact: &Fact<'_>) {
            if let Fact::Created(message) = fact {
                // One stream per PDS: the opener is named by its ordinal and its stream modulo 12.
                let opener = (message.id.stream() % 12) << 40 | message.id.ordinal();
                let turn = (message.sender.0, message.recipient.0);
                self.0.entry(opener).or_default().push(turn);
            }
        }
    }
    let seen = observe_all(&conversations("60%", ""), |_| Turns::default());
    let conversations = seen.iter().flat_map(|seen| seen.0.values());
    let mut longest = 0;
    for turns in conversations {
        for (turn, (sender, recipient)) in turns.iter().enumerate() {
            let (a, b) = turns[0];
            let expected = if turn % 2 == 0 { (a, b) } else { (b, a) };
            assert_eq!((*sender, *recipient), expected);
        }
        longest = longest.max(turns.len());
    }
    // Of 10,000 conversations, 0.6^9 = 1 % have ten messages or more.
    assert!((10..60).contains(&longest), "{longest}");
}

#[test]
fn nobody_answers_a_bot_that_notifies() {
    let bot = r#"
        [senders.bot]
        class = "ham"
        no-reply = true
        count = 1
        arrivals = { regular = { every = "1s" } }
        target = { fan-out = {} }
    "#;
    let text = conversations("0%", "no-reply = true");
    assert_eq!(count(&run(text), "delivered"), 20 * 500);
    let mut with_bot = conversations("60%", "");
    let spare = scenario(&format!(
        "schema = 1\nname = \"x\"\n[run]\nduration = \"1h\"\n[pds]\naccounts = {{ equal = {{ each = 2 }} }}\n{bot}"
    ));
    with_bot
        .spec
        .senders
        .insert("bot".to_owned(), spare.spec.senders["bot"].clone());
    with_bot.spec.senders.get_mut("people").unwrap().count = 499;
    let results = run(with_bot);
    let of_bot = results.arms[0].replications.iter().map(|replication| {
        let rows = replication.measured.outcomes.iter();
        rows.filter(|row| row.group == "people")
            .map(|row| row.count)
            .sum::<u64>() as f64
    });
    // The bot's 10,800 messages beget nothing: 499 openers, 2.5 messages each.
    let lengths: Vec<f64> = of_bot.map(|messages| messages / 499.0).collect();
    assert_samples("people", &lengths, 2.5);
}

#[test]
fn the_forms_of_people_in_the_documents_are_scenarios() {
    let text = repository_file("docs/SCENARIO.md");
    let text = String::from_utf8(text).expect("text");
    let people = text.split("## People").nth(1).expect("a chapter on people");
    let form = people.split("```").nth(1).expect("an example");
    let form = form.trim_start_matches("toml");
    let scenario = scenario(&format!(
        "schema = 1\nname = \"people\"\n[run]\nduration = \"1h\"\n{form}"
    ));
    // Of 20,000 accounts by zipf, the squared shares of 200 PDSes add up to 0.05.
    let sizes = scenario.sizes();
    let shares = sizes.iter().map(|size| *size as f64 / 20_000.0);
    let squares: f64 = shares.map(|share| share * share).sum();
    assert!((squares - 0.05).abs() < 1e-3, "{squares}");
    assert!(scenario.spec.senders["notifier"].no_reply);
}

/// What no policy may change about a message, and how long its first attempt takes.
#[derive(Default)]
struct Natures {
    written: BTreeMap<u64, (u32, u32)>,
    transits: BTreeMap<u64, Span>,
}

impl Observer for Natures {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) => {
                let nature = (message.sender.0, message.recipient.0);
                let before = self.written.insert(message.id.number(), nature);
                assert!(before.is_none(), "{} was written twice", message.id);
            }
            Fact::Arrived(message) => {
                let transit = now.since(message.created);
                self.transits.insert(message.id.number(), transit);
            }
            _ => {}
        }
    }
}

#[test]
fn what_is_said_in_a_conversation_does_not_depend_on_the_policy() {
    let open = conversations("60%", "");
    let limited = conversations(
        "60%",
        "[limits.slow]\nalgorithm = { sliding-log = { limit = 3, window = \"10m\" } }\nkey = \"recipient\"",
    );
    let mut limited = limited;
    limited.spec.pipeline.order = vec![pdsim::protocol::Check::RateLimit];
    let logs = [open, limited].map(|scenario| observe_all(&scenario, |_| Natures::default()));
    let (mut both, mut only) = (0, 0);
    for (open, limited) in logs[0].iter().zip(&logs[1]) {
        for (id, nature) in &limited.written {
            assert_eq!(open.written.get(id), Some(nature));
            assert_eq!(open.transits.get(id), limited.transits.get(id));
            both += 1;
        }
        only += open.written.len() - limited.written.len();
    }
    // Beyond the 10,000 openers: answers under both, and answers that a refusal forestalled.
    assert!(both > 12_000 && only > 1_000, "{both} {only}");
}

/// When each of 1,000 senders sends.
#[derive(Default)]
struct Instants(BTreeMap<u32, Vec<f64>>);

impl Observer for Instants {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Created(message) = fact {
            let sends = self.0.entry(message.sender.0).or_default();
            sends.push(now.since(Time::ZERO).as_seconds());
        }
    }
}

#[test]
fn lognormal_gaps_keep_their_rate_from_the_start_and_their_variation() {
    let scenario = scenario(
        r#"
        schema = 1
        name = "gaps"
        [run]
        duration = "10h"
        replications = 20
        seed = 64
        [pds]
        accounts = { equal = { each = 1_000 } }
        [pipeline]
        order = []
        [senders.people]
        class = "ham"
        count = 1_000
        arrivals = { gaps = { rate = "1/1h", cv = 2 } }
        "#,
    );
    let seen = observe_all(&scenario, |_| Instants::default());
    let within = |hours: std::ops::Range<f64>| -> Vec<f64> {
        let count = |seen: &Instants| {
            let all = seen.0.values().flatten();
            all.filter(|second| hours.contains(&(*second / 3_600.0)))
                .count() as f64
        };
        seen.iter().map(count).collect()
    };
    // A stationary process sends 1,000 messages in each hour, the first included.
    assert_samples("first hour", &within(0.0..1.0), 1_000.0);
    assert_samples("last hour", &within(9.0..10.0), 1_000.0);
    // The chance that a gap is below its median, 5^-0.5 h = 1,610 s, is a half; the span counts gaps
    // that begin early enough to end in it, which the first of them, up to the second hour, do.
    let below: Vec<f64> = seen
        .iter()
        .map(|seen| {
            let early = seen.0.values().filter(|sends| sends[0] < 3_600.0);
            let (mut below, mut all) = (0_u32, 0_u32);
            for sends in early {
                all += 1;
                let gap = sends
                    .get(1)
                    .map_or(f64::INFINITY, |second| second - sends[0]);
                below += u32::from(gap < 3_600.0 / libm::sqrt(5.0));
            }
            f64::from(below) / f64::from(all)
        })
        .collect();
    assert_samples("below the median", &below, 0.5);
}

/// How many messages were written before noon UTC of each day, and in all.
#[derive(Default)]
struct Morning(u32, u32);

impl Observer for Morning {
    fn observe(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::Created(message) = fact {
            let hour = message.created.as_seconds() / 3_600.0 % 24.0;
            self.0 += u32::from(hour < 12.0);
            self.1 += 1;
        }
    }
}

#[test]
fn the_hours_of_a_group_are_those_of_its_zone() {
    // Noon UTC of the day is `zone` o'clock + 12 there. The share of the day from local hour a to b
    // is (b - a) / 24 + 0.29 / (2 pi) (sin(2 pi (b - 17) / 24) - sin(2 pi (a - 17) / 24)).
    let turn = std::f64::consts::TAU / 24.0;
    let share = |a: f64, b: f64| {
        let sine = |hour: f64| libm::sin(turn * (hour - 17.0));
        (b - a) / 24.0 + 0.29 / std::f64::consts::TAU * (sine(b) - sine(a))
    };
    for (zone, east) in [("+00:00", 0.0), ("+09:00", 9.0), ("-03:30", -3.5)] {
        let scenario = scenario(&format!(
            r#"
            schema = 1
            name = "zones"
            [run]
            duration = "4d"
            replications = 20
            seed = 62
            [pds]
            accounts = {{ equal = {{ each = 100 }} }}
            [pipeline]
            order = []
            [senders.people]
            class = "ham"
            count = 100
            zone = "{zone}"
            arrivals = {{ poisson = {{ rate = "5/1d", profile = "diurnal" }} }}
            "#
        ));
        let seen = observe_all(&scenario, |_| Morning::default());
        let shares: Vec<f64> = seen
            .iter()
            .map(|seen| f64::from(seen.0) / f64::from(seen.1))
            .collect();
        assert_samples(zone, &shares, share(east, east + 12.0));
    }
}

/// 200 people, ten of whom lose their accounts, or as many strangers, after an hour.
fn spammers(attack: &str) -> Scenario {
    let people = format!(
        r#"
        [contact]
        rule = "none"
        [senders.people]
        class = "ham"
        count = 200
        target = {{ contacts = {{ mean = 12 }} }}
        arrivals = {{ poisson = {{ rate = "1/1h" }} }}
        [senders.spammers]
        class = "spam"
        attack = {attack}
        count = 10
        start = "1h"
        target = {{ contacts = {{ mean = 12 }} }}
        arrivals = {{ poisson = {{ rate = "20/1h" }} }}
        "#
    );
    let run = "duration = \"2h\"\nreplications = 5\nseed = 63";
    ten_hosts("taken-over", run, 20, &people)
}

/// Who wrote spam and who wrote ham, and from when on the spam came.
#[derive(Default)]
struct Writers {
    spam: BTreeSet<u32>,
    ham: BTreeSet<u32>,
    delivered: u32,
    first_spam_s: Option<f64>,
}

impl Observer for Writers {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) if message.class == Class::Spam => {
                self.spam.insert(message.sender.0);
                self.first_spam_s.get_or_insert(now.as_seconds());
            }
            Fact::Created(message) => {
                self.ham.insert(message.sender.0);
            }
            Fact::Finished { message, outcome } if message.class == Class::Spam => {
                self.delivered += u32::from(*outcome == Outcome::Delivered);
            }
            _ => {}
        }
    }
}

#[test]
fn a_rule_of_first_contact_does_not_see_an_account_that_was_taken_over() {
    let taken_over = spammers(r#"{ compromised-contact = { of = "people" } }"#);
    let leakage = values(&run(taken_over.clone()), "spam.leakage");
    // Everything goes to contacts; what the network's delay leaves under way at the end does not.
    assert!(leakage.iter().all(|share| *share > 0.99), "{leakage:?}");
    // Strangers with the same habits are nobody's contacts: what they call theirs never heard of
    // them, but for those whose lists name each other, of whom nobody is.
    let seen = observe_all(&taken_over, |_| Writers::default());
    for seen in seen {
        // Every twentieth of 200 accounts, each of which also belongs to its owner.
        let expected: BTreeSet<u32> = (0..10).map(|k| 20 * k).collect();
        assert_eq!(seen.spam, expected);
        assert!(seen.ham.intersection(&seen.spam).count() > 3);
        assert!(seen.first_spam_s.is_some_and(|first| first >= 3_600.0));
        assert!(seen.delivered > 100);
    }
}

/// How many messages each of three people was sent within 25 s by a stuffer who sends one a second.
fn stuffed_each(contact: &str) -> Vec<usize> {
    #[derive(Default)]
    struct Sent(BTreeMap<u32, usize>);
    impl Observer for Sent {
        fn observe(&mut self, _: Time, fact: &Fact<'_>) {
            if let Fact::Created(message) = fact {
                *self.0.entry(message.recipient.0).or_default() += 1;
            }
        }
    }
    let scenario = scenario(&format!(
        r#"
        schema = 1
        name = "told"
        [run]
        duration = "24500ms"
        [network]
        delay = {{ constant = "0s" }}
        [pds]
        accounts = {{ equal = {{ each = 3 }} }}
        [inbox.sync]
        [contact]
        rule = {{ invitation = {{ pending-per-recipient = 5 }} }}
        {contact}
        [senders.stuffers]
        class = "spam"
        attack = {{ request-stuffing = {{ room = 5, per-pair = 5 }} }}
        count = 1
        arrivals = {{ regular = {{ every = "1s" }} }}
        "#
    ));
    let sent = observe_all(&scenario, |_| Sent::default());
    let mut counts: Vec<usize> = sent[0].0.values().copied().collect();
    counts.sort_unstable();
    counts
}

#[test]
fn a_stuffer_who_is_told_of_a_refusal_turns_to_the_next_list_at_once() {
    // From 0 s to 14 s it fills three lists with five each. Ten messages are left: told, it goes
    // 1, 2, 3, 1, 2, 3, 1, 2, 3, 1; not told, five to the first and five to the second.
    assert_eq!(stuffed_each(""), [8, 8, 9]);
    assert_eq!(stuffed_each("refusal = \"silent\""), [5, 10, 10]);
}

#[test]
fn one_round_of_stuffing_shuts_every_stranger_out() {
    // Three people with room for two requests each; two identities send 2 messages a second: 6 fill
    // all lists in 3 s. Of 200 messages in 100 s, 6 are held and 194 refused, with both strangers'.
    let scenario = scenario(
        r#"
        schema = 1
        name = "stuffing"
        [run]
        duration = "100s"
        [network]
        delay = { constant = "0s" }
        [pds]
        accounts = { equal = { each = 3 } }
        [contact]
        rule = { invitation = { pending-per-pair = 1, pending-per-recipient = 2 } }
        [senders.people]
        class = "ham"
        count = 3
        arrivals = { regular = { every = "1d", offset = "1d" } }
        [senders.stuffers]
        class = "spam"
        attack = { request-stuffing = { room = 2 } }
        count = 2
        arrivals = { regular = { every = "1s" } }
        [[intervene]]
        at = "10500ms"
        send = { from = "people/0", to = "people/1" }
        [[intervene]]
        at = "20500ms"
        send = { from = "people/2", to = "people/1" }
        "#,
    );
    let results = run(scenario);
    assert_eq!(count(&results, "request.pending"), 6);
    assert_eq!(count(&results, "refused.contact"), 196);
    assert_eq!(values(&results, "ham.first-contact.success"), [0.0]);
    assert_eq!(values(&results, "spam.request-leakage"), [6.0 / 200.0]);
}
