//! Results that stand where others are to be written: kept, or replaced when told so, and then only
//! where they are results; and what `compare` refuses before it runs.

use crate::cli_compare::{BASE, STUDY};
use crate::cli_program::Sandbox;

const SWEEP: &str = r#"
schema = 1
name = "sweep"
base = "base.toml"
[factor.rate]
key = "senders.wave.arrivals.poisson.rate"
values = ["30/1h", "60/1h"]
"#;

fn sandbox() -> Sandbox {
    let small = BASE.replace("\"4h\"", "\"30m\"");
    let sandbox = Sandbox::with("base.toml", &small.replace("= 6", "= 2"));
    sandbox.write("study.toml", STUDY);
    sandbox.write("sweep.toml", SWEEP);
    sandbox
}

/// The command is refused, says all of this, and leaves everything as it is.
fn refused(sandbox: &Sandbox, command: &str, said: &[&str]) {
    let before = sandbox.files(".");
    let ended = sandbox.run(command);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{command}");
    for said in said {
        assert!(ended.err.contains(said), "{command}: {said}\n{}", ended.err);
    }
    assert!(before == sandbox.files("."), "{command} wrote something");
}

#[test]
fn other_results_are_replaced_only_when_told() {
    let remedies = ["--overwrite", "--out DIR"];
    for command in ["run base.toml", "compare study.toml", "sweep sweep.toml"] {
        let sandbox = sandbox();
        let command = &format!("{command} --out a --no-report");
        sandbox.succeed(command);
        let again = sandbox.succeed(command);
        assert!(again.out.contains("is up to date"), "{}", again.out);
        refused(&sandbox, &format!("{command} --seed 99"), &remedies);
        refused(
            &sandbox,
            &format!("{command} --set network.loss=1%"),
            &remedies,
        );
        let manifest = sandbox.read("a/manifest.json");
        let version = env!("CARGO_PKG_VERSION");
        let older = manifest.replacen(version, "0.0.1", 1);
        sandbox.write("a/manifest.json", &older);
        refused(&sandbox, command, &["version 0.0.1", "--overwrite"]);
        let replayed = sandbox.run("replay a");
        assert_eq!(replayed.code, 5, "{}", replayed.out);
        assert!(replayed.out.starts_with("a differs in manifest.json\n"));
        assert!(replayed.err.contains("the results are of version 0.0.1"));
        sandbox.succeed(&format!("{command} --overwrite"));
        assert_eq!(sandbox.read("a/manifest.json"), manifest);
    }
}

#[test]
fn a_folder_of_something_else_is_never_replaced() {
    for command in ["run base.toml", "compare study.toml", "sweep sweep.toml"] {
        let sandbox = sandbox();
        sandbox.write("a/letters.txt", "dear");
        for more in ["", " --overwrite"] {
            let said = ["a is a folder of something else than results"];
            refused(&sandbox, &format!("{command} --out a{more}"), &said);
        }
    }
}

#[test]
fn a_metric_that_does_not_exist_is_answered_with_the_nearest() {
    let sandbox = sandbox();
    for command in [
        "compare study.toml --metrics spam.leakge",
        "sweep sweep.toml --metrics spam.leakge",
        "compare base.toml --vary network.loss=1%,2% --metrics spam.leakge",
    ] {
        refused(
            &sandbox,
            command,
            &["no metric `spam.leakge`", "write spam.leakage"],
        );
    }
    let expect = "[expect.leak]\nmetric = \"spam.leakge\"\nmax = 0.1\n";
    sandbox.write("expect.toml", format!("{BASE}{expect}"));
    refused(
        &sandbox,
        "run expect.toml",
        &["expect.toml:", "spam.leakage"],
    );
}

#[test]
fn what_cannot_be_varied_is_told() {
    let sandbox = sandbox();
    for (vary, said) in [
        ("network.loss", "write --vary KEY=V1,V2"),
        ("network.los=1%,2%", "write `loss`"),
        ("network.loss=1%,200%", "200%"),
        (
            "network.loss=1%",
            "`1%` alone has nothing to be compared with",
        ),
        (
            "network.loss=1%,0.01",
            "`1%` and `0.01` are the same scenario",
        ),
    ] {
        refused(
            &sandbox,
            &format!("compare base.toml --vary {vary}"),
            &[said],
        );
    }
    let beside = "compare study.toml --vary network.loss=1%,2%";
    refused(
        &sandbox,
        beside,
        &["beside the arms of a study", "leave --vary out"],
    );
}
