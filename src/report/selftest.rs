//! What `pdsim selftest` shows: theory, measured, interval and z of each claim.

use super::grid::{Align, Grid};
use super::present::Format;
use super::sheet::Sheet;
use super::{Cell, csv, human, sheets};
use crate::experiment::selftest::{LARGEST_Z, Row};

/// The rows as text; ends with a newline.
///
/// # Panics
/// Never: rows are what JSON can say, and CSV of them is text.
pub fn selftest(rows: &[Row], format: Format) -> String {
    match format {
        Format::Table => format!("{}\n{}\n", grid(rows).text(), verdict(rows)),
        Format::Md => format!("{}\n{}\n", grid(rows).markdown(), verdict(rows)),
        Format::Csv => {
            let bytes = csv::csv(&SELFTEST, rows);
            String::from_utf8(bytes).expect("names and numbers are text")
        }
        Format::Json => {
            let object = serde_json::json!({
                "version": env!("CARGO_PKG_VERSION"),
                "agrees": rows.iter().all(Row::agrees),
                "largest_z": LARGEST_Z,
                "rows": rows,
            });
            serde_json::to_string_pretty(&object).expect("rows are what JSON can say") + "\n"
        }
    }
}

fn grid(rows: &[Row]) -> Grid {
    let mut grid = Grid::new([
        ("case", Align::Left),
        ("quantity", Align::Left),
        ("theory", Align::Right),
        ("measured", Align::Right),
        ("95% interval", Align::Left),
        ("z", Align::Right),
    ]);
    for row in rows {
        let shown = |value: Option<f64>| {
            value.map_or_else(|| "-".to_owned(), |value| human::value(value, row.unit))
        };
        let interval = row.ci_lo.map_or_else(
            || "-".to_owned(),
            |_| format!("{} to {}", shown(row.ci_lo), shown(row.ci_hi)),
        );
        grid.push(vec![
            row.case.clone(),
            row.quantity.clone(),
            shown(Some(row.theory)),
            shown(row.measured),
            interval,
            row.z.map_or_else(|| "-".to_owned(), |z| format!("{z:.2}")),
        ]);
    }
    grid
}

/// The outcome in a sentence.
pub fn verdict(rows: &[Row]) -> String {
    let wrong: Vec<&Row> = rows.iter().filter(|row| !row.agrees()).collect();
    let size = |row: &&Row| row.z.map_or(f64::INFINITY, f64::abs);
    let largest = rows.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
    match (wrong.as_slice(), largest) {
        ([], Some(row)) => format!(
            "{} of {} numbers agree with theory; the largest |z| is {:.2}, {LARGEST_Z} would be too much.",
            rows.len(),
            rows.len(),
            size(&row)
        ),
        ([], None) => "Nothing was measured.".to_owned(),
        (wrong, _) => {
            let names: Vec<String> = wrong
                .iter()
                .map(|row| format!("{}: {}", row.case, row.quantity))
                .collect();
            format!(
                "{} of {} numbers do not agree with theory, which is a fault of pdsim: {}.",
                wrong.len(),
                rows.len(),
                names.join("; ")
            )
        }
    }
}

/// The table as CSV.
const SELFTEST: Sheet<Row> = Sheet {
    name: "selftest",
    about: "one number that theory gives, and what the simulator measured",
    key: &["case", "quantity"],
    columns: &[
        sheets::text("case", "the scenario", |row| Cell::Text(&row.case)),
        sheets::text("quantity", "what was measured", |row| {
            Cell::Text(&row.quantity)
        }),
        sheets::text("unit", "unit of the number: s, 1, 1/s or ratio", |row| {
            Cell::Text(row.unit)
        }),
        sheets::text("formula", "the law that it follows", |row| {
            Cell::Text(row.formula)
        }),
        sheets::decimal("theory", "what theory says", |row| Cell::Number(row.theory)),
        sheets::decimal("measured", "what was measured", |row| row.measured.into()),
        sheets::decimal("ci_lo", "lower end of the 95 % interval", |row| {
            row.ci_lo.into()
        }),
        sheets::decimal("ci_hi", "upper end of the 95 % interval", |row| {
            row.ci_hi.into()
        }),
        sheets::decimal("z", "distance from theory in standard errors", |row| {
            row.z.into()
        }),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn row(z: f64) -> Row {
        Row {
            case: "M/M/1, load 0.5".to_owned(),
            quantity: "mean wait".to_owned(),
            unit: "s",
            formula: "rho / (mu - lambda)",
            theory: 1.0,
            measured: Some(1.5),
            ci_lo: Some(1.25),
            ci_hi: Some(1.75),
            z: Some(z),
        }
    }

    #[test]
    fn the_verdict_names_what_does_not_agree() {
        let text = selftest(&[row(1.0), row(-4.5)], Format::Table);
        assert!(
            text.contains("1 of 2 numbers do not agree with theory"),
            "{text}"
        );
        assert!(text.contains("M/M/1, load 0.5: mean wait."), "{text}");
        let text = selftest(&[row(1.0), row(-2.0)], Format::Md);
        assert!(text.contains("2 of 2 numbers agree"), "{text}");
        assert!(text.contains("the largest |z| is 2.00"), "{text}");
    }

    #[test]
    fn csv_has_a_row_per_number_and_its_digits() {
        let text = selftest(&[row(0.5)], Format::Csv);
        let expected = "case,quantity,unit,formula,theory,measured,ci_lo,ci_hi,z\n\
            \"M/M/1, load 0.5\",mean wait,s,rho / (mu - lambda),1,1.5,1.25,1.75,0.5\n";
        assert_eq!(text, expected);
    }
}
