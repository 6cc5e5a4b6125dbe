//! Who exists and what honest people do: accounts on PDSes, sends, targets, reactions.
//!
//! * [`AccountsSpec`], [`Topology`]: how many accounts live where.
//! * [`Membership`]: which accounts a group of senders consists of.
//! * [`ArrivalsSpec`], [`SendStream`]: when somebody of a group sends.
//! * [`TargetSpec`], [`Targets`]: to whom.
//! * [`Zone`]: by which clock their day goes.
//! * [`ReactionSpec`], [`Reaction`]: whether and when a human reacts.

mod accounts;
mod apportion;
mod arrivals;
pub mod concentration;
mod contacts;
mod gaps;
mod membership;
mod profile;
mod reaction;
mod sends;
mod target;
mod topology;
mod zone;

pub use accounts::AccountsSpec;
pub use apportion::{apportion, apportion_real};
pub use arrivals::{ArrivalsSpec, Profile};
pub use contacts::ContactGraph;
pub use gaps::GapLaws;
pub use membership::{Membership, assign_identities, assign_members};
pub use reaction::{Reaction, ReactionSpec};
pub use sends::{ActiveSpan, ArrivalLaws, Demand, SendStream, UNIT_BITS};
pub use target::{TargetDraws, TargetSpec, Targets};
pub use topology::Topology;
pub use zone::Zone;
