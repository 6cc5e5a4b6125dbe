//! Standard output and standard error: who says what where, in colours or not.
//!
//! Results go to standard output, everything else to standard error. A reader that closes the pipe
//! ends the output quietly.

use std::io::{ErrorKind, IsTerminal, Write};

use super::exit::Failure;
use crate::report::{Letters, Screen};
use crate::scenario::Ink;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment says `NO_COLOR`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Talk {
    /// Errors only.
    Quiet,
    /// Warnings, progress and hints too.
    Normal,
    /// Also what is done, step by step.
    Verbose,
}

/// The two streams of the program.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    /// How excerpts of files are drawn.
    pub ink: Ink,
    /// How much is said.
    pub talk: Talk,
    /// The terminal on which results are shown; none where standard output is a file or a pipe.
    pub screen: Option<Screen>,
}

impl Console {
    /// The console as the options ask for it.
    pub fn new(color: Color, talk: Talk) -> Self {
        let is_coloured = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => std::io::stderr().is_terminal() && !no_color(),
        };
        let ink = if is_coloured {
            Ink::Coloured
        } else {
            Ink::Plain
        };
        let screen = std::io::stdout().is_terminal().then(screen);
        Self { ink, talk, screen }
    }

    /// Says something that a reader should know, with a newline.
    pub fn note(self, text: &str) {
        if self.talk >= Talk::Normal {
            say(text);
        }
    }

    /// Says what is being done, with a newline, to those who want to know.
    pub fn detail(self, text: &str) {
        if self.talk >= Talk::Verbose {
            say(text);
        }
    }

    /// Whether progress may be drawn.
    pub fn shows_progress(self) -> bool {
        self.talk >= Talk::Normal && std::io::stderr().is_terminal()
    }
}

/// Writes results to standard output.
///
/// # Errors
/// Where they cannot be written, except that nobody reads them any more.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::output(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Says what went wrong on standard error, with a newline.
pub fn error(text: &str) {
    say(text);
}

/// A closed standard error is nobody's concern.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// The terminal of standard output.
fn screen() -> Screen {
    let size = terminal_size::terminal_size();
    let width = size.map_or(80, |(width, _)| usize::from(width.0));
    Screen {
        width,
        letters: letters(),
    }
}

/// What the locale says that the terminal can show: the first of the variables that is set decides.
#[expect(
    clippy::disallowed_methods,
    reason = "only `cli` looks at the environment"
)]
pub fn letters() -> Letters {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter();
    let mut values = named.filter_map(|name| std::env::var(name).ok());
    let locale = values.find(|value| !value.is_empty()).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    if locale.contains("utf-8") || locale.contains("utf8") {
        Letters::Unicode
    } else {
        Letters::Ascii
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "only `cli` looks at the environment"
)]
fn no_color() -> bool {
    // Any value but the empty one counts, see no-color.org.
    std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty())
}
