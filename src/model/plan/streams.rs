//! The streams of sends: the members of a group on a batch of PDSes send as one process.
//!
//! A group of honest senders has one stream per batch of PDSes, so that a run can later be
//! divided among threads; a campaign of spammers is one stream. A stream's random numbers hang on
//! the name of its group and the number of its batch alone.

use std::collections::BTreeMap;

use super::{GroupPlan, by_name, compromise, name_key, shared_law};
use crate::attack::AttackSpec;
use crate::population::{
    ActiveSpan, ArrivalLaws, ArrivalsSpec, GapLaws, Membership, TargetSpec, Topology, UNIT_BITS,
    assign_identities, assign_members,
};
use crate::protocol::{Account, Class, Group, Pds};
use crate::rng::{Distribution, Exponential, Permutation};
use crate::scenario::{Home, ScenarioSpec, SendersSpec};
use crate::units::{Span, Time, cast};

/// Most streams of one group of honest senders.
const MOST_BATCHES: usize = 16;

/// One stream of sends.
#[derive(Debug)]
pub(in crate::model) struct StreamPlan {
    pub(in crate::model) group: Group,
    pub(in crate::model) class: Class,
    pub(in crate::model) members: Membership,
    /// How many of them send at a time: the demand is theirs. The others are in reserve.
    pub(in crate::model) senders: u32,
    /// Names the random numbers of the stream.
    pub(in crate::model) entity: u64,
    pub(in crate::model) arrivals: ArrivalsSpec,
    pub(in crate::model) laws: ArrivalLaws,
    pub(in crate::model) active: ActiveSpan,
    pub(in crate::model) target: TargetSpec,
    pub(in crate::model) attack: Option<AttackSpec>,
}

impl StreamPlan {
    /// Whether its attack reports honest senders.
    pub(super) fn reports_falsely(&self) -> bool {
        matches!(self.attack, Some(AttackSpec::FalseReport(_)))
    }

    pub(in crate::model) fn expected_messages(&self, horizon: Time) -> f64 {
        let active = self
            .active
            .stop
            .min(horizon)
            .saturating_since(self.active.start);
        let volley = self.attack.as_ref().map_or(1, AttackSpec::volley);
        f64::from(self.senders)
            * f64::from(volley)
            * self.arrivals.rate_per_second()
            * active.as_seconds()
    }
}

/// Places the members of every group and divides them into streams.
pub(super) fn plan(
    spec: &ScenarioSpec,
    topology: &mut Topology,
) -> (Vec<GroupPlan>, Vec<StreamPlan>) {
    let ham = |senders: &SendersSpec| senders.class == Class::Ham;
    let counts: Vec<u64> = by_name(spec)
        .filter(|(_, s)| ham(s))
        .map(|(_, s)| u64::from(s.count))
        .collect();
    let ham_runs = assign_members(topology, &counts);
    let mean = Span::from_ns(1 << UNIT_BITS);
    let unit = shared_law(&Distribution::Exponential(Exponential {
        mean,
        shift: Span::ZERO,
    }));
    let mut groups = Vec::new();
    let mut streams = Vec::new();
    let honest = honest_members(spec, &ham_runs);
    let mut ham_runs = ham_runs.into_iter();
    for (index, (name, senders)) in (0..).zip(by_name(spec)) {
        let owned = compromise::as_owned(senders, spec);
        let senders = owned.as_ref().unwrap_or(senders);
        let runs = if ham(senders) {
            ham_runs.next().expect("one per group of ham")
        } else {
            compromise::runs(senders, &honest).unwrap_or_else(|| spam_runs(senders, topology))
        };
        let batches = if ham(senders) {
            divide(&runs)
        } else {
            vec![runs.clone()]
        };
        let laws = ArrivalLaws {
            unit_exponential: std::sync::Arc::clone(&unit),
            session_gap: match &senders.arrivals {
                ArrivalsSpec::Sessions { gap, .. } => Some(shared_law(gap)),
                _ => None,
            },
            gaps: match senders.arrivals {
                ArrivalsSpec::Gaps { rate, cv } => Some(GapLaws::new(rate, cv)),
                _ => None,
            },
        };
        streams.extend((0..).zip(batches).map(|(batch, runs)| StreamPlan {
            group: Group(index),
            class: senders.class,
            senders: runs.iter().map(|run| run.1).sum::<u32>() - senders.spares(),
            members: Membership::from_runs(runs),
            entity: name_key(name).wrapping_add(batch),
            arrivals: senders.arrivals.clone(),
            laws: laws.clone(),
            active: active(senders, spec),
            target: senders.target,
            attack: attack(senders),
        }));
        groups.push(GroupPlan::new(
            name,
            senders,
            spec,
            Membership::from_runs(runs),
        ));
    }
    (groups, streams)
}

