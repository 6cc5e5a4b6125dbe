//! Rates and states over time: for each step the mean over the replications.

use crate::experiment::{Results, rows};
use crate::units::cast;

/// A row of `time_series.csv`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample<'r> {
    /// The arm.
    pub arm: &'r str,
    /// Start of the step.
    pub t_s: f64,
    /// What was measured.
    pub series: &'r str,
    /// The group of senders, or empty.
    pub group: &'r str,
    /// Its value in one replication.
    pub value: f64,
}

/// One step of a course.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Its start.
    pub t_s: f64,
    /// The sum over the replications.
    pub sum: f64,
    /// How many replications have it.
    pub replications: u64,
}

impl Step {
    /// The mean over the replications.
    pub fn mean(&self) -> f64 {
        self.sum / cast::count_to_f64(self.replications.max(1))
    }
}

/// One series of one group in one arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// The arm.
    pub arm: String,
    /// What was measured.
    pub series: String,
    /// The group of senders, or empty.
    pub group: String,
    /// The steps, in order of time.
    pub steps: Vec<Step>,
}

/// All courses of a folder of results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Courses {
    courses: Vec<Course>,
    /// Where the next sample is expected: rows are sorted, so that series take turns.
    next: usize,
}

impl Courses {
    /// The courses of results that are at hand.
    pub fn of_results(results: &Results) -> Self {
        let mut courses = Self::default();
        for row in rows::series(results) {
            courses.add(&Sample {
                arm: &row.arm,
                t_s: row.t_s,
                series: row.series,
                group: &row.group,
                value: row.value,
            });
        }
        courses
    }

    /// Adds one row.
    pub fn add(&mut self, sample: &Sample<'_>) {
        let place = self.place(sample);
        self.next = place + 1;
        let steps = &mut self.courses[place].steps;
        let found = match steps.last() {
            Some(last) if last.t_s < sample.t_s => Err(steps.len()),
            _ => steps.binary_search_by(|step| step.t_s.total_cmp(&sample.t_s)),
        };
        match found {
            Ok(step) => {
                steps[step].sum += sample.value;
                steps[step].replications += 1;
            }
            Err(before) => steps.insert(
                before,
                Step {
                    t_s: sample.t_s,
                    sum: sample.value,
                    replications: 1,
                },
            ),
        }
    }

    fn place(&mut self, sample: &Sample<'_>) -> usize {
        let fits = |course: &Course| {
            course.series == sample.series
                && course.group == sample.group
                && course.arm == sample.arm
        };
        let all = self.courses.len();
        let order = (self.next.min(all)..all).chain(0..self.next.min(all));
        for place in order {
            if fits(&self.courses[place]) {
                return place;
            }
        }
        self.courses.push(Course {
            arm: sample.arm.to_owned(),
            series: sample.series.to_owned(),
            group: sample.group.to_owned(),
            steps: Vec::new(),
        });
        all
    }

    /// Merges neighbouring steps so that no course has more than `most`. Steps are of equal length,
    /// so the mean of a merged one is that of its parts.
    pub fn thin(&mut self, most: usize) {
        for course in &mut self.courses {
            let together = course.steps.len().div_ceil(most.max(1)).max(1);
            let merged = course.steps.chunks(together).map(|steps| Step {
                t_s: steps[0].t_s,
                sum: steps.iter().map(|step| step.sum).sum(),
                replications: steps.iter().map(|step| step.replications).sum(),
            });
            course.steps = merged.collect();
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.courses.is_empty()
    }

    /// The steps of a series; none where it was not kept.
    pub fn steps(&self, arm: &str, series: &str, group: &str) -> &[Step] {
        let fits = |c: &&Course| c.series == series && c.group == group && c.arm == arm;
        self.courses.iter().find(fits).map_or(&[], |c| &c.steps)
    }

    /// The sum of a series over groups: start and sum over groups and replications of each step.
    fn total(&self, arm: &str, series: &str, groups: &[&str]) -> Vec<(f64, f64)> {
        let mut total: Vec<(f64, f64)> = Vec::new();
        for group in groups {
            for (place, step) in self.steps(arm, series, group).iter().enumerate() {
                match total.get_mut(place) {
                    Some((_, sum)) => *sum += step.sum,
                    None => total.push((step.t_s, step.sum)),
                }
            }
        }
        total
    }

    /// Delivered / sent messages of the groups, step by step: a ratio of sums over groups and
    /// replications; nothing where nothing was sent.
    pub fn leakage(&self, arm: &str, groups: &[&str]) -> Vec<(f64, Option<f64>)> {
        let sent = self.total(arm, "sent", groups);
        let delivered = self.total(arm, "delivered", groups);
        let pairs = sent.iter().zip(&delivered);
        let share = |((t_s, sent), (_, delivered)): (&(f64, f64), &(f64, f64))| {
            (*t_s, (*sent > 0.0).then(|| delivered / sent))
        };
        pairs.map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample<'r>(t_s: f64, series: &'r str, group: &'r str, value: f64) -> Sample<'r> {
        Sample {
            arm: "base",
            t_s,
            series,
            group,
            value,
        }
    }

    #[test]
    fn steps_are_averaged_over_replications() {
        let mut courses = Courses::default();
        for value in [1.0, 3.0] {
            courses.add(&sample(0.0, "inbox.length", "", value));
            courses.add(&sample(60.0, "inbox.length", "", 2.0 * value));
        }
        let means: Vec<(f64, f64)> = courses
            .steps("base", "inbox.length", "")
            .iter()
            .map(|step| (step.t_s, step.mean()))
            .collect();
        assert_eq!(means, [(0.0, 2.0), (60.0, 4.0)]);
        assert!(courses.steps("base", "inbox.busy", "").is_empty());
    }

    #[test]
    fn merged_steps_keep_the_mean() {
        let mut courses = Courses::default();
        for (t_s, value) in [(0.0, 1.0), (1.0, 3.0), (2.0, 8.0)] {
            courses.add(&sample(t_s, "inbox.length", "", value));
        }
        courses.thin(2);
        let steps = courses.steps("base", "inbox.length", "");
        let means: Vec<(f64, f64)> = steps.iter().map(|step| (step.t_s, step.mean())).collect();
        assert_eq!(means, [(0.0, 2.0), (2.0, 8.0)]);
    }

    #[test]
    fn leakage_is_a_ratio_of_sums_over_groups_and_replications() {
        // 10 + 30 sent and 1 + 3 delivered in the first step: 4 / 40; nothing sent in the second.
        let mut courses = Courses::default();
        for (group, factor) in [("a", 1.0), ("b", 3.0)] {
            courses.add(&sample(0.0, "sent", group, 10.0 * factor));
            courses.add(&sample(0.0, "delivered", group, factor));
            courses.add(&sample(9.0, "sent", group, 0.0));
            courses.add(&sample(9.0, "delivered", group, 0.0));
        }
        let leakage = courses.leakage("base", &["a", "b"]);
        assert_eq!(leakage, [(0.0, Some(0.1)), (9.0, None)]);
    }
}
