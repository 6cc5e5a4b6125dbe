//! The law of limits: no key is admitted more often in any window than the algorithm's worst case.
//!
//! ```text
//! for every layer, key and instant s: admitted in [s, s + W) <= worst case of W
//! ```
//!
//! `W` is the layer's own window, or the time that its bucket takes to fill. The observer hears of
//! admissions and knows nothing of the limiter's memory, so it is a second way to the same number.
//! It watches a sample of the keys, chosen by hash, so that its memory stays small; where there are
//! few, all of them. A message counts where no layer refused it; a layer that forgot keys for want of
//! room is not judged, for a forgotten key begins anew.

use std::collections::VecDeque;

use super::BrokenLaw;
use crate::des::Table;
use crate::protocol::{Fact, Message, Observer, Partial};
use crate::units::{Span, Time, cast};

/// A layer that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedLayer {
    /// Its name, for the message.
    pub name: String,
    /// Its number, and its bit in the masks of facts: those on what arrives come before those on what
    /// leaves.
    pub index: usize,
    /// Where it lives.
    pub end: LimitedEnd,
    /// Whom it counts.
    pub counts: CountedBy,
    /// The window.
    pub window: Span,
    /// The most that it may admit in one.
    pub most: u64,
}

/// The PDS on which a limit lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedEnd {
    /// The recipient's.
    Recipient,
    /// The sender's.
    Sender,
}

/// What messages have in common that a limit counts together, beside the PDS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountedBy {
    /// Their sender.
    Sender,
    /// The PDS of their sender.
    SenderPds,
    /// Their recipient.
    Recipient,
    /// Sender and recipient.
    Pair,
    /// Nothing more.
    Pds,
}

/// The observer of all layers.
#[derive(Debug, Default)]
pub struct WorstCases {
    inbound: Vec<Layer>,
    outbound: Vec<Layer>,
}

impl Partial for WorstCases {
    fn overhear(&mut self, _: Time, _: &Fact<'_>) {}

    /// A key lives on one PDS, so that each part watches keys of its own.
    fn merge(&mut self, other: Self) {
        let own = self.inbound.iter_mut().chain(&mut self.outbound);
        for (own, other) in own.zip(other.inbound.into_iter().chain(other.outbound)) {
            own.broken = own.broken.take().or(other.broken);
        }
    }
}

/// Keys of a layer that are watched at most.
const MOST_KEYS: usize = 256;

#[derive(Debug)]
struct Layer {
    of: WatchedLayer,
    /// Only keys whose hash has none of these bits are watched.
    mask: u64,
    admitted: Table<(u32, u64), VecDeque<Time>>,
    broken: Option<BrokenLaw>,
}

impl WorstCases {
    /// Watches these layers.
    pub fn new(layers: &[WatchedLayer]) -> Self {
        let of = |end| {
            let layers = layers.iter().filter(move |layer| layer.end == end);
            layers.map(Layer::new).collect()
        };
        Self {
            inbound: of(LimitedEnd::Recipient),
            outbound: of(LimitedEnd::Sender),
        }
    }

    /// The laws that were broken by layers that forgot no key; `forgot` says how many each did.
    pub fn broken(&self, forgot: &[u64]) -> Vec<BrokenLaw> {
        let layers = self.inbound.iter().chain(&self.outbound);
        let judged =
            layers.filter(|layer| forgot.get(layer.of.index).is_none_or(|keys| *keys == 0));
        judged.filter_map(|layer| layer.broken.clone()).collect()
    }

    /// Whether any law was broken, perhaps by a layer that forgot keys.
    pub fn suspects(&self) -> bool {
        let mut layers = self.inbound.iter().chain(&self.outbound);
        layers.any(|layer| layer.broken.is_some())
    }
}

impl Observer for WorstCases {
    #[inline(always)]
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Taken {
                message,
                asked,
                refused: 0,
                ..
            } if *asked != 0 => admitted(&mut self.inbound, now, message, *asked),
            Fact::OutboundLimits {
                message,
                asked,
                refused: 0,
            } => admitted(&mut self.outbound, now, message, *asked),
            _ => {}
        }
    }
}

fn admitted(layers: &mut [Layer], now: Time, message: &Message, asked: u64) {
    for layer in layers {
        if asked >> layer.of.index & 1 == 1 {
            layer.admit(now, message);
        }
    }
}

impl Layer {
    fn new(of: &WatchedLayer) -> Self {
        Self {
            of: of.clone(),
            mask: 0,
            admitted: Table::default(),
            broken: None,
        }
    }

    #[inline]
    fn admit(&mut self, now: Time, message: &Message) {
        let key = self.of.key(message);
        if hash(key) & self.mask == 0 {
            self.count(now, key);
        }
    }

