//! A bare vector of arrivals through the layers of a policy: each decision and when to retry.
//!
//! A row is `t_ms,cost,sender,pds`: an instant, a weight, a sender and the sender's PDS. All rows
//! arrive at one PDS; layers with `at = "sender"` live on each row's own. Time 0 is aligned to every
//! window. There are no recipients, so layers that count per recipient or pair are errors; every
//! contact is accepted. A row that costs more than a limit or burst is refused.

use std::collections::BTreeMap;

use crate::units::{Span, Time, cast};

use super::algorithm::Key;
use super::charging::{ChargingSpec, validate};
use super::fault::{Fault, Faults};
use super::layer::{AppliesTo, LayerSpec, Place, Refusal};
use super::registry::AlgorithmSpec;
use super::set::{Kind, LimitSet, Parties, Request, Ruling, Standing, Verdict};

/// One row of a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival<'a> {
    /// Milliseconds since time 0.
    pub t_ms: u64,
    /// The row's weight.
    pub cost: u64,
    /// Name of the sender.
    pub sender: &'a str,
    /// Name of the sender's PDS.
    pub pds: &'a str,
}

/// What was decided about one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Number of the row, from 1.
    pub row: u64,
    /// Its instant, as given.
    pub t_ms: u64,
    /// What the layers say together.
    pub outcome: Outcome,
    /// The first layer that refused, or the one that delays longest.
    pub layer: Option<String>,
    /// From the arrival, exact: for a refusal until the same row would be admitted if nothing else
    /// arrived (or until the instant that the layer's rounded Retry-After names), for a delay until
    /// it goes on. `None` where the row is admitted, or never will be.
    pub retry_after: Option<Span>,
}

impl Row {
    /// [`Row::retry_after`] rounded up to whole milliseconds, the clock of a vector: a row at that
    /// instant conforms, a row one millisecond earlier does not.
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.retry_after.map(|span| span.ns().div_ceil(NS_PER_MS))
    }
}

/// The decision about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Admitted at once.
    Admit,
    /// Refused.
    Refuse,
    /// Admitted later.
    Delay,
}

impl Outcome {
    /// As written in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Refuse => "refuse",
            Self::Delay => "delay",
        }
    }
}

/// The layers of a policy, and what they remember of the rows so far.
#[derive(Debug)]
pub struct Replay {
    inbound: LimitSet,
    /// An empty memory for each new PDS of senders.
    outbound: LimitSet,
    outbound_of: BTreeMap<u32, LimitSet>,
    ids: BTreeMap<String, u32>,
    rows: u64,
    last_ms: u64,
}

