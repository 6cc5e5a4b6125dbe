//! A retry budget: a PDS may retry only a share of what it sends.
//!
//! ```text
//! a first attempt earns  share  tokens, up to  burst
//! a retry costs          1      token, and is not made without
//! ```
//!
//! So retries <= burst + share x first attempts, whatever fails: the load that a broken receiver
//! sees grows by the factor 1 + share at most, instead of by the number of tries.
//!
//! Source: the retry budgets of Finagle (20 % and a reserve) and Envoy; the token ratio of gRPC's
//! retry throttling (proposal A6). Tokens are integers of a millionth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Share, UnitError, cast};

/// Parameters of a retry budget.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BudgetSpec {
    /// Retries that a first attempt earns; 20 % by default, as in Finagle.
    #[serde(default = "default_share")]
    pub share: Share,
    /// Most retries saved up, and what a PDS starts with.
    #[serde(default = "default_burst")]
    pub burst: u32,
}

fn default_share() -> Share {
    Share::new(0.2).expect("a share")
}

fn default_burst() -> u32 {
    10
}

impl BudgetSpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        if self.burst > 0 {
            return Vec::new();
        }
        let fault = "a budget that saves nothing up never pays for a retry".to_owned();
        let remedy = "write burst = 1 or more, or retry = \"none\"".to_owned();
        vec![("burst", UnitError { fault, remedy })]
    }
}

/// The tokens of one PDS, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    tokens: u64,
}

const TOKEN: u64 = 1_000_000;

impl Budget {
    /// A full budget.
    pub fn new(spec: BudgetSpec) -> Self {
        Self { tokens: most(spec) }
    }

    /// A first attempt leaves.
    pub fn earn(&mut self, spec: BudgetSpec) {
        let earned = cast::f64_floor(spec.share.value() * cast::count_to_f64(TOKEN) + 0.5);
        self.tokens = (self.tokens + earned).min(most(spec));
    }

    /// Pays for a retry, if there is a token.
    pub fn pays(&mut self) -> bool {
        let left = self.tokens.checked_sub(TOKEN);
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }
}

fn most(spec: BudgetSpec) -> u64 {
    u64::from(spec.burst) * TOKEN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_the_burst_and_a_share_of_the_sends() {
        // A retry is wanted after every one of 1,000 sends: 10 saved up + 20 % of 1,000, of which
        // the first send earns nothing because the budget is full.
        let spec = BudgetSpec {
            share: default_share(),
            burst: 10,
        };
        let mut budget = Budget::new(spec);
        let paid = (0..1_000).filter(|_| {
            budget.earn(spec);
            budget.pays()
        });
        assert_eq!(paid.count(), 209);
    }

    #[test]
    fn an_idle_budget_saves_up_no_more_than_its_burst() {
        let spec = BudgetSpec {
            share: Share::ONE,
            burst: 3,
        };
        let mut budget = Budget::new(spec);
        (0..100).for_each(|_| budget.earn(spec));
        assert_eq!((0..100).filter(|_| budget.pays()).count(), 3);
    }
}