    fn count(&mut self, now: Time, key: (u32, u64)) {
        if self.admitted.len() == MOST_KEYS && !self.admitted.contains(key) {
            return self.thin_out();
        }
        let (window, most) = (self.of.window, self.of.most);
        let times = self.admitted.get_or_insert_with(key, VecDeque::new);
        while times.front().is_some_and(|first| *first + window <= now) {
            times.pop_front();
        }
        times.push_back(now);
        if cast::count_to_u64(times.len()) > most && self.broken.is_none() {
            let what = format!(
                "the limit `{}` admitted {} messages of one {} within {window}, and its worst case is {most}",
                self.of.name,
                times.len(),
                self.of.counts.name()
            );
            self.broken = Some(BrokenLaw { what });
        }
    }

    /// Halves the keys that are watched.
    #[cold]
    fn thin_out(&mut self) {
        self.mask = self.mask << 1 | 1;
        let mask = self.mask;
        self.admitted.retain(|key, _| hash(key) & mask == 0);
    }
}

impl WatchedLayer {
    fn key(&self, message: &Message) -> (u32, u64) {
        let pds = match self.end {
            LimitedEnd::Recipient => message.recipient_pds,
            LimitedEnd::Sender => message.sender_pds,
        };
        let (sender, recipient) = (u64::from(message.sender.0), u64::from(message.recipient.0));
        let who = match self.counts {
            CountedBy::Sender => sender,
            CountedBy::SenderPds => u64::from(message.sender_pds.0),
            CountedBy::Recipient => recipient,
            CountedBy::Pair => sender << 32 | recipient,
            CountedBy::Pds => 0,
        };
        (pds.0, who)
    }
}

impl CountedBy {
    const fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::SenderPds => "sender's PDS",
            Self::Recipient => "recipient",
            Self::Pair => "pair",
            Self::Pds => "PDS",
        }
    }
}

/// Bits that differ for neighbouring keys (Fibonacci hashing).
fn hash((pds, who): (u32, u64)) -> u64 {
    let mixed = (who ^ u64::from(pds) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> 40
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Account, Class, Effect, Group, LabelKnown, MessageId, Pds, Token};

    fn message(sender: u32) -> Message {
        Message {
            id: MessageId::new(0, 0),
            created: Time::ZERO,
            sent: Time::ZERO,
            arrived: Time::ZERO,
            taken: Time::ZERO,
            served: Time::NEVER,
            rescheduled: Span::ZERO,
            shaped: Span::ZERO,
            extra: Span::ZERO,
            token: Token {
                expires: Time::NEVER,
                defect: None,
            },
            sender: Account(sender),
            recipient: Account(1),
            sender_pds: Pds(0),
            recipient_pds: Pds(0),
            group: Group(0),
            class: Class::Ham,
            queued: false,
            attempts: 1,
        }
    }

    fn watching(most: u64) -> WorstCases {
        WorstCases::new(&[WatchedLayer {
            name: "three".to_owned(),
            index: 2,
            end: LimitedEnd::Recipient,
            counts: CountedBy::Sender,
            window: Span::from_ns(10),
            most,
        }])
    }

    fn take(cases: &mut WorstCases, at: u64, sender: u32, refused: u64) {
        let message = message(sender);
        let fact = Fact::Taken {
            message: &message,
            service: Span::ZERO,
            refusal: None,
            label: LabelKnown::No,
            asked: 0b100,
            refused,
            effect: Effect::Decides,
        };
        cases.observe(Time::from_ns(at), &fact);
    }

    #[test]
    fn as_many_as_the_worst_case_are_sound_and_one_more_is_not() {
        // [0, 10) holds 0, 5, 9; 10 lies beyond it.
        let mut cases = watching(3);
        for at in [0, 5, 9, 10] {
            take(&mut cases, at, 7, 0);
        }
        assert_eq!(cases.broken(&[0, 0, 0]), []);
        take(&mut cases, 11, 7, 0);
        assert_eq!(
            cases.broken(&[0, 0, 0])[0].what,
            "the limit `three` admitted 4 messages of one sender within 10ns, and its worst case is 3"
        );
        // A layer that forgot keys is not judged.
        assert_eq!(cases.broken(&[0, 0, 1]), []);
        assert!(cases.suspects());
    }

    #[test]
    fn what_was_refused_or_is_of_another_key_does_not_count() {
        let mut cases = watching(1);
        take(&mut cases, 0, 7, 0);
        take(&mut cases, 1, 7, 1);
        take(&mut cases, 2, 8, 0);
        assert_eq!(cases.broken(&[0, 0, 0]), []);
    }

    #[test]
    fn of_many_keys_a_sample_is_watched() {
        let mut cases = watching(1);
        for sender in 0..100_000 {
            take(&mut cases, 0, sender, 0);
        }
        let layer = &cases.inbound[0];
        let watched = layer.admitted.len();
        assert!((MOST_KEYS / 8..=MOST_KEYS).contains(&watched), "{watched}");
        let mut senders = 0..100_000;
        let watched = senders.find(|sender| layer.admitted.contains((0, u64::from(*sender))));
        take(&mut cases, 5, watched.unwrap(), 0);
        assert_eq!(cases.broken(&[0, 0, 0]).len(), 1);
    }
}
