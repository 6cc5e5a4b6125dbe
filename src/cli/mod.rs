//! The command line: arguments, progress, colours, exit codes, wiring.
//!
//! One file per command; this one is the table of contents.

mod bench;
mod check;
mod compare;
mod console;
mod diff;
mod exit;
mod explain;
mod explain_limit;
mod histograms;
mod init;
mod input;
mod interrupt;
mod limits;
mod manual;
mod memory;
mod precision;
mod progress;
mod provenance;
mod replay;
mod replay_sweep;
mod report;
mod resume;
mod run;
mod schema;
mod selftest;
mod show;
mod standing;
mod sweep;
mod threads;
mod trace;
pub mod tui;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::console::{Color, Console, Talk};
use self::exit::{Exit, Failure};

/// Simulates incoming message queues on AT Protocol PDSes: how much spam leaks, and what honest
/// traffic pays, under a policy.
#[derive(Debug, Parser)]
#[command(name = "pdsim", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Global {
    /// Colours on standard error
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
    /// Say nothing but errors on standard error
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say what is done, and show every metric
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Replications that run at once [default: one per core]; no result depends on it
    #[arg(short, long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Refuse a run that would need more memory, such as 2GiB [default: what the machine can spare]
    #[arg(long, global = true, value_name = "SIZE")]
    max_memory: Option<crate::units::Size>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented scenario to start from
    Init(init::Args),
    /// Compare five rate-limit policies under a spam wave: the study that comes with the program
    Demo(compare::DemoArgs),
    /// Compare arms under common random numbers, with a verdict per arm
    Compare(compare::Args),
    /// Run the arms of a study at every point of its factors: one tidy table, main effects
    Sweep(sweep::Args),
    /// Run a scenario: all replications, a table, a folder of results
    Run(run::Args),
    /// Measure how fast a scenario runs on this machine, and where the time goes
    Bench(bench::Args),
    /// Validate scenarios, studies and policies
    Check(check::Args),
    /// Replay a bare vector of arrivals through the limits of a policy file
    Limits(limits::Args),
    /// Write the report of results: one HTML page with charts
    Report(report::Args),
    /// Show results without a new run
    Show(show::Args),
    /// Show what differs between two folders of results
    Diff(diff::Args),
    /// Show a message's life, check by check, and which policy would have stopped it
    Trace(trace::Args),
    /// Play with a scenario on the terminal: send, block, label, accept, and see what it does
    Tui(tui::Args),
    /// Run the scenario of a folder again and compare every byte
    Replay(replay::Args),
    /// Hold the simulator against closed forms on this machine; exit code 1 where they disagree
    Selftest(selftest::Args),
    /// Say what a metric, key, policy, attacker, outcome or error code means
    Explain(explain::Args),
    /// Print the JSON Schema of scenario files
    Schema,
    /// Print the completion script of a shell
    Completions(manual::Completions),
    /// Print the manual pages
    Man,
}

/// Runs the program with the given arguments, its own name first.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output, which may be closed.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let console = cli.global.console();
    memory::allow(cli.global.max_memory, cli.global.jobs);
    let ended = std::panic::catch_unwind(|| dispatch(&cli, console));
    let exit = match ended {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            if !failure.message.is_empty() {
                console::error(&format!("pdsim: {}", failure.message));
            }
            failure.exit
        }
        Err(_) => {
            console::error("pdsim: this is a fault of pdsim, not of its input");
            Exit::Failed
        }
    };
    ExitCode::from(exit.code())
}

fn dispatch(cli: &Cli, console: Console) -> Result<Exit, Failure> {
    let jobs = cli.global.jobs.map(usize::from);
    match &cli.command {
        Command::Demo(args) => compare::demo(args, jobs, console),
        Command::Compare(args) => compare::main(args, jobs, console),
        Command::Sweep(args) => sweep::main(args, jobs, console),
        Command::Init(args) => init::main(args),
        Command::Run(args) => run::main(args, jobs, console),
        Command::Bench(args) => bench::main(args, console),
        Command::Check(args) => check::main(args, console),
        Command::Limits(args) => limits::main(args, console),
        Command::Report(args) => report::main(args, console),
        Command::Show(args) => show::main(args, console),
        Command::Diff(args) => diff::main(args, console),
        Command::Trace(args) => trace::main(args, jobs, console),
        Command::Tui(args) => tui::main(args, console),
        Command::Replay(args) => replay::main(args, jobs, console),
        Command::Selftest(args) => selftest::main(args, jobs, console),
        Command::Explain(args) => explain::main(args),
        Command::Schema => schema::main(),
        Command::Completions(args) => manual::completions(args),
        Command::Man => manual::man(),
    }
}

impl Global {
    fn console(&self) -> Console {
        let talk = match (self.quiet, self.verbose) {
            (true, _) => Talk::Quiet,
            (false, false) => Talk::Normal,
            (false, true) => Talk::Verbose,
        };
        Console::new(self.color, talk)
    }
}
