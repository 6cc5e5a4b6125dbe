//! Interventions: each action has its effect at its instant, shifts nobody's draws, and is told;
//! a wrong one is an error at its place.

use pdsim::metrics::Measure;
use pdsim::model::{Action, Plan, Status, World};
use pdsim::protocol::{Account, Fact, MessageId, Observer, Outcome};
use pdsim::scenario::{Loader, Memory, SCENARIO, Scenario};
use pdsim::units::Time;

use crate::support::{count, measures, observe, outcomes, run, scenario, scenario_with};

/// A flooder writes to account 0 every second, 0.5 s after the full second, for 60 s, with no
/// delay: messages 0 to 59.
fn flood(rest: &str) -> String {
    format!(
        r#"
schema = 1
name = "hand"
[run]
duration = "60s"
[network]
delay = {{ constant = "0s" }}
[pds]
accounts = {{ list = [2, 2] }}
[inbox.sync]
[senders.people]
class = "ham"
count = 4
stop = "1s"
arrivals = {{ regular = {{ every = "1d", offset = "12h" }} }}
[senders.wave]
class = "spam"
count = 1
target = {{ one = {{ account = 0 }} }}
arrivals = {{ regular = {{ every = "1s", offset = "500ms" }} }}
{rest}
"#
    )
}

const LABELER: &str = r#"
[labelers.main]
sees = { reports = { threshold = 1 } }
lag = { constant = "1s" }
"#;

#[test]
fn a_block_a_label_and_its_end_take_effect_at_their_instants() {
    let text = flood(&format!(
        r#"
        {LABELER}
        [[intervene]]
        at = "10s"
        label = {{ account = "wave/0" }}
        [[intervene]]
        at = "20s"
        unlabel = {{ account = "wave/0", labeler = "main" }}
        [[intervene]]
        at = "50s"
        block = {{ who = "people/0", whom = "wave/0" }}
        "#
    ));
    let results = run(scenario(&text));
    // 0.5 to 9.5 and 20.5 to 49.5 pass.
    assert_eq!(count(&results, "delivered"), 40);
    assert_eq!(count(&results, "refused.label"), 10);
    assert_eq!(count(&results, "refused.block"), 10);
}

#[test]
fn who_is_labelled_already_is_not_labelled_again() {
    let label =
        |at: u32| format!("[[intervene]]\nat = \"{at}s\"\nlabel = {{ account = \"wave/0\" }}\n");
    let text = flood(&format!("{LABELER}\n{}{}", label(10), label(20)));
    let results = run(scenario(&text));
    let Measure::Ratio { denominator, .. } = measures(&results, "label.precision")[0] else {
        panic!("the precision is a ratio");
    };
    assert_eq!(denominator, 1.0);
    assert_eq!(count(&results, "delivered"), 10);
}

#[test]
fn what_is_sent_by_hand_may_have_a_bad_token_and_a_text() {
    let text = flood(
        "[[intervene]]\nat = \"5s\"\nsend = { from = \"people/1\", to = \"people/0\", count = 2, token = \"signature\", text = \"hello\" }\n[[intervene]]\nat = \"6s\"\nsend = { from = \"people/1\", to = \"people/0\", token = \"audience\" }\n",
    );
    let results = run(scenario(&text));
    assert_eq!(count(&results, "refused.token.signature"), 2);
    assert_eq!(count(&results, "refused.token.audience"), 1);
    assert_eq!(count(&results, "delivered"), 60);
}

#[test]
fn a_request_is_accepted_or_rejected_by_hand() {
    let text = |action: &str| {
        flood(&format!(
            "[contact]\nrule = {{ invitation = {{}} }}\n[[intervene]]\nat = \"20s\"\n{action} = {{ who = \"people/0\", whom = \"wave/0\" }}\n"
        ))
    };
    let results = run(scenario(&text("accept")));
    assert_eq!(outcomes(&results)[0]["delivered"], 60);
    let results = run(scenario(&text("reject")));
    let counts = &outcomes(&results)[0];
    assert_eq!(
        (counts["request.rejected"], counts["refused.block"]),
        (20, 40)
    );
}

