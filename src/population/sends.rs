//! When the members of a group send: one merged stream instead of a timer per sender.
//!
//! The superposition of the members' Poisson processes is one Poisson process of the summed rate
//! whose points fall to members uniformly. Sessions are merged in the same way: their starts form
//! one Poisson process, and only running sessions are stored. The stream draws only who sends
//! when; what else a message needs hangs on its identity.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::arrivals::{ArrivalsSpec, Profile};
use super::gaps::{GapLaws, Gaps};
use super::profile::DiurnalClock;
use crate::rng::{Law, Stream, uniform};
use crate::units::{Rate, Span, Time, cast};

/// One send that a group wants: who and when.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    /// When.
    pub time: Time,
    /// Which send of the stream, from 0.
    pub ordinal: u64,
    /// Which member of the stream, from 0.
    pub member: u32,
}

/// The sends of a group's members on one batch of PDSes, in order of time.
#[derive(Debug, Clone)]
pub struct SendStream {
    draws: Stream,
    members: u32,
    stop: Time,
    ordinal: u64,
    /// Messages that are sent together at the instant told, before the process.
    opening: (Time, u32),
    volley: Volley,
    process: Process,
}

/// Points that stand for several messages each.
#[derive(Debug, Clone, Copy)]
struct Volley {
    messages: u32,
    /// The point at hand, and how many of its messages are left.
    at: (Time, u32),
    left: u32,
}

/// One message per point.
const SINGLE: Volley = Volley {
    messages: 1,
    at: (Time::ZERO, 0),
    left: 0,
};

#[derive(Debug, Clone)]
enum Process {
    Poisson(PoissonClock),
    Regular {
        every: Span,
        next: Time,
        member: u32,
    },
    Gaps(Gaps),
    Sessions {
        starts: PoissonClock,
        next_start: Time,
        messages: f64,
        gap: Arc<Law>,
        running: Running,
    },
}

/// Running sessions: next message, number of the session (breaks ties), member, messages left.
type Running = BinaryHeap<Reverse<(Time, u64, u32, u64)>>;

/// Laws that the streams of one scenario share.
#[derive(Debug, Clone)]
pub struct ArrivalLaws {
    /// The unit exponential law: mean 2^40.
    pub unit_exponential: Arc<Law>,
    /// The law of the gap within a session, where there are sessions.
    pub session_gap: Option<Arc<Law>>,
    /// The laws of the gaps of a sender, where these are what is given.
    pub gaps: Option<GapLaws>,
}

/// The mean of the unit exponential law, as a power of two.
pub const UNIT_BITS: u32 = 40;

impl SendStream {
    /// The stream of `members` senders from `start` to `stop`, drawing from `draws`.
    ///
    /// `epoch_s` aligns the diurnal profile: UNIX seconds of virtual time 0.
    ///
    /// # Panics
    /// If the arrivals are sessions and `laws` lacks their gap.
    pub fn new(
        spec: &ArrivalsSpec,
        laws: &ArrivalLaws,
        members: u32,
        draws: Stream,
        span: ActiveSpan,
    ) -> Self {
        let mut stream = Self {
            draws,
            members,
            stop: span.stop,
            ordinal: 0,
            opening: (span.start, 0),
            volley: SINGLE,
            process: Process::Regular {
                every: Span::ZERO,
                next: Time::NEVER,
                member: 0,
            },
        };
        stream.process = match spec {
            ArrivalsSpec::Poisson { rate, .. } => Process::Poisson(PoissonClock::new(
                *rate,
                members,
                1.0,
                spec.profile(),
                laws,
                span,
            )),
            ArrivalsSpec::Regular { every, offset } => Process::Regular {
                every: *every,
                next: span.start + *offset,
                member: 0,
            },
            ArrivalsSpec::Gaps { .. } => {
                let laws = laws.gaps.as_ref().expect("gaps have their laws");
                let gaps = Gaps::new(laws, members, span.start, &mut stream.draws);
                Process::Gaps(gaps)
            }
            ArrivalsSpec::Sessions { rate, messages, .. } => {
                let mut starts =
                    PoissonClock::new(*rate, members, *messages, spec.profile(), laws, span);
                let next_start = starts.next(stream.draws.next_u64());
                let gap = laws.session_gap.clone().expect("sessions have a gap");
                Process::Sessions {
                    starts,
                    next_start,
                    messages: *messages,
                    gap,
                    running: Running::new(),
                }
            }
        };
        stream
    }

    /// The same stream with `burst` messages at its start, the members taking turns.
    #[must_use]
    pub fn with_opening(mut self, burst: u32) -> Self {
        self.opening.1 = burst;
        self
    }

    /// The same stream with `messages` messages at every point of its process.
    #[must_use]
    pub fn in_volleys(mut self, messages: u32) -> Self {
        self.volley.messages = messages;
        self
    }

    /// The next send; none once the group stops.
    pub fn next_demand(&mut self) -> Option<Demand> {
        if self.members == 0 {
            return None;
        }
        let (time, member) = if self.ordinal < u64::from(self.opening.1) {
            let member = self.ordinal % u64::from(self.members);
            (self.opening.0, cast::low_u32(member))
        } else {
            self.next_of_volley()
        };
        (time < self.stop).then(|| {
            let ordinal = self.ordinal;
            self.ordinal += 1;
            Demand {
                time,
                ordinal,
                member,
            }
        })
    }

