//! What every algorithm's specification offers, and the choices that stand beside it in a layer.

use serde::{Deserialize, Serialize};

use crate::units::Span;

use super::fault::Faults;
use super::registry::Keeper;

/// Whom a layer counts: everything with the same key shares one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// One state per sending account.
    Sender,
    /// One state per PDS of the senders.
    SenderPds,
    /// One state per receiving account.
    Recipient,
    /// One state per (sender, recipient).
    Pair,
    /// One state for everything that passes the layer's PDS.
    Pds,
}

impl Key {
    /// Every key.
    pub const ALL: &[Self] = &[
        Self::Sender,
        Self::SenderPds,
        Self::Recipient,
        Self::Pair,
        Self::Pds,
    ];

    /// As written in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::SenderPds => "sender-pds",
            Self::Recipient => "recipient",
            Self::Pair => "pair",
            Self::Pds => "pds",
        }
    }
}

/// Whether what happened exactly one window ago still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// It still counts: the window is `[t - W, t]`.
    Closed,
    /// It no longer counts: the window is `(t - W, t]`.
    HalfOpen,
}

impl Edge {
    /// As written in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
        }
    }
}

/// Where windows (or the ticks of a bucket) begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// At the first event when no window is open.
    FirstEvent,
    /// At multiples of the window on the UNIX clock.
    Clock,
    /// At virtual time 0, and then at the first event when no window is open.
    Start,
}

impl Phase {
    /// As written in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstEvent => "first-event",
            Self::Clock => "clock",
            Self::Start => "start",
        }
    }
}

/// How the interval between two units is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// Not at all.
    Exact,
    /// Down to a whole nanosecond.
    NsFloor,
    /// Up to a whole microsecond, on a clock of whole microseconds.
    UsCeil,
}

impl Rounding {
    /// As written in a scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::NsFloor => "ns-floor",
            Self::UsCeil => "us-ceil",
        }
    }
}

/// The choices beside the algorithm, and what the run gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The layer's `edge`.
    pub edge: Option<Edge>,
    /// The layer's `phase`.
    pub phase: Option<Phase>,
    /// The layer's `rounding`.
    pub rounding: Option<Rounding>,
    /// Most keys to remember at once.
    pub max_keys: usize,
    /// UNIX seconds of virtual time 0.
    pub epoch_s: u64,
}

impl Setting {
    /// Nanoseconds since the last multiple of `window` on the UNIX clock, at virtual time 0.
    pub fn clock_offset_ns(&self, window: Span) -> u64 {
        let epoch_ns = u128::from(self.epoch_s) * 1_000_000_000;
        crate::units::cast::low_u64(epoch_ns % u128::from(window.ns()))
    }
}

/// What is said of an algorithm in `explain`, in the docs and in error messages.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its tag in a scenario.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The rule as a formula, in lines.
    pub formula: &'static str,
    /// What is kept per key beside the key itself; a word has 64 bits.
    pub memory: &'static str,
    /// Formula of the most that is admitted in any interval of length W.
    pub worst_case: &'static str,
    /// Where the rule comes from.
    pub source: &'static str,
    /// The keys it can have.
    pub keys: &'static [Key],
    /// The edge it has unless told otherwise; `None` where it has none.
    pub edge: Option<Edge>,
    /// The phases it can have, the default first.
    pub phases: &'static [Phase],
    /// The roundings it can have, the default first.
    pub roundings: &'static [Rounding],
    /// Which attempts it can count.
    pub counting: Counting,
}

impl About {
    /// The keys of a layer that change the rule, with the words that each takes, the default first.
    pub fn choices(&self) -> [(&'static str, Vec<&'static str>); 4] {
        let edges = match self.edge {
            None => vec![],
            Some(Edge::Closed) => vec!["closed", "half-open"],
            Some(Edge::HalfOpen) => vec!["half-open", "closed"],
        };
        let counts = match self.counting {
            Counting::AsTheLayerSays => vec!["admitted", "all"],
            Counting::OnlyAdmitted => vec!["admitted"],
            Counting::Always => vec!["all, for a refusal is part of the rule"],
        };
        [
            ("edge", edges),
            ("phase", self.phases.iter().map(|it| it.name()).collect()),
            (
                "rounding",
                self.roundings.iter().map(|it| it.name()).collect(),
            ),
            ("counts", counts),
        ]
    }
}

/// Which attempts an algorithm can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Admitted ones or all, as the layer says.
    AsTheLayerSays,
    /// Admitted ones only.
    OnlyAdmitted,
    /// All of them: a refusal is part of the rule.
    Always,
}

/// An algorithm's specification.
pub trait Algorithm {
    /// What is said of it.
    fn about(&self) -> &'static About;

    /// Adds what is wrong with the values, with keys relative to the algorithm's table.
    fn find_faults(&self, faults: &mut Faults);

    /// The most that one message may cost and still be admitted, with the name of the key that says
    /// so; `None` where there is no such bound.
    fn largest_cost(&self) -> Option<(&'static str, u64)>;

    /// The most units admitted in any interval `[s, s + span)` for one key, whatever arrives; `None`
    /// where the rule bounds something else than a rate.
    fn worst_case(&self, span: Span, setting: &Setting) -> Option<u64>;

    /// The interval for which the worst case is worth watching: the window, or the time a bucket
    /// takes to fill; `None` where there is no worst case.
    fn natural_window(&self) -> Option<Span>;

    /// The run-time limit, with an empty memory.
    fn build(&self, setting: &Setting) -> Keeper;
}

/// The most units in `[s, s + span)` where at most `limit` fall into each of the windows that follow
/// one another without overlap: the interval touches `ceil(span / window) + 1` of them.
pub(super) fn windows_worst_case(limit: u64, window: Span, span: Span) -> u64 {
    let touched = span.ns().div_ceil(window.ns().max(1)).saturating_add(1);
    limit.saturating_mul(touched)
}
