//! Every label issued so far.
//!
//! A PDS does not store labels: it looks at the board, and the propagation says from when on it
//! may know what it reads there. Memory is one word per labelled account, not per PDS.

use crate::protocol::Account;
use crate::units::Time;

/// The labels of one labeler: when each account was labelled.
#[derive(Debug, Clone, Default)]
pub struct LabelBoard {
    /// Issue instant by account number, [`Time::NEVER`] for none; grows to the largest labelled.
    issued: Vec<Time>,
    count: u64,
}

impl LabelBoard {
    /// Issues a label; an account that carries one already keeps its first.
    pub fn issue(&mut self, subject: Account, now: Time) {
        let place = subject.0 as usize;
        if place >= self.issued.len() {
            self.issued.resize(place + 1, Time::NEVER);
        }
        if self.issued[place] == Time::NEVER {
            self.issued[place] = now;
            self.count += 1;
        }
    }

    /// When the account was labelled.
    pub fn issued(&self, subject: Account) -> Option<Time> {
        self.issued
            .get(subject.0 as usize)
            .copied()
            .filter(|issued| *issued != Time::NEVER)
    }

    /// How many accounts carry a label.
    pub fn count(&self) -> u64 {
        self.count
    }
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
    }
}
