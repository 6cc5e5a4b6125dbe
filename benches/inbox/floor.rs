//! A lower bound for any engine: the same draws and the same touches of state as the model needs,
//! but no pending set and no events.
//!
//! Messages are made in the order in which they **arrive** and followed to their end at once. That
//! is exact in law: a Poisson stream whose points are shifted by independent delays is again
//! Poisson (displacement theorem), so the arrivals are drawn directly, each is dated back by its
//! delay, and those created before 0 or after the horizon are dropped. One gap of the merged
//! stream and one draw that chooses sender and recipient then stand for all the senders' timers.
//! A worker is the instant at which it is free; a message starts at the later of its arrival and
//! the earliest of these, which is first come first served. Labels and blocks are instants too,
//! compared with the start. Only the order in which the reports of one spammer from different
//! PDSes are counted is not that of the model, by some services' length.
//!
//! The draws are as cheap as is known: `ChaCha8`, one 64-bit word per duration through a quantile
//! table. The tables of state are open-addressing ones whose dead entries go when they grow.

use hdrhistogram::Histogram;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::quantile::{NormalDeviates, QuantileTable};
use crate::workload::{
    BLOCK_CHANCE, Class, DELAY_MEDIAN_S, DELAY_SHIFT_S, DELAY_SIGMA, LABEL_LAG_S, LIMIT_INTERVAL_S,
    NS, Outcome, PDS_COUNT, REPORT_CHANCE, REPORT_THRESHOLD, SERVICE_SIGMA, SPAM_FACTOR,
    TOKEN_LIFETIME_S, VERDICTS, Verdict, WORKERS, Workload,
};

/// Arrivals are drawn for that long after the horizon: one delay in 4 million is longer.
const LONGEST_DELAY_S: f64 = 0.5;

/// Instant that never comes.
const NEVER: u64 = u64::MAX;

struct Laws {
    gap: QuantileTable,
    delay: QuantileTable,
    service: QuantileTable,
    label_lag: QuantileTable,
}

impl Laws {
    fn new(workload: &Workload) -> Self {
        let normal = NormalDeviates::new();
        let lognormal = |shift_s: f64, median_s: f64, sigma| {
            QuantileTable::lognormal(&normal, shift_s * NS, median_s * NS, sigma)
        };
        Self {
            gap: QuantileTable::exponential(NS / workload.rate_per_s()),
            delay: lognormal(DELAY_SHIFT_S, DELAY_MEDIAN_S, DELAY_SIGMA),
            service: lognormal(0.0, workload.service_median_s(), SERVICE_SIGMA),
            label_lag: QuantileTable::exponential(LABEL_LAG_S * NS),
        }
    }
}

/// What is known of a sender.
#[derive(Clone, Copy)]
struct Sender {
    labelled_at_ns: u64,
    delivered: u32,
    refused: u32,
}

struct Floor {
    accounts: u32,
    spammers: u32,
    weight: u32,
    horizon_ns: u64,
    rng: ChaCha8Rng,
    laws: Laws,
    workers: Vec<[u64; WORKERS as usize]>,
    senders: Vec<Sender>,
    reporters: Vec<Vec<u32>>,
    /// (sender, PDS) to the instant from which the limiter admits again.
    limiter: Table,
    /// (sender, recipient) to the instant of the block.
    blocks: Table,
    messages: u64,
    verdicts: [u64; VERDICTS],
    latency: Histogram<u64>,
}

struct Message {
    created_ns: u64,
    arrived_ns: u64,
    service_ns: u64,
    sender: u32,
    recipient: u32,
}

/// Runs the workload.
pub fn run(workload: &Workload) -> Outcome {
    let mut floor = Floor::new(workload);
    let last_ns = floor.horizon_ns + to_ns(LONGEST_DELAY_S);
    let mut now_ns = 0;
    while now_ns < last_ns {
        now_ns += floor.laws.gap.draw(floor.rng.next_u64());
        floor.arrive(now_ns);
    }
    floor.outcome()
}

