//! Numbers for people: four significant digits, seconds in the unit that fits, shares in percent.

use crate::experiment::zero::NoEvents;
use crate::units::cast;

/// What is said of a metric of which no replication had an event: of how many chances, and how
/// many replications may have any.
pub fn never(no_events: &[NoEvents], arm: &str, metric: &str) -> Option<(String, String)> {
    let of_both = |found: &&NoEvents| found.arm == arm && found.metric == metric;
    let found = no_events.iter().find(of_both)?;
    let percent = found.bound * 100.0;
    let shown = match percent {
        // Rounded up: it is an upper bound.
        percent if percent >= 10.0 => libm::ceil(percent).to_string(),
        percent => digits(percent),
    };
    Some((
        format!("0 of {}", count(cast::f64_floor(found.of))),
        format!("fewer than {shown} % of replications have any"),
    ))
}

/// A value of a metric with its unit (`s`, `1`, `1/s`, `ratio`).
pub fn value(value: f64, unit: &str) -> String {
    match unit {
        "s" => seconds(value),
        "ratio" => format!("{} %", digits(value * 100.0)),
        "1/s" => format!("{} /s", digits(value)),
        _ => digits(value),
    }
}

/// A span in the largest unit of which there is at least one (seconds up to two minutes).
pub fn seconds(value: f64) -> String {
    const UNITS: [(f64, f64, &str); 7] = [
        (172_800.0, 86_400.0, "d"),
        (7_200.0, 3_600.0, "h"),
        (120.0, 60.0, "min"),
        (1.0, 1.0, "s"),
        (1e-3, 1e-3, "ms"),
        (1e-6, 1e-6, "us"),
        (0.0, 1e-9, "ns"),
    ];
    if value == 0.0 {
        return "0 s".to_owned();
    }
    let fits = UNITS.iter().find(|(from, _, _)| value.abs() >= *from);
    let (_, unit, name) = fits.unwrap_or(&UNITS[6]);
    format!("{} {name}", digits(value / unit))
}

/// Four significant digits, thousands parted by commas.
pub fn digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if !(1e-4..1e15).contains(&size) {
        return format!("{value:.3e}");
    }
    let sign = if value < 0.0 { "-" } else { "" };
    if size >= 999.95 {
        return format!("{sign}{}", count(cast::f64_floor(libm::round(size))));
    }
    let before = [1.0, 10.0, 100.0].iter().filter(|power| size >= **power);
    let mut decimals = 4 - before.count();
    for power in [0.1, 0.01, 0.001] {
        decimals += usize::from(size < power);
    }
    format!("{sign}{size:.decimals$}")
}

/// A count with its thousands parted by commas.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_shown_whatever_the_size() {
        let cases = [
            (0.0, "0"),
            (0.012_345_6, "0.01235"),
            (0.5, "0.5000"),
            (1.0, "1.000"),
            (12.345_6, "12.35"),
            (123.456, "123.5"),
            (999.96, "1,000"),
            (1_234_567.8, "1,234,568"),
            (-2.5, "-2.500"),
            (1e-7, "1.000e-7"),
        ];
        for (value, text) in cases {
            assert_eq!(digits(value), text);
        }
    }

    #[test]
    fn what_never_happened_is_no_bare_zero() {
        let found = NoEvents {
            arm: "base".to_owned(),
            metric: "ham.false-reject".to_owned(),
            of: 96_774.0,
            replications: 10,
            bound: 0.258_9,
        };
        let (mean, interval) = never(&[found], "base", "ham.false-reject").unwrap();
        assert_eq!(mean, "0 of 96,774");
        assert_eq!(interval, "fewer than 26 % of replications have any");
        assert_eq!(never(&[], "base", "ham.false-reject"), None);
    }

    #[test]
    fn units_fit_the_size() {
        assert_eq!(value(0.035, "s"), "35.00 ms");
        assert_eq!(value(90.0, "s"), "90.00 s");
        assert_eq!(value(25_560.0, "s"), "7.100 h");
        assert_eq!(value(0.1234, "ratio"), "12.34 %");
        assert_eq!(value(2.5, "1/s"), "2.500 /s");
        assert_eq!(value(3.0, "1"), "3.000");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(999), "999");
    }
}