#[test]
fn a_policy_changes_while_the_limits_that_stay_keep_their_memory() {
    let text = flood(
        r#"
        [limits.changed]
        algorithm = { sliding-log = { limit = 1000, window = "1h" } }
        key = "sender"
        [limits.same]
        algorithm = { sliding-log = { limit = 30, window = "1h" } }
        key = "sender"
        [[intervene]]
        at = "20s"
        set = { "limits.changed.algorithm" = { sliding-log = { limit = 5, window = "1h" } } }
        [[intervene]]
        at = "40s"
        set = { "limits.changed.algorithm.sliding-log.limit" = 100 }
        [[intervene]]
        at = "55s"
        set = { "pipeline.order" = [] }
        "#,
    );
    let results = run(scenario(&text));
    let counts = &outcomes(&results)[0];
    // 20 pass; the changed limit begins anew: 5 pass and 15 are refused; then the limit that stayed
    // has 5 of its 30 left; from 55 s on nothing is checked.
    assert_eq!(counts["refused.limit.changed"], 15);
    assert_eq!(counts["refused.limit.same"], 10);
    assert_eq!(counts["delivered"], 20 + 5 + 5 + 5);
}

#[test]
fn a_pds_goes_down_and_comes_back_by_hand() {
    let text = flood(
        "[[intervene]]\nat = \"10s\"\ndown = { pds = 0 }\n[[intervene]]\nat = \"30s\"\nup = { pds = 0 }\n",
    );
    // The flooder lives there too: what he writes meanwhile waits and is delivered at 30 s.
    assert_eq!(count(&run(scenario(&text)), "delivered"), 60);
    // On the other PDS he does not wait.
    let results = run(scenario(
        &text
            .replace("[2, 2]", "[1, 1]")
            .replace("count = 4", "count = 2")
            .replace("class = \"spam\"", "class = \"spam\"\non = \"own-pds\""),
    ));
    assert_eq!(
        (count(&results, "lost"), count(&results, "delivered")),
        (20, 40)
    );
}

#[test]
fn accounts_of_a_trace_are_named_by_their_ids() {
    let text = r#"
        schema = 1
        name = "trace"
        [run]
        duration = "60s"
        [pds]
        count = 3
        [trace]
        file = "trace.csv"
        [[intervene]]
        at = "20s"
        block = { who = "zoe", whom = "al" }
        [[intervene]]
        at = "30s"
        send = { from = "al", to = "mia", count = 3 }
    "#;
    let rows = "time_s,sender,recipient\n10,al,zoe\n11,zoe,al\n25,al,zoe\n26,mia,zoe\n";
    let results = run(scenario_with(text, &[("trace.csv", rows.as_bytes())]));
    let counts = &outcomes(&results)[0];
    assert_eq!((counts["refused.block"], counts["delivered"]), (1, 6));
}

/// The instants and identities of everything written, and what was done by hand.
#[derive(Default)]
struct Diary {
    written: Vec<(Time, MessageId, Account)>,
    done: Vec<(Time, &'static str)>,
    delivered: u64,
}

impl Observer for Diary {
    fn needs_order(&self) -> bool {
        true
    }

    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) => self.written.push((now, message.id, message.recipient)),
            Fact::Intervention { action, .. } => self.done.push((now, action)),
            Fact::Finished {
                outcome: Outcome::Delivered,
                ..
            } => self.delivered += 1,
            _ => {}
        }
    }
}

#[test]
fn what_is_sent_by_hand_is_one_more_message_and_shifts_no_other() {
    let base = flood("").replace(
        "{ regular = { every = \"1d\", offset = \"12h\" } }",
        "{ poisson = { rate = \"2/s\" } }",
    );
    let base = base.replace("stop = \"1s\"", "stop = \"50s\"");
    let sent = "[[intervene]]\nat = \"7s\"\nsend = { from = \"people/2\", to = \"people/0\", class = \"spam\" }\n";
    let before = observe(&scenario(&base), Diary::default());
    let after = observe(&scenario(&format!("{base}{sent}")), Diary::default());
    assert_eq!(before.written.len() + 1, after.written.len());
    let known = |entry: &&(Time, MessageId, Account)| before.written.contains(entry);
    assert_eq!(
        after.written.iter().filter(known).count(),
        before.written.len()
    );
    let seven = "7s".parse().map(|span| Time::ZERO + span).unwrap();
    assert_eq!(after.done, [(seven, "send")]);
}

