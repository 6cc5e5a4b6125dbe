//! What the README shows is what the program prints.
//!
//! Every command in a block of the README is run as the built program, in an empty folder that has
//! `scenarios/` in it, and what it prints on standard output is compared with the text below the
//! command. `cargo test`, which runs this test, is the only command that is not run.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::support::repository_file;

/// A command of a block, without its `$ `, and what stands below it.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    command: String,
    printed: String,
}

#[test]
fn the_readme_prints_what_the_program_prints() {
    let text = String::from_utf8(repository_file("README.md")).expect("text");
    let all = shown(&text);
    assert!(all.len() >= 2, "the README shows its commands: {all:?}");
    let folder = workplace();
    let mut wrong = String::new();
    for Shown { command, printed } in all {
        let Some(arguments) = arguments(&command) else {
            assert_eq!(printed, "", "{command}: nothing checks what it prints");
            continue;
        };
        let output = Command::new(env!("CARGO_BIN_EXE_pdsim"))
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .expect("the program starts");
        let got = String::from_utf8(output.stdout).expect("text");
        if !output.status.success() || got.trim_end() != printed.trim_end() {
            let _ = writeln!(wrong, "$ {command}\n{got}({})\n", output.status);
        }
    }
    assert!(
        wrong.is_empty(),
        "the README is old; these print now:\n\n{wrong}"
    );
}

#[test]
fn the_two_commands_of_the_readme_are_a_run_and_the_tests() {
    let text = String::from_utf8(repository_file("README.md")).expect("text");
    let all = shown(&text);
    assert!(
        all[0].command.starts_with("cargo run --release -- "),
        "{all:?}"
    );
    assert_eq!(all[1].command, "cargo test");
}

#[test]
fn every_file_that_a_document_links_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let in_docs = std::fs::read_dir(root.join("docs")).expect("docs/");
    let in_docs = in_docs.map(|entry| entry.expect("an entry").path());
    let documents = in_docs.chain([root.join("README.md")]);
    for document in documents.filter(|path| path.extension().is_some_and(|end| end == "md")) {
        let text = std::fs::read_to_string(&document).expect("text");
        for target in links(&text) {
            let place = document.parent().expect("a folder").join(&target);
            assert!(place.exists(), "{} links to {target}", document.display());
        }
    }
}

/// The targets of Markdown links that are files.
fn links(text: &str) -> Vec<String> {
    let heads = text.split("](").skip(1);
    let targets = heads.filter_map(|rest| rest.split(')').next());
    let targets = targets.map(|target| target.split('#').next().unwrap_or_default());
    let is_file = |target: &&str| !target.is_empty() && !target.contains("://");
    targets.filter(is_file).map(str::to_owned).collect()
}

/// The commands in fenced blocks that open with `$`.
fn shown(text: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    for block in text.split("```").skip(1).step_by(2) {
        let first = found.len();
        // The first line of a block names its language.
        for line in block.lines().skip(1) {
            if let Some(command) = line.strip_prefix("$ ") {
                found.push(Shown {
                    command: command.to_owned(),
                    printed: String::new(),
                });
            } else if let Some(shown) = found[first..].last_mut() {
                shown.printed += line;
                shown.printed.push('\n');
            }
        }
    }
    found
}

/// What the program is called with; nothing for `cargo test`.
fn arguments(command: &str) -> Option<Vec<&str>> {
    if command == "cargo test" {
        return None;
    }
    let of_cargo = command.strip_prefix("cargo run --release -- ");
    let of_binary = || command.strip_prefix("target/release/pdsim ");
    let arguments = of_cargo.or_else(of_binary);
    let arguments = arguments.unwrap_or_else(|| panic!("{command}: the test cannot run this"));
    Some(arguments.split_whitespace().collect())
}

/// An empty folder with the scenarios in it.
fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&root.join("scenarios"), &folder.path().join("scenarios"));
    folder
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let place = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &place);
        } else {
            std::fs::copy(&path, &place).expect("a file");
        }
    }
}

#[test]
fn a_command_and_its_output_are_found_in_a_block() {
    let text =
        "a\n```console\n$ cargo run --release -- run a.toml\nx\n\ny\n$ cargo test\n```\nb `$ c`\n";
    let expected = [
        Shown {
            command: "cargo run --release -- run a.toml".to_owned(),
            printed: "x\n\ny\n".to_owned(),
        },
        Shown {
            command: "cargo test".to_owned(),
            printed: String::new(),
        },
    ];
    assert_eq!(shown(text), expected);
    assert_eq!(arguments(&expected[0].command), Some(vec!["run", "a.toml"]));
    assert_eq!(arguments("cargo test"), None);
}
