//! Sessions played by hand: each deed has its effect, none changes what was seen before, and the
//! saved scenario is the session to the byte.

use std::path::Path;

use pdsim::experiment::session::{Light, Progress, Row, Session, Stage};
use pdsim::experiment::{self, Arm, Options};
use pdsim::model::Status;
use pdsim::protocol::Check;
use pdsim::report::run_files;
use pdsim::scenario::{Loader, Memory, SCENARIO, Scenario};
use pdsim::tui::{self, Action, Direction, Prompt, Script, State, play, showcase};
use pdsim::units::{Span, Time};

/// The files of a scenario in memory.
pub fn files(text: &str) -> Memory {
    Memory::files([("base.toml", text.as_bytes())])
}

/// A session in the only scenario of some files.
pub fn session(files: &Memory) -> Session<'_> {
    let mut loader = Loader::new(files);
    let tree = loader.scenario("base.toml".as_ref(), &SCENARIO);
    let session = Session::new(loader, tree.expect("a tree"));
    session.unwrap_or_else(|loader| panic!("{:?}", loader.faults.lines(&loader.sources)))
}

/// Plays actions in a session; the state and the screen afterwards.
pub fn played(session: Session<'_>, actions: Vec<Action>, size: (u16, u16)) -> (State<'_>, Script) {
    let mut state = State::new(session, pdsim::cli::tui::words());
    let mut script = Script::new(actions, size);
    let Ok(()) = play(&mut state, &mut script);
    (state, script)
}

/// Typing something.
pub fn typed(prompt: Prompt, letters: &str) -> Vec<Action> {
    let open = [Action::Ask(prompt), Action::Clear];
    let letters = letters.chars().map(Action::Type);
    let all = open.into_iter().chain(letters);
    all.chain([Action::Confirm]).collect()
}

/// So much time on the wall.
pub fn wait(ms: u64) -> Action {
    Action::Tick(Span::from_ms(ms))
}

/// The rows of a session at an instant.
fn rows_at(arm: &Arm, now: Time) -> Vec<Row> {
    let mut world = Stage::new(arm, []);
    assert_eq!(world.run_to(now, u64::MAX), Status::Over);
    world.seen().rows().iter().copied().collect()
}

/// What became of the messages, in the order in which they were written.
fn ends(state: &State<'_>) -> Vec<String> {
    let arm = state.session.arm();
    let told = |row: Row| match row.progress {
        Progress::Over(outcome) => outcome.name(&arm.shape().layers),
        other => format!("{other:?}"),
    };
    rows_at(&arm, state.now).into_iter().map(told).collect()
}

fn demo(actions: Vec<Vec<Action>>) -> Vec<String> {
    let files = files(tui::SCENARIO);
    let actions = actions.into_iter().flatten().collect();
    let (state, _) = played(session(&files), actions, (80, 24));
    assert!(!state.note.is_fault, "{:?}", state.note);
    ends(&state)
}

#[test]
fn a_strangers_message_is_a_request_until_it_is_accepted_or_rejected() {
    let sent = || vec![Action::Send, wait(5_000)];
    assert_eq!(demo(vec![sent()]), ["Held"]);
    assert_eq!(
        demo(vec![sent(), vec![Action::Accept, wait(1)]]),
        ["delivered"]
    );
    assert_eq!(
        demo(vec![sent(), vec![Action::Reject, wait(1)]]),
        ["request.rejected"]
    );
    // Whom he rejected he has blocked.
    let after = vec![Action::Reject, wait(1), Action::Send, wait(5_000)];
    assert_eq!(
        demo(vec![sent(), after]),
        ["request.rejected", "refused.block"]
    );
}

#[test]
fn a_label_refuses_from_the_instant_on_at_which_the_pds_knows_it() {
    let open = typed(Prompt::Policy, "contact.rule=open");
    let pair = typed(Prompt::Pair, "mallory dave");
    // Known two seconds after it was issued. On the way a message is more than 5 ms; a worker of the
    // docket inbox takes it within some milliseconds.
    let label = vec![wait(1_000), Action::Label, wait(1_000)];
    let before = vec![Action::Send, wait(900)];
    let after = vec![wait(101), Action::Send, wait(5_000)];
    assert_eq!(
        demo(vec![open, pair, label, before, after]),
        ["delivered", "refused.label"]
    );
}

