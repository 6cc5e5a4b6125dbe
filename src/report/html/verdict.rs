//! The question and the answer that stand on top of a report.

use super::bundle::Bundle;
use super::sweep;
use crate::experiment::expect::{Verdict, judge};
use crate::experiment::rows::SummaryRow;
use crate::report::{comparison, human};

/// The question: the title of the scenario or study, or its name.
pub fn question(bundle: &Bundle) -> &str {
    match bundle.text("title") {
        "" => bundle.text("name"),
        title => title,
    }
}

/// The answer, a sentence or a few.
pub fn answer(bundle: &Bundle) -> Vec<String> {
    if bundle.sweep.is_some() {
        return sweep::verdict(bundle);
    }
    if let Some((terms, comparisons)) = &bundle.compared {
        let results = bundle.results();
        let sentence = comparison::sentence(&results, &bundle.summary, comparisons, terms);
        return vec![sentence];
    }
    let mut sentences = headline(bundle);
    sentences.extend(expectations(bundle));
    sentences
}

/// What a reader of a run asks first, as far as it was measured.
fn headline(bundle: &Bundle) -> Vec<String> {
    let none = bundle.no_events();
    let metric = |name: &str| {
        let row = bundle.metric("base", name)?;
        let never = human::never(&none, "base", name);
        let never = never.map(|(of, bound)| format!("{of} ({bound})"));
        never.or_else(|| row.mean.map(|mean| with_interval(mean, row)))
    };
    let spam = metric("spam.leakage").map(|value| format!("{value} of the spam was delivered."));
    let ham = metric("ham.false-reject").map(|value| format!("{value} of the ham was refused."));
    let latency = metric("latency.ham.p99")
        .map(|value| format!("99 percent of the delivered ham took at most {value}."));
    [spam, ham, latency].into_iter().flatten().collect()
}

fn with_interval(mean: f64, row: &SummaryRow) -> String {
    let shown = |value: f64| human::value(value, row.unit);
    let mean = shown(mean);
    match row.ci_lo.zip(row.ci_hi) {
        Some((lo, hi)) => format!("{mean} [{}, {}]", shown(lo), shown(hi)),
        None => mean,
    }
}

/// Whether the results keep what the scenario expects.
fn expectations(bundle: &Bundle) -> Vec<String> {
    let spec = &bundle.arms[0].spec;
    let told = judge(&spec.expect, &bundle.summary, spec.run.confidence).into_iter();
    told.map(|found| {
        let verdict = match found.verdict {
            Verdict::Held => "holds".to_owned(),
            Verdict::Failed => "fails".to_owned(),
            Verdict::Inconclusive => match found.deciding {
                Some(needed) => {
                    let needed = human::count(needed);
                    format!("is undecided; about {needed} replications would decide it")
                }
                None => "is undecided".to_owned(),
            },
        };
        format!(
            "The expectation {} of {} {verdict}.",
            found.name, found.metric
        )
    })
    .collect()
}

/// How much was simulated, in a sentence.
pub fn extent(bundle: &Bundle) -> String {
    let count = |key: &str| bundle.manifest[key].as_u64().unwrap_or(0);
    let arms = bundle.arms.len();
    let points = bundle.manifest["points"].as_u64();
    let horizon = bundle.arms.first().and_then(|arm| arm.spec.run.duration);
    let horizon = horizon.map_or_else(String::new, |span| {
        format!(" of {}", human::seconds(span.as_seconds()))
    });
    let plural = |count: u64, word: &str| match count {
        1 => format!("1 {word}"),
        several => format!("{} {word}s", human::count(several)),
    };
    let points = points.map_or_else(String::new, |points| plural(points, "point") + ", ");
    let arms = plural(crate::units::cast::count_to_u64(arms), "arm");
    let batches = bundle
        .arms
        .first()
        .and_then(|arm| arm.spec.run.steady_state);
    let replications = match batches {
        Some(steady) => format!("1 replication in {} batches", steady.batches),
        None => plural(count("replications"), "replication"),
    };
    format!(
        "{points}{arms}, {replications}{horizon}, seed {}, {} events, pdsim {}",
        count("seed"),
        human::count(count("events")),
        bundle.text("version")
    )
}
