//! What somebody who looks on has seen so far: the last messages, counts, the course of leakage and
//! latency.
//!
//! Counts are those of messages written after the warm-up, as in the metrics: at the end of a run
//! the leakage is `spam.leakage` of its results.

use std::collections::VecDeque;

use crate::des::Table;
use crate::experiment::Arm;
use crate::protocol::{Account, Class, Fact, Message, MessageId, Observer, Outcome, Pds};
use crate::stats::Histogram;
use crate::units::{Share, Span, Time, cast};

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Written, and on its way to the recipient's PDS.
    OnItsWay,
    /// In the inbox of the recipient's PDS.
    Waiting,
    /// In the hands of a worker.
    InService,
    /// Held as a request.
    Held,
    /// Its sender's PDS is going to try again.
    Retrying,
    /// At its end.
    Over(Outcome),
}

/// A message as it is seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which one.
    pub id: MessageId,
    /// When it was written.
    pub created: Time,
    /// By whom.
    pub sender: Account,
    /// To whom.
    pub recipient: Account,
    /// Where the recipient lives.
    pub pds: Pds,
    /// Ground truth.
    pub class: Class,
    /// How far it has come.
    pub progress: Progress,
}

/// Counts of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Written, by class.
    pub written: [u64; Class::ALL.len()],
    /// Delivered, by class.
    pub delivered: [u64; Class::ALL.len()],
    /// Refused, by class.
    pub refused: [u64; Class::ALL.len()],
    /// Held as requests now, both classes.
    pub held: u64,
}

/// A step of the course.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Course {
    /// Spam written.
    pub spam: u64,
    /// Spam delivered.
    pub leaked: u64,
    /// Ham delivered.
    pub ham: u64,
    /// The sum of its latencies.
    pub latency_ns: u64,
}

impl Course {
    /// Spam delivered per spam written; none where none was written.
    pub fn leakage(&self) -> Option<f64> {
        ratio(self.leaked, self.spam)
    }

    /// Mean latency of ham in seconds; none where none was delivered.
    pub fn latency_s(&self) -> Option<f64> {
        ratio(self.latency_ns, self.ham).map(|ns| ns / 1e9)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| cast::count_to_f64(part) / cast::count_to_f64(whole))
}

/// Everything that was seen.
#[derive(Debug)]
pub struct Seen {
    rows: VecDeque<Row>,
    /// How many rows went before the first one.
    gone: u64,
    /// The number of a message's row, from the beginning of the run.
    places: Table<u64, u64>,
    warm_up: Time,
    totals: Totals,
    latency: Histogram,
    step: Span,
    course: Vec<Course>,
    /// How far the clocks of PDSes are ahead, where they are.
    clocks: Table<u32, Span>,
    labelled: Table<u32, Time>,
}

/// Messages that stay in the list.
const MOST_ROWS: usize = 2_000;
/// Steps of the course that a run has at most.
const MOST_STEPS: u64 = 5_000;
/// The shortest step of the course.
const SHORTEST: Span = Span::from_s(5);

impl Seen {
    /// Nothing yet.
    pub fn new(arm: &Arm) -> Self {
        let share = arm.plan().horizon().ns() / MOST_STEPS;
        Self {
            rows: VecDeque::new(),
            gone: 0,
            places: Table::default(),
            warm_up: arm.plan().warm_up(),
            totals: Totals::default(),
            latency: Histogram::default(),
            step: Span::from_ns(share.max(SHORTEST.ns())),
            course: Vec::new(),
            clocks: Table::default(),
            labelled: Table::default(),
        }
    }

    /// The last messages, in the order in which they were written.
    pub fn rows(&self) -> &VecDeque<Row> {
        &self.rows
    }

    /// A message, if it is among the last ones.
    pub fn row(&self, id: MessageId) -> Option<&Row> {
        self.rows.get(self.place(id)?)
    }

    /// The place of a message among the last ones.
    pub fn place(&self, id: MessageId) -> Option<usize> {
        let number = *self.places.get(id.number())?;
        number.checked_sub(self.gone).map(cast::index)
    }

    /// The counts.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Spam delivered per spam written.
    pub fn leakage(&self) -> Option<f64> {
        let spam = Class::Spam as usize;
        ratio(self.totals.delivered[spam], self.totals.written[spam])
    }