#[test]
fn a_block_a_bad_signature_and_the_limit_refuse() {
    let open = || typed(Prompt::Policy, "contact.rule=open");
    let forged = vec![Action::SendForged, wait(5_000)];
    assert_eq!(demo(vec![open(), forged]), ["refused.token.signature"]);
    let blocked = vec![Action::Block, Action::Send, wait(5_000)];
    assert_eq!(demo(vec![open(), blocked]), ["refused.block"]);
    // 10 per 60 s: of 12 at once two are refused.
    let burst = typed(Prompt::Burst, "12");
    let ends = demo(vec![open(), burst, vec![wait(10_000)]]);
    let count = |name: &str| ends.iter().filter(|end| *end == name).count();
    assert_eq!(
        (count("delivered"), count("refused.limit.per-pair")),
        (10, 2),
        "{ends:?}"
    );
}

#[test]
fn a_policy_that_changes_live_holds_from_then_on() {
    let open = typed(Prompt::Policy, "contact.rule=open");
    let tight = typed(
        Prompt::Policy,
        "limits.per-pair.algorithm.sliding-log.limit = 1",
    );
    let two = vec![Action::Send, wait(3_000), Action::Send, wait(3_000)];
    // A limit that changes begins anew.
    assert_eq!(
        demo(vec![open, two.clone(), tight, two]),
        [
            "delivered",
            "delivered",
            "delivered",
            "refused.limit.per-pair"
        ]
    );
}

#[test]
fn a_pds_that_is_down_takes_nothing() {
    let open = typed(Prompt::Policy, "contact.rule=open");
    let down = vec![Action::Down, Action::Send, wait(60_000), Action::Up];
    let up = vec![Action::Send, wait(5_000)];
    assert_eq!(demo(vec![open, down, up]), ["lost", "delivered"]);
}

/// The session of the README, with a saved scenario.
fn saved_showcase(files: &Memory) -> (State<'_>, String) {
    let actions = showcase().into_iter().chain([Action::Save]).collect();
    let (state, script) = played(session(files), actions, (80, 24));
    (state, script.saved.expect("it was saved"))
}

#[test]
fn the_saved_scenario_is_the_session_to_the_byte() {
    let files = files(tui::SCENARIO);
    let (state, text) = saved_showcase(&files);
    assert!(state.session.done().len() >= 10);
    let arm = state.session.arm();
    let scenario = Scenario::from_toml(&text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.spec, arm.scenario().spec);
    let saved = Arm::new("base", scenario);

    // What was seen, at every instant of the session and at its end.
    for now in (0..=state.now.ns())
        .step_by(3_700_000_000)
        .map(Time::from_ns)
    {
        assert_eq!(rows_at(&arm, now), rows_at(&saved, now), "{now:?}");
    }
    // What the ordinary path writes.
    let arms = [Arm::new("base", arm.scenario().clone())];
    let of_session = experiment::run(&arms, Options::default(), &()).expect("no law is broken");
    let again = [saved];
    let of_saved = experiment::run(&again, Options::default(), &()).expect("no law is broken");
    let bytes = |arm: &Arm, results| -> Vec<(String, Vec<u8>)> {
        let files = run_files(arm, results, &[]).into_iter();
        files
            .map(|file| (file.name, file.bytes.into_owned()))
            .collect()
    };
    assert_eq!(bytes(&arms[0], &of_session), bytes(&again[0], &of_saved));

    // What the player saw at the end of the run is what its results say.
    let mut world = Stage::new(&arm, []);
    world.run_to(state.session.end(), u64::MAX);
    let leakage = experiment::rows::measures_of(&of_saved.arms[0], "spam.leakage");
    assert_eq!(world.seen().leakage(), leakage[0].value());
    assert!(world.seen().leakage() > Some(0.0));
}

