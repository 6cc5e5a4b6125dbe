//! Rates as exact rationals: `NUMBER "/" [NUMBER] UNIT`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Span, UnitError, decimal::Decimal};

/// Events per span of virtual time, exact: `events / per_ns` events per nanosecond, in lowest
/// terms. Never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    events: u64,
    per_ns: u64,
}

impl Rate {
    /// `events` per `span`; `None` where either is zero.
    pub fn new(events: u64, span: Span) -> Option<Self> {
        Self::lowest(u128::from(events), u128::from(span.ns()))
    }

    fn lowest(events: u128, per_ns: u128) -> Option<Self> {
        if events == 0 || per_ns == 0 {
            return None;
        }
        let divisor = greatest_common_divisor(events, per_ns);
        Some(Self {
            events: u64::try_from(events / divisor).ok()?,
            per_ns: u64::try_from(per_ns / divisor).ok()?,
        })
    }

    /// Numerator: events per [`Rate::per_ns`] nanoseconds, in lowest terms.
    pub const fn events(self) -> u64 {
        self.events
    }

    /// Denominator in nanoseconds, in lowest terms.
    pub const fn per_ns(self) -> u64 {
        self.per_ns
    }

    /// Events per second, rounded to the nearest double.
    pub fn per_second(self) -> f64 {
        super::cast::count_to_f64(self.events) / super::cast::count_to_f64(self.per_ns) * 1e9
    }

    /// The mean gap between events in nanoseconds, rounded to the nearest double.
    pub fn gap_ns(self) -> f64 {
        super::cast::count_to_f64(self.per_ns) / super::cast::count_to_f64(self.events)
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

const REMEDY: &str = "write a rate such as \"100/1h\", \"10/s\" or \"0.2/s\"";

impl std::str::FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let trimmed = text.trim();
        let Some((number, span)) = trimmed.split_once('/') else {
            return Err(UnitError::new(format!("`{text}` is not a rate"), REMEDY));
        };
        let (number, span) = (number.trim(), span.trim());
        if number.starts_with('-') {
            return Err(UnitError::new(format!("`{text}` is negative"), REMEDY));
        }
        let count = Decimal::parse(number).map_err(|_| {
            UnitError::new(
                format!("`{text}`: `{number}` is not a plain number"),
                REMEDY,
            )
        })?;
        let per = per_span(text, span)?;
        if per.is_zero() {
            return Err(UnitError::new(
                format!("`{text}` has a zero denominator"),
                REMEDY,
            ));
        }
        if count.digits == 0 {
            return Err(UnitError::new(
                format!("`{text}` is a rate of zero"),
                "write a rate above 0, or leave the part out",
            ));
        }
        let per_ns = u128::from(per.ns()).checked_mul(count.scale());
        let rate = per_ns
            .and_then(|per_ns| Self::lowest(count.digits, per_ns))
            .ok_or_else(|| {
                UnitError::new(
                    format!("`{text}` needs more digits than a rate can hold"),
                    "write fewer digits",
                )
            })?;
        if rate.events > rate.per_ns {
            return Err(UnitError::new(
                format!("`{text}` is above 1e9/s"),
                "write a lower rate",
            ));
        }
        Ok(rate)
    }
}

fn per_span(text: &str, span: &str) -> Result<Span, UnitError> {
    let wrong = |error: UnitError| UnitError::new(format!("`{text}`: {}", error.fault), REMEDY);
    if span.starts_with(|c: char| c.is_ascii_alphabetic()) {
        format!("1{span}").parse().map_err(wrong)
    } else {
        span.parse().map_err(wrong)
    }
}

impl std::fmt::Display for Rate {
    /// Events per span, as `3/60s`: the exact rational, with the denominator as a span.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A whole number of seconds reads better than its lowest terms in nanoseconds.
        let scale = match 1_000_000_000 % self.per_ns {
            0 => 1_000_000_000 / self.per_ns,
            _ => 1,
        };
        match self.events.checked_mul(scale) {
            Some(events) => write!(f, "{events}/{}", Span::from_ns(self.per_ns * scale)),
            None => write!(f, "{}/{}", self.events, Span::from_ns(self.per_ns)),
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::cast::from_quantity(deserializer, "a rate such as \"100/1h\"", |number| {
            UnitError::new(
                format!("`{number}` has no unit"),
                format!("write \"{number}/s\" or \"{number}/1h\""),
            )
        })
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl schemars::JsonSchema for Rate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "rate: number, slash, span, such as \"100/1h\", \"10/s\", \"0.2/s\""
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_exact_in_lowest_terms() {
        let rate = |text: &str| text.parse::<Rate>().unwrap();
        assert_eq!(
            (rate("0.2/s").events(), rate("0.2/s").per_ns()),
            (1, 5_000_000_000)
        );
        assert_eq!(rate("100/1h"), Rate::new(1, Span::from_s(36)).unwrap());
        assert_eq!(rate("3/60s"), rate("1/20s"));
        assert_eq!(rate("12/8000ms"), rate("1.5/s"));
        assert_eq!(rate("5/min"), rate("5/60s"));
    }

    #[test]
    fn a_printed_rate_reads_back() {
        for text in [
            "0.2/s",
            "100/1h",
            "3/60s",
            "12/8000ms",
            "7/s",
            "1000000000/s",
            "1/7d",
        ] {
            let rate = text.parse::<Rate>().unwrap();
            assert_eq!(
                rate.to_string().parse::<Rate>().unwrap(),
                rate,
                "{text} -> {rate}"
            );
        }
    }

    #[test]
    fn a_wrong_rate_names_the_text() {
        for text in [
            "5",
            "-1/s",
            "1e3/s",
            "1_000/s",
            "5/0s",
            "0/s",
            "2000000000/s",
            "5/week",
            "+1/s",
            "/s",
            "1/",
        ] {
            let fault = text.parse::<Rate>().unwrap_err().fault;
            assert!(fault.contains(text), "{text}: {fault}");
        }
    }
}
