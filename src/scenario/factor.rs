//! `[factor.NAME]`: one key of a scenario and the values that a sweep gives it.
//!
//! Values are listed (`values = ["30s", "10m"]`) or lie in a range (`range = { from = "30s",
//! to = "4h", steps = 5, scale = "log" }`). A coordinate u between 0 and 1 stands for
//! `from + u (to - from)`, or `from (to / from)^u` on a log scale; both ends are as written, what
//! lies between is rounded to six significant digits (to whole numbers between whole numbers).

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::quantity::{Quantity, read, written};
use super::{
    Loader, Node, Origin, Place, Value, assignment, join_key, layer_of, nearest, split_key,
};
use crate::units::cast;

/// One factor of a sweep, as far as it is checked by its form alone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FactorSpec {
    /// The dotted key that it changes.
    pub key: String,
    /// The values that it takes; or `range`.
    #[serde(default)]
    pub values: Option<Vec<IgnoredAny>>,
    /// The range in which its values lie; or `values`.
    #[serde(default)]
    pub range: Option<RangeSpec>,
}

/// A range of values.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RangeSpec {
    /// The smallest value.
    pub from: IgnoredAny,
    /// The largest value.
    pub to: IgnoredAny,
    /// How many values a grid takes, both ends included.
    #[serde(default)]
    pub steps: Option<u32>,
    /// Whether equal steps are equal differences or equal ratios.
    #[serde(default)]
    pub scale: Scale,
}

/// How a range is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Equal differences.
    #[default]
    Linear,
    /// Equal ratios.
    Log,
}

/// One factor of a sweep, ready to use.
#[derive(Debug, Clone)]
pub struct Factor {
    /// Its name in the study; the column of `sweep.csv`.
    pub name: String,
    /// The dotted key that it changes.
    pub key: String,
    /// Where that key is written.
    pub key_place: Place,
    /// Its values.
    pub levels: Levels,
}

/// The values of a factor.
#[derive(Debug, Clone)]
pub enum Levels {
    /// As listed.
    Values(Vec<Node>),
    /// Between two ends.
    Range(Box<Range>),
}

/// A range with its ends as numbers.
#[derive(Debug, Clone)]
pub struct Range {
    place: Place,
    quantity: Quantity,
    ends: [Node; 2],
    from: f64,
    to: f64,
    scale: Scale,
    steps: Option<u32>,
}

impl Factor {
    /// The factor `name` of a study; none where its values make no sense, which is reported.
    pub fn of_study(
        name: &str,
        spec: &FactorSpec,
        tree: &Node,
        loader: &mut Loader<'_>,
    ) -> Option<Self> {
        let own = tree.get(&join_key(&["factor", name]))?;
        let key_place = own.place_of("key");
        let levels = match (&spec.values, &spec.range) {
            (Some(_), None) => listed(own.get("values")?, loader),
            (None, Some(range)) => Range::read(range, own.get("range")?, loader)
                .map(|range| Levels::Range(Box::new(range))),
            _ => {
                let what = "a factor has either `values` or a `range`";
                let remedy = "write values = [...] or range = { from, to, steps }";
                loader.faults.error("wrong-value", own.place, what, remedy);
                None
            }
        };
        let factor = Self {
            name: name.to_owned(),
            key: spec.key.clone(),
            key_place,
            levels: levels?,
        };
        factor.has_key(loader).then_some(factor)
    }

    /// The factor of `--vary KEY=V1,V2`, named after its key.
    pub fn of_option(text: &str, loader: &mut Loader<'_>) -> Option<Self> {
        let Some((key, values)) = text.split_once('=') else {
            let source = loader.sources.add(Origin::Set, text, text.into());
            let place = Place::new(source, 0..text.len());
            let what = format!("`{text}` has no `=`");
            let remedy = "write --vary KEY=V1,V2";
            loader.faults.error("syntax", place, what, remedy);
            return None;
        };
        let mut nodes = Vec::new();
        for value in super::split_values(values) {
            let layer = assignment(
                &format!("{key}={value}"),
                &mut loader.sources,
                &mut loader.faults,
            )?;
            nodes.push(layer.get(key)?.clone());
        }
        let key_place = nodes.first()?.key_place?;
        Some(Self {
            name: key.trim().to_owned(),
            key: key.trim().to_owned(),
            key_place,
            levels: Levels::Values(nodes),
        })
    }

    /// The values on a grid; none where a range has no steps, which is reported.
    pub fn grid(&self, loader: &mut Loader<'_>) -> Option<Vec<Node>> {
        match &self.levels {
            Levels::Values(values) => Some(values.clone()),
            Levels::Range(range) => range.grid(loader),
        }
    }

    /// The value at a coordinate between 0 and 1.
    pub fn at(&self, coordinate: f64) -> Node {
        match &self.levels {
            Levels::Values(values) => {
                let count = cast::count_to_f64(cast::count_to_u64(values.len()));
                let index = cast::index(cast::f64_floor(coordinate * count));
                values[index.min(values.len() - 1)].clone()
            }
            Levels::Range(range) => range.at(coordinate),
        }
    }

    /// The layer that gives the key a value.
    ///
    /// # Panics
    /// Never: that the key is one was found out when the factor was read.
    pub fn layer(&self, value: Node) -> Node {
        layer_of(&self.key, self.key_place, value).expect("the key was checked")
    }

