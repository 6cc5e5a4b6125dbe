//! Benchmark `inbox`: nanoseconds per simulated message of the reference workload, for several
//! programs that implement the same model, interleaved in one process.
//!
//! ```text
//! cargo bench --bench inbox -- --accounts 10000,100000 --json inbox.json
//! ```
//!
//! `workload.rs` states the model, `README.md` what each program does. To add an engine: one file
//! with `pub fn run(workload: &Workload) -> Outcome` and one line in [`ENGINES`].

mod agreement;
mod engine;
mod floor;
mod plain;
#[allow(dead_code, reason = "each benchmark uses its part of what they share")]
#[path = "../support/mod.rs"]
mod support;
mod workload;

use std::process::ExitCode;

use serde_json::{Value, json};
use support::arguments::{Arguments, Mode, OptionSpec, usage};
use support::harness::{Engine, Series, measure};
use support::report::{complain, say, table, to_json, write_json};
use workload::{Outcome, VERDICT_NAMES, Workload};

const NAME: &str = "inbox";

/// Every engine, the reference for agreement first.
const ENGINES: [Engine<Workload, Outcome>; 3] = [
    Engine {
        name: "plain",
        run: plain::run,
    },
    Engine {
        name: "floor",
        run: floor::run,
    },
    Engine {
        name: "pdsim",
        run: engine::run,
    },
];

/// Engines whose time the others are divided by.
const REFERENCES: [&str; 2] = ["plain", "floor"];

const OPTIONS: [OptionSpec; 3] = [
    (
        "--accounts",
        "LIST",
        "numbers of accounts S, at least 1000 (default 10000,100000)",
    ),
    (
        "--messages",
        "N",
        "messages to expect per run (default 1000000)",
    ),
    (
        "--scenario",
        "",
        "print the workload as a pdsim scenario and stop",
    ),
];

fn main() -> ExitCode {
    let arguments = match Arguments::from_command_line(NAME, &OPTIONS) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let done = match arguments.mode {
        Mode::Help => {
            say(&usage(NAME, &OPTIONS));
            Ok(())
        }
        _ if arguments.mode == Mode::Skip || !arguments.selects(NAME) => Ok(()),
        Mode::Smoke => smoke(),
        _ => bench(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            complain(&format!("{NAME}: {fault}"));
            ExitCode::from(2)
        }
    }
}

/// Two small workloads; checks that all engines agree, prints no figures. In the long one with few
/// accounts spammers get their labels, in the short one with many the delay is a good part of the
/// latency.
fn smoke() -> Result<(), String> {
    for accounts in [2_000, 50_000] {
        let workloads = repetitions(accounts, 100_000, 1, 2);
        let series = measure(&ENGINES.iter().collect::<Vec<_>>(), &workloads);
        agree(&workloads[0], &series, agreement::SMALL)?;
        say(&format!(
            "{NAME}: {} engines agree, S = {accounts}\n",
            series.len()
        ));
    }
    Ok(())
}

fn bench(arguments: &Arguments) -> Result<(), String> {
    let sizes = arguments.numbers("--accounts", vec![10_000_u32, 100_000])?;
    let messages = arguments.number("--messages", 1_000_000_u32)?;
    let count = arguments.number("--repetitions", 5_usize)?;
    let seed = arguments.number("--seed", 20_251_101_u64)?;
    if !(50_000..=1_000_000_000).contains(&messages) {
        return Err(format!(
            "`--messages {messages}`: between 50000 and 1000000000, please"
        ));
    }
    if let Some(size) = sizes
        .iter()
        .find(|size| !(1_000..=10_000_000).contains(*size))
    {
        return Err(format!(
            "`--accounts {size}`: between 1000 and 10000000, please"
        ));
    }
    let engines: Vec<_> = ENGINES
        .iter()
        .filter(|one| arguments.selects_engine(one.name))
        .collect();
    if engines.is_empty() {
        let names = ENGINES.map(|engine| engine.name).join(", ");
        return Err(format!("`--engines` leaves none; there are: {names}"));
    }
    let mut lines = Vec::new();
    for accounts in sizes {
        let workloads = repetitions(accounts, messages, seed, count);
        if arguments.has("--scenario") {
            say(&workloads[0].scenario());
            continue;
        }
        lines.extend(one_size(&engines, &workloads)?);
    }
    arguments
        .text("--json")
        .map_or(Ok(()), |path| write_json(path, &lines))
}

fn one_size(
    engines: &[&Engine<Workload, Outcome>],
    workloads: &[Workload],
) -> Result<Vec<Value>, String> {
    let workload = &workloads[0];
    let large = workload.messages >= 1_000_000 && workloads.len() >= 3;
    let tolerance = if large {
        agreement::FULL
    } else {
        agreement::SMALL
    };
    let series = measure(engines, workloads);
    agree(workload, &series, tolerance)?;
    let title = format!(
        "{NAME}, S = {}, {} messages, {} repetitions",
        workload.accounts,
        workload.messages,
        workloads.len()
    );
    say(&table(&title, "message", &series, &REFERENCES));
    say(&agreement::table(&series));
    say(&format!("  agreement asserted: {tolerance:?}\n"));
    let name = format!("{NAME}/{}", workload.accounts);
    Ok(to_json(&name, &series, results))
}

/// One workload per repetition, each with a seed of its own.
fn repetitions(accounts: u32, messages: u32, seed: u64, count: usize) -> Vec<Workload> {
    (seed..)
        .take(count)
        .map(|seed| Workload {
            accounts,
            messages,
            seed,
        })
        .collect()
}

fn agree(
    workload: &Workload,
    series: &[Series<Outcome>],
    tolerance: agreement::Tolerance,
) -> Result<(), String> {
    let faults = agreement::faults(workload, series, tolerance);
    if faults.is_empty() {
        return Ok(());
    }
    complain(&agreement::table(series));
    Err(format!(
        "the engines do not simulate the same model:\n{}",
        faults.join("\n")
    ))
}

fn results(series: &Series<Outcome>) -> Value {
    let summary = agreement::Summary::of(series);
    let shares = VERDICT_NAMES.iter().zip(summary.shares);
    json!({
        "messages": summary.messages,
        "latency_p50_s": summary.p50_s,
        "latency_p99_s": summary.p99_s,
        "shares": shares.map(|(name, share)| ((*name).to_owned(), json!(share))).collect::<serde_json::Map<_, _>>(),
    })
}
