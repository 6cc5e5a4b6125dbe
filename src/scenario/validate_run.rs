//! What `[run]` may ask of a scenario: replications until a precision is reached, a warm-up that is
//! found out, batches of one long run.

use super::validate::Findings;
use super::{ReplicationsSpec, ScenarioSpec, SequentialSpec, SteadyStateSpec, WarmupSpec};
use crate::metrics::registry;
use crate::population::{ArrivalsSpec, Profile};
use crate::units::Span;

/// Fewer batches of equal length say nothing about their spread; more are no batches.
const BATCHES: std::ops::RangeInclusive<u32> = 5..=1_000;

/// Checks replications, warm-up and batches against the rest of the scenario.
pub(super) fn check(spec: &ScenarioSpec, found: &mut Findings) {
    match &spec.run.replications {
        ReplicationsSpec::Fixed(0) => found.error(
            "run.replications",
            "0 replications measure nothing",
            "write 1 or more",
        ),
        ReplicationsSpec::Fixed(_) => {}
        ReplicationsSpec::Sequential(sequential) => check_sequential(sequential, found),
    }
    if spec.run.warmup == WarmupSpec::Auto {
        let remedy = "set it: write a span such as warmup = \"2h\"";
        check_stationary(spec, "run.warmup", "a warm-up \"auto\"", remedy, found);
    }
    if let Some(steady) = spec.run.steady_state {
        check_batches(spec, steady, found);
    }
}

fn check_sequential(spec: &SequentialSpec, found: &mut Findings) {
    let key = |part: &str| format!("run.replications.{part}");
    if spec.min < 2 {
        let what = format!("{} replications have no interval", spec.min);
        found.error(key("min"), what, "write 2 or more");
    }
    if spec.max < spec.min {
        let what = format!("max = {} is below min = {}", spec.max, spec.min);
        found.error(key("max"), what, "write a max of at least min");
    }
    if spec.relative_half_width.value() <= 0.0 {
        let what = "no number of replications gives an interval of no width";
        let remedy = "write a share above 0, such as \"5%\"";
        found.error(key("relative-half-width"), what, remedy);
    }
    if spec.metric.is_empty() {
        let what = "no metric says when to stop";
        found.error(key("metric"), what, "name one: metric = [\"spam.leakage\"]");
    }
    for metric in &spec.metric {
        check_metric(&key("metric"), metric, found);
    }
}

/// Checks that a metric exists; the remedy is the nearest name.
fn check_metric(key: &str, metric: &str, found: &mut Findings) {
    if registry::find(metric).is_none() {
        let names = registry::METRICS.iter().map(|entry| entry.name);
        let nearest = super::nearest(metric, names);
        let remedy = nearest.map_or_else(
            || "`pdsim explain metrics` lists them".to_owned(),
            |name| format!("write \"{name}\""),
        );
        found.error(key, format!("there is no metric `{metric}`"), remedy);
    }
}

fn check_batches(spec: &ScenarioSpec, steady: SteadyStateSpec, found: &mut Findings) {
    let key = "run.steady-state";
    if !BATCHES.contains(&steady.batches) {
        let what = format!("{} batches", steady.batches);
        let remedy = format!("write {} to {}", BATCHES.start(), BATCHES.end());
        found.error(format!("{key}.batches"), what, remedy);
    }
    if spec.run.replications != ReplicationsSpec::Fixed(1) {
        let what = "batches of one long run beside several replications";
        found.error(
            key,
            what,
            "write replications = 1, or leave steady-state out",
        );
    }
    let remedy = "compare replications instead of batches";
    check_stationary(spec, key, "a steady state", remedy, found);
    if !spec.labelers.is_empty() {
        let what = "labels stay, so that the batches of a run with labelers are not alike";
        found.error(key, what, remedy);
    }
}

/// Adds a fault where the law of what happens changes in the course of the run.
fn check_stationary(
    spec: &ScenarioSpec,
    key: &str,
    what: &str,
    remedy: &str,
    found: &mut Findings,
) {
    let reasons = changes(spec);
    if !reasons.is_empty() {
        let what = format!(
            "{what} needs a scenario that is stationary, and this one has {}",
            reasons.join(", ")
        );
        found.error(key, what, remedy);
    }
}

/// What makes a scenario change in the course of the run.
fn changes(spec: &ScenarioSpec) -> Vec<String> {
    let mut list = Vec::new();
    for (name, senders) in &spec.senders {
        if let ArrivalsSpec::Poisson { profile, .. } | ArrivalsSpec::Sessions { profile, .. } =
            &senders.arrivals
            && *profile != Profile::Flat
        {
            list.push(format!("a profile (senders.{name})"));
        }
        let ends = senders
            .stop
            .is_some_and(|stop| Some(stop) != spec.run.duration);
        if senders.start > Span::ZERO || ends {
            list.push(format!("a start or stop (senders.{name})"));
        }
    }
    list.extend(spec.trace.as_ref().map(|_| "a trace".to_owned()));
    list.extend((!spec.intervene.is_empty()).then(|| "interventions".to_owned()));
    list
}
