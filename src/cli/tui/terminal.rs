//! The terminal of the interactive demo: what it shows, what is pressed, where a session is saved.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Stdout, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event;

use crate::tui::{Action, Front, Guard, Hit, Raw, Scene, State, Wait, keys, view};
use crate::units::Span;

#[expect(
    clippy::disallowed_types,
    reason = "only `cli` looks at the wall's clock, which moves the virtual one here"
)]
type Instant = std::time::Instant;

/// How long a picture stands.
const FRAME: Duration = Duration::from_millis(40);
/// Longer than this nobody waited: the program was stopped, or the machine slept.
const LONGEST: Duration = Duration::from_secs(1);

/// A real terminal.
pub(super) struct TerminalFront {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    hits: Vec<Hit>,
    /// When time went by last.
    last: Instant,
    saving: Saving,
    /// Dropped last: the terminal is given back.
    _guard: Guard<Stdout>,
}

impl TerminalFront {
    /// Takes the terminal.
    pub(super) fn new(saving: Saving) -> io::Result<Self> {
        let guard = Guard::new(io::stdout(), Raw::Yes)?;
        Ok(Self {
            terminal: Terminal::new(CrosstermBackend::new(io::stdout()))?,
            hits: Vec::new(),
            last: Instant::now(),
            saving,
            _guard: guard,
        })
    }

    /// Where the session was saved, if it was.
    pub(super) fn saved(&self) -> Option<PathBuf> {
        self.saving.own.clone()
    }

    /// What went by since the last tick.
    fn tick(&mut self) -> Action {
        let now = Instant::now();
        let passed = now.duration_since(self.last).min(LONGEST);
        self.last = now;
        let ns = u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX);
        Action::Tick(Span::from_ns(ns))
    }
}

impl Front for TerminalFront {
    type Error = io::Error;

    fn show(&mut self, state: &State<'_>, scene: &Scene<'_>) -> io::Result<()> {
        let hits = &mut self.hits;
        self.terminal
            .draw(|frame| *hits = view(state, scene, frame.buffer_mut()))?;
        Ok(())
    }

    fn next(&mut self, state: &State<'_>, wait: Wait) -> io::Result<Option<Action>> {
        let since = self.last.elapsed();
        let longest = match wait {
            // However much is pressed, time goes by.
            Wait::Frame if since >= FRAME => return Ok(Some(self.tick())),
            Wait::Frame => FRAME.saturating_sub(since),
            Wait::Not => Duration::ZERO,
        };
        if event::poll(longest)? {
            let event = event::read()?;
            return Ok(keys::action(&event, state, &self.hits));
        }
        Ok(match wait {
            Wait::Frame => Some(self.tick()),
            Wait::Not => None,
        })
    }

    fn save(&mut self, state: &State<'_>) -> Result<String, String> {
        let folder = self.saving.folder();
        let text = state.session.text(|path| seen_from(&folder, path));
        let path = self.saving.write(&text)?;
        Ok(format!(
            "saved as {0}; `pdsim run {0}` repeats it",
            path.display()
        ))
    }
}

/// A file as it is named in a folder: as it is where both start at the working folder, else whole.
fn seen_from(folder: &Path, path: &Path) -> String {
    if folder.as_os_str().is_empty() {
        return path.display().to_string();
    }
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole.display().to_string()
}

/// Where sessions are saved. What others wrote is never written over.
pub(super) struct Saving {
    wanted: PathBuf,
    /// The file that was written, once one was.
    own: Option<PathBuf>,
}

impl Saving {
    pub(super) fn to(wanted: &Path) -> Self {
        Self {
            wanted: wanted.to_owned(),
            own: None,
        }
    }

    fn folder(&self) -> PathBuf {
        self.wanted
            .parent()
            .map_or_else(PathBuf::new, Path::to_owned)
    }

    fn write(&mut self, text: &str) -> Result<PathBuf, String> {
        if let Some(own) = &self.own {
            let told = |error: io::Error| format!("cannot write {}: {error}", own.display());
            std::fs::write(own, text).map_err(told)?;
            return Ok(own.clone());
        }
        for number in 1_u32.. {
            let path = self.numbered(number);
            let new = OpenOptions::new().write(true).create_new(true).open(&path);
            match new.and_then(|mut file| file.write_all(text.as_bytes())) {
                Ok(()) => {
                    self.own = Some(path.clone());
                    return Ok(path);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(format!("cannot write {}: {error}", path.display())),
            }
        }
        Err("there is no free name".to_owned())
    }

    /// `session.toml`, `session-2.toml` and so on.
    fn numbered(&self, number: u32) -> PathBuf {
        if number == 1 {
            return self.wanted.clone();
        }
        let part = |part: Option<&std::ffi::OsStr>| {
            part.map_or(String::new(), |part| part.to_string_lossy().into_owned())
        };
        let stem = part(self.wanted.file_stem());
        let name = format!("{stem}-{number}.{}", part(self.wanted.extension()));
        self.wanted.with_file_name(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_saved_under_the_first_free_name_and_stays_there() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = folder.path().join("session.toml");
        std::fs::write(&wanted, "another's").unwrap();
        let mut saving = Saving::to(&wanted);
        let second = folder.path().join("session-2.toml");
        assert_eq!(saving.write("one"), Ok(second.clone()));
        assert_eq!(saving.write("two"), Ok(second.clone()));
        assert_eq!(std::fs::read_to_string(&wanted).unwrap(), "another's");
        assert_eq!(std::fs::read_to_string(&second).unwrap(), "two");
    }

    #[test]
    fn data_files_are_named_as_the_saved_scenario_reaches_them() {
        assert_eq!(
            seen_from(Path::new(""), Path::new("data/a.csv")),
            "data/a.csv"
        );
        let whole = seen_from(Path::new("elsewhere"), Path::new("data/a.csv"));
        assert!(Path::new(&whole).is_absolute() && whole.ends_with("data/a.csv"));
    }
}
