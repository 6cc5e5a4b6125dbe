//! `pdsim selftest`: the simulator against closed forms, on the machine it runs on.

use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::run::{self, FormatArg};
use crate::experiment::Options;
use crate::experiment::selftest::{Row, cases};
use crate::report;

/// Arguments of `selftest`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// How the table on standard output is written
    #[arg(long, value_enum, default_value_t)]
    pub format: FormatArg,
    /// Run only cases whose name contains this text, such as "M/M/1"
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Where no case has the name, a law of the model was broken or standard output cannot be written.
pub fn main(args: &Args, jobs: Option<usize>, console: Console) -> Result<Exit, Failure> {
    let mut cases = cases();
    let all: Vec<String> = cases.iter().map(|case| case.name().to_owned()).collect();
    if let Some(only) = &args.only {
        cases.retain(|case| case.name().contains(only));
    }
    if cases.is_empty() {
        let asked = args.only.as_deref().unwrap_or_default();
        return Err(Failure::input(format!(
            "no case has `{asked}` in its name; write a part of one of:\n  {}",
            all.join("\n  ")
        )));
    }
    let options = Options {
        threads: jobs,
        ..Options::default()
    };
    let mut rows: Vec<Row> = Vec::new();
    let start = run::now();
    for case in &cases {
        console.detail(&format!("{}: {} claims", case.name(), case.claims().len()));
        let progress = Progress::new(console, None, 0);
        let measured = case.run(options, &progress);
        progress.finish();
        rows.extend(measured.map_err(|error| run::failure(&error))?);
    }
    console::print(&report::selftest(&rows, args.format.into()))?;
    let took = start.elapsed().as_secs_f64();
    console.note(&format!("selftest took {took:.1} s"));
    Ok(if rows.iter().all(Row::agrees) {
        Exit::Done
    } else {
        Exit::Failed
    })
}
