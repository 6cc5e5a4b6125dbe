//! The workload `inbox` (the model is stated in benches/inbox/workload.rs): a model per PDS, which
//! holds the timers of its accounts as senders and the inbox of its accounts as recipients, and a
//! model for the labeler.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSinkReader, EventSource, Output, SinkState, event_queue};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Exp, LogNormal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Outcome, seconds};

const PDS_COUNT: u32 = 100;
const WORKERS: u32 = 4;
const UTILIZATION: f64 = 0.7;
const SERVICE_SIGMA: f64 = 0.5;
const DELAY_SHIFT_S: f64 = 0.005;
const DELAY_MEDIAN_S: f64 = 0.040;
const DELAY_SIGMA: f64 = 0.5;
const HAM_GAP_S: f64 = 60.0;
const SPAM_FACTOR: u32 = 20;
const TOKEN_LIFETIME_S: f64 = 60.0;
const LIMIT_INTERVAL_S: f64 = 60.0;
const REPORT_CHANCE: f64 = 0.1;
const BLOCK_CHANCE: f64 = 0.1;
const REPORT_THRESHOLD: usize = 3;
const LABEL_LAG_S: f64 = 600.0;

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Mail {
    created: f64,
    delay: f64,
    service: f64,
    sender: u32,
    recipient: u32,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Verdict {
    Delivered,
    Expired,
    Labelled,
    Blocked,
    Limited,
}

const VERDICT_NAMES: [&str; 5] = ["delivered", "expired", "labelled", "blocked", "limited"];

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Ruled {
    mail: Mail,
    verdict: Verdict,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Report {
    sender: u32,
    reporter: u32,
}

/// What a PDS counted: ham, then spam.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Tally {
    created: [u64; 2],
    ended: [[u64; 5]; 2],
    latencies: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
struct Pds {
    /// To each PDS, by its number.
    mail: Vec<Output<Mail>>,
    responses: Vec<Output<Ruled>>,
    reports: Output<Report>,
    tally_out: Output<Tally>,
    number: u32,
    accounts: u32,
    spammers: u32,
    service_mu: f64,
    rng: ChaCha12Rng,
    waiting: VecDeque<Mail>,
    busy: u32,
    due: HashMap<u32, f64>,
    labelled: HashSet<u32>,
    blocks: HashSet<(u32, u32)>,
    /// Delivered and refused messages of each account, by its number divided by the PDSes.
    answers: Vec<[u32; 2]>,
    tally: Tally,
}

#[Model]
impl Pds {
    fn new(number: u32, accounts: u32, service_mu: f64, seed: u64) -> Self {
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        rng.set_stream(u64::from(number));
        Self {
            mail: (0..PDS_COUNT).map(|_| Output::default()).collect(),
            responses: (0..PDS_COUNT).map(|_| Output::default()).collect(),
            reports: Output::default(),
            tally_out: Output::default(),
            number,
            accounts,
            spammers: accounts / 100,
            service_mu,
            rng,
            waiting: VecDeque::new(),
            busy: 0,
            due: HashMap::new(),
            labelled: HashSet::new(),
            blocks: HashSet::new(),
            answers: vec![[0; 2]; accounts.div_ceil(PDS_COUNT) as usize],
            tally: Tally::default(),
        }
    }

    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        let mut sender = self.number;
        while sender < self.accounts {
            self.set_timer(sender, context);
            sender += PDS_COUNT;
        }
    }

    fn is_spam(&self, sender: u32) -> bool {
        sender < self.spammers
    }

    fn set_timer(&mut self, sender: u32, context: &Context<Self>) {
        let factor = if self.is_spam(sender) { SPAM_FACTOR } else { 1 };
        let gap = exponential(HAM_GAP_S / f64::from(factor)).sample(&mut self.rng);
        context
            .schedule_event(span(gap), schedulable!(Self::send), sender)
            .unwrap();
    }

    #[nexosim(schedulable)]
    fn send(&mut self, sender: u32, context: &Context<Self>) {
        let mut recipient = self.rng.random_range(0..self.accounts - 1);
        if recipient >= sender {
            recipient += 1;
        }
        let delay =
            DELAY_SHIFT_S + lognormal(DELAY_MEDIAN_S.ln(), DELAY_SIGMA).sample(&mut self.rng);
        let service = lognormal(self.service_mu, SERVICE_SIGMA).sample(&mut self.rng);
        let created = seconds(context.time());
        self.tally.created[usize::from(self.is_spam(sender))] += 1;
        let mail = Mail {
            created,
            delay,
            service,
            sender,
            recipient,
        };
        context
            .schedule_event(span(delay), schedulable!(Self::hand_over), mail)
            .unwrap();
        self.set_timer(sender, context);
    }

    #[nexosim(schedulable)]
    async fn hand_over(&mut self, mail: Mail) {
        self.mail[(mail.recipient % PDS_COUNT) as usize]
            .send(mail)
            .await;
    }

    fn arrive(&mut self, mail: Mail, context: &Context<Self>) {
        if self.busy < WORKERS {
            self.busy += 1;
            self.take(mail, context);
        } else {
            self.waiting.push_back(mail);
        }
    }

    fn take(&mut self, mail: Mail, context: &Context<Self>) {
        let verdict = self.rule(&mail, seconds(context.time()));
        let ruled = Ruled { mail, verdict };
        context
            .schedule_event(span(mail.service), schedulable!(Self::finish), ruled)
            .unwrap();
    }

    fn rule(&mut self, mail: &Mail, now: f64) -> Verdict {
        if now > mail.created + TOKEN_LIFETIME_S {
            return Verdict::Expired;
        }
        if self.labelled.contains(&mail.sender) {
            return Verdict::Labelled;
        }
        if self.blocks.contains(&(mail.recipient, mail.sender)) {
            return Verdict::Blocked;
        }
        let due = self.due.entry(mail.sender).or_insert(f64::NEG_INFINITY);
        if now < *due {
            return Verdict::Limited;
        }
        *due = now + LIMIT_INTERVAL_S;
        Verdict::Delivered
    }

    #[nexosim(schedulable)]
    async fn finish(&mut self, ruled: Ruled, context: &Context<Self>) {
        let Ruled { mail, verdict } = ruled;
        let spam = self.is_spam(mail.sender);
        self.tally.ended[usize::from(spam)][verdict as usize] += 1;
        context
            .schedule_event(span(mail.delay), schedulable!(Self::respond), ruled)
            .unwrap();
        match self.waiting.pop_front() {
            Some(next) => self.take(next, context),
            None => self.busy -= 1,
        }
        if verdict != Verdict::Delivered {
            return;
        }
        if !spam {
            self.tally
                .latencies
                .push(seconds(context.time()) - mail.created);
            return;
        }
        if self.rng.random_bool(BLOCK_CHANCE) {
            self.blocks.insert((mail.recipient, mail.sender));
        }
        if self.rng.random_bool(REPORT_CHANCE) {
            self.reports
                .send(Report {
                    sender: mail.sender,
                    reporter: mail.recipient,
                })
                .await;
        }
    }

    #[nexosim(schedulable)]
    async fn respond(&mut self, ruled: Ruled) {
        self.responses[(ruled.mail.sender % PDS_COUNT) as usize]
            .send(ruled)
            .await;
    }

    fn answered(&mut self, ruled: Ruled) {
        let answers = &mut self.answers[(ruled.mail.sender / PDS_COUNT) as usize];
        answers[usize::from(ruled.verdict != Verdict::Delivered)] += 1;
    }

    fn label(&mut self, sender: u32) {
        self.labelled.insert(sender);
    }

    async fn tell(&mut self, _: ()) {
        let tally = std::mem::take(&mut self.tally);
        self.tally_out.send(tally).await;
    }
}

#[derive(Serialize, Deserialize)]
struct Labeler {
    labels: Output<u32>,
    rng: ChaCha12Rng,
    reporters: HashMap<u32, Vec<u32>>,
}

#[Model]
impl Labeler {
    fn report(&mut self, report: Report, context: &Context<Self>) {
        let reporters = self.reporters.entry(report.sender).or_default();
        if reporters.len() >= REPORT_THRESHOLD || reporters.contains(&report.reporter) {
            return;
        }
        reporters.push(report.reporter);
        if reporters.len() == REPORT_THRESHOLD {
            let lag = exponential(LABEL_LAG_S).sample(&mut self.rng);
            context
                .schedule_event(span(lag), schedulable!(Self::emit), report.sender)
                .unwrap();
        }
    }

    #[nexosim(schedulable)]
    async fn emit(&mut self, sender: u32) {
        self.labels.send(sender).await;
    }
}

/// Runs the workload.
pub fn run(accounts: u64, messages: u64, seed: u64) -> Outcome {
    let accounts = u32::try_from(accounts).expect("at most 4 billion accounts");
    let weight = accounts + (SPAM_FACTOR - 1) * (accounts / 100);
    let rate = f64::from(weight) / HAM_GAP_S;
    let mean_service = UTILIZATION * f64::from(WORKERS * PDS_COUNT) / rate;
    let service_mu = mean_service.ln() - 0.5 * SERVICE_SIGMA * SERVICE_SIGMA;
    merge(simulate(accounts, service_mu, messages as f64 / rate, seed))
}

fn simulate(accounts: u32, service_mu: f64, horizon: f64, seed: u64) -> Vec<Tally> {
    let mut pdses: Vec<Pds> = (0..PDS_COUNT)
        .map(|number| Pds::new(number, accounts, service_mu, seed))
        .collect();
    let mailboxes: Vec<Mailbox<Pds>> = (0..PDS_COUNT).map(|_| Mailbox::new()).collect();
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    rng.set_stream(u64::from(PDS_COUNT));
    let mut labeler = Labeler {
        labels: Output::default(),
        rng,
        reporters: HashMap::new(),
    };
    let labeler_mailbox = Mailbox::new();
    let (sink, mut tallies) = event_queue(SinkState::Enabled);
    for pds in &mut pdses {
        for (other, mailbox) in mailboxes.iter().enumerate() {
            pds.mail[other].connect(Pds::arrive, mailbox);
            pds.responses[other].connect(Pds::answered, mailbox);
        }
        pds.reports.connect(Labeler::report, &labeler_mailbox);
        pds.tally_out.connect_sink(sink.clone());
    }
    let mut bench = SimInit::with_num_threads(1);
    let mut tell = EventSource::new();
    for mailbox in &mailboxes {
        labeler.labels.connect(Pds::label, mailbox);
        tell = tell.connect(Pds::tell, mailbox);
    }
    let tell = tell.register(&mut bench);
    for (number, (pds, mailbox)) in pdses.into_iter().zip(mailboxes).enumerate() {
        bench = bench.add_model(pds, mailbox, &format!("pds-{number}"));
    }
    bench = bench.add_model(labeler, labeler_mailbox, "labeler");
    let mut simulation = bench
        .init(MonotonicTime::EPOCH)
        .expect("the bench is complete");
    simulation
        .step_until(span(horizon))
        .expect("no model fails");
    simulation.process_event(&tell, ()).expect("no model fails");
    std::iter::from_fn(|| tallies.try_read()).collect()
}

fn merge(tallies: Vec<Tally>) -> Outcome {
    assert_eq!(
        tallies.len(),
        PDS_COUNT as usize,
        "every PDS tells what it counted"
    );
    let mut all = Tally::default();
    for tally in tallies {
        for class in 0..2 {
            all.created[class] += tally.created[class];
            for verdict in 0..VERDICT_NAMES.len() {
                all.ended[class][verdict] += tally.ended[class][verdict];
            }
        }
        all.latencies.extend(tally.latencies);
    }
    all.latencies.sort_by(f64::total_cmp);
    let total: u64 = all.created.iter().sum();
    let mut shares = serde_json::Map::new();
    for (class, name) in ["ham", "spam"].iter().enumerate() {
        let mut add = |verdict: &str, count: u64| {
            shares.insert(
                format!("{name}.{verdict}"),
                json!(count as f64 / total as f64),
            );
        };
        for (verdict, count) in VERDICT_NAMES.iter().zip(all.ended[class]) {
            add(verdict, count);
        }
        add(
            "in-flight",
            all.created[class] - all.ended[class].iter().sum::<u64>(),
        );
    }
    let results = json!({
        "messages": total,
        "latency_p50_s": nearest_rank(&all.latencies, 0.50),
        "latency_p99_s": nearest_rank(&all.latencies, 0.99),
        "shares": Value::Object(shares),
    });
    (total, results)
}

fn nearest_rank(ordered: &[f64], share: f64) -> f64 {
    let rank = (share * ordered.len() as f64).ceil() as usize;
    ordered[rank.max(1) - 1]
}

fn exponential(mean: f64) -> Exp<f64> {
    Exp::new(1.0 / mean).expect("the mean is positive")
}

fn lognormal(mu: f64, sigma: f64) -> LogNormal<f64> {
    LogNormal::new(mu, sigma).expect("sigma is finite")
}

/// A duration of at least 1 ns: an event may not be scheduled for the present.
fn span(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds).max(Duration::from_nanos(1))
}