impl Replay {
    /// The layers of a policy with an empty memory.
    ///
    /// # Errors
    /// Every fault of the policy, and everything in it that a bare vector cannot show.
    pub fn new(
        layers: &BTreeMap<String, LayerSpec>,
        charging: &ChargingSpec,
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = validate(layers, charging);
        faults.extend(vector_faults(layers));
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            inbound: LimitSet::new(layers, charging, Place::Recipient, 0),
            outbound: LimitSet::new(layers, charging, Place::Sender, 0),
            outbound_of: BTreeMap::new(),
            ids: BTreeMap::new(),
            rows: 0,
            last_ms: 0,
        })
    }

    /// Decides about the next row.
    ///
    /// # Errors
    /// Where the row is earlier than the one before, or more than 146 years after the start.
    pub fn step(&mut self, arrival: &Arrival) -> Result<Row, Fault> {
        self.rows += 1;
        let request = self.request(arrival)?;
        let pds = request.parties.sender_pds;
        let fresh = &self.outbound;
        let outbound = self.outbound_of.entry(pds).or_insert_with(|| fresh.clone());
        let first = outbound.decide(&request);
        let row = Row {
            row: self.rows,
            t_ms: arrival.t_ms,
            outcome: Outcome::Admit,
            layer: None,
            retry_after: None,
        };
        let sent = judged(&row, outbound, &request, &first);
        if sent.outcome == Outcome::Refuse {
            return Ok(sent);
        }
        let second = self.inbound.decide(&request);
        let received = judged(&row, &self.inbound, &request, &second);
        let outbound_is_last =
            received.outcome != Outcome::Refuse && sent.retry_after > received.retry_after;
        Ok(if outbound_is_last { sent } else { received })
    }

    /// The layers that forgot keys for want of room, with the number of keys.
    pub fn evictions(&self) -> BTreeMap<String, u64> {
        let sets = self.outbound_of.values().chain([&self.inbound]);
        let mut evicted = BTreeMap::new();
        for (set, index) in sets.flat_map(|set| (0..set.names().len()).map(move |i| (set, i))) {
            *evicted.entry(set.names()[index].clone()).or_default() += set.evicted(index);
        }
        evicted.retain(|_, keys: &mut u64| *keys > 0);
        evicted
    }

    fn request(&mut self, arrival: &Arrival) -> Result<Request, Fault> {
        let fault = |fault: String, remedy: &str| Fault {
            key: "t_ms".to_owned(),
            fault,
            remedy: remedy.to_owned(),
        };
        if arrival.t_ms < self.last_ms {
            let earlier = format!(
                "{} is before {} of an earlier row",
                arrival.t_ms, self.last_ms
            );
            return Err(fault(earlier, "sort the rows by time"));
        }
        self.last_ms = arrival.t_ms;
        let ns = arrival
            .t_ms
            .checked_mul(NS_PER_MS)
            .filter(|ns| *ns < 1 << 62);
        let ns = ns.ok_or_else(|| {
            let late = format!("{} is more than 146 years after the start", arrival.t_ms);
            fault(late, "write milliseconds since the start of the vector")
        })?;
        Ok(Request {
            now: Time::from_ns(ns),
            parties: Parties {
                sender: self.id("sender", arrival.sender),
                sender_pds: self.id("pds", arrival.pds),
                recipient: u32::MAX,
            },
            standing: Standing::Accepted,
            kind: Kind::Fresh,
            cost: arrival.cost,
            recipients: 1,
            account_age: None,
        })
    }

    fn id(&mut self, column: &str, name: &str) -> u32 {
        let next = cast::id_u32(self.ids.len());
        *self.ids.entry(format!("{column} {name}")).or_insert(next)
    }
}

const NS_PER_MS: u64 = 1_000_000;

/// `row` with the verdict of one set.
fn judged(row: &Row, set: &LimitSet, request: &Request, verdict: &Verdict) -> Row {
    let wait = |at: Time| at.saturating_since(request.now);
    let (outcome, layer, at) = match verdict.ruling {
        Ruling::Admit => return row.clone(),
        Ruling::Delay { layer, until } => (Outcome::Delay, layer, Some(until)),
        Ruling::Refuse {
            layer,
            refusal: Refusal::RetryAfter(_),
            retry_at,
        } => (Outcome::Refuse, layer, retry_at),
        Ruling::Refuse { layer, .. } => (Outcome::Refuse, layer, set.earliest(request)),
    };
    Row {
        outcome,
        layer: Some(set.names()[layer].clone()),
        retry_after: at.map(wait),
        ..row.clone()
    }
}

fn vector_faults(layers: &BTreeMap<String, LayerSpec>) -> Vec<Fault> {
    let mut faults = Faults::default();
    for (name, layer) in layers {
        let key = |part: &str| format!("limits.{name}.{part}");
        if matches!(layer.key, Key::Recipient | Key::Pair) {
            let fault = format!(
                "a bare vector has no recipients to count per {}",
                layer.key.name()
            );
            let remedy = "write key = \"sender\", \"sender-pds\" or \"pds\"";
            faults.add(&key("key"), fault, remedy);
        }
        if matches!(layer.algorithm, AlgorithmSpec::Concurrency(_)) {
            let fault = "nothing in a bare vector says when a message is done";
            faults.add(&key("algorithm"), fault, "leave the layer out");
        }
        if layer.asked_about() == AppliesTo::Requests {
            let fault = "a bare vector has no first contacts";
            faults.add(&key("applies-to"), fault, "write applies-to = \"all\"");
        }
    }
    faults.into_vec()
}

#[cfg(test)]
mod tests {
    use super::super::preset::Limits;
    use super::*;

    fn replay(policy: &str) -> Result<Replay, Vec<Fault>> {
        let policy: Limits = toml::from_str(policy).unwrap_or_else(|error| panic!("{error}"));
        Replay::new(&policy.limits, &policy.limits_charging)
    }

