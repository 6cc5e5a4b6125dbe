//! Screens of the interactive demo: as they were drawn before, and with the contents that they must
//! have; what keys and mouse mean on them; the picture in the README.
//!
//! `UPDATE_TUI=1 cargo test --test it tui_screens` writes the screens and the pictures anew.

use pdsim::experiment::session::Step;
use pdsim::report::html::{self, Bundle, Drawing};
use pdsim::tui::{self, Action, Direction, Look, Prompt, Script, State, keys, play, showcase, svg};
use ratatui::crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use crate::support::repository_file;
use crate::tui_sessions::{files, played, session, typed, wait};

/// Holds a text against a file of the repository, or writes it there.
fn assert_file(path: &str, text: &str) {
    let place = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_TUI").is_some() {
        return std::fs::write(&place, text).unwrap_or_else(|error| panic!("{place}: {error}"));
    }
    let kept = String::from_utf8(repository_file(path)).expect("text");
    assert!(
        kept == text,
        "{path} is old (UPDATE_TUI=1 writes it):\n{text}"
    );
}

fn screen(actions: Vec<Action>, size: (u16, u16)) -> String {
    let files = files(tui::SCENARIO);
    let (_, script) = played(session(&files), actions, size);
    script.text()
}

/// The line of a screen that holds a text.
fn line<'s>(screen: &'s str, text: &str) -> &'s str {
    let found = screen.lines().find(|line| line.contains(text));
    found.unwrap_or_else(|| panic!("no `{text}` in\n{screen}"))
}

#[test]
fn the_first_screen_shows_what_can_be_done() {
    let shown = screen(Vec::new(), (80, 24));
    assert_eq!(shown.lines().count(), 24);
    for text in [
        "0:00.000 of 1h",
        "[Send] [Bad signature] [Burst 20]",
        "[Block] [Spam Label] [Accept] [Reject]",
        "nobody wrote so far",
        "spam leakage -",
        "ham refused 0 of 0",
        "q quit",
    ] {
        line(&shown, text);
    }
    assert!(line(&shown, "From").contains("alice"));
    assert_file("tests/data/tui/first-80x24.txt", &shown);
}

/// After the showcase: what Mallory sent is on the screen with its ends.
#[test]
fn the_last_screen_of_the_showcase_shows_what_came_of_it() {
    for size in [(80, 24), (120, 40)] {
        let shown = screen(showcase(), size);
        assert_eq!(shown.lines().count(), usize::from(size.1));
        // One request of Mallory's that was accepted, then 12 of which 10 are within the limit, one
        // with a bad signature, one after the label: 11 of 15 were delivered.
        let leakage = line(&shown, "spam leakage");
        assert!(
            leakage.contains("73.33 %") && leakage.contains("11 of 15"),
            "{leakage}"
        );
        assert!(leakage.contains("ham refused 0 of 3"), "{leakage}");
        let from = line(&shown, "From");
        assert!(
            from.contains("mallory") && from.contains("spammer label"),
            "{from}"
        );
        assert!(shown.contains("✗ label"), "{shown}");
        assert!(line(&shown, "✗ label").contains("mallory→dave"));
        let (columns, rows) = size;
        assert_file(&format!("tests/data/tui/last-{columns}x{rows}.txt"), &shown);
    }
}

#[test]
fn the_lamps_of_a_message_say_how_far_it_came() {
    let open = typed(Prompt::Policy, "contact.rule=open");
    let accepted = [open.clone(), vec![Action::Send, wait(5_000)]].concat();
    let shown = screen(accepted, (80, 24));
    line(&shown, "● token  ● label  ● block  ● contact  ● rate-limit");
    let blocked = [open, vec![Action::Block, Action::Send, wait(5_000)]].concat();
    let shown = screen(blocked.clone(), (80, 24));
    let lamps = line(&shown, "● token  ● label  ✗ block  · contact  · rate-limit");
    assert!(lamps.contains("✗ block"), "{lamps}");
    let scrolled = [blocked, vec![Action::Scroll(Direction::More); 4]].concat();
    let shown = screen(scrolled, (120, 40));
    let refused = line(&shown, "REFUSED");
    assert!(
        refused.contains("the recipient has blocked the sender"),
        "{refused}"
    );
    // A stranger's message is held, and every lamp before it is lit.
    let shown = screen(vec![Action::Send, wait(5_000)], (80, 24));
    assert!(line(&shown, "alice→").contains("request"), "{shown}");
}

#[test]
fn the_token_of_a_message_is_shown_with_its_claims_and_the_verdict() {
    let shown = screen(vec![Action::Send, wait(5_000), Action::Turn], (120, 40));
    for text in [
        "verified with the sender's key",
        "header  {\"typ\":\"JWT\",\"alg\":\"ES256K\"}",
        "iss     did:plc:",
        "lxm     dev.pds.inbox.sendMessage",
        "iat     1790000000",
        "exp     1790000060",
        "key     zQ3sh",
    ] {
        line(&shown, text);
    }
    assert_file("tests/data/tui/token-120x40.txt", &shown);
    let forged = vec![Action::SendForged, wait(5_000), Action::Turn];
    line(&screen(forged, (120, 40)), "not verified: BadJwtSignature");
}

#[test]
fn an_ascii_terminal_gets_ascii_and_a_small_one_is_told_so() {
    let files = files(tui::SCENARIO);
    let mut state = State::new(session(&files), pdsim::cli::tui::words());
    state.look = Look::Ascii;
    let actions = showcase().into_iter().chain([Action::Help]).collect();
    let mut script = Script::new(actions, (80, 24));
    let Ok(()) = play(&mut state, &mut script);
    assert!(script.text().is_ascii(), "{}", script.text());
    line(&screen(Vec::new(), (59, 24)), "too small: 60 x 20 at least");
    screen(showcase(), (60, 20));
}

