//! Decimal numbers as written (`"0.2"`, `"15"`), kept exact as digits and a power of ten.

use super::UnitError;

/// An exact non-negative decimal: `digits / 10^places`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) digits: u128,
    pub(super) places: u32,
}

/// More digits than any quantity of a scenario needs, and few enough to stay in a `u128`.
const MOST_DIGITS: usize = 27;

impl Decimal {
    /// Reads digits with at most one point. No sign, exponent or underscore.
    pub(super) fn parse(text: &str) -> Result<Self, UnitError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let has_point = text.contains('.');
        if whole.is_empty() || (has_point && fraction.is_empty()) {
            return Err(plain_number(text));
        }
        if !is_number(whole) || !is_number(fraction) {
            return Err(plain_number(text));
        }
        if whole.len() + fraction.len() > MOST_DIGITS {
            return Err(UnitError::new(
                format!("`{text}` has more than {MOST_DIGITS} digits"),
                "write fewer digits",
            ));
        }
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .fold(0_u128, |n, b| n * 10 + u128::from(b - b'0'));
        let places = u32::try_from(fraction.len()).expect("bounded above");
        Ok(Self { digits, places })
    }

    /// `10^places`, the denominator.
    pub(super) fn scale(self) -> u128 {
        10_u128.pow(self.places)
    }
}

fn plain_number(text: &str) -> UnitError {
    let shown = if text.is_empty() {
        "nothing".to_owned()
    } else {
        format!("`{text}`")
    };
    UnitError::new(
        format!("{shown} is not a plain number"),
        "write digits with at most one point, such as 15 or 0.2, without sign or exponent",
    )
}
