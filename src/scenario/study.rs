//! A study: a base scenario, and arms or factors that change it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{
    FactorSpec, Loader, Node, Over, SCENARIO, SCHEMA, Scenario, Sweep, SweepSpec, decode, overlay,
};
use crate::metrics::registry;
use crate::units::Share;

/// A study file, as far as it is not a scenario's.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StudySpec {
    /// Version of the format: 1.
    pub schema: u32,
    /// Short name; the folder of the results.
    pub name: String,
    /// The question that the study answers.
    #[serde(default)]
    pub title: String,
    /// File of the scenario that the arms change.
    pub base: String,
    /// What is compared.
    #[serde(default)]
    pub compare: Option<CompareSpec>,
    /// Names of the arms; what they change stays in the tree.
    #[expect(
        clippy::zero_sized_map_values,
        reason = "serde reads tables into maps only"
    )]
    #[serde(default)]
    pub arm: BTreeMap<String, IgnoredAny>,
    /// Which points of the factors a sweep takes.
    #[serde(default)]
    pub sweep: Option<SweepSpec>,
    /// Factors of a sweep.
    #[serde(default)]
    pub factor: BTreeMap<String, FactorSpec>,
}

/// `[compare]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CompareSpec {
    /// The arm that the others are held against.
    pub baseline: String,
    /// The metrics that are compared.
    #[serde(default)]
    pub metrics: Vec<String>,
    /// Differences that do not matter, in the metric's unit.
    #[serde(default)]
    pub indifference: BTreeMap<String, super::Bound>,
    /// Of all intervals together.
    #[serde(default)]
    pub confidence: Option<Share>,
}

/// A study that is ready to run.
#[derive(Debug)]
pub struct Study {
    /// The file, decoded.
    pub spec: StudySpec,
    /// The base scenario's tree.
    pub base: Node,
    /// The arms, each with its scenario, by name.
    pub arms: Vec<(String, Scenario)>,
}

impl Study {
    /// Decodes and validates a study, its base, and every arm and factor over it.
    ///
    /// None where a fault was found; all of them are in the loader's faults.
    pub fn prepare(tree: &Node, loader: &mut Loader<'_>) -> Option<Self> {
        Self::prepare_with(tree, &[], loader)
    }

    /// The same, with `KEY=VALUE` assignments laid over every arm.
    pub fn prepare_with(
        tree: &Node,
        assignments: &[String],
        loader: &mut Loader<'_>,
    ) -> Option<Self> {
        let spec: Option<StudySpec> = decode(tree, &mut loader.faults);
        let base = tree.get("base").cloned();
        let mut base = base.and_then(|named| loader.scenario_named(&named, &SCENARIO))?;
        let spec = spec?;
        let is_base_sound = !loader.faults.has_errors();
        check(&spec, tree, loader);
        let arms = arms(tree, &base, assignments, loader);
        for text in assignments {
            loader.set(&mut base, text, &SCENARIO);
        }
        if !spec.factor.is_empty() && is_base_sound {
            let vary = &[];
            Sweep::of_study(tree, Over { assignments, vary }, loader);
        }
        let is_sound = !loader.faults.has_errors();
        is_sound.then_some(Self { spec, base, arms })
    }
}

/// The base, the arm and the assignments, one over the other.
fn arms(
    tree: &Node,
    base: &Node,
    assignments: &[String],
    loader: &mut Loader<'_>,
) -> Vec<(String, Scenario)> {
    let mut arms = Vec::new();
    let changes = tree.get("arm").and_then(Node::table);
    for (name, change) in changes.into_iter().flatten() {
        let mut arm = base.clone();
        overlay(&mut arm, change.clone(), &SCENARIO);
        for text in assignments {
            loader.set(&mut arm, text, &SCENARIO);
        }
        let scenario = Scenario::prepare(arm, loader);
        arms.extend(scenario.map(|scenario| (name.clone(), scenario)));
    }
    if arms.is_empty() {
        Scenario::prepare(base.clone(), loader);
    }
    arms
}

fn check(spec: &StudySpec, tree: &Node, loader: &mut Loader<'_>) {
    let mut wrong = |key: &str, what: String, remedy: String| {
        let place = tree.place_of(key);
        loader.faults.error("wrong-value", place, what, remedy);
    };
    if spec.schema != SCHEMA {
        let what = format!("schema {} is not known", spec.schema);
        wrong("schema", what, format!("write schema = {SCHEMA}"));
    }
    if spec.arm.is_empty() && spec.factor.is_empty() {
        let what = "the study has neither arms nor factors".to_owned();
        wrong(
            "",
            what,
            "write a table [arm.NAME] or [factor.NAME]".to_owned(),
        );
    }
    let Some(compare) = &spec.compare else {
        return;
    };
    if !spec.arm.contains_key(&compare.baseline) && !spec.arm.is_empty() {
        let names: Vec<String> = spec.arm.keys().map(|name| format!("\"{name}\"")).collect();
        let what = format!("there is no arm `{}`", compare.baseline);
        wrong(
            "compare.baseline",
            what,
            format!("write one of {}", names.join(", ")),
        );
    }
    let metrics = compare
        .metrics
        .iter()
        .map(|metric| ("compare.metrics", metric));
    let tolerated = compare
        .indifference
        .keys()
        .map(|metric| ("compare.indifference", metric));
    for (key, metric) in metrics.chain(tolerated) {
        if registry::find(metric).is_none() {
            let what = format!("there is no metric `{metric}`");
            wrong(key, what, "`pdsim explain metrics` lists them".to_owned());
        }
    }
}
