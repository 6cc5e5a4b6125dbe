//! The result tables in other programs: pandas, `DuckDB` and Polars read them unchanged, with the
//! columns and types that `datapackage.json` declares.
//!
//! `PDSIM_PYTHON` names a Python that has them; else `python3` is tried, and the test says that it
//! skipped where one is missing. `.ci/run` installs them.

use std::path::Path;
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
    let named = std::env::var_os("PDSIM_PYTHON");
    let is_asked_for = named.is_some();
    let python = named.unwrap_or_else(|| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools/load_tables.py");
    let output = Command::new(&python)
        .arg(script)
        .args(["run", "each", "compare", "sweep"].map(|name| folder.join(name)))
        .output();
    let skipped = |why: &str| {
        assert!(!is_asked_for, "{}: {why}", python.display());
        println!("skipped, for {}: {why}", python.display());
    };
    match output {
        Err(error) => skipped(&error.to_string()),
        Ok(output) if output.status.code() == Some(3) => {
            skipped(&String::from_utf8_lossy(&output.stdout));
        }
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{told}");
            let lines = String::from_utf8_lossy(&output.stdout);
            assert!(lines.contains("sweep.csv: "), "{lines}");
        }
    }
}
