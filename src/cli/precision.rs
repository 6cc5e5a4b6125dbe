//! The precision that a run waits for, in words.

use super::console::{self, Console};
use super::exit::Exit;
use crate::experiment::Precision;
use crate::report::{RunFolder, human};

/// How precise the metrics are, and how many replications are likely to be left.
pub fn line(precision: &Precision) -> String {
    let left = match precision.expected_left() {
        Some(0) => "reached".to_owned(),
        Some(left) => format!("about {left} more"),
        None => format!("at most {} more", precision.most - precision.replications),
    };
    format!(
        "{} replications: {}; {left}",
        precision.replications,
        widest(precision)
    )
}

/// The metric that is known worst.
fn widest(precision: &Precision) -> String {
    let worst = precision.worst();
    let percent = |share: f64| format!("{} %", human::digits(share * 100.0));
    let width = worst.relative_half_width.map_or_else(
        || "has no relative half-width (its mean is 0, or it has no value)".to_owned(),
        |width| format!("half-width {}", percent(width)),
    );
    format!(
        "{} of {}: {width}, wanted {}",
        worst.metric,
        worst.arm,
        percent(precision.wanted)
    )
}

/// How a run ends that waited for a precision; says where it was not reached.
pub fn judge(precision: &Precision, console: Console) -> Exit {
    let n = precision.replications;
    if precision.is_met() {
        if precision.left > 0 {
            console.note(&format!(
                "note: the precision is reached, but the most replications ({n}) leave it unconfirmed by {} more",
                precision.left
            ));
        }
        return Exit::Done;
    }
    console::error(&format!(
        "the precision is not reached after {n} replications: {}; write a larger run.replications.max or relative-half-width",
        widest(precision)
    ));
    Exit::Inconclusive
}

/// The same for results that stand there already.
pub fn judge_folder(folder: &RunFolder, console: Console) -> Exit {
    let Some(spec) = folder.spec.run.replications.sequential() else {
        return Exit::Done;
    };
    let precision = Precision::of_summary(spec, &folder.summary, folder.replications());
    judge(&precision, console)
}