impl Floor {
    fn new(workload: &Workload) -> Self {
        let fresh = Sender {
            labelled_at_ns: NEVER,
            delivered: 0,
            refused: 0,
        };
        Self {
            accounts: workload.accounts,
            spammers: workload.spammers(),
            weight: workload.weight(),
            horizon_ns: to_ns(workload.horizon_s()),
            rng: ChaCha8Rng::seed_from_u64(workload.seed),
            laws: Laws::new(workload),
            workers: vec![[0; WORKERS as usize]; PDS_COUNT as usize],
            senders: vec![fresh; workload.accounts as usize],
            reporters: vec![Vec::new(); workload.spammers() as usize],
            limiter: Table::new(),
            blocks: Table::new(),
            messages: 0,
            verdicts: [0; VERDICTS],
            latency: Histogram::new(3).expect("3 digits are allowed"),
        }
    }

    fn arrive(&mut self, arrived_ns: u64) {
        let delay_ns = self.laws.delay.draw(self.rng.next_u64());
        match arrived_ns.checked_sub(delay_ns) {
            Some(created_ns) if created_ns < self.horizon_ns => {
                let message = self.message(created_ns, arrived_ns);
                self.follow(&message);
            }
            _ => {}
        }
    }

    fn message(&mut self, created_ns: u64, arrived_ns: u64) -> Message {
        let (ticket, rest) = split(self.rng.next_u64(), self.weight);
        let sender = self.sender(ticket);
        let (other, _) = split(rest, self.accounts - 1);
        self.messages += 1;
        Message {
            created_ns,
            arrived_ns,
            service_ns: self.laws.service.draw(self.rng.next_u64()),
            sender,
            recipient: if other >= sender { other + 1 } else { other },
        }
    }

    /// The holder of a ticket: a spammer holds 20 of them, an honest sender one.
    fn sender(&self, ticket: u32) -> u32 {
        let spam_tickets = self.spammers * SPAM_FACTOR;
        if ticket < spam_tickets {
            ticket / SPAM_FACTOR
        } else {
            self.spammers + (ticket - spam_tickets)
        }
    }

    fn follow(&mut self, message: &Message) {
        let worker = earliest(&mut self.workers[(message.recipient % PDS_COUNT) as usize]);
        let start_ns = message.arrived_ns.max(*worker);
        let end_ns = start_ns + message.service_ns;
        *worker = end_ns;
        let class = if message.sender < self.spammers {
            Class::Spam
        } else {
            Class::Ham
        };
        let verdict = self.rule(message, start_ns);
        self.answer(message.sender, verdict);
        if end_ns >= self.horizon_ns {
            self.verdicts[Verdict::InFlight.index(class)] += 1;
            return;
        }
        self.verdicts[verdict.index(class)] += 1;
        match (verdict, class) {
            (Verdict::Delivered, Class::Ham) => {
                self.latency
                    .record(end_ns - message.created_ns)
                    .expect("it grows by itself");
            }
            (Verdict::Delivered, Class::Spam) => self.react(message, end_ns),
            _ => {}
        }
    }

    fn rule(&mut self, message: &Message, now_ns: u64) -> Verdict {
        if now_ns > message.created_ns + to_ns(TOKEN_LIFETIME_S) {
            return Verdict::Expired;
        }
        if self.senders[message.sender as usize].labelled_at_ns <= now_ns {
            return Verdict::Labelled;
        }
        if self.blocks.get(pair(message.sender, message.recipient)) <= now_ns {
            return Verdict::Blocked;
        }
        let slot = pair(message.sender, message.recipient % PDS_COUNT);
        let due_ns = self.limiter.slot(slot, 0, |due_ns| due_ns > now_ns);
        if now_ns < *due_ns {
            return Verdict::Limited;
        }
        *due_ns = now_ns + to_ns(LIMIT_INTERVAL_S);
        Verdict::Delivered
    }

    fn answer(&mut self, sender: u32, verdict: Verdict) {
        let sender = &mut self.senders[sender as usize];
        match verdict {
            Verdict::Delivered => sender.delivered += 1,
            _ => sender.refused += 1,
        }
    }

