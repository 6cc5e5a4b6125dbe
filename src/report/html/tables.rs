//! The tables of a report: what is shown is for people, beside it the number as the file has it.

use std::collections::BTreeMap;

use super::bundle::Bundle;
use super::chart::cell;
use crate::experiment::rows::SummaryRow;
use crate::report::{Align, Grid, human};

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its anchor in the page.
    pub id: &'static str,
    /// What it holds.
    pub title: &'static str,
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Shown>>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What is shown.
    pub text: String,
    /// The number as the file has it; none for a name.
    pub exact: Option<String>,
}

impl Shown {
    /// A name.
    pub fn name(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            exact: None,
        }
    }

    /// A number of a unit.
    pub fn number(value: Option<f64>, unit: &str) -> Self {
        let shown = |value| human::value(value, unit);
        Self {
            text: value.map_or_else(|| "-".to_owned(), shown),
            exact: Some(cell(value)),
        }
    }

    /// The same, where there is something to say of what never happened: that in place of a 0.
    pub fn or_never(self, never: Option<(String, String)>) -> Self {
        let text = never.map_or(self.text, |(of, bound)| format!("{of}; {bound}"));
        Self { text, ..self }
    }

    /// A count.
    pub fn count(count: u64) -> Self {
        Self {
            text: human::count(count),
            exact: Some(count.to_string()),
        }
    }
}

impl Table {
    /// As a table of texts.
    pub fn grid(&self) -> Grid {
        let is_number = |column: usize| self.rows.iter().any(|row| row[column].exact.is_some());
        let header = self.header.iter().enumerate().map(|(column, name)| {
            let align = if is_number(column) {
                Align::Right
            } else {
                Align::Left
            };
            (name.as_str(), align)
        });
        let mut grid = Grid::new(header);
        for row in &self.rows {
            grid.push(row.iter().map(|cell| cell.text.clone()).collect());
        }
        grid
    }
}

/// The compared metrics of every arm with the verdicts; none where nothing was compared.
pub fn arms(bundle: &Bundle) -> Option<Table> {
    let (terms, comparisons) = bundle.compared.as_ref()?;
    let mut header = vec!["arm".to_owned()];
    for metric in &terms.metrics {
        header.extend([metric.clone(), "verdict".to_owned()]);
    }
    let none = bundle.no_events();
    let row = |arm: &super::bundle::ArmText| {
        let mut cells = vec![Shown::name(&arm.name)];
        for metric in &terms.metrics {
            let unit = super::forest::unit(metric);
            let mean = bundle.metric(&arm.name, metric).and_then(|row| row.mean);
            let never = human::never(&none, &arm.name, metric);
            cells.push(Shown::number(mean, unit).or_never(never));
            let fits = |row: &&crate::experiment::compare::Comparison| {
                row.arm == arm.name && row.metric == *metric
            };
            let verdict = comparisons.iter().find(fits);
            cells.push(Shown::name(
                verdict.map_or("baseline", |row| row.verdict.name()),
            ));
        }
        cells
    };
    Some(Table {
        id: "arms",
        title: "Arms",
        header,
        rows: bundle.arms.iter().map(row).collect(),
    })
}

/// Every metric of every arm.
pub fn summary(bundle: &Bundle) -> Table {
    let names = [
        "arm",
        "metric",
        "mean",
        "ci_lo",
        "ci_hi",
        "min",
        "max",
        "replications",
    ];
    let none = bundle.no_events();
    let row = |row: &SummaryRow| {
        let number = |value| Shown::number(value, row.unit);
        let never = human::never(&none, &row.arm, &row.metric);
        vec![
            Shown::name(&row.arm),
            Shown::name(&row.metric),
            number(row.mean).or_never(never),
            number(row.ci_lo),
            number(row.ci_hi),
            number(row.min),
            number(row.max),
            Shown::count(row.replications),
        ]
    };
    Table {
        id: "metrics",
        title: "All metrics",
        header: names.map(str::to_owned).to_vec(),
        rows: bundle.summary.iter().map(row).collect(),
    }
}

/// Messages by arm, class and outcome, all replications together.
pub fn outcomes(bundle: &Bundle) -> Table {
    let mut counts: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for row in &bundle.outcomes {
        let key = (row.arm.as_str(), row.class, row.outcome.as_str());
        *counts.entry(key).or_default() += row.count;
    }
    let rows = counts.into_iter().map(|((arm, class, outcome), count)| {
        vec![
            Shown::name(arm),
            Shown::name(class),
            Shown::name(outcome),
            Shown::count(count),
        ]
    });
    Table {
        id: "outcomes",
        title: "How messages ended",
        header: ["arm", "class", "outcome", "count"]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.collect(),
    }
}

/// The data files that entered, with their hashes.
pub fn inputs(bundle: &Bundle) -> Table {
    let list = bundle.manifest["inputs"].as_array().into_iter().flatten();
    let row = |input: &serde_json::Value| {
        vec![
            Shown::name(input["name"].as_str().unwrap_or_default()),
            Shown::name(input["sha256"].as_str().unwrap_or_default()),
            Shown::count(input["bytes"].as_u64().unwrap_or(0)),
        ]
    };
    Table {
        id: "inputs",
        title: "Data files",
        header: ["name", "sha256", "bytes"].map(str::to_owned).to_vec(),
        rows: list.map(row).collect(),
    }
}
