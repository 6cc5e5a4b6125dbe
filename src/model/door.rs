//! The door of a PDS: attempts that are turned away before they are in the inbox.
//!
//! The limit answers 429, and the sender's PDS may try again; a body that is too large is answered
//! 413, which no further attempt would change. Neither costs a worker anything.

use super::world::World;
use crate::attack::Answer;
use crate::policy::Verdict;
use crate::policy::limit::{Kind, Request, Ruling, Standing};
use crate::protocol::{Message, Observer, Outcome, Refusal};
use crate::rng::Purpose;
use crate::units::{Share, Time};

/// Whether an attempt may come in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    Closed,
}

impl<O: Observer> World<'_, O> {
    /// Asks the door about an attempt; where it is closed, the sender has been told.
    pub(super) fn knock(&mut self, now: Time, index: u32) -> Door {
        // What a limit of the pipeline rescheduled is inside already.
        if !self.plan.has_doors || !self.flights[index].message.rescheduled.is_zero() {
            return Door::Open;
        }
        let message = self.flights[index].message;
        if let Some(verdict) = self.refused_at_door(now, &message) {
            self.flights[index].verdict = verdict;
            self.turn_away(now, index, Refusal::Ingress);
            return Door::Closed;
        }
        if self.is_oversize(&message) {
            if self.plan.campaigns.any_answers {
                self.answer(now, &message, Answer::Refused);
            }
            self.finish(now, index, Outcome::Refused(Refusal::TooLarge));
            return Door::Closed;
        }
        Door::Open
    }

    /// What the sender's PDS is told, where the limit refuses the attempt.
    fn refused_at_door(&mut self, now: Time, message: &Message) -> Option<Verdict> {
        let request = Request {
            now,
            parties: self.parties(message.sender, message.recipient),
            standing: Standing::Accepted,
            kind: Kind::Fresh,
            cost: 1,
            recipients: 1,
            account_age: None,
        };
        let door = &mut self.pdses[message.recipient_pds.0 as usize].door;
        match door.decide(&request).ruling {
            // The sender's PDS looks at the instant only.
            Ruling::Refuse { retry_at, .. } => Some(Verdict::Defer { layer: 0, retry_at }),
            Ruling::Admit | Ruling::Delay { .. } => None,
        }
    }

    fn is_oversize(&self, message: &Message) -> bool {
        let share = self.plan.groups[usize::from(message.group.0)].oversize;
        share > Share::ZERO && share.hits(self.draw_for(Purpose::BodySize, message.id, 0))
    }
}
