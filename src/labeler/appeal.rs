//! Appeals: a labelled account objects, and the labeler may take the label back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protocol::Class;
use crate::rng::{Distribution, Law};
use crate::units::{Share, Span};

/// Who appeals, and what comes of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AppealSpec {
    /// Honest senders, who were labelled wrongly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrongly: Option<ObjectionSpec>,
    /// Spammers, who were labelled rightly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rightly: Option<ObjectionSpec>,
}

/// Whether an account appeals against its label, and what comes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ObjectionSpec {
    /// Chance that it appeals at all.
    pub chance: Share,
    /// From the issue of the label to the decision over the appeal; at once by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Distribution>,
    /// Chance that an appeal succeeds; the label is then negated.
    #[serde(default = "certain")]
    pub overturned: Share,
}

fn certain() -> Share {
    Share::ONE
}

impl AppealSpec {
    /// The distributions that are written, with their keys.
    pub fn written_mut(&mut self) -> Vec<(&'static str, &mut Distribution)> {
        let cases = [
            ("wrongly.after", &mut self.wrongly),
            ("rightly.after", &mut self.rightly),
        ];
        let written = cases.into_iter().filter_map(|(key, case)| {
            let after = case.as_mut()?.after.as_mut()?;
            Some((key, after))
        });
        written.collect()
    }
}

/// Appeals at run time.
#[derive(Debug, Clone, Default)]
pub struct Appeals {
    wrongly: Option<Objection>,
    rightly: Option<Objection>,
}

#[derive(Debug, Clone)]
struct Objection {
    chance: Share,
    after: Option<Law>,
    overturned: Share,
}

/// The uniform draws that decide over an appeal.
#[derive(Debug, Clone, Copy)]
pub struct AppealDraws {
    /// Whether there is one.
    pub chance: u64,
    /// When it is decided.
    pub after: u64,
    /// Whether it succeeds.
    pub overturned: u64,
}

impl Appeals {
    /// Appeals that follow `spec`.
    pub fn new(spec: Option<&AppealSpec>) -> Self {
        let objection = |case: &ObjectionSpec| Objection {
            chance: case.chance,
            after: case.after.as_ref().map(Law::new),
            overturned: case.overturned,
        };
        let of =
            |case: fn(&AppealSpec) -> Option<&ObjectionSpec>| spec.and_then(case).map(objection);
        Self {
            wrongly: of(|spec| spec.wrongly.as_ref()),
            rightly: of(|spec| spec.rightly.as_ref()),
        }
    }

    /// Whether anybody ever appeals.
    pub fn are_possible(&self) -> bool {
        self.wrongly.is_some() || self.rightly.is_some()
    }

    /// After which time the label on an account of `class` is taken back; none where it stays.
    pub fn decide(&self, class: Class, draws: AppealDraws) -> Option<Span> {
        let case = match class {
            Class::Ham => self.wrongly.as_ref(),
            Class::Spam => self.rightly.as_ref(),
        }?;
        let succeeds = case.chance.hits(draws.chance) && case.overturned.hits(draws.overturned);
        succeeds.then(|| {
            case.after
                .as_ref()
                .map_or(Span::ZERO, |law| law.draw(draws.after))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_appeal_succeeds_with_the_product_of_its_chances() {
        let spec: AppealSpec = serde_json::from_str(
            r#"{"wrongly":{"chance":"50%","after":{"constant":"3s"},"overturned":"25%"}}"#,
        )
        .unwrap();
        let appeals = Appeals::new(Some(&spec));
        let quarter = 1_u64 << 62;
        let grid = (0..4_u64).flat_map(|i| (0..4_u64).map(move |j| (i * quarter, j * quarter)));
        let granted: Vec<Option<Span>> = grid
            .map(|(chance, overturned)| {
                let draws = AppealDraws {
                    chance,
                    after: 0,
                    overturned,
                };
                assert_eq!(appeals.decide(Class::Spam, draws), None);
                appeals.decide(Class::Ham, draws)
            })
            .collect();
        // 1/2 x 1/4 of the 16 cells.
        let granted: Vec<Span> = granted.into_iter().flatten().collect();
        assert_eq!(granted, [Span::from_s(3); 2]);
    }
}