    fn react(&mut self, message: &Message, now_ns: u64) {
        if self.chance(BLOCK_CHANCE) {
            let block = self
                .blocks
                .slot(pair(message.sender, message.recipient), NEVER, |_| true);
            *block = now_ns.min(*block);
        }
        if self.chance(REPORT_CHANCE) {
            self.report(message.sender, message.recipient, now_ns);
        }
    }

    fn chance(&mut self, share: f64) -> bool {
        self.rng.next_u64() < share_of_words(share)
    }

    fn report(&mut self, sender: u32, reporter: u32, now_ns: u64) {
        let reporters = &mut self.reporters[sender as usize];
        if reporters.len() >= REPORT_THRESHOLD || reporters.contains(&reporter) {
            return;
        }
        reporters.push(reporter);
        if reporters.len() == REPORT_THRESHOLD {
            let lag_ns = self.laws.label_lag.draw(self.rng.next_u64());
            self.senders[sender as usize].labelled_at_ns = now_ns + lag_ns;
        }
    }

    fn outcome(self) -> Outcome {
        std::hint::black_box(&self.senders);
        Outcome {
            messages: self.messages,
            p50_ns: self.latency.value_at_quantile(0.5),
            p99_ns: self.latency.value_at_quantile(0.99),
            verdicts: self.verdicts,
        }
    }
}

/// The worker that is free first.
fn earliest(workers: &mut [u64; WORKERS as usize]) -> &mut u64 {
    workers
        .iter_mut()
        .min_by_key(|free_ns| **free_ns)
        .expect("a PDS has workers")
}

/// A uniform number below `bound`, and uniform bits that are left over.
#[allow(clippy::cast_possible_truncation, reason = "the product's two halves")]
fn split(bits: u64, bound: u32) -> (u32, u64) {
    let product = u128::from(bits) * u128::from(bound);
    ((product >> 64) as u32, product as u64)
}

fn pair(sender: u32, other: u32) -> u64 {
    u64::from(sender) << 32 | u64::from(other)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 s to some days"
)]
const fn to_ns(seconds: f64) -> u64 {
    (seconds * NS) as u64
}

/// The number below which that share of all 64-bit words lies.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of 2^64"
)]
const fn share_of_words(share: f64) -> u64 {
    (share * 18_446_744_073_709_551_616.0) as u64
}

/// Open addressing with linear probing, from pairs to instants.
struct Table {
    slots: Vec<(u64, u64)>,
    used: usize,
}

/// The key of an empty slot: no pair is (2^32 - 1, 2^32 - 1).
const EMPTY: u64 = u64::MAX;

impl Table {
    fn new() -> Self {
        Self {
            slots: vec![(EMPTY, NEVER); 1 << 10],
            used: 0,
        }
    }

    /// The instant of a pair, or never.
    fn get(&self, key: u64) -> u64 {
        self.slots[self.place(key)].1
    }

    /// The slot of a pair, made with `fresh` if there is none; entries that are not `alive` may
    /// be dropped on the way.
    fn slot(&mut self, key: u64, fresh: u64, alive: impl Fn(u64) -> bool) -> &mut u64 {
        let mut place = self.place(key);
        if self.slots[place].0 == EMPTY {
            if self.used * 2 >= self.slots.len() {
                self.rebuild(alive);
                place = self.place(key);
            }
            self.slots[place] = (key, fresh);
            self.used += 1;
        }
        &mut self.slots[place].1
    }

    #[allow(clippy::cast_possible_truncation, reason = "masked to the length")]
    fn place(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut place = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) as usize & mask;
        while self.slots[place].0 != key && self.slots[place].0 != EMPTY {
            place = (place + 1) & mask;
        }
        place
    }

    fn rebuild(&mut self, alive: impl Fn(u64) -> bool) {
        let old = std::mem::take(&mut self.slots);
        let living: Vec<_> = old
            .into_iter()
            .filter(|slot| slot.0 != EMPTY && alive(slot.1))
            .collect();
        let length = (living.len() * 4).next_power_of_two().max(1 << 10);
        self.slots = vec![(EMPTY, NEVER); length];
        self.used = living.len();
        for slot in living {
            let place = self.place(slot.0);
            self.slots[place] = slot;
        }
    }
}
