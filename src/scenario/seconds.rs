//! Decimal seconds of data files, read exactly to integer nanoseconds, without floats.

use super::{Wrong, tree::cut};
use crate::units::Span;

/// More digits before the point than any time needs: 10^15 s are 31 million years.
const MOST_DIGITS: usize = 15;

/// Digits after the point that a nanosecond can hold.
const PLACES: usize = 9;

/// Reads `12`, `12.5` or `-0.25` seconds as nanoseconds.
///
/// # Errors
/// Where the text is no plain decimal, too large, or finer than a nanosecond.
pub(super) fn exact_ns(text: &str) -> Result<i128, Wrong> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return Err(no_number(text));
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > MOST_DIGITS {
        let what = format!("`{}` is out of range", cut(text));
        return Err(Wrong::new("out-of-range", what, "write a smaller number"));
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > PLACES {
        let what = format!("`{}` has more than {PLACES} decimals", cut(text));
        return Err(Wrong::new("wrong-value", what, "round it to nanoseconds"));
    }
    let number = |part: &str| {
        part.bytes()
            .fold(0_i128, |n, b| n * 10 + i128::from(b - b'0'))
    };
    let padding = (fraction.len()..PLACES).fold(1_i128, |n, _| n * 10);
    let ns = number(whole) * 1_000_000_000 + number(fraction) * padding;
    Ok(if negative { -ns } else { ns })
}

/// Reads seconds of 0 or more as a span.
///
/// # Errors
/// As [`exact_ns`], and where the text is negative or longer than virtual time.
pub(super) fn exact_span(text: &str) -> Result<Span, Wrong> {
    let ns = exact_ns(text)?;
    let shown = cut(text.trim());
    if ns < 0 {
        let what = format!("`{shown}` is negative");
        return Err(Wrong::new("out-of-range", what, "write 0 or more seconds"));
    }
    u64::try_from(ns).map(Span::from_ns).map_err(|_| {
        let what = format!("`{shown}` is longer than the 584 years that virtual time reaches");
        Wrong::new("out-of-range", what, "write a shorter time")
    })
}

fn no_number(text: &str) -> Wrong {
    if text.is_empty() {
        return Wrong::new(
            "wrong-value",
            "an empty field",
            "write a number such as 12.5",
        );
    }
    let what = format!("`{}` is not a plain number", cut(text));
    let remedy = "write digits with at most one point, such as 12.5, without unit or exponent";
    Wrong::new("wrong-value", what, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_to_the_nanosecond() {
        let cases = [
            ("0", 0),
            ("1082040961", 1_082_040_961_000_000_000),
            ("1.1", 1_100_000_000),
            (" 0.000000001 ", 1),
            ("0.1234567890000", 123_456_789),
            ("-2.5", -2_500_000_000),
            ("0007", 7_000_000_000),
            ("999999999999999.999999999", 999_999_999_999_999_999_999_999),
        ];
        for (text, ns) in cases {
            assert_eq!(exact_ns(text), Ok(ns), "{text}");
        }
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in [
            "", "-", "1e3", "1_000", "1.", ".5", "+1", "1s", "0x1", "1.2.3", "nan", "--1",
        ] {
            assert_eq!(exact_ns(text).unwrap_err().code, "wrong-value", "{text}");
        }
        assert_eq!(
            exact_ns("0.1234567891").unwrap_err().to_string(),
            "`0.1234567891` has more than 9 decimals; round it to nanoseconds"
        );
        assert_eq!(
            exact_ns("1000000000000000").unwrap_err().code,
            "out-of-range"
        );
    }
}
