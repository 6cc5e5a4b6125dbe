//! What makes a labeler look at a sender.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::des::Table;
use crate::protocol::Account;
use crate::units::UnitError;

/// What a labeler sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SightSpec {
    /// The first spam that a sender gets delivered: a perfect eye, for theory.
    FirstMessage {},
    /// Reports by users.
    Reports {
        /// Reports from as many distinct reporters make it look.
        threshold: u32,
    },
}

impl Default for SightSpec {
    fn default() -> Self {
        Self::FirstMessage {}
    }
}

impl SightSpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        match self {
            Self::Reports { threshold: 0 } => vec![(
                "reports.threshold",
                UnitError {
                    fault: "a threshold of 0 reports labels everybody".to_owned(),
                    remedy: "write 1 or more".to_owned(),
                },
            )],
            _ => Vec::new(),
        }
    }
}

/// What a labeler has seen of the senders it has not decided about.
#[derive(Debug, Clone)]
pub struct Sight {
    spec: SightSpec,
    /// Distinct reporters by sender, until the threshold; empty once the sender was noticed.
    reporters: Table<u32, Vec<u32>>,
}

/// Whether a sight makes the labeler act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It decides to label the sender, once.
    Label,
    /// Nothing changes.
    Nothing,
}

impl Sight {
    /// The eyes of a labeler that follows `spec`.
    pub fn new(spec: SightSpec) -> Self {
        Self {
            spec,
            reporters: Table::default(),
        }
    }

    /// Whether the labeler looks at deliveries, or only at reports.
    pub fn sees_deliveries(&self) -> bool {
        matches!(self.spec, SightSpec::FirstMessage {})
    }

    /// A spam message of `sender` was delivered.
    pub fn delivered(&mut self, sender: Account) -> Notice {
        if !self.sees_deliveries() || self.reporters.get(sender.0).is_some() {
            return Notice::Nothing;
        }
        self.reporters.insert(sender.0, Vec::new());
        Notice::Label
    }

    /// `reporter` reported `sender`.
    pub fn reported(&mut self, sender: Account, reporter: Account) -> Notice {
        let SightSpec::Reports { threshold } = self.spec else {
            return Notice::Nothing;
        };
        let is_new = self.reporters.get(sender.0).is_none();
        let reporters = self.reporters.get_or_insert_with(sender.0, Vec::new);
        let is_noticed = reporters.is_empty() && !is_new;
        if is_noticed || reporters.contains(&reporter.0) {
            return Notice::Nothing;
        }
        reporters.push(reporter.0);
        if reporters.len() < threshold as usize {
            return Notice::Nothing;
        }
        // An empty list marks the sender as noticed and gives the memory back.
        *reporters = Vec::new();
        Notice::Label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_delivery_is_noticed_once() {
        let mut sight = Sight::new(SightSpec::FirstMessage {});
        let notices = [1, 1, 2].map(|sender| sight.delivered(Account(sender)));
        assert_eq!(notices, [Notice::Label, Notice::Nothing, Notice::Label]);
        assert_eq!(sight.reported(Account(3), Account(1)), Notice::Nothing);
    }

    #[test]
    fn reports_count_once_per_reporter_up_to_the_threshold() {
        let mut sight = Sight::new(SightSpec::Reports { threshold: 3 });
        let notices =
            [10, 10, 11, 12, 13].map(|reporter| sight.reported(Account(1), Account(reporter)));
        let (label, nothing) = (Notice::Label, Notice::Nothing);
        assert_eq!(notices, [nothing, nothing, nothing, label, nothing]);
        assert_eq!(sight.delivered(Account(1)), nothing);
    }
}
