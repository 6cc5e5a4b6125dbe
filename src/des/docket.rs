//! The loop of a docket worker: a task queue that looks for work only when it is not full.
//!
//! At each look the loop reaps the slots that have become free. With none free it sleeps for the
//! whole check interval, and nothing wakes it. Else it takes deliveries that a sweep found idle,
//! then up to as many messages as slots are free; where nothing waits, it blocks in a read that
//! the first arrival ends with that one message. Then it looks again. A slot that becomes free
//! during a sleep or a blocked read is noticed at the next look only.
//!
//! The loop is therefore bistable. While fewer than `concurrency` messages are in hand it passes any
//! rate; once a burst fills every slot it passes `concurrency` per check interval, for as long as
//! that many arrive.
//!
//! Source: the worker loop of docket 0.27 on Redis streams, measured under load.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Share, Span, Time, UnitError, cast};

/// Parameters of a docket inbox.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DocketSpec {
    /// Most messages in hand at once.
    pub concurrency: u32,
    /// How long the worker sleeps when it finds every slot taken.
    pub check_interval: Span,
    /// How long a delivery must be idle before it is given out again.
    pub redelivery: Span,
    /// From the reading of a message to the start of its checks; its slot is taken meanwhile.
    pub start_overhead: Span,
    /// How long a slot stays taken beyond the service.
    pub slot_overhead: Span,
    /// How much longer than the check interval a sleep lasts.
    pub sleep_overhead: Span,
    /// Chance that the worker of a message dies during its service; it is redelivered.
    #[serde(skip_serializing_if = "is_zero")]
    pub crash: Share,
    /// Chance that it dies after the service, before it acknowledges: the message runs twice.
    #[serde(skip_serializing_if = "is_zero")]
    pub crash_before_ack: Share,
}

/// For serde: whether a chance is left out of what is written.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes by reference"
)]
pub(super) fn is_zero(share: &Share) -> bool {
    *share == Share::ZERO
}

impl Default for DocketSpec {
    fn default() -> Self {
        Self {
            concurrency: 10,
            check_interval: Span::from_ms(250),
            redelivery: Span::from_s(300),
            start_overhead: Span::from_ms(3),
            slot_overhead: Span::from_ns(2_500_000),
            sleep_overhead: Span::from_ms(2),
            crash: Share::ZERO,
            crash_before_ack: Share::ZERO,
        }
    }
}

impl DocketSpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        let error = |fault: &str, remedy: &str| UnitError {
            fault: fault.to_owned(),
            remedy: remedy.to_owned(),
        };
        let mut faults = Vec::new();
        if self.concurrency == 0 {
            let fault = error(
                "an inbox that holds no message in hand never judges one",
                "write 1 or more",
            );
            faults.push(("concurrency", fault));
        }
        if self.check_interval.is_zero() {
            let fault = error(
                "a worker that sleeps 0s never sleeps",
                "write a span above 0s",
            );
            faults.push(("check-interval", fault));
        }
        if self.redelivery.ns() < SWEEPS {
            let fault = error(
                "there is no time before a redelivery",
                "write a span above 0s",
            );
            faults.push(("redelivery", fault));
        }
        faults.extend(crash_fault("crash", self.crash));
        faults.extend(crash_fault("crash-before-ack", self.crash_before_ack));
        faults
    }

    /// Messages per second that pass while every wake finds all slots taken or work for them, for
    /// checks of the constant time `service`.
    pub fn blind_throughput(&self, service: Span) -> f64 {
        let cycle = (self.check_interval + self.sleep_overhead).ns();
        let held = (self.start_overhead + service + self.slot_overhead).ns();
        let cycles = held.div_ceil(cycle).max(1);
        f64::from(self.concurrency) / cast::ns_to_seconds(cycle * cycles)
    }
}

/// A worker that nearly always dies never gets through its queue.
pub(super) fn crash_fault(key: &'static str, chance: Share) -> Option<(&'static str, UnitError)> {
    let error = || UnitError {
        fault: format!("with a chance of {chance} workers hardly ever finish"),
        remedy: "write at most \"90%\"".to_owned(),
    };
    (chance.value() > 0.9).then(|| (key, error()))
}

/// Leases are renewed, and idle deliveries looked for, so many times per redelivery time-out.
const SWEEPS: u64 = 4;

