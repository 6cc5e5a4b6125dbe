//! What a terminal gets and a pipe does not: pictures, tables broken to its width, letters that its
//! locale has. A real pseudo-terminal, made by `script`; where that is missing the tests say so.

use std::process::Command;

use crate::cli_program::Sandbox;
use crate::report::WAVE;

/// What the program prints on a terminal of so many columns.
fn on_terminal(sandbox: &Sandbox, columns: u32, locale: &str, arguments: &str) -> Option<String> {
    let program = env!("CARGO_BIN_EXE_pdsim");
    let line = format!("stty cols {columns} rows 24; exec '{program}' {arguments}");
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(sandbox.path("."))
        .env("LC_ALL", locale)
        .stdin(std::process::Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8(output.stdout).expect("text");
            Some(text.replace("\r\n", "\n"))
        }
        Ok(output) => panic!("{arguments}: {output:?}"),
        Err(_) => {
            eprintln!("skipped: there is no `script` to make a terminal with");
            None
        }
    }
}

fn ran() -> Sandbox {
    let sandbox = Sandbox::with("wave.toml", WAVE);
    sandbox.succeed("run wave.toml --no-report");
    sandbox
}

#[test]
fn a_terminal_gets_the_course_of_leakage_and_where_spam_ended() {
    let sandbox = ran();
    let Some(text) = on_terminal(&sandbox, 120, "C.UTF-8", "show results/wave") else {
        return;
    };
    let piped = sandbox.succeed("show results/wave").out;
    assert!(
        text.starts_with(&piped),
        "the tables first:\n{text}\n{piped}"
    );
    let pictures: Vec<&str> = text[piped.len()..].lines().collect();
    let place = |head: &str| {
        pictures
            .iter()
            .position(|line| line.starts_with(head))
            .expect(head)
    };
    let bar = pictures[place("Where spam ended") + 1];
    assert_eq!(bar.chars().count(), 60, "{bar}");
    // An hour in steps of five minutes; nothing is sent before the tenth and after the fiftieth.
    let course = pictures[place("Leakage over time") + 1];
    assert_eq!(course.chars().count(), 10, "{course}");
    assert!(course.starts_with("  ") && course.contains('█'), "{course}");
}

#[test]
fn a_locale_without_utf_8_gets_ascii() {
    let sandbox = ran();
    let Some(text) = on_terminal(&sandbox, 80, "C", "show results/wave") else {
        return;
    };
    assert!(text.contains("Leakage over time"), "{text}");
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn a_narrow_terminal_gets_tables_of_its_width() {
    let sandbox = ran();
    let table = "show results/wave --where metric=spam.leakage";
    let Some(text) = on_terminal(&sandbox, 40, "C", table) else {
        return;
    };
    let widest = text.lines().map(str::len).max();
    assert!(widest <= Some(40), "{text}");
    let piped = sandbox.succeed(table).out;
    assert_eq!(piped.lines().count(), 2, "{piped}");
    // Every word of the table is there; only the first column stands in every block.
    for word in piped.split_whitespace() {
        assert!(text.contains(word), "{word}\n{text}");
    }
}

#[test]
fn a_run_on_a_terminal_ends_with_its_tables_whatever_progress_was_drawn() {
    let sandbox = Sandbox::with("wave.toml", WAVE);
    let Some(text) = on_terminal(&sandbox, 100, "C", "run wave.toml") else {
        return;
    };
    assert!(text.contains("Where spam ended"), "{text}");
    assert!(
        text.trim_end().ends_with("says what a metric means"),
        "{text}"
    );
}
