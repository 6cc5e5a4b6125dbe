//! What campaigns listen to: the answers to their requests, the labels on their identities.

use super::StreamPlan;
use crate::attack::{AttackSpec, Hears};
use crate::policy::limit::{LimitSet, Refusal};
use crate::scenario::ScenarioSpec;

/// Who must be told of what.
#[derive(Debug)]
pub(in crate::model) struct CampaignPlan {
    /// By stream: what it listens to.
    hears: Vec<Hears>,
    /// Whether any campaign listens to answers.
    pub(in crate::model) any_answers: bool,
    /// Whether any campaign listens to labels.
    pub(in crate::model) any_labels: bool,
    /// Bit mask of the layers at the recipient's PDS whose refusal is told in a 200.
    told: u64,
}

impl CampaignPlan {
    pub(in crate::model) fn new(
        spec: &ScenarioSpec,
        inbound: &LimitSet,
        streams: &[StreamPlan],
    ) -> Self {
        let hears: Vec<Hears> = streams
            .iter()
            .map(|stream| {
                stream
                    .attack
                    .as_ref()
                    .map_or(Hears::Nothing, AttackSpec::hears)
            })
            .collect();
        let names = inbound.names().iter().enumerate();
        let told = names.filter(|(_, name)| spec.limits[*name].refusal == Refusal::Status);
        Self {
            any_answers: hears.contains(&Hears::Answers),
            any_labels: hears.contains(&Hears::Labels),
            hears,
            told: told.fold(0, |mask, (layer, _)| mask | 1 << layer),
        }
    }

    /// Whether nobody listens to anything.
    pub(in crate::model) fn hear_nothing(&self) -> bool {
        !self.any_answers && !self.any_labels
    }

    /// What a stream listens to; nothing, if it is no campaign.
    pub(in crate::model) fn hears(&self, stream: usize) -> Hears {
        self.hears.get(stream).copied().unwrap_or(Hears::Nothing)
    }

    /// Whether a layer that refuses says so where a queue would have said nothing.
    pub(in crate::model) fn is_told(&self, layer: u8) -> bool {
        self.told >> layer & 1 == 1
    }
}