/// A docket worker in operation.
#[derive(Debug, Clone)]
pub struct Docket<T> {
    spec: DocketSpec,
    phase: Phase,
    is_paused: bool,
    /// When the loop looks next without being asked; older wishes are void.
    alarm: Option<Time>,
    waiting: VecDeque<T>,
    /// Read and not yet done.
    in_hand: u32,
    /// When the slots of what is done become free, in order.
    cooling: VecDeque<Time>,
    /// Deliveries whose worker died, with the instant from which a sweep gives them out again.
    idle: Vec<(Time, T)>,
    sweeps: Sweeps,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// In a blocked read that began at the instant told.
    Reads(Time),
    Sleeps,
}

/// The instants at which idle deliveries are looked for.
#[derive(Debug, Clone)]
struct Sweeps {
    upcoming: VecDeque<Time>,
    made: u64,
    last: Time,
}

impl<T: Copy> Docket<T> {
    /// A worker that begins to read at time 0.
    ///
    /// # Panics
    /// If the spec is not valid (see [`DocketSpec::faults`]).
    pub fn new(spec: DocketSpec) -> Self {
        assert!(
            spec.faults().is_empty(),
            "the spec was validated when it was read"
        );
        Self {
            spec,
            phase: Phase::Reads(Time::ZERO),
            is_paused: false,
            alarm: None,
            waiting: VecDeque::new(),
            in_hand: 0,
            cooling: VecDeque::new(),
            idle: Vec::new(),
            sweeps: Sweeps {
                upcoming: VecDeque::new(),
                made: 0,
                last: Time::ZERO,
            },
        }
    }

    /// A message comes in. What the worker reads now is added to `read`; the instant returned, if
    /// any, is that of the next [`wake`](Self::wake).
    pub fn enter(&mut self, now: Time, message: T, read: &mut Vec<T>) -> Option<Time> {
        match self.phase {
            Phase::Reads(_) if !self.is_paused => {
                self.in_hand += 1;
                read.push(message);
                self.look(now, read)
            }
            Phase::Reads(_) | Phase::Sleeps => {
                self.waiting.push_back(message);
                None
            }
        }
    }

    /// A wake that was asked for; one that is out of date changes nothing.
    pub fn wake(&mut self, now: Time, read: &mut Vec<T>) -> Option<Time> {
        if self.alarm == Some(now) && !self.is_paused {
            self.look(now, read)
        } else {
            None
        }
    }

    /// From now on nothing is read; what is in hand goes on.
    pub fn pause(&mut self) {
        self.is_paused = true;
    }

    /// The loop begins anew with a look; older wishes for a wake are void.
    pub fn resume(&mut self, now: Time, read: &mut Vec<T>) -> Option<Time> {
        self.is_paused = false;
        self.look(now, read)
    }

    /// The service of a message that was read ends: its slot is free a little later.
    ///
    /// # Panics
    /// If none is in hand.
    pub fn finish(&mut self, now: Time) {
        self.let_go();
        self.cooling.push_back(now + self.spec.slot_overhead);
    }

    /// The worker of `message`, which it has read at `read`, died: it is given out again after the
    /// redelivery time-out. `draw` gives a uniform draw for each sweep.
    ///
    /// A worker renews its lease four times per time-out; the last renewal counts.
    ///
    /// # Panics
    /// If none is in hand.
    pub fn lose(
        &mut self,
        now: Time,
        message: T,
        read: Time,
        draw: impl Fn(u64) -> f64,
    ) -> Option<Time> {
        self.let_go();
        let lease = self.spec.redelivery.ns() / SWEEPS;
        let held = now.since(read).ns();
        let renewed = read + Span::from_ns(held - held % lease);
        let due = self
            .sweeps
            .first_from(now, renewed + self.spec.redelivery, lease, draw);
        self.idle.push((due, message));
        self.set_alarm()
    }

    /// Messages that wait to be read.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Slots that are taken at `now`.
    pub fn busy(&self, now: Time) -> u32 {
        let cooling = self.cooling.iter().filter(|free| **free > now).count();
        self.in_hand + cast::id_u32(cooling)
    }

    fn let_go(&mut self) {
        assert!(self.in_hand > 0, "a service ended that nobody had in hand");
        self.in_hand -= 1;
    }

    fn look(&mut self, now: Time, read: &mut Vec<T>) -> Option<Time> {
        loop {
            while self.cooling.front().is_some_and(|free| *free <= now) {
                self.cooling.pop_front();
            }
            let taken = self.in_hand + cast::id_u32(self.cooling.len());
            let free = self.spec.concurrency.saturating_sub(taken);
            if free == 0 {
                self.phase = Phase::Sleeps;
                self.alarm = Some(now + self.spec.check_interval + self.spec.sleep_overhead);
                return self.alarm;
            }
            if self.read_some(now, free, read) == 0 {
                self.phase = Phase::Reads(now);
                self.alarm = None;
                return self.set_alarm();
            }
        }
    }

