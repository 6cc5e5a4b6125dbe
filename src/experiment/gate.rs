//! A gate at which a fixed number of threads wait for each other.
//!
//! Whoever comes last opens it. Those who wait look a while before they sleep, for windows are short;
//! a thread that panics breaks the gate, so that nobody waits for it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// A gate for a fixed number of threads.
#[derive(Debug)]
pub(super) struct Gate {
    threads: usize,
    waiting: AtomicUsize,
    /// How often it was opened.
    opened: AtomicUsize,
    is_broken: AtomicBool,
    sleep: Mutex<()>,
    wake: Condvar,
}

/// Looks before a thread goes to sleep: some microseconds, about what waking it up costs.
const LOOKS: u32 = 1 << 11;

impl Gate {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            threads,
            waiting: AtomicUsize::new(0),
            opened: AtomicUsize::new(0),
            is_broken: AtomicBool::new(false),
            sleep: Mutex::new(()),
            wake: Condvar::new(),
        }
    }

    /// Waits for all others.
    ///
    /// # Panics
    /// If another thread has panicked.
    pub(super) fn pass(&self) {
        let before = self.opened.load(Ordering::Acquire);
        if self.waiting.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.waiting.store(0, Ordering::Release);
            self.open(before);
        } else {
            self.wait(before);
        }
        assert!(
            !self.is_broken.load(Ordering::Acquire),
            "another thread of the run has panicked"
        );
    }

    fn open(&self, before: usize) {
        let guard = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        self.opened.store(before.wrapping_add(1), Ordering::Release);
        drop(guard);
        self.wake.notify_all();
    }

    fn wait(&self, before: usize) {
        let is_shut = || {
            self.opened.load(Ordering::Acquire) == before && !self.is_broken.load(Ordering::Acquire)
        };
        for _ in 0..LOOKS {
            if !is_shut() {
                return;
            }
            std::hint::spin_loop();
        }
        let mut guard = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        while is_shut() {
            let woken = self.wake.wait(guard);
            guard = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nobody waits any more.
    fn break_down(&self) {
        let guard = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_broken.store(true, Ordering::Release);
        drop(guard);
        self.wake.notify_all();
    }
}

/// Breaks the gate if its thread panics.
pub(super) struct BreakOnPanic<'g>(pub(super) &'g Gate);

impl Drop for BreakOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.break_down();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_passes_before_all_have_come() {
        for threads in [1, 2, 5] {
            let (gate, count) = (Gate::new(threads), AtomicUsize::new(0));
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        for round in 1..=200 {
                            count.fetch_add(1, Ordering::SeqCst);
                            gate.pass();
                            assert_eq!(count.load(Ordering::SeqCst), round * threads);
                            gate.pass();
                        }
                    });
                }
            });
        }
    }

    #[test]
    fn a_thread_that_panics_keeps_nobody_waiting() {
        let gate = Gate::new(2);
        let run = || {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let _guard = BreakOnPanic(&gate);
                    panic!("planted");
                });
                gate.pass();
            });
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    }
}
