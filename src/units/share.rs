//! Shares and probabilities: `"2%"` or `0.02`, stored and printed as 0.02.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::UnitError;

/// A share between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Share(f64);

impl Share {
    /// No chance.
    pub const ZERO: Self = Self(0.0);
    /// Certainty.
    pub const ONE: Self = Self(1.0);

    /// A share of `value`.
    ///
    /// # Errors
    /// If `value` is not between 0 and 1.
    pub fn new(value: f64) -> Result<Self, UnitError> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(outside(&value.to_string()))
        }
    }

    /// The share as a fraction between 0 and 1.
    pub const fn value(self) -> f64 {
        self.0
    }

    /// Whether a uniform 64-bit draw falls into the share: true for `floor(share * 2^64)` draws.
    pub fn hits(self, draw: u64) -> bool {
        // 2^64 is exact as a double, and scaling by it loses nothing above 2^-1000.
        let threshold = self.0 * 18_446_744_073_709_551_616.0;
        self.0 >= 1.0 || draw < super::cast::f64_floor(threshold)
    }
}

fn outside(text: &str) -> UnitError {
    UnitError::new(
        format!("`{text}` is not between 0 and 1"),
        "write a share such as \"2%\" or 0.02, from 0 to 1",
    )
}

impl std::str::FromStr for Share {
    type Err = UnitError;

    /// Reads `"2%"`, exactly the double nearest to 0.02, or `"0.02"`.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let trimmed = text.trim();
        let (number, exponent) = match trimmed.strip_suffix('%') {
            Some(number) => (number.trim_end(), "e-2"),
            None => (trimmed, ""),
        };
        let is_plain =
            !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let value = format!("{number}{exponent}")
            .parse::<f64>()
            .ok()
            .filter(|_| is_plain);
        match value {
            Some(value) if (0.0..=1.0).contains(&value) => Ok(Self(value)),
            Some(_) => Err(outside(text)),
            None if number.starts_with('-') => Err(outside(text)),
            None => Err(UnitError::new(
                format!("`{text}` is not a share"),
                "write a share such as \"2%\" or 0.02, from 0 to 1",
            )),
        }
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ShareVisitor;

        impl de::Visitor<'_> for ShareVisitor {
            type Value = Share;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a share such as \"2%\" or 0.02")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Share, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Share, E> {
                Share::new(value).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Share, E> {
                match value {
                    0 => Ok(Share::ZERO),
                    1 => Ok(Share::ONE),
                    _ => Err(E::custom(outside(&value.to_string()))),
                }
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Share, E> {
                i64::try_from(value)
                    .map_err(|_| E::custom(outside(&value.to_string())))
                    .and_then(|v| self.visit_i64(v))
            }
        }

        deserializer.deserialize_any(ShareVisitor)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl schemars::JsonSchema for Share {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "number"],
            "description": "share from 0 to 1: \"2%\" or 0.02"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_the_nearest_double_of_the_fraction() {
        assert_eq!("2%".parse::<Share>().unwrap(), Share(0.02));
        assert_eq!("0.1%".parse::<Share>().unwrap(), Share(0.001));
        assert_eq!("100%".parse::<Share>().unwrap(), Share::ONE);
        assert_eq!("0.29".parse::<Share>().unwrap(), Share(0.29));
    }

    #[test]
    fn a_share_outside_0_to_1_or_not_plain_is_refused() {
        for text in ["101%", "-1%", "2", "nan", "inf", "1e-3", "", "%", "5 %%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn certainty_always_hits_and_zero_never() {
        assert!(Share::ONE.hits(u64::MAX));
        assert!(!Share::ZERO.hits(0));
        assert!(Share(0.5).hits((1 << 63) - 1));
        assert!(!Share(0.5).hits(1 << 63));
    }
}
