//! A sweep: the arms of a study (or one scenario) at many points of its factors.
//!
//! Layers, later wins: the base, the arm, the factors of a point, `--set`. A factor of a table that
//! an arm does not have (`limits.per-pair...` where the arm empties `limits`) leaves that arm alone.

use serde::Deserialize;

use super::{
    Factor, Faults, Loader, Node, SCENARIO, Scenario, StudySpec, decode, join_key, nearest, overlay,
};
use crate::metrics::registry;
use crate::stats::sobol;

/// `[sweep]`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SweepSpec {
    /// Which points are taken.
    #[serde(default)]
    pub design: DesignSpec,
    /// The metrics whose main effects are told.
    #[serde(default)]
    pub metrics: Vec<String>,
}

/// Which points of the factors a sweep takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum DesignSpec {
    /// Every combination of values.
    #[default]
    Grid,
    /// Each factor in as many equal strata as there are points, one point in each.
    LatinHypercube {
        /// How many points.
        points: u32,
        /// Which of all such designs.
        #[serde(default)]
        seed: u64,
    },
    /// The first points of Sobol's sequence; a power of two is balanced.
    Sobol {
        /// How many points.
        points: u32,
    },
}

/// Most points of a sweep.
pub const MOST_POINTS: u64 = 100_000;

/// A sweep that is ready to run.
#[derive(Debug)]
pub struct Sweep {
    /// Short name; the folder of the results.
    pub name: String,
    /// The question that it answers.
    pub title: String,
    /// Which points are taken.
    pub design: DesignSpec,
    /// The metrics whose main effects are told; empty where nothing is said.
    pub metrics: Vec<String>,
    /// The factors, by name.
    pub factors: Vec<Factor>,
    /// The values of each factor on the grid; empty for the other designs.
    pub grid: Vec<Vec<Node>>,
    arms: Vec<(String, Node)>,
    assignments: Vec<String>,
}

/// What is laid over a sweep from outside.
#[derive(Debug, Clone, Copy)]
pub struct Over<'a> {
    /// `KEY=VALUE`, the last layer.
    pub assignments: &'a [String],
    /// `KEY=V1,V2`, factors more.
    pub vary: &'a [String],
}

impl Sweep {
    /// The sweep of a study file.
    ///
    /// None where a fault was found; all of them are in the loader's faults.
    pub fn of_study(tree: &Node, over: Over<'_>, loader: &mut Loader<'_>) -> Option<Self> {
        let spec: Option<StudySpec> = decode(tree, &mut loader.faults);
        let base = tree.get("base").cloned();
        let base = base.and_then(|named| loader.scenario_named(&named, &SCENARIO))?;
        let spec = spec?;
        let mut arms = vec![];
        for (name, change) in tree.get("arm").and_then(Node::table).into_iter().flatten() {
            let mut arm = base.clone();
            overlay(&mut arm, change.clone(), &SCENARIO);
            arms.push((name.clone(), arm));
        }
        if arms.is_empty() {
            arms.push(("base".to_owned(), base));
        }
        let factors = spec.factor.iter();
        let factors = factors
            .filter_map(|(name, factor)| Factor::of_study(name, factor, tree, loader))
            .collect();
        let design = spec.sweep.as_ref().map(|sweep| sweep.design);
        check_metrics(&spec, tree, loader);
        let of_compare = spec.compare.map(|compare| compare.metrics);
        let of_sweep = spec.sweep.map(|sweep| sweep.metrics);
        let named = of_sweep.filter(|metrics| !metrics.is_empty());
        let sweep = Self {
            name: spec.name,
            title: spec.title,
            design: design.unwrap_or_default(),
            metrics: named.or(of_compare).unwrap_or_default(),
            factors,
            grid: Vec::new(),
            arms,
            assignments: over.assignments.to_vec(),
        };
        sweep.checked(tree, over.vary, loader)
    }

    /// The sweep of one scenario over the values of `--vary`.
    ///
    /// None where a fault was found; all of them are in the loader's faults.
    pub fn of_scenario(tree: &Node, over: Over<'_>, loader: &mut Loader<'_>) -> Option<Self> {
        let text = |key: &str| tree.get(key).and_then(Node::text).unwrap_or_default();
        let sweep = Self {
            name: format!("{}-sweep", text("name")),
            title: text("title").to_owned(),
            design: DesignSpec::Grid,
            metrics: Vec::new(),
            factors: Vec::new(),
            grid: Vec::new(),
            arms: vec![("base".to_owned(), tree.clone())],
            assignments: over.assignments.to_vec(),
        };
        sweep.checked(tree, over.vary, loader)
    }

    /// The names of the arms, in the order of their numbers.
    pub fn arms(&self) -> impl Iterator<Item = &str> {
        self.arms.iter().map(|(name, _)| name.as_str())
    }

    /// The scenario of an arm with a value for each factor; none where a fault was found.
    pub fn scenario(
        &self,
        arm: usize,
        values: &[Node],
        loader: &mut Loader<'_>,
    ) -> Option<Scenario> {
        let with = self.factors.iter().zip(values);
        self.laid(arm, with, loader)
    }

