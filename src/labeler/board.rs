//! Every label issued so far.
//!
//! A PDS does not store labels: it looks at the board, and the propagation says from when on it
//! may know what it reads there. Memory is one entry per labelled account and one bit per account,
//! not per PDS.
//!
//! Of the fields of a label in AT Protocol, `src` is the labeler whose board it is, `uri` the
//! account, `val` always "spam"; `neg` is the instant of a later negation and `exp` the expiry.
//! Source: `com.atproto.label.defs#label`.

use crate::des::Table;
use crate::protocol::Account;
use crate::units::Time;

/// One label on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// Which label of this labeler on this account, from 0.
    pub number: u32,
    /// When it was issued.
    pub issued: Time,
    /// From when on it no longer counts, by its own word; `NEVER` for one without expiry.
    pub expires: Time,
    /// When the labeler took it back; `NEVER` where it did not.
    pub negated: Time,
}

impl Label {
    /// Whether it counts still, by its labeler's word.
    pub fn stands(&self, now: Time) -> bool {
        self.expires > now && self.negated > now
    }
}

/// The labels of one labeler: when each account was labelled.
#[derive(Debug, Clone, Default)]
pub struct LabelBoard {
    /// The last label of each account.
    last: Table<u32, Label>,
    /// Those before it, oldest first.
    earlier: Table<u32, Vec<Label>>,
    /// One bit per account up to the largest labelled: most look-ups end here.
    labelled: Vec<u64>,
}

impl LabelBoard {
    /// Issues a label that expires at `expires`; an account whose label still stands keeps that
    /// one.
    pub fn issue(&mut self, subject: Account, now: Time, expires: Time) -> Label {
        let (word, bit) = place(subject);
        if word >= self.labelled.len() {
            self.labelled.resize(word + 1, 0);
        }
        self.labelled[word] |= bit;
        let last = self.last.get(subject.0).copied();
        if let Some(last) = last {
            if last.stands(now) {
                return last;
            }
            self.earlier
                .get_or_insert_with(subject.0, Vec::new)
                .push(last);
        }
        let label = Label {
            number: last.map_or(0, |last| last.number + 1),
            issued: now,
            expires,
            negated: Time::NEVER,
        };
        self.last.insert(subject.0, label);
        label
    }

    /// Takes the standing label of an account back and returns it; none where none stands.
    pub fn negate(&mut self, subject: Account, now: Time) -> Option<Label> {
        let last = self.last.get_mut(subject.0)?;
        if !last.stands(now) {
            return None;
        }
        last.negated = now;
        Some(*last)
    }

    /// Whether the account was ever labelled.
    #[inline]
    pub fn carries(&self, subject: Account) -> bool {
        let (word, bit) = place(subject);
        self.labelled.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// All labels of an account, oldest first.
    pub fn labels(&self, subject: Account) -> impl Iterator<Item = Label> + '_ {
        let earlier = self.earlier.get(subject.0).into_iter().flatten();
        earlier.chain(self.last.get(subject.0)).copied()
    }

    /// The last label of an account.
    pub fn last(&self, subject: Account) -> Option<Label> {
        self.last.get(subject.0).copied()
    }

    /// How many accounts were labelled.
    pub fn count(&self) -> u64 {
        self.last.len() as u64
    }
}

/// The word and the bit of an account.
fn place(account: Account) -> (usize, u64) {
    (account.0 as usize / 64, 1 << (account.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Time = Time::NEVER;

    fn at(ns: u64) -> Time {
        Time::from_ns(ns)
    }

    #[test]
    fn the_first_label_of_an_account_stays() {
        let mut board = LabelBoard::default();
        board.issue(Account(3), at(5), NEVER);
        board.issue(Account(3), at(9), NEVER);
        assert_eq!(
            board.last(Account(3)).map(|label| label.issued),
            Some(at(5))
        );
        assert_eq!(
            [2, 3, 8].map(|account| board.carries(Account(account))),
            [false, true, false]
        );
        assert_eq!((board.count(), board.labels(Account(3)).count()), (1, 1));
    }

    #[test]
    fn a_label_that_was_negated_or_has_expired_makes_room_for_the_next() {
        let mut board = LabelBoard::default();
        board.issue(Account(1), at(5), at(10));
        assert_eq!(board.negate(Account(1), at(10)), None, "it has expired");
        board.issue(Account(1), at(12), NEVER);
        assert_eq!(
            board.negate(Account(1), at(20)).map(|label| label.number),
            Some(1)
        );
        assert_eq!(board.negate(Account(1), at(21)), None);
        board.issue(Account(1), at(30), NEVER);
        let history: Vec<_> = board
            .labels(Account(1))
            .map(|label| (label.number, label.issued.ns(), label.negated))
            .collect();
        assert_eq!(history, [(0, 5, NEVER), (1, 12, at(20)), (2, 30, NEVER)]);
        assert_eq!(board.count(), 1);
    }
}