    /// Whether the tree has the named table that the key goes through: a factor changes a limit,
    /// a group of senders or a labeler, but makes none.
    pub fn applies_to(&self, tree: &Node, collections: &[&str]) -> bool {
        let parts = split_key(&self.key).unwrap_or_default();
        match parts.as_slice() {
            [root, name, _, ..] if collections.contains(&root.as_str()) => {
                tree.get_parts(&[root, name]).is_some()
            }
            _ => true,
        }
    }

    /// Reports that no scenario of the study has the table that the key goes through.
    pub fn applies_nowhere(&self, trees: &[&Node], loader: &mut Loader<'_>) {
        let parts = split_key(&self.key).unwrap_or_default();
        let names = trees.iter().filter_map(|tree| tree.get(&parts[0])?.table());
        let names: Vec<&str> = names.flatten().map(|(name, _)| name.as_str()).collect();
        let what = format!("there is no `{}`", join_key(&parts[..2]));
        let remedy = match (
            nearest(&parts[1], names.iter().copied()),
            names.first().copied(),
        ) {
            (Some(near), _) | (None, Some(near)) => {
                let mut parts = parts.clone();
                near.clone_into(&mut parts[1]);
                format!("write \"{}\"", join_key(&parts))
            }
            (None, None) => format!(
                "write a table [{}] into the scenario",
                join_key(&parts[..2])
            ),
        };
        loader
            .faults
            .error("unknown-key", self.key_place, what, remedy);
    }

    fn has_key(&self, loader: &mut Loader<'_>) -> bool {
        let is_key = split_key(&self.key).is_some();
        if !is_key {
            let what = format!("`{}` is not a key", self.key);
            let remedy = "write a dotted key such as \"run.duration\"";
            loader
                .faults
                .error("wrong-value", self.key_place, what, remedy);
        }
        is_key
    }
}

fn listed(values: &Node, loader: &mut Loader<'_>) -> Option<Levels> {
    let Value::Array(nodes) = &values.value else {
        return None;
    };
    if nodes.is_empty() {
        let what = "a factor without values changes nothing";
        loader
            .faults
            .error("wrong-value", values.place, what, "write values = [V1, V2]");
        return None;
    }
    Some(Levels::Values(nodes.clone()))
}

impl Range {
    fn read(spec: &RangeSpec, own: &Node, loader: &mut Loader<'_>) -> Option<Self> {
        let (from, to) = (own.get("from")?, own.get("to")?);
        let mut wrong = |place: Place, what: String, remedy: String| {
            loader.faults.error("wrong-value", place, what, remedy);
        };
        let (Some((kind, low)), Some((other, high))) = (read(from), read(to)) else {
            let place = if read(from).is_none() {
                from.place
            } else {
                to.place
            };
            let what = "the end of a range is a number, a span, a rate or a share".to_owned();
            wrong(place, what, "list other values: values = [...]".to_owned());
            return None;
        };
        let Some(quantity) = kind.with(other) else {
            let what = format!("{from} and {to} are not of one kind");
            wrong(
                to.place,
                what,
                "write both ends in the same unit".to_owned(),
            );
            return None;
        };
        if low >= high {
            let what = format!("the range from {from} to {to} is upside down");
            let remedy = if low > high {
                format!("write from = {to}, to = {from}")
            } else {
                format!("write values = [{from}]")
            };
            wrong(from.place, what, remedy);
            return None;
        }
        if spec.scale == Scale::Log && low <= 0.0 {
            let what = format!("{from} has no logarithm");
            wrong(
                from.place,
                what,
                "start above 0, or leave scale out".to_owned(),
            );
            return None;
        }
        Some(Self {
            place: own.place,
            quantity,
            ends: [from.clone(), to.clone()],
            from: low,
            to: high,
            scale: spec.scale,
            steps: spec.steps,
        })
    }

    fn grid(&self, loader: &mut Loader<'_>) -> Option<Vec<Node>> {
        let mut wrong = |what: String, remedy: &str| {
            loader.faults.error("wrong-value", self.place, what, remedy);
            None
        };
        let Some(steps) = self.steps else {
            return wrong(
                "a grid needs to know how many values the range has".to_owned(),
                "write steps = 5",
            );
        };
        if steps < 2 {
            let what = format!("{steps} steps do not reach from one end to the other");
            return wrong(what, "write steps = 2 or more, or values = [...]");
        }
        if self.quantity == Quantity::Whole && f64::from(steps - 1) > self.to - self.from {
            let what = format!(
                "{steps} steps from {} to {} repeat whole numbers",
                self.ends[0], self.ends[1]
            );
            return wrong(what, "write fewer steps");
        }
        let last = f64::from(steps - 1);
        Some(
            (0..steps)
                .map(|step| self.at(f64::from(step) / last))
                .collect(),
        )
    }

    fn at(&self, coordinate: f64) -> Node {
        if coordinate <= 0.0 {
            return self.ends[0].clone();
        }
        if coordinate >= 1.0 {
            return self.ends[1].clone();
        }
        let value = match self.scale {
            Scale::Linear => self.from + coordinate * (self.to - self.from),
            Scale::Log => self.from * libm::exp(coordinate * libm::log(self.to / self.from)),
        };
        Node::new(self.place, written(self.quantity, value))
    }
}
