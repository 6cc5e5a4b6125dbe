//! Failures: hosts that go down and come back, attempts that find nobody, budgets of retries.
//!
//! A PDS that is down answers nobody and does nothing: an attempt that arrives fails for now; what
//! its inbox holds waits; what its own senders write, try again or react to waits until it is up,
//! and then happens all at once. What a worker has in hand when the PDS goes down is finished.

use super::event::Event;
use super::state::Inbox;
use super::world::World;
use crate::des::{Key, Rank, Table};
use crate::network::{Budget, WhenDown};
use crate::protocol::{Fact, Failing, Message, Observer, Outcome, Pds};
use crate::rng::Purpose;
use crate::units::Time;

/// Which hosts are down, and what waits for them.
#[derive(Debug)]
pub(super) struct Hosts {
    down: Vec<bool>,
    how_many_down: usize,
    waiting: Table<u32, Vec<Event>>,
    /// State and number of changes so far of the hosts with outages at random.
    alternating: Vec<(State, u64)>,
    /// What is left of retry budgets, by PDS and policy.
    budgets: Table<(u32, u32), Budget>,
}

/// The state of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Up,
    Down,
}

impl Hosts {
    pub(super) fn new(pdses: usize) -> Self {
        Self {
            down: vec![false; pdses],
            how_many_down: 0,
            waiting: Table::default(),
            alternating: Vec::new(),
            budgets: Table::default(),
        }
    }

    /// Whether a PDS is down.
    #[inline]
    pub(super) fn is_down(&self, pds: Pds) -> bool {
        self.how_many_down > 0 && self.down[pds.0 as usize]
    }

    /// Whether any PDS is down.
    #[inline]
    pub(super) fn any_down(&self) -> bool {
        self.how_many_down > 0
    }

    /// Changes the state of a PDS; whether it was another one before.
    fn change(&mut self, pds: Pds, state: State) -> bool {
        let is_down = &mut self.down[pds.0 as usize];
        let goes_down = state == State::Down;
        if *is_down == goes_down {
            return false;
        }
        *is_down = goes_down;
        if goes_down {
            self.how_many_down += 1;
        } else {
            self.how_many_down -= 1;
        }
        true
    }
}

