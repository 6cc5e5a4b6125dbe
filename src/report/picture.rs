//! Small pictures for a terminal: the course of leakage in a line, and where spam ended in a bar.
//!
//! Only a terminal gets them, and tables that are broken to its width; a file or another program is
//! given the bare tables. Where the locale has no UTF-8 they are drawn in ASCII.

use super::human;
use crate::experiment::digest::{Courses, Flow, STAGES, flows};
use crate::experiment::rows::OutcomeRow;
use crate::units::cast;

/// A terminal on which results are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Its columns.
    pub width: usize,
    /// What it can show.
    pub letters: Letters,
}

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// Everything.
    Unicode,
    /// ASCII alone.
    Ascii,
}

impl Letters {
    /// From nothing to full.
    const fn levels(self) -> [char; 8] {
        match self {
            Self::Unicode => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Self::Ascii => ['_', '.', '-', ':', '=', '+', '*', '#'],
        }
    }

    /// One for each part of a bar, in turn.
    const fn fills(self) -> [char; 4] {
        match self {
            Self::Unicode => ['█', '▒', '▓', '░'],
            Self::Ascii => ['#', '=', '+', '-'],
        }
    }
}

/// Values from 0 to `top`, one letter each; a blank where there is none.
pub fn sparkline(values: &[Option<f64>], top: f64, letters: Letters) -> String {
    let levels = letters.levels();
    let letter = |value: &Option<f64>| {
        value.map_or(' ', |value| {
            let share = if top > 0.0 { value / top } else { 0.0 };
            let level = cast::index(cast::f64_floor(share.clamp(0.0, 1.0) * 7.0 + 0.5));
            levels[level]
        })
    };
    values.iter().map(letter).collect()
}

/// How many of `width` letters each part gets: together all of them, each as near to its share as
/// can be (largest remainder).
pub fn parts(counts: &[u64], width: usize) -> Vec<usize> {
    let all: u128 = counts.iter().map(|count| u128::from(*count)).sum();
    if all == 0 {
        return vec![0; counts.len()];
    }
    let wide = width as u128;
    let exact = |count: u64| {
        (
            u128::from(count) * wide / all,
            u128::from(count) * wide % all,
        )
    };
    let mut given: Vec<(u128, u128)> = counts.iter().map(|count| exact(*count)).collect();
    let missing = wide - given.iter().map(|(whole, _)| whole).sum::<u128>();
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by(|a, b| given[*b].1.cmp(&given[*a].1).then(a.cmp(b)));
    for place in order.into_iter().take(cast::index(cast::low_u64(missing))) {
        given[place].0 += 1;
    }
    let whole = given.into_iter().map(|(whole, _)| whole);
    whole
        .map(|whole| cast::index(cast::low_u64(whole)))
        .collect()
}

/// Both pictures, arm by arm; ends with a newline unless there is nothing to show.
pub fn pictures(
    arms: &[&str],
    outcomes: &[OutcomeRow],
    courses: &Courses,
    screen: Screen,
) -> String {
    let flows = flows(outcomes);
    let of_spam = |arm: &&str| flows.iter().find(|f| f.arm == *arm && f.class == "spam");
    let shown: Vec<(&str, &Flow)> = arms
        .iter()
        .filter_map(|arm| Some((*arm, of_spam(arm)?)))
        .collect();
    let name = shown.iter().map(|(arm, _)| arm.chars().count()).max();
    let name = if shown.len() > 1 {
        name.unwrap_or(0).min(24).min(screen.width / 3) + 2
    } else {
        0
    };
    let width = screen.width.saturating_sub(name + 2).clamp(10, 60);
    let mut text = bars(&shown, name, width, screen.letters);
    text += &lines(&shown, outcomes, courses, (name, width, screen.letters));
    text
}

fn padded(arm: &str, width: usize) -> String {
    let kept: String = arm.chars().take(width.saturating_sub(2)).collect();
    format!("{kept:width$}")
}

fn bars(shown: &[(&str, &Flow)], name: usize, width: usize, letters: Letters) -> String {
    let stages: Vec<usize> = (0..STAGES.len())
        .filter(|stage| shown.iter().any(|(_, flow)| flow.counts[*stage] > 0))
        .collect();
    if stages.is_empty() {
        return String::new();
    }
    let fill = |place: usize| letters.fills()[place % 4];
    let mut text = "Where spam ended\n".to_owned();
    for (arm, flow) in shown {
        let counts: Vec<u64> = stages.iter().map(|stage| flow.counts[*stage]).collect();
        let bar = parts(&counts, width).into_iter().enumerate();
        let bar = bar.map(|(place, count)| fill(place).to_string().repeat(count));
        text += &padded(arm, name);
        text += &bar.collect::<String>();
        text.push('\n');
    }
    for (place, stage) in stages.iter().enumerate() {
        let shares = shown.iter().map(|(_, flow)| {
            let all = cast::count_to_f64(flow.sent().max(1));
            human::value(cast::count_to_f64(flow.counts[*stage]) / all, "ratio")
        });
        let shares: Vec<String> = shares.collect();
        let line = format!(
            "  {} {}: {}\n",
            fill(place),
            STAGES[*stage].name,
            shares.join(", ")
        );
        text += &line;
    }
    text
}

