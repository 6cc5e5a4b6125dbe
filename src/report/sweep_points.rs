//! The points of a sweep as tables: `points.csv` holds the value of every factor at every point,
//! `changes.csv` how the scenario of each arm differs at each point from that of the first point,
//! which `arms/ARM.toml` holds. With them a sweep is run again.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::changes::{Change, lay};
use super::read::{Records, records};
use super::sweep_files::FactorEntry;
use super::{File, csv, datapackage};
use crate::experiment::sweep::{FactorName, Level, Point, Points};
use crate::scenario::{Faults, Node, Sources, assignment};

const POINTS: [(&str, &str, &str); 4] = [
    ("point", "integer", "number of the point, from 1"),
    ("factor", "string", "name of the factor"),
    (
        "value",
        "string",
        "its value at that point, as --set takes it",
    ),
    (
        "level",
        "string",
        "the level to which the value belongs, of those of effects.csv",
    ),
];

const CHANGES: [(&str, &str, &str); 4] = [
    ("point", "integer", "number of the point, from 1"),
    ("arm", "string", "name of the arm"),
    (
        "key",
        "string",
        "a key whose value at that point is not that of arms/ARM.toml, the scenario at point 1",
    ),
    (
        "value",
        "string",
        "its value, as --set takes it; empty where the key is not there",
    ),
];

/// How the scenario of an arm differs at a point from that at the first point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointChange {
    /// Index of the point.
    pub point: usize,
    /// The arm.
    pub arm: String,
    /// What differs.
    pub change: Change,
}

/// One of the two tables.
pub(super) struct PointTable {
    name: &'static str,
    about: &'static str,
    key: &'static [&'static str],
    columns: [(&'static str, &'static str, &'static str); 4],
    rows: Vec<[String; 4]>,
}

impl PointTable {
    /// `points.csv`.
    pub(super) fn points(points: &Points) -> Self {
        let names = points.factors();
        let of_point = |(index, point): (usize, &Point)| {
            let cells = |factor: usize| {
                [
                    (index + 1).to_string(),
                    names[factor].name.clone(),
                    written(&point.values[factor]),
                    points.levels(factor)[point.levels[factor]].label.clone(),
                ]
            };
            (0..names.len()).map(cells).collect::<Vec<_>>()
        };
        Self {
            name: "points",
            about: "the value of one factor at one point",
            key: &["point", "factor"],
            columns: POINTS,
            rows: points.iter().enumerate().flat_map(of_point).collect(),
        }
    }

    /// `changes.csv`.
    pub(super) fn changes(changes: &[PointChange]) -> Self {
        let cells = |row: &PointChange| {
            [
                (row.point + 1).to_string(),
                row.arm.clone(),
                row.change.key.clone(),
                row.change.value.clone().unwrap_or_default(),
            ]
        };
        Self {
            name: "changes",
            about: "one key of an arm's scenario that is not what it is at the first point",
            key: &["point", "arm", "key"],
            columns: CHANGES,
            rows: changes.iter().map(cells).collect(),
        }
    }

    /// The table as a file.
    pub(super) fn file(&self) -> File<'static> {
        let rows = self.rows.iter().map(|row| row.to_vec());
        let lines = std::iter::once(header(&self.columns)).chain(rows);
        File::new(format!("{}.csv", self.name), csv::records(lines))
    }

    /// The table as a resource of a data package.
    pub(super) fn resource(&self) -> Value {
        let field = |(place, (name, kind, about)): (usize, &(&str, &str, &str))| {
            let texts = self.rows.iter().map(|row| row[place].as_str());
            // Values and levels are numbers where all of them are.
            let kind = if place < 2 {
                kind
            } else {
                datapackage::kind_of(texts)
            };
            datapackage::field((name, kind, about))
        };
        let fields: Vec<Value> = self.columns.iter().enumerate().map(field).collect();
        datapackage::table(self.name, self.about, &fields, self.key)
    }
}

fn header(columns: &[(&str, &str, &str)]) -> Vec<String> {
    columns.iter().map(|column| column.0.to_owned()).collect()
}

