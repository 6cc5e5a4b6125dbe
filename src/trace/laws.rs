//! The laws of the model, checked while it runs.
//!
//! * Conservation: every message created gets exactly one terminal outcome, per class and
//!   sender's PDS.
//! * Little's law as an identity of integers at every inbox: the integral over time of the number
//!   waiting equals the sum of the waits. Source: J. D. C. Little, "A proof for the queuing
//!   formula L = lambda W", Operations Research 9 (1961).
//! * No message is accepted on a token that its judge's clock called expired when it was taken.
//! * No token is accepted with two messages by a PDS that remembers tokens.
//! * No label is known before it is issued: neither by what its issue says, nor by what a worker
//!   that takes a message knows.

use crate::des::{Forgetful, Table};
use crate::protocol::{Class, Fact, LabelKnown, Message, Observer, Partial, Pds};
use crate::units::{Span, Time};

/// A law that a run broke: a fault of the simulator, never of the scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenLaw {
    /// Which law, and how it was broken.
    pub what: String,
}

/// The observer that checks the laws.
#[derive(Debug)]
pub struct Laws {
    inboxes: Vec<Inbox>,
    /// Messages without an outcome, per sender's PDS and class.
    open: Vec<[i64; 2]>,
    token_is_checked: TokenCheck,
    /// Who was labelled by anybody so far.
    labelled: Table<u32, ()>,
    leeway: Span,
    /// How far each PDS's clock is ahead of the latest one; empty where all are right.
    clocks: Vec<Span>,
    /// The message with which each remembered token was accepted, per PDS.
    used: Forgetful<(u32, u64, u64), u64>,
    broken: Vec<BrokenLaw>,
    extent: Extent,
}

/// What is observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// A run.
    Whole,
    /// A part of one: only the whole must balance at the end.
    Part,
}

/// Whether the pipeline looks at tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenCheck {
    /// It does: nothing may pass on an expired one.
    InPipeline,
    /// It does not.
    Absent,
}

/// Two independent ways to the same number.
#[derive(Debug, Clone, Copy, Default)]
struct Inbox {
    length: u64,
    last: Time,
    integral: u128,
    waits: u128,
}

impl Inbox {
    fn change(&mut self, now: Time, by: i64) {
        self.integral += u128::from(self.length) * u128::from(now.since(self.last).ns());
        self.last = now;
        self.length = self
            .length
            .checked_add_signed(by)
            .expect("an inbox never holds below 0");
    }
}

/// A handful of broken laws says as much as a million.
const MOST_BROKEN: usize = 10;

impl Laws {
    /// The laws of a run over `pdses` PDSes.
    pub fn new(pdses: usize, token_is_checked: TokenCheck) -> Self {
        Self {
            inboxes: vec![Inbox::default(); pdses],
            open: vec![[0; 2]; pdses],
            token_is_checked,
            labelled: Table::default(),
            leeway: Span::ZERO,
            clocks: Vec::new(),
            used: Forgetful::default(),
            broken: Vec::new(),
            extent: Extent::Whole,
        }
    }

    /// A judge may let a token pass that expired no longer ago than `leeway`.
    #[must_use]
    pub fn with_leeway(mut self, leeway: Span) -> Self {
        self.leeway = leeway;
        self
    }

    /// The laws of one part of a run, to be merged before they are closed.
    #[must_use]
    pub fn of_part(mut self) -> Self {
        self.extent = Extent::Part;
        self
    }

    /// What must hold at the end of a run that was divided, once its parts are merged.
    pub fn close_merged(&mut self, now: Time) {
        self.close(now);
    }

    /// The laws that were broken; none, if the simulator is sound.
    pub fn broken(&self) -> &[BrokenLaw] {
        &self.broken
    }

    fn breaks(&mut self, what: impl FnOnce() -> String) {
        if self.broken.len() < MOST_BROKEN {
            self.broken.push(BrokenLaw { what: what() });
        }
    }

    fn inbox(&mut self, pds: Pds) -> &mut Inbox {
        &mut self.inboxes[pds.0 as usize]
    }

    fn leaves_queue(&mut self, now: Time, message: &Message) {
        let inbox = self.inbox(message.recipient_pds);
        inbox.change(now, -1);
        inbox.waits += u128::from(now.since(message.arrived).ns());
    }

    fn check_token(&mut self, now: Time, message: &Message) {
        let place = message.recipient_pds.0 as usize;
        let clock = now + self.clocks.get(place).copied().unwrap_or(Span::ZERO);
        let is_checked = self.token_is_checked == TokenCheck::InPipeline;
        if is_checked && message.token.expires + self.leeway < clock {
            self.breaks(|| {
                format!(
                    "message {} passed at {now:?} on an expired token",
                    message.id
                )
            });
        }
    }

