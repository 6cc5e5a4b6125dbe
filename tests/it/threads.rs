//! One replication on several threads gives what it gives on one, byte for byte.

use std::collections::BTreeMap;

use pdsim::experiment::{self, Arm, Options};
use pdsim::model::{Divided, Plan};

use super::support::{scenario, scenario_file};

#[test]
fn list() {
    let dir = format!("{}/scenarios", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name == "demo" {
            continue;
        }
        let s = scenario_file(&format!("scenarios/{name}.toml"), &[]);
        let plan = Plan::new(&s);
        let d = Divided::new(&plan, 1, 2, || ());
        println!("{name}: {:?}", d.map(|d| d.shards.len()));
    }
}
