//! Every metric: its name, unit, direction and formula.
//!
//! The CSV files, `pdsim explain`, the documentation and comparisons all read this table. A part
//! of a name in angle brackets stands for the name of a check, stage or limit layer.

/// The unit of a metric, as written in the `unit` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// A pure number or a count of messages.
    One,
    /// Messages per second.
    PerSecond,
    /// A share between 0 and 1.
    Ratio,
}

impl Unit {
    /// The spelling in CSV files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::One => "1",
            Self::PerSecond => "1/s",
            Self::Ratio => "ratio",
        }
    }
}

/// Which direction of a metric is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Lower is better.
    Lower,
    /// Higher is better.
    Higher,
    /// Neither: the metric describes.
    Neither,
}

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct MetricEntry {
    /// Its name; a part in angle brackets stands for several.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// How it is computed.
    pub formula: &'static str,
}

const fn entry(
    name: &'static str,
    unit: Unit,
    better: Better,
    formula: &'static str,
) -> MetricEntry {
    MetricEntry {
        name,
        unit,
        better,
        formula,
    }
}

/// Every metric, by name.
pub const METRICS: &[MetricEntry] = &[
    entry(
        "duplicates",
        Unit::One,
        Better::Lower,
        "copies delivered, or held as a request, of messages that had their outcome already: their worker died before it acknowledged; no copy is in the outcomes",
    ),
    entry(
        "fairness.gap",
        Unit::Ratio,
        Better::Neither,
        "delivered share of the largest PDS's honest senders minus that of the senders on single-account PDSes",
    ),
    entry(
        "fairness.jain",
        Unit::Ratio,
        Better::Higher,
        "Jain's index (sum x)^2 / (n sum x^2) of the delivered share x of honest senders' messages, over their PDSes",
    ),
    entry(
        "ham.cleaned-up",
        Unit::Ratio,
        Better::Lower,
        "ham that a label had removed when its recipient came to read it / (that + ham read)",
    ),
    entry(
        "ham.delayed",
        Unit::Ratio,
        Better::Lower,
        "ham delivered after more than one attempt or held back by a limit / ham delivered",
    ),
    entry(
        "ham.false-reject",
        Unit::Ratio,
        Better::Lower,
        "ham that ended in any refused.* outcome / ham sent",
    ),
    entry(
        "ham.first-contact.success",
        Unit::Ratio,
        Better::Higher,
        "ham requests that were accepted / (ham requests held + ham that the contact check refused for want of room)",
    ),
    entry(
        "inbox.in-system.mean",
        Unit::One,
        Better::Neither,
        "time average of messages waiting and in service, per inbox",
    ),
    entry(
        "inbox.length.max",
        Unit::One,
        Better::Lower,
        "most messages waiting in any inbox at once",
    ),
    entry(
        "inbox.length.mean",
        Unit::One,
        Better::Lower,
        "time average of messages waiting, per inbox",
    ),
    entry(
        "inbox.sojourn.mean",
        Unit::Seconds,
        Better::Lower,
        "mean time from inbox entry to end of service, refused or not",
    ),
    entry(
        "inbox.sojourn.p50",
        Unit::Seconds,
        Better::Lower,
        "median time from inbox entry to end of service",
    ),
    entry(
        "inbox.sojourn.p99",
        Unit::Seconds,
        Better::Lower,
        "99th percentile of the time from inbox entry to end of service",
    ),
    entry(
        "inbox.throughput",
        Unit::PerSecond,
        Better::Neither,
        "ends of service per second and inbox",
    ),
    entry(
        "inbox.utilization",
        Unit::Ratio,
        Better::Neither,
        "time workers spend on messages / time workers have",
    ),
    entry(
        "inbox.wait.mean",
        Unit::Seconds,
        Better::Lower,
        "mean time from inbox entry to being taken by a worker",
    ),
    entry(
        "inbox.wait.p50",
        Unit::Seconds,
        Better::Lower,
        "median time from inbox entry to being taken by a worker",
    ),
    entry(
        "inbox.wait.p99",
        Unit::Seconds,
        Better::Lower,
        "99th percentile of the time from inbox entry to being taken",
    ),
    entry(
        "label.lag.mean",
        Unit::Seconds,
        Better::Lower,
        "mean time from a spammer's first delivered message to the label's being known at that PDS",
    ),
    entry(
        "label.lag.p50",
        Unit::Seconds,
        Better::Lower,
        "median time from a spammer's first delivered message to the label's being known at that PDS",
    ),
    entry(
        "label.lag.p90",
        Unit::Seconds,
        Better::Lower,
        "90th percentile of the time from first delivered spam to the label's being known",
    ),
    entry(
        "label.negated",
        Unit::Ratio,
        Better::Neither,
        "labels that their labeler took back / labels issued",
    ),
    entry(
        "label.precision",
        Unit::Ratio,
        Better::Higher,
        "labels issued on spammers / labels issued",
    ),
    entry(
        "label.recall",
        Unit::Ratio,
        Better::Higher,
        "spammers with delivered messages who were labelled / spammers with delivered messages",
    ),
    entry(
        "latency.ham.<stage>.mean",
        Unit::Seconds,
        Better::Lower,
        "mean time of delivered ham in one stage: network, queue, service, retry, and resolve where DIDs are looked up",
    ),
    entry(
        "latency.ham.<stage>.p50",
        Unit::Seconds,
        Better::Lower,
        "median time of delivered ham in one stage",
    ),
    entry(
        "latency.ham.<stage>.p90",
        Unit::Seconds,
        Better::Lower,
        "90th percentile of the time of delivered ham in one stage",
    ),
    entry(
        "latency.ham.<stage>.p99",
        Unit::Seconds,
        Better::Lower,
        "99th percentile of the time of delivered ham in one stage",
    ),
    entry(
        "latency.ham.<stage>.p999",
        Unit::Seconds,
        Better::Lower,
        "99.9th percentile of the time of delivered ham in one stage",
    ),
    entry(
        "latency.ham.mean",
        Unit::Seconds,
        Better::Lower,
        "mean time of delivered ham from creation to end of service of the last attempt",
    ),
    entry(
        "latency.ham.p50",
        Unit::Seconds,
        Better::Lower,
        "median time of delivered ham from creation to end of service of the last attempt",
    ),
    entry(
        "latency.ham.p90",
        Unit::Seconds,
        Better::Lower,
        "90th percentile of the time of delivered ham from creation to end of service",
    ),
    entry(
        "latency.ham.p99",
        Unit::Seconds,
        Better::Lower,
        "99th percentile of the time of delivered ham from creation to end of service",
    ),
    entry(
        "latency.ham.p999",
        Unit::Seconds,
        Better::Lower,
        "99.9th percentile of the time of delivered ham from creation to end of service",
    ),
    entry(
        "limit.<layer>.reject",
        Unit::Ratio,
        Better::Neither,
        "attempts the layer itself refused / attempts it was asked about",
    ),
    entry(
        "pds.availability",
        Unit::Ratio,
        Better::Higher,
        "time that PDSes were up / time of all PDSes",
    ),
    entry(
        "pipeline.f1",
        Unit::Ratio,
        Better::Higher,
        "2 x spam refused / (2 x spam refused + ham refused + spam delivered)",
    ),
    entry(
        "pipeline.precision",
        Unit::Ratio,
        Better::Higher,
        "spam refused / messages refused",
    ),
    entry(
        "pipeline.recall",
        Unit::Ratio,
        Better::Higher,
        "spam refused / (spam refused + spam delivered)",
    ),
    entry(
        "plc.blocking-share",
        Unit::Ratio,
        Better::Lower,
        "look-ups of did:plc that waited for a fetch / look-ups of did:plc",
    ),
    entry(
        "plc.fetch-share",
        Unit::Ratio,
        Better::Lower,
        "look-ups of did:plc that began a fetch, in the background or not / look-ups of did:plc",
    ),
    entry(
        "plc.fetches",
        Unit::One,
        Better::Lower,
        "requests of all PDSes to the directory of did:plc for messages created after the warm-up",
    ),
    entry(
        "request.wait.mean",
        Unit::Seconds,
        Better::Lower,
        "mean time an accepted request was held",
    ),
    entry(
        "request.wait.p50",
        Unit::Seconds,
        Better::Lower,
        "median time an accepted request was held",
    ),
    entry(
        "request.wait.p90",
        Unit::Seconds,
        Better::Lower,
        "90th percentile of the time an accepted request was held",
    ),
    entry(
        "request.wait.p99",
        Unit::Seconds,
        Better::Lower,
        "99th percentile of the time an accepted request was held",
    ),
    entry(
        "request.wait.p999",
        Unit::Seconds,
        Better::Lower,
        "99.9th percentile of the time an accepted request was held",
    ),
    entry(
        "retry.attempts",
        Unit::One,
        Better::Lower,
        "attempts of messages that have an outcome other than in-flight / such messages",
    ),
    entry(
        "retry.gave-up",
        Unit::Ratio,
        Better::Lower,
        "messages that ended as gave-up / messages sent",
    ),
    entry(
        "spam.cleaned-up",
        Unit::Ratio,
        Better::Higher,
        "spam that a label had removed when its recipient came to read it / (that + spam read)",
    ),
    entry(
        "spam.cost-per-read",
        Unit::One,
        Better::Higher,
        "what the identities cost that spammers wrote or reported from (identity-cost) / spam read, in the scenario's unit of money",
    ),
    entry(
        "spam.leakage",
        Unit::Ratio,
        Better::Lower,
        "delivered spam / spam sent",
    ),
    entry(
        "spam.leakage.after-label",
        Unit::Ratio,
        Better::Lower,
        "spam that a worker let pass although a label on its sender was known at that PDS when it was taken / spam sent",
    ),
    entry(
        "spam.leakage.before-label",
        Unit::Ratio,
        Better::Lower,
        "spam that a worker let pass while no label on its sender was known at that PDS / spam sent",
    ),
    entry(
        "spam.muted",
        Unit::Ratio,
        Better::Higher,
        "spam delivered to recipients who had muted its sender before / spam delivered",
    ),
    entry(
        "spam.profit",
        Unit::One,
        Better::Lower,
        "revenue-per-read x spam read - identity-cost x identities that spammers wrote or reported from, per replication, in the scenario's unit of money",
    ),
    entry(
        "spam.read",
        Unit::One,
        Better::Lower,
        "spam read per 1,000 recipients and day",
    ),
    entry(
        "spam.refused.<check>",
        Unit::Ratio,
        Better::Neither,
        "spam refused by one check / spam sent",
    ),
    entry(
        "spam.request-leakage",
        Unit::Ratio,
        Better::Lower,
        "spam shown as a request and never delivered / spam sent",
    ),
    entry(
        "unpaired",
        Unit::One,
        Better::Lower,
        "messages created in one of two compared arms only, at least; 0 where pairing is exact. A comparison tells it, in manifest.json too; no table of a run has it",
    ),
];

/// The entry of a metric, by its full name.
pub fn find(name: &str) -> Option<&'static MetricEntry> {
    METRICS
        .iter()
        .find(|entry| entry.name == name)
        .or_else(|| METRICS.iter().find(|entry| matches(entry.name, name)))
}

/// Whether `name` is `pattern` with its part in angle brackets filled in.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('<') else {
        return false;
    };
    let Some((_, tail)) = rest.split_once('>') else {
        return false;
    };
    name.len() > head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_without_repetition() {
        assert!(METRICS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn a_filled_in_name_finds_its_entry() {
        assert_eq!(
            find("limit.per-pair.reject").unwrap().name,
            "limit.<layer>.reject"
        );
        assert_eq!(
            find("latency.ham.queue.p99").unwrap().name,
            "latency.ham.<stage>.p99"
        );
        assert_eq!(find("latency.ham.p99").unwrap().name, "latency.ham.p99");
        assert!(find("latency.spam.p99").is_none());
        assert!(find("limit..reject").is_none());
    }
}
