//! The workload as a good programmer writes it first: std's `BinaryHeap` of event records, time
//! as `f64` seconds, `ChaCha12`, `rand_distr`, std's hash tables with their default hasher, a timer
//! per sender, an event for every arrival, end of service and response.

#![allow(
    clippy::disallowed_types,
    reason = "the point of comparison uses std's hash tables"
)]

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

use hdrhistogram::Histogram;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Exp, LogNormal};

use crate::workload::{
    BLOCK_CHANCE, Class, DELAY_MEDIAN_S, DELAY_SHIFT_S, DELAY_SIGMA, HAM_GAP_S, LABEL_LAG_S,
    LIMIT_INTERVAL_S, NS, Outcome, PDS_COUNT, REPORT_CHANCE, REPORT_THRESHOLD, SERVICE_SIGMA,
    SPAM_FACTOR, TOKEN_LIFETIME_S, VERDICTS, Verdict, WORKERS, Workload,
};

#[derive(Clone, Copy)]
struct Message {
    created: f64,
    delay: f64,
    service: f64,
    sender: u32,
    recipient: u32,
}

enum EventKind {
    Send(u32),
    Arrive(Message),
    Finish(Message, Verdict),
    Respond(Message, Verdict),
    LabelKnown(u32),
}

struct Event {
    time: f64,
    sequence: u64,
    kind: EventKind,
}

const _: () = assert!(size_of::<Event>() == 56);

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    /// Reversed: the heap gives the greatest, a simulation wants the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .time
            .total_cmp(&self.time)
            .then(other.sequence.cmp(&self.sequence))
    }
}

#[derive(Default)]
struct Pds {
    waiting: VecDeque<Message>,
    busy: u32,
    /// Theoretical arrival time of the next conforming message, per sender.
    limiter: HashMap<u32, f64>,
}

struct Laws {
    ham_gap: Exp<f64>,
    spam_gap: Exp<f64>,
    delay: LogNormal<f64>,
    service: LogNormal<f64>,
    label_lag: Exp<f64>,
}

