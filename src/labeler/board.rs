//! Every label issued so far.
//!
//! A PDS does not store labels: it looks at the board, and the propagation says from when on it
//! may know what it reads there. Memory is one entry per labelled account and one bit per account,
//! not per PDS.

use crate::des::Table;
use crate::protocol::Account;
use crate::units::Time;

/// The labels of one labeler: when each account was labelled.
#[derive(Debug, Clone, Default)]
pub struct LabelBoard {
    issued: Table<u32, Time>,
    /// One bit per account up to the largest labelled: most look-ups end here.
    labelled: Vec<u64>,
}

impl LabelBoard {
    /// Issues a label; an account that carries one already keeps its first.
    pub fn issue(&mut self, subject: Account, now: Time) {
        let (word, bit) = place(subject);
        if word >= self.labelled.len() {
            self.labelled.resize(word + 1, 0);
        }
        self.labelled[word] |= bit;
        self.issued.get_or_insert_with(subject.0, || now);
    }

    /// Takes the label of an account back, if it carries one.
    pub fn withdraw(&mut self, subject: Account) {
        let (word, bit) = place(subject);
        if let Some(bits) = self.labelled.get_mut(word) {
            *bits &= !bit;
        }
        self.issued.remove(subject.0);
    }

    /// When the account was labelled.
    #[inline]
    pub fn issued(&self, subject: Account) -> Option<Time> {
        let (word, bit) = place(subject);
        let is_labelled = self.labelled.get(word).is_some_and(|bits| bits & bit != 0);
        if is_labelled {
            self.issued.get(subject.0).copied()
        } else {
            None
        }
    }

    /// How many accounts carry a label.
    pub fn count(&self) -> u64 {
        self.issued.len() as u64
    }
}

/// The word and the bit of an account.
fn place(account: Account) -> (usize, u64) {
    (account.0 as usize / 64, 1 << (account.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_label_of_an_account_stays() {
        let mut board = LabelBoard::default();
        board.issue(Account(3), Time::from_ns(5));
        board.issue(Account(3), Time::from_ns(9));
        assert_eq!(board.issued(Account(3)), Some(Time::from_ns(5)));
        assert_eq!(
            (board.issued(Account(2)), board.issued(Account(8))),
            (None, None)
        );
        assert_eq!(board.count(), 1);
        board.withdraw(Account(3));
        board.withdraw(Account(700));
        assert_eq!((board.issued(Account(3)), board.count()), (None, 0));
    }
}
