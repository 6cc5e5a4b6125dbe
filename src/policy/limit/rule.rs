//! What every rate limit is: a pure rule over a small state.
//!
//! A rule is asked first and charged afterwards, so that several layers can be charged all or none.
//! Asking never changes a state. Time is an argument.

use crate::units::{Span, Time};

/// One message as a rule sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The instant at which the worker took the message.
    pub now: Time,
    /// What the message costs in this layer, at least 1.
    pub cost: u64,
    /// Age of the sender's account, where the layer's PDS knows it.
    pub age: Option<Span>,
    /// The sender.
    pub sender: u32,
    /// The recipient.
    pub recipient: u32,
}

/// A rule's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The message conforms.
    Admit,
    /// It does not. [`Rule::earliest`] says when it would.
    Refuse,
    /// It conforms if it is held back until this later instant.
    Delay {
        /// When it may go on.
        until: Time,
    },
}

impl Decision {
    /// `Admit` where `conforms` holds, else `Refuse`.
    pub fn admit_if(conforms: bool) -> Self {
        if conforms { Self::Admit } else { Self::Refuse }
    }

    /// Whether the message goes on, now or later.
    pub fn lets_pass(self) -> bool {
        !matches!(self, Self::Refuse)
    }
}

/// What a rule is told after its decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The message was charged, but another layer of the same check refused it.
    Withdrawn(Attempt),
    /// The message that was admitted is no longer in hand.
    Released(Attempt),
    /// A recipient complained about a message of this key.
    Complaint {
        /// When.
        now: Time,
    },
    /// A first contact was accepted, rejected or forgotten: it is no longer outstanding.
    Answered {
        /// Who wrote.
        sender: u32,
        /// Who answered.
        recipient: u32,
    },
}

/// A rate limit: its parameters are `self`, what it remembers of one key is a `State`.
pub trait Rule: Clone {
    /// What is kept for one key; the default is that of a key never seen.
    type State: Clone + Default + std::fmt::Debug;

    /// Whether [`Rule::hear`] does anything.
    const HEARS: bool = false;

    /// Whether `attempt` conforms. Changes nothing.
    fn ask(&self, state: &Self::State, attempt: &Attempt) -> Decision;

    /// Counts `attempt`, whether it conformed or not.
    fn charge(&self, state: &mut Self::State, attempt: &Attempt);

    /// The earliest instant, not before `attempt.now`, at which the same attempt conforms if nothing
    /// else happens to the key; `None` where time alone does not help.
    fn earliest(&self, state: &Self::State, attempt: &Attempt) -> Option<Time>;

    /// The instant from which on the state decides as that of a key never seen, if nothing else
    /// happens to the key; [`Time::NEVER`] where time alone does not bring that about.
    fn fresh_at(&self, state: &Self::State) -> Time;

    /// Learns what became of a message.
    fn hear(&self, _state: &mut Self::State, _news: &News) {}
}
