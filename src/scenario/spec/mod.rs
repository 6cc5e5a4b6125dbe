//! The specs of a scenario file: what may be written, with its defaults.
//!
//! Specs of a part live with the part (`policy::PipelineSpec`, `network::NetworkSpec`); here are
//! those that belong to the scenario as a whole.

mod auth;
mod contact;
mod expect;
mod inbox;
mod intervene;
mod output;
mod pds;
mod replications;
mod run;
mod senders;
mod warmup;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(in crate::scenario) use auth::auth_laws;
pub use auth::{Audience, AuthSpec, ClockDirection};
pub use contact::ContactTable;
pub use expect::{Bound, ExpectSpec};
pub use inbox::{Crashes, InboxSpec, SyncSpec};
pub use intervene::{
    ACTIONS, ActionSpec, InterventionSpec, LabelSpec, PairSpec, SendSpec, UpDownSpec,
};
pub use output::{EventsSpec, HistogramsSpec, OutputSpec};
pub use pds::{PdsSpec, TraceSpec};
pub use replications::{ReplicationsSpec, SequentialSpec};
pub use run::{RunSpec, SteadyStateSpec};
pub use senders::{Home, SendersSpec};
pub use warmup::WarmupSpec;

use crate::labeler::{LabelerSpec, LabelsSpec};
use crate::network::NetworkSpec;
use crate::network::did::{DidSpec, MigrationSpec};
use crate::policy::limit::{ChargingSpec, LayerSpec};
use crate::policy::{DedupSpec, HostSpec, IngressSpec, PipelineSpec};

/// The version of the scenario format.
pub const SCHEMA: u32 = 1;

/// A whole scenario file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ScenarioSpec {
    /// Version of the format: 1.
    pub schema: u32,
    /// Short name; the folder of the results.
    pub name: String,
    /// The question that the scenario answers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// How long, how often, from which seed.
    #[serde(default)]
    pub run: RunSpec,
    /// Delay and loss between PDSes.
    #[serde(default)]
    pub network: NetworkSpec,
    /// The PDSes and their accounts.
    #[serde(default)]
    pub pds: PdsSpec,
    /// Service-auth tokens.
    #[serde(default)]
    pub auth: AuthSpec,
    /// How DIDs are resolved; at once and rightly without the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did: Option<DidSpec>,
    /// Accounts move to other PDSes; they stay without the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<MigrationSpec>,
    /// The door of every PDS, before its inbox.
    #[serde(default, skip_serializing_if = "IngressSpec::is_default")]
    pub ingress: IngressSpec,
    /// The inbox of every PDS.
    #[serde(default)]
    pub inbox: InboxSpec,
    /// The checks, their order and their cost.
    #[serde(default)]
    pub pipeline: PipelineSpec,
    /// Whole PDSes that are refused, for the check `host`.
    #[serde(default, skip_serializing_if = "HostSpec::is_default")]
    pub host: HostSpec,
    /// The memory of the check `dedup`.
    #[serde(default, skip_serializing_if = "DedupSpec::is_default")]
    pub dedup: DedupSpec,
    /// The rule of first contact.
    #[serde(default)]
    pub contact: ContactTable,
    /// Rate limits by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, LayerSpec>,
    /// How several limits charge together.
    #[serde(default)]
    pub limits_charging: ChargingSpec,
    /// Groups of senders by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub senders: BTreeMap<String, SendersSpec>,
    /// Labelers by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labelers: BTreeMap<String, LabelerSpec>,
    /// What PDSes make of labels.
    #[serde(default, skip_serializing_if = "LabelsSpec::is_default")]
    pub labels: LabelsSpec,
    /// A trace of messages to replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceSpec>,
    /// What somebody does to the network at instants of virtual time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intervene: Vec<InterventionSpec>,
    /// What is written beside the summary.
    #[serde(default)]
    pub output: OutputSpec,
    /// What the results are expected to be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expect: BTreeMap<String, ExpectSpec>,
}
