//! Whether a run can be divided among threads, and which part gets what.
//!
//! A part needs to know what reaches its PDSes before it happens. Sends that nobody can prevent or
//! bring about are known as far ahead as one likes; labels are known once a labeler has opened its
//! case, further attempts once the one before has failed. Whatever else goes from one PDS to another (an answer to a message, a rule that looks at who wrote to whom) may come at any moment, and
//! such a scenario runs on one thread.

use std::cmp::Reverse;
use std::fmt;

use super::plan::Plan;
use super::returns;
use crate::labeler::Propagation;
use crate::protocol::{Observer, Pds};
use crate::units::cast;

/// Which part of a divided run has which PDSes, and makes the sends of which streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    parts: usize,
    /// The part of every PDS.
    pdses: Vec<u16>,
    /// The part of every stream of sends.
    streams: Vec<u16>,
}

/// Why a run is not divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indivisible {
    /// There is nothing to divide.
    OnePds,
    /// Rows of a trace are not made ahead.
    Trace,
    /// The event log is written in the order of events.
    Order,
    /// The run may be stopped after a number of events.
    Stop,
    /// Who may write depends on who wrote to whom.
    Contacts,
    /// Limits at the sender's PDS.
    OutboundLimits,
    /// Whether a message is on its way depends on hosts that fail.
    Failures,
    /// Senders' PDSes try again, and how soon cannot be foreseen.
    Retries,
    /// People answer by messages of their own.
    Replies,
    /// Policies change in the course of the run.
    Interventions,
    /// Senders' PDSes take accounts down.
    Takedown,
    /// Attackers report honest senders.
    FalseReports,
    /// Attackers look at the answers they get, or at labels.
    Listening,
    /// Tokens are remembered, replayed, or checked against keys that are looked up.
    Tokens,
    /// PDSes ask labelers message by message, or lose their connections to them.
    Asking,
    /// What labelers do may reach a PDS after less time than a window needs to pay.
    ThinWindows,
}

impl Indivisible {
    const fn reason(self) -> &'static str {
        match self {
            Self::OnePds => "there is one PDS only",
            Self::Trace => "the messages come from a trace",
            Self::Order => "the event log or the batches need the order of events",
            Self::Stop => "the run is stopped after a number of events",
            Self::Contacts => "it matters who wrote to whom",
            Self::OutboundLimits => "there are limits at the sender's PDS",
            Self::Failures => "hosts fail",
            Self::Retries => {
                "senders' PDSes try again within a budget, after no delay, or by the answers of an inbox without a queue"
            }
            Self::Replies => "people answer by messages of their own",
            Self::Interventions => "there are interventions",
            Self::Takedown => "senders' PDSes take accounts down",
            Self::FalseReports => "attackers report honest senders",
            Self::Listening => "attackers listen to answers or labels",
            Self::Tokens => "tokens are remembered or keys are looked up",
            Self::Asking => "PDSes ask labelers message by message, or lose their connection",
            Self::ThinWindows => "reactions come too soon for windows that pay",
        }
    }
}

impl fmt::Display for Indivisible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Division {
    /// Divides the PDSes of a plan by size, and the streams by their number of messages, into at
    /// most `parts` parts.
    ///
    /// # Errors
    /// Where something in the scenario forbids it.
    pub fn new<O: Observer>(plan: &Plan, parts: usize, observer: &O) -> Result<Self, Indivisible> {
        if observer.needs_order() {
            return Err(Indivisible::Order);
        }
        if let Some((_, reason)) = obstacles(plan).into_iter().find(|(is_there, _)| *is_there) {
            return Err(reason);
        }
        let sizes: Vec<u64> = (0..cast::id_u32(plan.pds_count()))
            .map(|pds| u64::from(plan.topology.size(Pds(pds))))
            .collect();
        let messages = plan.streams.iter().map(|stream| {
            let expected = stream.expected_messages(plan.horizon);
            cast::f64_floor(expected)
        });
        let inhabited = sizes.iter().filter(|size| **size > 0).count();
        let parts = parts.min(inhabited).min(usize::from(u16::MAX));
        if parts < 2 {
            return Err(Indivisible::OnePds);
        }
        Ok(Self {
            parts,
            pdses: share_out(&sizes, parts),
            streams: share_out(&messages.collect::<Vec<u64>>(), parts),
        })
    }

    /// How many parts there are: two or more.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// The part that has a PDS.
    #[inline]
    pub(super) fn part_of(&self, pds: Pds) -> usize {
        usize::from(self.pdses[pds.0 as usize])
    }

    /// The streams whose sends a part makes.
    pub(super) fn streams_of(&self, part: usize) -> Vec<u32> {
        let streams = (0..).zip(&self.streams);
        let own = streams.filter(|(_, of)| usize::from(**of) == part);
        own.map(|(stream, _)| stream).collect()
    }
}

/// What stands in the way of a division.
fn obstacles(plan: &Plan) -> [(bool, Indivisible); 12] {
    let groups = &plan.groups;
    let labelers = 0..plan.labelers.count();
    let asks = |labeler: u16| match plan.labelers.bylaws(labeler).propagation {
        Propagation::Cache(_) => true,
        Propagation::Stream { ref breaks, .. } => breaks.is_some(),
        Propagation::Poll(_) | Propagation::None => false,
    };
    [
        (plan.trace.is_some(), Indivisible::Trace),
        (plan.remembers_writing, Indivisible::Contacts),
        (!plan.outbound.is_empty(), Indivisible::OutboundLimits),
        (plan.failures.any(), Indivisible::Failures),
        (!plan.interventions.is_empty(), Indivisible::Interventions),
        (
            returns::any(plan) && !returns::are_foreseen(plan),
            Indivisible::Retries,
        ),
        (
            groups.iter().any(|group| group.reactions.reply.is_some()),
            Indivisible::Replies,
        ),
        (plan.labelers.takedown.is_some(), Indivisible::Takedown),
        (plan.reports_falsely, Indivisible::FalseReports),
        (!plan.campaigns.hear_nothing(), Indivisible::Listening),
        (!plan.auth.is_orderless(), Indivisible::Tokens),
        (labelers.into_iter().any(asks), Indivisible::Asking),
    ]
}

/// Gives each load to the part that has least so far, the heaviest first; loads of 0 to the first.
fn share_out(loads: &[u64], parts: usize) -> Vec<u16> {
    let mut heaviest: Vec<usize> = (0..loads.len()).filter(|index| loads[*index] > 0).collect();
    heaviest.sort_by_key(|index| (Reverse(loads[*index]), *index));
    let mut sums = vec![0_u64; parts];
    let mut shares = vec![0; loads.len()];
    for index in heaviest {
        let lightest = (0..parts).min_by_key(|part| (sums[*part], *part));
        let lightest = lightest.expect("there are parts");
        sums[lightest] += loads[index];
        shares[index] = u16::try_from(lightest).expect("parts are few");
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_shared_out_evenly_and_the_heaviest_first() {
        // 9 | 6, then 5 to the second (11), 4 to the first (13), 2 to the second (13).
        let shares = share_out(&[4, 0, 9, 2, 6, 5], 2);
        assert_eq!(shares, [0, 0, 0, 1, 1, 1]);
    }

    #[test]
    fn every_reason_reads_as_the_end_of_a_sentence() {
        let text = Indivisible::ThinWindows.to_string();
        assert_eq!(text, "reactions come too soon for windows that pay");
    }
}
