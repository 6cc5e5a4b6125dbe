//! `pdsim tui [FILE]`: the interactive demo on the virtual clock.

mod terminal;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use self::terminal::{Saving, TerminalFront};
use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input::{self, Layers};
use crate::experiment::Arm;
use crate::experiment::session::Session;
use crate::experiment::tracing;
use crate::report::life::{self, LifeNames};
use crate::report::{Letters, human, picture};
use crate::scenario::{Disk, Files, Loader, Memory};
use crate::trace::Life;
use crate::tui::{self, Look, Script, State, Words, play, showcase};

/// Arguments of `tui`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_long_help = keys_help())]
pub struct Args {
    /// The scenario to play with [default: two PDSes with the checks of the proof of concept]
    pub file: Option<PathBuf>,
    /// Where `s` saves the session
    #[arg(long, value_name = "FILE", default_value = "session.toml")]
    pub save: PathBuf,
    /// Instead of playing: draw the screen after the session that is shown in the README, as SVG
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub picture: Option<PathBuf>,
    /// Lay one value over the scenario: --set run.duration=2h
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// The name under which the embedded scenario is shown.
const EMBEDDED: &str = "two-pds.toml";

fn keys_help() -> String {
    let keys = tui::keys::KEYS.iter();
    let lines: Vec<String> = keys
        .map(|(keys, what)| format!("  {keys:9} {what}"))
        .collect();
    format!("Keys:\n{}", lines.join("\n"))
}

/// Runs the command.
///
/// # Errors
/// Where there is no terminal, or the scenario cannot be run.
pub fn main(args: &Args, console: Console) -> Result<Exit, Failure> {
    if args.picture.is_none() && !has_terminal() {
        return Err(Failure::input(
            "tui needs a terminal for standard input and standard output; `pdsim run` needs none",
        ));
    }
    let files: Box<dyn Files> = match &args.file {
        Some(_) => Box::new(Disk),
        None => Box::new(Memory::embedded([(EMBEDDED, tui::SCENARIO.as_bytes())])),
    };
    let session = open(args, files.as_ref(), console)?;
    let mut state = State::new(session, words());
    match &args.picture {
        Some(path) => draw(&mut state, path),
        None => on_terminal(&mut state, args),
    }
}

fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

fn open<'f>(args: &Args, files: &'f dyn Files, console: Console) -> Result<Session<'f>, Failure> {
    let mut loader = Loader::new(files);
    let file = args.file.as_deref().unwrap_or(Path::new(EMBEDDED));
    let layers = Layers {
        set: args.set.clone(),
        seed: args.seed,
        replications: None,
    };
    let scenario = input::prepare(file, &layers, &mut loader);
    input::tell(&loader.faults, &loader.sources, console);
    let Some(scenario) = scenario else {
        return Err(input::refused(&loader.faults));
    };
    Session::new(loader, scenario.tree).map_err(|loader| {
        input::tell(&loader.faults, &loader.sources, console);
        input::refused(&loader.faults)
    })
}

/// How the program says things.
pub fn words() -> Words {
    Words {
        life: tell_life,
        value: human::value,
        course,
    }
}

fn tell_life(life: &Life, arm: &Arm) -> String {
    let names = LifeNames {
        names: tracing::names(arm),
        labelers: tracing::labeler_names(arm),
    };
    life::life(life, &names)
}

/// From 0 to the largest.
fn course(values: &[Option<f64>], look: Look) -> String {
    let letters = match look {
        Look::Unicode => Letters::Unicode,
        Look::Ascii => Letters::Ascii,
    };
    let top = values
        .iter()
        .flatten()
        .fold(0.0_f64, |top, value| top.max(*value));
    picture::sparkline(values, top, letters)
}

fn draw(state: &mut State<'_>, path: &Path) -> Result<Exit, Failure> {
    let mut script = Script::new(showcase(), (100, 32));
    let Ok(()) = play(state, &mut script);
    let drawn = tui::svg(script.screen(), "A session of pdsim tui");
    std::fs::write(path, drawn)
        .map_err(|error| Failure::output(format!("cannot write {}: {error}", path.display())))?;
    console::print(&format!("Picture in {}\n", path.display()))?;
    Ok(Exit::Done)
}

fn on_terminal(state: &mut State<'_>, args: &Args) -> Result<Exit, Failure> {
    state.look = match console::letters() {
        Letters::Unicode => Look::Unicode,
        Letters::Ascii => Look::Ascii,
    };
    state.say("Enter sends a message; ? shows the keys; q quits");
    let saving = Saving::to(&args.save);
    let failed = |error: std::io::Error| Failure::output(format!("the terminal: {error}"));
    let saved = {
        tui::restore_on_panic();
        let mut front = TerminalFront::new(saving).map_err(failed)?;
        play(state, &mut front).map_err(failed)?;
        front.saved()
    };
    if let Some(path) = saved {
        let path = path.display();
        console::print(&format!(
            "Session in {path}; `pdsim run {path}` repeats it\n"
        ))?;
    }
    Ok(Exit::Done)
}
