//! Wrong limits through the program: the place, the fault and the remedy are told, in scenarios and in
//! policy files, by `check` and by `limits` alike.

use crate::cli_program::Sandbox;

/// A scenario but for its limits, in ten lines.
const SCENARIO: &str = "schema = 1\nname = \"wrong\"\n[run]\nduration = \"1h\"\n[pds]\n\
     accounts = { equal = { each = 3 } }\n[senders.people]\nclass = \"ham\"\ncount = 3\n\
     arrivals = { poisson = { rate = \"1/h\" } }\n";

/// A policy but for its limits, in one line.
const POLICY: &str = "schema = 1\n";

/// The lines that `command` says of a file's faults; it must refuse the file with exit code 2.
fn refused(text: &str, command: &str) -> Vec<String> {
    let sandbox = Sandbox::with("file.toml", text);
    sandbox.write("v.csv", "t_ms,cost,sender,pds\n0,1,a,p\n");
    let ended = sandbox.run(command);
    assert_eq!(ended.code, 2, "{text}{}", ended.err);
    let faults = ended
        .err
        .lines()
        .filter(|line| line.starts_with("file.toml:"));
    faults.map(ToOwned::to_owned).collect()
}

/// Asserts that `limits` has one fault, `told`, at a line and column of its own.
#[track_caller]
fn assert_told(limits: &str, (line, column): (u32, u32), told: &str) {
    for (head, before, command) in [
        (SCENARIO, 10, "check file.toml"),
        (POLICY, 1, "check file.toml"),
        (POLICY, 1, "limits v.csv --policy file.toml"),
    ] {
        let faults = refused(&format!("{head}{limits}"), command);
        let expected = format!("file.toml:{}:{column}: {told}", before + line);
        assert_eq!(faults.first(), Some(&expected), "{command}: {faults:?}");
    }
}

/// One layer: its name in line 1, its algorithm in line 2 from column 15, its key in line 3.
fn layer(algorithm: &str, key: &str, more: &str) -> String {
    format!("[limits.it]\nalgorithm = {{ {algorithm} }}\nkey = \"{key}\"\n{more}\n")
}

#[test]
fn a_good_layer_is_told_nothing() {
    let good = layer("sliding-log = { limit = 1, window = \"1s\" }", "sender", "");
    for head in [SCENARIO, POLICY] {
        let sandbox = Sandbox::with("file.toml", &format!("{head}{good}"));
        sandbox.succeed("check file.toml");
    }
}

#[test]
fn zero_limits_windows_and_rates_are_named_with_place_and_remedy() {
    let count = "write a whole number from 1, or leave the layer out";
    let span = "write a span such as \"60s\"";
    for (algorithm, column, told) in [
        (
            "sliding-log = { limit = 0, window = \"60s\" }",
            39,
            format!("limit 0 admits nothing; {count}"),
        ),
        (
            "fixed-window = { limit = 5, window = \"0s\" }",
            52,
            format!("window \"0s\" has no length; {span}"),
        ),
        (
            "gcra = { burst = 5, rate = \"0/s\" }",
            42,
            "`0/s` is a rate of zero; write a rate above 0, or leave the part out".to_owned(),
        ),
        (
            "gcra = { burst = 0, rate = \"1/s\" }",
            32,
            format!("burst 0 admits nothing; {count}"),
        ),
        (
            "token-bucket = { burst = 4, refill = \"1/0s\" }",
            52,
            "`1/0s` has a zero denominator; write a rate such as \"100/1h\", \"10/s\" or \"0.2/s\""
                .to_owned(),
        ),
        (
            "leaky-queue = { capacity = 0, rate = \"1/s\" }",
            42,
            format!("capacity 0 admits nothing; {count}"),
        ),
        (
            "trust-tiers = { window = \"1d\", quota = { ramp = { first = 1, full = 5, over = \"0s\" } } }",
            93,
            format!("over \"0s\" has no length; {span}"),
        ),
        (
            "nginx-limit-req = { burst = 0, rate = \"0.0001/s\" }",
            53,
            "rate \"1/2h46m40s\" is below 1/1000 request per second; write \"0.001/s\" or more"
                .to_owned(),
        ),
    ] {
        assert_told(&layer(algorithm, "sender", ""), (2, column), &told);
    }
}

