//! What the PDS of senders knows of its users' correspondence: to whom each of them wrote first with
//! which message, and from whom each has heard.
//!
//! ```text
//! reply           the sender has heard from the recipient (delivered to him, or held for him)
//! first contact   no reply, and no other message of the sender to the recipient came before it
//! ```
//!
//! An attempt is what its message is: a first contact that is tried again is one still, unless the
//! recipient has written meanwhile. Nothing is kept where no limit asks for it.

use crate::des::Table;
use crate::protocol::{Account, MessageId};

/// Whom the users of one PDS wrote to and heard from.
#[derive(Debug, Clone, Default)]
pub struct Correspondence {
    exchanges: Table<(u32, u32), Exchange>,
}

/// Between a user and somebody else.
#[derive(Debug, Clone, Copy, Default)]
struct Exchange {
    /// The first message of the user to the other.
    opener: Option<MessageId>,
    /// Whether a message of the other reached the user.
    heard: bool,
}

impl Correspondence {
    /// `user` writes `message` to `other`.
    pub fn write(&mut self, user: Account, other: Account, message: MessageId) {
        self.between(user, other).opener.get_or_insert(message);
    }

    /// A message of `other` reached `user`.
    pub fn hear(&mut self, user: Account, other: Account) {
        self.between(user, other).heard = true;
    }

    /// Whether `user` has heard from `other`, so that what he writes to him is a reply.
    pub fn has_heard(&self, user: Account, other: Account) -> bool {
        let exchange = self.exchanges.get((user.0, other.0));
        exchange.is_some_and(|exchange| exchange.heard)
    }

    /// Whether `message`, which `user` has written to `other`, is a first contact.
    pub fn opens(&self, user: Account, other: Account, message: MessageId) -> bool {
        let exchange = self.exchanges.get((user.0, other.0));
        exchange.is_some_and(|exchange| !exchange.heard && exchange.opener == Some(message))
    }

    fn between(&mut self, user: Account, other: Account) -> &mut Exchange {
        self.exchanges
            .get_or_insert_with((user.0, other.0), Exchange::default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Account = Account(1);
    const BOB: Account = Account(2);

    #[test]
    fn the_first_message_opens_in_every_attempt_until_the_other_has_written() {
        let mut own = Correspondence::default();
        let (first, second) = (MessageId::new(0, 1), MessageId::new(0, 2));
        own.write(ANN, BOB, first);
        own.write(ANN, BOB, second);
        assert!(own.opens(ANN, BOB, first) && !own.opens(ANN, BOB, second));
        assert!(!own.has_heard(ANN, BOB));
        own.hear(ANN, BOB);
        assert!(own.has_heard(ANN, BOB) && !own.opens(ANN, BOB, first));
        // Ann heard from Bob; Bob has not heard from Ann.
        assert!(!own.has_heard(BOB, ANN));
    }

    #[test]
    fn an_answer_opens_nothing() {
        let mut own = Correspondence::default();
        own.hear(ANN, BOB);
        own.write(ANN, BOB, MessageId::new(0, 1));
        assert!(!own.opens(ANN, BOB, MessageId::new(0, 1)));
    }
}