#[test]
fn a_session_goes_on_where_the_saved_scenario_ends() {
    let files_before = files(tui::SCENARIO);
    let (state, text) = saved_showcase(&files_before);
    let files_after = files(&text);
    let again = session(&files_after);
    assert_eq!(
        again.spec(),
        state.session.spec(),
        "saved twice it is the same"
    );
    assert_eq!(
        again.done(),
        [],
        "what was done belongs to the scenario now"
    );
    assert_eq!(again.text_of(0), Some("Shall we meet at noon?"));
}

#[test]
fn no_deed_changes_what_was_seen_before_it() {
    let files = files(tui::SCENARIO);
    let (mut state, _) = saved_showcase(&files);
    let mut compared = 0;
    while let Some(last) = state.session.done().last().cloned() {
        let now = Time::ZERO + last.at;
        let with = rows_at(&state.session.arm(), now);
        state.session.undo();
        let without = rows_at(&state.session.arm(), now);
        let known = with.len() - last.send.map_or(0, |send| send.count as usize);
        let same = with[..known].iter().zip(&without);
        for (with, without) in same {
            // At the instant itself an intervention may end what was held, and nothing else.
            let is_same = with == without || without.progress == Progress::Held;
            assert!(is_same, "{now:?}: {with:?} {without:?}");
            compared += 1;
        }
        assert_eq!(known, without.len());
    }
    assert!(compared > 30, "{compared}");
}

#[test]
fn time_goes_back_and_forth_and_the_present_is_the_same() {
    let there = |actions: Vec<Action>| {
        let files = files(tui::SCENARIO);
        let actions = showcase().into_iter().chain(actions).collect();
        let (state, script) = played(session(&files), actions, (80, 24));
        (state.now, script.text())
    };
    let (now, before) = there(typed(Prompt::GoTo, "70s"));
    assert_eq!(now, Time::ZERO + Span::from_s(70));
    let roundabout = [
        typed(Prompt::GoTo, "3s"),
        vec![Action::StepOn, Action::StepOn],
        typed(Prompt::GoTo, "30m"),
        typed(Prompt::GoTo, "70s"),
    ];
    assert_eq!(there(roundabout.concat()), (now, before));
}

#[test]
fn steps_end_with_the_millisecond_in_which_something_happens() {
    let files = files(tui::SCENARIO);
    let actions = vec![wait(1_000), Action::Send, Action::StepOn];
    let (state, _) = played(session(&files), actions, (80, 24));
    let arm = state.session.arm();
    let mut world = Stage::new(&arm, []);
    world.run_to(state.now, u64::MAX);
    let since = state.now.since(world.clock());
    assert!(!since.is_zero() && since <= Span::from_ms(1), "{since}");
    assert_eq!(state.now.ns() % 1_000_000, 0);
}

#[test]
fn checks_are_lit_in_their_order_while_the_worker_is_busy() {
    let files = files(tui::SCENARIO);
    let open = typed(Prompt::Policy, "contact.rule=open");
    let actions = [open, vec![Action::SendForged]].concat();
    let (state, _) = played(session(&files), actions, (80, 24));
    let arm = state.session.arm();
    let id = arm.plan().by_hand(0);
    let mut world = Stage::new(&arm, [id]);
    let spec = &arm.scenario().spec.pipeline;
    let mut seen = Vec::new();
    for ms in 0..2_000 {
        let now = Time::ZERO + Span::from_ms(ms);
        world.run_to(now, u64::MAX);
        if let Some(life) = world.life(id) {
            let lit = experiment::session::lights(life, now, &spec.order, &spec.cost);
            assert_eq!(lit[1].0, Check::Label);
            seen.push((lit[0].1, lit[1].1));
        }
    }
    seen.dedup();
    // The token costs 4.8 ms, so it is seen under way.
    assert_eq!(
        seen,
        [
            (Light::Off, Light::Off),
            (Light::UnderWay, Light::Off),
            (Light::Refused, Light::NotAsked)
        ]
    );
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let files = files(tui::SCENARIO);
    let cases = [
        (typed(Prompt::GoTo, "60"), "`60` has no unit"),
        (typed(Prompt::GoTo, "soon"), "not a span of time"),
        (
            typed(Prompt::Policy, "run.seed=3"),
            "no policy that can change",
        ),
        (typed(Prompt::Policy, "contact.rule=opn"), "open"),
        (typed(Prompt::Burst, "0"), "no number from 1 to 10000"),
        (typed(Prompt::Pair, "alice"), "two names"),
        (typed(Prompt::Pair, "alice nobody"), "no account `nobody`"),
        (typed(Prompt::Pair, "alice mallory"), "a spammer's identity"),
        (vec![Action::Undo], "nothing was done"),
        (vec![Action::Inspect], "choose a message"),
        (
            [typed(Prompt::GoTo, "1h"), vec![Action::Send]].concat(),
            "an intervention at 1h",
        ),
    ];
    for (actions, why) in cases {
        let (state, _) = played(session(&files), actions, (80, 24));
        assert!(state.note.is_fault, "{:?}", state.note);
        assert!(state.note.text.contains(why), "{:?}", state.note.text);
        assert_eq!(state.session.done(), []);
    }
}

