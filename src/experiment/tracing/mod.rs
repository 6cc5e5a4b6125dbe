//! Lives of messages: finding them, following them, and asking what would have become of the same
//! message under other policies.
//!
//! A message is found in one run of a replication and followed in a second one, which is the same
//! to the event: what is kept does not grow with the number of messages. Under another policy the
//! same message exists with the same draws (common random numbers), so its fate there is exact; a
//! message that an attacker or a human sent in reaction to something may not exist there at all.

mod alternatives;
mod query;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub use alternatives::{Alternative, alternatives};
pub use query::{FIELDS, FieldEntry, Query, QueryFault};

use super::pool::{self, End};
use super::{Arm, RunError};
use crate::model::{Status, World};
use crate::protocol::{Fact, Message, MessageId, Observer, Outcome};
use crate::trace::Names;
use crate::units::Time;

/// Events between two looks at the outside world.
const SLICE: u64 = 1 << 16;

/// Whether a run goes on: asked now and then.
pub type GoOn<'a> = &'a (dyn Fn() -> bool + Sync);

/// The names of the groups and limit layers of an arm.
pub fn names(arm: &Arm) -> Names {
    Names {
        groups: arm.shape().groups.clone(),
        layers: arm.shape().layers.clone(),
    }
}

/// The names of an arm's labelers by their number; one on every PDS has its table's name.
pub fn labeler_names(arm: &Arm) -> Vec<String> {
    let tables = arm.scenario().spec.labelers.keys().enumerate();
    let of_table = |(place, name): (usize, &String)| {
        let count = arm.plan().labelers_of_table(place).len();
        vec![name.clone(); count]
    };
    tables.flat_map(of_table).collect()
}

/// Runs replication `number` of an arm for an observer.
///
/// # Errors
/// Where it was asked to stop.
pub fn observe<O: Observer>(
    arm: &Arm,
    number: u32,
    mut observer: O,
    go_on: GoOn<'_>,
) -> Result<O, RunError> {
    let watching: &mut dyn Observer = &mut observer;
    let mut world = World::new(arm.plan(), u64::from(number), watching);
    while world.step(SLICE) == Status::Running {
        if !go_on() {
            return Err(RunError::Cancelled);
        }
    }
    Ok(observer)
}

/// The first messages, by the instant of their creation, that meet a query, at most `most`; of
/// those that count, which are created after the warm-up.
///
/// # Errors
/// Where it was asked to stop.
pub fn find(
    arm: &Arm,
    number: u32,
    query: &Query,
    most: usize,
    go_on: GoOn<'_>,
) -> Result<Vec<MessageId>, RunError> {
    let finder = Finder {
        query,
        most,
        since: arm.plan().warm_up(),
        found: BTreeSet::new(),
    };
    let finder = observe(arm, number, finder, go_on)?;
    Ok(finder.found.into_iter().map(|(_, id)| id).collect())
}

/// What became of one message under one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nobody wrote it.
    NotWritten,
    /// Its outcome, and how long after its creation.
    Ended(Outcome, crate::units::Span),
}

/// What became of chosen messages under each of several arms, in their order. A run ends as soon
/// as all of them have their outcome.
///
/// # Errors
/// Where it was asked to stop.
pub fn fates(
    arms: &[&Arm],
    number: u32,
    chosen: &[MessageId],
    threads: Option<usize>,
    go_on: GoOn<'_>,
) -> Result<Vec<Vec<Fate>>, RunError> {
    let mut all = vec![Vec::new(); arms.len()];
    pool::in_order(
        threads,
        &End::new(arms.len()),
        go_on,
        |index| fates_of(arms[index], number, chosen, go_on),
        |index, fates| all[index] = fates,
    )?;
    Ok(all)
}

fn fates_of(
    arm: &Arm,
    number: u32,
    chosen: &[MessageId],
    go_on: GoOn<'_>,
) -> Result<Vec<Fate>, RunError> {
    let open = Rc::new(Cell::new(chosen.len()));
    let mut watcher = Watcher {
        fates: chosen.iter().map(|id| (*id, Fate::NotWritten)).collect(),
        open: Rc::clone(&open),
    };
    let watching: &mut dyn Observer = &mut watcher;
    let mut world = World::new(arm.plan(), u64::from(number), watching);
    while open.get() > 0 && world.step(SLICE) == Status::Running {
        if !go_on() {
            return Err(RunError::Cancelled);
        }
    }
    Ok(chosen.iter().map(|id| watcher.fates[id]).collect())
}

/// Finds messages that meet a query when they have their outcome.
struct Finder<'q> {
    query: &'q Query,
    most: usize,
    since: Time,
    found: BTreeSet<(Time, MessageId)>,
}

impl Observer for Finder<'_> {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        let Fact::Finished { message, outcome } = fact else {
            return;
        };
        if message.created >= self.since && self.query.accepts(now, message, *outcome) {
            self.found.insert((message.created, message.id));
            if self.found.len() > self.most {
                self.found.pop_last();
            }
        }
    }
}

/// Waits for the outcomes of chosen messages.
struct Watcher {
    fates: BTreeMap<MessageId, Fate>,
    /// How many have none yet.
    open: Rc<Cell<usize>>,
}

impl Watcher {
    fn note(&mut self, now: Time, message: &Message, outcome: Outcome) {
        if let Some(fate) = self.fates.get_mut(&message.id) {
            *fate = Fate::Ended(outcome, now.saturating_since(message.created));
            self.open.set(self.open.get() - 1);
        }
    }
}

impl Observer for Watcher {
    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Fact::Finished { message, outcome } = fact {
            self.note(now, message, *outcome);
        }
    }
}
