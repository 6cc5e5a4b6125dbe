//! The points of a sweep as tables: `points.csv` holds the value of every factor at every point,
//! `changes.csv` how the scenario of each arm differs at each point from that of the first point,
//! which `arms/ARM.toml` holds. With them a sweep is run again.

use serde_json::Value;

use super::changes::Change;
use super::sweep_files::FactorEntry;
use super::{File, csv, datapackage};
use crate::experiment::sweep::{FactorName, Point, Points};
use crate::scenario::{Faults, Node, Sources, assignment};

pub(super) const POINTS: [(&str, &str, &str); 4] = [
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

pub(super) const CHANGES: [(&str, &str, &str); 4] = [
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

pub(super) fn header(columns: &[(&str, &str, &str)]) -> Vec<String> {
    columns.iter().map(|column| column.0.to_owned()).collect()
}

/// A value as `--set` takes it.
fn written(value: &Node) -> String {
    match value.text() {
        Some(text) if node(text).is_some_and(|read| read.value == value.value) => text.to_owned(),
        _ => value.to_string(),
    }
}

/// The value that `--set` reads in a text.
pub(super) fn node(text: &str) -> Option<Node> {
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
    use std::path::Path;

    use super::super::read::records_of;
    use super::super::sweep_folder::points_of;
    use super::*;
    use crate::experiment::sweep::Level;

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
        let rows = records_of(Path::new("points.csv"), &csv).unwrap();
        let read = points_of(&FactorEntry::all(&points), 6, &rows).unwrap();
        for (was, is) in points.iter().zip(read.iter()) {
            assert_eq!(was.levels, is.levels);
            assert_eq!(was.values[0].to_string(), is.values[0].to_string());
        }
        assert_eq!(csv, PointTable::points(&read).file().bytes);
        assert!(points_of(&FactorEntry::all(&points), 7, &rows).is_none());
    }
}
