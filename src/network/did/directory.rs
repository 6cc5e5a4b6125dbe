//! Who answers for a DID: the public directory of did:plc, or the host that a did:web names.
//!
//! A fetch that begins at `t` ends at `t + delay` with the document as it is then, or at
//! `t + timeout` with nothing: the directory is down, or slower than the time-out. A request
//! beyond the rate that the directory allows one PDS is refused after the delay. The rate is
//! a GCRA of `burst` and `rate` in exact integers: with tat in units of 1/events ns, a request at
//! `t` passes iff `tat - t events <= (burst - 1) per_ns`, then `tat = max(tat, t events) + per_ns`.

use super::spec::{OutageSpec, PlcSpec, WebAnswer};
use crate::rng::Law;
use crate::units::{Rate, Span, Time};

/// The directory of did:plc.
#[derive(Debug, Clone)]
pub struct Plc {
    delay: Law,
    timeout: Span,
    outages: Vec<OutageSpec>,
    rate: Option<Rate>,
    burst: u32,
}

/// The host of a did:web.
#[derive(Debug, Clone)]
pub struct WebHost {
    /// From question to answer.
    pub delay: Law,
    /// What it answers.
    pub answer: WebAnswer,
}

/// Who is asked.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The public directory.
    Plc,
    /// The host of a did:web.
    Web(&'a WebHost),
}

/// What a question comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The document as it was at the instant told.
    Document(Time),
    /// There is no such DID.
    Gone,
    /// Nobody answered.
    Unreachable,
}

/// A fetch: when it begins and ends, and what it brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetch {
    /// When the question is asked.
    pub start: Time,
    /// When the answer is there, or the asker gives up.
    pub done: Time,
    /// The answer.
    pub answer: Answer,
}

/// How much of its rate one PDS has used: the theoretical arrival time of the GCRA.
pub type Meter = u128;

impl Plc {
    pub(super) fn new(spec: &PlcSpec) -> Self {
        Self {
            delay: Law::new(&spec.delay),
            timeout: spec.timeout,
            outages: spec.outages.clone(),
            rate: spec.rate,
            burst: spec.burst,
        }
    }

    /// The fetch of a document that begins at `start`.
    pub(super) fn fetch(&self, start: Time, draw: u64, meter: &mut Meter) -> Fetch {
        let delay = self.delay.draw(draw);
        let is_refused = !self.lets_pass(start, meter);
        if self.is_down(start) || delay > self.timeout {
            return ended(start, self.timeout, Answer::Unreachable);
        }
        let answer = if is_refused {
            Answer::Unreachable
        } else {
            Answer::Document(start + delay)
        };
        ended(start, delay, answer)
    }

    /// The fetch of a did:web's document; the asker's patience is the same.
    pub(super) fn fetch_from(&self, host: &WebHost, start: Time, draw: u64) -> Fetch {
        let delay = host.delay.draw(draw);
        if delay > self.timeout {
            return ended(start, self.timeout, Answer::Unreachable);
        }
        let answer = match host.answer {
            WebAnswer::Document => Answer::Document(start + delay),
            WebAnswer::Nothing => Answer::Gone,
        };
        ended(start, delay, answer)
    }

    fn is_down(&self, now: Time) -> bool {
        let at = Time::ZERO;
        self.outages
            .iter()
            .any(|outage| at + outage.start <= now && now < at + outage.stop)
    }

    fn lets_pass(&self, now: Time, meter: &mut Meter) -> bool {
        let Some(rate) = self.rate else { return true };
        let now = u128::from(now.ns()) * u128::from(rate.events());
        let room = u128::from(self.burst - 1) * u128::from(rate.per_ns());
        let passes = meter.saturating_sub(now) <= room;
        if passes {
            *meter = (*meter).max(now) + u128::from(rate.per_ns());
        }
        passes
    }
}

fn ended(start: Time, after: Span, answer: Answer) -> Fetch {
    Fetch {
        start,
        done: start + after,
        answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Distribution;

    fn plc(change: impl FnOnce(&mut PlcSpec)) -> Plc {
        let mut spec = PlcSpec {
            delay: Distribution::Constant(Span::from_ms(60)),
            ..PlcSpec::default()
        };
        change(&mut spec);
        Plc::new(&spec)
    }

    fn at(ms: u64) -> Time {
        Time::ZERO + Span::from_ms(ms)
    }

    #[test]
    fn an_outage_costs_the_time_out_and_ends_at_its_stop() {
        let (start, stop) = (Span::from_s(10), Span::from_s(20));
        let plc = plc(|spec| spec.outages = vec![OutageSpec { start, stop }]);
        let answer = |ms| {
            let fetch = plc.fetch(at(ms), 0, &mut 0);
            (fetch.done, fetch.answer)
        };
        assert_eq!(answer(9_999), (at(10_059), Answer::Document(at(10_059))));
        assert_eq!(answer(10_000), (at(13_000), Answer::Unreachable));
        assert_eq!(answer(19_999), (at(22_999), Answer::Unreachable));
        assert_eq!(answer(20_000), (at(20_060), Answer::Document(at(20_060))));
    }

    #[test]
    fn a_burst_passes_and_then_one_request_per_gap() {
        // 2 at once, then one per 100 ms: of requests every 50 ms from 0 s the 1st, 2nd, 3rd and
        // every other one after that pass.
        let plc = plc(|spec| {
            spec.rate = Some("10/s".parse().unwrap());
            spec.burst = 2;
        });
        let mut meter = 0;
        let passed: Vec<u64> = (0..8)
            .map(|i| 50 * i)
            .filter(|ms| plc.fetch(at(*ms), 0, &mut meter).answer != Answer::Unreachable)
            .collect();
        assert_eq!(passed, [0, 50, 100, 200, 300]);
    }

    #[test]
    fn a_host_that_is_slower_than_the_time_out_is_given_up() {
        let slow = WebHost {
            delay: Law::constant(Span::from_s(10)),
            answer: WebAnswer::Document,
        };
        let fetch = plc(|_| {}).fetch_from(&slow, at(0), 0);
        assert_eq!((fetch.done, fetch.answer), (at(3_000), Answer::Unreachable));
    }
}
