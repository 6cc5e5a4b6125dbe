//! What a sender's PDS does about a temporary failure: a full inbox, a lost attempt, a host that
//! is down.
//!
//! ```text
//! wait before attempt k + 1 = jitter(min(cap, base x 2^(k - 1)))
//! ```
//!
//! `atproto`: up to 3 tries, 100 ms * 2^n apart, capped at 1 s, with a jitter of 15 %. Source:
//! `retryHttp` of the package @atproto/common.
//!
//! `mail`: from 5 min to 66 min apart, for 5 days. Source: the default back-off (300 s to 4,000 s)
//! and queue lifetime (5 d) of the Postfix mail server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BudgetSpec, Jitter};
use crate::protocol::Class;
use crate::units::{Share, Span, UnitError};

/// A retry policy.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum RetrySpec {
    /// The first failure is final, as in the proof of concept.
    #[default]
    None,
    /// Exponential back-off, as the reference implementation does.
    Atproto(AtprotoSpec),
    /// Exponential back-off over days, as mail servers do.
    Mail(MailSpec),
}

/// Parameters of back-off as the reference implementation does it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AtprotoSpec {
    /// Attempts in all.
    pub tries: u16,
    /// Wait after the first failure; doubles with each.
    pub base: Span,
    /// Longest wait.
    pub cap: Span,
    /// The wait varies by this share to either side; "full": anywhere from nothing to the wait.
    pub jitter: Jitter,
    /// No attempt is made when the message is older; no such bound by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Span>,
    /// Whether an answer with Retry-After is waited for; by default honest senders do, spammers
    /// do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<RetryAfter>,
    /// Retries as a share of sends, per PDS; unlimited by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetSpec>,
}

impl Default for AtprotoSpec {
    fn default() -> Self {
        Self {
            tries: 3,
            base: Span::from_ms(100),
            cap: Span::from_s(1),
            jitter: Jitter::Share(Share::new(0.15).expect("a share")),
            lifetime: None,
            retry_after: None,
            budget: None,
        }
    }
}

/// Parameters of back-off as mail servers do it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct MailSpec {
    /// Attempts in all; as many as fit into the lifetime by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u16>,
    /// Wait after the first failure; doubles with each.
    pub base: Span,
    /// Longest wait.
    pub cap: Span,
    /// The wait varies by this share to either side; "full": anywhere from nothing to the wait.
    pub jitter: Jitter,
    /// No attempt is made when the message is older.
    pub lifetime: Span,
    /// Whether an answer with Retry-After is waited for; by default honest senders do, spammers
    /// do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<RetryAfter>,
    /// Retries as a share of sends, per PDS; unlimited by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetSpec>,
}

impl Default for MailSpec {
    fn default() -> Self {
        Self {
            tries: None,
            base: Span::from_s(5 * 60),
            cap: Span::from_s(66 * 60),
            jitter: Jitter::Share(Share::ZERO),
            lifetime: Span::from_s(5 * 86_400),
            retry_after: None,
            budget: None,
        }
    }
}

/// What a sender's PDS makes of Retry-After.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RetryAfter {
    /// It waits for as long as asked, if that is longer than its own wait.
    Honour,
    /// It waits its own wait.
    Ignore,
}

impl RetryAfter {
    /// What a sender of the class does where nothing is said.
    pub fn habit_of(class: Class) -> Self {
        match class {
            Class::Ham => Self::Honour,
            Class::Spam => Self::Ignore,
        }
    }
}

impl RetrySpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(String, UnitError)> {
        let (kind, tries, waits, budget) = match self {
            Self::None => return Vec::new(),
            Self::Atproto(spec) => (
                "atproto",
                Some(spec.tries),
                (spec.base, spec.cap),
                spec.budget,
            ),
            Self::Mail(spec) => ("mail", spec.tries, (spec.base, spec.cap), spec.budget),
        };
        let mut found = Vec::new();
        let mut add = |key: &str, fault: String, remedy: String| {
            found.push((format!("{kind}.{key}"), UnitError { fault, remedy }));
        };
        if tries == Some(0) {
            let fault = "a message that is tried 0 times is never sent".to_owned();
            add("tries", fault, "write 1 or more".to_owned());
        }
        let (base, cap) = waits;
        if cap < base {
            let fault = format!("the longest wait of {cap} is below the first one of {base}");
            add("cap", fault, format!("write {base} or more"));
        }
        for (key, error) in budget.map_or_else(Vec::new, |budget| budget.faults()) {
            add(&format!("budget.{key}"), error.fault, error.remedy);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_parameters_are_named() {
        let keys = |spec: RetrySpec| -> Vec<String> {
            spec.faults().into_iter().map(|(key, _)| key).collect()
        };
        let atproto = AtprotoSpec {
            tries: 0,
            cap: Span::from_ms(50),
            budget: Some(BudgetSpec {
                share: Share::ONE,
                burst: 0,
            }),
            ..AtprotoSpec::default()
        };
        assert_eq!(
            keys(RetrySpec::Atproto(atproto)),
            ["atproto.tries", "atproto.cap", "atproto.budget.burst"]
        );
        assert!(keys(RetrySpec::Atproto(AtprotoSpec::default())).is_empty());
        assert!(keys(RetrySpec::Mail(MailSpec::default())).is_empty());
    }
}
