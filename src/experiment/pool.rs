//! Numbered jobs on a pool of threads, their results taken in the order of their numbers.
//!
//! Rule: jobs begin in order; job i begins only when fewer than `AHEAD` jobs per thread have begun
//! since the last one that was taken. Nothing that is taken depends on which job ends first, and
//! what waits for its turn is bounded however many jobs there are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Jobs per thread that may have begun and are not taken yet.
const AHEAD: usize = 4;

/// Why the jobs were not done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PoolError<E> {
    /// The threads could not be started.
    Threads(String),
    /// A job failed; of several, the one with the lowest number.
    Job(E),
}

/// The number of the first job that is not wanted; whoever takes results may lower it.
#[derive(Debug)]
pub(super) struct End(AtomicUsize);

impl End {
    pub(super) const fn new(jobs: usize) -> Self {
        Self(AtomicUsize::new(jobs))
    }

    pub(super) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// No job from `number` on is wanted any more.
    pub(super) fn lower(&self, number: usize) {
        self.0.fetch_min(number, Ordering::SeqCst);
    }
}

/// Does jobs `0..end` on `threads` threads (all that the machine has, by default) and hands their
/// results to `take` in order; returns how many were taken.
///
/// A job begins only if `may_begin` says so; once it does not, what runs is finished and nothing
/// more begins.
pub(super) fn in_order<T: Send, E: Send>(
    threads: Option<usize>,
    end: &End,
    may_begin: impl Fn() -> bool + Sync,
    work: impl Fn(usize) -> Result<T, E> + Sync,
    take: impl FnMut(usize, T) + Send,
) -> Result<usize, PoolError<E>> {
    let pool = match rayon::current_thread_index() {
        // A thread of another pool that waited here would take up more and more of that pool's
        // tasks meanwhile, one inside the other: it does the jobs itself.
        Some(_) => None,
        None => Some(
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads.unwrap_or(0))
                .build()
                .map_err(|error| PoolError::Threads(error.to_string()))?,
        ),
    };
    let workers = pool
        .as_ref()
        .map_or(1, rayon::ThreadPool::current_num_threads);
    let line = Line {
        ahead: AHEAD * workers,
        end,
        state: Mutex::new(State {
            begun: 0,
            taken: 0,
            is_closed: false,
            waiting: BTreeMap::new(),
            failure: None,
            take,
        }),
        moved: Condvar::new(),
    };
    let serve = || {
        let _guard = CloseOnPanic(&line);
        while let Some(number) = line.begin(&may_begin) {
            line.finish(number, work(number));
        }
    };
    match &pool {
        Some(pool) => drop(pool.broadcast(|_| serve())),
        None => serve(),
    }
    let state = line.state.into_inner();
    let state = state.unwrap_or_else(PoisonError::into_inner);
    match state.failure {
        Some((_, error)) => Err(PoolError::Job(error)),
        None => Ok(state.taken),
    }
}

/// The jobs in line, shared by the threads.
struct Line<'e, T, E, F> {
    ahead: usize,
    end: &'e End,
    state: Mutex<State<T, E, F>>,
    /// A job was taken, or none begins any more.
    moved: Condvar,
}

struct State<T, E, F> {
    begun: usize,
    taken: usize,
    is_closed: bool,
    /// Results whose turn has not come.
    waiting: BTreeMap<usize, T>,
    failure: Option<(usize, E)>,
    take: F,
}

impl<T, E, F: FnMut(usize, T)> Line<'_, T, E, F> {
    fn lock(&self) -> MutexGuard<'_, State<T, E, F>> {
        // A poisoned lock is that of a thread that panics; the panic is told by the pool.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the next job, once its turn has come.
    fn begin(&self, may_begin: &impl Fn() -> bool) -> Option<usize> {
        let mut state = self.lock();
        while state.begun >= state.taken + self.ahead && !state.is_closed {
            let waited = self.moved.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_closed || state.begun >= self.end.get() || !may_begin() {
            state.is_closed = true;
            self.moved.notify_all();
            return None;
        }
        state.begun += 1;
        Some(state.begun - 1)
    }

    /// Takes the result of a job, and all that waited for it.
    fn finish(&self, number: usize, result: Result<T, E>) {
        let mut state = self.lock();
        match result {
            Ok(value) => {
                state.waiting.insert(number, value);
                state.take_waiting(self.end);
            }
            Err(error) => state.fail(number, error, self.end),
        }
        self.moved.notify_all();
    }
}

impl<T, E, F: FnMut(usize, T)> State<T, E, F> {
    fn take_waiting(&mut self, end: &End) {
        while self.taken < end.get()
            && let Some(value) = self.waiting.remove(&self.taken)
        {
            (self.take)(self.taken, value);
            self.taken += 1;
        }
    }

