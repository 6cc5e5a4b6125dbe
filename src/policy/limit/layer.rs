//! A layer as written in a scenario: an algorithm, whom it counts, where, what, and what a refusal
//! does.

use serde::{Deserialize, Serialize};

use crate::units::Span;

use super::algorithm::{Counting, Edge, Key, Phase, Rounding, Setting};
use super::fault::{Fault, Faults};
use super::registry::AlgorithmSpec;

/// `[limits.NAME]`: one rate limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LayerSpec {
    /// How it limits.
    pub algorithm: AlgorithmSpec,
    /// Whom it counts.
    pub key: Key,
    /// The PDS that keeps the counters.
    #[serde(default)]
    pub at: Place,
    /// Which messages it is asked about.
    #[serde(default)]
    pub applies_to: AppliesTo,
    /// Which attempts are charged.
    #[serde(default)]
    pub counts: Counts,
    /// Whether what happened exactly one window ago still counts; default by algorithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<Edge>,
    /// Where windows begin; default by algorithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// How the interval is rounded; default exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    /// What a refusal does.
    #[serde(default)]
    pub refusal: Refusal,
    /// What a message costs; one that costs 0 is not asked about.
    #[serde(default = "one")]
    pub cost: u64,
    /// What a first contact costs, where it differs from `cost`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_request: Option<u64>,
    /// What a reply costs, where it differs from `cost`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_reply: Option<u64>,
    /// Whether a message to several recipients costs once or once for each.
    #[serde(default)]
    pub recipients: Recipients,
    /// Most keys remembered at once, per PDS. A full table loses the sixteenth of its keys that would
    /// be forgotten soonest; a warning says how many.
    #[serde(default = "million")]
    pub max_keys: u64,
}

fn one() -> u64 {
    1
}

fn million() -> u64 {
    1_000_000
}

/// The PDS on which a layer lives.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The recipient's: it counts what arrives there.
    #[default]
    Recipient,
    /// The sender's: it counts what leaves it.
    Sender,
}

/// Which messages a layer is asked about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AppliesTo {
    /// All of them.
    #[default]
    All,
    /// Those between accounts whose contact was accepted.
    Accepted,
    /// First contacts.
    Requests,
}

/// Which attempts a layer charges.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// Those that the rate-limit check admitted: all layers under all-or-none, else the layer itself.
    #[default]
    Admitted,
    /// All attempts it was asked about.
    All,
}

/// Whether a message to several recipients costs once or once for each.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Recipients {
    /// Once.
    #[default]
    Once,
    /// Once for each of them.
    Each,
}

/// What a refusal does.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// 429 without a hint.
    #[default]
    Reject,
    /// 429 with Retry-After.
    RetryAfter(RetryAfter),
    /// 200 with a status that says so: a sender's retry policy does not see it as a failure.
    Status,
    /// The queue takes the message again at the earliest conforming instant.
    Reschedule,
    /// Nothing: the sender believes it delivered.
    Silent,
}

/// `{ retry-after = {} }`: the exact earliest conforming instant, or one rounded down.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RetryAfter {
    /// What the instant is rounded down to. The reference implementation answers whole UNIX
    /// seconds, up to 1 s early: `"1s"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Span>,
}

impl LayerSpec {
    /// A layer with the defaults of the format.
    pub fn new(algorithm: AlgorithmSpec, key: Key) -> Self {
        Self {
            algorithm,
            key,
            at: Place::default(),
            applies_to: AppliesTo::default(),
            counts: Counts::default(),
            edge: None,
            phase: None,
            rounding: None,
            refusal: Refusal::default(),
            cost: one(),
            cost_request: None,
            cost_reply: None,
            recipients: Recipients::default(),
            max_keys: million(),
        }
    }

    /// The choices beside the algorithm. `epoch_s` = UNIX seconds of virtual time 0.
    pub fn setting(&self, epoch_s: u64) -> Setting {
        Setting {
            edge: self.edge,
            phase: self.phase,
            rounding: self.rounding,
            max_keys: usize::try_from(self.max_keys).unwrap_or(usize::MAX),
            epoch_s,
        }
    }

    /// Which messages it is asked about: first contacts only, where that is all it can count.
    pub fn asked_about(&self) -> AppliesTo {
        match self.algorithm {
            AlgorithmSpec::NewContacts(_) => AppliesTo::Requests,
            _ => self.applies_to,
        }
    }

