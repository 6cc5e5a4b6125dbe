//! Which hosts are down, cut off or slow, and when.

use super::name_key;
use crate::network::{Alternation, NetworkSpec, OutagesSpec, PdsSet, StartState, WhenDown};
use crate::protocol::Pds;
use crate::rng::{CounterKey, Distribution, Exponential, Law, Purpose, Seed};
use crate::units::{Share, Span, Time, cast};

/// The failures of a scenario.
#[derive(Debug)]
pub(in crate::model) struct FailurePlan {
    /// What a sender's PDS sees of a host that is down.
    pub(in crate::model) when_down: WhenDown,
    /// Outages at random, of the first `hosts` PDSes.
    pub(in crate::model) alternation: Option<AlternationPlan>,
    /// Outages in windows that do not overlap at one PDS.
    pub(in crate::model) outages: Vec<Outage>,
    pub(in crate::model) partitions: Vec<Partition>,
    pub(in crate::model) slow: Vec<Slow>,
}

/// Outages at random.
#[derive(Debug)]
pub(in crate::model) struct AlternationPlan {
    pub(in crate::model) hosts: u32,
    pub(in crate::model) up: Law,
    pub(in crate::model) down: Law,
    /// The chance that a PDS starts down.
    pub(in crate::model) down_at_first: Share,
}

/// One PDS is down from `start` to before `stop`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::model) struct Outage {
    pub(in crate::model) pds: u32,
    pub(in crate::model) start: Time,
    pub(in crate::model) stop: Time,
}

/// From `start` to before `stop` nothing goes from one side to the other.
#[derive(Debug)]
pub(in crate::model) struct Partition {
    start: Time,
    stop: Time,
    side: Vec<bool>,
    other: Vec<bool>,
}

/// From `start` to before `stop` services take longer.
#[derive(Debug)]
pub(in crate::model) struct Slow {
    start: Time,
    stop: Time,
    pdses: Vec<bool>,
    factor: f64,
}

impl FailurePlan {
    /// The failures of `spec` in a network of `count` PDSes.
    pub(super) fn new(spec: &NetworkSpec, count: usize, seed: u64) -> Self {
        let replication = 0;
        let seed = Seed { seed, replication };
        let key = seed.counter_for(Purpose::Outage);
        let members = |set: &PdsSet, name: &str| members(set, count, key, name_key(name));
        let partition = |(name, spec): (&String, &crate::network::PartitionSpec)| {
            let side = members(&spec.side, name);
            let other = spec.other.as_ref().map(|other| members(other, name));
            Partition {
                start: Time::ZERO + spec.start,
                stop: Time::ZERO + spec.stop,
                other: other.unwrap_or_else(|| side.iter().map(|is_in| !is_in).collect()),
                side,
            }
        };
        let slow = |(name, spec): (&String, &crate::network::SlowSpec)| Slow {
            start: Time::ZERO + spec.start,
            stop: spec.stop.map_or(Time::NEVER, |stop| Time::ZERO + stop),
            pdses: members(&spec.pds, name),
            factor: spec.factor,
        };
        Self {
            when_down: spec.when_down,
            alternation: spec
                .outages
                .alternation()
                .map(|law| alternation(law, count)),
            outages: outages(&spec.outages, members),
            partitions: spec.partitions.iter().map(partition).collect(),
            slow: spec.slow.iter().map(slow).collect(),
        }
    }

    /// Whether anything ever fails.
    pub(in crate::model) fn any(&self) -> bool {
        let is_quiet = self.alternation.is_none()
            && self.outages.is_empty()
            && self.partitions.is_empty()
            && self.slow.is_empty();
        !is_quiet
    }

    /// Whether what leaves `from` at `now` never reaches `to`.
    pub(in crate::model) fn cuts(&self, now: Time, from: Pds, to: Pds) -> bool {
        let mut partitions = self.partitions.iter();
        partitions.any(|partition| partition.cuts(now, from, to))
    }

    /// How long a service of `service` that begins at `now` really takes on `pds`.
    pub(in crate::model) fn slowed(&self, now: Time, pds: Pds, service: Span) -> Span {
        let factors = self.slow.iter().filter(|slow| slow.applies(now, pds));
        factors.fold(service, |service, slow| {
            Span::from_ns(cast::f64_to_ns(
                cast::count_to_f64(service.ns()) * slow.factor,
            ))
        })
    }
}