fn lines(
    shown: &[(&str, &Flow)],
    outcomes: &[OutcomeRow],
    courses: &Courses,
    (name, width, letters): (usize, usize, Letters),
) -> String {
    let groups = spam_groups(outcomes);
    let mut courses = courses.clone();
    courses.thin(width);
    let leakage = shown.iter().map(|(arm, _)| {
        let shares = courses.leakage(arm, &groups).into_iter();
        let shares: Vec<Option<f64>> = shares.map(|(_, share)| share).collect();
        (*arm, shares)
    });
    let leakage: Vec<(&str, Vec<Option<f64>>)> = leakage
        .filter(|(_, shares)| shares.iter().any(Option::is_some))
        .collect();
    if leakage.is_empty() {
        return String::new();
    }
    let all = leakage
        .iter()
        .flat_map(|(_, shares)| shares.iter().flatten());
    let top = all.fold(0.0_f64, |top, share| top.max(*share));
    let mut text = format!(
        "Leakage over time, from 0 to {}\n",
        human::value(top, "ratio")
    );
    for (arm, shares) in &leakage {
        text += &padded(arm, name);
        text += sparkline(shares, top, letters).trim_end();
        text.push('\n');
    }
    text
}

/// Groups whose messages are all spam.
pub fn spam_groups(outcomes: &[OutcomeRow]) -> Vec<&str> {
    let of = |class: &str| -> std::collections::BTreeSet<&str> {
        let rows = outcomes.iter().filter(|row| row.class == class);
        rows.map(|row| row.group.as_str()).collect()
    };
    of("spam").difference(&of("ham")).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::digest::Sample;

    #[test]
    fn a_line_rises_with_its_values_and_has_gaps() {
        let values = [Some(0.0), Some(0.5), Some(1.0), None, Some(2.0)];
        // Half of seven levels is 3.5, rounded up.
        assert_eq!(sparkline(&values, 1.0, Letters::Unicode), "▁▅█ █");
        assert_eq!(sparkline(&values, 1.0, Letters::Ascii), "_=# #");
        assert_eq!(sparkline(&[Some(0.0)], 0.0, Letters::Ascii), "_");
    }

    #[test]
    fn the_parts_of_a_bar_fill_it() {
        // 10 letters for 1 : 1 : 1: two get 3, the first of the equal remainders 4.
        assert_eq!(parts(&[1, 1, 1], 10), [4, 3, 3]);
        assert_eq!(parts(&[999, 1], 10), [10, 0]);
        assert_eq!(parts(&[0, 0], 10), [0, 0]);
        assert_eq!(parts(&[u64::MAX, u64::MAX], 60), [30, 30]);
    }

    fn outcome(arm: &str, outcome: &str, count: u64) -> OutcomeRow {
        OutcomeRow {
            arm: arm.to_owned(),
            replication: 1,
            class: "spam",
            group: "wave".to_owned(),
            outcome: outcome.to_owned(),
            count,
        }
    }

    #[test]
    fn a_narrow_terminal_without_utf_8_gets_both_pictures() {
        let rows = [
            outcome("base", "refused.label", 9),
            outcome("base", "delivered", 1),
        ];
        let mut courses = Courses::default();
        for (t_s, delivered) in [(0.0, 10.0), (60.0, 0.0)] {
            for (series, value) in [("sent", 10.0), ("delivered", delivered)] {
                let (arm, group) = ("base", "wave");
                courses.add(&Sample {
                    arm,
                    t_s,
                    series,
                    group,
                    value,
                });
            }
        }
        let screen = Screen {
            width: 12,
            letters: Letters::Ascii,
        };
        let expected = "Where spam ended\n\
                        #########=\n\
                        \x20 # label: 90.00 %\n\
                        \x20 = delivered: 10.00 %\n\
                        Leakage over time, from 0 to 100.0 %\n\
                        #_\n";
        assert_eq!(pictures(&["base"], &rows, &courses, screen), expected);
    }

    #[test]
    fn arms_stand_below_each_other_and_nothing_is_drawn_of_nothing() {
        let rows = [
            outcome("a", "delivered", 1),
            outcome("long", "delivered", 1),
        ];
        let screen = Screen {
            width: 80,
            letters: Letters::Unicode,
        };
        let text = pictures(&["a", "long"], &rows, &Courses::default(), screen);
        let bar = "█".repeat(60);
        assert!(
            text.contains(&format!("\na     {bar}\nlong  {bar}\n")),
            "{text}"
        );
        assert_eq!(pictures(&["a"], &[], &Courses::default(), screen), "");
    }
}
