//! The life of a message as JSON: the same as the text, in parts that a program can take apart.
//! Instants are nanoseconds of virtual time.

use serde_json::{Value, json};

use super::{FateRow, LifeNames, checks, told as words, why};
use crate::experiment::tracing::Fate;
use crate::protocol::Stage;
use crate::trace::{Life, Step};
use crate::units::Time;

/// All lives that were traced, as the text of one object.
///
/// # Panics
/// Never: names and numbers are what JSON can say.
pub fn whole(arm: &str, replication: u32, lives: impl Iterator<Item = Value>) -> String {
    let lives: Vec<Value> = lives.collect();
    let object = json!({ "arm": arm, "replication": replication, "lives": lives });
    serde_json::to_string_pretty(&object).expect("names and numbers are what JSON can say") + "\n"
}

/// One life, with what became of the same message under other policies.
pub fn told(life: &Life, names: &LifeNames, rows: &[FateRow]) -> Value {
    let message = &life.message;
    let steps = life.steps.iter().enumerate();
    let steps = steps.filter_map(|(place, step)| self::step(life, place, step, names));
    let steps: Vec<Value> = steps.collect();
    let (ended, outcome) = life.outcome.unzip();
    json!({
        "message": message.id.to_string(),
        "class": message.class.name(),
        "group": names.names.groups[usize::from(message.group.0)],
        "sender": message.sender.0,
        "sender_pds": message.sender_pds.0,
        "recipient": message.recipient.0,
        "recipient_pds": message.recipient_pds.0,
        "created_ns": message.created.ns(),
        "ended_ns": ended.map(Time::ns),
        "outcome": outcome.map(|outcome| names.outcome(outcome)),
        "steps": steps,
        "stages_ns": stages(life),
        "why": why(life, names).lines().map(str::trim).collect::<Vec<_>>(),
        "fates": rows.iter().map(fate).collect::<Vec<_>>(),
    })
}

fn step(life: &Life, place: usize, (now, step): &(Time, Step), names: &LifeNames) -> Option<Value> {
    let mut told = json!({ "t_ns": now.ns(), "told": words(life, step, names)? });
    if let Step::Taken { .. } = step {
        let rows = checks::rows(life, place, names).into_iter();
        let row = |row: checks::Row| json!({ "check": row.name, "verdict": row.verdict.to_lowercase(), "saw": row.saw });
        told["checks"] = rows.map(row).collect();
    }
    Some(told)
}

/// The stages of the latency and their sum; null for a message that no worker finished.
fn stages(life: &Life) -> Value {
    let message = &life.message;
    if !message.is_served() {
        return Value::Null;
    }
    let of = |stage: Stage| stage.of(message).ns();
    json!({
        "retry": of(Stage::Retry),
        "network": of(Stage::Network),
        "queue": of(Stage::Queue),
        "service": of(Stage::Service),
        "total": message.latency().ns(),
    })
}

fn fate(row: &FateRow) -> Value {
    let (outcome, after) = match row.fate {
        Fate::NotWritten => (None, None),
        Fate::Ended(outcome, after) => (Some(outcome.name(&row.layers)), Some(after.ns())),
    };
    json!({ "policy": row.name, "set": row.set, "outcome": outcome, "after_ns": after })
}
