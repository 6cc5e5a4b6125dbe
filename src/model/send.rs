//! Sending: from the wish to write to an attempt in transit.

use super::event::Event;
use super::plan::StreamPlan;
use super::state::InFlight;
use super::world::World;
use crate::attack::{Move, Opportunity};
use crate::des::{Key, Rank};
use crate::policy::limit::{Kind, Request, Ruling};
use crate::policy::{Basis, ContactSpec, Evidence, Labelled, Standing, Verdict};
use crate::population::{Demand, TargetDraws};
use crate::protocol::{
    Account, Class, Fact, Group, Message, MessageId, Observer, Outcome, Refusal, Token,
};
use crate::rng::Purpose;
use crate::units::{Span, Time, cast};

/// A message that somebody has decided to write.
struct Draft {
    id: MessageId,
    group: Group,
    class: Class,
    sender: Account,
    recipient: Account,
    extra: Span,
    /// Draw for the delay of the first attempt.
    delay: u64,
    /// Where its arrival stands among those of the same instant.
    arrival: (crate::des::Origin, u64),
}

/// Whether an attempt leaves the sender's PDS, at `message.sent`.
#[derive(Clone, Copy)]
enum Departure {
    /// A limit of the sender's PDS refused; the outcome was told.
    Refused,
    /// It leaves.
    Free,
    /// It leaves; a limit counts it until the request is given back.
    Counted(Request),
}

