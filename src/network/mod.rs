//! What happens to a message between two PDSes: delay, loss, hosts that are down, cut off or
//! slow, and what the sender's PDS does about a temporary failure; and how DIDs are resolved.

mod backoff;
mod budget;
pub mod did;
mod hosts;
mod jitter;
mod outage;
mod partition;
mod path;
mod retry;

pub use backoff::Retry;
pub use budget::{Budget, BudgetSpec};
pub use hosts::{PdsSet, unknown_pds};
pub use jitter::Jitter;
pub use outage::{
    Alternation, DailySpec, OutageSpec, OutagesSpec, RatesSpec, StartState, WhenDown,
};
pub use partition::{PartitionSpec, SlowSpec};
pub use path::NetworkSpec;
pub use retry::{AtprotoSpec, MailSpec, RetryAfter, RetrySpec};
