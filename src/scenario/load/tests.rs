//! Chains of files in memory and on disk, against exact messages.

use super::*;
use crate::scenario::{SCENARIO, decode};

/// The tree of the first of the files, as TOML, or the faults.
fn loaded(named: &[(&str, &str)], sets: &[&str]) -> Result<String, Vec<String>> {
    let files = Memory::files(named.iter().map(|(path, text)| (*path, text.as_bytes())));
    let mut loader = Loader::new(&files);
    let mut root = loader.scenario(Path::new(named[0].0), &SCENARIO);
    let nowhere = loader.sources.add(Origin::File, "", "".into());
    let mut tree = root.take().unwrap_or(Node::root(nowhere));
    for set in sets {
        loader.set(&mut tree, set, &SCENARIO);
    }
    match loader.faults.lines(&loader.sources) {
        faults if faults.is_empty() => Ok(tree.to_string()),
        faults => Err(faults),
    }
}

#[test]
fn later_layers_win_and_set_wins_last() {
    let files = [
        ("a.toml", "extends = \"sub/b.toml\"\n[run]\nseed = 2\n"),
        (
            "sub/b.toml",
            "extends = \"c.toml\"\n[run]\nseed = 1\nduration = \"1h\"\n",
        ),
        ("sub/c.toml", "[run]\nduration = \"9h\"\nwarmup = \"1m\"\n"),
    ];
    assert_eq!(
        loaded(&files, &[]).unwrap(),
        "{ run = { duration = \"1h\", seed = 2, warmup = \"1m\" } }"
    );
    assert_eq!(
        loaded(&files, &["run.seed=3", "run.warmup=0s"]).unwrap(),
        "{ run = { duration = \"1h\", seed = 3, warmup = \"0s\" } }"
    );
}

#[test]
fn several_bases_apply_in_their_order_and_may_share_a_file() {
    let files = [
        ("a.toml", "extends = [\"b.toml\", \"c.toml\"]\n"),
        ("b.toml", "extends = \"d.toml\"\nx = 1\ny = 1\n"),
        ("c.toml", "extends = \"./d.toml\"\nx = 2\n"),
        ("d.toml", "z = 3\ny = 0\n"),
    ];
    // c extends d, whose y = 0 therefore comes after b's y = 1.
    assert_eq!(loaded(&files, &[]).unwrap(), "{ x = 2, y = 0, z = 3 }");
}

#[test]
fn a_circle_of_extends_names_its_chain() {
    let files = [
        ("a.toml", "extends = \"sub/b.toml\"\n"),
        ("sub/b.toml", "x = 1\nextends = \"../a.toml\"\n"),
    ];
    assert_eq!(
        loaded(&files, &[]).unwrap_err(),
        ["sub/b.toml:2:11: a.toml extends sub/b.toml extends a.toml; take one `extends` out"]
    );
    let itself = [("a.toml", "extends = \"a.toml\"\n")];
    assert_eq!(
        loaded(&itself, &[]).unwrap_err(),
        ["a.toml:1:11: a.toml extends a.toml; take one `extends` out"]
    );
}

#[test]
fn files_that_cannot_be_read_are_reported_where_they_are_named() {
    assert_eq!(
        loaded(&[("a.toml", "extends = \"gone.toml\"\n")], &[]).unwrap_err(),
        ["a.toml:1:11: `gone.toml` does not exist; \
          check the path: it starts at the folder of the file that names it"]
    );
    assert_eq!(
        loaded(
            &[("a.toml", "extends = [\"sub\", 5]\n"), ("sub/b.toml", "")],
            &[]
        )
        .unwrap_err(),
        [
            "a.toml:1:12: `sub` is a folder; name a file",
            "a.toml:1:19: `5` is a whole number; write the path of a file in quotes",
        ]
    );
    let files = Memory::files([]);
    let mut loader = Loader::new(&files);
    assert_eq!(loader.scenario(Path::new("gone.toml"), &SCENARIO), None);
    assert_eq!(
        loader.faults.lines(&loader.sources),
        ["gone.toml: this file does not exist; check the path: it starts at the working folder"]
    );
}

fn refused(bytes: &[u8]) -> Vec<String> {
    let files = Memory::files([("a.toml", bytes)]);
    let mut loader = Loader::new(&files);
    assert_eq!(loader.scenario(Path::new("a.toml"), &SCENARIO), None);
    loader.faults.lines(&loader.sources)
}

#[test]
fn what_is_not_text_is_refused_at_its_first_bad_byte() {
    assert_eq!(
        refused(b"x = 1\ny = \"\xE9\"\n"),
        ["a.toml:2:6: byte 0xE9 is not UTF-8 text; save the file as UTF-8"]
    );
    assert_eq!(
        refused(b"\x7fELF\0\0"),
        ["a.toml:1:5: a NUL byte: this is not a text file; name a text file in UTF-8"]
    );
    assert_eq!(
        refused(b"\xFF\xFEx\0"),
        ["a.toml: the file is UTF-16 text; save it as UTF-8"]
    );
    let byte_order_mark = refused("\u{feff}x = 1\n".as_bytes());
    assert_eq!(
        byte_order_mark,
        ["a.toml:1:1: the file starts with a byte-order mark; save it as UTF-8 without one"]
    );
}

#[test]
fn a_file_beyond_its_limit_is_refused() {
    let mut bytes = b"x = 1 #".to_vec();
    bytes.resize(8 * 1024 * 1024, b' ');
    let files = Memory::files([("a.toml", bytes.as_slice())]);
    assert!(
        Loader::new(&files)
            .scenario(Path::new("a.toml"), &SCENARIO)
            .is_some()
    );
    bytes.push(b' ');
    assert_eq!(
        refused(&bytes),
        ["a.toml: this file is larger than 8 MiB; use a smaller file"]
    );
}

