//! What the program is made of: `Cargo.lock` against `docs/DEPENDENCIES.md` and `docs/DESIGN.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::support::repository_file;

fn text(path: &str) -> String {
    String::from_utf8(repository_file(path)).expect("text")
}

fn toml(path: &str) -> toml::Table {
    text(path).parse().expect("TOML")
}

/// The crates of `Cargo.lock` beside this one: name, version, source, checksum.
fn locked() -> Vec<(String, String, Option<String>, Option<String>)> {
    let lock = toml("Cargo.lock");
    let packages = lock["package"].as_array().expect("packages");
    let word = |package: &toml::Value, key: &str| package.get(key)?.as_str().map(str::to_owned);
    let of = |package: &toml::Value| {
        let name = word(package, "name").expect("a name");
        let version = word(package, "version").expect("a version");
        (
            name,
            version,
            word(package, "source"),
            word(package, "checksum"),
        )
    };
    let all = packages.iter().map(of);
    all.filter(|(name, ..)| name != env!("CARGO_PKG_NAME"))
        .collect()
}

/// The rows of a table of DEPENDENCIES.md, cell by cell, without quotes.
fn table(name: &str) -> Vec<Vec<String>> {
    let text = text("docs/DEPENDENCIES.md");
    let (_, rest) = text
        .split_once(&format!("<!-- {name} -->\n"))
        .expect("a table");
    let (table, _) = rest
        .split_once(&format!("<!-- /{name} -->"))
        .expect("its end");
    let rows = table.lines().skip(2);
    let cells = |row: &str| {
        let cells = row.trim_matches('|').split('|');
        cells
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect()
    };
    rows.map(cells).collect()
}

#[test]
fn every_crate_comes_from_the_registry_with_its_checksum() {
    for (name, version, source, checksum) in locked() {
        let is_known =
            source.as_deref() == Some("registry+https://github.com/rust-lang/crates.io-index");
        assert!(
            is_known && checksum.is_some_and(|sum| sum.len() == 64),
            "{name} {version}"
        );
    }
}

#[test]
fn no_crate_is_there_twice_without_a_reason() {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, version, ..) in locked() {
        versions.entry(name).or_default().push(version);
    }
    versions.retain(|_, list| list.len() > 1);
    let excused: BTreeMap<String, Vec<String>> = table("duplicates")
        .into_iter()
        .map(|row| {
            assert!(row[2].len() > 20, "{row:?} has no reason");
            (
                row[0].clone(),
                row[1].split(", ").map(str::to_owned).collect(),
            )
        })
        .collect();
    assert_eq!(versions, excused);
}

#[test]
fn every_crate_is_listed_with_a_permissive_licence() {
    let listed = table("crates");
    let names: BTreeSet<(String, String)> = listed
        .iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    let locked: BTreeSet<(String, String)> = locked().into_iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(names, locked, "DEPENDENCIES.md lists what Cargo.lock holds");
    for row in &listed {
        assert!(is_permissive(&row[3]), "{row:?}");
        assert!(["program", "tests"].contains(&row[2].as_str()), "{row:?}");
    }
}

/// Whether every part that must be met can be met by a permissive licence.
fn is_permissive(expression: &str) -> bool {
    const PERMISSIVE: [&str; 9] = [
        "MIT",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "Zlib",
        "BSL-1.0",
        "0BSD",
        "Unicode-3.0",
        "Unlicense",
    ];
    let meets = |choice: &str| PERMISSIVE.contains(&choice.trim_matches(|c| "() ".contains(c)));
    let parts = expression.split(" AND ");
    let mut parts = parts.map(|part| part.replace('/', " OR "));
    parts.all(|part| part.split(" OR ").any(meets))
}

#[test]
fn licences_that_oblige_are_refused() {
    for good in [
        "MIT",
        "Apache-2.0/MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "LGPL-3.0 OR MIT",
    ] {
        assert!(is_permissive(good), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-2.0", "", "SSPL-1.0 OR LGPL-2.1"] {
        assert!(!is_permissive(bad), "{bad}");
    }
}

#[test]
fn the_list_says_what_the_crates_say_of_themselves() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let Some(output) = command
        .output()
        .ok()
        .filter(|output| output.status.success())
    else {
        eprintln!("skipped: not every crate of Cargo.lock is on this machine");
        return;
    };
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let said: BTreeMap<(&str, &str), &str> = packages
        .iter()
        .filter_map(|it| {
            Some((
                (it["name"].as_str()?, it["version"].as_str()?),
                it["license"].as_str()?,
            ))
        })
        .collect();
    for row in table("crates") {
        assert_eq!(
            said.get(&(row[0].as_str(), row[1].as_str())),
            Some(&row[3].as_str()),
            "{row:?}"
        );
    }
}

#[test]
fn every_direct_dependency_has_its_reason() {
    let cargo = toml("Cargo.toml");
    let design = text("docs/DESIGN.md");
    let (_, reasons) = design.split_once("## Dependencies").expect("the chapter");
    let rows: Vec<&str> = reasons
        .lines()
        .filter(|line| line.starts_with('|'))
        .collect();
    for kind in ["dependencies", "dev-dependencies"] {
        for name in cargo[kind].as_table().expect("a table").keys() {
            let names = |row: &&&str| {
                let first = row.trim_matches('|').split('|').next().unwrap_or("");
                first
                    .split(|c: char| !(c.is_alphanumeric() || "-_".contains(c)))
                    .any(|word| word == name)
            };
            assert!(
                rows.iter().find(names).is_some(),
                "{name} has no reason in docs/DESIGN.md"
            );
        }
    }
}

#[test]
fn nothing_runs_while_the_program_is_built() {
    let root = env!("CARGO_MANIFEST_DIR");
    assert!(!std::path::Path::new(root).join("build.rs").exists());
    assert!(toml("Cargo.toml")["package"].get("build").is_none());
}
