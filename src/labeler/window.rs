//! What a labeler remembers of the last span: events by key, and different things by key.
//!
//! An event exactly one window old no longer counts. Memory per key is at most `limit` + 1
//! entries.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::des::Table;
use crate::units::{Span, Time, UnitError};

/// So many within a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Allowance {
    /// The most that is still in order.
    pub limit: u32,
    /// Within this span; what is exactly as old no longer counts.
    pub window: Span,
}

impl Allowance {
    /// What is wrong, at `keys` of the limit and of the window.
    pub(super) fn faults(&self, keys: [&'static str; 2]) -> Vec<(&'static str, UnitError)> {
        let mut faults = Vec::new();
        if self.limit == 0 {
            faults.push((
                keys[0],
                UnitError {
                    fault: "a limit of 0 is exceeded by everybody".to_owned(),
                    remedy: "write 1 or more".to_owned(),
                },
            ));
        }
        if self.window.is_zero() {
            faults.push((
                keys[1],
                UnitError {
                    fault: "nothing happens within a window of 0s".to_owned(),
                    remedy: "write a span such as \"1h\"".to_owned(),
                },
            ));
        }
        faults
    }
}

/// Whether one more is within the allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Within,
    Above,
}

/// Counts events by key.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted(Table<u32, VecDeque<Time>>);

impl Counted {
    /// One more event of `key`; one above the allowance is not remembered.
    pub(super) fn add(&mut self, allowance: Allowance, key: u32, now: Time) -> Standing {
        let recent = self.0.get_or_insert_with(key, VecDeque::new);
        while recent
            .front()
            .is_some_and(|first| now.since(*first) >= allowance.window)
        {
            recent.pop_front();
        }
        if recent.len() >= allowance.limit as usize {
            return Standing::Above;
        }
        recent.push_back(now);
        Standing::Within
    }

    pub(super) fn forget(&mut self, key: u32) {
        self.0.remove(key);
    }
}

/// Counts different things by key.
#[derive(Debug, Clone, Default)]
pub(super) struct Distinct(Table<u32, VecDeque<(Time, u32)>>);

impl Distinct {
    /// `key` had to do with `thing`.
    pub(super) fn add(
        &mut self,
        allowance: Allowance,
        key: u32,
        thing: u32,
        now: Time,
    ) -> Standing {
        let recent = self.0.get_or_insert_with(key, VecDeque::new);
        recent.retain(|(time, other)| *other != thing && now.since(*time) < allowance.window);
        recent.push_back((now, thing));
        if recent.len() > allowance.limit as usize {
            Standing::Above
        } else {
            Standing::Within
        }
    }

    pub(super) fn forget(&mut self, key: u32) {
        self.0.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::Standing::{Above, Within};
    use super::*;

    const TWO_IN_TEN: Allowance = Allowance {
        limit: 2,
        window: Span::from_ns(10),
    };

    #[test]
    fn an_event_exactly_one_window_old_no_longer_counts() {
        let mut counted = Counted::default();
        let mut add = |ns| counted.add(TWO_IN_TEN, 7, Time::from_ns(ns));
        // 9: 0 and 5 stand. 10: only 5. 14: 5 and 10. 15: 10 alone.
        assert_eq!(
            [0, 5, 9, 10, 14, 15].map(&mut add),
            [Within, Within, Above, Within, Above, Within]
        );
    }

    #[test]
    fn the_same_thing_again_counts_once() {
        let mut distinct = Distinct::default();
        let mut add = |(thing, ns)| distinct.add(TWO_IN_TEN, 7, thing, Time::from_ns(ns));
        // At 8: things 1 (renewed at 6) and 2, then 3 is the third. At 30 all are forgotten.
        assert_eq!(
            [(1, 0), (2, 1), (1, 6), (3, 8), (4, 30)].map(&mut add),
            [Within, Within, Within, Above, Within]
        );
    }
}
