//! The memory of a limit: one state per key in a bounded table.
//!
//! A state that decides as that of a key never seen need not be kept. The table is swept of such
//! keys whenever it has doubled since the last sweep, which no decision can notice and which costs
//! a constant per insertion. A table that is still full at its bound loses the sixteenth of its keys
//! that would have been forgotten soonest (ties: the smaller key); these evictions are counted. An
//! attacker who invents keys thus pushes out keys with little on their account, never one that is
//! deep in debt.

use crate::des::table::Table;
use crate::units::Time;

use super::rule::{Attempt, Decision, News, Rule};

/// Smaller tables are not worth a sweep.
const SMALLEST_SWEEP: usize = 64;

/// One limit's rule and what it remembers.
#[derive(Debug, Clone)]
pub struct Counters<R: Rule> {
    rule: R,
    states: Table<u64, R::State>,
    most: usize,
    sweep_at: usize,
    evicted: u64,
}

impl<R: Rule> Counters<R> {
    /// `rule` with an empty memory of at most `most` keys.
    pub fn new(rule: R, most: usize) -> Self {
        Self {
            rule,
            states: Table::new(),
            most,
            sweep_at: SMALLEST_SWEEP,
            evicted: 0,
        }
    }

    /// The rule.
    pub fn rule(&self) -> &R {
        &self.rule
    }

    /// Whether `attempt` conforms; changes nothing.
    pub fn ask(&self, key: u64, attempt: &Attempt) -> Decision {
        match self.states.get(key) {
            Some(state) => self.rule.ask(state, attempt),
            None => self.rule.ask(&R::State::default(), attempt),
        }
    }

    /// Counts `attempt`.
    pub fn charge(&mut self, key: u64, attempt: &Attempt) {
        match self.states.get_mut(key) {
            Some(state) => self.rule.charge(state, attempt),
            None => self.charge_new(key, attempt),
        }
    }

    /// Asks, and charges what passes (`even_refused`: whatever the answer) with one look-up.
    pub fn take(&mut self, key: u64, attempt: &Attempt, charging: Charging) -> Decision {
        if self.is_due_for_a_sweep() && self.becomes_known(key, attempt, charging) {
            self.make_room(attempt.now);
        }
        let rule = &self.rule;
        let known = |state: &mut R::State| {
            let decision = rule.ask(state, attempt);
            if charging.applies_to(decision) {
                rule.charge(state, attempt);
            }
            decision
        };
        let unknown = || {
            let mut state = R::State::default();
            let decision = known(&mut state);
            (decision, charging.applies_to(decision).then_some(state))
        };
        self.states.visit(key, known, unknown)
    }

    /// The earliest conforming instant of `attempt`.
    pub fn earliest(&self, key: u64, attempt: &Attempt) -> Option<Time> {
        match self.states.get(key) {
            Some(state) => self.rule.earliest(state, attempt),
            None => self.rule.earliest(&R::State::default(), attempt),
        }
    }

    /// How many attempts like this one the key would let pass at this instant, one after the other,
    /// at most `most`; and how many a key that was never seen would. Changes nothing.
    pub fn room(&self, key: u64, attempt: &Attempt, most: u64) -> (u64, u64) {
        let own = self.states.get(key).cloned().unwrap_or_default();
        let count = |mut state: R::State| {
            let mut passed = 0;
            while passed < most && self.rule.ask(&state, attempt).lets_pass() {
                self.rule.charge(&mut state, attempt);
                passed += 1;
            }
            passed
        };
        (count(own), count(R::State::default()))
    }

    /// Tells the rule what became of a message of `key`, where it is remembered.
    pub fn hear(&mut self, key: u64, news: &News) {
        if !R::HEARS {
            return;
        }
        if let Some(state) = self.states.get_mut(key) {
            self.rule.hear(state, news);
        }
    }

    /// How many keys are remembered.
    pub fn keys(&self) -> usize {
        self.states.len()
    }

    /// How many keys were forgotten for want of room.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Forgets the keys that decide as never seen. No later decision depends on it.
    pub fn sweep(&mut self, now: Time) {
        let rule = &self.rule;
        self.states.retain(|_, state| rule.fresh_at(state) > now);
        self.sweep_at = (2 * self.states.len()).max(SMALLEST_SWEEP);
    }

    fn charge_new(&mut self, key: u64, attempt: &Attempt) {
        if self.is_due_for_a_sweep() {
            self.make_room(attempt.now);
        }
        let mut state = R::State::default();
        self.rule.charge(&mut state, attempt);
        self.states.insert(key, state);
    }

    /// Whether the attempt makes a key known that is not.
    fn becomes_known(&self, key: u64, attempt: &Attempt, charging: Charging) -> bool {
        let fresh = R::State::default();
        !self.states.contains(key) && charging.applies_to(self.rule.ask(&fresh, attempt))
    }

    /// Whether another key needs room to be made first.
    fn is_due_for_a_sweep(&self) -> bool {
        self.states.len() >= self.sweep_at.min(self.most)
    }

    #[cold]
    fn make_room(&mut self, now: Time) {
        self.sweep(now);
        if self.states.len() >= self.most {
            self.evict();
        }
    }

    fn evict(&mut self) {
        let rule = &self.rule;
        let last = self.states.len() / 16;
        let before = self.states.len();
        if let Some(threshold) = self.states.nth_rank(last, |state| rule.fresh_at(state)) {
            self.states
                .retain(|key, state| (rule.fresh_at(state), key) > threshold);
        }
        self.evicted += u64::try_from(before - self.states.len()).expect("a count");
    }
}

/// Which attempts a layer charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charging {
    /// Those that the layer lets pass.
    Passed,
    /// All of them.
    All,
}

impl Charging {
    fn applies_to(self, decision: Decision) -> bool {
        self == Self::All || decision.lets_pass()
    }
}
