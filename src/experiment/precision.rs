//! Replications until every metric that the scenario names is known precisely enough, in every arm.
//!
//! Rule: half of the interval's width over the size of the mean is at most
//! `relative-half-width`, and stays so (see [`crate::stats::sequential`]). It is looked at after
//! each replication of all arms in the order of the plan, so that what a run gives does not depend
//! on which replication ends first.

use std::collections::BTreeSet;

use serde::Serialize;

use super::rows::{self, SummaryRow};
use super::{Arm, Completion, Results};
use crate::scenario::SequentialSpec;
use crate::stats::sequential::{Search, Standing, Width};
use crate::units::{Share, cast};

/// How precise the metrics are that a run waits for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Precision {
    /// Replications of every arm.
    pub replications: u32,
    /// The relative half-width that is wanted.
    pub wanted: f64,
    /// One per arm and metric.
    pub targets: Vec<Target>,
    /// Since how many replications every interval is narrow enough; none where one is not.
    pub since: Option<u64>,
    /// For how many more replications they must stay narrow.
    #[serde(skip)]
    pub left: u64,
    /// The most replications that may be made.
    #[serde(skip)]
    pub most: u32,
}

/// The precision of one metric of one arm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Target {
    /// The arm.
    pub arm: String,
    /// The metric.
    pub metric: String,
    /// Its relative half-width; none where there is no interval, or the mean is 0.
    pub relative_half_width: Option<f64>,
}

impl Target {
    fn is_narrow(&self, wanted: f64) -> bool {
        self.relative_half_width
            .is_some_and(|width| width <= wanted)
    }
}

impl Precision {
    /// Whether every interval is narrow enough now.
    pub fn is_met(&self) -> bool {
        self.targets
            .iter()
            .all(|target| target.is_narrow(self.wanted))
    }

    /// Whether every interval is narrow enough and stayed so.
    pub fn is_reached(&self) -> bool {
        self.is_met() && self.left == 0
    }

    /// The target that is farthest from what is wanted; one without a width comes before all.
    ///
    /// # Panics
    /// Never: a scenario that waits for a precision names a metric.
    pub fn worst(&self) -> &Target {
        let width = |target: &Target| target.relative_half_width.unwrap_or(f64::INFINITY);
        let worst = self
            .targets
            .iter()
            .max_by(|a, b| width(a).total_cmp(&width(b)));
        worst.expect("a scenario names the metrics whose precision it waits for")
    }

    /// How many more replications the worst target is likely to need: the width falls with the
    /// root of their number. None where that cannot be told.
    pub fn expected_left(&self) -> Option<u64> {
        let times = self.worst().relative_half_width? / self.wanted;
        let n = f64::from(self.replications);
        let more = cast::f64_floor(libm::ceil((n * times * times - n).max(0.0)));
        Some(
            more.max(self.left)
                .min(u64::from(self.most - self.replications)),
        )
    }

    /// The precision that a summary shows, for results that were read back.
    pub fn of_summary(spec: &SequentialSpec, summary: &[SummaryRow], replications: u32) -> Self {
        let width = |row: &SummaryRow| Some(row.half_width? / libm::fabs(row.mean?));
        let arms: BTreeSet<&String> = summary.iter().map(|row| &row.arm).collect();
        let target = |arm: &String, metric: &String| {
            let of_both = |row: &&SummaryRow| row.arm == *arm && row.metric == *metric;
            let row = summary.iter().find(of_both);
            Target {
                arm: arm.clone(),
                metric: metric.clone(),
                relative_half_width: row.and_then(width).filter(|width| width.is_finite()),
            }
        };
        let of_arm = |arm| spec.metric.iter().map(move |metric| target(arm, metric));
        Self {
            replications,
            wanted: spec.relative_half_width.value(),
            targets: arms.into_iter().flat_map(of_arm).collect(),
            since: None,
            left: 0,
            most: spec.max,
        }
    }
}

/// The precision of a run that goes on.
#[derive(Debug)]
pub(super) struct Progressing {
    spec: SequentialSpec,
    confidence: Share,
    search: Search,
    last: Option<Precision>,
}

impl Progressing {
    /// None where the scenario names a number of replications.
    pub(super) fn new(arms: &[Arm]) -> Option<Self> {
        let run = &arms[0].scenario().spec.run;
        run.replications.sequential().map(|spec| Self {
            spec: spec.clone(),
            confidence: run.confidence,
            search: Search::default(),
            last: None,
        })
    }

    /// The precision after one more replication of every arm; none before there are enough to
    /// look at, or where a replication was stopped before its horizon.
    pub(super) fn after(&mut self, results: &Results) -> Option<Precision> {
        let replications = cast::id_u32(results.arms[0].replications.len());
        let last = results
            .arms
            .iter()
            .filter_map(|arm| arm.replications.last());
        let mut is_whole = last.map(|last| last.completion == Completion::Complete);
        if replications < self.spec.min || !is_whole.all(|whole| whole) {
            return None;
        }
        let mut precision = self.look(results, replications);
        let width = if precision.is_met() {
            Width::Narrow
        } else {
            Width::Wide
        };
        (precision.since, precision.left) = match self.search.after(replications.into(), width) {
            Standing::Wide => (None, 0),
            Standing::Lasting { since, left } => (Some(since), left),
            Standing::Enough { since } => (Some(since), 0),
        };
        self.last = Some(precision.clone());
        Some(precision)
    }

    fn look(&self, results: &Results, replications: u32) -> Precision {
        let target = |arm: &super::ArmResults, metric: &String| {
            let measures = rows::measures_of(arm, metric);
            let estimate = rows::estimate(&measures, self.confidence);
            Target {
                arm: arm.name.clone(),
                metric: metric.clone(),
                relative_half_width: estimate.and_then(|found| found.relative_half_width()),
            }
        };
        let of_arm = |arm| {
            self.spec
                .metric
                .iter()
                .map(move |metric| target(arm, metric))
        };
        Precision {
            replications,
            wanted: self.spec.relative_half_width.value(),
            targets: results.arms.iter().flat_map(of_arm).collect(),
            since: None,
            left: 0,
            most: self.spec.max,
        }
    }

    /// The precision at the end.
    pub(super) fn finish(self) -> Option<Precision> {
        self.last
    }
}
