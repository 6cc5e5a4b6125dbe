//! Sending: from the wish to write to an attempt in transit.

use super::apart::Leg;
use super::event::Event;
use super::plan::{Plan, StreamPlan};
use super::state::InFlight;
use super::world::World;
use crate::attack::{Move, Opportunity};
use crate::des::{Key, Rank};
use crate::network::RetryAfter;
use crate::policy::limit::{Request, Ruling};
use crate::policy::{CheckSet, Evidence, Labelled, Standing, Verdict};
use crate::population::{Demand, TargetDraws};
use crate::protocol::{
    Account, Class, Fact, Group, Message, MessageId, Observer, Outcome, Refusal, Token,
};
use crate::rng::Purpose;
use crate::units::{Span, Time, cast};

/// A message that somebody has decided to write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft {
    pub(super) id: MessageId,
    pub(super) group: Group,
    pub(super) class: Class,
    pub(super) sender: Account,
    pub(super) recipient: Account,
    pub(super) extra: Span,
    /// Draw for the delay of the first attempt.
    pub(super) delay: u64,
    /// Where its arrival stands among those of the same instant.
    pub(super) arrival: (crate::des::Origin, u64),
}

/// Whether an attempt leaves the sender's PDS, at `message.sent`.
#[derive(Clone, Copy)]
pub(super) enum Departure {
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

    /// The next send of a stream, if it lies before `until`.
    pub(super) fn next_demand(&mut self, stream: u32, until: Time) -> Option<Demand> {
        let state = &mut self.streams[stream as usize];
        let demand = state.pending.filter(|demand| demand.time < until)?;
        state.pending = state.sends.next_demand();
        Some(demand)
    }

    /// A send of a stream is due.
    ///
    /// Where nothing can happen to a message at its sender's PDS, the next few sends of the
    /// stream are made at once: their arrivals stand in the calendar where they would stand
    /// anyway, and the sends need no events of their own.
    pub(super) fn send_demand(&mut self, stream: u32) {
        let sends = if self.sends_ahead { BATCH } else { 1 };
        for _ in 0..sends {
            let Some(demand) = self.next_demand(stream, self.plan.horizon) else {
                return;
            };
            if let Some(draft) = self.draft(stream, &demand) {
                self.write(demand.time, &draft);
            }
        }
        self.schedule_demand(stream);
    }

    /// As whom and to whom the send goes; none where an attacker holds it back.
    pub(super) fn draft(&mut self, stream: u32, demand: &Demand) -> Option<Draft> {
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
        let (sender, recipient) = self.carry_out(stream, id, demand.time, chosen, draws)?;
        Some(Draft {
            id,
            group: plan.group,
            class: plan.class,
            sender,
            recipient,
            extra: extra.unwrap_or(Span::ZERO),
            delay,
            arrival: (self.streams[stream as usize].process.origin, demand.ordinal),
        })
    }

