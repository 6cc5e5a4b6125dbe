//! Whereabouts: where an account lives, how the sender's PDS finds out, and what happens when it is
//! wrong.
//!
//! An account that moves takes its blocks, contacts and requests along; limits, labels and caches
//! stay with the PDS. An attempt that reaches a PDS which the recipient has left is told so; the
//! sender's PDS then looks past its cache and sends again at once, if its retry policy has tries left.

use super::event::Event;
use super::send::Departure;
use super::state::InFlight;
use super::world::World;
use crate::network::did::{Answer, Ask, Changes, Ends, Found, Freshness, Source};
use crate::protocol::{
    Account, Directory, End, Fact, LookUp, Message, Observer, Outcome, Pds, Refusal,
};
use crate::rng::{Purpose, uniform};
use crate::units::{Span, Time, cast};

impl<O: Observer> World<'_, O> {
    /// Where an account lives at `time`.
    pub(super) fn home(&self, account: Account, time: Time) -> Pds {
        let topology = &self.plan.topology;
        let first = topology.pds_of(account);
        let Some(migration) = &self.plan.auth.migration else {
            return first;
        };
        if account.0 >= topology.addressable() {
            return first;
        }
        let draws = self.counter.key(Purpose::Migration);
        let moves = migration.count(draws, account.0, time);
        (1..=moves).fold(first, |home, number| {
            self.next_home(home, Changes::choice(draws, account.0, number))
        })
    }

    /// Any PDS but the present one, by size; the present one where there is no other.
    fn next_home(&self, home: Pds, draw: u64) -> Pds {
        let topology = &self.plan.topology;
        let (here, first) = (topology.size(home), topology.first_account(home).0);
        let others = topology.population() - here;
        if others == 0 {
            return home;
        }
        let place = cast::low_u32(uniform::index(draw, u64::from(others)));
        topology.pds_of(Account(if place < first { place } else { place + here }))
    }

    /// The PDS under whose number the state is kept that an account takes along when it moves.
    pub(super) fn keeper(&self, account: Account) -> usize {
        self.plan.topology.pds_of(account).0 as usize
    }

    /// Exchanges what belongs to the recipient with what lies at the PDS that he has moved to: before
    /// a ruling, and back after it.
    pub(super) fn bring_own_state(&mut self, message: &Message) {
        let (keeper, here) = (
            self.keeper(message.recipient),
            message.recipient_pds.0 as usize,
        );
        let Ok([own, there]) = self.pdses.get_disjoint_mut([keeper, here]) else {
            return;
        };
        std::mem::swap(&mut own.defences.blocks, &mut there.defences.blocks);
        std::mem::swap(&mut own.defences.contacts, &mut there.defences.contacts);
    }

    /// The sender's PDS finds the recipient's; the attempt leaves when it knows it. Otherwise says
    /// when the look-up failed.
    pub(super) fn find_recipient(&mut self, now: Time, message: &mut Message) -> Result<(), Time> {
        if !self.plan.auth.finds_recipients() {
            return Ok(());
        }
        if self.is_forged(message) || self.plan.auth.did_at(Ends::Sender).is_none() {
            message.recipient_pds = self.home(message.recipient, message.sent);
            return Ok(());
        }
        let found = self.look_up_recipient(now, message, message.sent, Freshness::Any);
        let Answer::Document(as_of) = found.answer else {
            return Err(found.ready);
        };
        message.recipient_pds = self.home(message.recipient, as_of);
        if found.ready > message.sent {
            message.sent = found.ready;
            message.token = self.mint(found.ready, message);
        }
        Ok(())
    }

    fn look_up_recipient(
        &mut self,
        now: Time,
        message: &Message,
        start: Time,
        freshness: Freshness,
    ) -> Found {
        let did = self.plan.auth.did.as_ref().expect("there is a [did] table");
        let place = match freshness {
            Freshness::Any => 2,
            Freshness::Forced => 3,
        };
        let ordinal = u64::from(message.attempts) << 2 | place;
        let ask = Ask {
            now: start,
            account: message.recipient.0,
            source: Source::Plc,
            freshness,
            draw: self.draw_for(Purpose::DidLookup, message.id, ordinal),
        };
        let found = self.auth.resolvers[message.sender_pds.0 as usize].look_up(did, ask);
        let look_up = LookUp {
            end: End::Sender,
            directory: Directory::Plc,
            kind: found.kind,
            waited: found.ready.since(start),
        };
        self.observer
            .observe(now, &Fact::LookedUp { message, look_up });
        found
    }

    /// The recipient could not be found: a temporary failure, known at `at`.
    pub(super) fn lose_recipient(
        &mut self,
        now: Time,
        message: &Message,
        departure: Departure,
        at: Time,
    ) {
        if let Departure::Counted(request) = departure {
            let request = self.in_transit.insert(request);
            self.schedule_at_pds(message.sender_pds, at, Event::HandedOver { request });
        }
        if !self.retry_of(message).reacts() {
            self.auth.forget(message);
            let outcome = Outcome::Refused(Refusal::Did);
            return self
                .observer
                .observe(now, &Fact::Finished { message, outcome });
        }
        let index = self.flights.insert(InFlight::under_way(message));
        self.schedule_at_pds(message.sender_pds, at, Event::Failure { message: index });
    }

    /// Whether the recipient of an attempt that arrives for the first time has moved away.
    pub(super) fn has_left(&self, now: Time, message: &Message) -> bool {
        self.plan.auth.migration.is_some()
            && message.rescheduled.is_zero()
            && self.home(message.recipient, now) != message.recipient_pds
    }

    /// The sender's PDS hears that the recipient is not where it thought: it looks past its cache and
    /// sends again, or the message ends here.
    pub(super) fn look_again(&mut self, now: Time, index: u32) {
        let message = self.flights[index].message;
        let Some(wait) = self.next_wait(now, &message, Span::ZERO) else {
            return self.finish(now, index, Outcome::Refused(Refusal::NotHere));
        };
        let mut at = now;
        if self.plan.auth.did_at(Ends::Sender).is_some() {
            let found = self.look_up_recipient(now, &message, now, Freshness::Forced);
            at = match found.answer {
                Answer::Document(_) => found.ready,
                Answer::Gone | Answer::Unreachable => found.ready + wait,
            };
        }
        self.observer.observe(
            now,
            &Fact::RetryScheduled {
                message: &message,
                after: at.since(now),
            },
        );
        self.schedule_at_pds(message.sender_pds, at, Event::Resend { message: index });
    }
}
