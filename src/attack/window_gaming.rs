//! Window gaming: all of one window's budget just before its end, all of the next one's just after.
//!
//! The attacker knows the documented limit N and window W, and that windows are aligned to the
//! clock. Of every two windows it uses the edge between them: up to N messages per identity in the
//! last `lead` of one and up to N in the first `lead` of the next. So 2N pass within 2 `lead`, and a
//! fixed window never refuses one; any window that slides lets N pass there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AttackEntry, Move, Opportunity};
use crate::units::{Span, Time, UnitError};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "window-gaming",
    does: "sends the whole budget of a window just before an edge of the clock's windows and that of the next one just after it",
    observes: "the documented limit and window, and the clock",
    defence: "a window that slides (sliding-log, sliding-counter, GCRA): N instead of 2N across the edge; a fixed window never refuses it",
};

/// Parameters of window gaming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WindowGamingSpec {
    /// The documented limit per window.
    pub limit: u32,
    /// The documented window, aligned to the clock.
    pub window: Span,
    /// How long before an edge the first messages leave, and after it the last ones: longer than
    /// the network's delays.
    #[serde(default = "default_lead")]
    pub lead: Span,
}

fn default_lead() -> Span {
    Span::from_s(2)
}

impl WindowGamingSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        let mut faults = Vec::new();
        if self.limit == 0 {
            let fault = "a limit of 0 lets nothing pass at any edge".to_owned();
            let remedy = "write the limit of the policy, such as 10".to_owned();
            faults.push(("window-gaming.limit", UnitError { fault, remedy }));
        }
        if self.lead.is_zero() || self.lead > self.window {
            let fault = format!(
                "a lead of {} does not fit into a window of {}",
                self.lead, self.window
            );
            let remedy = "write a lead above 0s and at most the window".to_owned();
            faults.push(("window-gaming.lead", UnitError { fault, remedy }));
        }
        faults
    }
}

/// What each identity has sent around the edge at hand.
#[derive(Debug, Clone)]
pub struct WindowGaming {
    spec: WindowGamingSpec,
    epoch_s: u64,
    /// The window in which an identity sent last, and how much.
    sent: Vec<(u128, u32)>,
}

impl WindowGaming {
    pub(super) fn new(spec: WindowGamingSpec, identities: u32, epoch_s: u64) -> Self {
        Self {
            spec,
            epoch_s,
            sent: vec![(u128::MAX, 0); identities as usize],
        }
    }

    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let identity = opportunity.identity;
        let Some(window) = self.window_at(opportunity.now) else {
            return Move::HoldBack;
        };
        let sent = &mut self.sent[identity as usize];
        if sent.0 != window {
            *sent = (window, 0);
        }
        if sent.1 == self.spec.limit {
            return Move::HoldBack;
        }
        sent.1 += 1;
        Move::Send { identity }
    }

    /// The window at hand, if it is the end of an even one or the beginning of an odd one.
    fn window_at(&self, now: Time) -> Option<u128> {
        let clock = u128::from(self.epoch_s) * 1_000_000_000 + u128::from(now.ns());
        let (width, lead) = (self.spec.window.ns(), self.spec.lead.ns());
        let (window, phase) = (clock / u128::from(width), clock % u128::from(width));
        let is_near = if window.is_multiple_of(2) {
            phase >= u128::from(width - lead)
        } else {
            phase < u128::from(lead)
        };
        is_near.then_some(window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::opportunity;

    #[test]
    fn twice_the_limit_crosses_every_second_edge_and_nothing_else_is_sent() {
        // Windows of 60 s from an epoch 30 s into one: edges at 30 s, 90 s, 150 s, ...; windows 1, 2, 3
        // end there. A demand of ten per second; 3 before the edge at 150 s (end of window 2) and 3 after.
        let spec = WindowGamingSpec {
            limit: 3,
            window: Span::from_s(60),
            lead: Span::from_s(2),
        };
        let mut gaming = WindowGaming::new(spec, 1, 90);
        let sent: Vec<u64> = (0..2_000)
            .map(|tick| tick * 100)
            .filter(|ms| gaming.decide(opportunity(*ms, 0, 1)) != Move::HoldBack)
            .collect();
        // The clock shows 90 s at 0: windows 2, 3, ... begin at 30 s, 90 s, ...
        assert_eq!(sent, [88_000, 88_100, 88_200, 90_000, 90_100, 90_200]);
    }
}
