//! What a reader must know before trusting a number: loads, warm-up, full tables of limits.

use super::{Arm, Completion, Replication, Results, aliasing, lessons};
use crate::policy::PipelineSpec;
use crate::scenario::{InboxSpec, Scenario};
use crate::units::{Span, cast};

/// The load that a scenario offers to the inbox with the most accounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Messages per second.
    pub arrivals: f64,
    /// Mean service time of a message that passes all checks, in seconds.
    pub service_s: f64,
    /// Arrivals x service / workers.
    pub utilization: f64,
}

/// The warnings of a run, in order of weight.
pub fn warnings(arms: &[Arm], results: &Results) -> Vec<String> {
    let mut list: Vec<String> = warm_up_warning(results).into_iter().collect();
    for (arm, outcome) in arms.iter().zip(&results.arms) {
        let warm_up = results.warm_up.map(|found| found.span.as_seconds());
        let mut of_arm = load_warnings(arm, warm_up);
        of_arm.extend(
            results
                .warm_up
                .into_iter()
                .flat_map(|found| aliasing::warnings(&arm.scenario().spec, found)),
        );
        let stopped = outcome
            .replications
            .iter()
            .filter(|r| r.completion != Completion::Complete);
        let stopped = stopped.count();
        if stopped > 0 {
            of_arm.push(format!(
                "{stopped} of {} replications were stopped by --max-events or --budget before their horizon: rates and time averages are too low",
                outcome.replications.len()
            ));
        }
        of_arm.extend(eviction_warnings(arm, &outcome.replications));
        of_arm.extend(lessons::warnings(arm, outcome));
        let several = arms.len() > 1;
        list.extend(of_arm.into_iter().map(|text| {
            if several {
                format!("arm {}: {text}", arm.name())
            } else {
                text
            }
        }));
    }
    list
}

/// A warm-up that was found, and takes most of the run, was not found.
fn warm_up_warning(results: &Results) -> Option<String> {
    let found = results.warm_up.filter(|found| found.is_long())?;
    Some(format!(
        "the warm-up that was found, {}, is more than half of the run: the run is too short, or it never settles; write a longer run.duration",
        found.span
    ))
}

/// Layers whose tables were full: a key that was forgotten has its whole budget again.
fn eviction_warnings(arm: &Arm, replications: &[Replication]) -> Vec<String> {
    let layers = &arm.shape().layers;
    let warning = |(index, name): (usize, &String)| {
        let keys: u64 = replications
            .iter()
            .filter_map(|r| r.evicted.get(index))
            .sum();
        let most = arm.scenario().spec.limits.get(name)?.max_keys;
        (keys > 0).then(|| {
            format!(
                "the limit `{name}` forgot {keys} keys that still counted, for its table holds {most} per PDS: their budgets began anew; raise limits.{name}.max-keys"
            )
        })
    };
    layers.iter().enumerate().filter_map(warning).collect()
}

fn load_warnings(arm: &Arm, found_s: Option<f64>) -> Vec<String> {
    let mut list = Vec::new();
    let Some(load) = load(arm.scenario(), arm) else {
        return list;
    };
    list.extend(docket_warning(arm.scenario(), load));
    if load.utilization >= 1.0 {
        list.push(format!(
            "the largest inbox is offered {:.2} times what its workers can do: its queue grows for as long as the run lasts, and waits depend on the duration",
            load.utilization
        ));
    } else if load.utilization > 0.0 {
        list.extend(near_one(load.utilization));
        let needed = warm_up_s(load);
        let given = found_s.unwrap_or_else(|| arm.plan().warm_up().as_seconds());
        if given < needed && load.utilization > 0.5 {
            list.push(format!(
                "a warm-up of {given} s is short for a utilization of {:.2}: the queue needs about {needed:.0} s to forget that it started empty",
                load.utilization
            ));
        }
    }
    list
}

/// Where waits grow as 1 / (1 - rho), small errors in the load are large errors in the wait.
fn near_one(utilization: f64) -> Option<String> {
    const NEAR: f64 = 0.95;
    let growth = 0.01 * utilization / (1.0 - utilization);
    (utilization >= NEAR).then(|| {
        format!(
            "the largest inbox is offered {utilization:.3} of what its workers can do: 1 % more load makes waits about {:.0} % longer, so look at several loads before you believe one",
            100.0 * growth
        )
    })
}

/// A docket inbox that stays blind once a burst has filled it.
fn docket_warning(scenario: &Scenario, load: Load) -> Option<String> {
    let InboxSpec::Docket(docket) = &scenario.spec.inbox else {
        return None;
    };
    let service = Span::from_ns(cast::f64_to_ns(load.service_s * 1e9));
    let blind = docket.blind_throughput(service);
    (load.arrivals > blind).then(|| {
        format!(
            "the largest inbox is offered {:.1} messages/s and passes {blind:.1}/s once a burst has filled its {} slots: it does not recover from one",
            load.arrivals, docket.concurrency
        )
    })
}

/// 10 / (1 - sqrt rho)^2 mean services of the whole station, which ends one every
/// utilization / arrivals seconds while it is busy.
fn warm_up_s(load: Load) -> f64 {
    let rest = 1.0 - libm::sqrt(load.utilization);
    10.0 / (rest * rest) * load.utilization / load.arrivals
}

/// The load of the inbox with the most accounts; none where there is no queue to speak of.
///
/// Senders are taken at their mean rates and recipients as uniform over the accounts.
pub fn load(scenario: &Scenario, arm: &Arm) -> Option<Load> {
    let spec = &scenario.spec;
    let workers = spec.inbox.workers()?;
    let service_s = service_s(&spec.pipeline)?;
    let horizon = arm.plan().horizon().as_seconds();
    if horizon <= 0.0 {
        return None;
    }
    let total = cast::count_to_f64(arm.plan().expected_messages()) / horizon;
    let accounts = &arm.shape().accounts;
    let all: u64 = accounts.iter().sum();
    let largest = accounts.iter().max().copied()?;
    if all == 0 {
        return None;
    }
    let arrivals = total * cast::count_to_f64(largest) / cast::count_to_f64(all);
    let utilization = arrivals * service_s / f64::from(workers);
    Some(Load {
        arrivals,
        service_s,
        utilization,
    })
}

/// Mean service time of a message that passes every check; none where it is infinite.
fn service_s(pipeline: &PipelineSpec) -> Option<f64> {
    let checks = pipeline
        .order
        .iter()
        .filter_map(|check| pipeline.cost.of(*check));
    let parts = checks.chain(pipeline.extra.as_ref());
    parts.map(|part| part.mean_ns().map(|ns| ns / 1e9)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_utilization_near_1_is_told_with_what_an_error_costs() {
        assert_eq!(near_one(0.94), None);
        // M/M/1: the wait is rho / (1 - rho); 1 % more of 0.98 gives 0.9898 / 0.0102 for 0.98 / 0.02, twice as much;
        // the derivative alone says 49 %.
        let told = near_one(0.98).expect("it is near");
        assert!(told.contains("about 49 % longer"), "{told}");
    }
}
