//! `pdsim selftest`: formats, exit codes, and in release mode the whole of it.

use std::process::{Command, Output};

fn selftest(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pdsim"))
        .arg("selftest")
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn a_case_is_shown_in_every_format() {
    let only = ["--only", "4 tries, 90 % lost"];
    let shown = |format: &str| {
        let output = selftest(&[&only[..], &["--format", format]].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // 0.9^4 = 0.6561.
    let table = shown("table");
    let words: Vec<&str> = table.split_whitespace().collect();
    assert!(words.join(" ").contains("given up 65.61 %"), "{table}");
    assert!(
        table.contains("2 of 2 numbers agree with theory"),
        "{table}"
    );
    assert!(shown("md").contains("| given up | 65.61 % |"));
    let csv = shown("csv");
    assert!(csv.starts_with("case,quantity,unit,formula,theory,measured,ci_lo,ci_hi,z\n"));
    assert!(csv.contains("given up,ratio,"), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&shown("json")).unwrap();
    assert_eq!(json["agrees"], true);
    assert_eq!(json["rows"].as_array().unwrap().len(), 2);
}

#[test]
fn a_name_that_no_case_has_is_refused_with_the_names() {
    let output = selftest(&["--only", "M/M/7"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no case has `M/M/7` in its name"), "{said}");
    assert!(said.contains("M/M/4, load 0.8"), "{said}");
}

#[test]
#[ignore = "long: runs in release mode"]
fn theory_and_simulator_agree_in_every_case() {
    let output = selftest(&["--format", "csv"]);
    let csv = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{csv}");
    assert!(csv.lines().count() > 40, "{csv}");
}
