//! Sessions: somebody plays with a scenario by hand, on the virtual clock.
//!
//! A session is a scenario with a list of interventions, and nothing else. Whatever is done goes to
//! the end of that list, and the run begins anew with the longer list: going back in time is going
//! forth again, and the saved scenario is the session by construction. At the instant `now`
//! everything before it has happened (`model::World::run_until`), so what is done there changes
//! nothing that was seen.

mod lights;
mod people;
mod policies;
mod seen;
mod stage;
mod token;

use std::path::Path;
use std::rc::Rc;

pub use lights::{Light, lights};
pub use people::{People, Person, Step};
pub use policies::{change, policies};
pub use seen::{Course, Progress, Row, Seen, Totals};
pub use stage::Stage;
pub use token::{Minted, Party, minted};

use super::Arm;
use crate::scenario::{Faults, InterventionSpec, Loader, Node, SCENARIO, Scenario, ScenarioSpec};
use crate::units::{Span, Time};

/// What stands behind the name of a scenario that was played with.
const SUFFIX: &str = "-session";

/// A scenario that somebody plays with.
pub struct Session<'f> {
    loader: Loader<'f>,
    /// The scenario before anything was done.
    base: Node,
    /// The interventions of the scenario, then those that were made by hand.
    list: Vec<InterventionSpec>,
    /// How many of them are the scenario's own.
    own: usize,
    arm: Rc<Arm>,
}

impl<'f> Session<'f> {
    /// A session in the scenario of a tree; one replication of it.
    ///
    /// # Errors
    /// The loader with all its faults, where the scenario cannot be run.
    pub fn new(mut loader: Loader<'f>, tree: Node) -> Result<Self, Loader<'f>> {
        let mut base = tree;
        let name = base.get("name").and_then(Node::text).unwrap_or_default();
        if !name.ends_with(SUFFIX) {
            let name = toml::Value::String(format!("{name}{SUFFIX}"));
            loader.set(&mut base, &format!("name={name}"), &SCENARIO);
        }
        loader.set(&mut base, "run.replications=1", &SCENARIO);
        let Some(scenario) = prepared(base.clone(), &mut loader) else {
            return Err(loader);
        };
        let list = scenario.spec.intervene.clone();
        Ok(Self {
            loader,
            base,
            own: list.len(),
            list,
            arm: Rc::new(Arm::new("base", scenario)),
        })
    }

    /// The scenario with everything that was done so far.
    pub fn arm(&self) -> Rc<Arm> {
        Rc::clone(&self.arm)
    }

    /// Its specs.
    pub fn spec(&self) -> &ScenarioSpec {
        &self.arm.scenario().spec
    }

    /// The first instant at which nothing can be done any more.
    pub fn end(&self) -> Time {
        self.arm.plan().horizon()
    }

    /// What was done by hand, in the order in which it was done.
    pub fn done(&self) -> &[InterventionSpec] {
        &self.list[self.own..]
    }

    /// How many messages interventions send in all.
    pub fn sent_by_hand(&self) -> u64 {
        let sends = self.list.iter().filter_map(|spec| spec.send.as_ref());
        sends.map(|send| u64::from(send.count)).sum()
    }

    /// What a message that is sent by hand says: the `ordinal`-th of them, in the order of time.
    pub fn text_of(&self, ordinal: u64) -> Option<&str> {
        let mut sends: Vec<(Span, _)> = self
            .list
            .iter()
            .filter_map(|spec| Some((spec.at, spec.send.as_ref()?)))
            .collect();
        sends.sort_by_key(|(at, _)| *at);
        let mut before = 0;
        for (_, send) in sends {
            before += u64::from(send.count);
            if ordinal < before {
                return send.text.as_deref();
            }
        }
        None
    }

    /// Does one more thing.
    ///
    /// # Errors
    /// Why it cannot be done, in one sentence; nothing has changed then.
    pub fn act(&mut self, spec: InterventionSpec) -> Result<(), String> {
        self.list.push(spec);
        match self.rebuilt() {
            Ok(arm) => {
                self.arm = arm;
                Ok(())
            }
            Err(why) => {
                self.list.pop();
                Err(why)
            }
        }
    }

    /// Takes the last thing that was done by hand back.
    ///
    /// # Panics
    /// Never: a list that was sound is sound without its last entry.
    pub fn undo(&mut self) -> Option<InterventionSpec> {
        if self.list.len() == self.own {
            return None;
        }
        let undone = self.list.pop();
        self.arm = self.rebuilt().expect("it was sound before");
        undone
    }

    /// Whether the scenario with `change` for its policy at `at` is one that can be run.
    pub fn allows(&mut self, change: InterventionSpec) -> bool {
        self.list.push(change);
        let is_sound = self.scenario().is_ok();
        self.list.pop();
        is_sound
    }

    /// The session as a scenario file; `named` gives the name under which it reaches a data file.
    ///
    /// # Panics
    /// Never: a spec is made of what TOML can say.
    pub fn text(&self, named: impl Fn(&Path) -> String) -> String {
        let data = &self.arm.scenario().data;
        let mut spec = self.spec().clone();
        spec.change_data_files(|key, written| {
            if let Some(file) = data.iter().find(|file| file.key == key) {
                *written = named(&file.file.path);
            }
        });
        let spec = toml::to_string_pretty(&spec).expect("a spec is made of what TOML can say");
        format!("# A session of `pdsim tui`; `pdsim run` repeats it to the byte.\n\n{spec}")
    }

    fn rebuilt(&mut self) -> Result<Rc<Arm>, String> {
        let scenario = self.scenario()?;
        Ok(Rc::new(Arm::new("base", scenario)))
    }

    fn scenario(&mut self) -> Result<Scenario, String> {
        let mut tree = self.base.clone();
        self.loader.faults = Faults::new();
        if !self.list.is_empty() {
            let list = toml::Value::try_from(&self.list).expect("specs are what TOML can say");
            self.loader
                .set(&mut tree, &format!("intervene={list}"), &SCENARIO);
        }
        let scenario = prepared(tree, &mut self.loader);
        scenario.ok_or_else(|| {
            let first = self.loader.faults.sorted().into_iter().next();
            first.map_or_else(String::new, |fault| {
                format!("{}; {}", fault.what, fault.remedy)
            })
        })
    }
}

fn prepared(tree: Node, loader: &mut Loader<'_>) -> Option<Scenario> {
    let scenario = Scenario::prepare(tree, loader);
    scenario.filter(|_| !loader.faults.has_errors())
}
