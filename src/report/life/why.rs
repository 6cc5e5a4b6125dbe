//! Why a message came through, or why it did not: one sentence, and one for each check.

use std::fmt::Write as _;

use super::checks::{Turn, later_label, layer, saw};
use super::{LifeNames, check_of, lapse};
use crate::protocol::{Check, Class, ContactSight, Outcome};
use crate::trace::Life;

/// The reasons, a line each.
pub fn why(life: &Life, names: &LifeNames) -> String {
    let Some((_, outcome)) = life.outcome else {
        return "It has no outcome: the run was stopped before.\n".to_owned();
    };
    if outcome == Outcome::Delivered {
        return passed(life, names);
    }
    let refusal = match outcome {
        Outcome::Refused(refusal) => check_of(refusal),
        _ => None,
    };
    let turn = Turn::last(life).zip(refusal);
    let saw =
        turn.map(|(turn, check)| format!(" ({}: {})", check.name(), saw(check, &turn, names)));
    format!(
        "Why it was not delivered: {}{}.\n",
        outcome.meaning(),
        saw.unwrap_or_default()
    )
}

fn passed(life: &Life, names: &LifeNames) -> String {
    let title = match life.message.class {
        Class::Spam => "Why it leaked",
        Class::Ham => "Why it was delivered",
    };
    let Some(turn) = Turn::last(life) else {
        return format!("{title}: no worker looked at it.\n");
    };
    if turn.sight.order.is_empty() {
        return format!("{title}: the pipeline has no checks.\n");
    }
    let mut text = format!("{title}: no check refused it.\n");
    for check in &turn.sight.order {
        let reason = if turn.sight.failing.contains(check) {
            Some("the check could not be made, and fails open".to_owned())
        } else {
            reason(*check, &turn, names)
        };
        if let Some(reason) = reason {
            let _ = writeln!(text, "  {:10}  {reason}", check.name());
        }
    }
    let absent: Vec<&str> = Check::PROOF_OF_CONCEPT
        .iter()
        .filter(|check| !turn.sight.order.contains(check))
        .map(|check| check.name())
        .collect();
    if !absent.is_empty() {
        let _ = writeln!(text, "  not in the pipeline: {}", absent.join(", "));
    }
    text
}

/// Why a check let the message pass; nothing to say of a sound token.
fn reason(check: Check, turn: &Turn<'_>, names: &LifeNames) -> Option<String> {
    Some(match check {
        Check::Token | Check::Dedup => return None,
        Check::Label => match (turn.sight.known_label(turn.now), later_label(turn)) {
            (None, Some(later)) => format!(
                "the label of {} on its sender came {} too late",
                names.labeler(later.labeler),
                lapse(
                    later
                        .known
                        .unwrap_or(later.issued)
                        .saturating_since(turn.now)
                )
            ),
            (None, None) if turn.sight.labels.is_empty() && !names.labelers.is_empty() => {
                "no labeler called its sender a spammer, to the end of the run".to_owned()
            }
            _ => saw(check, turn, names),
        },
        Check::Block => match turn.life.blocked {
            Some(at) => format!(
                "its recipient blocked its sender {} too late",
                lapse(at.saturating_since(turn.now))
            ),
            None => "its recipient never blocked its sender".to_owned(),
        },
        Check::Contact => match turn.sight.contact {
            ContactSight::Stranger { .. } => "its recipient accepted the request".to_owned(),
            _ => saw(check, turn, names),
        },
        Check::RateLimit if turn.sight.layers.is_empty() => "no limit counts it".to_owned(),
        Check::RateLimit => {
            let left: Vec<String> = turn
                .sight
                .layers
                .iter()
                .map(|sight| layer(sight, names))
                .collect();
            format!("within every limit: {}", left.join("; "))
        }
        Check::Host => saw(check, turn, names),
    })
}
