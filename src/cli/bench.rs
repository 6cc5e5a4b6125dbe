//! `pdsim bench FILE`: messages per second, nanoseconds per message and event, memory, and the share
//! of the time that each phase takes, for the user's own scenario. Writes no results.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input::{self, Layers, Loaded};
use super::run::now;
use crate::experiment::{Arm, Cost, bench};
use crate::report::human;
use crate::units::cast;

/// Arguments of `bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The scenario; its first replication is run
    pub file: PathBuf,
    #[command(flatten)]
    pub layers: Layers,
    /// Runs of which the median is taken
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub repetitions: u32,
    /// How the figures on standard output are written
    #[arg(long, value_enum, default_value_t)]
    pub format: FormatArg,
}

/// The formats of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum FormatArg {
    /// For people.
    #[default]
    Table,
    /// One JSON object.
    Json,
}

/// What was measured, with what only the process knows of itself.
struct Figures {
    scenario: String,
    set_up: Duration,
    cost: Cost,
    peak_bytes: Option<u64>,
}

/// Runs the command.
///
/// # Errors
/// Where the scenario cannot be run or the figures cannot be printed.
pub fn main(args: &Args, console: Console) -> Result<Exit, Failure> {
    let start = now();
    let Loaded { scenario, .. } = input::scenario(&args.file, &args.layers, console)?;
    let arm = Arm::new("base", scenario);
    let set_up = start.elapsed();
    let clock = || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let figures = Figures {
        scenario: arm.scenario().spec.name.clone(),
        set_up,
        cost: bench(&arm, args.repetitions, &clock),
        peak_bytes: peak_bytes(),
    };
    let text = match args.format {
        FormatArg::Table => table(&figures),
        FormatArg::Json => format!("{:#}\n", to_json(&figures)),
    };
    console::print(&text)?;
    Ok(Exit::Done)
}

/// The most memory that the process ever held, where the system tells (`/proc` of Linux).
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    peak_of(&status)
}

/// The high-water mark of the resident set in a `/proc/PID/status`.
fn peak_of(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

fn table(figures: &Figures) -> String {
    let Figures { cost, .. } = figures;
    let memory = figures.peak_bytes.map_or_else(
        || "not told by this system".to_owned(),
        |bytes| format!("{:.1} MiB", cast::count_to_f64(bytes) / 1_048_576.0),
    );
    let mut lines = vec![
        ("messages of one run", human::count(cost.messages)),
        ("events of one run", human::count(cost.events)),
        (
            "messages per second",
            format!("{:.0}", cost.messages_per_s()),
        ),
        ("ns per message", format!("{:.1}", cost.ns_per_message())),
        ("ns per event", format!("{:.1}", cost.ns_per_event())),
        ("one run", seconds(cost.run_ns)),
        (
            "reading and planning",
            format!("{:.3} s", figures.set_up.as_secs_f64()),
        ),
        ("peak memory", memory),
    ];
    let shares = cost
        .phases
        .iter()
        .map(|(phase, share)| (phase.name(), percent(*share)));
    lines.extend(shares);
    lines.push(("of all, metrics and laws", percent(cost.observers())));
    let rows = lines
        .iter()
        .map(|(name, value)| format!("  {name:<26}{value:>14}\n"));
    format!(
        "{}: one replication on one core, all metrics on\n{}\nThe shares of the phases are estimated from single events; `--format json` for programs\n",
        figures.scenario,
        rows.collect::<String>()
    )
}

fn seconds(ns: u64) -> String {
    format!("{:.3} s", cast::ns_to_seconds(ns))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn to_json(figures: &Figures) -> Value {
    let Figures { cost, .. } = figures;
    let stage = |(phase, share): &(crate::model::Phase, f64)| json!({ "stage": phase.name(), "share": share });
    json!({
        "scenario": figures.scenario,
        "messages": cost.messages,
        "events": cost.events,
        "messages_per_s": cost.messages_per_s(),
        "ns_per_message": cost.ns_per_message(),
        "ns_per_event": cost.ns_per_event(),
        "run_s": cast::ns_to_seconds(cost.run_ns),
        "set_up_s": figures.set_up.as_secs_f64(),
        "peak_memory_bytes": figures.peak_bytes,
        "stages": cost.phases.iter().map(stage).collect::<Vec<_>>(),
        "metrics_and_laws_share": cost.observers(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_of_memory_is_the_high_water_mark_of_the_resident_set() {
        let status = "Name:\tpdsim\nVmPeak:\t  999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 10 kB\n";
        assert_eq!(peak_of(status), Some(2_097_152));
        assert_eq!(peak_of("Name:\tpdsim\n"), None);
    }
}
