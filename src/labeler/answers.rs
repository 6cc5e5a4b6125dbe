//! Cached queries: a PDS asks a labeler about a sender when it checks one of his messages, and
//! keeps the answer, yes or no, for its time to live.
//!
//! Memory: the answers that are alive.

use std::collections::VecDeque;

use crate::des::Table;
use crate::protocol::{Account, Pds};
use crate::units::{Span, Time};

/// The answers of one labeler that PDSes have at hand.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    alive: Table<(u32, u32), Answer>,
    /// In the order of asking.
    asked: VecDeque<(Time, (u32, u32))>,
    /// When each PDS first heard of a label on an account.
    learned: Table<(u32, u32), Time>,
}

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Answer {
    asked: Time,
    /// Until when it calls the sender a spammer; `ZERO` where it does not.
    until: Time,
}

/// Whether a PDS must ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It has an answer that is alive.
    Answered,
    /// It must ask.
    Ask,
}

/// Whether a PDS hears of a label on the account for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It does.
    First,
    /// It does not.
    Old,
}

impl Answers {
    /// Whether `pds` must ask about `sender`, with answers that live for `ttl`.
    pub fn need(&mut self, pds: Pds, sender: Account, now: Time, ttl: Span) -> Need {
        while let Some((asked, place)) = self.asked.front().copied() {
            if now.since(asked) < ttl {
                break;
            }
            self.asked.pop_front();
            if self
                .alive
                .get(place)
                .is_some_and(|answer| answer.asked == asked)
            {
                self.alive.remove(place);
            }
        }
        if self.alive.contains((pds.0, sender.0)) {
            Need::Answered
        } else {
            Need::Ask
        }
    }

    /// `pds` has asked: the sender is labelled until `until`, or not at all.
    pub fn keep(&mut self, pds: Pds, sender: Account, now: Time, until: Option<Time>) -> News {
        let place = (pds.0, sender.0);
        let answer = Answer {
            asked: now,
            until: until.unwrap_or(Time::ZERO),
        };
        self.alive.insert(place, answer);
        self.asked.push_back((now, place));
        if until.is_some() && !self.learned.contains(place) {
            self.learned.insert(place, now);
            return News::First;
        }
        News::Old
    }

    /// Whether the answer at hand calls the sender a spammer.
    pub fn says_labelled(&self, pds: Pds, sender: Account, now: Time) -> bool {
        let answer = self.alive.get((pds.0, sender.0));
        answer.is_some_and(|answer| now < answer.until)
    }

    /// When `pds` first heard of a label on the account.
    pub fn learned(&self, pds: Pds, sender: Account) -> Option<Time> {
        self.learned.get((pds.0, sender.0)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_lives_for_its_time_and_is_then_asked_again() {
        let mut answers = Answers::default();
        let (pds, sender, ttl) = (Pds(1), Account(7), Span::from_ns(10));
        let at = Time::from_ns;
        assert_eq!(answers.need(pds, sender, at(5), ttl), Need::Ask);
        answers.keep(pds, sender, at(5), None);
        assert_eq!(answers.need(pds, sender, at(14), ttl), Need::Answered);
        assert!(!answers.says_labelled(pds, sender, at(14)));
        assert_eq!(answers.need(Pds(2), sender, at(14), ttl), Need::Ask);
        assert_eq!(answers.need(pds, sender, at(15), ttl), Need::Ask);
        let news = [15, 30].map(|ns| answers.keep(pds, sender, at(ns), Some(at(33))));
        assert_eq!(news, [News::First, News::Old]);
        assert!(answers.says_labelled(pds, sender, at(32)));
        assert!(!answers.says_labelled(pds, sender, at(33)), "it expired");
        assert_eq!(answers.learned(pds, sender), Some(at(15)));
    }

    #[test]
    fn answers_that_are_no_longer_alive_are_forgotten() {
        let mut answers = Answers::default();
        let ttl = Span::from_ns(10);
        for ns in 0..1_000_u32 {
            let now = Time::from_ns(u64::from(ns));
            answers.need(Pds(0), Account(ns), now, ttl);
            answers.keep(Pds(0), Account(ns), now, None);
        }
        assert_eq!((answers.alive.len(), answers.asked.len()), (10, 10));
    }
}
