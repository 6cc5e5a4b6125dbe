//! What the inbox, the host list, the memory of duplicates and the failures of checks must say
//! together with the rest of a scenario.

use super::validate::Findings;
use super::{Home, InboxSpec, ScenarioSpec, join_key};
use crate::des::Overflow;
use crate::network::Retry;
use crate::policy::FailureMode;
use crate::protocol::Check;

/// All of it.
pub(super) fn check(spec: &ScenarioSpec, found: &mut Findings) {
    let (inbox, faults) = spec.inbox.faults();
    found.of_part(inbox, faults);
    found.of_part("ingress", spec.ingress.faults());
    check_back_pressure(spec, found);
    check_hosts(spec, found);
    check_failures(spec, found);
    let is_listed = !spec.host.blocked.is_empty() || !spec.host.blocked_groups.is_empty();
    let parts = [
        ("host", Check::Host, is_listed),
        ("dedup", Check::Dedup, !spec.dedup.is_default()),
    ];
    for (key, check, is_written) in parts {
        if is_written && !spec.pipeline.order.contains(&check) {
            found.warn(
                key,
                format!(
                    "nobody looks at it: the pipeline has no {} check",
                    check.name()
                ),
                format!("add \"{}\" to pipeline.order", check.name()),
            );
        }
    }
}

fn check_back_pressure(spec: &ScenarioSpec, found: &mut Findings) {
    let InboxSpec::Station(station) = &spec.inbox else {
        return;
    };
    let key = "inbox.station.retry-after";
    if station.retry_after.is_some() && station.overflow != Overflow::BackPressure {
        found.error(
            key,
            "only an inbox with back-pressure says when to come again",
            "write overflow = \"back-pressure\", or leave retry-after out",
        );
    }
    let retries = |retry: Option<crate::network::RetrySpec>| {
        Retry::new(retry.unwrap_or(spec.network.retry)).reacts()
    };
    let somebody = spec.senders.values().any(|senders| retries(senders.retry))
        || (spec.trace.is_some() && retries(None));
    if station.overflow == Overflow::BackPressure && !somebody {
        found.warn(
            "inbox.station.overflow",
            "no sender's PDS ever tries again: back-pressure is the same as reject",
            "write retry = { atproto = {} } under [network]",
        );
    }
}

fn check_hosts(spec: &ScenarioSpec, found: &mut Findings) {
    for group in &spec.host.blocked_groups {
        match spec.senders.get(group) {
            None => {
                let near = super::nearest(group, spec.senders.keys().map(String::as_str));
                let remedy = near.map_or_else(
                    || "write the name of a table [senders.NAME]".to_owned(),
                    |near| format!("write \"{near}\""),
                );
                found.error(
                    "host.blocked-groups",
                    format!("there is no group of senders `{group}`"),
                    remedy,
                );
            }
            Some(senders) if senders.home() != Home::OwnPds => found.error(
                "host.blocked-groups",
                format!("the group `{group}` lives on the PDSes of the network"),
                format!(
                    "write on = \"own-pds\" under [{}], or name PDSes in host.blocked",
                    join_key(&["senders", group])
                ),
            ),
            Some(_) => {}
        }
    }
}

/// What the number of PDSes, known once their file was read, allows.
pub(super) fn check_sizes(spec: &ScenarioSpec, pdses: usize, found: &mut Findings) {
    for pds in &spec.host.blocked {
        if *pds as usize >= pdses {
            found.error(
                "host.blocked",
                format!("there is no PDS number {pds}: there are {pdses}, counted from 0"),
                "write a smaller number",
            );
        }
    }
}

fn check_failures(spec: &ScenarioSpec, found: &mut Findings) {
    for (check, failure) in &spec.pipeline.failure {
        let key = join_key(&["pipeline", "failure", check.name()]);
        found.of_part(&key, failure.faults());
        if !spec.pipeline.order.contains(check) {
            found.warn(
                &key,
                format!("the pipeline has no {} check that could fail", check.name()),
                format!("add \"{}\" to pipeline.order", check.name()),
            );
        }
        let is_again_at_once = failure.mode == FailureMode::Temporary && failure.pause.is_zero();
        if is_again_at_once && spec.inbox.workers().is_some() {
            found.error(
                format!("{key}.pause"),
                "a message that pauses for 0s is tried again before anything can change",
                "write a span above 0s",
            );
        }
    }
}
