//! CSV: one header line, lines end with a line feed, missing values are empty.

use super::sheet::Sheet;

/// The rows as a CSV file.
///
/// # Panics
/// Never: memory does not fail to be written to.
pub fn csv<R>(sheet: &Sheet<R>, rows: &[R]) -> Vec<u8> {
    let header = sheet.columns.iter().map(|column| column.name.to_owned());
    let cells = rows.iter().map(|row| {
        let cell = |column: &super::Column<R>| (column.cell)(row).text();
        sheet.columns.iter().map(cell).collect()
    });
    records(std::iter::once(header.collect()).chain(cells))
}

/// Lines of text fields as CSV.
///
/// # Panics
/// Never: memory does not fail to be written to.
pub fn records(lines: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    for line in lines {
        writer.write_record(line).expect("memory takes every line");
    }
    writer.into_inner().expect("memory takes every line")
}

#[cfg(test)]
mod tests {
    use crate::experiment::rows::ReplicationRow;
    use crate::report::sheets::REPLICATIONS;

    #[test]
    fn lines_end_with_a_line_feed_and_missing_values_are_empty() {
        let row = ReplicationRow {
            arm: "a,b".to_owned(),
            replication: 1,
            metric: "spam.leakage".to_owned(),
            unit: "ratio",
            value: Some(0.25),
            numerator: Some(1.0),
            denominator: None,
        };
        let text = String::from_utf8(super::csv(&REPLICATIONS, &[row])).unwrap();
        assert_eq!(
            text,
            "arm,replication,metric,unit,value,numerator,denominator\n\
             \"a,b\",1,spam.leakage,ratio,0.25,1,\n"
        );
    }
}