impl<O: Observer> World<'_, O> {
    /// Puts the next send of a stream into the calendar.
    pub(super) fn schedule_demand(&mut self, stream: u32) {
        let state = &self.streams[stream as usize];
        let Some(demand) = state.pending else { return };
        let key = Key::new(
            demand.time,
            Rank::Other,
            state.process.origin,
            demand.ordinal,
        );
        self.calendar.push(key, Event::Demand { stream });
    }

    /// A send of a stream is due.
    ///
    /// Where nothing can happen to a message at its sender's PDS, the next few sends of the
    /// stream are made at once: their arrivals stand in the calendar where they would stand
    /// anyway, and the sends need no events of their own.
    pub(super) fn send_demand(&mut self, stream: u32) {
        let sends = if self.sends_ahead { BATCH } else { 1 };
        for _ in 0..sends {
            let state = &mut self.streams[stream as usize];
            let Some(demand) = state
                .pending
                .filter(|demand| demand.time < self.plan.horizon)
            else {
                return;
            };
            state.pending = state.sends.next_demand();
            if let Some(draft) = self.draft(stream, &demand) {
                self.write(demand.time, &draft);
            }
        }
        self.schedule_demand(stream);
    }

    /// As whom and to whom the send goes; none where an attacker holds it back.
    fn draft(&mut self, stream: u32, demand: &Demand) -> Option<Draft> {
        let plan: &StreamPlan = &self.plan.streams[stream as usize];
        let id = MessageId::new(stream, demand.ordinal);
        let identity = identity_of(plan.entity, id);
        let draw = |purpose| self.counter.draw(purpose, identity, 0);
        let draws = TargetDraws {
            recipient: draw(Purpose::Recipient),
            novelty: if plan.target.asks_for_novelty() {
                draw(Purpose::NewContact)
            } else {
                0
            },
        };
        let extra = self.plan.extra.as_ref();
        let extra = extra.map(|law| law.draw(draw(Purpose::ExtraService)));
        let delay = draw(Purpose::Delay);
        let topology = &self.plan.topology;
        let state = &mut self.streams[stream as usize];
        let chosen = match &mut state.attack {
            None => Move::Send {
                identity: demand.member,
            },
            Some(attack) => attack.decide(Opportunity {
                now: demand.time,
                identity: demand.member,
                identities: plan.members.count(),
                accounts: topology.addressable(),
            }),
        };
        let (sender, recipient) = match chosen {
            Move::HoldBack => return None,
            Move::Send { identity } => {
                let sender = plan.members.account(identity);
                (
                    sender,
                    state.targets.choose(topology, sender, identity, draws),
                )
            }
            Move::SendTo { identity, account } => {
                (plan.members.account(identity), Account(account))
            }
        };
        Some(Draft {
            id,
            group: plan.group,
            class: plan.class,
            sender,
            recipient,
            extra: extra.unwrap_or(Span::ZERO),
            delay,
            arrival: (state.process.origin, demand.ordinal),
        })
    }

    /// Puts the next row of the trace into the calendar.
    pub(super) fn schedule_trace_row(&mut self) {
        let Some(trace) = &self.plan.trace else {
            return;
        };
        let Some(time) = trace.times.get(self.trace_row) else {
            return;
        };
        let key = Key::new(*time, Rank::Other, self.trace.origin, self.trace_row as u64);
        self.calendar.push(key, Event::TraceRow);
    }

    /// A row of the trace is due.
    pub(super) fn send_trace_row(&mut self, now: Time) {
        let trace = self.plan.trace.as_ref().expect("a due row has a trace");
        let row = self.trace_row;
        self.trace_row += 1;
        self.schedule_trace_row();
        let id = MessageId::new(cast::id_u32(self.streams.len()), row as u64);
        let own_extra = trace.extra.as_ref().and_then(|column| column[row]);
        let extra = own_extra.or_else(|| {
            let draw = self.draw_for(Purpose::ExtraService, id, 0);
            self.plan.extra.as_ref().map(|law| law.draw(draw))
        });
        let draft = Draft {
            id,
            group: trace.group,
            class: trace.classes[row],
            sender: trace.senders[row],
            recipient: trace.recipients[row],
            extra: extra.unwrap_or(Span::ZERO),
            delay: self.draw_for(Purpose::Delay, id, 0),
            arrival: (self.trace.origin, row as u64),
        };
        self.write(now, &draft);
    }

    /// The counter-based draw of a message for something that may or may not happen to it.
    ///
    /// The stream's name, not its number, enters: another group in the scenario shifts nothing.
    pub(super) fn draw_for(&self, purpose: Purpose, id: MessageId, ordinal: u64) -> u64 {
        let stream = self.plan.streams.get(cast::index(id.stream()));
        let entity = stream.map_or(TRACE_ENTITY, |stream| stream.entity);
        self.counter.draw(purpose, identity_of(entity, id), ordinal)
    }

    /// A message comes into being at its sender's PDS.
    fn write(&mut self, now: Time, draft: &Draft) {
        let topology = &self.plan.topology;
        let mut message = Message {
            id: draft.id,
            created: now,
            sent: now,
            arrived: Time::NEVER,
            taken: Time::NEVER,
            served: Time::NEVER,
            rescheduled: Span::ZERO,
            shaped: Span::ZERO,
            extra: draft.extra,
            token: Token {
                expires: Time::NEVER,
                defect: None,
            },
            sender: draft.sender,
            recipient: draft.recipient,
            sender_pds: topology.pds_of(draft.sender),
            recipient_pds: topology.pds_of(draft.recipient),
            group: draft.group,
            class: draft.class,
            queued: false,
            attempts: 0,
        };
        self.observer.observe(now, &Fact::Created(&message));
        let standing = self.standing_at_sender(&message);
        self.accept_by_writing(now, &message);
        let departure = self.leave(now, &mut message, standing);
        let delay = self.plan.delay.draw(draft.delay);
        let (origin, sequence) = draft.arrival;
        self.transmit(now, &message, departure, delay, |time| {
            Key::new(time, Rank::Arrival, origin, sequence)
        });
    }

    /// Whoever writes to somebody accepts messages from him, and requests that are held.
    fn accept_by_writing(&mut self, now: Time, message: &Message) {
        if self.plan.contact != ContactSpec::Open {
            let pair = (message.sender, message.recipient);
            self.accept_contact(now, message.sender_pds, pair, Basis::Wrote);
        }
    }

    /// What the sender's PDS takes a message for: a first contact is the first one to somebody who
    /// is no contact, whatever the recipient's PDS makes of it.
    fn standing_at_sender(&self, message: &Message) -> Standing {
        let (sender, recipient) = (message.sender, message.recipient);
        if self.plan.contact == ContactSpec::Open || self.plan.outbound.is_empty() {
            return Standing::Accepted;
        }
        let own = &self.pdses[message.sender_pds.0 as usize];
        if own.defences.contacts.accepts(sender, recipient) {
            Standing::Accepted
        } else {
            self.acquaintance(sender, recipient)
        }
    }

    /// The sender's PDS lets an attempt out, with a fresh token, or refuses.
    fn leave(&mut self, now: Time, message: &mut Message, standing: Standing) -> Departure {
        message.sent = now;
        message.rescheduled = Span::ZERO;
        message.attempts += 1;
        message.token = self.mint(now, message);
        if self.plan.outbound.is_empty() {
            return Departure::Free;
        }
        self.ask_outbound_limits(now, message, standing)
    }

    /// A limit that shapes traffic lets an attempt out later; the token is minted when it leaves.
    fn ask_outbound_limits(
        &mut self,
        now: Time,
        message: &mut Message,
        standing: Standing,
    ) -> Departure {
        let evidence = Evidence {
            sender: message.sender,
            sender_pds: message.sender_pds,
            recipient: message.recipient,
            token: message.token,
            labelled: Labelled::No,
            acquaintance: Standing::Accepted,
            account_age: self.account_age(now, message),
        };
        let request = evidence.request(now, standing, Kind::Fresh);
        let outbound = &mut self.pdses[message.sender_pds.0 as usize].outbound;
        let verdict = outbound.decide(&request);
        let shift = self.plan.inbound_layers();
        let (asked, refused) = (verdict.asked << shift, verdict.refused << shift);
        self.observer.observe(
            now,
            &Fact::OutboundLimits {
                message,
                asked,
                refused,
            },
        );
        if verdict.refused == 0 {
            if let Ruling::Delay { until, .. } = verdict.ruling {
                message.sent = until.max(now);
                message.token = self.mint(message.sent, message);
            }
            let counts = self.plan.counts_in_hand && verdict.asked != 0;
            return if counts {
                Departure::Counted(request)
            } else {
                Departure::Free
            };
        }
        let outcome = Outcome::Refused(Refusal::SenderPdsLimit);
        self.observer
            .observe(now, &Fact::Finished { message, outcome });
        Departure::Refused
    }

    /// `exp` = now + lifetime, rounded down as the scenario says.
    fn mint(&self, now: Time, message: &Message) -> Token {
        let issued = match self.plan.token_resolution {
            None => now,
            Some(unit) => Time::from_ns(now.ns() - now.ns() % unit.ns()),
        };
        Token {
            expires: issued + self.plan.token_lifetime,
            defect: self.plan.groups[usize::from(message.group.0)].defect,
        }
    }

    /// An attempt is under way; it arrives after `delay`, or is lost.
    fn transmit(
        &mut self,
        now: Time,
        message: &Message,
        departure: Departure,
        delay: Span,
        key: impl FnOnce(Time) -> Key,
    ) {
        if matches!(departure, Departure::Refused) {
            return;
        }
        let is_lost = self.is_lost(message);
        let transit = if is_lost { self.plan.timeout } else { delay };
        let answered = message.sent + transit;
        if let Departure::Counted(request) = departure {
            let request = self.in_transit.insert(request);
            self.schedule_at_pds(message.sender_pds, answered, Event::HandedOver { request });
        }
        if is_lost {
            return self.lose(now, message);
        }
        let message = self.flights.insert(InFlight::new(message));
        self.calendar
            .push(key(answered), Event::Arrival { message });
    }

    /// An attempt has arrived, or was given up: a limit that counts it counts it no longer.
    pub(super) fn hand_over(&mut self, request: u32) {
        let request = self.in_transit.remove(request);
        let pds = cast::index(u64::from(request.parties.sender_pds));
        self.pdses[pds].outbound.release(&request);
    }

    fn is_lost(&self, message: &Message) -> bool {
        let loss = self.plan.loss;
        loss.value() > 0.0
            && loss.hits(self.draw_for(Purpose::Loss, message.id, u64::from(message.attempts)))
    }

    /// A lost attempt is noticed after the time-out, if anybody cares.
    fn lose(&mut self, now: Time, message: &Message) {
        if !self.retry_of(message).reacts() {
            let outcome = Outcome::Lost;
            return self
                .observer
                .observe(now, &Fact::Finished { message, outcome });
        }
        let noticed = message.sent + self.plan.timeout;
        let index = self.flights.insert(InFlight::new(message));
        self.schedule_at_pds(
            message.sender_pds,
            noticed,
            Event::Failure { message: index },
        );
    }

    pub(super) fn retry_of(&self, message: &Message) -> crate::network::Retry {
        self.plan.groups[usize::from(message.group.0)].retry
    }

    /// The sender's PDS learns that an attempt failed for now: it tries again or gives up.
    pub(super) fn learn_failure(&mut self, now: Time, index: u32) {
        let InFlight {
            message, verdict, ..
        } = self.flights[index];
        let draw = self.draw_for(Purpose::Retry, message.id, u64::from(message.attempts));
        if let Some(after) = self.retry_of(&message).wait(message.attempts, draw) {
            let after = after.max(asked_to_wait(now, &message, verdict));
            self.observer.observe(
                now,
                &Fact::RetryScheduled {
                    message: &message,
                    after,
                },
            );
            self.schedule_at_pds(
                message.sender_pds,
                now + after,
                Event::Resend { message: index },
            );
        } else {
            self.finish(now, index, Outcome::GaveUp);
        }
    }

    /// The next attempt leaves the sender's PDS.
    pub(super) fn resend(&mut self, now: Time, index: u32) {
        let mut message = self.flights.remove(index).message;
        let departure = self.leave(now, &mut message, Standing::Accepted);
        let draw = self.draw_for(Purpose::Delay, message.id, u64::from(message.attempts));
        let delay = self.plan.delay.draw(draw);
        let process = &mut self.pdses[message.sender_pds.0 as usize].process;
        let (origin, sequence) = (process.origin, process.next());
        self.transmit(now, &message, departure, delay, |time| {
            Key::new(time, Rank::Arrival, origin, sequence)
        });
    }
}

/// What a message's draws hang on.
fn identity_of(entity: u64, id: MessageId) -> u64 {
    entity.wrapping_add(id.ordinal() << ORDINAL_SHIFT)
}

/// What an answer with Retry-After asks for. Honest senders honour it, spammers do not.
fn asked_to_wait(now: Time, message: &Message, verdict: Verdict) -> Span {
    match (verdict, message.class) {
        (
            Verdict::Defer {
                retry_at: Some(at), ..
            },
            Class::Ham,
        ) => at.max(now).since(now),
        _ => Span::ZERO,
    }
}

/// Sends made at once. More would fill the calendar with arrivals that are far away.
const BATCH: u32 = 16;

/// Names the random numbers of a trace's messages.
const TRACE_ENTITY: u64 = 0x0074_7261_6365;

/// Keeps the numbers of streams whose names differ by their batch apart.
const ORDINAL_SHIFT: u32 = 5;
