//! What an action does to the state.

use super::deeds::intervene;
use super::speed::{after, floor};
use super::typing::{ask, clear, confirm, suggest, type_letter};
use super::{Action, Course, Direction, Effect, Page, Scene, State};
use crate::experiment::session::People;
use crate::protocol::MessageId;
use crate::units::{Span, Time};

/// Does something.
pub fn update(state: &mut State<'_>, action: Action, scene: &Scene<'_>) -> Effect {
    match action {
        Action::Tick(wall) => tick(state, wall, scene),
        Action::PlayOrPause => {
            state.course = match state.course {
                Course::Playing => Course::Paused,
                Course::Paused => Course::Playing,
            };
        }
        Action::Pace(direction) => state.speed = state.speed.next(direction),
        Action::StepOn => step_on(state, scene),
        Action::Sender(step) => state.chosen.choose_sender(&People::of(scene.arm), step),
        Action::Recipient(step) => state.chosen.choose_recipient(&People::of(scene.arm), step),
        Action::Swap => {
            let swapped = state.chosen.swap(&People::of(scene.arm));
            told(state, swapped);
        }
        Action::Select(direction) => select(state, direction, scene),
        Action::Pick(id) => pick(state, id, scene),
        Action::Inspect => return inspect(state),
        Action::Turn => turn(state),
        Action::Scroll(Direction::Less) => state.scroll = state.scroll.saturating_sub(1),
        Action::Scroll(Direction::More) => state.scroll += 1,
        Action::Ask(prompt) => ask(state, prompt),
        Action::Type(letter) => type_letter(state, Some(letter)),
        Action::Erase => type_letter(state, None),
        Action::Clear => clear(state),
        Action::Suggest(direction) => suggest(state, direction),
        Action::Confirm => return confirm(state, scene),
        Action::Cancel => {
            state.prompt = None;
            state.shows_keys = false;
        }
        Action::Help => state.shows_keys = !state.shows_keys,
        Action::Save => return Effect::Save,
        Action::Quit => return Effect::Quit,
        Action::Undo => return undo(state),
        Action::Send
        | Action::SendForged
        | Action::Burst
        | Action::Block
        | Action::Label
        | Action::Unlabel
        | Action::Accept
        | Action::Reject
        | Action::Down
        | Action::Up => return intervene(state, action, scene),
    }
    Effect::None
}

/// Says why something could not be done.
pub(super) fn told(state: &mut State<'_>, result: Result<(), String>) {
    if let Err(why) = result {
        state.complain(why);
    }
}

/// Time goes by, as long as the run lasts.
fn tick(state: &mut State<'_>, wall: Span, scene: &Scene<'_>) {
    if state.course == Course::Paused {
        return;
    }
    let passed = match state.speed.of(wall) {
        Some(passed) => passed + state.carry,
        None => stride(state, scene),
    };
    let now = state.now + passed;
    state.carry = now.since(floor(now));
    go_to(state, floor(now));
}

/// As much as takes a few thousand events, found by doubling and halving.
fn stride(state: &mut State<'_>, scene: &Scene<'_>) -> Span {
    let ns = state.stride.ns();
    let ns = if scene.events < 10_000 {
        ns.saturating_mul(2)
    } else {
        ns / 2
    };
    state.stride = Span::from_ns(ns.max(1_000_000));
    state.stride
}

fn go_to(state: &mut State<'_>, now: Time) {
    let end = state.session.end();
    state.now = now.min(end);
    if state.now == end && state.course == Course::Playing {
        state.course = Course::Paused;
        state.carry = Span::ZERO;
        state.say("the run ends here; g goes back to an earlier time");
    }
}

fn step_on(state: &mut State<'_>, scene: &Scene<'_>) {
    state.course = Course::Paused;
    state.carry = Span::ZERO;
    match scene.next {
        Some(next) => go_to(state, after(next).max(state.now)),
        None => state.complain("the run ends here"),
    }
}

fn select(state: &mut State<'_>, direction: Direction, scene: &Scene<'_>) {
    let rows = scene.seen.rows();
    let place = state.selected.and_then(|id| scene.seen.place(id));
    let next = match (place, direction) {
        (None, _) => rows.len().checked_sub(1),
        (Some(place), Direction::Less) => Some(place.saturating_sub(1)),
        (Some(place), Direction::More) => Some((place + 1).min(rows.len() - 1)),
    };
    if let Some(row) = next.and_then(|place| rows.get(place)) {
        pick(state, row.id, scene);
    }
}

/// Looks at a message, and takes its pair over.
fn pick(state: &mut State<'_>, id: MessageId, scene: &Scene<'_>) {
    state.selected = Some(id);
    state.scroll = 0;
    if let Some(row) = scene.seen.row(id) {
        let people = People::of(scene.arm);
        let (sender, recipient) = (people.name_of(row.sender), people.name_of(row.recipient));
        // A message of an attacker in somebody's name may have a pair that nobody can choose.
        let _ = state.chosen.set(&people, &sender, &recipient);
    }
}

fn inspect(state: &mut State<'_>) -> Effect {
    if state.selected.is_none() {
        state.complain("choose a message with the arrow keys");
        return Effect::None;
    }
    state.followed = state.selected;
    state.page = Page::Life;
    state.scroll = 0;
    Effect::Rewind
}

fn turn(state: &mut State<'_>) {
    state.scroll = 0;
    state.page = match state.page {
        Page::Life => Page::Token,
        Page::Token => Page::Life,
    };
}

/// Goes to an instant, which may lie before.
pub(super) fn travel(state: &mut State<'_>, letters: &str) -> Effect {
    match letters.parse::<Span>() {
        Ok(span) => {
            let before = state.now;
            state.course = Course::Paused;
            state.carry = Span::ZERO;
            go_to(state, floor(Time::ZERO + span));
            if state.now < before {
                return Effect::Rewind;
            }
        }
        Err(error) => state.complain(error.to_string()),
    }
    Effect::None
}

fn undo(state: &mut State<'_>) -> Effect {
    let Some(spec) = state.session.undo() else {
        state.complain("nothing was done by hand");
        return Effect::None;
    };
    let name = spec.actions().first().map_or("nothing", |(name, _)| name);
    state.say(format!("undone: {name} at {}", spec.at));
    Effect::Rewind
}
