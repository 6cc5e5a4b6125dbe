//! Labelers: what they see, when they say so, and when each PDS learns of it.
//!
//! * [`SightSpec`], [`Sight`]: what makes a labeler look at a sender.
//! * [`LabelerSpec`], [`Bylaws`]: one labeler, as written and ready to run.
//! * [`LagSpec`]: from sight to label: a distribution, a profile, or triage by moderators.
//! * [`Desk`]: intake in batches, triage, emission caps.
//! * [`AppealSpec`]: labels that are taken back.
//! * [`Propagation`], [`Connection`], [`Answers`]: from the issue of a label to its being known at
//!   a PDS: stream, poll, cached query.
//! * [`LabelBoard`]: every label issued so far, for PDSes to look up.
//! * [`LabelsSpec`]: what PDSes make of labels: how many must agree, where they take effect.

mod answers;
mod appeal;
mod board;
mod connection;
mod desk;
mod emission;
mod intake;
mod lag;
mod propagation;
mod rule;
mod sight;
mod triage;
mod window;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use answers::{Answers, Need, News};
pub use appeal::{AppealDraws, AppealSpec, Appeals, ObjectionSpec};
pub use board::{Label, LabelBoard};
pub use connection::{Breaks, BreaksSpec, Connection};
pub use desk::{Bylaws, Desk, Lag};
pub use emission::{Emission, EmissionSpec};
pub use intake::{Admission, Intake, IntakeSpec, Sighting};
pub use lag::{LagSpec, Profile};
pub use propagation::{Bulletin, Propagation, PropagationSpec, next_poll};
pub use rule::{Enforcement, LabelRule, LabelsSpec};
pub use sight::{Glimpse, Notice, Sight, SightSpec};
pub use triage::{Triage, TriageSpec};
pub use window::Allowance;

use crate::rng::Distribution;
use crate::units::{Share, Span, UnitError};

/// One labeler, or one of a kind on every PDS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LabelerSpec {
    /// What makes it look at a sender.
    #[serde(default)]
    pub sees: SightSpec,
    /// Whether it looks at messages that wait as requests. Reports of requests reach it either way.
    #[serde(default, skip_serializing_if = "Requests::are_unseen")]
    pub requests: Requests,
    /// From sight to the issue of the label.
    pub lag: LagSpec,
    /// Chance that its verdict is right: a noticed spammer is labelled, a noticed honest sender is
    /// not. By default everybody who is noticed is labelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<Share>,
    /// How much it may publish; unlimited by default, but the default caps with `triage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emission: Option<EmissionSpec>,
    /// From the issue of a label to its expiry; labels are for ever by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Span>,
    /// Appeals against labels; none by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<AppealSpec>,
    /// From when on it does nothing any more; never by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dies: Option<Span>,
    /// From the issue to each PDS.
    #[serde(default)]
    pub propagation: PropagationSpec,
    /// For whom it works.
    #[serde(default, skip_serializing_if = "Scope::is_network")]
    pub scope: Scope,
}

/// Whether a labeler looks at messages that wait as requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Requests {
    /// It sees a message when it is delivered: once its recipient has accepted it.
    #[default]
    Unseen,
    /// It sees a request as it sees a delivery, at the instant from which it is held.
    Seen,
}

impl Requests {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes by reference"
    )]
    fn are_unseen(&self) -> bool {
        *self == Self::Unseen
    }
}

/// For whom a labeler works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// It sees the whole network, and every PDS may subscribe.
    #[default]
    Network,
    /// Every PDS has one of its own, which sees what that PDS receives and serves it alone.
    EachPds,
}

impl Scope {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes by reference"
    )]
    fn is_network(&self) -> bool {
        *self == Self::Network
    }
}

impl LabelerSpec {
    /// How much it may publish.
    pub fn emission(&self) -> EmissionSpec {
        self.emission.unwrap_or(match self.lag {
            LagSpec::Triage(_) => EmissionSpec::DEFAULT_CAPS,
            _ => EmissionSpec::Unlimited,
        })
    }

    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(String, UnitError)> {
        let below = |part: &'static str, faults: Vec<(&'static str, UnitError)>| {
            faults
                .into_iter()
                .map(move |(key, error)| (format!("{part}.{key}"), error))
        };
        let own = |faults: Vec<(&'static str, UnitError)>| {
            faults
                .into_iter()
                .map(|(key, error)| (key.to_owned(), error))
        };
        let mut faults: Vec<_> = below("sees", self.sees.faults()).collect();
        faults.extend(below("propagation", self.propagation.faults()));
        if let LagSpec::Triage(triage) = &self.lag {
            faults.extend(own(triage.faults()));
        }
        faults.extend(
            self.emission
                .into_iter()
                .flat_map(|spec| own(spec.faults())),
        );
        if self.expires.is_some_and(Span::is_zero) {
            let error = UnitError {
                fault: "a label that expires after 0s never counts".to_owned(),
                remedy: "write a longer span, or leave it out".to_owned(),
            };
            faults.push(("expires".to_owned(), error));
        }
        faults
    }

    /// The distributions that are written, with their keys below the labeler's.
    pub fn written_mut(&mut self) -> Vec<(String, &mut Distribution)> {
        let mut written = Vec::new();
        if let Some((key, law)) = self.lag.written_mut() {
            written.push((format!("lag{key}"), law));
        }
        for (key, law) in self.propagation.written_mut() {
            written.push((format!("propagation.{key}"), law));
        }
        for (key, law) in self.appeal.iter_mut().flat_map(AppealSpec::written_mut) {
            written.push((format!("appeal.{key}"), law));
        }
        written
    }
}
