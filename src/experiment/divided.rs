//! One replication on several threads: every thread runs one part through a window, then one of them
//! does what is to be done between two windows.
//!
//! The model says what the parts are and how far they may go (`model::Divided`); the result is that
//! of one thread, to the byte.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::gate::{BreakOnPanic, Gate};
use super::replication::{Completion, Course, Failure, Slices};
use crate::model::{Divided, Office, Shard, Status, Whole};
use crate::protocol::Partial;

/// Runs a divided replication to its end; `slices` is asked between windows, about as often as in a
/// run on one thread.
pub(super) fn run<O: Partial + Send>(
    divided: Divided<'_, O>,
    slices: &mut impl Slices,
) -> Result<(Whole<O>, Completion), Failure> {
    let Divided { mut office, shards } = divided;
    let shards: Vec<Mutex<Shard<'_, O>>> = shards.into_iter().map(Mutex::new).collect();
    let course = on_threads(&mut office, &shards, slices);
    let open = |shard: Mutex<_>| shard.into_inner().unwrap_or_else(PoisonError::into_inner);
    let shards = shards.into_iter().map(open).collect();
    match course {
        Course::Cancel => Err(Failure::Cancelled),
        Course::Stop => {
            let completion = Completion::StoppedAt(office.clock());
            Ok((Divided { office, shards }.merge(), completion))
        }
        Course::GoOn => Ok((Divided { office, shards }.merge(), Completion::Complete)),
    }
}

/// Runs all windows; returns how the run ended.
fn on_threads<'p, O: Partial + Send>(
    office: &mut Office<'p, O>,
    shards: &[Mutex<Shard<'p, O>>],
    slices: &mut impl Slices,
) -> Course {
    let (gate, is_over) = (Gate::new(shards.len()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for shard in &shards[1..] {
            let (gate, is_over) = (&gate, &is_over);
            scope.spawn(move || {
                let _guard = BreakOnPanic(gate);
                loop {
                    gate.pass();
                    if is_over.load(Ordering::Acquire) {
                        return;
                    }
                    lock(shard).run_window();
                    gate.pass();
                }
            });
        }
        let _guard = BreakOnPanic(&gate);
        let mut asked = Asked::default();
        loop {
            gate.pass();
            lock(&shards[0]).run_window();
            gate.pass();
            if let Some(course) = between(office, shards, slices, &mut asked) {
                is_over.store(true, Ordering::Release);
                gate.pass();
                return course;
            }
        }
    })
}

/// When the outside world was asked last.
#[derive(Debug, Default)]
struct Asked {
    events: u64,
}

/// Events between two looks at the outside world.
const SLICE: u64 = 1 << 16;

/// What is to be done between two windows; how the run ends, if it does.
fn between<'p, O: Partial>(
    office: &mut Office<'p, O>,
    shards: &[Mutex<Shard<'p, O>>],
    slices: &mut impl Slices,
    asked: &mut Asked,
) -> Option<Course> {
    let mut guards: Vec<MutexGuard<'_, Shard<'p, O>>> = shards.iter().map(lock).collect();
    let mut all: Vec<&mut Shard<'p, O>> = guards.iter_mut().map(|guard| &mut **guard).collect();
    if office.between(&mut all) == Status::Over {
        return Some(Course::GoOn);
    }
    let events = office.events(&all);
    if events < asked.events + SLICE {
        return None;
    }
    asked.events = events;
    let course = slices.go_on(events, office.clock());
    if course == Course::Stop {
        office.end_now(&mut all);
    }
    (course != Course::GoOn).then_some(course)
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock is that of a thread that panics; the gate tells the others.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
