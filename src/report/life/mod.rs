//! The life of a message as text: who, when, each check with what it saw, the verdict, the stages
//! of its latency; why it came through, and what other policies would have made of it.

mod checks;
mod fates;
mod json;
mod why;

use std::fmt::Write as _;

use super::human;
use crate::protocol::{Check, Effect, End, LookUpKind, Outcome, Stage};
use crate::trace::{Life, Names, Step};
use crate::units::{Span, Time};

pub use fates::{FateRow, fates};
pub use json::{told as json, whole as json_of_lives};
pub use why::why;

/// The names that a text of lives uses.
#[derive(Debug, Clone)]
pub struct LifeNames {
    /// Groups and limit layers by index.
    pub names: Names,
    /// Labelers by index.
    pub labelers: Vec<String>,
}

impl LifeNames {
    fn labeler(&self, labeler: crate::protocol::LabelerId) -> String {
        let name = self.labelers.get(usize::from(labeler.0));
        name.map_or_else(|| labeler.0.to_string(), |name| format!("`{name}`"))
    }

    fn outcome(&self, outcome: Outcome) -> String {
        outcome.name(&self.names.layers)
    }

    fn layers(&self, mask: u64) -> String {
        let layers = self.names.layers.iter().enumerate();
        let meant = layers.filter(|(bit, _)| mask >> bit & 1 == 1);
        let names: Vec<&str> = meant.map(|(_, name)| name.as_str()).collect();
        names.join(", ")
    }
}

/// Everything that happened to a message, a line each, with instants from its creation.
pub fn life(life: &Life, names: &LifeNames) -> String {
    let message = &life.message;
    let outcome = life.outcome.map(|(_, outcome)| names.outcome(outcome));
    let mut text = format!(
        "Message {}: {} of `{}`, {}\n  from account {} on PDS {} to account {} on PDS {}, written at {}\n\n",
        message.id,
        message.class.name(),
        names.names.groups[usize::from(message.group.0)],
        outcome.as_deref().unwrap_or("without outcome"),
        message.sender.0,
        message.sender_pds.0,
        message.recipient.0,
        message.recipient_pds.0,
        lapse(message.created.since(Time::ZERO)),
    );
    let mut attempt = 0;
    for (place, (now, step)) in life.steps.iter().enumerate() {
        if let Step::Arrived {
            attempt: number,
            sent,
            ..
        } = step
            && *number != attempt
        {
            attempt = *number;
            let left = format!("attempt {number} leaves PDS {}", message.sender_pds.0);
            line(&mut text, life, *sent, &left);
        }
        if let Some(told) = told(life, step, names) {
            line(&mut text, life, *now, &told);
        }
        if let Step::Taken { .. } = step {
            for row in checks::rows(life, place, names) {
                let _ = writeln!(
                    text,
                    "  {:14}  {:10}  {:8}  {}",
                    "", row.name, row.verdict, row.saw
                );
            }
        }
    }
    text + &stages(life)
}

fn line(text: &mut String, life: &Life, now: Time, told: &str) {
    let since = now.saturating_since(life.message.created);
    let _ = writeln!(text, "  {:14}  {told}", format!("+{}", lapse(since)));
}

