//! The interactive demo on a real terminal, made by tmux; where that is missing the tests say so.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::cli_program::Sandbox;

/// A terminal of 100 columns and 30 rows in which a shell runs a line; it ends with the test.
struct Pane {
    /// The socket of a server of its own.
    socket: String,
}

impl Pane {
    /// None where there is no tmux.
    fn open(sandbox: &Sandbox, line: &str) -> Option<Self> {
        let socket = sandbox.path("tmux").display().to_string();
        let pane = Self { socket };
        let line = format!("export LC_ALL=C.UTF-8; {line}; echo \"ended with $?\"; exec sleep 60");
        let folder = sandbox.path(".").display().to_string();
        let open = [
            "new-session",
            "-d",
            "-x",
            "100",
            "-y",
            "30",
            "-c",
            &folder,
            &line,
        ];
        let started = pane.command(&open).status();
        let Ok(status) = started else {
            eprintln!("skipped: there is no tmux to make a terminal with");
            return None;
        };
        assert!(status.success(), "{status}");
        Some(pane)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-S", &self.socket, "-f", "/dev/null"]);
        command.args(arguments).env_remove("TMUX");
        command
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("tmux starts");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn press(&self, keys: &[&str]) {
        self.ask(&[&["send-keys"], keys].concat());
    }

    /// Letters as they are, not as names of keys.
    fn write(&self, letters: &str) {
        self.ask(&["send-keys", "-l", letters]);
    }

    fn screen(&self) -> String {
        self.ask(&["capture-pane", "-p"])
    }

    /// The screen as soon as it shows a text; a minute is more than any machine needs.
    fn wait_for(&self, text: &str) -> String {
        for _ in 0..2_000 {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        panic!("no `{text}` on\n{}", self.screen());
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        let _ = self
            .command(&["kill-server"])
            .stderr(Stdio::null())
            .status();
    }
}

#[test]
fn somebody_sends_accepts_blocks_labels_saves_and_quits_on_a_real_terminal() {
    let sandbox = Sandbox::new();
    let program = env!("CARGO_BIN_EXE_pdsim");
    let Some(pane) = Pane::open(&sandbox, &format!("echo before; '{program}' tui")) else {
        return;
    };
    pane.wait_for("nobody wrote so far");
    pane.press(&["o"]);
    pane.write("mallory dave");
    pane.press(&["Enter", "m"]);
    pane.write("You have won");
    pane.press(&["Enter"]);
    let screen = pane.wait_for("mallory→dave request");
    assert!(screen.contains(": You have won"), "{screen}");
    pane.press(&["a"]);
    pane.wait_for("✓ delivered");
    pane.press(&["b", "Enter"]);
    pane.wait_for("✗ block");
    // The label is known two seconds later: ten times as fast, a fifth of a second.
    pane.press(&["l", "+"]);
    pane.wait_for("spammer label");
    std::thread::sleep(Duration::from_millis(500));
    pane.press(&["Enter"]);
    pane.wait_for("✗ label");
    pane.press(&["s"]);
    pane.wait_for("saved as session.toml");
    pane.press(&["q"]);
    // The screen from before is there again, and the program says what is left to do.
    let screen = pane.wait_for("ended with 0");
    assert!(
        screen.starts_with("before\nSession in session.toml"),
        "{screen}"
    );
    assert_eq!(
        pane.ask(&["display-message", "-p", "#{alternate_on}"]),
        "0\n"
    );

    // What was played is what the saved scenario gives.
    sandbox.succeed("run session.toml --out again --no-report");
    let outcomes = sandbox.read("again/outcomes.csv");
    for row in ["delivered,1", "refused.block,1", "refused.label,1"] {
        assert!(outcomes.contains(row), "{row}\n{outcomes}");
    }
    let saved = sandbox.read("session.toml");
    assert!(saved.contains("text = \"You have won\""), "{saved}");
}

/// What the test below runs in a terminal: this very test, where it is asked for.
#[test]
fn a_panic_in_a_terminal() {
    if std::env::var_os("PDSIM_PANIC").is_none() {
        return;
    }
    pdsim::tui::restore_on_panic();
    let guard = pdsim::tui::Guard::new(std::io::stdout(), pdsim::tui::Raw::Yes);
    let _guard = guard.expect("a terminal");
    print!("drawn on a screen of its own");
    std::io::stdout().flush().expect("a terminal");
    panic!("on purpose");
}

#[test]
fn the_terminal_is_as_before_after_a_panic() {
    let sandbox = Sandbox::new();
    let program = std::env::current_exe().expect("this test");
    let line = format!(
        "RUST_BACKTRACE=0 PDSIM_PANIC=1 '{}' --exact tui_terminal::a_panic_in_a_terminal --nocapture; stty -a",
        program.display()
    );
    let Some(pane) = Pane::open(&sandbox, &line) else {
        return;
    };
    let screen = pane.wait_for("ended with 0");
    assert!(
        screen.contains("on purpose"),
        "the panic can be read:\n{screen}"
    );
    assert!(!screen.contains("drawn on a screen"), "{screen}");
    // Keys are shown and come line by line again.
    assert!(
        screen.contains(" icanon ") && screen.contains(" echo "),
        "{screen}"
    );
    assert_eq!(
        pane.ask(&["display-message", "-p", "#{alternate_on}"]),
        "0\n"
    );
    assert_eq!(
        pane.ask(&["display-message", "-p", "#{cursor_flag}"]),
        "1\n"
    );
}

#[test]
fn without_a_terminal_one_sentence_says_so() {
    let sandbox = Sandbox::new();
    let ended = sandbox.run("tui");
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert_eq!(
        ended.err,
        "pdsim: tui needs a terminal for standard input and standard output; `pdsim run` needs none\n"
    );
}

#[test]
fn the_picture_is_drawn_without_a_terminal() {
    let sandbox = Sandbox::new();
    sandbox.succeed("tui --picture screen.svg");
    let drawn = sandbox.read("screen.svg");
    assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"));
    let kept = crate::support::repository_file("docs/pictures/tui.svg");
    assert_eq!(drawn.into_bytes(), kept);
}