    /// The most units admitted in any interval `[s, s + span)` for one key, whatever arrives; `None`
    /// where the algorithm bounds something else than a rate.
    pub fn worst_case(&self, span: Span) -> Option<u64> {
        self.algorithm.spec().worst_case(span, &self.setting(0))
    }

    /// Every fault of the layer, with keys relative to its table.
    pub fn validate(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        let about = self.algorithm.spec().about();
        faults.under("algorithm", |faults| {
            faults.under(about.name, |faults| {
                self.algorithm.spec().find_faults(faults);
            });
        });
        self.find_key_faults(&mut faults);
        self.find_choice_faults(&mut faults);
        self.find_cost_faults(&mut faults);
        self.find_refusal_faults(&mut faults);
        faults.into_vec()
    }

    fn find_key_faults(&self, faults: &mut Faults) {
        let about = self.algorithm.spec().about();
        if !about.keys.contains(&self.key) {
            faults.add(
                "key",
                format!("{} cannot count per {}", about.name, self.key.name()),
                format!("write {}", one_of(about.keys.iter().map(|key| key.name()))),
            );
        }
        if self.max_keys == 0 {
            faults.add(
                "max-keys",
                "max-keys 0 remembers nothing",
                "write 1 or more",
            );
        }
    }

    fn find_choice_faults(&self, faults: &mut Faults) {
        let about = self.algorithm.spec().about();
        if self.edge.is_some() && about.edge.is_none() {
            let fault = format!("{} has no edge", about.name);
            faults.add("edge", fault, "leave `edge` out");
        }
        if let Some(phase) = self.phase.filter(|phase| !about.phases.contains(phase)) {
            let fault = format!("{} has no phase \"{}\"", about.name, phase.name());
            let remedy = leave_out_or("phase", about.phases.iter().map(|phase| phase.name()));
            faults.add("phase", fault, remedy);
        }
        if let Some(rounding) = self.rounding.filter(|r| !about.roundings.contains(r)) {
            let fault = format!("{} has no rounding \"{}\"", about.name, rounding.name());
            let known = about.roundings.iter().map(|rounding| rounding.name());
            let remedy = leave_out_or("rounding", known);
            faults.add("rounding", fault, remedy);
        }
        if self.applies_to == AppliesTo::Accepted && self.asked_about() == AppliesTo::Requests {
            let fault = format!("{} counts first contacts only", about.name);
            faults.add("applies-to", fault, "leave `applies-to` out");
        }
        if self.counts == Counts::All && about.counting != Counting::AsTheLayerSays {
            let fault = format!("{} says itself what it counts", about.name);
            faults.add("counts", fault, "leave `counts` out");
        }
    }

    fn find_cost_faults(&self, faults: &mut Faults) {
        let costs = [
            ("cost", Some(self.cost)),
            ("cost-request", self.cost_request),
            ("cost-reply", self.cost_reply),
        ];
        if costs.iter().all(|(_, cost)| cost.unwrap_or(0) == 0) {
            faults.add(
                "cost",
                "no message costs anything, so the layer never refuses",
                "write a cost of 1 or more, or leave the layer out",
            );
        }
        let about = self.algorithm.spec().about();
        let Some((bound, most)) = self.algorithm.spec().largest_cost() else {
            return;
        };
        for (key, cost) in costs {
            let Some(cost) = cost.filter(|cost| *cost > most && most > 0) else {
                continue;
            };
            faults.add(
                key,
                format!("a message of cost {cost} never fits into {bound} {most}"),
                format!("raise algorithm.{}.{bound} to {cost} or more", about.name),
            );
        }
    }

    fn find_refusal_faults(&self, faults: &mut Faults) {
        let Refusal::RetryAfter(RetryAfter {
            resolution: Some(resolution),
        }) = self.refusal
        else {
            return;
        };
        faults.under("refusal.retry-after", |faults| {
            faults.span("resolution", resolution);
        });
    }
}

fn leave_out_or<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<String> = known.map(|name| format!("\"{name}\"")).collect();
    if known.is_empty() {
        return format!("leave `{key}` out");
    }
    format!("leave `{key}` out or write {}", known.join(" or "))
}

fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|name| format!("key = \"{name}\""))
        .collect::<Vec<_>>()
        .join(" or ")
}
