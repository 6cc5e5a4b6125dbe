//! Keys and mouse to actions.

use ratatui::crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::Position;

use super::{Action, Direction, Hit, Prompt, State};
use crate::experiment::session::Step;

/// Every key and what it does.
pub const KEYS: &[(&str, &str)] = &[
    ("Enter", "send the message"),
    ("m", "type a message; Enter sends it"),
    ("x", "send with a bad signature"),
    ("u", "send a burst"),
    ("U", "send a burst of another size"),
    ("f F", "next, previous sender"),
    ("t T", "next, previous recipient"),
    ("w", "swap sender and recipient"),
    ("o", "name sender and recipient"),
    ("b", "the recipient blocks the sender"),
    ("l L", "spam label on the sender; take it back"),
    ("a", "the recipient accepts the sender"),
    ("r", "the recipient rejects the sender"),
    ("d D", "the recipient's PDS goes down, up"),
    ("p", "change the policy"),
    ("z", "undo the last thing done"),
    ("Space", "play, pause"),
    (".", "step to the next event"),
    ("- +", "slower, faster (x0.01 to max)"),
    ("g", "go to a time, also back"),
    ("Up Down", "choose a message"),
    ("i", "write its life from now on"),
    ("v", "its life or its token"),
    ("[ ]", "scroll its page (PgUp, PgDn)"),
    ("s", "save the session as a scenario"),
    ("?", "these keys"),
    ("q", "quit (Ctrl-C)"),
];

/// The action of an event; none where it means nothing.
pub fn action(event: &Event, state: &State<'_>, hits: &[Hit]) -> Option<Action> {
    match event {
        Event::Key(key) if key.kind == KeyEventKind::Release => None,
        Event::Key(key) => of_key(key, state),
        Event::Mouse(mouse) => of_mouse(*mouse, hits),
        _ => None,
    }
}

fn of_key(key: &KeyEvent, state: &State<'_>) -> Option<Action> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            KeyCode::Char('c') => Some(Action::Quit),
            KeyCode::Char('u') => Some(Action::Clear),
            _ => None,
        };
    }
    if state.prompt.is_some() {
        return while_typing(key.code);
    }
    Some(match key.code {
        KeyCode::Char(letter) => return of_letter(letter),
        KeyCode::Enter => Action::Send,
        KeyCode::Up => Action::Select(Direction::Less),
        KeyCode::Down => Action::Select(Direction::More),
        KeyCode::PageUp => Action::Scroll(Direction::Less),
        KeyCode::PageDown => Action::Scroll(Direction::More),
        KeyCode::Right => Action::StepOn,
        KeyCode::Esc => Action::Cancel,
        _ => return None,
    })
}

fn while_typing(code: KeyCode) -> Option<Action> {
    Some(match code {
        KeyCode::Char(letter) => Action::Type(letter),
        KeyCode::Backspace => Action::Erase,
        KeyCode::Enter => Action::Confirm,
        KeyCode::Esc => Action::Cancel,
        KeyCode::Up => Action::Suggest(Direction::Less),
        KeyCode::Down => Action::Suggest(Direction::More),
        _ => return None,
    })
}

fn of_letter(letter: char) -> Option<Action> {
    Some(match letter {
        'm' => Action::Ask(Prompt::Text),
        'x' => Action::SendForged,
        'u' => Action::Burst,
        'U' => Action::Ask(Prompt::Burst),
        'f' => Action::Sender(Step::Forth),
        'F' => Action::Sender(Step::Back),
        't' => Action::Recipient(Step::Forth),
        'T' => Action::Recipient(Step::Back),
        'w' => Action::Swap,
        'o' => Action::Ask(Prompt::Pair),
        'b' => Action::Block,
        'l' => Action::Label,
        'L' => Action::Unlabel,
        'a' => Action::Accept,
        'r' => Action::Reject,
        'd' => Action::Down,
        'D' => Action::Up,
        'p' => Action::Ask(Prompt::Policy),
        'z' => Action::Undo,
        ' ' => Action::PlayOrPause,
        '.' => Action::StepOn,
        '-' => Action::Pace(Direction::Less),
        '+' | '=' => Action::Pace(Direction::More),
        'g' => Action::Ask(Prompt::GoTo),
        'i' => Action::Inspect,
        'v' => Action::Turn,
        '[' => Action::Scroll(Direction::Less),
        ']' => Action::Scroll(Direction::More),
        's' => Action::Save,
        '?' => Action::Help,
        'q' => Action::Quit,
        _ => return None,
    })
}

fn of_mouse(mouse: MouseEvent, hits: &[Hit]) -> Option<Action> {
    let place = Position::new(mouse.column, mouse.row);
    // What was drawn last lies on top.
    let mut under = hits.iter().rev().filter(|hit| hit.area.contains(place));
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => under.find_map(|hit| hit.click),
        MouseEventKind::ScrollUp => under.find_map(|hit| hit.wheel).map(|[up, _]| up),
        MouseEventKind::ScrollDown => under.find_map(|hit| hit.wheel).map(|[_, down]| down),
        _ => None,
    }
}
