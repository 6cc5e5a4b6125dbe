//! The world: the life of a message, event by event.
//!
//! A message goes [`send`] -> [`ingress`] -> [`worker`] -> [`feedback`] -> [`labels`]; each step
//! emits its facts. A [`Plan`] is everything that does not change from one replication to the
//! next; a [`World`] is one replication in progress. State belongs to one PDS, one stream of
//! sends or one labeler; what one tells another is an event with its own origin.
//!
//! [`send`]: self#sending
//! [`ingress`]: self#arriving
//! [`worker`]: self#being-judged
//! [`feedback`]: self#afterwards
//! [`labels`]: self#labels

mod answers;
mod auth;
mod checks;
mod correspondence;
mod crash;
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
mod pending;
mod phase;
mod plan;
mod replies;
mod requests;
mod send;
mod state;
mod stepping;
mod whereabouts;
mod worker;
mod world;

pub use intervene::Action;
pub use phase::Phase;
pub use plan::{GroupPlan, Plan};
pub use world::{Status, World};
