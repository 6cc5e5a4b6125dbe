//! The progress bar of a run: share of the virtual time, precision reached, replications done,
//! events per second, time left.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::console::{Console, letters};
use super::interrupt;
use crate::experiment::{Course, Precision, Replication, Watch};
use crate::model::Indivisible;
use crate::report::{Letters, human};
use crate::units::{Span, cast};

/// Steps of the bar.
const STEPS: f64 = 10_000.0;

#[expect(clippy::disallowed_types, reason = "only `cli` may time a run")]
type Start = std::time::Instant;

/// Watches a run and draws a bar, where somebody can see it.
pub struct Progress {
    bar: Option<ProgressBar>,
    console: Console,
    events: AtomicU64,
    finished: AtomicU64,
    planned: u64,
    share: Mutex<f64>,
    budget: Option<Span>,
    start: Start,
    is_told: AtomicBool,
    divided: Mutex<Divided>,
}

/// On how many threads replications ran, at most, and why some ran on one.
#[derive(Debug, Clone, Default)]
pub struct Divided {
    /// Threads of one replication.
    pub threads: usize,
    /// The first reason for one thread.
    pub not: Option<Indivisible>,
}

impl Progress {
    /// A bar on standard error, where that is a terminal.
    ///
    /// At most `planned` replications run, 0 where that is not known; the run stops once `budget` of wall time is spent.
    pub fn new(console: Console, budget: Option<Span>, planned: u64) -> Self {
        Self {
            bar: console.shows_progress().then(bar),
            console,
            events: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            planned,
            share: Mutex::new(0.0),
            budget,
            start: super::run::now(),
            is_told: AtomicBool::new(false),
            divided: Mutex::default(),
        }
    }

    /// Says once that what runs is finished.
    fn tell_interruption(&self) {
        if !self.is_told.swap(true, Ordering::Relaxed) {
            let text = "interrupted: finishing what runs; Ctrl-C again ends at once";
            match &self.bar {
                Some(bar) => bar.suspend(|| self.console.note(text)),
                None => self.console.note(text),
            }
        }
    }

    /// How replications were divided among threads.
    pub fn divided(&self) -> Divided {
        let divided = self.divided.lock();
        divided.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(cast::f64_floor(STEPS));
    let style =
        ProgressStyle::with_template("{wide_bar} {percent:>3} %  {prefix}{msg}  {eta} left");
    let style = style.expect("the template is known to be good");
    bar.set_style(match letters() {
        Letters::Unicode => style,
        Letters::Ascii => style.progress_chars("#>-"),
    });
    bar
}

impl Watch for Progress {
    fn may_begin(&self) -> bool {
        let is_asked = interrupt::is_asked();
        if is_asked {
            self.tell_interruption();
        }
        !is_asked
    }

    fn divided(&self, _: &str, threads: Result<usize, &Indivisible>) {
        let divided = self.divided.lock();
        let mut divided = divided.unwrap_or_else(PoisonError::into_inner);
        match threads {
            Ok(threads) => divided.threads = divided.threads.max(threads),
            Err(reason) => {
                divided.not.get_or_insert(*reason);
            }
        }
    }

    fn precise(&self, precision: &Precision) {
        let text = super::precision::line(precision);
        match &self.bar {
            Some(bar) => bar.set_prefix(format!("{text}  ")),
            None => self.console.detail(&text),
        }
    }

    fn course(&self) -> Course {
        if interrupt::is_asked() {
            self.tell_interruption();
        }
        let is_spent = |budget: Span| self.start.elapsed().as_nanos() >= u128::from(budget.ns());
        if self.budget.is_some_and(is_spent) {
            Course::Stop
        } else {
            Course::GoOn
        }
    }

    fn advanced(&self, events: u64, share: f64) {
        let Some(bar) = &self.bar else {
            return;
        };
        let events = self.events.fetch_add(events, Ordering::Relaxed) + events;
        let share = {
            let mut sum = self.share.lock().unwrap_or_else(PoisonError::into_inner);
            *sum += share;
            *sum
        };
        let seconds = bar.elapsed().as_secs_f64().max(1e-3);
        let rate = human::digits(cast::count_to_f64(events) / seconds);
        let finished = self.finished.load(Ordering::Relaxed);
        let done = match self.planned {
            0 => format!("{finished} replications"),
            planned => format!("{finished} of {planned} replications"),
        };
        bar.set_message(format!("{done}, {rate} events/s"));
        bar.set_position(cast::f64_floor(share * STEPS));
    }

    fn finished(&self, arm: &str, replication: &Replication) {
        self.finished.fetch_add(1, Ordering::Relaxed);
        let events = human::count(replication.events);
        let text = format!("{arm}, replication {}: {events} events", replication.number);
        match &self.bar {
            Some(bar) => bar.suspend(|| self.console.detail(&text)),
            None => self.console.detail(&text),
        }
    }
}
