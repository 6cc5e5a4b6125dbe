//! `pdsim limits VECTOR.csv --policy POLICY.toml`: a bare vector of arrivals through the layers of a
//! policy file; each decision as a CSV row.

use std::path::PathBuf;

use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input;
use crate::policy::limit::vector::{Arrival, Replay, Row};
use crate::report;
use crate::scenario::{Disk, Loader, PolicySpec, SCENARIO, VectorRow, at_its_place, read_vector};

/// Arguments of `limits`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// CSV with the columns `t_ms,cost,sender,pds`, in the order of time
    pub vector: PathBuf,
    /// TOML with [limits.*] and [limits-charging]
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// Where a file is faulty or the decisions cannot be written.
pub fn main(args: &Args, console: Console) -> Result<Exit, Failure> {
    let mut loader = Loader::new(&Disk);
    let replay = policy(args, &mut loader);
    let rows = vector(args, &mut loader);
    input::tell(&loader.faults, &loader.sources, console);
    let (Some(mut replay), Some(rows), false) = (replay, rows, loader.faults.has_errors()) else {
        return Err(input::refused(&loader.faults));
    };
    let mut lines = vec![["row", "t_ms", "decision", "layer", "retry_after_ms"].map(str::to_owned)];
    for row in &rows {
        let decision = replay.step(&arrival(row));
        let decision = decision.map_err(|fault| Failure::input(fault.to_string()))?;
        lines.push(line(&decision));
    }
    for (layer, keys) in replay.evictions() {
        console.note(&format!(
            "warning: the limit `{layer}` forgot {keys} keys that still counted: their budgets began anew; raise limits.{layer}.max-keys"
        ));
    }
    let csv = report::records(lines.into_iter().map(Vec::from));
    console::print(&String::from_utf8_lossy(&csv))?;
    Ok(Exit::Done)
}

fn policy(args: &Args, loader: &mut Loader<'_>) -> Option<Replay> {
    let tree = loader.scenario(&args.policy, &SCENARIO)?;
    let policy = PolicySpec::prepare(&tree, loader)?;
    match Replay::new(&policy.limits, &policy.limits_charging) {
        Ok(replay) => Some(replay),
        Err(faults) => {
            for fault in faults {
                loader.faults.push(at_its_place(fault, &tree));
            }
            None
        }
    }
}

fn vector(args: &Args, loader: &mut Loader<'_>) -> Option<Vec<VectorRow>> {
    let source = loader.data_at(&args.vector)?;
    read_vector(source, &loader.sources, &mut loader.faults)
}

fn arrival(row: &VectorRow) -> Arrival<'_> {
    Arrival {
        t_ms: row.t_ms,
        cost: row.cost,
        sender: &row.sender,
        pds: &row.pds,
    }
}

fn line(row: &Row) -> [String; 5] {
    let retry = row.retry_after_ms().map(|ms| ms.to_string());
    [
        row.row.to_string(),
        row.t_ms.to_string(),
        row.outcome.name().to_owned(),
        row.layer.clone().unwrap_or_default(),
        retry.unwrap_or_default(),
    ]
}
