//! How much memory a run will need, told before it starts.
//!
//! A sum of what grows with the scenario; each part belongs to the key that drives it:
//!
//! ```text
//! shared      trace and data files, one plan
//! per thread  PDSes, identities, messages in hand, keys of limits
//! kept        event logs and rows of all replications, until the results are written
//! ```
//!
//! An inbox that is offered more than its workers can do grows for as long as the run lasts. The
//! figures per item are sizes of the program's own types and what was measured around them; the
//! estimate is meant to be right within a factor of two, see `docs/RELIABILITY.md`.

use super::{EventsSpec, InboxSpec, Scenario, ScenarioSpec, SendersSpec, bounds, join_key};
use crate::policy::ContactSpec;
use crate::policy::limit::{Key, LayerSpec};
use crate::units::{Span, cast};

/// What a run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Memory in bytes.
    pub bytes: u64,
    /// Replications that run at once.
    pub threads: u32,
}

/// How much memory a run will need, largest part first.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The parts.
    pub parts: Vec<Part>,
}

/// One part of an estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The key that drives it.
    pub key: String,
    /// What needs the memory.
    pub what: String,
    /// How much.
    pub bytes: f64,
}

/// The program itself with its tables.
const BYTES_OF_PROGRAM: f64 = 18e6;
/// The tables of a replication that runs.
const BYTES_PER_THREAD: f64 = 2e6;
/// A PDS: state, defences, metrics, laws.
const BYTES_PER_PDS: f64 = 1_000.0;
/// A message in hand: itself, its event, its slot in tables that grow by doubling.
const BYTES_PER_MESSAGE: f64 = 380.0;
/// A key of a limit without what it remembers.
const BYTES_PER_KEY: f64 = 110.0;
/// An identity of a spammer: where it lives, what its campaign knows of it.
const BYTES_PER_IDENTITY: f64 = 16.0;
/// The lines of one message in an event log: as they are kept and as they are written.
const BYTES_PER_LOGGED: f64 = 3_300.0;
/// A point of a time series, as a value and as a row.
const BYTES_PER_POINT: f64 = 270.0;
/// A row of a trace beside its text: as it is read and as it is planned.
const BYTES_PER_ROW: f64 = 60.0;

impl Estimate {
    /// That of a run of `scenario` with so many replications at once.
    pub fn of(scenario: &Scenario, threads: u32) -> Self {
        let sizes = scenario.sizes();
        let spec = &scenario.spec;
        let accounts = sizes
            .iter()
            .fold(0_u64, |sum, size| sum.saturating_add(*size));
        let load = Load {
            spec,
            pdses: cast::count_to_f64(cast::count_to_u64(sizes.len())),
            accounts: cast::count_to_f64(accounts),
            messages: messages(scenario),
            duration_s: duration_s(scenario),
            threads: f64::from(threads.min(spec.run.replications.most()).max(1)),
            replications: f64::from(spec.run.replications.most()),
        };
        let mut parts = vec![
            load.program(),
            load.pdses(),
            load.in_transit(),
            load.waiting(&sizes),
            load.event_log(),
            load.time_series(),
            load.requests(),
            trace(scenario),
        ];
        parts.extend(load.identities());
        parts.extend(
            spec.limits
                .iter()
                .map(|(name, layer)| load.keys(name, layer)),
        );
        parts.retain(|part| part.bytes > 0.0);
        parts.sort_by(|a, b| b.bytes.total_cmp(&a.bytes));
        Self { parts }
    }

    /// All of it.
    pub fn bytes(&self) -> f64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    /// The parts that matter, in words: "event log 8.1 GiB, time series 0.2 GiB".
    pub fn drivers(&self) -> String {
        let all = self.bytes();
        let large = self.parts.iter().filter(|part| part.bytes * 20.0 >= all);
        let words = large.map(|part| format!("{} {}", part.what, in_words(part.bytes)));
        words.take(3).collect::<Vec<_>>().join(", ")
    }
}

/// Bytes as people read them.
pub fn in_words(bytes: f64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || value >= 100.0 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// What the parts are made from.
struct Load<'s> {
    spec: &'s ScenarioSpec,
    pdses: f64,
    accounts: f64,
    messages: f64,
    duration_s: f64,
    threads: f64,
    replications: f64,
}

