//! Measured durations: a CSV file with a column `seconds` and, where values stand for several
//! measurements, a column `weight`; further columns are ignored.
//!
//! Both are plain decimals, exact to nine places; a row's share is its weight over their sum.

use super::seconds::{exact_ns, exact_span};
use super::table_file::{Columns, Row, TableFile};
use super::{Faults, SourceId, Sources, Wrong};
use crate::units::Span;

/// The values of a file, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmpiricalFile {
    /// The values.
    pub values: Vec<Span>,
    /// The weight of each in billionths (weight 1 is 10^9); `None` where all weigh the same.
    pub weights: Option<Vec<u64>>,
}

const COLUMNS: Columns = Columns {
    required: &[&["seconds"]],
    optional: &["weight"],
};

/// Reads the values; `None` where a fault was found.
pub fn read_empirical(
    source: SourceId,
    sources: &Sources,
    faults: &mut Faults,
) -> Option<EmpiricalFile> {
    let mut file = TableFile::open(source, sources, COLUMNS);
    let weight_column = file.column("weight");
    let mut read = EmpiricalFile {
        weights: weight_column.map(|_| Vec::new()),
        ..EmpiricalFile::default()
    };
    if let Some(column) = file.column("seconds").filter(|_| file.is_sound()) {
        let mut row = Row::default();
        while file.next(&mut row) {
            let value = exact_span(row.field(column));
            let value = value.map_err(|wrong| file.wrong(&row, column, wrong));
            read.values.push(value.unwrap_or_default());
            if let (Some(column), Some(weights)) = (weight_column, &mut read.weights) {
                let weight = weight(row.field(column));
                let weight = weight.map_err(|wrong| file.wrong(&row, column, wrong));
                weights.push(weight.unwrap_or(1));
            }
        }
    }
    file.finish(read.values.len(), faults).then_some(read)
}

/// A weight in billionths.
fn weight(text: &str) -> Result<u64, Wrong> {
    let billionths = exact_ns(text)?;
    let remedy = "write a weight above 0 and up to 1000000000";
    match u64::try_from(billionths) {
        Ok(weight @ 1..=1_000_000_000_000_000_000) => Ok(weight),
        _ => Err(Wrong::new(
            "out-of-range",
            format!("`{}` is no weight", text.trim()),
            remedy,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::testing::read_file;

    fn read(text: &str) -> Result<EmpiricalFile, Vec<String>> {
        read_file("lag.csv", text, read_empirical)
    }

    #[test]
    fn values_and_weights_are_exact() {
        let lags = read("seconds\n0.25\n0\n3600\n").unwrap();
        assert_eq!(
            lags.values,
            [Span::from_ms(250), Span::ZERO, Span::from_s(3600)]
        );
        assert_eq!(lags.weights, None);
        let weighted = read("weight,n,seconds\n0.5,x,1\n3,y,2\n").unwrap();
        assert_eq!(weighted.values, [Span::from_s(1), Span::from_s(2)]);
        assert_eq!(weighted.weights.unwrap(), [500_000_000, 3_000_000_000]);
    }

    #[test]
    fn wrong_values_and_weights_are_named_at_their_places() {
        assert_eq!(
            read("seconds,weight\n-1,1\n2,0\n3,-1\n1e3,1\n").unwrap_err(),
            [
                "lag.csv:2:1: `-1` is negative; write 0 or more seconds",
                "lag.csv:3:3: `0` is no weight; write a weight above 0 and up to 1000000000",
                "lag.csv:4:3: `-1` is no weight; write a weight above 0 and up to 1000000000",
                "lag.csv:5:1: `1e3` is not a plain number; write digits with at most one point, \
                 such as 12.5, without unit or exponent",
            ]
        );
        assert_eq!(
            read("ms\n5\n").unwrap_err(),
            ["lag.csv:1:1: the header has no column `seconds`; name it in the first line"]
        );
    }
}
