//! How a wait before the next attempt varies from message to message.
//!
//! ```text
//! "15%"    wait x (1 - 0.15 + 0.30 u)     u uniform in [0, 1)
//! "full"   wait x u
//! ```
//!
//! Source of full jitter: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::rng::uniform;
use crate::units::{Share, Span, cast};

/// How a wait varies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Jitter {
    /// By this share to either side.
    Share(Share),
    /// Anything from nothing to the whole wait.
    Full,
}

impl Jitter {
    /// The wait that `draw` makes of `wait`.
    pub fn vary(self, wait: Span, draw: u64) -> Span {
        let factor = match self {
            Self::Share(share) => 1.0 + (2.0 * uniform::unit(draw) - 1.0) * share.value(),
            Self::Full => uniform::unit(draw),
        };
        Span::from_ns(cast::f64_to_ns(cast::count_to_f64(wait.ns()) * factor))
    }
}

impl Serialize for Jitter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Share(share) => share.serialize(serializer),
            Self::Full => serializer.serialize_str("full"),
        }
    }
}

impl<'de> Deserialize<'de> for Jitter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct JitterVisitor;

        impl de::Visitor<'_> for JitterVisitor {
            type Value = Jitter;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a share such as \"15%\", or \"full\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Jitter, E> {
                if text == "full" {
                    return Ok(Jitter::Full);
                }
                text.parse().map(Jitter::Share).map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Jitter, E> {
                Share::new(value).map(Jitter::Share).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Jitter, E> {
                self.visit_f64(cast::signed_to_f64(i128::from(value)))
            }
        }

        deserializer.deserialize_any(JitterVisitor)
    }
}

impl JsonSchema for Jitter {
    fn schema_name() -> Cow<'static, str> {
        "Jitter".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "description": "a share to either side such as \"15%\", or \"full\""
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u64 = 1 << 63;

    fn seconds(jitter: Jitter, draw: u64) -> f64 {
        jitter.vary(Span::from_s(1), draw).as_seconds()
    }

    #[test]
    fn a_share_swings_to_either_side_and_full_over_the_whole_wait() {
        let share = Jitter::Share(Share::new(0.15).unwrap());
        for (jitter, least, middle, most) in
            [(share, 0.85, 1.0, 1.15), (Jitter::Full, 0.0, 0.5, 1.0)]
        {
            for (draw, expected) in [(0, least), (HALF, middle), (u64::MAX, most)] {
                assert!((seconds(jitter, draw) - expected).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn it_is_read_as_a_share_or_a_word_and_written_back() {
        for (text, written) in [
            ("\"15%\"", "0.15"),
            ("0.15", "0.15"),
            ("\"full\"", "\"full\""),
        ] {
            let jitter: Jitter = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&jitter).unwrap(), written);
        }
        assert!(serde_json::from_str::<Jitter>("\"half\"").is_err());
    }
}