    fn laid<'v>(
        &self,
        arm: usize,
        values: impl Iterator<Item = (&'v Factor, &'v Node)>,
        loader: &mut Loader<'_>,
    ) -> Option<Scenario> {
        let mut tree = self.arms[arm].1.clone();
        for (factor, value) in values {
            if factor.applies_to(&tree, SCENARIO.collections) {
                overlay(&mut tree, factor.layer(value.clone()), &SCENARIO);
            }
        }
        for text in &self.assignments {
            loader.set(&mut tree, text, &SCENARIO);
        }
        Scenario::prepare(tree, loader)
    }

    fn checked(mut self, tree: &Node, vary: &[String], loader: &mut Loader<'_>) -> Option<Self> {
        let before = loader.faults.errors();
        let more = vary
            .iter()
            .filter_map(|text| Factor::of_option(text, loader));
        self.factors.extend(more);
        if self.factors.is_empty() && !loader.faults.has_errors() {
            let what = "a sweep without factors has one point";
            let remedy = "write --vary KEY=V1,V2, or a study with a table [factor.NAME]";
            loader.faults.error("wrong-value", tree.place, what, remedy);
        }
        self.check_names(loader);
        self.check_design(tree, loader);
        for factor in &self.factors {
            let trees: Vec<&Node> = self.arms.iter().map(|(_, tree)| tree).collect();
            if !trees
                .iter()
                .any(|tree| factor.applies_to(tree, SCENARIO.collections))
            {
                factor.applies_nowhere(&trees, loader);
            }
        }
        if loader.faults.errors() == before {
            self.try_each(loader);
        }
        (!loader.faults.has_errors()).then_some(self)
    }

    /// No two factors may change one key, and none may have the name of another column.
    fn check_names(&self, loader: &mut Loader<'_>) {
        const COLUMNS: [&str; 12] = [
            "point",
            "arm",
            "metric",
            "unit",
            "replications",
            "mean",
            "ci_lo",
            "ci_hi",
            "half_width",
            "sd",
            "min",
            "max",
        ];
        for (index, factor) in self.factors.iter().enumerate() {
            if self.factors[..index]
                .iter()
                .any(|other| other.key == factor.key)
            {
                let what = format!("two factors change `{}`", factor.key);
                loader
                    .faults
                    .error("duplicate-key", factor.key_place, what, "take one out");
            }
            if COLUMNS.contains(&factor.name.as_str()) {
                let what = format!("`{}` is a column of sweep.csv already", factor.name);
                loader.faults.error(
                    "wrong-value",
                    factor.key_place,
                    what,
                    "give the factor another name",
                );
            }
        }
    }

    fn check_design(&mut self, tree: &Node, loader: &mut Loader<'_>) {
        let (tag, points) = match self.design {
            DesignSpec::Grid => {
                let values = self.factors.iter().map(|factor| factor.grid(loader));
                self.grid = values.map(Option::unwrap_or_default).collect();
                let count =
                    |product: u64, values: &Vec<Node>| product.saturating_mul(values.len() as u64);
                ("grid", self.grid.iter().fold(1, count))
            }
            DesignSpec::LatinHypercube { points, .. } => {
                ("latin-hypercube.points", u64::from(points))
            }
            DesignSpec::Sobol { points } => ("sobol.points", u64::from(points)),
        };
        let mut wrong = |what: String, remedy: &str| {
            let place = tree.place_of(&format!("sweep.design.{tag}"));
            loader.faults.error("wrong-value", place, what, remedy);
        };
        let most = sobol::MOST_DIMENSIONS;
        if matches!(self.design, DesignSpec::Sobol { .. }) && self.factors.len() > most {
            let what = format!(
                "Sobol's sequence has {most} dimensions here, not {}",
                self.factors.len()
            );
            wrong(what, "write a latin-hypercube");
        }
        if points == 0 && self.design != DesignSpec::Grid {
            wrong("0 points are no sweep".to_owned(), "write points = 64");
        }
        if points > MOST_POINTS {
            wrong(
                format!("{points} points are more than {MOST_POINTS}"),
                "write fewer values, or a sobol design",
            );
        }
    }

    /// Lays each value of each factor over each arm that is sound without it, for its faults.
    fn try_each(&self, loader: &mut Loader<'_>) {
        let before = loader.faults.errors();
        let told = std::mem::take(&mut loader.faults);
        let sound: Vec<usize> = (0..self.arms.len())
            .filter(|arm| {
                loader.faults = Faults::new();
                self.laid(*arm, std::iter::empty(), loader).is_some()
            })
            .collect();
        loader.faults = told;
        for (index, factor) in self.factors.iter().enumerate() {
            let values = match self.grid.get(index) {
                Some(values) => values.clone(),
                None => vec![factor.at(0.0), factor.at(0.5), factor.at(1.0)],
            };
            for value in &values {
                for arm in &sound {
                    self.laid(*arm, std::iter::once((factor, value)), loader);
                }
                if loader.faults.errors() > before {
                    return;
                }
            }
        }
    }
}

fn check_metrics(spec: &StudySpec, tree: &Node, loader: &mut Loader<'_>) {
    let metrics = spec.sweep.iter().flat_map(|sweep| &sweep.metrics);
    for name in metrics.filter(|name| registry::find(name).is_none()) {
        let names = registry::METRICS.iter().map(|entry| entry.name);
        let remedy = nearest(name, names).map_or_else(
            || "`pdsim explain metrics` lists them".to_owned(),
            |near| format!("write \"{near}\""),
        );
        let place = tree.place_of(&join_key(&["sweep", "metrics"]));
        loader.faults.error(
            "unknown-value",
            place,
            format!("there is no metric `{name}`"),
            remedy,
        );
    }
}
