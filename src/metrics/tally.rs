//! Exact counts of outcomes, and the shares that follow from them.

use super::registry::Unit;
use super::{Measure, OutcomeCount, Part, Shape, Value};
use crate::protocol::{Check, Class, Effect, Fact, LabelKnown, Message, Outcome, Refusal};
use crate::units::cast;

/// Counts per group, class and outcome.
#[derive(Debug)]
pub(super) struct Tally {
    outcomes: usize,
    counts: Vec<u64>,
    created: [u64; 2],
    /// Spam that a worker let pass when a label was, or was not, known.
    spam_after_label: u64,
    spam_before_label: u64,
    /// Spam that was read.
    read_spam: u64,
    /// Ham that was delivered after more than one attempt, or held back by a limit.
    delayed: u64,
}

impl Tally {
    pub(super) fn new(shape: &Shape) -> Self {
        let outcomes = Outcome::count(layer_count(shape));
        Self {
            outcomes,
            counts: vec![0; shape.groups.len() * Class::ALL.len() * outcomes],
            created: [0; 2],
            spam_after_label: 0,
            spam_before_label: 0,
            read_spam: 0,
            delayed: 0,
        }
    }

    #[inline(always)]
    pub(super) fn observe(&mut self, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) => self.created[message.class as usize] += 1,
            Fact::Finished { message, outcome } => self.finished(message, *outcome),
            Fact::Taken {
                message,
                refusal: None,
                label,
                effect: Effect::Decides,
                ..
            } if message.class == Class::Spam => match label {
                LabelKnown::Yes => self.spam_after_label += 1,
                LabelKnown::No => self.spam_before_label += 1,
            },
            Fact::Read(message) => self.read_spam += u64::from(message.class == Class::Spam),
            _ => {}
        }
    }

    fn finished(&mut self, message: &Message, outcome: Outcome) {
        let row = usize::from(message.group.0) * Class::ALL.len() + message.class as usize;
        self.counts[row * self.outcomes + outcome.index()] += 1;
        let took_longer = message.attempts > 1 || !message.held_back().is_zero();
        let was_delayed = outcome == Outcome::Delivered && took_longer;
        self.delayed += u64::from(message.class == Class::Ham && was_delayed);
    }

    /// Takes in what another part of the run has counted.
    pub(super) fn merge(&mut self, other: &Self) {
        let counts = self.counts.iter_mut().zip(&other.counts);
        counts.for_each(|(count, other)| *count += other);
        let created = self.created.iter_mut().zip(other.created);
        created.for_each(|(count, other)| *count += other);
        self.spam_after_label += other.spam_after_label;
        self.spam_before_label += other.spam_before_label;
        self.read_spam += other.read_spam;
        self.delayed += other.delayed;
    }

    /// Exact counts, sorted; outcomes that never happened are left out.
    pub(super) fn outcomes(&self, shape: &Shape) -> Vec<OutcomeCount> {
        let mut rows = Vec::new();
        for (group, name) in shape.groups.iter().enumerate() {
            for class in Class::ALL {
                for outcome in Outcome::all(layer_count(shape)) {
                    let row = group * Class::ALL.len() + class as usize;
                    let count = self.counts[row * self.outcomes + outcome.index()];
                    if count > 0 {
                        let outcome = outcome.name(&shape.layers);
                        rows.push(OutcomeCount {
                            class,
                            group: name.clone(),
                            outcome,
                            count,
                        });
                    }
                }
            }
        }
        rows.sort();
        rows
    }

    /// Messages of a class whose outcome satisfies `belongs`.
    fn count(&self, class: Class, shape: &Shape, belongs: impl Fn(Outcome) -> bool) -> u64 {
        let wanted: Vec<usize> = Outcome::all(layer_count(shape))
            .filter(|o| belongs(*o))
            .map(Outcome::index)
            .collect();
        let rows = self
            .counts
            .chunks_exact(self.outcomes)
            .skip(class as usize)
            .step_by(2);
        rows.map(|row| wanted.iter().map(|index| row[*index]).sum::<u64>())
            .sum()
    }

    pub(super) fn report(&self, shape: &Shape, values: &mut Vec<Value>) {
        let spam_sent = self.created[Class::Spam as usize];
        let ham_sent = self.created[Class::Ham as usize];
        let delivered = |class| self.count(class, shape, |o| o == Outcome::Delivered);
        let refused = |class| self.count(class, shape, |o| matches!(o, Outcome::Refused(_)));
        let mut ratio = |name: &str, numerator: u64, denominator: u64| {
            values.push(share(name, numerator, denominator));
        };
        if spam_sent > 0 {
            let spam = delivered(Class::Spam);
            ratio("spam.leakage", spam, spam_sent);
            if shape.labels == Part::Present && shape.requests == Part::Absent {
                ratio(
                    "spam.leakage.before-label",
                    self.spam_before_label,
                    spam_sent,
                );
                ratio("spam.leakage.after-label", self.spam_after_label, spam_sent);
            }
            for check in &shape.checks {
                let check = *check;
                let by_check = self.count(Class::Spam, shape, |o| check_of(o) == Some(check));
                ratio(
                    &format!("spam.refused.{}", check.name()),
                    by_check,
                    spam_sent,
                );
            }
            self.report_requests(shape, spam_sent, &mut ratio);
            let (right, wrong) = (refused(Class::Spam), refused(Class::Ham));
            ratio("pipeline.precision", right, right + wrong);
            ratio("pipeline.recall", right, right + spam);
            ratio("pipeline.f1", 2 * right, 2 * right + wrong + spam);
        }
        if ham_sent > 0 {
            ratio("ham.false-reject", refused(Class::Ham), ham_sent);
            ratio("ham.delayed", self.delayed, delivered(Class::Ham));
        }
        self.report_reads(shape, values);
    }

    fn report_requests(&self, shape: &Shape, sent: u64, ratio: &mut impl FnMut(&str, u64, u64)) {
        if shape.requests == Part::Present {
            let shown = self.count(Class::Spam, shape, super::requests::is_unaccepted);
            ratio("spam.request-leakage", shown, sent);
        }
    }

    /// Reads of spam per 1,000 recipients and day.
    fn report_reads(&self, shape: &Shape, values: &mut Vec<Value>) {
        let recipients: u64 = shape.accounts.iter().sum();
        if shape.reads == Part::Absent || recipients == 0 {
            return;
        }
        let days = shape.horizon.saturating_since(shape.warm_up).as_seconds() / 86_400.0;
        let thousands = cast::count_to_f64(recipients) / 1_000.0;
        let measure = Measure::Ratio {
            numerator: cast::count_to_f64(self.read_spam),
            denominator: thousands * days,
        };
        values.push(Value {
            name: "spam.read".to_owned(),
            unit: Unit::One,
            measure,
        });
    }
}

