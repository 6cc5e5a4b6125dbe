//! The reference workload `inbox`: its parameters, and what a run of it gives.
//!
//! 100 PDSes with an inbox of 4 workers each (FIFO, no capacity limit) receive messages from and
//! for S accounts, equal per PDS. 1 % of the accounts are spammers and send 20 times as often as
//! the others, who send once a minute; all senders are Poisson, every recipient is any account but
//! the sender. A message takes 5 ms + a log-normal time (median 40 ms, sigma 0.5) to the
//! recipient's PDS (40 ms is the **median** of the log-normal part, so the mean delay is 50.3 ms).
//! A worker takes it, rules on it at that instant, and is busy for a log-normal time of sigma 0.5
//! whatever the ruling; its mean makes the utilization 0.7. The checks, in this order:
//!
//! 1. token: older than 60 s (minted when the message is created) -> expired;
//! 2. label: the sender is known to be labelled -> labelled;
//! 3. block: the recipient has blocked the sender -> blocked;
//! 4. rate limit: GCRA per (recipient's PDS, sender), one per 60 s, burst 1; charged when admitted
//!    -> limited. (Wider limits such as 10 per 60 s would refuse nobody here: a spammer's
//!    messages spread over 100 PDSes. This one refuses a sixth of the spam and 1 % of the ham.)
//!
//! When the service ends the ruling takes effect. A recipient of delivered spam reports it with
//! chance 10 % and, independently, blocks the sender with chance 10 %, both at once. 600 s
//! (exponential) after the third distinct reporter the label is known everywhere. The response
//! travels back as long as the message travelled forth and is counted at the sender.
//!
//! Latency is that of delivered ham, from creation to the end of service. The run starts empty;
//! what has not ended at the horizon is in flight.

use crate::support::harness::Measured;

/// Personal data servers.
pub const PDS_COUNT: u32 = 100;
/// Workers per inbox.
pub const WORKERS: u32 = 4;
/// Share of time a worker is busy.
pub const UTILIZATION: f64 = 0.7;
/// Sigma of the service time's logarithm.
pub const SERVICE_SIGMA: f64 = 0.5;
/// Shortest one-way delay.
pub const DELAY_SHIFT_S: f64 = 0.005;
/// Median of the one-way delay above the shortest one.
pub const DELAY_MEDIAN_S: f64 = 0.040;
/// Sigma of the logarithm of the delay above the shortest one.
pub const DELAY_SIGMA: f64 = 0.5;
/// Mean time between two messages of an honest sender.
pub const HAM_GAP_S: f64 = 60.0;
/// How many times as often a spammer sends.
pub const SPAM_FACTOR: u32 = 20;
/// Life of a token.
pub const TOKEN_LIFETIME_S: f64 = 60.0;
/// GCRA with burst 1: the time between two admissions of a sender at a PDS.
pub const LIMIT_INTERVAL_S: f64 = 60.0;
/// Chance that delivered spam is reported.
pub const REPORT_CHANCE: f64 = 0.1;
/// Chance that the recipient of delivered spam blocks its sender.
pub const BLOCK_CHANCE: f64 = 0.1;
/// Distinct reporters that make a label.
pub const REPORT_THRESHOLD: usize = 3;
/// Mean time from the last of them to the label's being known.
pub const LABEL_LAG_S: f64 = 600.0;

/// Nanoseconds per second.
pub const NS: f64 = 1e9;

/// One size of the workload.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Accounts S; the first S/100 of them are the spammers, account a lives on PDS a mod 100.
    pub accounts: u32,
    /// Messages to expect; their number is Poisson.
    pub messages: u32,
    /// Seed of the run.
    pub seed: u64,
}

impl Workload {
    /// Number of spammers.
    pub fn spammers(&self) -> u32 {
        self.accounts / 100
    }

    /// Sum of all senders' rates, in units of an honest sender's rate.
    pub fn weight(&self) -> u32 {
        self.accounts + (SPAM_FACTOR - 1) * self.spammers()
    }

    /// Messages per second over all senders.
    pub fn rate_per_s(&self) -> f64 {
        f64::from(self.weight()) / HAM_GAP_S
    }

    /// End of the run.
    pub fn horizon_s(&self) -> f64 {
        f64::from(self.messages) / self.rate_per_s()
    }

