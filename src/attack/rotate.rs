//! Rotate: an identity that is labelled is thrown away, and a new one takes its place.
//!
//! Labels are public, so the attacker reads that of his own identity as soon as it is issued. A new
//! identity is ready after `delay`: it must be found, made or bought. So an identity delivers what it
//! would deliver anyway, and the cycle is lag + delay: E[D] / (E[lag] + d) messages per unit of time
//! and place, plus the mean wait for the first send of an identity (1/s of a Poisson demand s).
//! `count` identities send at a time, and `spare` further ones replace them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::units::{Span, Time, UnitError};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "rotate",
    does: "replaces an identity that is labelled by a new one after `delay`, as long as there are `spare` ones",
    observes: "the labels on its own identities, which are public, as they are issued",
    defence: "a cost of identities: E[D] / (E[lag] + d) messages per unit of time get through; limits keyed by sender-pds, quotas that grow with age; quicker labels",
};

/// Parameters of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RotateSpec {
    /// From the label on an identity to the first chance of the next one to send (guess).
    pub delay: Span,
    /// Identities that there are beside the `count` that send at a time.
    pub spare: u32,
}

impl Default for RotateSpec {
    fn default() -> Self {
        Self {
            delay: Span::from_s(600),
            spare: 1_000,
        }
    }
}

impl RotateSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        let (fault, remedy) = match self.spare {
            0 => (
                "without spare identities nothing takes the place of a labelled one",
                "write 1 or more, or use the attack \"flood\"",
            ),
            1..=MOST_SPARE => return Vec::new(),
            _ => (
                "more identities than a network has",
                "write at most 100000000",
            ),
        };
        let (fault, remedy) = (fault.to_owned(), remedy.to_owned());
        vec![("rotate.spare", UnitError { fault, remedy })]
    }
}

const MOST_SPARE: u32 = 100_000_000;

/// Which identity is in each place, and from when on.
#[derive(Debug, Clone)]
pub struct Rotate {
    delay: Span,
    places: Vec<Place>,
    /// The next identity that was never used.
    fresh: u32,
    identities: u32,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    /// None where no spare one was left.
    identity: Option<u32>,
    ready: Time,
}

impl Rotate {
    /// `places` of the `identities` send at a time.
    pub(super) fn new(spec: RotateSpec, places: u32, identities: u32) -> Self {
        let place = |identity| Place {
            identity: Some(identity),
            ready: Time::ZERO,
        };
        Self {
            delay: spec.delay,
            places: (0..places).map(place).collect(),
            fresh: places,
            identities,
        }
    }

    pub(super) fn decide(&self, opportunity: Opportunity) -> Move {
        let place = self.places[opportunity.identity as usize];
        match place.identity {
            Some(identity) if opportunity.now >= place.ready => Move::Send { identity },
            _ => Move::HoldBack,
        }
    }

    /// An identity was labelled.
    pub(super) fn labelled(&mut self, identity: u32, now: Time) {
        let mut places = self.places.iter_mut();
        let Some(place) = places.find(|place| place.identity == Some(identity)) else {
            return;
        };
        place.identity = (self.fresh < self.identities).then_some(self.fresh);
        place.ready = now + self.delay;
        self.fresh = self.fresh.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::opportunity;

    #[test]
    fn a_labelled_identity_is_replaced_after_the_delay_while_there_are_spare_ones() {
        let spec = RotateSpec {
            delay: Span::from_s(10),
            spare: 1,
        };
        let mut rotate = Rotate::new(spec, 2, 3);
        let now = |s: u64| opportunity(s * 1_000, 1, 3);
        let send = |identity| Move::Send { identity };
        assert_eq!(rotate.decide(now(0)), send(1));
        rotate.labelled(1, Time::ZERO + Span::from_s(5));
        assert_eq!(rotate.decide(now(14)), Move::HoldBack);
        assert_eq!(rotate.decide(now(15)), send(2));
        // A late label on one that is gone changes nothing; the last one leaves an empty place.
        rotate.labelled(1, Time::ZERO + Span::from_s(16));
        assert_eq!(rotate.decide(now(17)), send(2));
        rotate.labelled(2, Time::ZERO + Span::from_s(20));
        assert_eq!(rotate.decide(now(1_000)), Move::HoldBack);
    }
}
