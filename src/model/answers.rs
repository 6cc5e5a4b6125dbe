//! What a campaign hears: the answers to its own requests, and the labels on its own identities.
//!
//! An inbox that queues answers 202 when the message enters it; a synchronous one answers when the
//! checks are done; for a request that is when it has its place or has lost it. The answer travels
//! back as long as any message. A silent refusal, a message that a queue takes again and a request
//! that is held look like a delivery; what is lost, or finds nobody, is never answered.

use super::event::Event;
use super::state::Inbox;
use super::world::World;
use crate::attack::{Answer, Hears};
use crate::policy::{ContactRefusal, Verdict};
use crate::protocol::{Account, Message, Observer, Refusal};
use crate::rng::Purpose;
use crate::units::{Time, cast};

/// An answer on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct SentAnswer {
    stream: u32,
    identity: u32,
    answer: Answer,
}

impl<O: Observer> World<'_, O> {
    /// The recipient's PDS answers an attempt.
    pub(super) fn answer(&mut self, now: Time, message: &Message, answer: Answer) {
        let Some(sent) = self.for_listener(message, answer) else {
            return;
        };
        let attempt = u64::from(message.attempts);
        let draw = self.draw_for(Purpose::ResponseDelay, message.id, attempt);
        let back = self.plan.delay.draw(draw);
        let answer = self.answers.insert(sent);
        self.schedule_at_pds(message.recipient_pds, now + back, Event::Answer { answer });
    }

    /// The inbox has taken the message in: a queue answers at once.
    pub(super) fn answer_entry(&mut self, now: Time, message: &Message) {
        if message.rescheduled.is_zero() {
            self.answer(now, message, Answer::LetIn);
        }
    }

    /// The checks are done: a synchronous inbox answers now, unless it turns the message away, which
    /// has its own answer.
    pub(super) fn answer_verdict(&mut self, now: Time, message: &Message, verdict: Verdict) {
        let pds = &self.pdses[message.recipient_pds.0 as usize];
        if !matches!(pds.inbox, Inbox::Sync) || !message.rescheduled.is_zero() {
            return;
        }
        let answer = match verdict {
            Verdict::Accept | Verdict::Hold | Verdict::Delay(_) | Verdict::Reschedule { .. } => {
                Answer::LetIn
            }
            Verdict::Refuse(Refusal::Limit(layer)) if !self.plan.campaigns.is_told(layer) => {
                Answer::LetIn
            }
            Verdict::Refuse(Refusal::Contact)
                if self.plan.contact_refusal == ContactRefusal::Silent =>
            {
                Answer::LetIn
            }
            Verdict::Refuse(_) => Answer::Refused,
            Verdict::Temporary(_) | Verdict::Defer { .. } | Verdict::Retry(_) => return,
        };
        self.answer(now, message, answer);
    }

    /// The sender's own PDS refuses: the campaign knows at once.
    pub(super) fn answer_at_home(&mut self, message: &Message) {
        if let Some(sent) = self.for_listener(message, Answer::Refused) {
            self.deliver_answer(sent);
        }
    }

    /// An answer arrives.
    pub(super) fn hear_answer(&mut self, answer: u32) {
        let sent = self.answers.remove(answer);
        self.deliver_answer(sent);
    }

    fn deliver_answer(&mut self, sent: SentAnswer) {
        if let Some(attack) = &mut self.streams[sent.stream as usize].attack {
            attack.hear(sent.identity, sent.answer);
        }
    }

    fn for_listener(&self, message: &Message, answer: Answer) -> Option<SentAnswer> {
        let stream = cast::index(message.id.stream());
        let listens = self.plan.campaigns.hears(stream) == Hears::Answers;
        let members = &self.plan.streams.get(stream).filter(|_| listens)?.members;
        Some(SentAnswer {
            stream: cast::id_u32(stream),
            identity: message.sender.0 - members.account(0).0,
            answer,
        })
    }

    /// A label was issued, for everybody to see.
    pub(super) fn show_label_to_campaigns(&mut self, now: Time, subject: Account) {
        let plan = self.plan;
        for (index, stream) in plan.streams.iter().enumerate() {
            let listens = plan.campaigns.hears(index) == Hears::Labels;
            if listens && stream.members.contains(subject) {
                let identity = subject.0 - stream.members.account(0).0;
                if let Some(attack) = &mut self.streams[index].attack {
                    attack.labelled(identity, now);
                }
            }
        }
    }
}
