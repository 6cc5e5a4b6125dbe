//! A bare vector of arrivals: a CSV file with the columns `t_ms,cost,sender,pds`, in the order of
//! time. Further columns are ignored.

use super::table_file::{Columns, Row, TableFile};
use super::{Faults, SourceId, Sources, Wrong, tree::cut};

/// One row of a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorRow {
    /// Milliseconds since the start.
    pub t_ms: u64,
    /// What the arrival costs.
    pub cost: u64,
    /// Name of the sender.
    pub sender: Box<str>,
    /// Name of the sender's PDS.
    pub pds: Box<str>,
}

const COLUMNS: Columns = Columns {
    required: &[&["t_ms"], &["cost"], &["sender"], &["pds"]],
    optional: &[],
};

/// Instants are kept as nanoseconds below 2^62.
const LATEST_MS: u64 = (1 << 62) / 1_000_000;

/// Reads a vector; `None` where a fault was found.
pub fn read_vector(
    source: SourceId,
    sources: &Sources,
    faults: &mut Faults,
) -> Option<Vec<VectorRow>> {
    let mut file = TableFile::open(source, sources, COLUMNS);
    let mut rows: Vec<VectorRow> = Vec::new();
    if file.is_sound() {
        // A sound header has every column.
        let columns = ["t_ms", "cost", "sender", "pds"];
        let columns = columns.map(|name| file.column(name).unwrap_or(usize::MAX));
        let mut row = Row::default();
        while file.next(&mut row) {
            let before = rows.last().map_or(0, |row| row.t_ms);
            rows.push(read_row(&mut file, &row, columns, before));
        }
    }
    file.finish(rows.len(), faults).then_some(rows)
}

/// Reads one row; a faulty field is reported and takes a harmless value.
fn read_row(
    file: &mut TableFile<'_>,
    row: &Row,
    [t_ms, cost, sender, pds]: [usize; 4],
    before: u64,
) -> VectorRow {
    let mut field = |column: usize, read: Result<u64, Wrong>, otherwise: u64| {
        read.unwrap_or_else(|wrong| {
            file.wrong(row, column, wrong);
            otherwise
        })
    };
    VectorRow {
        t_ms: field(t_ms, instant(row.field(t_ms), before), before),
        cost: field(cost, whole(row.field(cost)), 1),
        sender: row.field(sender).into(),
        pds: row.field(pds).into(),
    }
}

fn instant(text: &str, before: u64) -> Result<u64, Wrong> {
    let t_ms = whole(text)?;
    if t_ms > LATEST_MS {
        let what = format!("{t_ms} ms is more than 146 years after the start");
        let remedy = "write milliseconds since the start of the vector";
        return Err(Wrong::new("out-of-range", what, remedy));
    }
    if t_ms < before {
        let what = format!("{t_ms} is earlier than the row before");
        return Err(Wrong::new("trace-order", what, "sort the rows by time"));
    }
    Ok(t_ms)
}

fn whole(text: &str) -> Result<u64, Wrong> {
    let text = text.trim();
    let fits = || !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = fits().then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| {
        let what = format!("`{}` is not a whole number", cut(text));
        Wrong::new("wrong-value", what, "write a whole number from 0")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::testing::read_file;

    #[test]
    fn rows_are_read_and_further_columns_ignored() {
        let text = "pds,t_ms,note,cost,sender\np,5,x,2,a\n";
        let expected = VectorRow {
            t_ms: 5,
            cost: 2,
            sender: "a".into(),
            pds: "p".into(),
        };
        assert_eq!(read_file("v.csv", text, read_vector).unwrap(), [expected]);
    }

    #[test]
    fn every_faulty_field_is_told_at_its_place() {
        let text = "t_ms,cost,sender,pds\n5,1,a,p\n4,x,a,p\n-1,1,a,p\n";
        let expected = [
            "v.csv:3:1: 4 is earlier than the row before; sort the rows by time",
            "v.csv:3:3: `x` is not a whole number; write a whole number from 0",
            "v.csv:4:1: `-1` is not a whole number; write a whole number from 0",
        ];
        assert_eq!(read_file("v.csv", text, read_vector).unwrap_err(), expected);
    }
}
