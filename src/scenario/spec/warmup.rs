//! `run.warmup`: a span, or found out.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::units::Span;

/// From when on messages count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarmupSpec {
    /// From this span after the start.
    Fixed(Span),
    /// From where MSER-5 finds that the start is forgotten.
    Auto,
}

impl WarmupSpec {
    /// The span, where it is given.
    pub const fn fixed(self) -> Option<Span> {
        match self {
            Self::Fixed(span) => Some(span),
            Self::Auto => None,
        }
    }
}

impl Default for WarmupSpec {
    fn default() -> Self {
        Self::Fixed(Span::ZERO)
    }
}

impl From<Span> for WarmupSpec {
    fn from(span: Span) -> Self {
        Self::Fixed(span)
    }
}

impl Serialize for WarmupSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(span) => span.serialize(serializer),
            Self::Auto => serializer.serialize_str("auto"),
        }
    }
}

impl<'de> Deserialize<'de> for WarmupSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WarmupVisitor;

        impl de::Visitor<'_> for WarmupVisitor {
            type Value = WarmupSpec;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a span of time with its unit, such as \"10m\", or \"auto\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<WarmupSpec, E> {
                match text {
                    "auto" => Ok(WarmupSpec::Auto),
                    text => text.parse().map(WarmupSpec::Fixed).map_err(E::custom),
                }
            }

            // A bare number gets the answer that every span gives.
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<WarmupSpec, E> {
                Span::deserialize(de::value::I64Deserializer::new(number)).map(WarmupSpec::Fixed)
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<WarmupSpec, E> {
                Span::deserialize(de::value::F64Deserializer::new(number)).map(WarmupSpec::Fixed)
            }
        }

        deserializer.deserialize_any(WarmupVisitor)
    }
}

impl schemars::JsonSchema for WarmupSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WarmupSpec".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "span of time with its unit, such as \"10m\", or \"auto\""
        })
    }
}
