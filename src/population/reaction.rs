//! Human reactions: whether and when somebody reads, reports, blocks or accepts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rng::{Distribution, Law};
use crate::units::{Share, Span};

/// A human reaction: a chance and a delay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReactionSpec {
    /// Chance that it happens.
    pub chance: Share,
    /// From delivery to the reaction; at once by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Distribution>,
}

/// A reaction at run time.
#[derive(Debug, Clone)]
pub struct Reaction {
    chance: Share,
    after: Option<Law>,
}

impl Reaction {
    /// A reaction that follows `spec`; `after` is the law of its delay.
    pub fn new(spec: &ReactionSpec, after: Option<Law>) -> Self {
        Self {
            chance: spec.chance,
            after,
        }
    }

    /// The chance that it happens.
    pub fn chance(&self) -> Share {
        self.chance
    }

    /// Whether and after which span a human reacts, from one uniform draw each.
    ///
    /// The second draw is asked for only where the reaction happens.
    pub fn decide(&self, chance: u64, after: impl FnOnce() -> u64) -> Option<Span> {
        self.chance.hits(chance).then(|| {
            self.after
                .as_ref()
                .map_or(Span::ZERO, |law| law.draw(after()))
        })
    }
}