    fn check_label(&mut self, now: Time, message: &Message) {
        if !self.labelled.contains(message.sender.0) {
            self.breaks(|| {
                format!(
                    "message {} met at {now:?} a label on account {} that nobody has issued",
                    message.id, message.sender.0
                )
            });
        }
    }

    fn check_replay(&mut self, now: Time, message: &Message, token: (u64, u64)) {
        let key = (message.recipient_pds.0, token.0, token.1);
        let number = message.id.number();
        if self
            .used
            .get(key, now)
            .is_some_and(|first| *first != number)
        {
            return self.breaks(|| {
                format!(
                    "message {} passed at {now:?} on a token that was accepted before",
                    message.id
                )
            });
        }
        let until = message.token.expires + self.leeway;
        self.used.insert(now, key, number, until);
    }

    fn close(&mut self, now: Time) {
        for pds in 0..self.inboxes.len() {
            let inbox = self.inboxes[pds];
            if inbox.integral != inbox.waits {
                self.breaks(|| {
                    format!(
                        "Little's law at PDS {pds}: integral of the length {} ns, sum of the waits {} ns",
                        inbox.integral, inbox.waits
                    )
                });
            }
            for class in Class::ALL {
                let open = self.open[pds][class as usize];
                if open != 0 {
                    self.breaks(|| {
                        format!("conservation: {open} messages of class {} from PDS {pds} have no outcome at {now:?}", class.name())
                    });
                }
            }
        }
    }
}

impl Observer for Laws {
    #[inline(always)]
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) => {
                self.open[message.sender_pds.0 as usize][message.class as usize] += 1;
            }
            Fact::Entered(message) => self.inbox(message.recipient_pds).change(now, 1),
            Fact::Displaced(message) => self.leaves_queue(now, message),
            Fact::Taken {
                message,
                refusal,
                label,
                ..
            } => {
                self.leaves_queue(now, message);
                if *label == LabelKnown::Yes {
                    self.check_label(now, message);
                }
                if refusal.is_none() {
                    self.check_token(now, message);
                }
            }
            Fact::TokenUsed { message, token } => self.check_replay(now, message, *token),
            Fact::Clock { pds, ahead } => {
                self.clocks.resize(self.inboxes.len(), Span::ZERO);
                self.clocks[pds.0 as usize] = *ahead;
            }
            Fact::Finished { message, .. } => {
                self.open[message.sender_pds.0 as usize][message.class as usize] -= 1;
                if message.queued {
                    // Told at the end of the horizon: its wait so far counts.
                    self.leaves_queue(now, message);
                }
            }
            Fact::CopyFinished { message, .. } if message.queued => {
                self.leaves_queue(now, message);
            }
            Fact::LabelIssued { subject, known, .. } => {
                self.labelled.insert(subject.0, ());
                if known.is_some_and(|(_, known)| known < now) {
                    self.breaks(|| {
                        format!(
                            "the label on account {} was known before its issue",
                            subject.0
                        )
                    });
                }
            }
            Fact::EndOfHorizon if self.extent == Extent::Whole => self.close(now),
            _ => {}
        }
    }
}

impl Partial for Laws {
    /// That a label was issued concerns everybody.
    fn overhear(&mut self, _: Time, fact: &Fact<'_>) {
        if let Fact::LabelIssued { subject, .. } = fact {
            self.labelled.insert(subject.0, ());
        }
    }

    fn merge(&mut self, other: Self) {
        for (own, other) in self.inboxes.iter_mut().zip(&other.inboxes) {
            own.length += other.length;
            own.last = own.last.max(other.last);
            own.integral += other.integral;
            own.waits += other.waits;
        }
        let open = self.open.iter_mut().flatten();
        open.zip(other.open.iter().flatten())
            .for_each(|(own, other)| *own += other);
        self.labelled.unite(other.labelled);
        self.broken.extend(other.broken);
        self.broken.truncate(MOST_BROKEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Account, Group, MessageId, Outcome, Token};

    fn message(arrived: u64, taken: Time) -> Message {
        Message {
            id: MessageId::new(0, 0),
            created: Time::ZERO,
            sent: Time::ZERO,
            arrived: Time::from_ns(arrived),
            taken,
            served: Time::NEVER,
            rescheduled: Span::ZERO,
            shaped: Span::ZERO,
            extra: Span::ZERO,
            token: Token {
                expires: Time::from_ns(50),
                defect: None,
            },
            sender: Account(0),
            recipient: Account(1),
            sender_pds: Pds(0),
            recipient_pds: Pds(0),
            group: Group(0),
            class: Class::Ham,
            queued: false,
            attempts: 1,
        }
    }

    fn taken(message: &Message) -> Fact<'_> {
        Fact::Taken {
            message,
            service: Span::ZERO,
            refusal: None,
            label: crate::protocol::LabelKnown::No,
            asked: 0,
            refused: 0,
            effect: crate::protocol::Effect::Decides,
        }
    }