    /// Takes idle deliveries and what waits, `free` at most; how many it took.
    fn read_some(&mut self, now: Time, free: u32, read: &mut Vec<T>) -> u32 {
        let before = read.len();
        let room = |read: &Vec<T>| free as usize - (read.len() - before);
        while room(read) > 0
            && let Some(place) = self.idle.iter().position(|(due, _)| *due <= now)
        {
            read.push(self.idle.remove(place).1);
        }
        let count = room(read).min(self.waiting.len());
        read.extend(self.waiting.drain(..count));
        let taken = cast::id_u32(read.len() - before);
        self.in_hand += taken;
        taken
    }

    /// A blocked read ends without a message once per check interval; an idle delivery is noticed
    /// then. The next such instant, if it was not asked for yet.
    fn set_alarm(&mut self) -> Option<Time> {
        let Phase::Reads(since) = self.phase else {
            return None;
        };
        let due = self.idle.iter().map(|(due, _)| *due).min()?;
        let interval = self.spec.check_interval.ns();
        let reads = due.saturating_since(since).ns().div_ceil(interval).max(1);
        let at = since + Span::from_ns(reads * interval);
        if self.alarm.is_some_and(|alarm| alarm <= at) {
            return None;
        }
        self.alarm = Some(at);
        self.alarm
    }
}

