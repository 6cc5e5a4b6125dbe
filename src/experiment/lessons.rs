//! What a run can teach its author: settings that fight each other, or do nothing.
//!
//! `warnings` say why a number is not what it seems; they belong to the results. [`hints`] say what
//! to look at next; they are shown and forgotten.

use super::rows::measures_of;
use super::{Arm, ArmResults};
use crate::labeler::{LagSpec, PropagationSpec};
use crate::metrics::Measure;
use crate::protocol::Check;
use crate::rng::Law;
use crate::scenario::Node;
use crate::units::{Span, Time, cast};

/// What is wrong with an arm's settings, seen from its results.
pub(super) fn warnings(arm: &Arm, results: &ArmResults) -> Vec<String> {
    let mut list: Vec<String> = token_warning(arm, results).into_iter().collect();
    list.extend(labeler_warnings(arm));
    list
}

/// What to look at next after a run whose author relies on these metrics.
pub fn hints(arm: &Arm, results: &ArmResults, metrics: &[String]) -> Vec<String> {
    let mut list = idle_limits(arm, results);
    list.extend(guesses(&arm.scenario().tree, metrics));
    list
}

/// Tokens that expire while their messages wait.
fn token_warning(arm: &Arm, results: &ArmResults) -> Option<String> {
    let spec = &arm.scenario().spec;
    let lifetime = spec.auth.lifetime;
    let waits = measures_of(results, "inbox.wait.p99").into_iter();
    let waits: Vec<f64> = waits.filter_map(Measure::value).collect();
    let count = cast::count_to_f64(cast::count_to_u64(waits.len()));
    let p99 = waits.iter().sum::<f64>() / count;
    let is_checked = spec.pipeline.order.contains(&Check::Token);
    (is_checked && count > 0.0 && p99 > lifetime.as_seconds()).then(|| {
        format!(
            "tokens live for {lifetime}, and one message in a hundred waits longer than {p99:.0} s: honest messages expire in the queue; raise auth.lifetime, add workers, or check tokens at the door"
        )
    })
}

/// Labelers most of whose labels would come after the end of the run; where labels are put by hand,
/// a labeler may be there for these alone.
fn labeler_warnings(arm: &Arm) -> Vec<String> {
    let spec = &arm.scenario().spec;
    let horizon = arm.plan().horizon().since(Time::ZERO);
    if spec.intervene.iter().any(|deed| deed.label.is_some()) {
        return Vec::new();
    }
    let labelers = spec.labelers.iter();
    let asked = labelers.filter(|(_, labeler)| labeler.propagation != PropagationSpec::None);
    let late = asked.filter_map(|(name, labeler)| {
        let median = median(&labeler.lag)?;
        (median > horizon).then(|| {
            format!(
                "the labeler `{name}` takes {median} for half of its labels, and the run lasts {horizon}: what it would do is not seen; run longer, or leave it out"
            )
        })
    });
    late.collect()
}

/// The lag that half of the labels have; none where it hangs on the labeler's work.
fn median(lag: &LagSpec) -> Option<Span> {
    let law = match lag {
        LagSpec::Law(law) | LagSpec::File(law) => Law::new(law),
        LagSpec::Profile(profile) => Law::new(&profile.distribution()),
        LagSpec::Triage(_) => return None,
    };
    let ms = law.draw(1 << 63).ns() / 1_000_000;
    Some(Span::from_ms(ms))
}

/// Limits that were asked and refused nobody.
fn idle_limits(arm: &Arm, results: &ArmResults) -> Vec<String> {
    let layers = arm.shape().layers.iter();
    let idle = layers.filter_map(|name| {
        let measures = measures_of(results, &format!("limit.{name}.reject"));
        let sums = measures.into_iter().map(|measure| match measure {
            Measure::Ratio {
                numerator,
                denominator,
            } => (numerator, denominator),
            Measure::Plain(_) => (0.0, 0.0),
        });
        let (refused, asked) = sums.fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
        (refused <= 0.0 && asked > 0.0).then(|| {
            format!(
                "the limit `{name}` was asked {asked:.0} times and refused nobody: the results are those without it; try a lower one with --vary"
            )
        })
    });
    idle.collect()
}

/// A value that is a guess unless the scenario says otherwise, and the metrics that hang on it.
struct Guess {
    key: &'static str,
    value: &'static str,
    metrics: &'static [&'static str],
    /// The table without which the value is not used.
    within: Option<&'static str>,
}

const GUESSES: &[Guess] = &[
    Guess {
        key: "network.delay",
        value: "5 ms + lognormal, median 35 ms, sigma 0.6",
        metrics: &["latency.", "ham.delayed"],
        within: None,
    },
    Guess {
        key: "did.plc.delay",
        value: "lognormal, median 60 ms, sigma 0.5",
        metrics: &["plc.", "latency."],
        within: Some("did"),
    },
];

