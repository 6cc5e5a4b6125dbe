//! A report that a spammer makes up: about somebody who never wrote to him.
//!
//! It reaches the labelers and the limits of the reporter's own PDS like any other report; nobody
//! there can tell the difference.

use super::world::World;
use crate::protocol::{Account, Class, Fact, Group, Message, MessageId, Observer, Token};
use crate::units::{Span, Time, cast};

impl<O: Observer> World<'_, O> {
    /// `reporter` reports `subject`.
    pub(super) fn report_falsely(
        &mut self,
        now: Time,
        id: MessageId,
        reporter: Account,
        subject: Account,
    ) {
        let stream = &self.plan.streams[cast::index(id.stream())];
        let fact = Fact::ReportedFalsely {
            group: stream.group,
            reporter,
            subject,
        };
        self.observer.observe(now, &fact);
        let claimed = self.claimed_message(now, id, reporter, subject);
        let parties = self.parties(subject, reporter);
        let pds = &mut self.pdses[claimed.recipient_pds.0 as usize];
        pds.defences.limits.complaint(now, &parties);
        self.report_to_labelers(now, &claimed);
    }

    /// The message that the report claims: it never existed and is told to no observer.
    fn claimed_message(
        &self,
        now: Time,
        id: MessageId,
        reporter: Account,
        subject: Account,
    ) -> Message {
        let topology = &self.plan.topology;
        Message {
            id,
            created: now,
            sent: now,
            arrived: now,
            taken: now,
            served: now,
            rescheduled: Span::ZERO,
            shaped: Span::ZERO,
            extra: Span::ZERO,
            token: Token {
                expires: Time::NEVER,
                defect: None,
            },
            sender: subject,
            recipient: reporter,
            sender_pds: topology.pds_of(subject),
            recipient_pds: topology.pds_of(reporter),
            group: Group(0),
            class: Class::Ham,
            queued: false,
            attempts: 0,
        }
    }
}
