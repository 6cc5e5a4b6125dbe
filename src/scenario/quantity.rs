//! Values of a tree as numbers and back: whole numbers, decimals, spans in seconds, rates per
//! second, shares as fractions. Ranges of factors interpolate between them, result files hold them.

use super::{Node, Value};
use crate::units::{Rate, Share, Span, cast};

/// What a number in a scenario measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// A count, without a unit.
    Whole,
    /// A decimal without a unit.
    Number,
    /// A span of time, in seconds.
    Span,
    /// Events per second.
    Rate,
    /// A part of a whole.
    Share,
}

impl Quantity {
    /// The unit of its numbers, as result files write it.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Whole | Self::Number => "1",
            Self::Span => "s",
            Self::Rate => "1/s",
            Self::Share => "ratio",
        }
    }

    /// What two values of one factor measure together, where that is one thing.
    pub fn with(self, other: Self) -> Option<Self> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Self::Whole, Self::Number) | (Self::Number, Self::Whole) => Some(Self::Number),
            (Self::Share, Self::Number | Self::Whole)
            | (Self::Number | Self::Whole, Self::Share) => Some(Self::Share),
            _ => None,
        }
    }
}

/// What a value measures, and its number; none for what is no quantity.
pub fn read(node: &Node) -> Option<(Quantity, f64)> {
    match &node.value {
        Value::Integer(number) => Some((Quantity::Whole, cast::signed_to_f64(*number))),
        Value::Float(number) => Some((Quantity::Number, *number)),
        Value::String(text) => read_text(text),
        _ => None,
    }
}

fn read_text(text: &str) -> Option<(Quantity, f64)> {
    let span = || Some((Quantity::Span, text.parse::<Span>().ok()?.as_seconds()));
    let rate = || Some((Quantity::Rate, text.parse::<Rate>().ok()?.per_second()));
    let share = || Some((Quantity::Share, text.parse::<Share>().ok()?.value()));
    let is_share = text.trim_end().ends_with('%');
    span()
        .or_else(rate)
        .or_else(|| is_share.then(share).flatten())
}

/// A number as a value of a scenario, with six significant digits; whole where it counts.
pub(super) fn written(quantity: Quantity, number: f64) -> Value {
    let rounded = round(number);
    match quantity {
        Quantity::Whole => {
            Value::Integer(i128::from(cast::f64_floor(number.abs() + 0.5)) * sign(number))
        }
        Quantity::Number | Quantity::Share => Value::Float(rounded),
        Quantity::Span => {
            let ns = cast::f64_to_ns(libm::round(rounded * 1e9));
            Value::String(Span::from_ns(ns).to_string())
        }
        Quantity::Rate => Value::String(format!("{rounded}/s")),
    }
}

fn sign(number: f64) -> i128 {
    if number < 0.0 { -1 } else { 1 }
}

/// Six significant digits; through the decimal text, which is exact on every machine.
fn round(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::testing::parsed;

    fn quantity(text: &str) -> Option<(Quantity, f64)> {
        let (tree, _) = parsed(&format!("x = {text}\n"));
        read(tree.get("x").unwrap())
    }

    #[test]
    fn values_are_numbers_in_base_units() {
        assert_eq!(quantity("12"), Some((Quantity::Whole, 12.0)));
        assert_eq!(quantity("\"1h30m\""), Some((Quantity::Span, 5_400.0)));
        assert_eq!(quantity("\"90/1h\""), Some((Quantity::Rate, 0.025)));
        assert_eq!(quantity("\"2%\""), Some((Quantity::Share, 0.02)));
        assert_eq!(quantity("\"uniform\""), None);
        assert_eq!(quantity("{ one = {} }"), None);
    }

    #[test]
    fn what_is_written_reads_back_to_six_digits() {
        let span = written(Quantity::Span, 1_234.567_89);
        assert_eq!(span, Value::String("20m34s570ms".to_owned()));
        assert_eq!(written(Quantity::Whole, 2.5), Value::Integer(3));
        assert_eq!(written(Quantity::Share, 0.2 + 0.1), Value::Float(0.3));
        let rate = written(Quantity::Rate, 1.0 / 3_600.0);
        assert_eq!(rate, Value::String("0.000277778/s".to_owned()));
    }
}
