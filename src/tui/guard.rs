//! A terminal that is given back as it was taken, whatever happens.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

/// Whether keys come one by one, unseen: a mode of the whole terminal, not of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raw {
    /// They do, while the guard lives.
    Yes,
    /// The mode stays as it is: for streams that are no terminal.
    No,
}

/// A terminal in the hands of the program; given back when this is dropped.
#[derive(Debug)]
pub struct Guard<W: Write> {
    to: W,
    raw: Raw,
}

impl<W: Write> Guard<W> {
    /// Takes the terminal: an empty screen of its own, the mouse, keys one by one.
    ///
    /// # Errors
    /// Where the terminal cannot do so; it is as before then.
    pub fn new(to: W, raw: Raw) -> io::Result<Self> {
        if raw == Raw::Yes {
            enable_raw_mode()?;
            HELD.store(true, Ordering::SeqCst);
        }
        let mut guard = Self { to, raw };
        execute!(guard.to, EnterAlternateScreen, EnableMouseCapture, Hide)?;
        Ok(guard)
    }
}

impl<W: Write> Drop for Guard<W> {
    fn drop(&mut self) {
        give_back(&mut self.to, self.raw);
    }
}

/// Whether the terminal is in the hands of the program. Given back a second time, it would put its
/// cursor where a panic has just been told.
static HELD: AtomicBool = AtomicBool::new(false);

/// Gives the terminal back. What fails here cannot be helped.
fn give_back(to: &mut impl Write, raw: Raw) {
    if raw == Raw::Yes && !HELD.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = execute!(to, DisableMouseCapture, LeaveAlternateScreen, Show);
    if raw == Raw::Yes {
        let _ = disable_raw_mode();
    }
}

/// From now on a panic gives the terminal back before it is told, so that it can be read.
pub fn restore_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        give_back(&mut io::stdout(), Raw::Yes);
        before(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaving the screen, and the cursor that is seen again (DEC private modes 1049 and 25).
    const LEFT: &str = "\u{1b}[?1049l\u{1b}[?25h";

    #[test]
    fn the_terminal_is_given_back_at_the_end_and_after_a_panic() {
        let mut told = Vec::new();
        drop(Guard::new(&mut told, Raw::No).unwrap());
        let text = String::from_utf8(told).unwrap();
        assert!(
            text.starts_with("\u{1b}[?1049h") && text.ends_with(LEFT),
            "{text:?}"
        );

        let mut told = Vec::new();
        let to = std::panic::AssertUnwindSafe(&mut told);
        let ended = std::panic::catch_unwind(move || {
            let to = to;
            let _guard = Guard::new(to.0, Raw::No).unwrap();
            panic!("on purpose");
        });
        assert!(ended.is_err());
        assert!(String::from_utf8(told).unwrap().ends_with(LEFT));
    }
}
