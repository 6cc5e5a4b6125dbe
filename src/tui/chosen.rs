//! The pair that is chosen: who writes to whom.

use crate::experiment::session::{People, Person, Step};

/// Places among those who can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// Who writes.
    pub sender: u32,
    /// To whom.
    pub recipient: u32,
}

impl Chosen {
    /// The first sender and somebody else.
    pub fn first(people: &People<'_>) -> Self {
        let sender = 0;
        let recipient = people.next_recipient(sender, Step::Forth);
        Self { sender, recipient }
    }

    /// Another sender; the recipient moves on where he would write to himself.
    pub fn choose_sender(&mut self, people: &People<'_>, step: Step) {
        self.sender = step.from(self.sender, people.senders().max(1));
        if self.sender == self.recipient {
            self.recipient = people.next_recipient(self.recipient, Step::Forth);
        }
    }

    /// Another recipient, not the sender.
    pub fn choose_recipient(&mut self, people: &People<'_>, step: Step) {
        self.recipient = people.next_recipient(self.recipient, step);
        if self.sender == self.recipient {
            self.recipient = people.next_recipient(self.recipient, step);
        }
    }

    /// The other way round.
    ///
    /// # Errors
    /// Where nobody writes to the sender.
    pub fn swap(&mut self, people: &People<'_>) -> Result<(), String> {
        if people.can_receive(self.sender) {
            std::mem::swap(&mut self.sender, &mut self.recipient);
            return Ok(());
        }
        Err("nobody writes to a spammer's identity".to_owned())
    }

    /// The pair of a message, by the names of its accounts, or of two names that are typed.
    ///
    /// # Errors
    /// Why they are no pair, in one sentence; the pair is as before then.
    pub fn set(
        &mut self,
        people: &People<'_>,
        sender: &str,
        recipient: &str,
    ) -> Result<(), String> {
        let place = |name: &str| {
            people
                .find(name)
                .ok_or_else(|| format!("there is no account `{name}`; write GROUP/NUMBER"))
        };
        let chosen = Self {
            sender: place(sender)?,
            recipient: place(recipient)?,
        };
        if chosen.sender == chosen.recipient {
            return Err("nobody writes to himself; name two accounts".to_owned());
        }
        if !people.can_receive(chosen.recipient) {
            return Err("nobody writes to a spammer's identity".to_owned());
        }
        *self = chosen;
        Ok(())
    }

    /// Both.
    pub fn both(self, people: &People<'_>) -> Option<(Person, Person)> {
        people
            .sender(self.sender)
            .zip(people.sender(self.recipient))
    }
}