#[test]
fn a_program_can_intervene_between_two_steps() {
    let scenario = scenario(&flood(""));
    let plan = Plan::new(&scenario);
    let mut world = World::new(&plan, 1, Diary::default());
    let ten = "10s".parse().map(|span| Time::ZERO + span).unwrap();
    while world.clock() < ten {
        assert_eq!(world.step(1), Status::Running);
    }
    // Message 10 is the one at 10.5 s, after which the clock stands.
    world.intervene(Action::Block {
        who: Account(0),
        whom: Account(4),
    });
    while world.step(1) == Status::Running {}
    let diary = world.into_observer();
    assert_eq!(diary.done.len(), 1);
    assert!((10..=11).contains(&diary.delivered), "{}", diary.delivered);
}

fn faults(rest: &str) -> Vec<String> {
    let text = flood(rest);
    let files = Memory::files([("a.toml", text.as_bytes())]);
    let mut loader = Loader::new(&files);
    let tree = loader.scenario("a.toml".as_ref(), &SCENARIO);
    let scenario = tree.and_then(|tree| Scenario::prepare(tree, &mut loader));
    assert!(scenario.is_none());
    loader.faults.lines(&loader.sources)
}

#[test]
fn wrong_interventions_are_told_at_their_places() {
    // The text before the interventions has 20 lines.
    let cases = [
        (
            "at = \"60s\"\ndown = { pds = 0 }",
            "a.toml:22:6: an intervention at 1m, when the run ended at 1m; write an earlier instant",
        ),
        (
            "at = \"1s\"",
            "a.toml:21:1: an intervention that does nothing; write one of: send, block, accept, reject, label, unlabel, down, up, set",
        ),
        (
            "at = \"1s\"\ndown = { pds = 0 }\nup = { pds = 0 }",
            "a.toml:21:1: 2 actions at once: down, up; write one [[intervene]] for each",
        ),
        (
            "at = \"1s\"\ndown = { pds = 2 }",
            "a.toml:23:16: there is no PDS number 2: there are 2, numbered from 0; write a number below 2",
        ),
        (
            "at = \"1s\"\nblock = { who = \"poeple/1\", whom = \"wave/0\" }",
            "a.toml:23:17: there is no account `poeple/1`; write \"people/1\"",
        ),
        (
            "at = \"1s\"\nblock = { who = \"people/4\", whom = \"wave/0\" }",
            "a.toml:23:17: there is no account `people/4`: the group has 4, numbered from 0; write a number up to the last one, \"people/3\"",
        ),
        (
            "at = \"1s\"\nsend = { from = \"people/1\", to = \"wave/0\" }",
            "a.toml:23:34: `wave/0` is a spammer's identity, to which nobody writes; name an account of a group of class ham",
        ),
        (
            "at = \"1s\"\nlabel = { account = \"wave/0\" }",
            "a.toml:23:9: there are 0 labelers: which one?; write a table [labelers.NAME], and labeler = \"NAME\" here",
        ),
        (
            "at = \"1s\"\nset = { \"run.seed\" = 3 }",
            "a.toml:23:9: `run.seed` is no policy that can change during a run; write a key of limits, contact or auth, limits-charging.mode or pipeline.order",
        ),
        (
            "at = \"1s\"\nset = { \"auth.lifetime\" = \"2h\" }",
            "a.toml:23:27: no server mints a token for 2h; write at most \"3600s\"",
        ),
        (
            "at = \"1s\"\nset = { \"auth.lifetme\" = \"2m\" }",
            "a.toml:23:9: unknown key `lifetme`; write `lifetime`",
        ),
        (
            "at = \"1s\"\nset = { \"limits.new\" = { algorithm = { gcra = { burst = 1, rate = \"1/s\" } }, key = \"pair\" } }",
            "a.toml:23:7: the change adds, removes, moves or reorders a rate limit; name the limit from the start, with values that never refuse",
        ),
        (
            "at = \"1s\"\nblok = { who = \"people/1\", whom = \"wave/0\" }",
            "a.toml:23:1: unknown key `blok`; write `block`",
        ),
    ];
    let mut wrong = Vec::new();
    for (entry, expected) in cases {
        let found = faults(&format!("[[intervene]]\n{entry}\n"));
        if found != [expected] {
            wrong.push(format!(
                "{entry}\n  expected {expected}\n  found    {found:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
