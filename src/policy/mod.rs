//! What the recipient's PDS decides over a message: pure deciders.
//!
//! A policy sees [`Evidence`] and its own state, and answers with a [`Ruling`]. It never
//! schedules, never draws, and has no way to learn whether a message is spam.
//!
//! * [`Pipeline`]: the checks in the scenario's order.
//! * [`token`]: the verifier of service-auth tokens.
//! * [`BlockList`], [`ContactBook`], [`Correspondence`]: what people decided and wrote before.
//! * [`InvitationSpec`]: how many requests of strangers are held, and which one makes room.
//! * [`HostList`], [`Seen`]: whole PDSes that are refused, messages that were accepted before.
//! * [`IngressSpec`]: what is turned away before it is in the inbox.
//! * [`FailureSpec`]: what becomes of a message whose check cannot be made.
//! * [`limit`]: rate limits.

mod block;
mod contact;
mod correspondence;
mod cost;
mod dedup;
mod door;
mod failure;
mod host;
mod invitation;
pub mod limit;
mod pipeline;
pub mod token;

pub use block::BlockList;
pub use contact::{Basis, ContactBook, ContactRefusal, ContactSpec, Standing};
pub use correspondence::Correspondence;
pub use cost::{CheckCosts, CostPreset};
pub use dedup::{DedupSpec, Seen};
pub use door::{DoorLimitSpec, DoorRefusal, IngressSpec};
pub use failure::{FailureMode, FailureSpec, Failures};
pub use host::{HostList, HostSpec};
pub use invitation::{InvitationSpec, Purge, RequestOverflow, Room};
pub use pipeline::{
    ByClaims, CheckSet, Defences, Evidence, Labelled, Pipeline, PipelineSpec, Ruling, TokenJudge,
    Verdict,
};
