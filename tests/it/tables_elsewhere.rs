//! Results in other programs: pandas, `DuckDB` and Polars read the tables unchanged, with the columns
//! and types that `datapackage.json` declares; the Python port of `HdrHistogram` reads the interval log
//! and prints the same percentile tables.
//!
//! `PDSIM_PYTHON` names a Python that has them; else `python3` is tried, and the tests say that they
//! skipped where one is missing. `.ci/run` installs them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs pdsim in a folder.
fn pdsim(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_pdsim"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

const SCENARIO: &str = r#"
schema = 1
name   = "small"
[run]
duration     = "2h"
replications = 3
[pds]
accounts = { list = [40, 60] }
[senders.people]
class    = "ham"
count    = 100
arrivals = { poisson = { rate = "1/1h" } }
[senders.wave]
class    = "spam"
count    = 5
arrivals = { poisson = { rate = "60/1h" } }
[output]
time-series = "30m"
"#;

#[test]
fn pandas_duckdb_and_polars_load_every_table_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("small.toml"), SCENARIO).unwrap();
    pdsim(folder, &["run", "small.toml", "--out", "run"]);
    let each = [
        "run",
        "small.toml",
        "--out",
        "each",
        "--set",
        "output.histograms=each",
    ];
    pdsim(folder, &each);
    let vary = ["--vary", "network.loss=0%,50%", "--out"];
    pdsim(
        folder,
        &[&["compare", "small.toml"], &vary[..], &["compare"]].concat(),
    );
    pdsim(
        folder,
        &[&["sweep", "small.toml"], &vary[..], &["sweep"]].concat(),
    );
    let folders = ["run", "each", "compare", "sweep"].map(|name| folder.join(name));
    if let Some(told) = python("load_tables.py", &folders) {
        for table in ["sweep.csv: ", "points.csv: ", "changes.csv: "] {
            assert!(told.contains(table), "{told}");
        }
    }
}

/// What a script of `tests/tools` prints of some folders; none, which is told, where its Python
/// lacks what it needs.
fn python(script: &str, folders: &[PathBuf]) -> Option<String> {
    let named = std::env::var_os("PDSIM_PYTHON");
    let is_asked_for = named.is_some();
    let python = named.unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/tools")
        .join(script);
    let output = Command::new(&python).arg(script).args(folders).output();
    let skipped = |why: &str| {
        assert!(!is_asked_for, "{}: {why}", python.display());
        println!("skipped, for {}: {why}", python.display());
        None
    };
    match output {
        Err(error) => skipped(&error.to_string()),
        Ok(output) if output.status.code() == Some(3) => {
            skipped(&String::from_utf8_lossy(&output.stdout))
        }
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{told}");
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
    }
}

#[test]
fn the_python_port_of_hdrhistogram_reads_the_log_and_prints_the_same_tables() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("small.toml"), SCENARIO).unwrap();
    pdsim(folder, &["run", "small.toml", "--out", "run"]);
    pdsim(folder, &["show", "run", "--hgrm", "--hlog"]);
    if let Some(told) = python("read_histograms.py", &[folder.join("run")]) {
        assert!(told.contains("base.ham.total: "), "{told}");
    }
}
