//! Conversations: whoever gets a message may answer it by a message of his own, which may be answered in
//! turn.
//!
//! A message that is answered with chance p by either side begins a conversation of a geometric number
//! of messages, 1 / (1 - p) on average where all of them are delivered. An answer's identity is its
//! opener's and how many messages lie between them: it does not depend on any policy.

use super::plan::Plan;
use super::send::Draft;
use super::world::World;
use crate::protocol::{Class, Group, Message, MessageId, Observer};
use crate::rng::Purpose;
use crate::units::{Span, Time, cast};

/// Streams a message can belong to that nobody answers to: those of the plan, the trace, the hand.
fn openers(plan: &Plan) -> u64 {
    plan.streams.len() as u64 + 2
}

/// How many messages of its conversation came before a message, and the stream of the first.
pub(super) fn place_in_conversation(plan: &Plan, id: MessageId) -> (u64, u64) {
    let openers = openers(plan);
    (id.stream() / openers, id.stream() % openers)
}

/// The identity of the answer to a message; none where the conversation is too long to be counted.
fn answer_to(plan: &Plan, id: MessageId) -> Option<MessageId> {
    let stream = id.stream() + openers(plan);
    let fits = stream < 1 << 24;
    fits.then(|| MessageId::new(cast::low_u32(stream), id.ordinal()))
}

impl<O: Observer> World<'_, O> {
    /// The recipient of a message answers it.
    pub(super) fn reply(&mut self, now: Time, message: &Message) {
        let group = self.group_of(message.recipient);
        let answer = group.zip(answer_to(self.plan, message.id));
        let Some((group, id)) = answer else { return };
        let extra = self.plan.extra.as_ref();
        let extra = extra.map(|law| law.draw(self.draw_for(Purpose::ExtraService, id, 0)));
        let process = &mut self.pdses[message.recipient_pds.0 as usize].process;
        let arrival = (process.origin, process.next());
        let draft = Draft {
            id,
            group: Group(u16::try_from(group).expect("groups are few")),
            class: Class::Ham,
            sender: message.recipient,
            recipient: message.sender,
            extra: extra.unwrap_or(Span::ZERO),
            delay: self.draw_for(Purpose::Delay, id, 0),
            arrival,
        };
        self.write(now, &draft);
    }
}