    /// Median of the service time: that of the log-normal law whose mean gives the utilization.
    pub fn service_median_s(&self) -> f64 {
        let mean = UTILIZATION * f64::from(WORKERS * PDS_COUNT) / self.rate_per_s();
        mean / libm::exp(0.5 * SERVICE_SIGMA * SERVICE_SIGMA)
    }

    /// The same model as a pdsim scenario, for an engine that reads one.
    pub fn scenario(&self) -> String {
        let ns = |seconds: f64| format!("{:.0}ns", seconds * NS);
        let [horizon, service] = [self.horizon_s(), self.service_median_s()].map(ns);
        let spammers = self.spammers();
        let (people, each) = (
            self.accounts - spammers,
            (self.accounts - spammers) / PDS_COUNT,
        );
        let seed = self.seed;
        format!(
            r#"schema = 1
name   = "inbox"
title  = "Reference workload of the benchmarks: {PDS_COUNT} PDSes, {people} people, {spammers} spammers"

[run]
duration = "{horizon}"
seed     = {seed}

[network]
delay = {{ lognormal = {{ median = "40ms", sigma = {DELAY_SIGMA}, shift = "5ms" }} }}

[pds]
count    = {PDS_COUNT}
accounts = {{ equal = {{ each = {each} }} }}

[auth]
lifetime = "{TOKEN_LIFETIME_S}s"

[inbox.station]
workers = {WORKERS}

[pipeline]
order = ["token", "label", "block", "rate-limit"]
extra = {{ lognormal = {{ median = "{service}", sigma = {SERVICE_SIGMA} }} }}

[limits.per-sender]
algorithm = {{ gcra = {{ burst = 1, rate = "1/{LIMIT_INTERVAL_S}s" }} }}
key       = "sender"

[senders.people]
class    = "ham"
count    = {people}
arrivals = {{ poisson = {{ rate = "1/{HAM_GAP_S}s" }} }}
target   = "uniform"
report   = {{ chance = "10%", after = {{ constant = "0s" }} }}
block    = {{ chance = "10%", after = {{ constant = "0s" }} }}

[senders.spammers]
class    = "spam"
attack   = {{ flood = {{}} }}
count    = {spammers}
arrivals = {{ poisson = {{ rate = "{SPAM_FACTOR}/{HAM_GAP_S}s" }} }}
target   = "uniform"

[labelers.main]
sees        = {{ reports = {{ threshold = {REPORT_THRESHOLD} }} }}
lag         = {{ exponential = {{ mean = "{LABEL_LAG_S}s" }} }}
propagation = {{ stream = {{ delay = {{ constant = "0s" }} }} }}

[output]
time-series = "10s"
"#
        )
    }
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Passed every check.
    Delivered,
    /// Its token was older than its lifetime.
    Expired,
    /// Its sender was labelled.
    Labelled,
    /// Its recipient had blocked its sender.
    Blocked,
    /// Its sender had been admitted to this PDS less than the limit's interval before.
    Limited,
    /// It had not ended at the horizon.
    InFlight,
}

/// Number of entries of [`Outcome::verdicts`]: six for ham, six for spam.
pub const VERDICTS: usize = 12;
/// Their names.
pub const VERDICT_NAMES: [&str; VERDICTS] = [
    "ham.delivered",
    "ham.expired",
    "ham.labelled",
    "ham.blocked",
    "ham.limited",
    "ham.in-flight",
    "spam.delivered",
    "spam.expired",
    "spam.labelled",
    "spam.blocked",
    "spam.limited",
    "spam.in-flight",
];

/// What a sender is in truth (no check looks at it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Honest.
    Ham,
    /// A spammer.
    Spam,
}

impl Verdict {
    /// Place of this verdict for a class of senders in [`Outcome::verdicts`].
    pub fn index(self, class: Class) -> usize {
        self as usize
            + if class == Class::Spam {
                VERDICTS / 2
            } else {
                0
            }
    }
}

/// What a run gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Messages created before the horizon.
    pub messages: u64,
    /// Median latency of delivered ham.
    pub p50_ns: u64,
    /// 99th percentile of the latency of delivered ham.
    pub p99_ns: u64,
    /// Messages per class and verdict, in the order of [`VERDICT_NAMES`].
    pub verdicts: [u64; VERDICTS],
}

impl Measured for Outcome {
    fn units(&self) -> u64 {
        self.messages
    }
}
