//! What a result file holds: its columns with their types and meanings, and how each is taken
//! from a row. The CSV header, the cells and `datapackage.json` all come from here.

use super::Cell;

/// One result file of rows `R`.
#[derive(Debug)]
pub struct Sheet<R: 'static> {
    /// Its name without `.csv`.
    pub name: &'static str,
    /// What its rows are.
    pub about: &'static str,
    /// The columns that tell one row from all others; none where one of them may be empty, which a
    /// Table Schema forbids.
    pub key: &'static [&'static str],
    /// Its columns, in order.
    pub columns: &'static [Column<R>],
}

/// One column of a result file.
#[derive(Debug)]
pub struct Column<R: 'static> {
    /// Its name in the header line.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Kind,
    /// What it says.
    pub about: &'static str,
    /// Its value in a row.
    pub cell: for<'r> fn(&'r R) -> Cell<'r>,
}

/// The type of a column, in the words of Frictionless Table Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
}

impl Kind {
    /// The type's name in a Table Schema.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "integer",
            Self::Number => "number",
        }
    }
}

impl<R> Sheet<R> {
    /// Its file's name.
    pub fn file(&self) -> String {
        format!("{}.csv", self.name)
    }
}
