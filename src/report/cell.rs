//! One value of a result file, and how numbers are written.
//!
//! Numbers are the shortest text that reads back as the same double: `0.1`, `12`, `1e-7`. From
//! 1e-6 up to 1e21 without an exponent, beyond with one; every CSV reader knows both.

/// One value of a result file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'r> {
    /// A name.
    Text(&'r str),
    /// An exact count.
    Count(u64),
    /// A measured number.
    Number(f64),
    /// There is nothing to measure: empty in CSV, null in JSON.
    Missing,
}

impl Cell<'_> {
    /// The value as CSV writes it, before quoting.
    pub fn text(self) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Count(count) => count.to_string(),
            Self::Number(value) => number(value),
            Self::Missing => String::new(),
        }
    }
}

impl From<Option<f64>> for Cell<'_> {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Number)
    }
}

/// The shortest text that reads back as `value`; empty where it is not finite.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        String::new()
    } else if size == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e21).contains(&size) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_read_back_as_themselves() {
        let cases = [
            (0.1, "0.1"),
            (-0.0, "0"),
            (12.0, "12"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1e20, "100000000000000000000"),
            (1e21, "1e21"),
            (-2.5e-9, "-2.5e-9"),
            (f64::NAN, ""),
            (f64::INFINITY, ""),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_finite_number_reads_back_as_itself(bits: u64) {
            let value = f64::from_bits(bits);
            if value.is_finite() && value != 0.0 {
                let read: f64 = number(value).parse().unwrap();
                proptest::prop_assert_eq!(read.to_bits(), bits);
            }
        }
    }
}