    /// A quantile of the latency of ham; none where none was delivered.
    pub fn latency(&self, quantile: Share) -> Option<Span> {
        self.latency.quantile(quantile)
    }

    /// The course so far, in steps of equal length.
    pub fn course(&self) -> (Span, &[Course]) {
        (self.step, &self.course)
    }

    /// How far the clock of a PDS is ahead of the latest one.
    pub fn ahead(&self, pds: Pds) -> Span {
        self.clocks.get(pds.0).copied().unwrap_or(Span::ZERO)
    }

    /// Since when an account is labelled, if it is.
    pub fn labelled(&self, account: Account) -> Option<Time> {
        self.labelled.get(account.0).copied()
    }

    fn add(&mut self, message: &Message) {
        if self.rows.len() == MOST_ROWS
            && let Some(oldest) = self.rows.pop_front()
        {
            self.gone += 1;
            self.places.remove(oldest.id.number());
        }
        let number = self.gone + cast::count_to_u64(self.rows.len());
        self.places.insert(message.id.number(), number);
        self.rows.push_back(Row {
            id: message.id,
            created: message.created,
            sender: message.sender,
            recipient: message.recipient,
            pds: message.recipient_pds,
            class: message.class,
            progress: Progress::OnItsWay,
        });
    }

    fn mark(&mut self, message: &Message, progress: Progress) {
        if let Some(place) = self.place(message.id) {
            let row = &mut self.rows[place];
            if !matches!(row.progress, Progress::Over(_)) {
                row.progress = progress;
            }
        }
    }

    fn now_in_course(&mut self, now: Time) -> &mut Course {
        let place = cast::index(now.ns() / self.step.ns());
        if place >= self.course.len() {
            self.course.resize(place + 1, Course::default());
        }
        &mut self.course[place]
    }

    fn count_written(&mut self, now: Time, message: &Message) {
        self.totals.written[message.class as usize] += 1;
        let is_spam = u64::from(message.class == Class::Spam);
        self.now_in_course(now).spam += is_spam;
    }

    fn count_end(&mut self, now: Time, message: &Message, outcome: Outcome) {
        let class = message.class as usize;
        match outcome {
            Outcome::Delivered => self.totals.delivered[class] += 1,
            Outcome::Refused(_) => self.totals.refused[class] += 1,
            _ => {}
        }
        if outcome != Outcome::Delivered {
            return;
        }
        if message.class == Class::Spam {
            self.now_in_course(now).leaked += 1;
            return;
        }
        let latency = message.latency();
        self.latency.record(latency);
        let step = self.now_in_course(now);
        step.ham += 1;
        step.latency_ns = step.latency_ns.saturating_add(latency.ns());
    }
}

impl Observer for Seen {
    fn needs_order(&self) -> bool {
        true
    }

    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Created(message) => {
                self.add(message);
                if message.created >= self.warm_up {
                    self.count_written(now, message);
                }
            }
            Fact::Entered(message) => self.mark(message, Progress::Waiting),
            Fact::Taken { message, .. } => self.mark(message, Progress::InService),
            Fact::RetryScheduled { message, .. } | Fact::Failed { message, .. } => {
                self.mark(message, Progress::Retrying);
            }
            Fact::Held(message) => {
                self.totals.held += 1;
                self.mark(message, Progress::Held);
            }
            Fact::Finished { message, outcome } => {
                self.totals.held -= u64::from(ends_request(*outcome));
                self.mark(message, Progress::Over(*outcome));
                if message.created >= self.warm_up {
                    self.count_end(now, message, *outcome);
                }
            }
            Fact::Accepted(_) => self.totals.held -= 1,
            Fact::LabelIssued { subject, .. } => {
                self.labelled.get_or_insert_with(subject.0, || now);
            }
            Fact::LabelEnded { subject, .. } => {
                self.labelled.remove(subject.0);
            }
            Fact::Clock { pds, ahead } => {
                self.clocks.insert(pds.0, *ahead);
            }
            _ => {}
        }
    }
}

/// Whether an outcome is the end of a request that nobody accepted.
fn ends_request(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::RequestRejected
            | Outcome::RequestExpired
            | Outcome::RequestEvicted
            | Outcome::RequestPurged
    )
}