impl Sweeps {
    /// The first sweep at or after `idle`; sweeps are a lease x U(0.75, 1.25) apart.
    fn first_from(&mut self, now: Time, idle: Time, lease: u64, draw: impl Fn(u64) -> f64) -> Time {
        while self.upcoming.front().is_some_and(|sweep| *sweep < now) {
            self.upcoming.pop_front();
        }
        while self.last < idle {
            let gap = cast::count_to_f64(lease) * (0.75 + 0.5 * draw(self.made));
            self.last = self.last + Span::from_ns(cast::f64_to_ns(gap).max(1));
            self.made += 1;
            if self.last >= now {
                self.upcoming.push_back(self.last);
            }
        }
        let found = self.upcoming.iter().find(|sweep| **sweep >= idle);
        *found.expect("sweeps were made past the instant")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: DocketSpec = DocketSpec {
        concurrency: 2,
        check_interval: Span::from_ms(100),
        redelivery: Span::from_s(4),
        start_overhead: Span::ZERO,
        slot_overhead: Span::ZERO,
        sleep_overhead: Span::ZERO,
        crash: Share::ZERO,
        crash_before_ack: Share::ZERO,
    };

    fn ms(ms: u64) -> Time {
        Time::ZERO + Span::from_ms(ms)
    }

    /// What an arrival makes the worker read, and when it looks next.
    fn enter(docket: &mut Docket<u32>, at: u64, message: u32) -> (Vec<u32>, Option<Time>) {
        let mut read = Vec::new();
        let alarm = docket.enter(ms(at), message, &mut read);
        (read, alarm)
    }

    fn wake(docket: &mut Docket<u32>, at: u64) -> (Vec<u32>, Option<Time>) {
        let mut read = Vec::new();
        let alarm = docket.wake(ms(at), &mut read);
        (read, alarm)
    }

    #[test]
    fn a_worker_that_is_not_full_reads_at_once() {
        let mut docket = Docket::new(BARE);
        assert_eq!(enter(&mut docket, 5, 1), (vec![1], None));
        docket.finish(ms(7));
        assert_eq!(enter(&mut docket, 8, 2), (vec![2], None));
    }

    #[test]
    fn a_full_worker_sleeps_the_whole_interval_whatever_ends_meanwhile() {
        let mut docket = Docket::new(BARE);
        enter(&mut docket, 0, 1);
        assert_eq!(enter(&mut docket, 10, 2), (vec![2], Some(ms(110))));
        docket.finish(ms(12));
        docket.finish(ms(13));
        assert_eq!(enter(&mut docket, 20, 3), (vec![], None));
        assert_eq!(docket.waiting(), 1);
        // At the wake one message waits for two free slots: the loop goes back to reading.
        assert_eq!(wake(&mut docket, 110), (vec![3], None));
        assert_eq!(enter(&mut docket, 120, 4), (vec![4], Some(ms(220))));
    }

    #[test]
    fn a_wake_that_finds_enough_work_for_all_slots_sleeps_again_at_once() {
        let mut docket = Docket::new(BARE);
        enter(&mut docket, 0, 1);
        enter(&mut docket, 0, 2);
        for message in 3..6 {
            enter(&mut docket, 50, message);
        }
        docket.finish(ms(60));
        docket.finish(ms(100));
        assert_eq!(wake(&mut docket, 100), (vec![3, 4], Some(ms(200))));
        assert_eq!(docket.waiting(), 1);
    }

    #[test]
    fn a_slot_stays_taken_beyond_the_service() {
        let mut docket = Docket::new(DocketSpec {
            concurrency: 1,
            slot_overhead: Span::from_ms(3),
            sleep_overhead: Span::from_ms(2),
            ..BARE
        });
        assert_eq!(enter(&mut docket, 0, 1), (vec![1], Some(ms(102))));
        docket.finish(ms(100));
        assert_eq!(docket.busy(ms(102)), 1);
        // Free at 103, after the wake at 102.
        assert_eq!(wake(&mut docket, 102), (vec![], Some(ms(204))));
        assert_eq!(wake(&mut docket, 204), (vec![], None));
    }

    #[test]
    fn a_lost_delivery_comes_back_with_the_first_look_after_the_sweep_that_finds_it_idle() {
        // Time-out 4 s: leases and mean gap of sweeps 1 s. With draws of one half, sweeps come at
        // 1, 2, 3 s and so on. Read at 0.5 s, lost at 2.7 s: last lease 2.5 s, idle from 6.5 s,
        // found by the sweep at 7 s. The read blocks since 0.5 s and looks every 100 ms: at 7.0 s.
        let mut docket = Docket::new(BARE);
        enter(&mut docket, 500, 1);
        assert_eq!(docket.lose(ms(2_700), 1, ms(500), |_| 0.5), Some(ms(7_000)));
        assert_eq!(wake(&mut docket, 7_000), (vec![1], None));
    }

    #[test]
    fn redelivery_takes_between_three_quarters_and_thirteen_tenths_of_the_time_out() {
        // U(0.75, 1.25) at its ends, and every age of the lease.
        for (unit, held) in [(0.0, 0), (0.0, 999), (1.0, 0), (1.0, 999), (0.5, 1_500)] {
            let mut docket = Docket::new(BARE);
            enter(&mut docket, 10_000, 1);
            let lost = 10_000 + held;
            let back = docket.lose(ms(lost), 1, ms(10_000), |_| unit).unwrap();
            let delay = back.since(ms(lost)).as_seconds();
            assert!(
                (3.0..=4.0 * 1.3125 + 0.1).contains(&delay),
                "{unit} {held}: {delay}"
            );
        }
    }

    #[test]
    fn an_arrival_before_the_alarm_makes_it_void() {
        let mut docket = Docket::new(BARE);
        enter(&mut docket, 0, 1);
        let back = docket.lose(ms(0), 1, ms(0), |_| 0.5).unwrap();
        assert_eq!(back, ms(4_000));
        // This look is the start of a new blocked read, whose own looks are 100 ms apart.
        assert_eq!(enter(&mut docket, 3_950, 2), (vec![2], Some(ms(4_050))));
        assert_eq!(wake(&mut docket, 4_000), (vec![], None));
        assert_eq!(wake(&mut docket, 4_050), (vec![1], Some(ms(4_150))));
    }

    #[test]
    fn a_paused_worker_reads_nothing_until_it_goes_on() {
        let mut docket = Docket::new(BARE);
        assert_eq!(enter(&mut docket, 0, 1), (vec![1], None));
        docket.pause();
        assert_eq!(enter(&mut docket, 10, 2), (vec![], None));
        assert_eq!(enter(&mut docket, 20, 3), (vec![], None));
        let mut read = Vec::new();
        // One slot is free; with both taken the worker sleeps for its interval.
        assert_eq!(docket.resume(ms(30), &mut read), Some(ms(130)));
        assert_eq!(read, [2]);
        docket.pause();
        assert_eq!(wake(&mut docket, 130), (vec![], None));
        docket.finish(ms(140));
        docket.finish(ms(140));
        let mut read = Vec::new();
        assert_eq!(docket.resume(ms(150), &mut read), None);
        assert_eq!(read, [3]);
    }

    #[test]
    fn impossible_parameters_are_named() {
        let spec = DocketSpec {
            concurrency: 0,
            check_interval: Span::ZERO,
            redelivery: Span::ZERO,
            crash: Share::ONE,
            ..BARE
        };
        let keys: Vec<_> = spec.faults().into_iter().map(|(key, _)| key).collect();
        assert_eq!(
            keys,
            ["concurrency", "check-interval", "redelivery", "crash"]
        );
    }

    #[test]
    fn the_default_passes_39_7_per_second_when_blind() {
        // 10 per 252 ms.
        let throughput = DocketSpec::default().blind_throughput(Span::from_ms(2));
        assert!((throughput - 39.682_540).abs() < 1e-6);
    }
}