    /// A job that nobody wants any more may fail as it likes.
    fn fail(&mut self, number: usize, error: E, end: &End) {
        let is_first = self
            .failure
            .as_ref()
            .is_none_or(|(first, _)| number < *first);
        if number < end.get() && is_first {
            self.failure = Some((number, error));
            self.is_closed = true;
        }
    }
}

/// Lets no thread wait for one that panicked.
struct CloseOnPanic<'l, 'e, T, E, F: FnMut(usize, T)>(&'l Line<'e, T, E, F>);

impl<T, E, F: FnMut(usize, T)> Drop for CloseOnPanic<'_, '_, T, E, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().is_closed = true;
            self.0.moved.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Jobs that end in a wild order: the earlier of each seven, the later.
    fn slow(number: usize) -> usize {
        let wait = 7 - number % 7;
        std::thread::sleep(Duration::from_millis(u64::try_from(wait).unwrap()));
        number * 10
    }

    fn taken(threads: usize, end: &End, enough: usize) -> Vec<(usize, usize)> {
        let mut list = Vec::new();
        let done = in_order(
            Some(threads),
            end,
            || true,
            |number| Ok::<_, ()>(slow(number)),
            |number, value| {
                list.push((number, value));
                if list.len() == enough {
                    end.lower(number + 1);
                }
            },
        );
        assert_eq!(done, Ok(list.len()));
        list
    }

    #[test]
    fn results_are_taken_in_order_whatever_ends_first() {
        let expected: Vec<_> = (0..40).map(|number| (number, number * 10)).collect();
        for threads in [1, 2, 16] {
            assert_eq!(taken(threads, &End::new(40), 99), expected);
        }
    }

    #[test]
    fn on_a_thread_of_another_pool_it_needs_no_other() {
        use rayon::iter::{IntoParallelIterator, ParallelIterator};
        let expected: Vec<_> = (0..5).map(|number| (number, number * 10)).collect();
        let all = (0..64).into_par_iter();
        assert!(
            all.map(|_| taken(2, &End::new(5), 99))
                .all(|list| list == expected)
        );
    }

    #[test]
    fn a_taker_that_has_enough_is_given_no_more() {
        let expected: Vec<_> = (0..13).map(|number| (number, number * 10)).collect();
        for threads in [1, 2, 16] {
            assert_eq!(taken(threads, &End::new(1_000), 13), expected);
        }
    }

    #[test]
    fn what_waits_for_its_turn_is_bounded() {
        let (begun, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let taken = AtomicUsize::new(0);
        let work = |number: usize| {
            let ahead = begun.fetch_add(1, Ordering::SeqCst) + 1 - taken.load(Ordering::SeqCst);
            most.fetch_max(ahead, Ordering::SeqCst);
            // The first job is the slowest of all.
            std::thread::sleep(Duration::from_millis(if number == 0 { 50 } else { 0 }));
            Ok::<_, ()>(())
        };
        let take = |_, ()| {
            taken.fetch_add(1, Ordering::SeqCst);
        };
        assert_eq!(
            in_order(Some(3), &End::new(500), || true, work, take),
            Ok(500)
        );
        // One more may have begun between the taking and the count of it.
        assert!(most.load(Ordering::SeqCst) <= 3 * AHEAD + 3, "{most:?}");
    }

    #[test]
    fn the_first_failure_by_number_is_told() {
        for threads in [1, 4] {
            let work = |number| {
                slow(number);
                if number % 5 == 3 { Err(number) } else { Ok(()) }
            };
            let failed = in_order(Some(threads), &End::new(50), || true, work, |_, ()| {});
            assert_eq!(failed, Err(PoolError::Job(3)));
        }
    }

    #[test]
    fn once_nothing_may_begin_what_runs_is_finished() {
        let begun = AtomicUsize::new(0);
        let may_begin = || begun.load(Ordering::SeqCst) < 5;
        let work = |number| {
            begun.fetch_add(1, Ordering::SeqCst);
            Ok::<_, ()>(slow(number))
        };
        let taken = in_order(Some(1), &End::new(50), may_begin, work, |_, _| {});
        assert_eq!(taken, Ok(5));
    }

    #[test]
    fn a_panic_ends_the_pool() {
        let work = |number| {
            assert!(number != 2, "planted");
            Ok::<_, ()>(())
        };
        let run = || in_order(Some(3), &End::new(500), || true, work, |_, ()| {});
        assert!(std::panic::catch_unwind(run).is_err());
    }
}
