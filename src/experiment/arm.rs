//! One arm of an experiment: a scenario under a name, ready to be replicated.

use crate::labeler::PropagationSpec;
use crate::metrics::{Part, Shape};
use crate::model::Plan;
use crate::policy::ContactSpec;
use crate::protocol::{Check, Pds};
use crate::scenario::Scenario;
use crate::trace::TokenCheck;
use crate::units::cast;

/// A scenario under a name, with its plan.
#[derive(Debug)]
pub struct Arm {
    name: String,
    scenario: Scenario,
    plan: Plan,
    shape: Shape,
}

impl Arm {
    /// The arm `name` of an experiment; the single arm of a run is called `base`.
    pub fn new(name: impl Into<String>, scenario: Scenario) -> Self {
        let plan = Plan::new(&scenario);
        let shape = shape(&scenario, &plan);
        Self {
            name: name.into(),
            scenario,
            plan,
            shape,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scenario it runs.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Everything that its replications share.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the metrics know of it.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether its pipeline looks at tokens.
    pub(super) fn token_check(&self) -> TokenCheck {
        if self.scenario.spec.pipeline.order.contains(&Check::Token) {
            TokenCheck::InPipeline
        } else {
            TokenCheck::Absent
        }
    }
}

fn shape(scenario: &Scenario, plan: &Plan) -> Shape {
    let spec = &scenario.spec;
    let part = |is_there: bool| {
        if is_there {
            Part::Present
        } else {
            Part::Absent
        }
    };
    let subscribed =
        |labeler: &crate::labeler::LabelerSpec| labeler.propagation != PropagationSpec::None;
    Shape {
        warm_up: plan.warm_up(),
        horizon: plan.horizon(),
        accounts: (0..cast::id_u32(plan.pds_count()))
            .map(|pds| u64::from(plan.topology().addressable_on(Pds(pds))))
            .collect(),
        workers: plan.workers(),
        groups: plan
            .groups()
            .iter()
            .map(|group| group.name.clone())
            .collect(),
        layers: plan.layer_names().to_vec(),
        step: spec.output.time_series,
        reads: part(spec.senders.values().any(|senders| senders.read.is_some())),
        labels: part(spec.labelers.values().any(subscribed)),
        requests: part(matches!(spec.contact.rule, ContactSpec::Invitation { .. })),
        dids: part(spec.did.is_some()),
    }
}
