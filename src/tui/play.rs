//! The loop: draw, take an action, do it, let the world follow.

use super::speed::after;
use super::{Action, Course, Effect, Page, Scene, State, update};
use crate::experiment::Arm;
use crate::experiment::session::{Light, Minted, Stage, lights, minted};
use crate::model::Status;
use crate::protocol::{Check, MessageId};
use crate::trace::Life;
use crate::units::Time;

/// Where a session is shown and played.
pub trait Front {
    /// What can go wrong with it.
    type Error;

    /// Shows the instant.
    ///
    /// # Errors
    /// Where it cannot be shown.
    fn show(&mut self, state: &State<'_>, scene: &Scene<'_>) -> Result<(), Self::Error>;

    /// What is done next; none where nothing is.
    ///
    /// # Errors
    /// Where nobody can do anything any more.
    fn next(&mut self, state: &State<'_>, wait: Wait) -> Result<Option<Action>, Self::Error>;

    /// Saves the session; says where.
    ///
    /// # Errors
    /// Why it could not be saved, in the inner result.
    fn save(&mut self, state: &State<'_>) -> Result<String, String>;
}

/// How long to wait for an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// As long as a picture stands.
    Frame,
    /// Not at all: the world has still to follow the clock.
    Not,
}

/// Events between two looks at the player.
const SLICE: u64 = 100_000;

/// Plays a session to its end.
///
/// # Errors
/// Those of the front.
pub fn play<F: Front>(state: &mut State<'_>, front: &mut F) -> Result<(), F::Error> {
    loop {
        let arm = state.session.arm();
        let mut run = Run::new(&arm, state);
        if run.play(state, front)? == Effect::Quit {
            return Ok(());
        }
    }
}

/// A token and what it was minted for: message, attempt, when a worker took it.
type Shown = ((MessageId, u16, Time), Minted);

/// One run of the scenario as it is now.
struct Run<'p> {
    arm: &'p Arm,
    stage: Stage<'p>,
    /// The events of the last advance.
    events: u64,
    token: Option<Shown>,
}

impl<'p> Run<'p> {
    fn new(arm: &'p Arm, state: &State<'_>) -> Self {
        Self {
            arm,
            stage: Stage::new(arm, state.session.followed(state.followed)),
            events: 0,
            token: None,
        }
    }

    /// Until the run must begin anew, or the end.
    fn play<F: Front>(&mut self, state: &mut State<'_>, front: &mut F) -> Result<Effect, F::Error> {
        loop {
            if self.follow(state, front)? == Effect::Quit {
                return Ok(Effect::Quit);
            }
            let next = self.stage.next_time();
            self.mint(state);
            let lights = self.lights(state);
            let scene = self.scene(state, next, &lights);
            front.show(state, &scene)?;
            let Some(action) = front.next(state, Wait::Frame)? else {
                continue;
            };
            match update(state, action, &scene) {
                Effect::None => {}
                Effect::Save => save(state, front),
                effect => return Ok(effect),
            }
        }
    }

    /// Lets the world follow the clock; the player may stop it, or quit.
    fn follow<F: Front>(
        &mut self,
        state: &mut State<'_>,
        front: &mut F,
    ) -> Result<Effect, F::Error> {
        let before = self.stage.events();
        while self.stage.run_to(state.now, SLICE) == Status::Running {
            match front.next(state, Wait::Not)? {
                None | Some(Action::Tick(_)) => {}
                Some(Action::Quit) => return Ok(Effect::Quit),
                Some(_) => {
                    state.now = after(self.stage.clock()).min(state.now);
                    state.course = Course::Paused;
                    state.say("stopped on the way");
                }
            }
        }
        self.events = self.stage.events() - before;
        Ok(Effect::None)
    }

    fn life(&self, state: &State<'_>) -> Option<&Life> {
        self.stage.life(state.selected?)
    }

    fn lights(&self, state: &State<'_>) -> Vec<(Check, Light)> {
        let pipeline = &self.arm.scenario().spec.pipeline;
        let life = self.life(state);
        let lit = life.map(|life| lights(life, state.now, &pipeline.order, &pipeline.cost));
        lit.unwrap_or_default()
    }

    /// Mints the token of the chosen message where it is looked at.
    fn mint(&mut self, state: &State<'_>) {
        let Some(life) = self.life(state).filter(|_| state.page == Page::Token) else {
            return;
        };
        let message = &life.message;
        let name = (message.id, message.attempts, message.taken);
        if self.token.as_ref().is_none_or(|(known, _)| *known != name) {
            let token = minted(self.arm, self.stage.seen(), life);
            self.token = Some((name, token));
        }
    }

    fn scene<'s>(
        &'s self,
        state: &State<'_>,
        next: Option<Time>,
        lights: &'s [(Check, Light)],
    ) -> Scene<'s> {
        Scene {
            arm: self.arm,
            seen: self.stage.seen(),
            life: self.life(state),
            lights,
            minted: self.token.as_ref().map(|(_, minted)| minted),
            next,
            events: self.events,
        }
    }
}

fn save<F: Front>(state: &mut State<'_>, front: &mut F) {
    match front.save(state) {
        Ok(said) => state.say(said),
        Err(why) => state.complain(why),
    }
}