    /// The sender and the recipient that a move means; none where nothing is sent.
    fn carry_out(
        &mut self,
        stream: u32,
        id: MessageId,
        now: Time,
        chosen: Move,
        draws: TargetDraws,
    ) -> Option<(Account, Account)> {
        let plan: &StreamPlan = &self.plan.streams[stream as usize];
        let topology = &self.plan.topology;
        let state = &mut self.streams[stream as usize];
        let own = |identity| plan.members.account(identity);
        Some(match chosen {
            Move::Capture { identity } => {
                self.auth.capturing = Some((id.number(), identity));
                let sender = own(identity);
                (
                    sender,
                    state.targets.choose(topology, sender, identity, draws),
                )
            }
            Move::Replay { identity } => {
                let kept = self.auth.kept.get((stream, identity));
                let kept = *kept?;
                self.auth.replays.insert(id.number(), kept);
                (
                    own(identity),
                    self.plan.replayed_to(kept.recipient, draws.recipient),
                )
            }
            Move::Forge { identity, account } => {
                let claimed = Account(account);
                (
                    claimed,
                    state.targets.choose(topology, claimed, identity, draws),
                )
            }
            Move::HoldBack => return None,
            Move::Report { identity, account } => {
                let reporter = plan.members.account(identity);
                self.report_falsely(now, id, reporter, Account(account));
                return None;
            }
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
        self.counter
            .draw(purpose, draw_identity(self.plan, id), ordinal)
    }

    /// A message comes into being at its sender's PDS.
    pub(super) fn write(&mut self, now: Time, draft: &Draft) {
        let sender_pds = self.home(draft.sender, now);
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
            sender_pds,
            recipient_pds: self.plan.topology.pds_of(draft.recipient),
            group: draft.group,
            class: draft.class,
            queued: false,
            attempts: 0,
        };
        self.observer.observe(now, &Fact::Created(&message));
        self.note_writing(now, &message);
        if self.hosts.is_down(message.sender_pds) && !self.is_forged(&message) {
            let message = self.flights.insert(InFlight::under_way(&message));
            return self.put_off(sender_pds, Event::Resend { message });
        }
        let departure = self.leave(now, &mut message);
        if self.plan.campaigns.any_answers && matches!(departure, Departure::Refused) {
            self.answer_at_home(&message);
        }
        let delay = self.plan.delay.draw(draft.delay);
        let (origin, sequence) = draft.arrival;
        self.transmit(now, &mut message, departure, delay, |time| {
            Key::new(time, Rank::Arrival, origin, sequence)
        });
    }

    /// The sender's PDS lets an attempt out, with a fresh token, or refuses.
    fn leave(&mut self, now: Time, message: &mut Message) -> Departure {
        message.sent = now;
        message.rescheduled = Span::ZERO;
        message.attempts += 1;
        message.token = self.mint(now, message);
        if self.is_forged(message) {
            // His PDS never sees what is sent in somebody's name.
            return Departure::Free;
        }
        if self.is_taken_down(now, message) {
            self.auth.forget(message);
            let outcome = Outcome::Refused(Refusal::SenderPdsTakedown);
            self.observer
                .observe(now, &Fact::Finished { message, outcome });
            return Departure::Refused;
        }
        if self.plan.outbound.is_empty() {
            return Departure::Free;
        }
        self.ask_outbound_limits(now, message)
    }

    /// A limit that shapes traffic lets an attempt out later; the token is minted when it leaves.
    fn ask_outbound_limits(&mut self, now: Time, message: &mut Message) -> Departure {
        let evidence = Evidence {
            sender: message.sender,
            sender_pds: message.sender_pds,
            recipient: message.recipient,
            recipient_pds: message.recipient_pds,
            identity: message.id.number(),
            failing: CheckSet::default(),
            token: message.token,
            labelled: Labelled::No,
            acquaintance: Standing::Accepted,
            account_age: self.account_age(now, message),
        };
        let (standing, kind) = self.view_at_sender(message);
        let request = evidence.request(now, standing, kind);
        self.inspect_outbound(now, message, &request);
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
        self.auth.forget(message);
        let outcome = Outcome::Refused(Refusal::SenderPdsLimit);
        self.observer
            .observe(now, &Fact::Finished { message, outcome });
        Departure::Refused
    }

    /// An attempt is under way; it arrives after `delay`, or is lost.
    fn transmit(
        &mut self,
        now: Time,
        message: &mut Message,
        departure: Departure,
        delay: Span,
        key: impl FnOnce(Time) -> Key,
    ) {
        if matches!(departure, Departure::Refused) {
            return;
        }
        if self.plan.has_budgets && message.attempts == 1 {
            self.earn_retry(message);
        }
        if let Err(at) = self.find_recipient(now, message) {
            return self.lose_recipient(now, message, departure, at);
        }
        self.capture(message);
        let is_lost = self.is_lost(message) || self.is_cut_off(now, message);
        let transit = if is_lost { self.plan.timeout } else { delay };
        let answered = message.sent + transit;
        if let Departure::Counted(request) = departure {
            let request = self.in_transit.insert(request);
            self.schedule_at_pds(message.sender_pds, answered, Event::HandedOver { request });
        }
        if is_lost {
            return self.lose(now, message);
        }
        let flight = InFlight::under_way(message);
        if self.is_elsewhere(message.recipient_pds) {
            return self.move_on(key(answered), flight, Leg::Arrival);
        }
        let message = self.flights.insert(flight);
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

    /// Whether the first attempt of a message that is not written yet will be lost, and its sender's
    /// PDS will notice.
    pub(super) fn will_be_missed(&self, draft: &Draft) -> bool {
        let loss = self.plan.loss;
        let retry = self.plan.groups[usize::from(draft.group.0)].retry;
        loss.value() > 0.0 && retry.reacts() && loss.hits(self.draw_for(Purpose::Loss, draft.id, 1))
    }

    /// A lost attempt is noticed after the time-out, if anybody cares.
    fn lose(&mut self, now: Time, message: &Message) {
        if !self.retry_of(message).reacts() {
            self.auth.forget(message);
            let outcome = Outcome::Lost;
            return self
                .observer
                .observe(now, &Fact::Finished { message, outcome });
        }
        let noticed = message.sent + self.plan.timeout;
        self.note_return(noticed);
        let index = self.flights.insert(InFlight::under_way(message));
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
        if verdict == Verdict::Refuse(Refusal::NotHere) {
            return self.look_again(now, index);
        }
        let asked = match self.retry_of(&message).retry_after(message.class) {
            RetryAfter::Honour => asked_to_wait(now, verdict),
            RetryAfter::Ignore => Span::ZERO,
        };
        if let Some(after) = self.next_wait(now, &message, asked) {
            self.observer.observe(
                now,
                &Fact::RetryScheduled {
                    message: &message,
                    after,
                },
            );
            self.note_return(now + after);
            self.schedule_at_pds(
                message.sender_pds,
                now + after,
                Event::Resend { message: index },
            );
        } else {
            self.finish(now, index, Outcome::GaveUp);
        }
    }

    /// How long the sender's PDS waits before the next attempt; none where its retry policy has no
    /// tries, time or budget left.
    pub(super) fn next_wait(&mut self, now: Time, message: &Message, asked: Span) -> Option<Span> {
        let draw = self.draw_for(Purpose::Retry, message.id, u64::from(message.attempts));
        let retry = self.retry_of(message);
        let after = retry.wait(message.attempts, draw)?.max(asked);
        let is_allowed = retry.allows((now + after).since(message.created));
        (is_allowed && self.can_afford_retry(message)).then_some(after)
    }

    /// The next attempt leaves the sender's PDS.
    pub(super) fn resend(&mut self, now: Time, index: u32) {
        let mut message = self.flights.remove(index).message;
        let departure = self.leave(now, &mut message);
        // A first attempt that had to wait for its PDS takes the time that it would have taken.
        let attempt = match message.attempts {
            1 => 0,
            attempts => u64::from(attempts),
        };
        let draw = self.draw_for(Purpose::Delay, message.id, attempt);
        let delay = self.plan.delay.draw(draw);
        let process = &mut self.pdses[message.sender_pds.0 as usize].process;
        let (origin, sequence) = (process.origin, process.next());
        self.transmit(now, &mut message, departure, delay, |time| {
            Key::new(time, Rank::Arrival, origin, sequence)
        });
    }
}

/// The number on which the draws of a message hang.
pub(super) fn draw_identity(plan: &Plan, id: MessageId) -> u64 {
    if let Some(stream) = plan.streams.get(cast::index(id.stream())) {
        return identity_of(stream.entity, id);
    }
    let (before, opener) = super::replies::place_in_conversation(plan, id);
    let entity = match plan.streams.get(cast::index(opener)) {
        Some(stream) => stream.entity,
        None if opener == plan.streams.len() as u64 => TRACE_ENTITY,
        None => HAND_ENTITY,
    };
    identity_of(entity.wrapping_add(before.wrapping_mul(ANSWER)), id)
}

fn identity_of(entity: u64, id: MessageId) -> u64 {
    entity.wrapping_add(id.ordinal() << ORDINAL_SHIFT)
}

/// What an answer with Retry-After asks for.
fn asked_to_wait(now: Time, verdict: Verdict) -> Span {
    match verdict {
        Verdict::Defer {
            retry_at: Some(at), ..
        } => at.max(now).since(now),
        _ => Span::ZERO,
    }
}

/// Sends made at once. More would fill the calendar with arrivals that are far away.
pub(super) const BATCH: u32 = 16;

/// Names the random numbers of a trace's messages.
const TRACE_ENTITY: u64 = 0x0074_7261_6365;

/// Names the random numbers of messages sent by hand.
const HAND_ENTITY: u64 = 0x6861_6e64;

/// Keeps the draws of answers apart from those of the messages before them: 2^64 / golden ratio.
const ANSWER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Keeps the numbers of streams whose names differ by their batch apart.
const ORDINAL_SHIFT: u32 = 5;