impl Partition {
    fn cuts(&self, now: Time, from: Pds, to: Pds) -> bool {
        let across = |a: Pds, b: Pds| is_in(&self.side, a) && is_in(&self.other, b);
        self.start <= now && now < self.stop && (across(from, to) || across(to, from))
    }
}

impl Slow {
    fn applies(&self, now: Time, pds: Pds) -> bool {
        self.start <= now && now < self.stop && is_in(&self.pdses, pds)
    }
}

/// Hosts of a campaign's own come after those of the network and belong to no set.
fn is_in(set: &[bool], pds: Pds) -> bool {
    set.get(pds.0 as usize).copied().unwrap_or(false)
}

fn members(set: &PdsSet, count: usize, key: CounterKey, salt: u64) -> Vec<bool> {
    let pdses = 0..cast::id_u32(count);
    pdses.map(|pds| set.contains(pds, key, salt)).collect()
}

fn alternation(law: Alternation, count: usize) -> AlternationPlan {
    let exponential = |mean| {
        let shift = Span::ZERO;
        Law::new(&Distribution::Exponential(Exponential { mean, shift }))
    };
    AlternationPlan {
        hosts: cast::id_u32(count),
        up: exponential(law.up),
        down: exponential(law.down),
        down_at_first: match law.start {
            StartState::Up => Share::ZERO,
            StartState::Stationary => law.share_down(),
        },
    }
}

/// The windows of every PDS; those that touch or overlap become one.
fn outages(spec: &OutagesSpec, members: impl Fn(&PdsSet, &str) -> Vec<bool>) -> Vec<Outage> {
    let OutagesSpec::Windows(windows) = spec else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (name, window) in windows {
        let pdses = (0..).zip(members(&window.pds, name));
        all.extend(pdses.filter(|(_, is_in)| *is_in).map(|(pds, _)| Outage {
            pds,
            start: Time::ZERO + window.start,
            stop: Time::ZERO + window.stop,
        }));
    }
    all.sort_unstable();
    let mut merged: Vec<Outage> = Vec::new();
    for outage in all {
        match merged.last_mut() {
            Some(last) if last.pds == outage.pds && outage.start <= last.stop => {
                last.stop = last.stop.max(outage.stop);
            }
            _ => merged.push(outage),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> FailurePlan {
        let spec: NetworkSpec = toml::from_str(text).unwrap();
        FailurePlan::new(&spec, 4, 1)
    }

    fn at(s: u64) -> Time {
        Time::ZERO + Span::from_s(s)
    }

    #[test]
    fn windows_that_overlap_are_one_outage() {
        let plan = plan(
            r#"
            [outages.windows.a]
            pds = { list = [1] }
            start = "10s"
            stop = "20s"
            [outages.windows.b]
            pds = { list = [0, 1] }
            start = "15s"
            stop = "30s"
            "#,
        );
        let outage = |pds, start, stop| Outage {
            pds,
            start: at(start),
            stop: at(stop),
        };
        assert_eq!(plan.outages, [outage(0, 15, 30), outage(1, 10, 30)]);
    }

    #[test]
    fn a_partition_cuts_both_ways_between_its_sides_and_nothing_else() {
        let plan = plan(
            r#"
            [partitions.split]
            side = { list = [0, 1] }
            start = "10s"
            stop = "20s"
            "#,
        );
        let cuts = |s, from, to| plan.cuts(at(s), Pds(from), Pds(to));
        assert!(cuts(10, 0, 2) && cuts(10, 3, 1) && cuts(19, 0, 3));
        assert!(!cuts(10, 0, 1) && !cuts(10, 2, 3) && !cuts(9, 0, 2) && !cuts(20, 0, 2));
        // Beyond the network: a host of a campaign's own.
        assert!(!cuts(10, 0, 4));
    }

    #[test]
    fn factors_of_slowness_multiply_while_they_last() {
        let plan = plan(
            r#"
            [slow.a]
            factor = 3
            stop = "10s"
            [slow.b]
            pds = { list = [2] }
            factor = 2.5
            start = "5s"
            "#,
        );
        let slowed = |s, pds| plan.slowed(at(s), Pds(pds), Span::from_ms(4)).ns() / 1_000_000;
        assert_eq!(
            [slowed(0, 2), slowed(5, 2), slowed(10, 2), slowed(10, 1)],
            [12, 30, 10, 4]
        );
    }
}