/// A ratio of counts as a value.
pub(super) fn share(name: &str, numerator: u64, denominator: u64) -> Value {
    let measure = Measure::Ratio {
        numerator: cast::count_to_f64(numerator),
        denominator: cast::count_to_f64(denominator),
    };
    Value {
        name: name.to_owned(),
        unit: Unit::Ratio,
        measure,
    }
}

fn layer_count(shape: &Shape) -> u8 {
    u8::try_from(shape.layers.len()).expect("at most 64 layers")
}

/// The check that brought an outcome about.
fn check_of(outcome: Outcome) -> Option<Check> {
    match outcome {
        Outcome::Refused(Refusal::Token(_) | Refusal::Did) => Some(Check::Token),
        Outcome::Refused(Refusal::Label) => Some(Check::Label),
        Outcome::Refused(Refusal::Block) => Some(Check::Block),
        Outcome::Refused(Refusal::Contact) => Some(Check::Contact),
        Outcome::Refused(Refusal::Limit(_)) => Some(Check::RateLimit),
        Outcome::Refused(Refusal::Host) => Some(Check::Host),
        Outcome::Refused(Refusal::Duplicate) => Some(Check::Dedup),
        Outcome::Refused(Refusal::Unavailable(check)) => Some(check),
        _ => None,
    }
}