impl Load<'_> {
    /// Messages per second on average.
    fn rate(&self) -> f64 {
        if self.duration_s > 0.0 {
            self.messages / self.duration_s
        } else {
            0.0
        }
    }

    fn program(&self) -> Part {
        part(
            "run",
            "the program",
            BYTES_OF_PROGRAM + BYTES_PER_THREAD * self.threads,
        )
    }

    fn pdses(&self) -> Part {
        let own = cast::count_to_f64(cast::count_to_u64(bounds::pdses_of_groups(self.spec)));
        let bytes = (self.pdses + own) * BYTES_PER_PDS * self.threads;
        part("pds.count", "PDSes", bytes)
    }

    fn in_transit(&self) -> Part {
        let delay_s = self.spec.network.delay.mean_ns().unwrap_or(0.0) / 1e9;
        let messages = (self.rate() * delay_s).min(self.messages);
        part(
            "network.delay",
            "messages in transit",
            messages * BYTES_PER_MESSAGE * self.threads,
        )
    }

    /// What piles up at inboxes that are offered more than they can do.
    fn waiting(&self, sizes: &[u64]) -> Part {
        let inbox = &self.spec.inbox;
        let most = match inbox {
            InboxSpec::Station(station) => station.capacity.map(cast::count_to_f64),
            InboxSpec::Docket(_) | InboxSpec::Sync(_) => None,
        };
        let served = inbox.workers().zip(self.service_s());
        let served = served.filter(|(_, service)| *service > 0.0);
        let served = served.map(|(workers, service)| f64::from(workers) / service);
        let excess = |size: &u64| {
            let share = cast::count_to_f64(*size) / self.accounts.max(1.0);
            let over = (self.rate() * share - served.unwrap_or(f64::INFINITY)).max(0.0);
            (over * self.duration_s).min(most.unwrap_or(f64::INFINITY))
        };
        let messages: f64 = sizes.iter().map(excess).sum();
        part(
            "inbox",
            "messages that wait",
            messages * BYTES_PER_MESSAGE * self.threads,
        )
    }

    fn service_s(&self) -> Option<f64> {
        let pipeline = &self.spec.pipeline;
        let costs = pipeline
            .order
            .iter()
            .filter_map(|check| pipeline.cost.of(*check));
        let parts = costs.chain(pipeline.extra.as_ref());
        parts.map(|law| law.mean_ns().map(|ns| ns / 1e9)).sum()
    }

    fn event_log(&self) -> Part {
        let share = match self.spec.output.events {
            EventsSpec::None => 0.0,
            EventsSpec::All => 1.0,
            EventsSpec::Sample(share) => share.value(),
        };
        let bytes = self.messages * share * BYTES_PER_LOGGED * self.replications;
        part("output.events", "event log", bytes)
    }

    fn time_series(&self) -> Part {
        let step = self.spec.output.time_series.filter(|step| !step.is_zero());
        let steps = step.map_or(0.0, |step| libm::ceil(self.duration_s / step.as_seconds()));
        let groups = cast::count_to_f64(cast::count_to_u64(self.spec.senders.len()));
        let points = steps * (4.0 * groups + 4.0);
        let bytes = points * BYTES_PER_POINT * self.replications;
        part("output.time-series", "time series", bytes)
    }

    fn requests(&self) -> Part {
        let ContactSpec::Invitation(invitation) = self.spec.contact.rule else {
            return part("contact.rule", "requests", 0.0);
        };
        let held = invitation.expiry.map_or(self.duration_s, Span::as_seconds);
        let sent = self.rate() * held.min(self.duration_s);
        let room = invitation.pending_per_recipient;
        let room = room.map_or(f64::INFINITY, |most| f64::from(most) * self.accounts);
        part(
            "contact.rule",
            "requests",
            sent.min(room) * BYTES_PER_MESSAGE * self.threads,
        )
    }

    fn identities(&self) -> Vec<Part> {
        let spam = |senders: &SendersSpec| senders.class == crate::protocol::Class::Spam;
        let groups = self
            .spec
            .senders
            .iter()
            .filter(|(_, senders)| spam(senders));
        let one = |(name, senders): (&String, &SendersSpec)| {
            let count = f64::from(senders.count) + f64::from(senders.spares());
            let key = join_key(&["senders", name, "count"]);
            part(
                &key,
                "identities",
                count * BYTES_PER_IDENTITY * self.threads,
            )
        };
        groups.map(one).collect()
    }

    /// Keys live about as long as the layer's window, and no longer than its table has room.
    fn keys(&self, name: &str, layer: &LayerSpec) -> Part {
        let senders = self.spec.senders.values();
        let senders: f64 = senders
            .map(|group| f64::from(group.count) + f64::from(group.spares()))
            .sum();
        let recipients = self.accounts.max(1.0);
        let there_are = match layer.key {
            Key::Sender => senders * self.pdses,
            Key::Recipient => recipients,
            Key::Pair => senders * recipients,
            Key::SenderPds => self.pdses * self.pdses,
            Key::Pds => self.pdses,
        };
        let window = layer.algorithm.spec().natural_window();
        let window = window.map_or(self.duration_s, Span::as_seconds);
        let alive = (2.0 * self.rate() * window).min(self.messages);
        let table = cast::count_to_f64(layer.max_keys) * self.pdses;
        let keys = there_are.min(alive).min(table);
        let remembered = 8.0 * alive.min(keys * 64.0);
        let bytes = (keys * BYTES_PER_KEY + remembered) * self.threads;
        let key = join_key(&["limits", name]);
        part(&key, &format!("keys of the limit `{name}`"), bytes)
    }
}