    fn arrival(t_ms: u64, cost: u64, sender: &'static str, pds: &'static str) -> Arrival<'static> {
        Arrival {
            t_ms,
            cost,
            sender,
            pds,
        }
    }

    fn stepped(replay: &mut Replay, arrival: Arrival) -> (Outcome, Option<String>, Option<u64>) {
        let row = replay.step(&arrival).unwrap();
        let retry = row.retry_after_ms();
        (row.outcome, row.layer, retry)
    }

    #[test]
    fn a_refusal_names_its_layer_and_the_first_millisecond_that_conforms() {
        // One per 10/3 s: after an admission at 0 the next is due at 3333.33... ms.
        let mut replay = replay(
            "[limits.slow]\nkey = \"sender\"\n\
             algorithm = { gcra = { burst = 1, rate = \"3/10s\" } }",
        )
        .unwrap();
        assert_eq!(
            stepped(&mut replay, arrival(0, 1, "a", "p")),
            (Outcome::Admit, None, None)
        );
        let slow = Some("slow".to_owned());
        let refused = stepped(&mut replay, arrival(1_000, 1, "a", "p"));
        assert_eq!(refused, (Outcome::Refuse, slow.clone(), Some(2_334)));
        assert_eq!(
            stepped(&mut replay, arrival(3_333, 1, "a", "p")).0,
            Outcome::Refuse
        );
        assert_eq!(
            stepped(&mut replay, arrival(3_334, 1, "a", "p")).0,
            Outcome::Admit
        );
        // Another sender has a bucket of its own; a cost above the burst never fits.
        assert_eq!(
            stepped(&mut replay, arrival(3_334, 1, "b", "p")).0,
            Outcome::Admit
        );
        let never = stepped(&mut replay, arrival(9_000, 2, "b", "p"));
        assert_eq!(never, (Outcome::Refuse, slow, None));
    }

    #[test]
    fn a_layer_at_the_sender_counts_what_leaves_each_pds() {
        let mut replay = replay(
            "[limits.out]\nkey = \"pds\"\nat = \"sender\"\n\
             algorithm = { fixed-window = { limit = 1, window = \"10s\" } }\n\
             [limits.in]\nkey = \"pds\"\n\
             algorithm = { leaky-queue = { rate = \"1/s\", capacity = 1 } }",
        )
        .unwrap();
        assert_eq!(
            stepped(&mut replay, arrival(0, 1, "a", "p")).0,
            Outcome::Admit
        );
        let full = stepped(&mut replay, arrival(500, 1, "b", "p"));
        assert_eq!(full, (Outcome::Refuse, Some("out".to_owned()), Some(9_500)));
        let waits = stepped(&mut replay, arrival(500, 1, "c", "q"));
        assert_eq!(waits, (Outcome::Delay, Some("in".to_owned()), Some(500)));
    }

    #[test]
    fn what_a_bare_vector_cannot_show_is_an_error() {
        let log = "algorithm = { sliding-log = { limit = 1, window = \"1s\" } }";
        for (layer, key) in [
            (format!("key = \"pair\"\n{log}"), "limits.it.key"),
            (format!("key = \"recipient\"\n{log}"), "limits.it.key"),
            (
                format!("key = \"pds\"\napplies-to = \"requests\"\n{log}"),
                "limits.it.applies-to",
            ),
            (
                "key = \"pds\"\nalgorithm = { concurrency = { limit = 1 } }".to_owned(),
                "limits.it.algorithm",
            ),
        ] {
            let faults = replay(&format!("[limits.it]\n{layer}")).unwrap_err();
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert_eq!(faults[0].key, key);
        }
    }

    #[test]
    fn rows_out_of_order_are_errors() {
        let mut replay = replay(
            "[limits.it]\nkey = \"pds\"\nalgorithm = { sliding-log = { limit = 1, window = \"1s\" } }",
        )
        .unwrap();
        replay.step(&arrival(5, 1, "a", "p")).unwrap();
        let fault = replay.step(&arrival(4, 1, "a", "p")).unwrap_err();
        assert!(fault.to_string().contains("4 is before 5"), "{fault}");
        assert!(replay.step(&arrival(u64::MAX, 1, "a", "p")).is_err());
    }
}
