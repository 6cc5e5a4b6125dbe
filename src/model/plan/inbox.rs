//! What all inboxes of a run have in common.

use crate::des::{Discipline, Overflow};
use crate::scenario::{Crashes, InboxSpec};
use crate::units::Span;

/// How messages wait, and for how long beyond their service.
#[derive(Debug)]
pub(in crate::model) struct InboxPlan {
    pub(in crate::model) spec: InboxSpec,
    /// From the reading of a message to the start of its checks, in a docket inbox.
    pub(in crate::model) start_overhead: Span,
    /// How likely workers die.
    pub(in crate::model) crashes: Option<Crashes>,
    /// When those may come again whom a full inbox turns away, if it says so.
    pub(in crate::model) back_pressure: Option<Span>,
    pub(in crate::model) discipline: Discipline,
}

impl InboxPlan {
    pub(super) fn new(spec: &InboxSpec) -> Self {
        let plain = Self {
            spec: spec.clone(),
            start_overhead: Span::ZERO,
            crashes: spec.crashes(),
            back_pressure: None,
            discipline: Discipline::Fifo,
        };
        match spec {
            InboxSpec::Sync(_) => plain,
            InboxSpec::Station(station) => Self {
                back_pressure: (station.overflow == Overflow::BackPressure)
                    .then(|| station.retry_after()),
                discipline: station.discipline,
                ..plain
            },
            InboxSpec::Docket(docket) => Self {
                start_overhead: docket.start_overhead,
                ..plain
            },
        }
    }
}
