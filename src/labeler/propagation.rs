//! From the issue of a label to its being known at a PDS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::connection::{Breaks, BreaksSpec};
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
        /// Lost connections; none by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        breaks: Option<BreaksSpec>,
    },
    /// It asks the labeler once per span, each PDS at a phase of its own.
    Poll(Span),
    /// It asks the labeler about a sender when it checks a message of his, and keeps the answer
    /// for this span.
    Cache(Span),
    /// It does not ask this labeler at all.
    None,
}

impl Default for PropagationSpec {
    fn default() -> Self {
        Self::Stream {
            delay: None,
            breaks: None,
        }
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

    /// The distributions that are written, with their keys.
    pub fn written_mut(&mut self) -> Vec<(&'static str, &mut Distribution)> {
        let Self::Stream { delay, breaks } = self else {
            return Vec::new();
        };
        let delay = delay.as_mut().map(|delay| ("stream.delay", delay));
        let down = breaks
            .as_mut()
            .map(|breaks| ("stream.breaks.down", &mut breaks.down));
        delay.into_iter().chain(down).collect()
    }
}

/// Propagation at run time.
#[derive(Debug, Clone)]
pub enum Propagation {
    /// After a delay per label and PDS; none is at once.
    Stream {
        /// The delay.
        delay: Option<Law>,
        /// Lost connections.
        breaks: Option<Breaks>,
    },
    /// At the next poll.
    Poll(Span),
    /// When a PDS asks; its answers live so long.
    Cache(Span),
    /// Never.
    None,
}

/// Something that a labeler publishes: a label or its negation.
#[derive(Debug, Clone, Copy)]
pub struct Bulletin {
    /// About whom.
    pub subject: Account,
    /// Which bulletin of this labeler about him, from 0.
    pub number: u32,
    /// When it was published.
    pub published: Time,
    /// When a PDS whose connection was broken then got it back; `published` elsewhere.
    pub received: Time,
}

impl Bulletin {
    /// Names it among the draws of the labeler.
    fn identity(&self) -> u64 {
        u64::from(self.subject.0) | u64::from(self.number) << 32
    }
}

impl Propagation {
    /// Propagation that follows `spec`.
    pub fn new(spec: &PropagationSpec) -> Self {
        match spec {
            PropagationSpec::Stream { delay, breaks } => Self::Stream {
                delay: delay.as_ref().map(Law::new),
                breaks: breaks.as_ref().map(Breaks::new),
            },
            PropagationSpec::Poll(every) => Self::Poll(*every),
            PropagationSpec::Cache(ttl) => Self::Cache(*ttl),
            PropagationSpec::None => Self::None,
        }
    }

    /// From when on `pds` knows of a bulletin. One that is asked for message by message knows it
    /// from the start: the answers at hand decide there.
    ///
    /// The draws of `key` that `labeler` names decide the delay of each bulletin to each PDS, and
    /// the phase of each poll. A labeler that dies answers no poll any more, and gives nothing to
    /// those who reconnect.
    pub fn known(
        &self,
        bulletin: &Bulletin,
        pds: Pds,
        dies: Time,
        (key, labeler): (CounterKey, u64),
    ) -> Time {
        let draw = |identity: u64| key.draw(identity.wrapping_add(labeler), u64::from(pds.0));
        match self {
            Self::Stream { .. } if bulletin.received > bulletin.published.max(dies) => Time::NEVER,
            Self::Stream { delay: None, .. } => bulletin.received,
            Self::Stream {
                delay: Some(law), ..
            } => bulletin.received + law.draw(draw(bulletin.identity())),
            Self::Poll(every) => {
                let phase = Span::from_ns(uniform::index(draw(PHASE), every.ns()));
                let poll = next_poll(bulletin.published, *every, phase);
                if poll < dies { poll } else { Time::NEVER }
            }
            Self::Cache(_) => bulletin.published,
            Self::None => Time::NEVER,
        }
    }
}

/// Phases and delays must not share draws: no bulletin has this number.
const PHASE: u64 = u64::MAX;

/// The first poll at or after `issued`, of those at `phase + k * every`.
pub fn next_poll(issued: Time, every: Span, phase: Span) -> Time {
    if issued == Time::NEVER {
        return Time::NEVER;
    }
    let Some(since) = issued.ns().checked_sub(phase.ns()) else {
        return Time::ZERO + phase;
    };
    let polls = u128::from(since.div_ceil(every.ns()));
    Time::ZERO + phase + Span::from_ns(cast::low_u64(polls * u128::from(every.ns())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Seed};

    fn known(propagation: &Propagation, dies: Time, received: u64) -> Time {
        let key = Seed {
            seed: 0,
            replication: 0,
        }
        .counter_for(Purpose::LabelPropagation);
        let bulletin = Bulletin {
            subject: Account(1),
            number: 0,
            published: Time::from_ns(5),
            received: Time::from_ns(received),
        };
        propagation.known(&bulletin, Pds(2), dies, (key, 99))
    }

    #[test]
    fn a_poll_learns_at_its_next_turn() {
        let at = |ns| next_poll(Time::from_ns(ns), Span::from_ns(60), Span::from_ns(7)).ns();
        assert_eq!([at(0), at(7), at(8), at(67), at(68)], [7, 7, 67, 67, 127]);
        let never = next_poll(Time::NEVER, Span::from_ns(60), Span::ZERO);
        assert_eq!(never, Time::NEVER);
    }

    #[test]
    fn a_stream_without_delay_is_known_at_once_and_none_never() {
        let stream = Propagation::new(&PropagationSpec::default());
        assert_eq!(known(&stream, Time::NEVER, 5), Time::from_ns(5));
        let none = Propagation::new(&PropagationSpec::None);
        assert_eq!(known(&none, Time::NEVER, 5), Time::NEVER);
    }

    #[test]
    fn a_dead_labeler_gives_nothing_to_those_who_poll_or_reconnect() {
        let stream = Propagation::new(&PropagationSpec::default());
        let dies = Time::from_ns(9);
        assert_eq!(known(&stream, dies, 8), Time::from_ns(8));
        assert_eq!(known(&stream, dies, 10), Time::NEVER);
        // What was sent before it died arrives.
        assert_eq!(known(&stream, dies, 5), Time::from_ns(5));
        let poll = Propagation::new(&PropagationSpec::Poll(Span::from_s(60)));
        assert_eq!(known(&poll, dies, 5), Time::NEVER);
        assert!(known(&poll, Time::NEVER, 5) < Time::ZERO + Span::from_s(60));
    }
}
