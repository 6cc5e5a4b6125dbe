//! What happens to a message between two PDSes: delay, loss, and what the sender's PDS does
//! about a temporary failure; and how DIDs are resolved.

pub mod did;
mod path;
mod retry;

pub use path::NetworkSpec;
pub use retry::{Retry, RetrySpec};