impl<O: Observer> World<'_, O> {
    /// Puts the outages of the scenario into the calendar.
    pub(super) fn schedule_outages(&mut self) {
        for outage in &self.plan.failures.outages {
            let pds = Pds(outage.pds);
            self.schedule_effect(pds, outage.start, Event::HostDown { pds: outage.pds });
            self.schedule_effect(pds, outage.stop, Event::HostUp { pds: outage.pds });
        }
        let Some(alternation) = &self.plan.failures.alternation else {
            return;
        };
        for pds in 0..alternation.hosts {
            let draw = self.counter.draw(Purpose::Outage, u64::from(pds), 0);
            let mut state = State::Up;
            if alternation.down_at_first.hits(draw) {
                state = State::Down;
                self.schedule_effect(Pds(pds), Time::ZERO, Event::HostDown { pds });
            }
            self.hosts.alternating.push((state, 0));
            self.schedule_alternation(Time::ZERO, pds);
        }
    }

    /// How long a host with outages at random stays as it is.
    fn schedule_alternation(&mut self, now: Time, pds: u32) {
        let alternation = self.plan.failures.alternation.as_ref();
        let alternation = alternation.expect("a host alternates by a plan");
        let (state, changes) = &mut self.hosts.alternating[pds as usize];
        *changes += 1;
        let law = match state {
            State::Up => &alternation.up,
            State::Down => &alternation.down,
        };
        let draw = self.counter.draw(Purpose::Outage, u64::from(pds), *changes);
        let time = now + law.draw(draw);
        self.schedule_effect(Pds(pds), time, Event::HostAlternates { pds });
    }

    /// A host with outages at random goes down or comes back.
    pub(super) fn alternate(&mut self, now: Time, pds: u32) {
        let (state, _) = &mut self.hosts.alternating[pds as usize];
        *state = match state {
            State::Up => State::Down,
            State::Down => State::Up,
        };
        match state {
            State::Up => self.bring_up(now, Pds(pds)),
            State::Down => self.take_down(now, Pds(pds)),
        }
        self.schedule_alternation(now, pds);
    }

    fn schedule_effect(&mut self, pds: Pds, time: Time, event: Event) {
        let process = &mut self.pdses[pds.0 as usize].process;
        let key = Key::new(time, Rank::TakesEffect, process.origin, process.next());
        self.calendar.push(key, event);
    }

    /// A PDS goes down, if it is up.
    pub(super) fn take_down(&mut self, now: Time, pds: Pds) {
        if self.hosts.change(pds, State::Down) {
            match &mut self.pdses[pds.0 as usize].inbox {
                Inbox::Sync => {}
                Inbox::Station(station) => station.pause(),
                Inbox::Docket(docket) => docket.pause(),
            }
            self.observer.observe(now, &Fact::HostDown(pds));
        }
    }

    /// A PDS comes back, if it is down: what waited for it goes on.
    pub(super) fn bring_up(&mut self, now: Time, pds: Pds) {
        if !self.hosts.change(pds, State::Up) {
            return;
        }
        self.observer.observe(now, &Fact::HostUp(pds));
        for event in self.hosts.waiting.remove(pds.0).unwrap_or_default() {
            self.schedule_at_pds(pds, now, event);
        }
        match &mut self.pdses[pds.0 as usize].inbox {
            Inbox::Sync => {}
            Inbox::Station(station) => {
                station.resume();
                self.start_waiting(now, pds);
            }
            Inbox::Docket(_) => self.resume_docket(now, pds),
        }
    }

    /// Every free worker of a station takes a message that waits.
    fn start_waiting(&mut self, now: Time, pds: Pds) {
        let next = |world: &mut Self| match &mut world.pdses[pds.0 as usize].inbox {
            Inbox::Station(station) => station.start_next(),
            Inbox::Sync | Inbox::Docket(_) => None,
        };
        while let Some(message) = next(self) {
            self.take(now, message, Rank::TakesEffect);
        }
    }

    /// Whether an event has to wait because the PDS that brings it about is down; it is kept.
    pub(super) fn has_to_wait(&mut self, event: Event) -> bool {
        let pds = match event {
            Event::Resend { message } | Event::Failure { message } => {
                self.flights[message].message.sender_pds
            }
            Event::Reaction { exposure, .. } => self.exposures[exposure].recipient_pds,
            _ => return false,
        };
        let waits = self.hosts.is_down(pds);
        if waits {
            self.put_off(pds, event);
        }
        waits
    }

    /// Keeps an event until the PDS is up.
    pub(super) fn put_off(&mut self, pds: Pds, event: Event) {
        let waiting = self.hosts.waiting.get_or_insert_with(pds.0, Vec::new);
        waiting.push(event);
    }

    /// An attempt finds the recipient's PDS down.
    pub(super) fn find_nobody(&mut self, now: Time, index: u32) {
        let message = self.flights[index].message;
        self.tell_failing(now, &message, Failing::HostDown);
        if !self.retry_of(&message).reacts() {
            return self.finish(now, index, Outcome::Lost);
        }
        let learns = match self.plan.failures.when_down {
            WhenDown::Timeout => now.max(message.sent + self.plan.timeout),
            WhenDown::Refused => {
                let attempt = u64::from(message.attempts);
                let draw = self.draw_for(Purpose::ResponseDelay, message.id, attempt);
                now + self.plan.delay.draw(draw)
            }
        };
        self.schedule_at_pds(
            message.sender_pds,
            learns,
            Event::Failure { message: index },
        );
    }

    /// Whether a partition keeps an attempt from its recipient's PDS.
    pub(super) fn is_cut_off(&mut self, now: Time, message: &Message) -> bool {
        let (from, to) = (message.sender_pds, message.recipient_pds);
        let is_cut = self.plan.failures.cuts(message.sent, from, to);
        if is_cut {
            self.tell_failing(now, message, Failing::CutOff);
        }
        is_cut
    }

    fn tell_failing(&mut self, now: Time, message: &Message, why: Failing) {
        self.observer.observe(now, &Fact::Failed { message, why });
    }

    /// A first attempt leaves: it earns a part of a retry.
    pub(super) fn earn_retry(&mut self, message: &Message) {
        let group = &self.plan.groups[usize::from(message.group.0)];
        if let Some(spec) = group.retry.budget() {
            let pool = (message.sender_pds.0, group.retry_pool);
            let budgets = &mut self.hosts.budgets;
            budgets
                .get_or_insert_with(pool, || Budget::new(spec))
                .earn(spec);
        }
    }

    /// Whether the budget of the sender's PDS pays for a retry; without one it always does.
    pub(super) fn can_afford_retry(&mut self, message: &Message) -> bool {
        let group = &self.plan.groups[usize::from(message.group.0)];
        let Some(spec) = group.retry.budget() else {
            return true;
        };
        let pool = (message.sender_pds.0, group.retry_pool);
        let budgets = &mut self.hosts.budgets;
        budgets
            .get_or_insert_with(pool, || Budget::new(spec))
            .pays()
    }
}