#[test]
fn accounts_of_a_trace_are_chosen_by_their_ids_and_its_file_stays_named() {
    let text = r#"
        schema = 1
        name = "trace"
        [run]
        duration = "60s"
        [network]
        delay = { constant = "1s" }
        [pds]
        count = 3
        [trace]
        file = "data/trace.csv"
    "#;
    let rows = "time_s,sender,recipient\n10,al,zoe\n11,zoe,al\n25,al,zoe\n26,mia,zoe\n";
    let data = ("data/trace.csv", rows.as_bytes());
    let files = Memory::files([("base.toml", text.as_bytes()), data]);
    let mut actions = vec![wait(20_000)];
    actions.extend(typed(Prompt::Pair, "al zoe"));
    actions.extend([Action::Block, Action::Select(Direction::Less), Action::Save]);
    actions.extend([wait(20_000)]);
    let (state, script) = played(session(&files), actions, (80, 24));
    // Ten and eleven seconds in, both arrived; from 20 s on zoe refuses al, not mia.
    let ends = ends(&state);
    assert_eq!(
        ends,
        ["delivered", "delivered", "refused.block", "delivered"]
    );
    assert!(script.text().contains("zoe blocks al"), "{}", script.text());
    let saved = script.saved.expect("it was saved");
    let again = Scenario::from_toml_with(&saved, &[data]).expect("a scenario");
    assert_eq!(again.spec, state.session.arm().scenario().spec);
}

#[test]
fn a_scenario_with_traffic_of_its_own_is_played_with_as_well() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("scenarios/two-pds.toml")).expect("a scenario");
    let files = files(&text);
    let mut actions = typed(Prompt::GoTo, "11m");
    actions.extend(typed(Prompt::Pair, "flooder people/0"));
    actions.push(Action::Label);
    let (state, _) = played(session(&files), actions.clone(), (80, 24));
    assert!(
        state.note.text.contains("there are 0 labelers"),
        "{:?}",
        state.note
    );
    actions.extend([Action::Block, Action::PlayOrPause]);
    actions.extend((0..5).map(|_| wait(900)));
    let (state, script) = played(session(&files), actions, (120, 40));
    assert_eq!(state.session.done().len(), 1, "the block alone");
    // 60 messages from 10 to 11 min, of which the limit lets ten pass; then one a second, the last
    // ones of which may still be on their way.
    let ends = ends(&state);
    let count = |name: &str| ends.iter().filter(|end| *end == name).count();
    assert!((3..=5).contains(&count("refused.block")), "{ends:?}");
    let leakage = format!("of {}", state_spam(&state));
    assert!(
        script.text().contains(&leakage),
        "{leakage}\n{}",
        script.text()
    );
}

/// How much spam was written.
fn state_spam(state: &State<'_>) -> usize {
    let rows = rows_at(&state.session.arm(), state.now);
    let spam = rows
        .iter()
        .filter(|row| row.class == pdsim::protocol::Class::Spam);
    spam.count()
}
