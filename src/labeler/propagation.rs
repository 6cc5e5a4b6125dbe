//! From the issue of a label to its being known at a PDS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protocol::{Account, Pds};
use crate::rng::{CounterKey, Distribution, Law, uniform};
use crate::units::{Span, Time, UnitError, cast};

/// How a PDS learns of labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PropagationSpec {
    /// It subscribes to the labeler's stream.
    Stream {
        /// From the issue to the PDS; none by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delay: Option<Distribution>,
    },
    /// It asks the labeler once per span, each PDS at a phase of its own.
    Poll(Span),
    /// It does not ask this labeler at all.
    None,
}

impl Default for PropagationSpec {
    fn default() -> Self {
        Self::Stream { delay: None }
    }
}

impl PropagationSpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        match self {
            Self::Poll(every) if every.is_zero() => vec![(
                "poll",
                UnitError {
                    fault: "a poll every 0s never ends".to_owned(),
                    remedy: "write a span such as \"60s\", or use stream".to_owned(),
                },
            )],
            _ => Vec::new(),
        }
    }
}

/// Propagation at run time.
#[derive(Debug, Clone)]
pub enum Propagation {
    /// After a delay per label and PDS; none is at once.
    Stream(Option<Law>),
    /// At the next poll.
    Poll(Span),
    /// Never.
    None,
}

impl Propagation {
    /// From when on `pds` knows of the label on `subject` issued at `issued`.
    ///
    /// The draws of `key` decide the delay of each label to each PDS, and the phase of each poll.
    pub fn known(&self, issued: Time, subject: Account, pds: Pds, key: CounterKey) -> Time {
        match self {
            Self::Stream(None) => issued,
            Self::Stream(Some(law)) => {
                issued + law.draw(key.draw(u64::from(subject.0), u64::from(pds.0)))
            }
            Self::Poll(every) => next_poll(issued, *every, phase(pds, *every, key)),
            Self::None => Time::NEVER,
        }
    }
}

/// Phases and delays must not share draws: no account has this number.
const PHASE: u64 = u64::MAX;

fn phase(pds: Pds, every: Span, key: CounterKey) -> Span {
    Span::from_ns(uniform::index(
        key.draw(PHASE, u64::from(pds.0)),
        every.ns(),
    ))
}

/// The first poll at or after `issued`, of those at `phase + k * every`.
fn next_poll(issued: Time, every: Span, phase: Span) -> Time {
    let Some(since) = issued.ns().checked_sub(phase.ns()) else {
        return Time::ZERO + phase;
    };
    let polls = u128::from(since.div_ceil(every.ns()));
    Time::ZERO + phase + Span::from_ns(cast::low_u64(polls * u128::from(every.ns())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_learns_at_its_next_turn() {
        let at = |ns| next_poll(Time::from_ns(ns), Span::from_ns(60), Span::from_ns(7)).ns();
        assert_eq!([at(0), at(7), at(8), at(67), at(68)], [7, 7, 67, 67, 127]);
    }

    #[test]
    fn a_stream_without_delay_is_known_at_once_and_none_never() {
        let key = crate::rng::Seed {
            seed: 0,
            replication: 0,
        }
        .counter_for(crate::rng::Purpose::LabelPropagation);
        let known = |p: Propagation| p.known(Time::from_ns(5), Account(1), Pds(2), key);
        assert_eq!(known(Propagation::Stream(None)), Time::from_ns(5));
        assert_eq!(known(Propagation::None), Time::NEVER);
    }
}
