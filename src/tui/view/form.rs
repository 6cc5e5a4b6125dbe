//! Who writes to whom, what, and what can be done about it.

use ratatui::layout::Rect;

use super::pen::{BAD, DIM, OPEN, PLAIN, Pen, STRONG};
use super::{Scene, State, clock};
use crate::experiment::session::{People, Person, Step};
use crate::protocol::Class;
use crate::scenario::InterventionSpec;
use crate::tui::{Action, Prompt};
use crate::units::Time;

/// Draws the form, and below it what was done by hand.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, state: &State<'_>, scene: &Scene<'_>) {
    let inner = pen.frame(area, "Write");
    let people = People::of(scene.arm);
    if let Some((sender, recipient)) = state.chosen.both(&people) {
        let shown = |person: &Person| people.short(&person.name);
        let end = who(pen, inner, 0, ("From", &shown(&sender)), Action::Sender);
        about(pen, inner, (end, 0), &sender, scene);
        let end = who(pen, inner, 1, ("To", &shown(&recipient)), Action::Recipient);
        about(pen, inner, (end, 1), &recipient, scene);
    }
    text(pen, inner, state);
    buttons(pen, inner, state);
    done(pen, inner, state);
}

fn who(
    pen: &mut Pen<'_>,
    area: Rect,
    row: u16,
    (label, name): (&str, &str),
    choose: fn(Step) -> Action,
) -> u16 {
    pen.text(area, (0, row), label, DIM);
    let back = pen.mark("◂", "<");
    let end = pen.button(area, (5, row), back, choose(Step::Back));
    let start = end + 1;
    let end = pen.text(area, (start, row), name, STRONG);
    pen.hit(area, (start, row), end, choose(Step::Forth));
    let forth = pen.mark("▸", ">");
    pen.button(area, (end + 1, row), forth, choose(Step::Forth))
}

/// Where somebody lives, and what labelers and the truth say of him; behind a column.
fn about(
    pen: &mut Pen<'_>,
    area: Rect,
    (end, row): (u16, u16),
    person: &Person,
    scene: &Scene<'_>,
) {
    let column = (end + 1).max(18);
    let end = pen.text(area, (column, row), &format!("PDS {}", person.pds.0), DIM);
    let end = match person.class {
        Class::Spam => pen.text(area, (end + 1, row), "spammer", OPEN),
        Class::Ham => end,
    };
    if scene.seen.labelled(person.account).is_some() {
        pen.text(area, (end + 1, row), "label", BAD);
    }
}

fn text(pen: &mut Pen<'_>, area: Rect, state: &State<'_>) {
    pen.text(area, (0, 2), "Text", DIM);
    let end = match &state.prompt {
        Some((Prompt::Text, letters)) => {
            let end = pen.text(area, (5, 2), letters, OPEN);
            pen.text(area, (end, 2), "_", OPEN)
        }
        _ => pen.text(area, (5, 2), &state.text, PLAIN),
    };
    let end = end.max(area.width.min(20));
    pen.hit(area, (0, 2), end, Action::Ask(Prompt::Text));
}

fn buttons(pen: &mut Pen<'_>, area: Rect, state: &State<'_>) {
    let burst = format!("[Burst {}]", state.burst);
    let rows = [
        vec![
            ("[Send]", Action::Send),
            ("[Bad signature]", Action::SendForged),
            (burst.as_str(), Action::Burst),
        ],
        vec![
            ("[Block]", Action::Block),
            ("[Spam Label]", Action::Label),
            ("[Accept]", Action::Accept),
            ("[Reject]", Action::Reject),
        ],
    ];
    for (row, buttons) in (3..).zip(rows) {
        let mut column = 0;
        for (text, action) in buttons {
            column = pen.button(area, (column, row), text, action) + 1;
        }
    }
}

/// What was done by hand, the last at the bottom, as far as there is room.
fn done(pen: &mut Pen<'_>, area: Rect, state: &State<'_>) {
    let room = usize::from(area.height.saturating_sub(5));
    let all = state.session.done();
    let shown = &all[all.len().saturating_sub(room)..];
    for (row, spec) in (5..).zip(shown) {
        let at = Time::ZERO + spec.at;
        let style = if at > state.now { DIM } else { PLAIN };
        let end = pen.text(area, (0, row), &format!("{:>10}", clock(at)), DIM);
        pen.text(area, (end + 1, row), &deed(spec), style);
    }
}

fn deed(spec: &InterventionSpec) -> String {
    let short = |name: &str| name.strip_suffix("/0").unwrap_or(name).to_owned();
    let pair = |verb: &str, pair: &crate::scenario::PairSpec| {
        format!("{} {verb} {}", short(&pair.who), short(&pair.whom))
    };
    if let Some(send) = &spec.send {
        let count = match send.count {
            1 => String::new(),
            count => format!(" x{count}"),
        };
        let forged = send.token.map_or("", |_| ", bad signature");
        return format!(
            "{} to {}{count}{forged}",
            short(&send.from),
            short(&send.to)
        );
    }
    let pairs = [
        ("blocks", &spec.block),
        ("accepts", &spec.accept),
        ("rejects", &spec.reject),
    ];
    if let Some((verb, Some(who))) = pairs.into_iter().find(|(_, pair)| pair.is_some()) {
        return pair(verb, who);
    }
    let labels = [("label on", &spec.label), ("no label on", &spec.unlabel)];
    if let Some((verb, Some(label))) = labels.into_iter().find(|(_, label)| label.is_some()) {
        return format!("{verb} {}", short(&label.account));
    }
    match (spec.down, spec.up) {
        (Some(host), _) => format!("PDS {} down", host.pds),
        (_, Some(host)) => format!("PDS {} up", host.pds),
        _ => {
            let set = spec.set.iter().map(|(key, value)| format!("{key}={value}"));
            set.collect::<Vec<_>>().join("; ")
        }
    }
}
