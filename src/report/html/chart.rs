//! A chart: what it shows, the drawing, and the numbers that it was drawn from.

use crate::report::records;

/// A chart of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Its name: the anchor in the page, and the name of its file.
    pub id: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// How it is to be read, in a sentence or two.
    pub about: String,
    /// The drawing.
    pub drawing: Drawing,
    /// The numbers that it was drawn from.
    pub data: Data,
}

/// A drawing, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawing {
    /// As SVG.
    Svg(String),
    /// There is nothing to draw, for this reason.
    Missing(String),
}

/// A table of texts, numbers as in the result files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Data {
    /// The names of the columns.
    pub header: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Data {
    /// A table without rows.
    pub fn new(header: &[&'static str]) -> Self {
        Self {
            header: header.to_vec(),
            rows: Vec::new(),
        }
    }

    /// As CSV.
    ///
    /// # Panics
    /// Never: texts are text.
    pub fn csv(&self) -> String {
        let header = self.header.iter().map(|name| (*name).to_owned()).collect();
        let bytes = records(std::iter::once(header).chain(self.rows.iter().cloned()));
        String::from_utf8(bytes).expect("texts are text")
    }
}

/// A number as the result files write it; empty where there is none.
pub fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, crate::report::number)
}
