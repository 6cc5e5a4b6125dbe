//! What the recipient's PDS decides over a message: pure deciders.
//!
//! A policy sees [`Evidence`] and its own state, and answers with a [`Ruling`]. It never
//! schedules, never draws, and has no way to learn whether a message is spam.
//!
//! * [`Pipeline`]: the checks in the scenario's order.
//! * [`token`]: the verifier of service-auth tokens.
//! * [`BlockList`], [`ContactBook`]: what recipients decided before.
//! * [`limit`]: rate limits.

mod block;
mod contact;
mod cost;
pub mod limit;
mod pipeline;
pub mod token;

pub use block::BlockList;
pub use contact::{Basis, ContactBook, ContactSpec, Standing};
pub use cost::{CheckCosts, CostPreset};
pub use pipeline::{
    ByClaims, CheckSet, Defences, Evidence, Labelled, Pipeline, PipelineSpec, Ruling, TokenJudge,
    Verdict,
};