fn active(senders: &SendersSpec, spec: &ScenarioSpec) -> ActiveSpan {
    ActiveSpan {
        start: Time::ZERO + senders.start,
        stop: senders.stop.map_or(Time::NEVER, |stop| Time::ZERO + stop),
        epoch_s: spec.run.epoch,
        wall_s: senders
            .zone
            .map_or(spec.run.epoch, |zone| zone.wall_clock(spec.run.epoch)),
    }
}

/// The members of every honest group, by name.
fn honest_members<'s>(
    spec: &'s ScenarioSpec,
    runs: &[Vec<(Account, u32)>],
) -> BTreeMap<&'s str, Membership> {
    let groups = by_name(spec).filter(|(_, senders)| senders.class == Class::Ham);
    let members = runs
        .iter()
        .map(|runs| Membership::from_runs(runs.iter().copied()));
    groups.map(|(name, _)| name.as_str()).zip(members).collect()
}

fn attack(senders: &SendersSpec) -> Option<AttackSpec> {
    match senders.class {
        Class::Ham => None,
        Class::Spam => Some(senders.attack.clone().unwrap_or_default()),
    }
}

/// Gives the identities of spammers accounts of their own.
fn spam_runs(senders: &SendersSpec, topology: &mut Topology) -> Vec<(Account, u32)> {
    let count = senders.count + senders.spares();
    let homes = match senders.home() {
        Home::Network => {
            let mut homes = assign_identities(topology, u64::from(senders.count));
            homes.extend(reserve(topology, u64::from(senders.spares())));
            homes
        }
        Home::OwnPds => vec![topology.add_pds(); count as usize],
    };
    let first = topology.add_identities(&homes);
    vec![(first, count)]
}

/// Homes of identities in reserve, by size, in an order that does not go from PDS to PDS.
fn reserve(topology: &Topology, count: u64) -> Vec<Pds> {
    let homes = assign_identities(topology, count);
    let order = Permutation::new(count.max(1), name_key("reserve"));
    (0..count)
        .map(|turn| homes[cast::index(order.image(turn))])
        .collect()
}

/// Divides runs, one per PDS, into at most [`MOST_BATCHES`] batches of about equal size.
fn divide(runs: &[(Account, u32)]) -> Vec<Vec<(Account, u32)>> {
    let total: u64 = runs.iter().map(|(_, length)| u64::from(*length)).sum();
    let fair = total.div_ceil(MOST_BATCHES as u64).max(1);
    let mut batches: Vec<Vec<(Account, u32)>> = vec![Vec::new()];
    let mut filled = 0_u64;
    for run in runs {
        if filled >= fair && batches.len() < MOST_BATCHES {
            batches.push(Vec::new());
            filled = 0;
        }
        filled += u64::from(run.1);
        batches.last_mut().expect("never empty").push(*run);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_the_order_and_lose_nobody() {
        let runs: Vec<_> = (0..100).map(|i| (Account(i * 10), i % 7)).collect();
        let batches = divide(&runs);
        assert!(batches.len() <= MOST_BATCHES);
        assert_eq!(batches.concat(), runs);
    }

    #[test]
    fn one_pds_is_one_batch() {
        assert_eq!(divide(&[(Account(0), 5)]).len(), 1);
        assert_eq!(divide(&[]).len(), 1);
    }
}
