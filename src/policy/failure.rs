//! What becomes of a message when a check cannot be made: its store does not answer.
//!
//! * `open`: as if the check had passed.
//! * `closed`: refused, with the outcome `refused.CHECK.unavailable`.
//! * `temporary`: a synchronous inbox answers 503; a queued message goes back to its queue for
//!   another try after a pause, and is refused like `closed` when its tries are used up.
//!
//! The check costs its time in each case.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protocol::Check;
use crate::units::{Share, Span, UnitError};

/// How often a check fails, and what then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FailureSpec {
    /// Chance that the check cannot be made, for each message and try anew.
    pub chance: Share,
    /// What becomes of the message then.
    pub mode: FailureMode,
    /// For `temporary`: how often a queued message is tried in all; 3 by default (guess).
    #[serde(default = "default_tries")]
    pub tries: u8,
    /// For `temporary`: how long a queued message pauses before its next try; 1s by default
    /// (guess).
    #[serde(default = "default_pause")]
    pub pause: Span,
}

fn default_tries() -> u8 {
    3
}

fn default_pause() -> Span {
    Span::from_s(1)
}

/// What becomes of a message whose check cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureMode {
    /// It passes the check.
    Open,
    /// It is refused.
    Closed,
    /// It is tried again later.
    Temporary,
}

impl FailureSpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        if self.tries == 0 {
            let fault = "a message that is tried 0 times is never judged".to_owned();
            let remedy = "write 1 or more".to_owned();
            return vec![("tries", UnitError { fault, remedy })];
        }
        Vec::new()
    }
}

/// The failures of a scenario, by check.
pub type Failures = BTreeMap<Check, FailureSpec>;
