//! The report as a reader of its text sees it: well-formed, without a request, the same numbers as
//! the tables, the same bytes whenever and however it is made.

use std::collections::BTreeSet;

use crate::cli_program::{Csv, Sandbox};

/// A wave that a label stops after some minutes, with everything that a report draws.
pub const WAVE: &str = r#"
schema = 1
name = "wave"
title = "Does <b>a limit</b> & a label \"stop\" it?"
[run]
duration = "1h"
seed = 7
replications = 2
[pds]
count = 3
accounts = { list = [30, 10, 1] }
[inbox.station]
workers = 1
[pipeline]
cost = "node"
[limits.sender]
algorithm = { sliding-log = { limit = 20, window = "10m" } }
key = "sender"
[senders.people]
class = "ham"
count = 20
arrivals = { poisson = { rate = "30/1h" } }
[senders.flood]
class = "spam"
count = 2
start = "10m"
stop = "50m"
arrivals = { poisson = { rate = "600/1h" } }
target = "uniform"
[labelers.main]
sees = { first-message = {} }
lag = { constant = "20m" }
[[intervene]]
at = "30m"
label = { account = "people/0" }
[output]
time-series = "5m"
"#;

const STUDY: &str = r#"
schema = 1
name = "study"
title = "Which limit stops it?"
base = "wave.toml"
[compare]
baseline = "none"
metrics = ["spam.leakage", "ham.false-reject", "latency.ham.p99"]
indifference = { "spam.leakage" = "0.5%" }
[arm.none]
limits = {}
[arm.tight]
limits.sender.algorithm = { sliding-log = { limit = 5, window = "10m" } }
"#;

const SWEEP: &str = r#"
schema = 1
name = "grid"
base = "wave.toml"
[sweep]
metrics = ["spam.leakage", "ham.false-reject"]
[factor.lag]
key = "labelers.main.lag.constant"
values = ["5m", "20m"]
[factor.limit]
key = "limits.sender.algorithm.sliding-log.limit"
values = [5, 20, 80]
"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with("wave.toml", WAVE);
    sandbox.write("study.toml", STUDY);
    sandbox.write("grid.toml", SWEEP);
    sandbox
}

/// A folder in which the wave ran, and its report.
fn ran() -> (Sandbox, String) {
    let sandbox = sandbox();
    sandbox.succeed("run wave.toml");
    let page = sandbox.read("results/wave/report.html");
    (sandbox, page)
}

/// Checks that every element is closed where it should be, and returns the texts of elements with
/// the names of the elements around them.
fn parse(html: &str) -> Vec<(Vec<String>, String)> {
    const EMPTY: [&str; 2] = ["meta", "link"];
    let mut open: Vec<String> = Vec::new();
    let mut texts = Vec::new();
    let mut ids = BTreeSet::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap_or(html);
    while let Some(start) = rest.find('<') {
        let text = rest[..start].trim();
        assert!(!text.contains('>'), "a bare > in {text:.80}");
        if !text.is_empty() {
            texts.push((open.clone(), unescaped(text)));
        }
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed out of turn");
            continue;
        }
        let name = tag.split([' ', '/']).next().expect("a name").to_owned();
        if let Some(id) = attribute(tag, "id") {
            assert!(ids.insert(id.clone()), "the id {id} twice");
        }
        if name == "style" || name == "script" {
            let close = format!("</{name}>");
            let length = rest.find(&close).expect("the element ends");
            rest = &rest[length + close.len()..];
        } else if !tag.ends_with('/') && !EMPTY.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    texts
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
    Some(unescaped(rest.split('"').next()?))
}

fn unescaped(text: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    let replaced = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
    pairs.iter().fold(text.to_owned(), replaced)
}

/// The part of the page that is the chart `id`.
fn figure<'p>(page: &'p str, id: &str) -> &'p str {
    let start = page.find(&format!("<figure id=\"{id}\">"));
    let start = start.unwrap_or_else(|| panic!("no chart {id}"));
    let length = page[start..].find("</figure>").expect("it ends");
    &page[start..start + length]
}

/// The table behind the link of a chart.
fn data(page: &str, id: &str) -> Csv {
    let figure = figure(page, id);
    let link = figure.split("href=\"data:text/csv;charset=utf-8,").nth(1);
    let link = link.unwrap_or_else(|| panic!("{id} has no data"));
    let mut bytes = Vec::new();
    let mut rest = link.split('"').next().expect("a link").bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
            let digits = String::from_utf8(digits.to_vec()).expect("two digits");
            bytes.push(u8::from_str_radix(&digits, 16).expect("two digits"));
        } else {
            bytes.push(byte);
        }
    }
    Csv::of(&String::from_utf8(bytes).expect("text"))
}

