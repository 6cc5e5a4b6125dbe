//! `[labels]`: what PDSes make of the labels they know.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Span, UnitError};

/// What PDSes make of labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LabelsSpec {
    /// How many labelers must call a sender a spammer for a PDS to believe it.
    pub rule: LabelRule,
    /// Where labels take effect.
    pub enforcement: Vec<Enforcement>,
    /// How often a PDS looks for labels on its own accounts, for `"sender"`; each PDS at a phase
    /// of its own.
    pub takedown_poll: Span,
}

/// How many labelers must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum LabelRule {
    /// One is enough.
    #[default]
    Any,
    /// So many of those that the PDS subscribes to.
    KOfN {
        /// How many.
        k: u32,
    },
}

/// Where labels take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcement {
    /// At the recipient's PDS: the check `label` refuses messages of labelled senders.
    Recipient,
    /// At the sender's PDS: it takes the account down, which then sends nothing. A PDS of the
    /// spammers' own does not.
    Sender,
    /// In the recipient's inbox: delivered messages that were not read when the label became known
    /// are removed; what was read before is exposure.
    CleanUp,
}

impl Default for LabelsSpec {
    fn default() -> Self {
        Self {
            rule: LabelRule::Any,
            enforcement: vec![Enforcement::Recipient],
            takedown_poll: Span::from_s(30),
        }
    }
}

impl LabelsSpec {
    /// Whether it is what is given without being written.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether labels take effect there.
    pub fn acts(&self, at: Enforcement) -> bool {
        self.enforcement.contains(&at)
    }

    /// How many labelers must agree.
    pub fn needed(&self) -> u32 {
        match self.rule {
            LabelRule::Any => 1,
            LabelRule::KOfN { k } => k,
        }
    }

    /// What is wrong, where PDSes subscribe to `labelers`: the key and the error.
    pub fn faults(&self, labelers: u32) -> Vec<(&'static str, UnitError)> {
        let mut faults = Vec::new();
        let mut fault = |key, fault: String, remedy: &str| {
            let remedy = remedy.to_owned();
            faults.push((key, UnitError { fault, remedy }));
        };
        if let LabelRule::KOfN { k } = self.rule {
            if k == 0 {
                let text = "a rule of 0 labelers calls everybody a spammer".to_owned();
                fault("rule.k-of-n.k", text, "write 1 or more");
            } else if k > labelers {
                let text = format!("{k} of {labelers} labelers can never agree");
                fault(
                    "rule.k-of-n.k",
                    text,
                    "write fewer, or more tables [labelers.NAME]",
                );
            }
        }
        if self.takedown_poll.is_zero() {
            let text = "a poll every 0s never ends".to_owned();
            fault("takedown-poll", text, "write a span such as \"30s\"");
        }
        faults
    }
}
