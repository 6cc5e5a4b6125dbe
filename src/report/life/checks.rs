//! Each check of one turn with a worker: its verdict, and what it saw.

use super::{LifeNames, check_of, lapse};
use crate::protocol::{
    BlockSight, Check, ContactSight, CopySight, HostSight, LabelerId, LayerSight, MOST_ROOM,
    Refusal, Sight,
};
use crate::report::human;
use crate::trace::{LabelEvent, Life, Step};
use crate::units::Time;

/// What is told of one check.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) verdict: &'static str,
    pub(super) saw: String,
}

/// A turn with a worker.
pub(super) struct Turn<'l> {
    pub(super) life: &'l Life,
    /// When the worker took the message.
    pub(super) now: Time,
    pub(super) sight: &'l Sight,
    pub(super) refusal: Option<Refusal>,
    /// Bit mask of the limit layers that refused.
    refused: u64,
}

impl<'l> Turn<'l> {
    /// The turn whose ruling is the step number `taken`.
    pub(super) fn of(life: &'l Life, taken: usize) -> Option<Self> {
        let (now, step) = &life.steps[taken];
        let Step::Taken {
            refusal, refused, ..
        } = step
        else {
            return None;
        };
        let seen = life.steps[..taken]
            .iter()
            .rev()
            .find_map(|(at, step)| match step {
                Step::Seen(sight) if at == now => Some(sight.as_ref()),
                _ => None,
            });
        seen.map(|sight| Self {
            life,
            now: *now,
            sight,
            refusal: *refusal,
            refused: *refused,
        })
    }

    /// The last turn of a life.
    pub(super) fn last(life: &'l Life) -> Option<Self> {
        let taken = life
            .steps
            .iter()
            .rposition(|(_, step)| matches!(step, Step::Taken { .. }))?;
        Self::of(life, taken)
    }
}

/// The checks of the turn whose ruling is the step number `taken`, in their order.
pub(super) fn rows(life: &Life, taken: usize, names: &LifeNames) -> Vec<Row> {
    let Some(turn) = Turn::of(life, taken) else {
        return Vec::new();
    };
    let refusing = turn.refusal.and_then(check_of);
    let mut is_over = false;
    let mut rows = Vec::new();
    for check in &turn.sight.order {
        let is_refusing = !is_over && refusing == Some(*check);
        let verdict = match (is_over, is_refusing) {
            (true, _) => "",
            (_, true) => "REFUSED",
            _ => verdict(*check, turn.sight),
        };
        let saw = if is_over {
            "not asked".to_owned()
        } else if turn.sight.failing.contains(check) {
            "the check cannot be made".to_owned()
        } else {
            saw(*check, &turn, names)
        };
        rows.push(Row {
            name: check.name(),
            verdict,
            saw,
        });
        is_over |= is_refusing;
    }
    rows
}

/// The verdict of a check that did not refuse.
fn verdict(check: Check, sight: &Sight) -> &'static str {
    match (check, sight.contact) {
        (Check::Contact, ContactSight::Stranger { .. }) => "held",
        _ => "pass",
    }
}

/// What a check saw.
pub(super) fn saw(check: Check, turn: &Turn<'_>, names: &LifeNames) -> String {
    match check {
        Check::Token => token(turn),
        Check::Label => label(turn, names),
        Check::Block => block(turn),
        Check::Contact => contact(turn.sight.contact),
        Check::RateLimit => limits(turn, names),
        Check::Host => match turn.sight.host {
            HostSight::Welcome => "the sender's PDS is on no block list".to_owned(),
            HostSight::Refused(pds) => format!("PDS {} is on the block list", pds.0),
        },
        Check::Dedup => match turn.sight.copy {
            CopySight::New => "not seen before".to_owned(),
            CopySight::Seen => "the same message was accepted before".to_owned(),
        },
    }
}

fn token(turn: &Turn<'_>) -> String {
    let steps = turn.life.steps.iter().rev();
    let expires = steps
        .filter(|(at, _)| *at <= turn.now)
        .find_map(|(_, step)| match step {
            Step::Arrived { expires, .. } => Some(*expires),
            _ => None,
        });
    let expires = expires.unwrap_or(turn.life.message.token.expires);
    let last = expires + turn.sight.leeway;
    let time = if last >= turn.sight.clock {
        format!("{} left of its time", lapse(last.since(turn.sight.clock)))
    } else {
        format!("expired {} before", lapse(turn.sight.clock.since(last)))
    };
    match turn.refusal {
        Some(Refusal::Token(reason)) => format!("{time}; {}", reason.name()),
        Some(Refusal::Did) => format!("{time}; the sender's DID could not be resolved"),
        _ => time,
    }
}