#[test]
fn syntax_faults_of_all_files_and_of_set_are_reported_together() {
    let files = [
        ("a.toml", "extends = \"b.toml\"\nx = 24h\n"),
        ("b.toml", "extends = \"gone.toml\"\ny =\n"),
    ];
    assert_eq!(
        loaded(&files, &["nonsense"]).unwrap_err(),
        [
            "a.toml:2:5: `24h` is not a value; write \"24h\" with quotes",
            "b.toml:1:11: `gone.toml` does not exist; \
             check the path: it starts at the folder of the file that names it",
            "b.toml:2:4: no value; write a value after `=`",
            "--set nonsense: `nonsense` has no `=`; write --set KEY=VALUE",
        ]
    );
}

#[derive(Debug, serde::Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Demo {
    run: Run,
}

#[derive(Debug, serde::Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Run {
    duration: crate::units::Span,
    #[serde(default)]
    loss: crate::units::Share,
    #[serde(default)]
    seed: u32,
}

#[test]
fn faults_of_two_files_and_of_set_are_each_at_their_own_place() {
    let files = Memory::files([
        (
            "a.toml",
            "extends = \"b.toml\"\n[run]\nloss = 1.5\n".as_bytes(),
        ),
        ("b.toml", "[run]\nduration = 60\nwarm = 3\n".as_bytes()),
    ]);
    let mut loader = Loader::new(&files);
    let mut root = loader.scenario(Path::new("a.toml"), &SCENARIO).unwrap();
    loader.set(&mut root, "run.sede=4", &SCENARIO);
    loader.set(&mut root, "run.seed=-4", &SCENARIO);
    assert_eq!(decode::<Demo>(&root, &mut loader.faults), None);
    let lines = loader.faults.lines(&loader.sources);
    let starts = [
        "a.toml:3:8: `1.5` is not between 0 and 1; ",
        "b.toml:2:12: `60` has no unit; write \"60s\" or \"60ms\"",
        "b.toml:3:1: unknown key `warm`; keys here: `duration`, `loss`, `seed`",
        "--set run.sede=4: unknown key `sede`; write `seed`",
        "--set run.seed=-4: `-4` is negative; write a whole number from 0 to 4294967295",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(
            line.starts_with(start),
            "{line} does not start with {start}"
        );
    }
}

#[test]
fn a_missing_key_is_shown_in_the_latest_file_but_never_at_a_set_of_another_key() {
    let files = Memory::files([("a.toml", "\n[run]\nseed = 1\n".as_bytes())]);
    let mut loader = Loader::new(&files);
    let mut root = loader.scenario(Path::new("a.toml"), &SCENARIO).unwrap();
    loader.set(&mut root, "run.seed=4", &SCENARIO);
    assert_eq!(decode::<Demo>(&root, &mut loader.faults), None);
    assert_eq!(
        loader.faults.lines(&loader.sources),
        ["a.toml:2:1: missing key `duration` in `run`; add `duration = ...`"]
    );
}

#[test]
fn a_data_file_is_found_from_the_file_that_names_it_and_read_once() {
    let files = Memory::files([
        (
            "a.toml",
            "extends = \"sub/b.toml\"\nhere = \"sub/./data.csv\"\n".as_bytes(),
        ),
        ("sub/b.toml", "there = \"data.csv\"\n".as_bytes()),
        ("sub/data.csv", b"accounts\n1\n".as_slice()),
    ]);
    let mut loader = Loader::new(&files);
    let mut root = loader.scenario(Path::new("a.toml"), &SCENARIO).unwrap();
    loader.set(&mut root, "set=sub/data.csv", &SCENARIO);
    let there = loader.data_named(root.get("there").unwrap()).unwrap();
    assert_eq!(loader.data_named(root.get("here").unwrap()), Some(there));
    assert_eq!(loader.data_named(root.get("set").unwrap()), Some(there));
    let paths: Vec<_> = loader
        .inputs()
        .iter()
        .map(|input| input.path.display().to_string())
        .collect();
    assert_eq!(paths, ["a.toml", "sub/b.toml", "sub/data.csv"]);
    assert_eq!(&*loader.inputs()[2].bytes, b"accounts\n1\n");
}

#[test]
fn embedded_files_are_named_as_such() {
    let files = Memory::embedded([("demo.toml", b"x = 1h\n".as_slice())]);
    let mut loader = Loader::new(&files);
    assert_eq!(loader.scenario(Path::new("demo.toml"), &SCENARIO), None);
    assert_eq!(
        loader.faults.lines(&loader.sources),
        ["embedded:demo.toml:1:5: `1h` is not a value; write \"1h\" with quotes"]
    );
}

#[test]
fn the_disk_is_read_like_memory() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("a.toml"),
        "extends = \"b.toml\"\nx = 1\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("b.toml"), "y = 2\n").unwrap();
    let mut loader = Loader::new(&Disk);
    let root = loader
        .scenario(&folder.path().join("a.toml"), &SCENARIO)
        .unwrap();
    assert_eq!(root.to_string(), "{ x = 1, y = 2 }");
    assert_eq!(Disk.read(folder.path(), 10), Err(ReadError::Folder));
    assert_eq!(
        Disk.read(&folder.path().join("c.toml"), 10),
        Err(ReadError::Missing)
    );
    assert_eq!(
        Disk.read(&folder.path().join("b.toml"), 5),
        Err(ReadError::TooLarge)
    );
}
