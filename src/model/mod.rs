//! The world: the life of a message, event by event.
//!
//! A message goes [`send`] -> [`ingress`] -> [`worker`] -> [`feedback`] -> [`labels`]; each step
//! emits its facts. A [`Plan`] is everything that does not change from one replication to the
//! next; a [`World`] is one replication in progress. State belongs to one PDS, one stream of
//! sends or one labeler; what one tells another is an event with its own origin.
//!
//! A run can be [`Divided`]: each [`Shard`] runs some PDSes through windows of time in which nothing
//! that happens elsewhere can reach them, and an [`Office`] does between the windows what concerns
//! all.
//!
//! [`send`]: self#sending
//! [`ingress`]: self#arriving
//! [`worker`]: self#being-judged
//! [`feedback`]: self#afterwards
//! [`labels`]: self#labels

mod answers;
mod apart;
mod auth;
mod checks;
mod correspondence;
mod crash;
mod divided;
mod division;
mod docket;
mod door;
mod enforcement;
mod event;
mod failures;
mod false_report;
mod feedback;
mod ingress;
mod inspect;
mod intervene;
mod labels;
mod lookahead;
mod office;
mod pending;
mod phase;
mod plan;
mod replies;
mod requests;
mod returns;
mod send;
mod shard;
mod state;
mod stepping;
mod whereabouts;
mod worker;
mod world;

pub use divided::{Divided, Whole};
pub use division::{Division, Indivisible};
pub use intervene::Action;
pub use office::Office;
pub use phase::Phase;
pub use plan::{GroupPlan, Plan};
pub use shard::Shard;
pub use world::{Status, World};
