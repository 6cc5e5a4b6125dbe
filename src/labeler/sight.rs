//! What makes a labeler look at a sender.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::window::{Allowance, Counted, Distinct, Standing};
use crate::des::Table;
use crate::protocol::{Account, Class};
use crate::units::{Share, Time, UnitError};

/// What a labeler sees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum SightSpec {
    /// The first spam that a sender gets delivered: a perfect eye, for theory.
    FirstMessage {},
    /// Reports by users.
    Reports {
        /// Reports from as many distinct reporters make it look.
        threshold: u32,
        /// Reports of one reporter beyond this are thrown away; no limit by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        per_reporter: Option<Allowance>,
    },
    /// A sender seen to get more than `limit` messages delivered within `window`, whatever they
    /// are.
    Rate(Allowance),
    /// A sender seen to reach more than `limit` different recipients within `window`.
    FanOut(Allowance),
    /// The content of every delivered message, read by a classifier that errs.
    Content {
        /// Chance that a spam message is taken for spam.
        recall: Share,
        /// Chance that an honest message is taken for spam.
        false_positive: Share,
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
            Self::Reports {
                threshold,
                per_reporter,
            } => {
                let mut faults = Vec::new();
                if *threshold == 0 {
                    let error = UnitError {
                        fault: "a threshold of 0 reports labels everybody".to_owned(),
                        remedy: "write 1 or more".to_owned(),
                    };
                    faults.push(("reports.threshold", error));
                }
                let keys = ["reports.per-reporter.limit", "reports.per-reporter.window"];
                faults.extend(per_reporter.iter().flat_map(|limit| limit.faults(keys)));
                faults
            }
            Self::Rate(limit) => limit.faults(["rate.limit", "rate.window"]),
            Self::FanOut(limit) => limit.faults(["fan-out.limit", "fan-out.window"]),
            Self::FirstMessage {} | Self::Content { .. } => Vec::new(),
        }
    }
}

/// A delivery that a labeler is shown.
#[derive(Debug, Clone, Copy)]
pub struct Glimpse {
    /// When.
    pub now: Time,
    /// Who wrote it.
    pub sender: Account,
    /// Who got it.
    pub recipient: Account,
    /// Ground truth: what the recall and the false positives of a classifier refer to.
    pub class: Class,
    /// The uniform draw that decides what a classifier makes of it.
    pub draw: u64,
}

/// What a labeler has seen of the senders it has not decided about.
#[derive(Debug, Clone)]
pub struct Sight {
    spec: SightSpec,
    /// Senders about whom a case is open or a label stands.
    noticed: Table<u32, ()>,
    /// Distinct reporters by sender, until the threshold.
    reporters: Table<u32, Vec<u32>>,
    /// Reports by reporter, or deliveries by sender.
    counted: Counted,
    /// Recipients by sender.
    distinct: Distinct,
}

/// Whether a sight makes the labeler act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It opens a case about the sender, once.
    Label,
    /// Nothing changes.
    Nothing,
}

impl Sight {
    /// The eyes of a labeler that follows `spec`.
    pub fn new(spec: SightSpec) -> Self {
        Self {
            spec,
            noticed: Table::default(),
            reporters: Table::default(),
            counted: Counted::default(),
            distinct: Distinct::default(),
        }
    }

    /// Whether the labeler looks at deliveries of a class. One that decides by first messages is
    /// shown spam alone: its eye is perfect by assumption.
    pub fn sees(&self, class: Class) -> bool {
        match self.spec {
            SightSpec::FirstMessage {} => class == Class::Spam,
            SightSpec::Reports { .. } => false,
            SightSpec::Rate(_) | SightSpec::FanOut(_) | SightSpec::Content { .. } => true,
        }
    }

    /// Whether the labeler listens to reports.
    pub fn hears_reports(&self) -> bool {
        matches!(self.spec, SightSpec::Reports { .. })
    }

    /// A message was delivered.
    pub fn delivered(&mut self, glimpse: &Glimpse) -> Notice {
        let sender = glimpse.sender.0;
        if self.noticed.contains(sender) || !self.strikes(glimpse) {
            return Notice::Nothing;
        }
        self.notice(glimpse.sender)
    }

    fn strikes(&mut self, glimpse: &Glimpse) -> bool {
        let (sender, now) = (glimpse.sender.0, glimpse.now);
        match self.spec {
            SightSpec::FirstMessage {} => glimpse.class == Class::Spam,
            SightSpec::Reports { .. } => false,
            SightSpec::Rate(limit) => self.counted.add(limit, sender, now) == Standing::Above,
            SightSpec::FanOut(limit) => {
                let recipient = glimpse.recipient.0;
                self.distinct.add(limit, sender, recipient, now) == Standing::Above
            }
            SightSpec::Content {
                recall,
                false_positive,
            } => match glimpse.class {
                Class::Spam => recall.hits(glimpse.draw),
                Class::Ham => false_positive.hits(glimpse.draw),
            },
        }
    }