/// A chart has its title, is drawn, and says these things.
fn assert_chart(page: &str, id: &str, title: &str, said: &[&str]) {
    let figure = figure(page, id);
    assert!(
        figure.contains(&format!("<h2>{title}</h2>")),
        "{id}: {figure:.200}"
    );
    assert!(
        figure.contains("<svg role=\"img\" aria-label=\""),
        "{id} is not drawn"
    );
    assert!(figure.contains("<title>"), "{id} tells a pointer nothing");
    for text in said {
        assert!(figure.contains(text), "{id} does not say {text}");
    }
}

#[test]
fn the_report_of_a_run_has_every_chart_with_title_and_units() {
    let (_, page) = ran();
    let texts = parse(&page);
    let heading = texts
        .iter()
        .find(|(open, _)| open.last().is_some_and(|name| name == "h1"));
    assert_eq!(
        heading.map(|(_, text)| text.as_str()),
        Some("Does <b>a limit</b> & a label \"stop\" it?")
    );
    let time = "virtual time (minutes)";
    let labels = [
        "leakage (percent)",
        time,
        "labels",
        "flood begins",
        "label people/0",
    ];
    assert_chart(&page, "leakage", "Leakage over time", &labels);
    let shares = [
        "share of the spam (percent)",
        "share of the ham (percent)",
        "rate limit",
    ];
    assert_chart(&page, "funnel", "Where messages ended", &shares);
    let latency = [
        "latency (seconds, logarithmic)",
        "percentile of messages (percent)",
        "total",
        "network",
        "service",
    ];
    assert_chart(&page, "latency", "Latency of honest messages", &latency);
    let queues = ["messages", "utilization (percent)", time];
    assert_chart(&page, "queues", "Queue length and utilization", &queues);
    let limits = ["share refused (percent)", "sender"];
    assert_chart(&page, "limits", "What limits refuse", &limits);
    let title = "Fairness across PDS sizes";
    assert_chart(&page, "fairness", title, &["index (percent)"]);
    assert!(page.contains("pdsim replay ."));
    assert!(
        page.contains("name = &quot;wave&quot;"),
        "the scenario as it was run"
    );
}

