//! How soon a message that failed reaches another PDS again.
//!
//! A sender's PDS notices after the time-out that an attempt was lost, and an answer of a full inbox
//! after a delay; then it waits, and the next attempt takes a delay of its own. With `d` the shortest
//! delay, nothing that fails in a window which begins at `t` arrives anywhere before
//!
//! ```text
//! t + time-out + d    if no inbox can be full in the window,
//! t + d               else,
//! ```
//!
//! and nothing that has failed already before the instant at which it comes back, or is sent again, + d.

use super::plan::Plan;
use super::shard::Shard;
use crate::protocol::Partial;
use crate::scenario::InboxSpec;
use crate::units::{Span, Time};

/// What is known of messages that are sent again.
#[derive(Debug)]
pub(super) struct Returns {
    shortest_delay: Span,
    timeout: Span,
    /// The most messages of an inbox.
    capacity: Option<u64>,
}

impl Returns {
    /// Those of a plan; none where nobody tries again.
    pub(super) fn new(plan: &Plan) -> Option<Self> {
        let capacity = match &plan.inbox.spec {
            InboxSpec::Station(spec) => spec.capacity,
            InboxSpec::Docket(_) | InboxSpec::Sync(_) => Some(0),
        };
        any(plan).then(|| Self {
            shortest_delay: plan.delay.lower_bound(),
            timeout: plan.timeout,
            capacity,
        })
    }

    /// The first instant at which a part could be surprised by a message that is sent again, in a
    /// window that begins at `start`.
    pub(super) fn surprise<O: Partial>(
        &self,
        start: Time,
        shards: &mut [&mut Shard<'_, O>],
    ) -> Time {
        let can_fill = |shard: &&mut Shard<'_, O>| {
            self.capacity
                .is_some_and(|capacity| shard.messages() > capacity)
        };
        let new = if shards.iter().any(can_fill) {
            start
        } else {
            start + self.timeout
        };
        let known = shards.iter_mut();
        let known = known.filter_map(|shard| shard.apart().next_return(start));
        known.fold(new, Time::min) + self.shortest_delay
    }
}

/// Whether anybody tries again.
pub(super) fn any(plan: &Plan) -> bool {
    plan.groups.iter().any(|group| group.retry.reacts())
}

/// Whether attempts that follow attempts can be foreseen.
pub(super) fn are_foreseen(plan: &Plan) -> bool {
    let queues = matches!(plan.inbox.spec, InboxSpec::Station(_));
    queues && !plan.has_doors && !plan.has_budgets && !plan.delay.lower_bound().is_zero()
}