#[test]
fn a_burst_below_a_cost_that_the_file_names_says_what_to_raise() {
    for (algorithm, bound, more, column) in [
        (
            "token-bucket = { burst = 4, refill = \"1/s\" }",
            "token-bucket.burst",
            "cost-request = 5",
            16,
        ),
        (
            "gcra = { burst = 4, rate = \"1/s\" }",
            "gcra.burst",
            "cost-reply = 5",
            14,
        ),
        (
            "sliding-log = { limit = 4, window = \"1s\" }",
            "sliding-log.limit",
            "cost = 5",
            8,
        ),
    ] {
        let name = bound.split('.').nth(1).unwrap();
        let told = format!(
            "a message of cost 5 never fits into {name} 4; raise algorithm.{bound} to 5 or more"
        );
        assert_told(&layer(algorithm, "sender", more), (4, column), &told);
    }
}

#[test]
fn two_layers_of_one_name_are_told_at_the_second_with_the_remedy() {
    let one = layer("sliding-log = { limit = 1, window = \"1s\" }", "sender", "");
    let told = "`it` is given twice; keep one of the two";
    assert_told(&format!("{one}{one}"), (5, 9), told);
}

#[test]
fn an_algorithm_on_a_key_that_it_cannot_have_names_those_it_can() {
    for (algorithm, key, told) in [
        (
            "greylist = { delay = \"5m\", lifetime = \"1d\" }",
            "sender",
            "greylist cannot count per sender; write key = \"pair\"",
        ),
        (
            "new-contacts = { limit = 5 }",
            "pair",
            "new-contacts cannot count per pair; write key = \"sender\" or key = \"sender-pds\" or \
             key = \"pds\"",
        ),
        (
            "trust-tiers = { window = \"1d\", quota = { ramp = { first = 1, full = 5, over = \"1d\" } } }",
            "recipient",
            "trust-tiers cannot count per recipient; write key = \"sender\" or key = \"pair\"",
        ),
    ] {
        assert_told(&layer(algorithm, key, ""), (3, 7), told);
    }
}

#[test]
fn a_choice_that_an_algorithm_has_not_is_to_be_left_out() {
    let log = "sliding-log = { limit = 4, window = \"1s\" }";
    let bucket = "token-bucket = { burst = 4, refill = \"1/s\" }";
    for (algorithm, more, column, told) in [
        (
            bucket,
            "edge = \"closed\"",
            8,
            "token-bucket has no edge; leave `edge` out",
        ),
        (
            log,
            "phase = \"clock\"",
            9,
            "sliding-log has no phase \"clock\"; leave `phase` out",
        ),
        (
            log,
            "rounding = \"exact\"",
            12,
            "sliding-log has no rounding \"exact\"; leave `rounding` out",
        ),
        (
            log,
            "max-keys = 0",
            12,
            "max-keys 0 remembers nothing; write 1 or more",
        ),
        (
            log,
            "cost = 0",
            8,
            "no message costs anything, so the layer never refuses; write a cost of 1 or more, or \
             leave the layer out",
        ),
        (
            log,
            "refusal = { retry-after = { resolution = \"0s\" } }",
            42,
            "resolution \"0s\" has no length; write a span such as \"60s\"",
        ),
    ] {
        assert_told(&layer(algorithm, "sender", more), (4, column), told);
    }
}

#[test]
fn an_order_of_layers_that_are_not_there_names_those_that_are() {
    let log = layer("sliding-log = { limit = 4, window = \"1s\" }", "sender", "");
    let order = format!("{log}[limits-charging]\norder = [\"nobody\"]\n");
    assert_told(
        &order,
        (6, 9),
        "there is no layer \"nobody\"; name only \"it\"",
    );
}