#[test]
fn the_help_shows_every_key() {
    let shown = screen(vec![Action::Help], (80, 24));
    for (key, what) in keys::KEYS {
        assert!(shown.contains(key), "{key}\n{shown}");
        let begin: String = what.chars().take(20).collect();
        assert!(shown.contains(&begin), "{what}\n{shown}");
    }
}

fn key(code: KeyCode) -> Event {
    Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

#[test]
fn every_key_of_the_table_does_something_and_letters_are_typed_while_something_is_asked() {
    let files = files(tui::SCENARIO);
    let mut state = State::new(session(&files), pdsim::cli::tui::words());
    for word in keys::KEYS.iter().flat_map(|(keys, _)| keys.split(' ')) {
        let code = match word {
            "Enter" => KeyCode::Enter,
            "Space" => KeyCode::Char(' '),
            "Up" => KeyCode::Up,
            "Down" => KeyCode::Down,
            letter => KeyCode::Char(letter.chars().next().expect("a letter")),
        };
        assert!(keys::action(&key(code), &state, &[]).is_some(), "{word}");
    }
    let quit = |state: &State<'_>| {
        let control = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        keys::action(&Event::Key(control), state, &[])
    };
    assert_eq!(
        keys::action(&key(KeyCode::Char('q')), &state, &[]),
        Some(Action::Quit)
    );
    assert_eq!(quit(&state), Some(Action::Quit));
    state.prompt = Some((Prompt::Text, String::new()));
    let typed = keys::action(&key(KeyCode::Char('q')), &state, &[]);
    assert_eq!(typed, Some(Action::Type('q')));
    assert_eq!(quit(&state), Some(Action::Quit));
}

fn mouse(kind: MouseEventKind, (column, row): (u16, u16)) -> Event {
    Event::Mouse(MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    })
}

/// A place on the screen as terminals count.
fn cell(place: usize) -> u16 {
    u16::try_from(place).expect("a screen")
}

#[test]
fn a_click_hits_what_is_drawn_there_and_the_wheel_chooses() {
    let files = files(tui::SCENARIO);
    let actions = vec![Action::Send, wait(5_000)];
    let (state, script) = played(session(&files), actions, (80, 24));
    let text = script.text();
    let place = |what: &str| {
        let (row, line) = text
            .lines()
            .enumerate()
            .find(|(_, line)| line.contains(what))
            .unwrap_or_else(|| panic!("{what}"));
        let column = line[..line.find(what).expect("it is there")]
            .chars()
            .count();
        (cell(column) + 1, cell(row))
    };
    let click = |what: &str| {
        let event = mouse(MouseEventKind::Down(MouseButton::Left), place(what));
        keys::action(&event, &state, &script.hits)
    };
    let id = state.session.arm().plan().by_hand(0);
    let expected = [
        ("[Send]", Action::Send),
        ("[Bad signature]", Action::SendForged),
        ("[Burst", Action::Burst),
        ("[Block]", Action::Block),
        ("[Spam Label]", Action::Label),
        ("[Accept]", Action::Accept),
        ("[Reject]", Action::Reject),
        ("[step]", Action::StepOn),
        ("q quit", Action::Quit),
        ("s save", Action::Save),
        ("alice→", Action::Pick(id)),
    ];
    for (what, action) in &expected {
        assert_eq!(click(what).as_ref(), Some(action), "{what}");
    }
    assert_eq!(click("From"), None);
    let arrow = mouse(MouseEventKind::Down(MouseButton::Left), {
        let (column, row) = place("◂ alice");
        (column - 1, row)
    });
    let back = keys::action(&arrow, &state, &script.hits);
    assert_eq!(back, Some(Action::Sender(Step::Back)));
    let wheel = |kind, what: &str| keys::action(&mouse(kind, place(what)), &state, &script.hits);
    assert_eq!(
        wheel(MouseEventKind::ScrollUp, "alice→"),
        Some(Action::Select(Direction::Less))
    );
    assert_eq!(
        wheel(MouseEventKind::ScrollDown, "● token"),
        Some(Action::Scroll(Direction::More))
    );
}

#[test]
fn the_pictures_in_the_readme_are_those_that_the_program_makes() {
    let files = files(tui::SCENARIO);
    let (_, script) = played(session(&files), showcase(), (100, 32));
    let drawn = svg(script.screen(), "A session of pdsim tui");
    assert!(
        drawn.contains(">✗ label<"),
        "the end of Mallory's last message"
    );
    assert_file("docs/pictures/tui.svg", &drawn);

    let folder = format!("{}/results/spam-wave", env!("CARGO_MANIFEST_DIR"));
    let charts = html::charts(&Bundle::open(folder.as_ref()).expect("results"));
    let chart = charts
        .iter()
        .find(|chart| chart.id == "leakage")
        .expect("a chart");
    let Drawing::Svg(drawn) = &chart.drawing else {
        panic!("{:?}", chart.drawing);
    };
    assert_file("docs/pictures/report-leakage.svg", drawn);
    let readme = String::from_utf8(repository_file("README.md")).expect("text");
    for picture in ["docs/pictures/tui.svg", "docs/pictures/report-leakage.svg"] {
        assert!(readme.contains(picture), "{picture}");
    }
}
