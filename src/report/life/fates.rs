//! What became of the same message under other policies.

use std::fmt::Write as _;

use super::lapse;
use crate::experiment::tracing::Fate;
use crate::protocol::{Class, Outcome};
use crate::trace::Life;

/// One other policy, and what became of the message there.
#[derive(Debug, Clone)]
pub struct FateRow {
    /// What is other.
    pub name: String,
    /// The assignments that make it; none for an arm of a study.
    pub set: Vec<String>,
    /// The fate.
    pub fate: Fate,
    /// The limit layers of that policy.
    pub layers: Vec<String>,
}

/// The other policies by what they made of the message: first those that make a difference.
pub fn fates(life: &Life, rows: &[FateRow]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let was_delivered = matches!(life.outcome, Some((_, Outcome::Delivered)));
    let is_spam = life.message.class == Class::Spam;
    let (title, other) = match (was_delivered, is_spam) {
        (true, true) => ("What would have stopped it", "Would not have stopped it"),
        (true, false) => ("What would have kept it out", "Would have let it pass, too"),
        (false, _) => ("What would have let it pass", "Would not have let it pass"),
    };
    let differs = |row: &&FateRow| match row.fate {
        Fate::NotWritten => false,
        Fate::Ended(outcome, _) => (outcome == Outcome::Delivered) != was_delivered,
    };
    let mut text = format!("{title} (the same message with the same draws):\n");
    let changed: Vec<&FateRow> = rows.iter().filter(differs).collect();
    for row in &changed {
        let _ = writeln!(text, "  {}: {}", row.name, told(row));
        for set in &row.set {
            let _ = writeln!(text, "      --set '{set}'");
        }
    }
    if changed.is_empty() {
        text += "  none of those that were tried\n";
    }
    let same = rows.iter().filter(|row| !differs(row));
    let (absent, same): (Vec<_>, Vec<_>) = same.partition(|row| row.fate == Fate::NotWritten);
    text += &list(other, &same);
    text += &list("Nobody would have written it", &absent);
    text
}

fn told(row: &FateRow) -> String {
    match row.fate {
        Fate::NotWritten => "not written".to_owned(),
        Fate::Ended(outcome, after) => {
            format!("{} after {}", outcome.name(&row.layers), lapse(after))
        }
    }
}

fn list(title: &str, rows: &[&FateRow]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let shown = |row: &&FateRow| match row.fate {
        Fate::Ended(outcome, _) if outcome != Outcome::Delivered => {
            format!("{} ({})", row.name, outcome.name(&row.layers))
        }
        _ => row.name.clone(),
    };
    let names: Vec<String> = rows.iter().map(shown).collect();
    format!("{title}: {}.\n", names.join("; "))
}
