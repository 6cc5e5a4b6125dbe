//! `pdsim completions SHELL` and `pdsim man`: generated from the arguments themselves.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::console;
use super::exit::{Exit, Failure};

/// Arguments of `completions`.
#[derive(Debug, Clone, clap::Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the completion script of a shell.
///
/// # Errors
/// Where standard output cannot be written.
pub fn completions(args: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "pdsim", &mut script);
    console::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Prints the manual pages of the program and of every command, one after the other.
///
/// # Errors
/// Where standard output cannot be written.
pub fn man() -> Result<Exit, Failure> {
    let mut pages = Vec::new();
    let mut program = super::Cli::command();
    program.build();
    let rendered = page(&program, &mut pages).and_then(|()| {
        let commands = program.get_subcommands();
        let own = commands.filter(|command| command.get_name() != "help");
        own.cloned()
            .try_for_each(|command| page(&command, &mut pages))
    });
    rendered.map_err(|error| Failure::output(error.to_string()))?;
    console::print(&String::from_utf8_lossy(&pages))?;
    Ok(Exit::Done)
}

fn page(command: &clap::Command, into: &mut Vec<u8>) -> std::io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(into)
}