/// A finished sweep, as far as it is needed to run it again.
#[derive(Debug)]
pub struct SweepFolder {
    /// The content of `manifest.json`.
    pub manifest: Value,
    /// Its points.
    pub points: Points,
    arms: Vec<(String, toml::Table)>,
    changes: BTreeMap<(usize, String), Vec<Change>>,
}

impl SweepFolder {
    /// Whether a manifest is that of a sweep.
    pub fn is_one(manifest: &Value) -> bool {
        manifest["points"].is_u64()
    }

    /// Reads the folder at `place`.
    ///
    /// # Errors
    /// Where it is no folder of a sweep or one of its files is damaged, in words.
    pub fn open(place: &Path) -> Result<Self, String> {
        let shown = place.display();
        let manifest = super::manifest(place)
            .filter(Self::is_one)
            .ok_or_else(|| format!("{shown} is no folder of a sweep"))?;
        let damaged = |file: &str| format!("{} is damaged", place.join(file).display());
        let factors: Vec<FactorEntry> = serde_json::from_value(manifest["factors"].clone())
            .map_err(|_| damaged("manifest.json"))?;
        let count = manifest["points"].as_u64().unwrap_or(0);
        let rows = read(place, "points.csv", &POINTS)?;
        let points = points_of(&factors, count, &rows).ok_or_else(|| damaged("points.csv"))?;
        let rows = read(place, "changes.csv", &CHANGES)?;
        let changes = changes_of(&rows).ok_or_else(|| damaged("changes.csv"))?;
        let arms = arms_of(place, &manifest)?;
        Ok(Self {
            manifest,
            points,
            arms,
            changes,
        })
    }

    /// The names of the arms, in the order of their numbers.
    pub fn arms(&self) -> impl Iterator<Item = &str> {
        self.arms.iter().map(|(name, _)| name.as_str())
    }

    /// The scenario of an arm, by its number, at a point.
    ///
    /// # Errors
    /// Where the changes do not suit it, in words.
    ///
    /// # Panics
    /// Never: a table that was read is written.
    pub fn scenario(&self, point: usize, arm: usize) -> Result<String, String> {
        let (name, first) = &self.arms[arm];
        let mut table = first.clone();
        if let Some(changes) = self.changes.get(&(point, name.clone())) {
            let number = point + 1;
            lay(&mut table, changes).ok_or_else(|| {
                format!("changes.csv says of point {number} what arms/{name}.toml has no place for")
            })?;
        }
        Ok(toml::to_string(&table).expect("a table that was read is written"))
    }

    /// The index of the point and the arm of a line of `sweep.csv`.
    pub fn run_of(&self, line: &str) -> Option<(usize, String)> {
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(line.as_bytes());
        let record = reader.records().next()?.ok()?;
        let point = record.get(0)?.parse::<usize>().ok()?.checked_sub(1)?;
        let arm = record.get(1 + self.points.factors().len())?;
        let is_known = self.arms().any(|name| name == arm);
        (is_known && point < self.points.len()).then(|| (point, arm.to_owned()))
    }

    /// The assignments `KEY=VALUE` that make the scenario at a point of that of the first; none
    /// where keys go, which no assignment says.
    pub fn assignments(&self, point: usize, arm: &str) -> Option<Vec<String>> {
        let changes = self.changes.get(&(point, arm.to_owned()));
        let one = |change: &Change| Some(format!("{}={}", change.key, change.value.as_ref()?));
        changes.into_iter().flatten().map(one).collect()
    }
}

fn read(place: &Path, file: &str, columns: &[(&str, &str, &str)]) -> Result<Records, String> {
    let path = place.join(file);
    if !path.is_file() {
        return Err(format!(
            "{} does not exist: an older version wrote the sweep without it; run the sweep again with --overwrite",
            path.display()
        ));
    }
    let found = records(&path)?;
    if found.header == header(columns) {
        Ok(found)
    } else {
        Err(format!(
            "{} has other columns than it should",
            path.display()
        ))
    }
}

