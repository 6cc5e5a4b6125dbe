//! Labels: what labelers see, when they issue a label, and when a PDS knows of it.

use super::apart::{Announcement, News};
use super::event::{Event, LabelStep};
use super::world::World;
use crate::des::Rank;
use crate::labeler::{
    Admission, AppealDraws, Bulletin, Glimpse, Label, Lag, Notice, Propagation, Requests, Sighting,
};
use crate::protocol::{Account, Class, Fact, LabelEnd, LabelerId, Message, Observer, Pds};
use crate::rng::Purpose;
use crate::units::Time;

/// As what a message reaches its recipient.
#[derive(Clone, Copy)]
pub(super) enum Showing {
    /// In his inbox, without having been a request.
    Delivery,
    /// Among his requests.
    Request,
    /// In his inbox, after he accepted it as a request.
    Accepted,
}

impl Showing {
    /// Whether a labeler that looks at requests, or does not, is shown the message now: once.
    fn is_for(self, requests: Requests) -> bool {
        match self {
            Self::Delivery => true,
            Self::Request => requests == Requests::Seen,
            Self::Accepted => requests == Requests::Unseen,
        }
    }
}

impl<O: Observer> World<'_, O> {
    /// Every labeler that looks at messages of its class is told of one.
    pub(super) fn show_to_labelers(&mut self, now: Time, message: &Message, showing: Showing) {
        let plan = self.plan;
        for labeler in plan.labelers.heard(message.recipient_pds) {
            let looks = showing.is_for(plan.labelers.bylaws(labeler).requests);
            if looks
                && self.labelers[usize::from(labeler)]
                    .sight
                    .sees(message.class)
            {
                self.tell_labeler(now, labeler, message, News::Sighting);
            }
        }
    }

    /// Every labeler that listens to reports is told of one.
    pub(super) fn report_to_labelers(&mut self, now: Time, message: &Message) {
        let plan = self.plan;
        for labeler in plan.labelers.heard(message.recipient_pds) {
            if self.labelers[usize::from(labeler)].sight.hears_reports() {
                self.tell_labeler(now, labeler, message, News::Report);
            }
        }
    }

    /// Whether a labeler is no more.
    pub(super) fn is_dead(&self, now: Time, labeler: u16) -> bool {
        now >= self.plan.labelers.bylaws(labeler).dies
    }

    /// A labeler sees a message that was delivered or is held as a request.
    pub(super) fn see(&mut self, now: Time, labeler: u16, exposure: u32) {
        let message = self.exposures.remove(exposure);
        if self.is_dead(now, labeler) {
            return;
        }
        let glimpse = Glimpse {
            now,
            sender: message.sender,
            recipient: message.recipient,
            class: message.class,
            draw: self.draw_for(
                Purpose::Content,
                message.id,
                self.plan.labelers.key(labeler),
            ),
        };
        let sight = &mut self.labelers[usize::from(labeler)].sight;
        if sight.delivered(&glimpse) == Notice::Label {
            let sighting = Sighting {
                subject: message.sender,
                reporter: None,
            };
            self.take_in(now, labeler, sighting);
        }
    }

    /// A labeler receives a report.
    pub(super) fn hear_report(&mut self, now: Time, labeler: u16, exposure: u32) {
        let message = self.exposures.remove(exposure);
        if self.is_dead(now, labeler) {
            return;
        }
        let sight = &mut self.labelers[usize::from(labeler)].sight;
        if sight.admits_report(message.recipient, now) {
            let sighting = Sighting {
                subject: message.sender,
                reporter: Some(message.recipient),
            };
            self.take_in(now, labeler, sighting);
        }
    }

    /// What reaches a labeler goes through its intake.
    fn take_in(&mut self, now: Time, labeler: u16, sighting: Sighting) {
        let desk = &mut self.labelers[usize::from(labeler)].desk;
        match desk.intake.put(now, sighting) {
            Admission::AtOnce => self.weigh(now, labeler, sighting),
            Admission::Waits => {}
            Admission::WaitsFor(batch) => {
                self.schedule_step(batch, Rank::Other, labeler, LabelStep::Intake, NOBODY);
            }
        }
    }

    /// A labeler takes a batch in.
    pub(super) fn take_batch_in(&mut self, now: Time, labeler: u16) {
        let desk = &mut self.labelers[usize::from(labeler)].desk;
        let (batch, next) = desk.intake.take(now);
        if let Some(next) = next {
            self.schedule_step(next, Rank::Other, labeler, LabelStep::Intake, NOBODY);
        }
        for sighting in batch {
            self.weigh(now, labeler, sighting);
        }
    }

    /// A report counts; what the labeler noticed by itself is a case at once.
    fn weigh(&mut self, now: Time, labeler: u16, sighting: Sighting) {
        let Sighting { subject, reporter } = sighting;
        let sight = &mut self.labelers[usize::from(labeler)].sight;
        let notice = reporter.map_or(Notice::Label, |reporter| sight.reported(subject, reporter));
        if notice == Notice::Label {
            self.open_case(now, labeler, subject);
        }
    }

    /// The verdict comes after the lag, or when a moderator is done.
    fn open_case(&mut self, now: Time, labeler: u16, subject: Account) {
        let plan = self.plan;
        match &plan.labelers.bylaws(labeler).lag {
            Lag::After(law) => {
                let draw = self.label_draw(Purpose::LabelLag, labeler, subject, 0);
                let process = &mut self.labelers[usize::from(labeler)].process;
                let event = Event::LabelIssue {
                    labeler,
                    subject: subject.0,
                };
                let key = process.key(now + law.draw(draw), Rank::TakesEffect);
                self.calendar.push(key, event);
            }
            Lag::Triage { .. } => {
                let triage = &mut self.labelers[usize::from(labeler)].desk.triage;
                if let Some(subject) = triage.arrive(subject) {
                    self.handle_case(now, labeler, subject);
                }
            }
        }
    }

    /// A moderator takes a case.
    fn handle_case(&mut self, now: Time, labeler: u16, subject: Account) {
        let plan = self.plan;
        let Lag::Triage { handle, .. } = &plan.labelers.bylaws(labeler).lag else {
            unreachable!("only triage has moderators");
        };
        let draw = self.label_draw(Purpose::Moderation, labeler, subject, 0);
        let done = now + handle.draw(draw);
        self.schedule_step(
            done,
            Rank::TakesEffect,
            labeler,
            LabelStep::Handled,
            subject,
        );
    }

    /// A moderator is done with a case and takes the next one.
    pub(super) fn end_handling(&mut self, now: Time, labeler: u16, subject: Account) {
        let triage = &mut self.labelers[usize::from(labeler)].desk.triage;
        if let Some(next) = triage.done() {
            self.handle_case(now, labeler, next);
        }
        self.conclude(now, labeler, subject);
    }

    /// The verdict: a label is published as soon as the caps allow, or the case is closed.
    pub(super) fn conclude(&mut self, now: Time, labeler: u16, subject: Account) {
        if self.is_dead(now, labeler) {
            return;
        }
        if !self.finds_guilty(labeler, subject) {
            return self.close_case(labeler, subject);
        }
        self.publish(now, labeler, LabelStep::Issue, subject);
    }

    fn finds_guilty(&self, labeler: u16, subject: Account) -> bool {
        let Some(right) = self.plan.labelers.bylaws(labeler).right else {
            return true;
        };
        let is_right = right.hits(self.label_draw(Purpose::LabelVerdict, labeler, subject, 0));
        is_right == (self.class_of(subject) == Class::Spam)
    }

    /// A label or a negation leaves the labeler at once or when its caps allow.
    pub(super) fn publish(&mut self, now: Time, labeler: u16, step: LabelStep, subject: Account) {
        let desk = &mut self.labelers[usize::from(labeler)].desk;
        let at = desk.emission.publish(now);
        if at > now {
            return self.schedule_step(at, Rank::TakesEffect, labeler, step, subject);
        }
        match step {
            LabelStep::Negate => self.negate_label(now, labeler, subject),
            _ => self.issue_label(now, labeler, subject),
        }
    }

    /// A labeler issues a label.
    pub(super) fn issue_label(&mut self, now: Time, labeler: u16, subject: Account) {
        if self.is_dead(now, labeler) {
            return;
        }
        let bylaws = self.plan.labelers.bylaws(labeler);
        let expires = bylaws.expires.map_or(Time::NEVER, |span| now + span);
        let board = &mut self.labelers[usize::from(labeler)].board;
        // Somebody may label by hand whom the labeler has labelled, and the other way round: one
        // label stands.
        if board.last(subject).is_some_and(|label| label.stands(now)) {
            return;
        }
        let label = board.issue(subject, now, expires);
        self.announce(Announcement::Issue {
            labeler,
            subject,
            now,
            expires,
        });
        self.send_bulletin(now, labeler, subject, 2 * label.number);
        self.await_end_of_label(now, labeler, subject, expires);
        self.purge_everywhere(now, subject);
        let first = self.first_deliveries.get(subject.0).copied();
        let known = first.and_then(|(pds, _)| {
            self.label_known(labeler, &label, subject, pds)
                .map(|known| (pds, known))
        });
        let fact = Fact::LabelIssued {
            labeler: LabelerId(labeler),
            subject,
            class: self.class_of(subject),
            first_delivered: first.map(|(_, time)| time),
            known,
        };
        self.observer.observe(now, &fact);
        self.tell_reach(now, labeler, &label, subject);
        if self.plan.campaigns.any_labels {
            self.show_label_to_campaigns(now, subject);
        }
    }

    /// A label may end by expiry or by a successful appeal.
    fn await_end_of_label(&mut self, now: Time, labeler: u16, subject: Account, expires: Time) {
        let draw = |which| self.label_draw(Purpose::Appeal, labeler, subject, which);
        let draws = AppealDraws {
            chance: draw(0),
            after: draw(1),
            overturned: draw(2),
        };
        let appeals = &self.plan.labelers.bylaws(labeler).appeals;
        if let Some(after) = appeals.decide(self.class_of(subject), draws) {
            let at = now + after;
            self.schedule_step(at, Rank::TakesEffect, labeler, LabelStep::Appeal, subject);
        }
        if expires != Time::NEVER {
            let step = LabelStep::Expiry;
            self.schedule_step(expires, Rank::TakesEffect, labeler, step, subject);
        }
    }

    /// A labeler takes a label back.
    pub(super) fn negate_label(&mut self, now: Time, labeler: u16, subject: Account) {
        if self.is_dead(now, labeler) {
            return;
        }
        let board = &mut self.labelers[usize::from(labeler)].board;
        if let Some(label) = board.negate(subject, now) {
            self.announce(Announcement::Negation {
                labeler,
                subject,
                now,
            });
            self.send_bulletin(now, labeler, subject, 2 * label.number + 1);
            self.end_label(now, labeler, subject, LabelEnd::Negated);
        }
    }

    /// A label's own time is up.
    pub(super) fn expire_label(&mut self, now: Time, labeler: u16, subject: Account) {
        let board = &self.labelers[usize::from(labeler)].board;
        let stands = board
            .last(subject)
            .is_some_and(|label| label.expires == now && label.negated > now);
        if stands {
            self.end_label(now, labeler, subject, LabelEnd::Expired);
        }
    }

    /// The account may be noticed again.
    fn end_label(&mut self, now: Time, labeler: u16, subject: Account, how: LabelEnd) {
        self.close_case(labeler, subject);
        let fact = Fact::LabelEnded {
            labeler: LabelerId(labeler),
            subject,
            class: self.class_of(subject),
            how,
        };
        self.observer.observe(now, &fact);
    }

    fn close_case(&mut self, labeler: u16, subject: Account) {
        let state = &mut self.labelers[usize::from(labeler)];
        state.desk.close(subject);
        state.sight.forget(subject);
    }

    /// PDSes whose connection is broken get a bulletin when they are back.
    fn send_bulletin(&mut self, now: Time, labeler: u16, subject: Account, number: u32) {
        let plan = self.plan;
        let Propagation::Stream {
            breaks: Some(breaks),
            ..
        } = &plan.labelers.bylaws(labeler).propagation
        else {
            return;
        };
        let serves = plan.labelers.serves(labeler);
        let key = self.counter.key(Purpose::LabelPropagation);
        let state = &mut self.labelers[usize::from(labeler)];
        for (pds, connection) in (0..).zip(&mut state.connections) {
            if serves.is_some_and(|serves| serves != Pds(pds)) {
                continue;
            }
            let identity = plan
                .labelers
                .key(labeler)
                .wrapping_sub(1 + u64::from(pds) * 2);
            let received = connection.received(now, breaks, key, identity);
            if received > now {
                state.late.insert((place(subject, number), pds), received);
            }
        }
    }

    /// Ground truth about an account: for the metrics of labels, and for the chance of a verdict.
    pub(super) fn class_of(&self, account: Account) -> Class {
        let spam = self
            .plan
            .groups
            .iter()
            .any(|group| group.class == Some(Class::Spam) && group.members.contains(account));
        if spam { Class::Spam } else { Class::Ham }
    }

    /// A draw for the open case of a labeler about an account.
    pub(super) fn label_draw(
        &self,
        purpose: Purpose,
        labeler: u16,
        subject: Account,
        which: u64,
    ) -> u64 {
        let case = self.labelers[usize::from(labeler)].desk.case(subject);
        let ordinal = self
            .plan
            .labelers
            .key(labeler)
            .wrapping_add(4 * case + which);
        self.counter.draw(purpose, u64::from(subject.0), ordinal)
    }

    /// From when on a PDS knows of a label; none if it never does by itself.
    pub(super) fn label_known(
        &self,
        labeler: u16,
        label: &Label,
        subject: Account,
        pds: Pds,
    ) -> Option<Time> {
        let bylaws = self.plan.labelers.bylaws(labeler);
        let asks = matches!(bylaws.propagation, Propagation::Cache(_));
        let known = self.bulletin_known(labeler, (subject, 2 * label.number), label.issued, pds);
        Some(known).filter(|known| !asks && *known != Time::NEVER)
    }

    /// From when on a PDS knows of a bulletin.
    pub(super) fn bulletin_known(
        &self,
        labeler: u16,
        (subject, number): (Account, u32),
        published: Time,
        pds: Pds,
    ) -> Time {
        let plan = &self.plan.labelers;
        if published == Time::NEVER || plan.serves(labeler).is_some_and(|serves| serves != pds) {
            return Time::NEVER;
        }
        let late = &self.labelers[usize::from(labeler)].late;
        let received = late.get((place(subject, number), pds.0)).copied();
        let bulletin = Bulletin {
            subject,
            number,
            published,
            received: received.unwrap_or(published),
        };
        let bylaws = plan.bylaws(labeler);
        let draws = (
            self.counter.key(Purpose::LabelPropagation),
            plan.key(labeler),
        );
        bylaws.propagation.known(&bulletin, pds, bylaws.dies, draws)
    }

    /// Schedules something that a labeler brings about.
    fn schedule_step(
        &mut self,
        time: Time,
        rank: Rank,
        labeler: u16,
        step: LabelStep,
        subject: Account,
    ) {
        let process = &mut self.labelers[usize::from(labeler)].process;
        let key = process.key(time, rank);
        let event = Event::Label {
            step,
            labeler,
            subject: subject.0,
        };
        self.calendar.push(key, event);
    }

    /// A step of a labeler's work is due.
    pub(super) fn work_on_label(
        &mut self,
        now: Time,
        step: LabelStep,
        labeler: u16,
        subject: Account,
    ) {
        match step {
            LabelStep::Intake => self.take_batch_in(now, labeler),
            LabelStep::Handled => self.end_handling(now, labeler, subject),
            LabelStep::Issue => self.issue_label(now, labeler, subject),
            LabelStep::Appeal => self.publish(now, labeler, LabelStep::Negate, subject),
            LabelStep::Negate => self.negate_label(now, labeler, subject),
            LabelStep::Expiry => self.expire_label(now, labeler, subject),
        }
    }
}

/// A bulletin about an account, as the key of a table.
fn place(subject: Account, number: u32) -> u64 {
    u64::from(subject.0) | u64::from(number) << 32
}

/// A batch is about nobody in particular.
const NOBODY: Account = Account(u32::MAX);
