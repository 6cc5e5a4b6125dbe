//! Labelers: what they see, when they say so, and when each PDS learns of it.
//!
//! * [`SightSpec`], [`Sight`]: what makes a labeler look at a sender.
//! * [`LabelerSpec`]: sight, lag and propagation of one labeler.
//! * [`Propagation`]: from the issue of a label to its being known at a PDS.
//! * [`LabelBoard`]: every label issued so far, for PDSes to look up.

mod board;
mod propagation;
mod sight;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use board::LabelBoard;
pub use propagation::{Propagation, PropagationSpec};
pub use sight::{Notice, Sight, SightSpec};

use crate::rng::Distribution;

/// One labeler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LabelerSpec {
    /// What makes it look at a sender.
    #[serde(default)]
    pub sees: SightSpec,
    /// From sight to the issue of the label.
    pub lag: Distribution,
    /// From the issue to each PDS.
    #[serde(default)]
    pub propagation: PropagationSpec,
}
