//! What is typed: texts, instants, policies, names.

use super::deeds::{act, intervene};
use super::update::{told, travel};
use super::{Action, Direction, Effect, Prompt, Scene, State};
use crate::experiment::session::{People, change, policies};
use crate::scenario::InterventionSpec;

/// Begins to ask for something.
pub(super) fn ask(state: &mut State<'_>, prompt: Prompt) {
    state.suggestion = 0;
    let letters = match prompt {
        Prompt::Text | Prompt::GoTo | Prompt::Pair => String::new(),
        Prompt::Burst => state.burst.to_string(),
        Prompt::Policy => policies(state.session.spec()).swap_remove(0),
    };
    state.prompt = Some((prompt, letters));
}

/// Longer texts than this are not taken.
const MOST_LETTERS: usize = 200;

pub(super) fn type_letter(state: &mut State<'_>, letter: Option<char>) {
    if let Some((_, letters)) = &mut state.prompt {
        match letter {
            None => drop(letters.pop()),
            Some(letter) if letter.is_control() || letters.len() >= MOST_LETTERS => {}
            Some(letter) => letters.push(letter),
        }
    }
}

pub(super) fn clear(state: &mut State<'_>) {
    if let Some((_, letters)) = &mut state.prompt {
        letters.clear();
    }
}

pub(super) fn suggest(state: &mut State<'_>, direction: Direction) {
    let Some((Prompt::Policy, letters)) = &mut state.prompt else {
        return;
    };
    let suggested = policies(state.session.spec());
    let count = suggested.len();
    state.suggestion = match direction {
        Direction::Less => (state.suggestion + count - 1) % count,
        Direction::More => (state.suggestion + 1) % count,
    };
    letters.clone_from(&suggested[state.suggestion]);
}

pub(super) fn confirm(state: &mut State<'_>, scene: &Scene<'_>) -> Effect {
    let Some((prompt, letters)) = state.prompt.take() else {
        return Effect::None;
    };
    let letters = letters.trim().to_owned();
    match prompt {
        Prompt::Text => {
            if !letters.is_empty() {
                state.text = letters;
            }
            return intervene(state, Action::Send, scene);
        }
        Prompt::GoTo => return travel(state, &letters),
        Prompt::Policy => match change(&letters) {
            Ok(set) => {
                let spec = InterventionSpec {
                    set,
                    ..InterventionSpec::at(state.elapsed())
                };
                return act(state, spec, format!("policy: {letters}"));
            }
            Err(why) => state.complain(why),
        },
        Prompt::Burst => match letters.parse() {
            Ok(burst @ 1..=10_000) => {
                state.burst = burst;
                return intervene(state, Action::Burst, scene);
            }
            _ => state.complain(format!("`{letters}` is no number from 1 to 10000")),
        },
        Prompt::Pair => {
            let words: Vec<&str> = letters.split_whitespace().collect();
            let people = People::of(scene.arm);
            let set = match words[..] {
                [sender, recipient] => state.chosen.set(&people, sender, recipient),
                _ => Err("write two names, such as `people/0 people/1`".to_owned()),
            };
            told(state, set);
        }
    }
    Effect::None
}