/// Guesses that decide over the metrics that somebody relies on; `tree` is the scenario as written.
pub fn guesses(tree: &Node, metrics: &[String]) -> Vec<String> {
    let is_used = |guess: &&Guess| {
        guess.within.is_none_or(|table| tree.get(table).is_some()) && tree.get(guess.key).is_none()
    };
    let used = GUESSES.iter().filter(is_used);
    let deciding = used.filter_map(|guess| {
        let hangs = |metric: &&String| guess.metrics.iter().any(|part| metric.starts_with(part));
        let metric = metrics.iter().find(hangs)?;
        Some(format!(
            "{metric} hangs on {}, which is a guess ({}): write your own, or sweep it before you rely on the verdict",
            guess.key, guess.value
        ))
    });
    deciding.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Options, run};
    use crate::scenario::{Faults, Loader, Memory, Origin, SCENARIO, Scenario, Sources, parse};

    const QUIET: &str = r#"
        schema = 1
        name = "quiet"
        [run]
        duration = "1h"
        [network]
        delay = { constant = "1s" }
        [pds]
        accounts = { equal = { each = 20 } }
        [pipeline]
        order = ["token", "label", "rate-limit"]
        [limits.wide]
        algorithm = { sliding-log = { limit = 100, window = "60s" } }
        key = "sender"
        [senders.people]
        class = "ham"
        count = 20
        arrivals = { poisson = { rate = "10/1h" } }
    "#;

    fn told(set: &[&str], metrics: &[&str]) -> (Vec<String>, Vec<String>) {
        let files = Memory::files([("a.toml", QUIET.as_bytes())]);
        let mut loader = Loader::new(&files);
        let mut tree = loader.scenario("a.toml".as_ref(), &SCENARIO).unwrap();
        for text in set {
            loader.set(&mut tree, text, &SCENARIO);
        }
        let scenario = Scenario::prepare(tree, &mut loader);
        let arms = [Arm::new("base", scenario.expect("it is sound"))];
        let results = run(&arms, Options::default(), &()).expect("no law is broken");
        let metrics: Vec<String> = metrics.iter().map(ToString::to_string).collect();
        let warnings = warnings(&arms[0], &results.arms[0]);
        (warnings, hints(&arms[0], &results.arms[0], &metrics))
    }

    #[test]
    fn a_limit_that_nobody_reaches_is_told_and_one_that_refuses_is_not() {
        let (_, hints) = told(&[], &[]);
        assert!(
            hints[0].starts_with("the limit `wide` was asked "),
            "{hints:?}"
        );
        let (_, hints) = told(&["limits.wide.algorithm.sliding-log.limit=1"], &[]);
        assert_eq!(hints, [""; 0]);
    }

    #[test]
    fn tokens_that_die_in_the_queue_are_told() {
        assert_eq!(told(&[], &[]).0, [""; 0]);
        // 200 messages an hour, each a minute of work: the queue grows by 140 an hour.
        let slow = [
            "pipeline.extra={ constant = \"1m\" }",
            "inbox={ station = { workers = 1 } }",
        ];
        let (warnings, _) = told(&slow, &[]);
        assert!(
            warnings[0].starts_with("tokens live for 1m, and one message"),
            "{warnings:?}"
        );
        let unchecked = [slow[0], slow[1], "pipeline.order=[\"rate-limit\"]"];
        assert_eq!(told(&unchecked, &[]).0, [""; 0]);
    }

    #[test]
    fn a_labeler_that_is_slower_than_the_run_is_told() {
        let labeler = |lag: &str| {
            let sight = "labelers.main.sees={ first-message = {} }".to_owned();
            let lag = format!("labelers.main.lag={lag}");
            told(&[&sight, &lag], &[]).0
        };
        assert_eq!(labeler("{ constant = \"59m\" }"), [""; 0]);
        let late = labeler("{ constant = \"61m\" }");
        assert!(
            late[0].contains("takes 1h1m for half of its labels, and the run lasts 1h"),
            "{late:?}"
        );
        // Half of an exponential of mean 2 h is below 2 h x ln 2 = 83 min.
        assert_eq!(labeler("{ exponential = { mean = \"2h\" } }").len(), 1);
        assert_eq!(labeler("{ exponential = { mean = \"1h\" } }"), [""; 0]);
        assert_eq!(labeler("\"volunteer\"").len(), 1);
    }

    #[test]
    fn a_guess_that_decides_is_told_until_it_is_written() {
        let hint = |tree: &str, metric: &str| {
            let mut sources = Sources::default();
            let source = sources.add(Origin::File, "a.toml", tree.into());
            let tree = parse(source, &sources, &mut Faults::new()).root;
            guesses(&tree, &[metric.to_owned()])
        };
        let told = hint("", "latency.ham.p99");
        assert!(told[0].starts_with("latency.ham.p99 hangs on network.delay, which is a guess"));
        assert_eq!(hint("", "spam.leakage"), [""; 0]);
        assert_eq!(
            hint("network.delay = { constant = \"1s\" }", "latency.ham.p99"),
            [""; 0]
        );
        assert_eq!(hint("did = {}", "plc.fetch-share").len(), 1);
        assert_eq!(hint("", "plc.fetch-share"), [""; 0]);
    }
}