impl Laws {
    fn new(workload: &Workload) -> Self {
        let exponential = |mean: f64| Exp::new(1.0 / mean).expect("the mean is positive");
        let lognormal =
            |median: f64, sigma| LogNormal::new(libm::log(median), sigma).expect("sigma is finite");
        Self {
            ham_gap: exponential(HAM_GAP_S),
            spam_gap: exponential(HAM_GAP_S / f64::from(SPAM_FACTOR)),
            delay: lognormal(DELAY_MEDIAN_S, DELAY_SIGMA),
            service: lognormal(workload.service_median_s(), SERVICE_SIGMA),
            label_lag: exponential(LABEL_LAG_S),
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Answers {
    delivered: u32,
    refused: u32,
}

struct Simulation {
    accounts: u32,
    spammers: u32,
    now: f64,
    events: BinaryHeap<Event>,
    sequence: u64,
    rng: ChaCha12Rng,
    laws: Laws,
    pdses: Vec<Pds>,
    labelled: HashSet<u32>,
    blocks: HashSet<(u32, u32)>,
    reporters: HashMap<u32, Vec<u32>>,
    answers: Vec<Answers>,
    messages: u64,
    verdicts: [u64; VERDICTS],
    latency: Histogram<u64>,
}

/// Runs the workload.
pub fn run(workload: &Workload) -> Outcome {
    let mut simulation = Simulation::new(workload);
    simulation.run_until(workload.horizon_s());
    simulation.outcome()
}

impl Simulation {
    fn new(workload: &Workload) -> Self {
        let mut simulation = Self {
            accounts: workload.accounts,
            spammers: workload.spammers(),
            now: 0.0,
            events: BinaryHeap::new(),
            sequence: 0,
            rng: ChaCha12Rng::seed_from_u64(workload.seed),
            laws: Laws::new(workload),
            pdses: (0..PDS_COUNT).map(|_| Pds::default()).collect(),
            labelled: HashSet::new(),
            blocks: HashSet::new(),
            reporters: HashMap::new(),
            answers: vec![Answers::default(); workload.accounts as usize],
            messages: 0,
            verdicts: [0; VERDICTS],
            latency: Histogram::new(3).expect("3 digits are allowed"),
        };
        (0..workload.accounts).for_each(|sender| simulation.set_timer(sender));
        simulation
    }

    fn run_until(&mut self, horizon: f64) {
        while let Some(event) = self.events.pop() {
            if event.time >= horizon {
                break;
            }
            self.now = event.time;
            match event.kind {
                EventKind::Send(sender) => self.send(sender),
                EventKind::Arrive(message) => self.arrive(message),
                EventKind::Finish(message, verdict) => self.finish(message, verdict),
                EventKind::Respond(message, verdict) => self.respond(message, verdict),
                EventKind::LabelKnown(sender) => {
                    self.labelled.insert(sender);
                }
            }
        }
    }

    fn schedule(&mut self, delay: f64, kind: EventKind) {
        self.sequence += 1;
        self.events.push(Event {
            time: self.now + delay,
            sequence: self.sequence,
            kind,
        });
    }

    fn class(&self, sender: u32) -> Class {
        if sender < self.spammers {
            Class::Spam
        } else {
            Class::Ham
        }
    }

    fn set_timer(&mut self, sender: u32) {
        let gap = match self.class(sender) {
            Class::Ham => self.laws.ham_gap.sample(&mut self.rng),
            Class::Spam => self.laws.spam_gap.sample(&mut self.rng),
        };
        self.schedule(gap, EventKind::Send(sender));
    }

    fn send(&mut self, sender: u32) {
        let mut recipient = self.rng.random_range(0..self.accounts - 1);
        if recipient >= sender {
            recipient += 1;
        }
        let delay = DELAY_SHIFT_S + self.laws.delay.sample(&mut self.rng);
        let service = self.laws.service.sample(&mut self.rng);
        let message = Message {
            created: self.now,
            delay,
            service,
            sender,
            recipient,
        };
        self.messages += 1;
        self.verdicts[Verdict::InFlight.index(self.class(sender))] += 1;
        self.schedule(delay, EventKind::Arrive(message));
        self.set_timer(sender);
    }

    fn arrive(&mut self, message: Message) {
        let pds = &mut self.pdses[pds_of(message.recipient)];
        if pds.busy < WORKERS {
            pds.busy += 1;
            self.take(message);
        } else {
            pds.waiting.push_back(message);
        }
    }

    fn take(&mut self, message: Message) {
        let verdict = self.rule(&message);
        self.schedule(message.service, EventKind::Finish(message, verdict));
    }

    fn rule(&mut self, message: &Message) -> Verdict {
        if self.now > message.created + TOKEN_LIFETIME_S {
            return Verdict::Expired;
        }
        if self.labelled.contains(&message.sender) {
            return Verdict::Labelled;
        }
        if self.blocks.contains(&(message.recipient, message.sender)) {
            return Verdict::Blocked;
        }
        let limiter = &mut self.pdses[pds_of(message.recipient)].limiter;
        let due = limiter.entry(message.sender).or_insert(f64::NEG_INFINITY);
        if self.now < *due {
            return Verdict::Limited;
        }
        *due = self.now + LIMIT_INTERVAL_S;
        Verdict::Delivered
    }

    fn finish(&mut self, message: Message, verdict: Verdict) {
        let class = self.class(message.sender);
        self.verdicts[Verdict::InFlight.index(class)] -= 1;
        self.verdicts[verdict.index(class)] += 1;
        match (verdict, class) {
            (Verdict::Delivered, Class::Ham) => self.record_latency(self.now - message.created),
            (Verdict::Delivered, Class::Spam) => self.react(&message),
            _ => {}
        }
        self.schedule(message.delay, EventKind::Respond(message, verdict));
        let pds = &mut self.pdses[pds_of(message.recipient)];
        match pds.waiting.pop_front() {
            Some(next) => self.take(next),
            None => pds.busy -= 1,
        }
    }

    fn react(&mut self, message: &Message) {
        if self.rng.random_bool(BLOCK_CHANCE) {
            self.blocks.insert((message.recipient, message.sender));
        }
        if self.rng.random_bool(REPORT_CHANCE) {
            self.report(message.sender, message.recipient);
        }
    }

    fn report(&mut self, sender: u32, reporter: u32) {
        let reporters = self.reporters.entry(sender).or_default();
        if reporters.len() >= REPORT_THRESHOLD || reporters.contains(&reporter) {
            return;
        }
        reporters.push(reporter);
        if reporters.len() == REPORT_THRESHOLD {
            let lag = self.laws.label_lag.sample(&mut self.rng);
            self.schedule(lag, EventKind::LabelKnown(sender));
        }
    }

    fn respond(&mut self, message: Message, verdict: Verdict) {
        let answers = &mut self.answers[message.sender as usize];
        match verdict {
            Verdict::Delivered => answers.delivered += 1,
            _ => answers.refused += 1,
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 s to some hours"
    )]
    fn record_latency(&mut self, seconds: f64) {
        self.latency
            .record((seconds * NS) as u64)
            .expect("the histogram grows by itself");
    }

    fn outcome(self) -> Outcome {
        std::hint::black_box(&self.answers);
        Outcome {
            messages: self.messages,
            p50_ns: self.latency.value_at_quantile(0.5),
            p99_ns: self.latency.value_at_quantile(0.99),
            verdicts: self.verdicts,
        }
    }
}

fn pds_of(account: u32) -> usize {
    (account % PDS_COUNT) as usize
}
