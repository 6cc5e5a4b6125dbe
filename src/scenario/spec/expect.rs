//! `[expect.*]`: bounds that the results should keep.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::units::{Share, Span};

/// One expectation; a run that breaks it ends with exit code 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExpectSpec {
    /// The name of a metric.
    pub metric: String,
    /// The metric is at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Bound>,
    /// The metric is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Bound>,
}

/// A bound in the metric's unit; a span such as `"2s"` counts in seconds, `"5%"` as 0.05.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, JsonSchema)]
pub struct Bound(pub f64);

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BoundVisitor;

        impl de::Visitor<'_> for BoundVisitor {
            type Value = Bound;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number, a share such as \"5%\" or a span such as \"2s\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bound, E> {
                if text.trim_end().ends_with('%') {
                    return text
                        .parse::<Share>()
                        .map(|share| Bound(share.value()))
                        .map_err(E::custom);
                }
                text.parse::<Span>()
                    .map(|span| Bound(span.as_seconds()))
                    .map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Bound, E> {
                Ok(Bound(number))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Bound, E> {
                Ok(Bound(crate::units::cast::signed_to_f64(i128::from(number))))
            }
        }

        deserializer.deserialize_any(BoundVisitor)
    }
}
