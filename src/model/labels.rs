//! Labels: what labelers see, when they issue a label, and when a PDS knows of it.

use super::event::Event;
use super::world::World;
use crate::des::{Key, Rank};
use crate::labeler::Notice;
use crate::protocol::{Account, Class, Fact, LabelerId, Message, Observer, Pds};
use crate::rng::Purpose;
use crate::units::{Time, cast};

impl<O: Observer> World<'_, O> {
    /// Every labeler that looks at deliveries is told of one.
    pub(super) fn show_to_labelers(&mut self, now: Time, message: &Message) {
        for labeler in 0..self.labeler_count() {
            if self.labelers[usize::from(labeler)].sight.sees_deliveries() {
                let exposure = self.exposures.insert(*message);
                let event = Event::Sighting { labeler, exposure };
                self.schedule_at_pds(message.recipient_pds, now, event);
            }
        }
    }

    /// Every labeler that listens to reports is told of one.
    pub(super) fn report_to_labelers(&mut self, now: Time, message: &Message) {
        for labeler in 0..self.labeler_count() {
            if !self.labelers[usize::from(labeler)].sight.sees_deliveries() {
                let exposure = self.exposures.insert(*message);
                let event = Event::Report { labeler, exposure };
                self.schedule_at_pds(message.recipient_pds, now, event);
            }
        }
    }

    fn labeler_count(&self) -> u16 {
        u16::try_from(self.labelers.len()).expect("labelers are few")
    }

    /// A labeler sees a delivered message.
    pub(super) fn see(&mut self, now: Time, labeler: u16, exposure: u32) {
        let message = self.exposures.remove(exposure);
        let notice = self.labelers[usize::from(labeler)]
            .sight
            .delivered(message.sender);
        self.decide_label(now, labeler, message.sender, notice);
    }

    /// A labeler receives a report.
    pub(super) fn hear_report(&mut self, now: Time, labeler: u16, exposure: u32) {
        let message = self.exposures.remove(exposure);
        let sight = &mut self.labelers[usize::from(labeler)].sight;
        let notice = sight.reported(message.sender, message.recipient);
        self.decide_label(now, labeler, message.sender, notice);
    }

    /// The label is issued after the labeler's lag.
    fn decide_label(&mut self, now: Time, labeler: u16, subject: Account, notice: Notice) {
        if notice == Notice::Nothing {
            return;
        }
        let plan = &self.plan.labelers[usize::from(labeler)];
        let draw = self
            .counter
            .draw(Purpose::LabelLag, u64::from(subject.0), plan.key);
        let process = &mut self.labelers[usize::from(labeler)].process;
        let time = now + plan.lag.draw(draw);
        let key = Key::new(time, Rank::TakesEffect, process.origin, process.next());
        self.calendar.push(
            key,
            Event::LabelIssue {
                labeler,
                subject: subject.0,
            },
        );
    }

    /// A labeler issues a label.
    pub(super) fn issue_label(&mut self, now: Time, labeler: u16, subject: Account) {
        self.labelers[usize::from(labeler)]
            .board
            .issue(subject, now);
        let first = self.first_deliveries.get(subject.0).copied();
        let known = first.and_then(|(pds, _)| {
            self.label_known(usize::from(labeler), subject, pds)
                .map(|known| (pds, known))
        });
        let fact = Fact::LabelIssued {
            labeler: LabelerId(labeler),
            subject,
            class: self.class_of(subject),
            first_delivered: first.map(|(_, time)| time),
            known: known.filter(|(_, time)| *time != Time::NEVER),
        };
        self.observer.observe(now, &fact);
    }

    /// Ground truth about an account: for the metrics of labels.
    fn class_of(&self, account: Account) -> Class {
        let spam = self
            .plan
            .groups
            .iter()
            .any(|group| group.class == Some(Class::Spam) && group.members.contains(account));
        if spam { Class::Spam } else { Class::Ham }
    }

    /// From when on a PDS knows of the label of one labeler on an account.
    pub(super) fn label_known(&self, labeler: usize, subject: Account, pds: Pds) -> Option<Time> {
        let issued = self.labelers[labeler].board.issued(subject)?;
        let key = self.counter.key(Purpose::LabelPropagation);
        let propagation = &self.plan.labelers[labeler].propagation;
        debug_assert!(cast::id_u32(labeler) < 1 << 16);
        Some(propagation.known(issued, subject, pds, key))
    }
}
