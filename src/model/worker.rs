//! Being judged: a worker takes a message, rules over it, and is busy for the service time.

use super::event::Event;
use super::state::{Held, Inbox};
use super::world::World;
use crate::des::{Key, Rank};
use crate::policy::{CheckSet, ContactSpec, Evidence, Labelled, Standing, Verdict};
use crate::protocol::{
    Account, Check, Effect, Fact, LabelKnown, Message, Observer, Outcome, Refusal,
};
use crate::rng::Purpose;
use crate::units::{Span, Time};

impl<O: Observer> World<'_, O> {
    /// A worker takes a message at `now`, in an event of rank `rank`.
    ///
    /// What takes effect at the very instant of an end of service is not yet known to the message
    /// that this end of service lets in: ends of service come first.
    pub(super) fn take(&mut self, now: Time, index: u32, rank: Rank) {
        let flight = &mut self.flights[index];
        flight.message.taken = now;
        flight.message.queued = false;
        if self.plan.labelers.asks {
            let message = self.flights[index].message;
            self.ask_labelers(now, &message, rank);
        }
        let label = if self.is_label_known(now, &self.flights[index].message, rank) {
            LabelKnown::Yes
        } else {
            LabelKnown::No
        };
        let evidence = self.evidence(now, index, label);
        self.inspect(now, index, &evidence);
        let (ruling, waited) = self.rule(now, index, &evidence);
        let effect = self.effect(index);
        let message = &self.flights[index].message;
        let service = message.extra + self.cost_of(message, ruling.ran);
        let service = self
            .plan
            .failures
            .slowed(now, message.recipient_pds, service)
            + waited;
        if let Some((standing, kind)) = ruling.admitted.filter(|_| self.plan.counts_in_hand) {
            let request = evidence.request(now, standing, kind);
            self.in_service.insert(index, request);
        }
        let fact = Fact::Taken {
            message,
            service,
            refusal: refusal_of(ruling.verdict),
            label,
            asked: ruling.asked,
            refused: ruling.refused,
            effect,
        };
        self.observer.observe(now, &fact);
        self.flights[index].verdict = ruling.verdict;
        self.schedule_end(now, index, service);
    }

    fn effect(&self, index: u32) -> Effect {
        if self.flights[index].held == Held::Copy || self.will_crash(index) {
            Effect::Void
        } else {
            Effect::Decides
        }
    }

    fn evidence(&self, now: Time, index: u32, label: LabelKnown) -> Evidence {
        let message = &self.flights[index].message;
        let counts = label == LabelKnown::Yes && self.plan.labelers.refuses;
        Evidence {
            sender: message.sender,
            sender_pds: message.sender_pds,
            recipient: message.recipient,
            recipient_pds: message.recipient_pds,
            identity: self.identity(message),
            failing: self.failing(index),
            token: message.token,
            labelled: if counts { Labelled::Yes } else { Labelled::No },
            acquaintance: self.acquaintance(message.sender, message.recipient),
            account_age: self.account_age(now, message),
        }
    }

    pub(super) fn acquaintance(&self, sender: Account, recipient: Account) -> Standing {
        let knows = match self.plan.contact {
            ContactSpec::Open => false,
            ContactSpec::Follow => self.follows(recipient, sender),
            ContactSpec::Invitation(_) | ContactSpec::None => {
                let graph = self.graph.as_ref();
                graph.is_some_and(|graph| graph.knows(sender, recipient))
            }
        };
        if knows {
            Standing::Accepted
        } else {
            Standing::Stranger
        }
    }

    /// The age of the sender's account, public in the history of its DID; none where no limit asks.
    pub(super) fn account_age(&self, now: Time, message: &Message) -> Option<Span> {
        if !self.plan.uses_account_age {
            return None;
        }
        let group = &self.plan.groups[usize::from(message.group.0)];
        let Some(law) = &group.age else {
            return Some(OLD);
        };
        let draw = self
            .counter
            .draw(Purpose::AccountAge, u64::from(message.sender.0), 0);
        Some(law.draw(draw) + now.since(Time::ZERO))
    }

    /// The cost of the checks that ran.
    fn cost_of(&self, message: &Message, ran: CheckSet) -> Span {
        let mut total = Span::ZERO;
        for (check, law) in Check::ALL.into_iter().zip(&self.plan.costs) {
            if let Some(law) = law.as_ref().filter(|_| ran.contains(check)) {
                let ordinal = u64::from(message.attempts) << 8 | check as u64;
                total = total + law.draw(self.draw_for(Purpose::CheckCost, message.id, ordinal));
            }
        }
        total
    }

    /// A worker is done: the verdict takes effect, then the next message is taken.
    pub(super) fn end_service(&mut self, now: Time, index: u32) {
        let flight = &mut self.flights[index];
        flight.message.served = now;
        let (pds, verdict, held) = (flight.message.recipient_pds, flight.verdict, flight.held);
        self.observer.observe(now, &Fact::Served(&flight.message));
        // A request is answered when it has its place, or has lost it.
        if self.plan.campaigns.any_answers && verdict != Verdict::Hold {
            let message = self.flights[index].message;
            self.answer_verdict(now, &message, verdict);
        }
        let copy = self.unacknowledged(index);
        if self.plan.counts_in_hand
            && let Some(request) = self.in_service.remove(index)
        {
            let defences = &mut self.pdses[pds.0 as usize].defences;
            defences.limits.release(&request);
        }
        match verdict {
            Verdict::Accept => self.deliver(now, index),
            Verdict::Hold if held == Held::Copy => {
                self.finish(now, index, Outcome::RequestPending);
            }
            Verdict::Hold => self.hold(now, index),
            Verdict::Retry(check) => self.try_check_again(now, index, check),
            Verdict::Refuse(refusal) => self.finish(now, index, Outcome::Refused(refusal)),
            Verdict::Temporary(refusal) => self.defer(now, index, refusal),
            Verdict::Defer { layer, .. } => self.defer(now, index, Refusal::Limit(layer)),
            Verdict::Delay(until) => {
                self.flights[index].message.shaped = until.max(now).since(now);
                self.schedule_at_pds(pds, until.max(now), Event::Release { message: index });
            }
            Verdict::Reschedule { at, .. } => self.reschedule(now, index, at),
        }
        if let Some(copy) = copy {
            return self.run_again(now, copy);
        }
        let next = match &mut self.pdses[pds.0 as usize].inbox {
            Inbox::Sync => None,
            Inbox::Station(station) => station.finish(),
            Inbox::Docket(docket) => {
                docket.finish(now);
                None
            }
        };
        if let Some(next) = next {
            self.take(now, next, Rank::EndOfService);
        }
    }

    /// A refusal inside the request of a synchronous inbox is heard by the sender; a queued
    /// message was answered 202 long before.
    fn defer(&mut self, now: Time, index: u32, refusal: Refusal) {
        let pds = self.flights[index].message.recipient_pds;
        match &self.pdses[pds.0 as usize].inbox {
            Inbox::Sync => self.turn_away(now, index, refusal),
            Inbox::Station(_) | Inbox::Docket(_) => {
                self.finish(now, index, Outcome::Refused(refusal));
            }
        }
    }

    /// The queue takes the message again at the earliest conforming instant.
    pub(super) fn reschedule(&mut self, now: Time, index: u32, at: Time) {
        let at = at.max(now);
        let message = &mut self.flights[index].message;
        message.rescheduled = message.rescheduled + at.since(message.arrived);
        let pds = message.recipient_pds;
        let process = &mut self.pdses[pds.0 as usize].process;
        let key = Key::new(at, Rank::Arrival, process.origin, process.next());
        self.calendar.push(key, Event::Arrival { message: index });
    }
}

fn refusal_of(verdict: Verdict) -> Option<Refusal> {
    match verdict {
        Verdict::Refuse(refusal) | Verdict::Temporary(refusal) => Some(refusal),
        Verdict::Defer { layer, .. } | Verdict::Reschedule { layer, .. } => {
            Some(Refusal::Limit(layer))
        }
        Verdict::Retry(check) => Some(Refusal::Unavailable(check)),
        Verdict::Accept | Verdict::Hold | Verdict::Delay(_) => None,
    }
}

/// Older than any age that a limit can name: 2^62 ns, 146 years.
const OLD: Span = Span::from_ns(1 << 62);