    fn next_of_volley(&mut self) -> (Time, u32) {
        if self.volley.messages == 1 {
            return self.next_point();
        }
        if self.volley.left == 0 {
            self.volley.at = self.next_point();
            self.volley.left = self.volley.messages;
        }
        self.volley.left -= 1;
        self.volley.at
    }

    fn next_point(&mut self) -> (Time, u32) {
        let members = u64::from(self.members);
        let draws = &mut self.draws;
        match &mut self.process {
            Process::Poisson(clock) => {
                let time = clock.next(draws.next_u64());
                (
                    time,
                    cast::low_u32(uniform::index(draws.next_u64(), members)),
                )
            }
            Process::Regular {
                every,
                next,
                member,
            } => {
                let point = (*next, *member);
                *member += 1;
                if *member == self.members {
                    *member = 0;
                    *next = *next + *every;
                }
                point
            }
            Process::Gaps(gaps) => gaps.next_point(draws),
            Process::Sessions {
                starts,
                next_start,
                messages,
                gap,
                running,
            } => {
                let next_message = running
                    .peek()
                    .map_or(Time::NEVER, |Reverse(session)| session.0);
                if *next_start <= next_message {
                    let time = *next_start;
                    let member = cast::low_u32(uniform::index(draws.next_u64(), members));
                    let left = geometric(draws.next_u64(), *messages) - 1;
                    *next_start = starts.next(draws.next_u64());
                    continue_session(running, (time, self.ordinal, member, left), gap, draws);
                    return (time, member);
                }
                let Reverse((time, number, member, left)) = running.pop().expect("peeked above");
                continue_session(running, (time, number, member, left - 1), gap, draws);
                (time, member)
            }
        }
    }
}

/// Schedules the next message of a session that has messages left.
fn continue_session(
    running: &mut Running,
    (time, number, member, left): (Time, u64, u32, u64),
    gap: &Law,
    draws: &mut Stream,
) {
    if left > 0 {
        running.push(Reverse((
            time + gap.draw(draws.next_u64()),
            number,
            member,
            left,
        )));
    }
}

/// A geometric number of messages, 1 or more, with the given mean: by inversion.
fn geometric(draw: u64, mean: f64) -> u64 {
    if mean <= 1.0 {
        return 1;
    }
    1 + cast::f64_floor(libm::log(uniform::unit(draw)) / libm::log1p(-1.0 / mean))
}

/// When a stream is active, and how its clock is aligned.
#[derive(Debug, Clone, Copy)]
pub struct ActiveSpan {
    /// The first instant.
    pub start: Time,
    /// The first instant after.
    pub stop: Time,
    /// UNIX seconds of virtual time 0.
    pub epoch_s: u64,
    /// The clock on the wall at virtual time 0, in seconds whose days begin at midnight.
    pub wall_s: u64,
}

/// The points of a merged Poisson process. Gaps add up in full precision: nothing is rounded
/// until a point is turned into nanoseconds.
#[derive(Debug, Clone)]
struct PoissonClock {
    unit: Arc<Law>,
    /// Mean gap in units of 2^-12 ns.
    mean_gap: u128,
    /// Operational time of the last point in units of 2^-(40 + 12) ns.
    reached: u128,
    diurnal: Option<DiurnalClock>,
}

const GAP_BITS: u32 = 12;

impl PoissonClock {
    /// `messages` divides the rate: sessions start that much less often than messages come.
    fn new(
        rate: Rate,
        members: u32,
        messages: f64,
        profile: Profile,
        laws: &ArrivalLaws,
        span: ActiveSpan,
    ) -> Self {
        let diurnal = (profile == Profile::Diurnal).then(|| DiurnalClock::new(span.wall_s));
        let start = diurnal
            .as_ref()
            .map_or(span.start.ns(), |clock| clock.operational(span.start));
        // Sessions of 2.5 messages on average start 2.5 times less often: in 2^-20 of a message.
        let messages_fixed = cast::f64_floor(messages * 1_048_576.0);
        let numerator = u128::from(rate.per_ns()) * u128::from(messages_fixed);
        let denominator = u128::from(rate.events()) * u128::from(members.max(1));
        let mean_gap = (numerator / denominator) >> (20 - GAP_BITS);
        Self {
            unit: Arc::clone(&laws.unit_exponential),
            mean_gap: mean_gap.max(1),
            reached: u128::from(start) << (UNIT_BITS + GAP_BITS),
            diurnal,
        }
    }

    fn next(&mut self, draw: u64) -> Time {
        self.reached = self
            .reached
            .saturating_add(u128::from(self.unit.draw(draw).ns()) * self.mean_gap);
        let operational =
            u64::try_from(self.reached >> (UNIT_BITS + GAP_BITS)).unwrap_or(u64::MAX / 2);
        match &self.diurnal {
            Some(clock) => clock.time(operational),
            None => Time::from_ns(operational),
        }
    }
}
