//! The words of the AT Protocol and of the inbox proposal, without behaviour over time.
//!
//! * [`Account`], [`Pds`], [`Group`], [`MessageId`]: who and what, as small integers.
//! * [`Message`]: one message on its way, with the instants of its last attempt.
//! * [`Token`], [`Defect`]: the claims of a service-auth token.
//! * [`Check`], [`Refusal`], [`Outcome`]: what the recipient's PDS looks at and what becomes of
//!   a message.
//! * [`Sight`]: what a worker sees when it takes a message.
//! * [`service_auth`]: real service-auth tokens, minted and verified.
//! * [`Fact`], [`Observer`]: everything worth measuring, and who listens; [`Partial`] where a run
//!   is divided.

mod check;
mod fact;
mod id;
mod message;
mod outcome;
mod partial;
pub mod service_auth;
mod sight;
mod token;

pub use check::Check;
pub use fact::{
    Directory, Effect, End, Fact, Failing, LabelEnd, LabelKnown, LookUp, LookUpKind, Observer,
    Stage,
};
pub use id::{Account, Class, Group, LabelerId, MessageId, Pds};
pub use message::Message;
pub use outcome::{Outcome, Refusal, TokenRefusal};
pub use partial::Partial;
pub use sight::{
    BlockSight, ContactSight, CopySight, HostSight, LabelSight, LayerSight, MOST_ROOM, Sight,
};
pub use token::{Defect, Token};

/// The lexicon method that the proposal's endpoint answers to.
///
/// Source: the proof of concept of the incoming message queue.
pub const SEND_MESSAGE: &str = "dev.pds.inbox.sendMessage";
