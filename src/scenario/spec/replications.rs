//! `run.replications`: a fixed number, or as many as a precision needs.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::units::Share;

/// How many independent repetitions a run makes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ReplicationsSpec {
    /// So many.
    Fixed(u32),
    /// Until metrics are known precisely enough.
    Sequential(SequentialSpec),
}

/// Replications until the interval of every metric is narrow enough, and stays so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SequentialSpec {
    /// At least so many, 2 or more.
    #[serde(default = "least")]
    pub min: u32,
    /// At most so many; where the precision is not reached by then, the exit code is 4.
    pub max: u32,
    /// The metrics whose intervals must be narrow enough, in every arm.
    pub metric: Vec<String>,
    /// Largest half of an interval's width as a share of its mean.
    pub relative_half_width: Share,
}

/// Two would do for an interval; three is where the procedure begins.
const fn least() -> u32 {
    3
}

impl ReplicationsSpec {
    /// The most replications that are made.
    pub const fn most(&self) -> u32 {
        match self {
            Self::Fixed(count) => *count,
            Self::Sequential(spec) => spec.max,
        }
    }

    /// The precision that ends the run, where one does.
    pub const fn sequential(&self) -> Option<&SequentialSpec> {
        match self {
            Self::Fixed(_) => None,
            Self::Sequential(spec) => Some(spec),
        }
    }
}

impl From<u32> for ReplicationsSpec {
    fn from(count: u32) -> Self {
        Self::Fixed(count)
    }
}

impl<'de> Deserialize<'de> for ReplicationsSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReplicationsVisitor;

        impl<'de> de::Visitor<'de> for ReplicationsVisitor {
            type Value = ReplicationsSpec;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a whole number, or a table with max, metric and relative-half-width")
            }

            fn visit_i64<E: de::Error>(self, count: i64) -> Result<ReplicationsSpec, E> {
                let wrong = || E::invalid_value(de::Unexpected::Signed(count), &self);
                let count = u32::try_from(count).map_err(|_| wrong())?;
                Ok(ReplicationsSpec::Fixed(count))
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<ReplicationsSpec, E> {
                let wrong = || E::invalid_value(de::Unexpected::Unsigned(count), &self);
                let count = u32::try_from(count).map_err(|_| wrong())?;
                Ok(ReplicationsSpec::Fixed(count))
            }

            fn visit_map<A: de::MapAccess<'de>>(
                self,
                map: A,
            ) -> Result<ReplicationsSpec, A::Error> {
                let table = de::value::MapAccessDeserializer::new(map);
                SequentialSpec::deserialize(table).map(ReplicationsSpec::Sequential)
            }
        }

        deserializer.deserialize_any(ReplicationsVisitor)
    }
}

impl JsonSchema for ReplicationsSpec {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReplicationsSpec".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let table = generator.subschema_for::<SequentialSpec>();
        schemars::json_schema!({ "anyOf": [{ "type": "integer", "minimum": 1 }, table] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<ReplicationsSpec, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_or_a_precision_is_read_and_written_back() {
        let text = r#"{"min":5,"max":200,"metric":["spam.leakage"],"relative-half-width":0.05}"#;
        let spec = read(text).unwrap();
        assert_eq!((spec.most(), spec.sequential().unwrap().min), (200, 5));
        assert_eq!(serde_json::to_string(&spec).unwrap(), text);
        assert_eq!(read("10"), Ok(ReplicationsSpec::Fixed(10)));
        assert_eq!(serde_json::to_string(&read("10").unwrap()).unwrap(), "10");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["-1", "1.5", "\"10\"", "4294967296", r#"{"max":9}"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
