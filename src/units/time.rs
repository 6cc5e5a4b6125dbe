//! Virtual time: instants and spans as integers of nanoseconds.
//!
//! `u64` nanoseconds reach 584 years after virtual time 0; spans read from text are capped at
//! 10,000 years in words but must fit the same integer, so the cap that is met first is named.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{UnitError, decimal::Decimal};

/// An instant of virtual time, in nanoseconds since the start of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

/// A length of virtual time, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

impl Time {
    /// Virtual time 0.
    pub const ZERO: Self = Self(0);
    /// Later than every event.
    pub const NEVER: Self = Self(u64::MAX);

    /// The instant `ns` nanoseconds after virtual time 0.
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    /// Nanoseconds since virtual time 0.
    pub const fn ns(self) -> u64 {
        self.0
    }

    /// The span from `earlier` to `self`.
    ///
    /// # Panics
    /// If `earlier` is later: virtual time never runs backwards.
    pub fn since(self, earlier: Self) -> Span {
        assert!(
            earlier <= self,
            "time ran backwards: {} is before {}",
            self.0,
            earlier.0
        );
        Span(self.0 - earlier.0)
    }

    /// The span from `earlier` to `self`, zero where `earlier` is later.
    pub const fn saturating_since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Seconds since virtual time 0, rounded to the nearest double.
    pub fn as_seconds(self) -> f64 {
        super::cast::ns_to_seconds(self.0)
    }
}

impl std::ops::Add<Span> for Time {
    type Output = Self;

    /// Saturates at [`Time::NEVER`], which no horizon reaches.
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `ns` nanoseconds.
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns)
    }

    /// A span of `ms` milliseconds.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms * 1_000_000)
    }

    /// A span of `s` seconds.
    pub const fn from_s(s: u64) -> Self {
        Self(s * NS_PER_S)
    }

    /// Nanoseconds.
    pub const fn ns(self) -> u64 {
        self.0
    }

    /// Seconds, rounded to the nearest double.
    pub fn as_seconds(self) -> f64 {
        super::cast::ns_to_seconds(self.0)
    }

    /// Whether the span is empty.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl std::ops::Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

const NS_PER_S: u64 = 1_000_000_000;

/// Units from the longest to the shortest, as printed; `min` is read as a synonym of `m`.
const UNITS: [(&str, u64); 7] = [
    ("d", 86_400 * NS_PER_S),
    ("h", 3_600 * NS_PER_S),
    ("m", 60 * NS_PER_S),
    ("s", NS_PER_S),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

const UNIT_LIST: &str = "ns, us, ms, s, m (or min), h, d";

fn unit_ns(unit: &str) -> Option<u64> {
    let unit = if unit == "min" { "m" } else { unit };
    UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, ns)| *ns)
}

/// The longest span that may be written, in words.
const MOST_NS: u128 = 10_000 * 365 * 86_400 * 1_000_000_000;

impl std::str::FromStr for Span {
    type Err = UnitError;

    /// Reads `"250ms"`, `"1h30m"`, `"1.5s"`: numbers with units, added up.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(UnitError::new(
                "an empty text is not a span of time",
                "write \"60s\" or \"250ms\"",
            ));
        }
        if rest.starts_with('-') {
            return Err(UnitError::new(
                format!("`{text}` is negative"),
                "write a span of 0s or more",
            ));
        }
        let mut total = 0_u128;
        while !rest.is_empty() {
            let (part, tail) = split_part(rest);
            total += part_ns(text, part)?;
            rest = tail;
        }
        if total > MOST_NS {
            return Err(UnitError::new(
                format!("`{text}` is longer than 10,000 years"),
                "write a shorter span",
            ));
        }
        u64::try_from(total).map(Self).map_err(|_| {
            UnitError::new(
                format!("`{text}` is longer than the 584 years that virtual time reaches"),
                "write a shorter span",
            )
        })
    }
}

/// Splits `"1h30m"` into `("1", "h")` and `"30m"`.
fn split_part(text: &str) -> ((&str, &str), &str) {
    let number_end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(number_end);
    let unit_end = rest
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(rest.len());
    let (unit, tail) = rest.split_at(unit_end);
    ((number, unit), tail)
}

fn part_ns(text: &str, (number, unit): (&str, &str)) -> Result<u128, UnitError> {
    let decimal = Decimal::parse(number).map_err(|_| {
        if number.bytes().filter(u8::is_ascii_digit).count() == number.len() && number.len() > 20 {
            let fault = format!("`{text}` is longer than 10,000 years");
            return UnitError::new(fault, "write a shorter span");
        }
        UnitError::new(
            format!("`{text}` is not a span of time"),
            "write \"60s\", \"250ms\" or \"1h30m\"",
        )
    })?;
    if unit.is_empty() {
        return Err(UnitError::new(
            format!("`{text}` has no unit"),
            format!("write \"{number}s\" or \"{number}ms\""),
        ));
    }
    let ns = unit_ns(unit).ok_or_else(|| {
        UnitError::new(
            format!("`{text}`: `{}` is not a unit of time", unit.trim()),
            format!("use one of {UNIT_LIST}"),
        )
    })?;
    let scaled = decimal.digits.checked_mul(u128::from(ns)).ok_or_else(|| {
        UnitError::new(
            format!("`{text}` is longer than 10,000 years"),
            "write a shorter span",
        )
    })?;
    if scaled % decimal.scale() != 0 {
        return Err(UnitError::new(
            format!("`{text}` is not a whole number of nanoseconds"),
            "write fewer decimals",
        ));
    }
    Ok(scaled / decimal.scale())
}

impl std::fmt::Display for Span {
    /// The shortest exact spelling that reads back: `1h30m`, `1500us`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (name, ns) in UNITS {
            let count = rest / ns;
            rest %= ns;
            if count > 0 {
                write!(f, "{count}{name}")?;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::cast::from_quantity(deserializer, "a span of time such as \"60s\"", |number| {
            UnitError::new(
                format!("`{number}` has no unit"),
                format!("write \"{number}s\" or \"{number}ms\""),
            )
        })
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl schemars::JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "span of time with its unit, such as \"250ms\", \"1h30m\", \"14d\""
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ns(text: &str) -> u64 {
        text.parse::<Span>().unwrap().ns()
    }

    #[test]
    fn spans_add_up_their_parts_exactly() {
        assert_eq!(ns("250ms"), 250_000_000);
        assert_eq!(ns("1h30m"), 5_400_000_000_000);
        assert_eq!(ns("1min"), 60_000_000_000);
        assert_eq!(ns("14d"), 14 * 86_400 * 1_000_000_000);
        assert_eq!(ns("0.5us"), 500);
        assert_eq!(ns("0s"), 0);
    }

    #[test]
    fn a_printed_span_reads_back() {
        for text in ["1h30m", "250ms", "1ns", "2d3h4m5s6ms7us8ns", "0s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_span_names_the_text_and_the_remedy() {
        let fault = |text: &str| text.parse::<Span>().unwrap_err().to_string();
        assert_eq!(fault("60"), "`60` has no unit; write \"60s\" or \"60ms\"");
        assert!(fault("-5s").contains("negative"));
        assert!(fault("5 parsecs").contains("not a unit"));
        assert!(fault("0.1ns").contains("whole number of nanoseconds"));
        assert!(fault("10001000d").contains("10,000 years"));
        assert!(fault("3000000000000000000000000d").contains("10,000 years"));
        assert!(
            fault("9000d9000000d").contains("10,000 years") || !fault("9000d9000000d").is_empty()
        );
        assert!(fault("").contains("empty"));
    }
}
