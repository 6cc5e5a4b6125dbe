//! What there is to see at the instant.

use crate::experiment::Arm;
use crate::experiment::session::{Light, Minted, Seen};
use crate::protocol::Check;
use crate::trace::Life;
use crate::units::Time;

/// What there is to see.
#[derive(Clone, Copy)]
pub struct Scene<'s> {
    /// The scenario with what was done.
    pub arm: &'s Arm,
    /// What was seen so far.
    pub seen: &'s Seen,
    /// The life of the chosen message, where it is written.
    pub life: Option<&'s Life>,
    /// Its checks as lamps.
    pub lights: &'s [(Check, Light)],
    /// Its token, where it is looked at.
    pub minted: Option<&'s Minted>,
    /// The instant of the next event.
    pub next: Option<Time>,
    /// The events that the last advance of the clock took.
    pub events: u64,
}