fn part(key: &str, what: &str, bytes: f64) -> Part {
    Part {
        key: key.to_owned(),
        what: what.to_owned(),
        bytes: if bytes.is_finite() {
            bytes.max(0.0)
        } else {
            0.0
        },
    }
}

/// The messages of a replication: those that are written, and the rows of a trace.
fn messages(scenario: &Scenario) -> f64 {
    let groups = scenario.spec.senders.values();
    let written: f64 = groups
        .map(|group| bounds::messages(&scenario.spec, group))
        .sum();
    written + rows(scenario)
}

fn rows(scenario: &Scenario) -> f64 {
    let rows = scenario.trace.as_ref().map_or(0, |trace| trace.at.len());
    cast::count_to_f64(cast::count_to_u64(rows))
}

fn duration_s(scenario: &Scenario) -> f64 {
    let last = scenario.trace.as_ref().and_then(|trace| trace.at.last());
    let of_trace = last.map_or(0.0, |last| last.as_seconds());
    let duration = scenario.spec.run.duration;
    duration.map_or(of_trace, Span::as_seconds)
}

fn trace(scenario: &Scenario) -> Part {
    let text: usize = scenario.data.iter().map(|data| data.file.bytes.len()).sum();
    let text = cast::count_to_f64(cast::count_to_u64(text));
    part(
        "trace.file",
        "data files",
        2.0 * text + rows(scenario) * BYTES_PER_ROW,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Loader, Memory, SCENARIO};

    const WAVE: &str = r#"
        schema = 1
        name = "a"
        [run]
        duration = "100s"
        replications = 5
        [network]
        delay = { constant = "2s" }
        [pds]
        count = 4
        accounts = { equal = { each = 250 } }
        [pipeline]
        order = []
        extra = { constant = "100ms" }
        [inbox.station]
        workers = 1
        [senders.people]
        class = "ham"
        count = 1000
        arrivals = { poisson = { rate = "1/s" } }
    "#;

    fn estimate(set: &[&str], threads: u32) -> Estimate {
        let files = Memory::files([("a.toml", WAVE.as_bytes())]);
        let mut loader = Loader::new(&files);
        let mut tree = loader.scenario("a.toml".as_ref(), &SCENARIO).unwrap();
        for text in set {
            loader.set(&mut tree, text, &SCENARIO);
        }
        let scenario = Scenario::prepare(tree, &mut loader);
        let scenario =
            scenario.unwrap_or_else(|| panic!("{:?}", loader.faults.lines(&loader.sources)));
        Estimate::of(&scenario, threads)
    }

    fn bytes(estimate: &Estimate, what: &str) -> f64 {
        let mut parts = estimate.parts.iter();
        parts
            .find(|part| part.what == what)
            .map_or(0.0, |part| part.bytes)
    }

    #[test]
    fn what_grows_is_what_a_hand_calculation_gives() {
        let plain = estimate(&[], 1);
        // 1,000/s for 2 s are in transit.
        assert!(
            (bytes(&plain, "messages in transit") / (2_000.0 * BYTES_PER_MESSAGE) - 1.0).abs()
                < 1e-9
        );
        // Each of 4 inboxes is offered 250/s and serves 10/s: 240/s for 100 s wait.
        assert!(
            (bytes(&plain, "messages that wait") / (4.0 * 24_000.0 * BYTES_PER_MESSAGE) - 1.0)
                .abs()
                < 1e-9
        );
        // Threads hold a replication each, but no more than there are.
        let many = estimate(&[], 64);
        assert!(
            (bytes(&many, "messages that wait") / bytes(&plain, "messages that wait") - 5.0).abs()
                < 1e-9
        );
        // A queue of bounded length is bounded.
        let bounded = estimate(&["inbox.station.capacity=1000"], 1);
        assert!(
            (bytes(&bounded, "messages that wait") / (4_000.0 * BYTES_PER_MESSAGE) - 1.0).abs()
                < 1e-9
        );
        // 100,000 messages in each of 5 replications.
        let logged = estimate(&["output.events=all"], 1);
        assert!((bytes(&logged, "event log") / (500_000.0 * BYTES_PER_LOGGED) - 1.0).abs() < 1e-9);
        assert!(
            logged.drivers().starts_with("event log 1.5 GiB"),
            "{}",
            logged.drivers()
        );
    }

    #[test]
    fn bytes_are_told_in_words() {
        let words = [0.0, 1023.0, 1536.0, 2.5 * 1024.0 * 1024.0 * 1024.0, 1e16].map(in_words);
        assert_eq!(words, ["0 B", "1023 B", "1.5 KiB", "2.5 GiB", "9095 TiB"]);
    }
}