#[test]
fn the_report_asks_nobody_for_anything() {
    let (_, page) = ran();
    assert!(page.contains("content=\"default-src 'none'; "), "no policy");
    for forbidden in [
        "src=", "@import", "url(", "<iframe", "fetch(", "XMLHttp", "eval(",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let outside = page.matches("http").count();
    let namespaces = page.matches("xmlns=\"http://www.w3.org/2000/svg\"").count();
    // The only other one is the name of the header that carries the policy.
    assert_eq!(outside, namespaces + 1);
}

#[test]
fn every_number_of_the_metrics_is_that_of_the_table() {
    let (sandbox, page) = ran();
    let summary = Csv::of(&sandbox.read("results/wave/summary.csv"));
    let section = page
        .split("<details id=\"metrics\">")
        .nth(1)
        .expect("the table");
    let section = section.split("</table>").next().expect("its end");
    let rows: Vec<&str> = section
        .split("<tbody>")
        .nth(1)
        .expect("rows")
        .split("</tr>")
        .collect();
    assert_eq!(rows.len() - 1, summary.rows.len());
    for (shown, row) in rows.iter().zip(&summary.rows) {
        let exact = shown.split(" data-v=\"").skip(1);
        let exact: Vec<&str> = exact
            .map(|rest| rest.split('"').next().expect("a value"))
            .collect();
        let columns = ["mean", "ci_lo", "ci_hi", "min", "max", "replications"];
        let expected = columns.map(|column| row[column].as_str());
        assert_eq!(exact, expected, "{}", row["metric"]);
        assert!(
            shown.contains(&format!("<td>{}</td>", row["metric"])),
            "{shown}"
        );
    }
}

#[test]
fn the_funnel_holds_every_message_once() {
    let (sandbox, page) = ran();
    let funnel = data(&page, "funnel");
    let outcomes = Csv::of(&sandbox.read("results/wave/outcomes.csv"));
    let sum = |csv: &Csv, class: &str, column: &str| -> u64 {
        let own = csv.rows.iter().filter(|row| row["class"] == class);
        own.map(|row| row[column].parse::<u64>().unwrap()).sum()
    };
    for class in ["ham", "spam"] {
        assert_eq!(
            sum(&funnel, class, "ended_here"),
            sum(&outcomes, class, "count")
        );
        let own = funnel.rows.iter().filter(|row| row["class"] == class);
        let shares: f64 = own.map(|row| row["share"].parse::<f64>().unwrap()).sum();
        assert!((shares - 1.0).abs() < 1e-12, "{class}: {shares}");
    }
    // What reached a stage is what reached the one before less what ended there.
    for pair in funnel
        .rows
        .windows(2)
        .filter(|pair| pair[0]["class"] == pair[1]["class"])
    {
        let number = |row: usize, column: &str| pair[row][column].parse::<u64>().unwrap();
        assert_eq!(
            number(1, "reached"),
            number(0, "reached") - number(0, "ended_here")
        );
    }
}

#[test]
fn the_leakage_of_each_step_is_delivered_over_sent() {
    let (sandbox, page) = ran();
    let leakage = data(&page, "leakage");
    let series = Csv::of(&sandbox.read("results/wave/time_series.csv"));
    let sum = |t_s: &str, name: &str| -> f64 {
        let own = series
            .rows
            .iter()
            .filter(|row| row["t_s"] == t_s && row["series"] == name && row["group"] == "flood");
        own.map(|row| row["value"].parse::<f64>().unwrap()).sum()
    };
    assert_eq!(leakage.rows.len(), 12);
    for row in &leakage.rows {
        let sent = sum(&row["t_s"], "sent");
        if row["leakage"].is_empty() {
            assert_eq!(sent, 0.0, "{}", row["t_s"]);
        } else {
            let expected = sum(&row["t_s"], "delivered") / sent;
            let shown: f64 = row["leakage"].parse().unwrap();
            assert!((shown - expected).abs() < 1e-12, "{}: {shown}", row["t_s"]);
        }
    }
}

#[test]
fn the_report_of_a_comparison_opens_with_the_verdict_and_the_differences() {
    let sandbox = sandbox();
    let compare = sandbox.succeed("compare study.toml");
    let page = sandbox.read("results/study/report.html");
    let texts = parse(&page);
    let verdict = texts
        .iter()
        .find(|(_, text)| text.contains("No arm beats these in every metric"))
        .map(|(_, text)| text.as_str());
    let verdict = verdict.expect("a verdict");
    assert!(compare.out.contains(verdict), "{verdict}\n{}", compare.out);
    let said = [
        "difference (percent)",
        "spam.leakage",
        "ham.false-reject",
        "tight",
    ];
    assert_chart(&page, "differences", "Differences from the baseline", &said);
    let said = [
        "spam.leakage (percent)",
        "ham.false-reject (percent)",
        "none",
        "tight",
    ];
    assert_chart(&page, "pareto", "What one metric costs in another", &said);
    let shown = data(&page, "differences");
    let comparisons = Csv::of(&sandbox.read("results/study/comparisons.csv"));
    assert_eq!(shown.rows.len(), comparisons.rows.len());
    for (shown, row) in shown.rows.iter().zip(&comparisons.rows) {
        for column in &shown.keys().cloned().collect::<Vec<_>>() {
            assert_eq!(shown[column], row[column], "{column}");
        }
    }
}

#[test]
fn the_report_of_a_sweep_maps_two_factors() {
    let sandbox = sandbox();
    let sweep = sandbox.succeed("sweep grid.toml");
    let page = sandbox.read("results/grid/report.html");
    let texts = parse(&page);
    assert!(
        texts
            .iter()
            .any(|(_, text)| sweep.out.contains(text) && text.contains("hangs most on"))
    );
    let said = [
        "lag",
        "limit",
        "spam.leakage (percent)",
        "ham.false-reject (percent)",
    ];
    assert_chart(&page, "heat-map", "Two factors together", &said);
    assert_chart(
        &page,
        "effects",
        "Main effects",
        &["distance from the mean of all (percent)"],
    );
    assert_chart(&page, "pareto", "What one metric costs in another", &[]);
    let (map, table) = (
        data(&page, "heat-map"),
        Csv::of(&sandbox.read("results/grid/sweep.csv")),
    );
    // Two metrics at two times three points.
    assert_eq!(map.rows.len(), 12);
    for cell in &map.rows {
        let fits = |row: &&std::collections::BTreeMap<String, String>| {
            row["lag"] == cell["across"]
                && row["limit"] == cell["upwards"]
                && row["metric"] == cell["metric"]
        };
        let row = table.rows.iter().find(fits).expect("the point");
        assert_eq!(cell["mean"], row["mean"]);
    }
}

#[test]
fn the_same_report_comes_from_the_run_and_from_its_folder_with_any_number_of_threads() {
    let sandbox = sandbox();
    for (command, name) in [("run", "wave"), ("compare", "study"), ("sweep", "grid")] {
        let report = format!("results/{name}/report.html");
        sandbox.succeed(&format!("{command} {name}.toml -j 1"));
        let first = sandbox.read(&report);
        sandbox.succeed(&format!(
            "{command} {name}.toml -j 8 --overwrite --no-report"
        ));
        assert!(!sandbox.path(&report).exists(), "{name}: --no-report");
        let told = sandbox.succeed(&format!("report results/{name}"));
        assert!(
            told.out.starts_with(&format!("Report in {report}")),
            "{}",
            told.out
        );
        assert_eq!(first, sandbox.read(&report), "{name}");
    }
}

#[test]
fn a_report_beside_results_changes_nothing_else() {
    let sandbox = sandbox();
    sandbox.succeed("run wave.toml --no-report");
    let before = sandbox.files("results/wave");
    sandbox.succeed("report results/wave");
    let mut after = sandbox.files("results/wave");
    assert!(after.remove("report.html").is_some());
    assert_eq!(before, after);
    assert_eq!(sandbox.run("replay results/wave").code, 0);
    assert!(
        sandbox
            .succeed("run wave.toml")
            .out
            .contains("is up to date")
    );
    std::fs::remove_file(sandbox.path("results/wave/report.html")).unwrap();
    assert!(
        sandbox
            .succeed("run wave.toml")
            .out
            .contains("is up to date")
    );
}

#[test]
fn charts_and_markdown_are_written_where_they_are_asked_for() {
    let sandbox = sandbox();
    sandbox.succeed("run wave.toml");
    let markdown = sandbox.succeed("report results/wave --md --svg charts").out;
    assert!(
        markdown.starts_with("# Does <b>a limit</b> & a label"),
        "{markdown:.80}"
    );
    assert!(markdown.contains("![Leakage over time](charts/leakage.svg)"));
    assert!(markdown.contains("| arm | class | stage |"), "tables");
    let names = sandbox.names("charts");
    let charts = [
        "fairness", "funnel", "latency", "leakage", "limits", "queues",
    ];
    assert_eq!(names, charts.map(|name| format!("{name}.svg")));
    for name in names {
        let svg = sandbox.read(&format!("charts/{name}"));
        assert!(svg.starts_with("<svg role=\"img\""), "{name}");
        parse(&svg);
    }
}

#[test]
fn a_folder_without_results_has_no_report() {
    let sandbox = sandbox();
    let ended = sandbox.run("report .");
    assert_eq!(ended.code, 2, "{}", ended.err);
    assert!(ended.err.contains("holds no results"), "{}", ended.err);
    assert!(!sandbox.path("report.html").exists());
}

#[test]
fn what_was_not_kept_is_said_instead_of_drawn() {
    let sandbox = sandbox();
    let text = WAVE.replace("time-series = \"5m\"", "");
    sandbox.write(
        "bare.toml",
        text.replace("name = \"wave\"", "name = \"bare\""),
    );
    sandbox.succeed("run bare.toml");
    std::fs::remove_file(sandbox.path("results/bare/histograms.csv")).unwrap();
    sandbox.succeed("report results/bare");
    let page = sandbox.read("results/bare/report.html");
    parse(&page);
    assert!(figure(&page, "leakage").contains("write output.time-series"));
    assert!(figure(&page, "queues").contains("write output.time-series"));
    assert!(figure(&page, "latency").contains("holds no histograms.csv"));
}

#[test]
#[ignore = "long: runs in release mode"]
fn the_report_of_the_demo_is_below_500_kilobytes() {
    let sandbox = Sandbox::new();
    sandbox.succeed("demo");
    let page = sandbox.read("results/demo/report.html");
    parse(&page);
    assert!(page.len() < 500_000, "{} bytes", page.len());
}

#[test]
fn the_picture_in_the_documents_is_drawn_from_the_committed_results() {
    use pdsim::report::html::{Bundle, Drawing, charts};
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let bundle = Bundle::open(&root.join("results/spam-wave")).expect("committed results");
    let chart = charts(&bundle)
        .into_iter()
        .find(|chart| chart.id == "leakage");
    let Drawing::Svg(drawn) = chart.expect("a chart").drawing else {
        panic!("the committed results hold the time series");
    };
    let path = root.join("docs/examples/leakage.svg");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &drawn).expect("the repository can be written");
    }
    let committed = std::fs::read_to_string(&path).expect("the picture");
    assert!(drawn.len() < 60_000, "{} bytes", drawn.len());
    assert!(
        committed == drawn,
        "docs/examples/leakage.svg is old: UPDATE_DOCS=1 draws it again"
    );
}
