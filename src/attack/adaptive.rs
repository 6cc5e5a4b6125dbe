//! Adaptive: probes for the limit. Each identity goes faster while it is let in, and slower when refused.
//!
//! The attacker hears the answers to his own requests, after the way back. With every yes an identity
//! shortens its rest by the factor 1 + `faster`, with every no it lengthens it by 1 / `slower`:
//! multiplicative both ways, so that no knowledge of the scale is needed. In a steady state the two
//! balance: one refusal for ln(1/slower) / ln(1 + faster) admissions, 14 at the defaults, whatever the
//! limit; so about 93 % of what it sends is admitted, and it uses up nearly all that the limit grants.
//!
//! It learns only what it is told: an inbox that queues answers 202 before it checks, and a silent refusal
//! says yes. Then it goes ever faster, as a flood. A time-out tells it nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, AttackEntry, Move, Opportunity};
use crate::units::{Rate, Share, Span, Time, UnitError, cast};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "adaptive",
    does: "probes for the limit: each identity sends faster with every message that is let in, slower with every refusal",
    observes: "the answers to its own requests",
    defence: "limits low enough to be reached; silent refusals or a 202 for everything: then it does not find the limit and floods, which reports and rate rules see",
};

/// Parameters of a campaign that adapts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AdaptiveSpec {
    /// The rate at which an identity begins (guess).
    pub first: Rate,
    /// By how much faster it sends after a message that was let in (guess).
    pub faster: Share,
    /// To which part of its rate a refusal brings it down (guess).
    pub slower: Share,
}

impl Default for AdaptiveSpec {
    fn default() -> Self {
        Self {
            first: "1/1m".parse().expect("a rate"),
            faster: Share::new(0.05).expect("a share"),
            slower: Share::new(0.5).expect("a share"),
        }
    }
}

impl AdaptiveSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        let mut faults = super::no_gap("adaptive.first", self.first);
        let mut add = |key, fault: &str, remedy: &str| {
            let (fault, remedy) = (fault.to_owned(), remedy.to_owned());
            faults.push((key, UnitError { fault, remedy }));
        };
        if self.faster.value() <= 0.0 {
            let fault = "who never goes faster never finds a limit";
            add(
                "adaptive.faster",
                fault,
                "write a share above 0, such as \"5%\"",
            );
        }
        if !(0.01..1.0).contains(&self.slower.value()) {
            let fault = "a refusal must bring the rate down, and not to nothing";
            add(
                "adaptive.slower",
                fault,
                "write a share from 0.01 to below 1, such as \"50%\"",
            );
        }
        faults
    }
}

/// The pace of each identity.
#[derive(Debug, Clone)]
pub struct Adaptive {
    faster: f64,
    slower: f64,
    paces: Vec<Pace>,
}

#[derive(Debug, Clone, Copy)]
struct Pace {
    /// In nanoseconds.
    rest: f64,
    sent: Option<Time>,
}

/// No identity rests for longer than a day or for less than a millisecond.
const RESTS: (f64, f64) = (1e6, 86_400e9);

impl Adaptive {
    pub(super) fn new(spec: AdaptiveSpec, identities: u32) -> Self {
        let pace = Pace {
            rest: spec.first.gap_ns(),
            sent: None,
        };
        Self {
            faster: 1.0 + spec.faster.value(),
            slower: spec.slower.value(),
            paces: vec![pace; identities as usize],
        }
    }

    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let identity = opportunity.identity;
        let pace = &mut self.paces[identity as usize];
        let rest = Span::from_ns(cast::f64_to_ns(pace.rest));
        if pace.sent.is_some_and(|sent| opportunity.now < sent + rest) {
            return Move::HoldBack;
        }
        pace.sent = Some(opportunity.now);
        Move::Send { identity }
    }

    /// The answer to a request of an identity came.
    pub(super) fn hear(&mut self, identity: u32, answer: Answer) {
        let rest = &mut self.paces[identity as usize].rest;
        let changed = match answer {
            Answer::LetIn => *rest / self.faster,
            Answer::Refused => *rest / self.slower,
        };
        *rest = changed.clamp(RESTS.0, RESTS.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::opportunity;

    /// The spans between the sends of one identity that hears `answers`, with a demand every millisecond.
    fn gaps(answers: &[Answer]) -> Vec<u64> {
        let spec = AdaptiveSpec {
            first: "1/1s".parse().unwrap(),
            faster: Share::new(1.0).unwrap(),
            slower: Share::new(0.25).unwrap(),
        };
        let mut adaptive = Adaptive::new(spec, 1);
        let mut answers = answers.iter();
        let mut sent = Vec::new();
        for ms in 0..20_000 {
            if adaptive.decide(opportunity(ms, 0, 1)) != Move::HoldBack {
                sent.push(ms);
                match answers.next() {
                    Some(answer) => adaptive.hear(0, *answer),
                    None => break,
                }
            }
        }
        sent.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    #[test]
    fn a_yes_doubles_the_rate_and_a_no_quarters_it() {
        let (yes, no) = (Answer::LetIn, Answer::Refused);
        assert_eq!(gaps(&[yes, yes, no, yes]), [500, 250, 1_000, 500]);
    }

    #[test]
    fn a_share_that_is_none_is_named() {
        let spec = AdaptiveSpec {
            faster: Share::ZERO,
            slower: Share::ONE,
            ..AdaptiveSpec::default()
        };
        let keys: Vec<&str> = spec.faults().iter().map(|fault| fault.0).collect();
        assert_eq!(keys, ["adaptive.faster", "adaptive.slower"]);
        assert!(AdaptiveSpec::default().faults().is_empty());
    }
}
