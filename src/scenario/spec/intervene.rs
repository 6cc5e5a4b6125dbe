//! `[[intervene]]`: what somebody does to the network at an instant of virtual time.
//!
//! Each entry has an instant and one action. Accounts are named by their group and their number in
//! it, from 0 (`"people/3"`), or by their id in the trace.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protocol::{Class, Defect};
use crate::units::Span;

/// One intervention: an instant and one action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct InterventionSpec {
    /// When, from the start of the run.
    pub at: Span,
    /// An account writes to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<SendSpec>,
    /// A recipient blocks a sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<PairSpec>,
    /// A recipient accepts a sender: what is held of him is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<PairSpec>,
    /// A recipient rejects what is held of a sender, and blocks him.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject: Option<PairSpec>,
    /// A labeler labels an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<LabelSpec>,
    /// A labeler takes its label on an account back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlabel: Option<LabelSpec>,
    /// A PDS goes down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down: Option<UpDownSpec>,
    /// A PDS comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<UpDownSpec>,
    /// Every PDS changes its policy: dotted keys of `limits`, `limits-charging.mode`, `contact`,
    /// `pipeline.order` and `auth` with their new values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub set: BTreeMap<String, toml::Value>,
}

/// Who writes to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SendSpec {
    /// The sender.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// Ground truth; that of the sender's group by default, ham for a sender of the trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// How many messages at once.
    #[serde(default = "one")]
    pub count: u32,
    /// A claim of their tokens that does not hold; that of the sender's group by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Defect>,
    /// What they say; nothing depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

fn one() -> u32 {
    1
}

/// A recipient and the sender that he decides about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PairSpec {
    /// Who decides.
    pub who: String,
    /// About whom.
    pub whom: String,
}

/// A label on an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LabelSpec {
    /// The account.
    pub account: String,
    /// The labeler's name; the only labeler by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labeler: Option<String>,
}

/// A PDS of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UpDownSpec {
    /// Its number, from 0.
    pub pds: u32,
}

/// What an intervention does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ActionSpec<'s> {
    /// See [`InterventionSpec::send`].
    Send(&'s SendSpec),
    /// See [`InterventionSpec::block`].
    Block(&'s PairSpec),
    /// See [`InterventionSpec::accept`].
    Accept(&'s PairSpec),
    /// See [`InterventionSpec::reject`].
    Reject(&'s PairSpec),
    /// See [`InterventionSpec::label`].
    Label(&'s LabelSpec),
    /// See [`InterventionSpec::unlabel`].
    Unlabel(&'s LabelSpec),
    /// See [`InterventionSpec::down`].
    Down(UpDownSpec),
    /// See [`InterventionSpec::up`].
    Up(UpDownSpec),
    /// See [`InterventionSpec::set`].
    Set(&'s BTreeMap<String, toml::Value>),
}

/// The keys of the actions.
pub const ACTIONS: [&str; 9] = [
    "send", "block", "accept", "reject", "label", "unlabel", "down", "up", "set",
];

impl InterventionSpec {
    /// An instant, and nothing that is done at it yet.
    pub const fn at(at: Span) -> Self {
        Self {
            at,
            send: None,
            block: None,
            accept: None,
            reject: None,
            label: None,
            unlabel: None,
            down: None,
            up: None,
            set: BTreeMap::new(),
        }
    }

    /// Every action that is written with its key; a sound intervention has exactly one.
    pub fn actions(&self) -> Vec<(&'static str, ActionSpec<'_>)> {
        let all = [
            self.send.as_ref().map(ActionSpec::Send),
            self.block.as_ref().map(ActionSpec::Block),
            self.accept.as_ref().map(ActionSpec::Accept),
            self.reject.as_ref().map(ActionSpec::Reject),
            self.label.as_ref().map(ActionSpec::Label),
            self.unlabel.as_ref().map(ActionSpec::Unlabel),
            self.down.map(ActionSpec::Down),
            self.up.map(ActionSpec::Up),
            (!self.set.is_empty()).then_some(ActionSpec::Set(&self.set)),
        ];
        let named = ACTIONS.into_iter().zip(all);
        named
            .filter_map(|(name, action)| action.map(|action| (name, action)))
            .collect()
    }
}