fn label(turn: &Turn<'_>, names: &LifeNames) -> String {
    let now = turn.now;
    if let Some(label) = turn.sight.known_label(now) {
        let known = label.known.unwrap_or(now);
        let since = lapse(now.saturating_since(known));
        let whose = names.labeler(label.labeler);
        return match turn.refusal {
            Some(Refusal::Label) => format!("known for {since}, by {whose}"),
            _ => format!("known for {since}, by {whose}, but nothing follows from it here"),
        };
    }
    let issued = turn.sight.labels.iter().find(|label| label.until > now);
    if let Some(label) = issued {
        let ago = lapse(now.saturating_since(label.issued));
        let known = label.known.map_or("never by itself".to_owned(), |known| {
            format!("{} later", lapse(known.saturating_since(now)))
        });
        let whose = names.labeler(label.labeler);
        return format!("not known here yet: issued {ago} before by {whose}, known {known}");
    }
    match later_label(turn) {
        Some(later) => {
            let after = |at: Time| lapse(at.saturating_since(now));
            let known = later.known.filter(|known| *known != later.issued);
            let known = known.map_or_else(String::new, |known| {
                format!(", known here {} later", after(known))
            });
            let (issued, whose) = (after(later.issued), names.labeler(later.labeler));
            format!("none yet, issued {issued} later by {whose}{known}")
        }
        None if names.labelers.is_empty() => "no labeler".to_owned(),
        None => "none, and none was issued later".to_owned(),
    }
}

/// A label that was issued after the turn.
pub(super) struct LaterLabel {
    pub(super) issued: Time,
    pub(super) labeler: LabelerId,
    /// From when on the recipient's PDS knows of it, where it hears of it by itself.
    pub(super) known: Option<Time>,
}

/// The first label that was issued after the turn.
pub(super) fn later_label(turn: &Turn<'_>) -> Option<LaterLabel> {
    turn.life.labels.iter().find_map(|(at, event)| match event {
        LabelEvent::Issued(labeler, known) if *at >= turn.now => Some(LaterLabel {
            issued: *at,
            labeler: *labeler,
            known: *known,
        }),
        _ => None,
    })
}

fn block(turn: &Turn<'_>) -> String {
    match (turn.sight.block, turn.life.blocked) {
        (BlockSight::Blocked, _) => "the recipient has blocked the sender".to_owned(),
        (BlockSight::None, Some(later)) => format!(
            "not blocked yet, blocked {} later",
            lapse(later.saturating_since(turn.now))
        ),
        (BlockSight::None, None) => "not blocked, nor later".to_owned(),
    }
}

fn contact(sight: ContactSight) -> String {
    match sight {
        ContactSight::Open => "everybody may write to everybody".to_owned(),
        ContactSight::Known => "contacts from before the run".to_owned(),
        ContactSight::Accepted => "the recipient accepted the sender".to_owned(),
        ContactSight::Wrote => "the recipient has written to the sender".to_owned(),
        ContactSight::Stranger {
            of_pair,
            of_recipient,
        } => {
            format!("a stranger; held so far: {of_pair} of his, {of_recipient} for this recipient")
        }
    }
}

fn limits(turn: &Turn<'_>, names: &LifeNames) -> String {
    let told = |sight: &LayerSight| {
        let left = layer(sight, names);
        let is_refusing = turn.refused >> sight.layer & 1 == 1;
        let from = sight.from.filter(|from| *from > turn.now);
        match (is_refusing, from) {
            (true, Some(from)) => {
                format!("{left}, room again in {}", lapse(from.since(turn.now)))
            }
            (true, None) => format!("{left}, time alone makes no room"),
            _ => left,
        }
    };
    let layers: Vec<String> = turn.sight.layers.iter().map(told).collect();
    if layers.is_empty() {
        "no limit counts it".to_owned()
    } else {
        layers.join("; ")
    }
}

/// How much of its budget a layer has left.
pub(super) fn layer(sight: &LayerSight, names: &LifeNames) -> String {
    let name = &names.names.layers[usize::from(sight.layer)];
    if sight.room >= MOST_ROOM {
        return format!("{name}: more than {} left", human::count(MOST_ROOM));
    }
    format!(
        "{name}: {} of {} left",
        human::count(sight.room),
        human::count(sight.whole.max(sight.room))
    )
}