/// What a step says in words; none for one that is told with another.
fn told(life: &Life, step: &Step, names: &LifeNames) -> Option<String> {
    let message = &life.message;
    Some(match step {
        Step::Created => "written".to_owned(),
        Step::OutboundSeen(layers) => {
            let left: Vec<String> = layers
                .iter()
                .map(|layer| checks::layer(layer, names))
                .collect();
            if left.is_empty() {
                return None;
            }
            format!(
                "limits of PDS {}: {}",
                message.sender_pds.0,
                left.join("; ")
            )
        }
        Step::OutboundLimits { refused: 0 } | Step::Seen(_) => return None,
        Step::OutboundLimits { refused } => format!(
            "PDS {} refuses: {}",
            message.sender_pds.0,
            names.layers(*refused)
        ),
        Step::Arrived { .. } => format!("arrives at PDS {}", message.recipient_pds.0),
        Step::Entered => "the inbox takes it in".to_owned(),
        Step::Displaced => "loses its place to a newer message".to_owned(),
        Step::Taken { waited, effect, .. } => {
            let void = match effect {
                Effect::Decides => "",
                Effect::Void => "; its ruling is void",
            };
            format!("taken by a worker after waiting {}{void}", lapse(*waited))
        }
        Step::LookedUp(look_up) => {
            let who = match look_up.end {
                End::Sender => "the sender's PDS looks the recipient's DID up",
                End::Recipient => "the recipient's PDS looks the sender's DID up",
            };
            let how = match look_up.kind {
                LookUpKind::Cached => "in its cache",
                LookUpKind::Refreshing => "in its cache, which it refreshes",
                LookUpKind::Joined => "with a fetch that is under way",
                LookUpKind::Blocking => "by a fetch",
                LookUpKind::Forced => "past its cache",
            };
            format!("{who} {how}, {}", lapse(look_up.waited))
        }
        Step::Served => "the worker is done: the ruling takes effect".to_owned(),
        Step::Crashed => "the worker dies: its ruling is void".to_owned(),
        Step::CopyFinished(outcome) => format!("a copy of it ends: {}", names.outcome(*outcome)),
        Step::Retry(after) => format!("the sender's PDS tries again in {}", lapse(*after)),
        Step::Failed(why) => format!("the attempt fails: {}", why.name()),
        Step::Finished(outcome) => format!("outcome: {}", names.outcome(*outcome)),
        Step::Read => "the recipient reads it".to_owned(),
        Step::Reported => "the recipient reports it".to_owned(),
        Step::Blocked => "the recipient blocks the sender".to_owned(),
        Step::Muted => "the recipient mutes the sender".to_owned(),
        Step::Hidden => "the recipient has muted the sender, and does not see it".to_owned(),
        Step::Accepted => "the recipient accepts the sender".to_owned(),
        Step::CleanedUp => "the recipient finds it removed by a label".to_owned(),
    })
}

/// The stages of the latency, which add up to it; nothing for a message that no worker finished.
fn stages(life: &Life) -> String {
    let message = &life.message;
    if !message.is_served() {
        return String::new();
    }
    let parts: Vec<String> = [Stage::Retry, Stage::Network, Stage::Queue, Stage::Service]
        .into_iter()
        .map(|stage| format!("{} {}", stage.name(), lapse(stage.of(message))))
        .collect();
    format!(
        "\n  Latency {} = {}\n",
        lapse(message.latency()),
        parts.join(" + ")
    )
}

/// A span in its two largest units: `11 min 11 s`; below a minute with four digits: `43.10 ms`.
///
/// # Panics
/// Never: a span of a minute or more has a unit.
pub fn lapse(span: Span) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    const BILLION: u64 = 1_000_000_000;
    if span.ns() < 60 * BILLION {
        return human::seconds(span.as_seconds());
    }
    // Rounded to the smaller of the two units that are shown.
    let whole = span.ns() / BILLION;
    let first = UNITS.iter().position(|(unit, _)| whole >= *unit);
    let first = first.expect("at least a minute").min(2);
    let (large, small) = (UNITS[first], UNITS[first + 1]);
    let smalls = (span.ns() + small.0 * BILLION / 2) / (small.0 * BILLION);
    let per = large.0 / small.0;
    match smalls % per {
        0 => format!("{} {}", smalls / per, large.1),
        rest => format!("{} {} {rest} {}", smalls / per, large.1, small.1),
    }
}

/// The check that a refusal comes from; none where no check of the pipeline refused.
fn check_of(refusal: crate::protocol::Refusal) -> Option<Check> {
    use crate::protocol::Refusal;
    Some(match refusal {
        Refusal::Token(_) | Refusal::Did => Check::Token,
        Refusal::Label => Check::Label,
        Refusal::Block => Check::Block,
        Refusal::Contact => Check::Contact,
        Refusal::Limit(_) => Check::RateLimit,
        Refusal::Host => Check::Host,
        Refusal::Duplicate => Check::Dedup,
        Refusal::Unavailable(check) => check,
        Refusal::InboxFull
        | Refusal::Ingress
        | Refusal::TooLarge
        | Refusal::SenderPdsLimit
        | Refusal::SenderPdsTakedown
        | Refusal::NotHere => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_two_units_that_matter() {
        let cases = [
            (0, "0 s"),
            (43_100_000, "43.10 ms"),
            (59_000_000_000, "59.00 s"),
            (60_000_000_000, "1 min"),
            (671_000_000_000, "11 min 11 s"),
            (671_600_000_000, "11 min 12 s"),
            (3_599_600_000_000, "60 min"),
            (7_380_000_000_000, "2 h 3 min"),
            (90_000_000_000_000, "1 d 1 h"),
        ];
        for (ns, text) in cases {
            assert_eq!(lapse(Span::from_ns(ns)), text);
        }
    }
}