    /// Tells a life in which the worker takes the message at `take`, and `tell` decides the end.
    fn life(take: u64, finished: bool) -> Vec<BrokenLaw> {
        let mut laws = Laws::new(1, TokenCheck::InPipeline);
        let at = Time::from_ns;
        let arrived = message(10, Time::NEVER);
        laws.observe(at(0), &Fact::Created(&arrived));
        laws.observe(at(10), &Fact::Entered(&arrived));
        let served = message(10, at(take));
        laws.observe(at(take), &taken(&served));
        if finished {
            let fact = Fact::Finished {
                message: &served,
                outcome: Outcome::Delivered,
            };
            laws.observe(at(take), &fact);
        }
        laws.observe(at(100), &Fact::EndOfHorizon);
        laws.broken().to_vec()
    }

    #[test]
    fn a_sound_life_breaks_nothing() {
        assert_eq!(life(20, true), []);
    }

    #[test]
    fn a_lost_message_breaks_conservation() {
        assert!(
            life(20, false)[0]
                .what
                .starts_with("conservation: 1 messages of class ham")
        );
    }

    #[test]
    fn an_expired_token_may_not_pass() {
        assert!(life(51, true)[0].what.contains("expired token"));
        assert_eq!(life(50, true), []);
    }

    #[test]
    fn a_token_may_not_pass_that_its_judges_clock_calls_expired() {
        // Good until 50, taken at 45 by a clock that is ahead by 6, forgiven up to 1.
        let judged = |leeway| {
            let mut laws = Laws::new(1, TokenCheck::InPipeline).with_leeway(Span::from_ns(leeway));
            let (pds, ahead) = (Pds(0), Span::from_ns(6));
            laws.observe(Time::ZERO, &Fact::Clock { pds, ahead });
            laws.observe(Time::from_ns(10), &Fact::Entered(&message(10, Time::NEVER)));
            let now = Time::from_ns(45);
            laws.observe(now, &taken(&message(10, now)));
            laws.broken().len()
        };
        assert_eq!([judged(0), judged(1)], [1, 0]);
    }

    #[test]
    fn a_remembered_token_may_not_pass_with_two_messages() {
        let mut laws = Laws::new(1, TokenCheck::InPipeline);
        let mut use_token = |ordinal: u64, at: u64| {
            let mut message = message(10, Time::from_ns(at));
            message.id = MessageId::new(0, ordinal);
            let fact = Fact::TokenUsed {
                message: &message,
                token: (7, 1),
            };
            laws.observe(message.taken, &fact);
            laws.broken().len()
        };
        assert_eq!(use_token(0, 20), 0);
        assert_eq!(use_token(0, 21), 0, "the same message taken again");
        assert_eq!(use_token(1, 22), 1);
    }

    #[test]
    fn a_wait_that_is_told_wrongly_breaks_littles_law() {
        let mut laws = Laws::new(1, TokenCheck::Absent);
        let at = Time::from_ns;
        laws.observe(at(10), &Fact::Entered(&message(10, Time::NEVER)));
        laws.observe(at(30), &taken(&message(11, at(30))));
        laws.observe(at(99), &Fact::EndOfHorizon);
        assert!(
            laws.broken()[0]
                .what
                .contains("integral of the length 20 ns, sum of the waits 19 ns")
        );
    }

    #[test]
    fn a_label_that_nobody_issued_may_not_be_known() {
        let known = |issue_first: bool| {
            let mut laws = Laws::new(1, TokenCheck::Absent);
            let at = Time::from_ns;
            let message = message(10, at(20));
            laws.observe(at(10), &Fact::Entered(&message));
            if issue_first {
                let issued = Fact::LabelIssued {
                    labeler: crate::protocol::LabelerId(0),
                    subject: message.sender,
                    class: Class::Spam,
                    first_delivered: None,
                    known: None,
                };
                laws.observe(at(15), &issued);
            }
            let taken = Fact::Taken {
                message: &message,
                service: Span::ZERO,
                refusal: None,
                label: LabelKnown::Yes,
                asked: 0,
                refused: 0,
                effect: crate::protocol::Effect::Decides,
            };
            laws.observe(at(20), &taken);
            laws.broken().len()
        };
        assert_eq!((known(true), known(false)), (0, 1));
    }
}