    /// Whether a report of `reporter` is taken in, or above what one reporter may send.
    pub fn admits_report(&mut self, reporter: Account, now: Time) -> bool {
        match self.spec {
            SightSpec::Reports {
                per_reporter: Some(limit),
                ..
            } => self.counted.add(limit, reporter.0, now) == Standing::Within,
            _ => true,
        }
    }

    /// `reporter` reported `sender`.
    pub fn reported(&mut self, sender: Account, reporter: Account) -> Notice {
        let SightSpec::Reports { threshold, .. } = self.spec else {
            return Notice::Nothing;
        };
        if self.noticed.contains(sender.0) {
            return Notice::Nothing;
        }
        let reporters = self.reporters.get_or_insert_with(sender.0, Vec::new);
        if reporters.contains(&reporter.0) {
            return Notice::Nothing;
        }
        reporters.push(reporter.0);
        if reporters.len() < threshold as usize {
            return Notice::Nothing;
        }
        self.notice(sender)
    }

    /// The case about a sender is closed and nothing came, or is left, of it: what is seen of him
    /// counts from now on.
    pub fn forget(&mut self, sender: Account) {
        self.noticed.remove(sender.0);
    }

    /// A case is opened; what led to it is no longer needed.
    fn notice(&mut self, sender: Account) -> Notice {
        self.noticed.insert(sender.0, ());
        self.reporters.remove(sender.0);
        self.distinct.forget(sender.0);
        if matches!(self.spec, SightSpec::Rate(_)) {
            self.counted.forget(sender.0);
        }
        Notice::Label
    }
}

#[cfg(test)]
mod tests {
    use super::Notice::{Label, Nothing};
    use super::*;
    use crate::units::Span;

    fn spam(sender: u32, ns: u64) -> Glimpse {
        Glimpse {
            now: Time::from_ns(ns),
            sender: Account(sender),
            recipient: Account(1_000 + cast(ns)),
            class: Class::Spam,
            draw: 0,
        }
    }

    fn cast(ns: u64) -> u32 {
        u32::try_from(ns).unwrap()
    }

    #[test]
    fn the_first_delivery_is_noticed_once() {
        let mut sight = Sight::new(SightSpec::FirstMessage {});
        let notices = [1, 1, 2].map(|sender| sight.delivered(&spam(sender, 0)));
        assert_eq!(notices, [Label, Nothing, Label]);
        assert_eq!(sight.reported(Account(3), Account(1)), Nothing);
        let ham = Glimpse {
            class: Class::Ham,
            ..spam(4, 0)
        };
        assert_eq!(sight.delivered(&ham), Nothing);
    }

    #[test]
    fn reports_count_once_per_reporter_up_to_the_threshold() {
        let mut sight = Sight::new(SightSpec::Reports {
            threshold: 3,
            per_reporter: None,
        });
        let notices =
            [10, 10, 11, 12, 13].map(|reporter| sight.reported(Account(1), Account(reporter)));
        assert_eq!(notices, [Nothing, Nothing, Nothing, Label, Nothing]);
        assert_eq!(sight.delivered(&spam(1, 0)), Nothing);
        // A case that came to nothing: three more reporters, the old ones count again.
        sight.forget(Account(1));
        let notices = [10, 14, 15].map(|reporter| sight.reported(Account(1), Account(reporter)));
        assert_eq!(notices, [Nothing, Nothing, Label]);
    }

    #[test]
    fn a_reporter_beyond_his_limit_is_not_heard() {
        let mut sight = Sight::new(SightSpec::Reports {
            threshold: 1,
            per_reporter: Some(Allowance {
                limit: 2,
                window: Span::from_ns(10),
            }),
        });
        let heard = [(5, 0), (5, 1), (5, 2), (6, 2), (5, 10)]
            .map(|(reporter, ns)| sight.admits_report(Account(reporter), Time::from_ns(ns)));
        assert_eq!(heard, [true, true, false, true, true]);
    }

    #[test]
    fn more_than_the_limit_of_deliveries_or_recipients_is_noticed() {
        let limit = Allowance {
            limit: 2,
            window: Span::from_ns(10),
        };
        for spec in [SightSpec::Rate(limit), SightSpec::FanOut(limit)] {
            let mut sight = Sight::new(spec);
            let notices = [0, 5, 12, 13].map(|ns| sight.delivered(&spam(1, ns)));
            // At 12 the one of time 0 is forgotten; at 13 it is the third within 10.
            assert_eq!(notices, [Nothing, Nothing, Nothing, Label], "{spec:?}");
        }
    }

    #[test]
    fn a_classifier_errs_with_the_chances_of_each_class() {
        let mut sight = Sight::new(SightSpec::Content {
            recall: "50%".parse().unwrap(),
            false_positive: "25%".parse().unwrap(),
        });
        let quarter = 1 << 62;
        let mut look = |sender, class, draw| {
            sight.delivered(&Glimpse {
                class,
                draw,
                ..spam(sender, 0)
            })
        };
        assert_eq!(look(1, Class::Spam, 2 * quarter - 1), Label);
        assert_eq!(look(2, Class::Spam, 2 * quarter), Nothing);
        assert_eq!(look(3, Class::Ham, quarter - 1), Label);
        assert_eq!(look(4, Class::Ham, quarter), Nothing);
    }
}
