//! The most that a scenario may ask for: beyond these a run could not number its parts, or would
//! never end.
//!
//! | what | most | why |
//! |---|---|---|
//! | PDSes | 1,000,000 | 24 bits number the logical processes of a run |
//! | accounts and identities | 2^31, 2^32 - 1 together with those of spammers | 32 bits |
//! | groups of senders | 10,000 | 16 bits, and a stream for every batch of their PDSes |
//! | replications | 1,000,000 | each leaves its rows in memory |
//! | steps of a time series | 1,000,000 | each is a row of every series |
//! | expected messages of a replication | 10^10 | 36 bits number the events of one process |
//!
//! Files are bounded where they are read ([`super::MOST_BYTES`], [`super::MOST_DATA_BYTES`]), nesting
//! in [`super::parse()`], spans and rates in [`crate::units`], points of a sweep in
//! [`super::MOST_POINTS`].

use super::validate::Findings;
use super::{Home, ReplicationsSpec, ScenarioSpec, SendersSpec, join_key};
use crate::protocol::Class;
use crate::units::{Span, cast};

/// Most PDSes of a network.
pub const MOST_PDSES: u32 = 1_000_000;
/// Most tables of senders.
pub const MOST_GROUPS: usize = 10_000;
/// Most replications.
pub const MOST_REPLICATIONS: u32 = 1_000_000;
/// Most steps of a time series.
pub const MOST_STEPS: u64 = 1_000_000;
/// Most messages that one replication may be expected to create.
pub const MOST_MESSAGES: f64 = 1e10;
/// Most accounts of any kind.
const MOST_ACCOUNTS: u64 = u32::MAX as u64;

/// What can be said before the sizes of the PDSes are known.
pub(super) fn check(spec: &ScenarioSpec, found: &mut Findings) {
    if let Some(count) = spec.pds.count.filter(|count| *count > MOST_PDSES) {
        too_many(
            found,
            "pds.count",
            &format!("{count} PDSes"),
            MOST_PDSES.into(),
        );
    }
    if spec.senders.len() > MOST_GROUPS {
        let what = format!("{} groups of senders", spec.senders.len());
        too_many(found, "senders", &what, cast::count_to_u64(MOST_GROUPS));
    }
    let most = spec.run.replications.most();
    if most > MOST_REPLICATIONS {
        let key = match spec.run.replications {
            ReplicationsSpec::Fixed(_) => "run.replications",
            ReplicationsSpec::Sequential(_) => "run.replications.max",
        };
        let what = format!("{most} replications");
        too_many(found, key, &what, MOST_REPLICATIONS.into());
    }
    check_steps(spec, found);
    check_messages(spec, found);
}

/// What the sizes of the PDSes add to it: the identities of spammers beside the accounts.
pub(super) fn check_accounts(spec: &ScenarioSpec, sizes: &[u64], found: &mut Findings) {
    let mut all = sizes
        .iter()
        .fold(0_u64, |sum, size| sum.saturating_add(*size));
    for (name, senders) in &spec.senders {
        if senders.class == Class::Spam {
            let identities = u64::from(senders.count) + u64::from(senders.spares());
            all = all.saturating_add(identities);
            if all > MOST_ACCOUNTS {
                let key = join_key(&["senders", name, "count"]);
                let what = format!("{all} accounts and identities up to this group");
                return too_many(found, &key, &what, MOST_ACCOUNTS);
            }
        }
    }
}

/// How many PDSes there are with those of groups on PDSes of their own.
pub(super) fn pdses_of_groups(spec: &ScenarioSpec) -> usize {
    let own = |senders: &&SendersSpec| senders.home() == Home::OwnPds;
    spec.senders.values().filter(own).count()
}

fn check_steps(spec: &ScenarioSpec, found: &mut Findings) {
    let (Some(step), Some(duration)) = (spec.output.time_series, spec.run.duration) else {
        return;
    };
    let steps = duration.ns().div_ceil(step.ns().max(1));
    if steps > MOST_STEPS {
        let what = format!("{steps} steps of {step} are more than {MOST_STEPS}");
        let remedy = "write a longer step, such as \"10m\"";
        found.coded("too-many", "output.time-series", what, remedy);
    }
}

fn check_messages(spec: &ScenarioSpec, found: &mut Findings) {
    let mut all = 0.0;
    for (name, senders) in &spec.senders {
        all += messages(spec, senders);
        // A rate of 1 / 0s is named elsewhere.
        if all > MOST_MESSAGES && all.is_finite() {
            let key = join_key(&["senders", name, "arrivals"]);
            let what = format!(
                "about {all:.1e} messages in a replication, up to this group, are more than {MOST_MESSAGES:.0e}"
            );
            let remedy = "shorten run.duration, or lower the counts and rates";
            return found.coded("endless", key, what, remedy);
        }
    }
}

/// How many messages a group is expected to write in a replication.
pub(super) fn messages(spec: &ScenarioSpec, senders: &SendersSpec) -> f64 {
    let end = spec.run.duration.unwrap_or(Span::ZERO);
    let stop = senders.stop.unwrap_or(end).min(end);
    let active = cast::ns_to_seconds(stop.ns().saturating_sub(senders.start.ns()));
    let volley = senders
        .attack
        .as_ref()
        .map_or(1, crate::attack::AttackSpec::volley);
    f64::from(senders.count) * f64::from(volley) * senders.arrivals.rate_per_second() * active
}

fn too_many(found: &mut Findings, key: &str, what: &str, most: u64) {
    let what = format!("{what} are more than {most}");
    found.coded("too-many", key, what, "write fewer");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::des::Origin;

    /// The codes of what is found in a scenario of one group with these lines.
    fn codes(lines: &str) -> Vec<&'static str> {
        let text = format!(
            "schema = 1\nname = \"a\"\n{lines}\n[senders.people]\nclass = \"ham\"\ncount = 1000\n\
             arrivals = {{ poisson = {{ rate = \"1000/s\" }} }}\n"
        );
        let (tree, _) = crate::scenario::testing::parsed(&text);
        let mut faults = crate::scenario::Faults::new();
        let spec: ScenarioSpec =
            crate::scenario::decode(&tree, &mut faults).expect("the keys are right");
        let mut found = Findings::default();
        check(&spec, &mut found);
        found.0.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn each_bound_is_named_beyond_it_and_not_at_it() {
        // 10^6 messages a second: 10^10 in 10,000 s.
        assert_eq!(codes("run.duration = \"10000s\""), [""; 0]);
        assert_eq!(codes("run.duration = \"10001s\""), ["endless"]);
        assert_eq!(codes("pds.count = 1_000_000"), [""; 0]);
        assert_eq!(codes("pds.count = 1_000_001"), ["too-many"]);
        assert_eq!(codes("run.replications = 1_000_000"), [""; 0]);
        assert_eq!(codes("run.replications = 1_000_001"), ["too-many"]);
        let series = |step: &str| {
            codes(&format!(
                "run.duration = \"1s\"\noutput.time-series = \"{step}\""
            ))
        };
        assert_eq!(series("1us"), [""; 0]);
        assert_eq!(series("999ns"), ["too-many"]);
    }

    #[test]
    fn every_logical_process_of_the_largest_scenario_has_a_number() {
        // A PDS each, 16 streams per group, the labelers (16 bits), the run, the trace, the hand.
        let most = MOST_PDSES as usize + 17 * MOST_GROUPS + (1 << 16) + 3;
        assert!(most < Origin::MOST as usize);
    }
}