fn points_of(factors: &[FactorEntry], count: u64, rows: &Records) -> Option<Points> {
    let size = factors.len();
    if size == 0 || rows.rows.len() as u64 != count * size as u64 {
        return None;
    }
    let one = |(index, rows): (usize, &[Vec<String>])| {
        let cells = |(factor, row): (&FactorEntry, &Vec<String>)| {
            let fits = row[0] == (index + 1).to_string() && row[1] == factor.name;
            let level = factor.levels.iter().position(|level| *level == row[3])?;
            fits.then_some((node(&row[2])?, level))
        };
        let (values, levels) = factors
            .iter()
            .zip(rows)
            .map(cells)
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .unzip();
        Some(Point { values, levels })
    };
    let points = rows.rows.chunks(size).enumerate().map(one);
    let named = |factor: &FactorEntry| FactorName {
        name: factor.name.clone(),
        key: factor.key.clone(),
    };
    let labels = |factor: &FactorEntry| {
        let label = |label: &String| Level {
            label: label.clone(),
        };
        factor.levels.iter().map(label).collect()
    };
    Some(Points::new(
        factors.iter().map(named).collect(),
        points.collect::<Option<_>>()?,
        factors.iter().map(labels).collect(),
    ))
}

fn changes_of(rows: &Records) -> Option<BTreeMap<(usize, String), Vec<Change>>> {
    let mut found: BTreeMap<_, Vec<Change>> = BTreeMap::new();
    for row in &rows.rows {
        let point = row[0].parse::<usize>().ok()?.checked_sub(1)?;
        let value = Some(row[3].clone()).filter(|value| !value.is_empty());
        let key = row[2].clone();
        let changes = found.entry((point, row[1].clone())).or_default();
        changes.push(Change { key, value });
    }
    Some(found)
}

fn arms_of(place: &Path, manifest: &Value) -> Result<Vec<(String, toml::Table)>, String> {
    let names = manifest["arms"].as_array().into_iter().flatten();
    let one = |name: &str| {
        let path = place.join(format!("arms/{name}.toml"));
        let shown = path.display();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {shown}: {error}"))?;
        let table =
            toml::from_str(&text).map_err(|error| format!("{shown} is damaged: {error}"))?;
        Ok((name.to_owned(), table))
    };
    names.filter_map(Value::as_str).map(one).collect()
}

/// A value as `--set` takes it.
fn written(value: &Node) -> String {
    match value.text() {
        Some(text) if node(text).is_some_and(|read| read.value == value.value) => text.to_owned(),
        _ => value.to_string(),
    }
}

/// The value that `--set` reads in a text.
fn node(text: &str) -> Option<Node> {
    let (mut sources, mut faults) = (Sources::default(), Faults::new());
    let read = assignment(&format!("x={text}"), &mut sources, &mut faults)?;
    read.get("x").cloned()
}

impl FactorEntry {
    /// The factors of points, with the labels of their levels.
    pub(super) fn all(points: &Points) -> Vec<Self> {
        let of = |(factor, named): (usize, &FactorName)| Self {
            name: named.name.clone(),
            key: named.key.clone(),
            levels: points
                .levels(factor)
                .iter()
                .map(|level| level.label.clone())
                .collect(),
        };
        points.factors().iter().enumerate().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_back_as_they_were() {
        let values = [
            "5",
            "\"5\"",
            "\"10m\"",
            "{ one = {} }",
            "0.5",
            "[1, \"a,b\"]",
        ];
        let level = |label: &str| Level {
            label: label.to_owned(),
        };
        let named = FactorName {
            name: "f".to_owned(),
            key: "a.b".to_owned(),
        };
        let point = |(place, text): (usize, &&str)| Point {
            values: vec![node(text).unwrap()],
            levels: vec![place % 2],
        };
        let points = values.iter().enumerate().map(point).collect();
        let points = Points::new(vec![named], points, vec![vec![level("low"), level("high")]]);
        let csv = PointTable::points(&points).file().bytes;
        let rows = super::super::read::records_of(Path::new("points.csv"), &csv).unwrap();
        let read = points_of(&FactorEntry::all(&points), 6, &rows).unwrap();
        for (was, is) in points.iter().zip(read.iter()) {
            assert_eq!(was.levels, is.levels);
            assert_eq!(was.values[0].to_string(), is.values[0].to_string());
        }
        assert_eq!(csv, PointTable::points(&read).file().bytes);
        assert!(points_of(&FactorEntry::all(&points), 7, &rows).is_none());
    }
}
