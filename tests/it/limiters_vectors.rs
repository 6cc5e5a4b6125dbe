//! `pdsim limits` on vectors counted by hand: edges, phases, rounding, weights, several layers and
//! their charging, queues, Retry-After, and full tables.

use crate::cli_program::Sandbox;

/// The rows that `pdsim limits` prints, each as "decision layer retry", and standard error.
fn decided(policy: &str, rows: &[(u64, u64, &str, &str)]) -> (Vec<String>, String) {
    let line =
        |(t, cost, sender, pds): &(u64, u64, &str, &str)| format!("{t},{cost},{sender},{pds}\n");
    let rows: String = rows.iter().map(line).collect();
    let sandbox = Sandbox::with("v.csv", &format!("t_ms,cost,sender,pds\n{rows}"));
    sandbox.write("p.toml", format!("schema = 1\n{policy}"));
    let ended = sandbox.succeed("limits v.csv --policy p.toml");
    let shown = |line: &str| {
        let fields: Vec<&str> = line.split(',').skip(2).collect();
        fields.join(" ").trim_end().to_owned()
    };
    (ended.out.lines().skip(1).map(shown).collect(), ended.err)
}

/// One layer `it` per sender.
fn layer(algorithm: &str, more: &str) -> String {
    format!("[limits.it]\nkey = \"sender\"\nalgorithm = {{ {algorithm} }}\n{more}\n")
}

/// Asserts what becomes of arrivals of one sender at cost 1.
#[track_caller]
fn assert_instants(algorithm: &str, more: &str, expected: &[(u64, &str)]) {
    let rows: Vec<_> = expected.iter().map(|(t, _)| (*t, 1, "a", "p")).collect();
    let by_hand: Vec<&str> = expected.iter().map(|(_, decision)| *decision).collect();
    assert_eq!(
        decided(&layer(algorithm, more), &rows).0,
        by_hand,
        "{algorithm} {more}"
    );
}

#[test]
fn a_log_forgets_an_admission_at_its_edge_or_a_nanosecond_later() {
    let log = "sliding-log = { limit = 2, window = \"1s\" }";
    // Closed, the default: at 1000 ms the admission of 0 ms still counts, and for 1 ns more.
    let closed = [
        (0, "admit"),
        (500, "admit"),
        (1000, "refuse it 1"),
        (1001, "admit"),
        (1500, "refuse it 1"),
        (1501, "admit"),
    ];
    assert_instants(log, "", &closed);
    let half_open = [
        (0, "admit"),
        (500, "admit"),
        (1000, "admit"),
        (1001, "refuse it 499"),
        (1500, "admit"),
        (1501, "refuse it 499"),
    ];
    assert_instants(log, "edge = \"half-open\"", &half_open);
}

#[test]
fn a_window_begins_where_its_phase_and_ends_where_its_edge_say() {
    let window = "first-hit-window = { limit = 2, window = \"1s\" }";
    let at = |third: &'static str, fourth: &'static str| {
        [
            (300, "admit"),
            (400, "admit"),
            (900, third),
            (1300, fourth),
            (1301, "admit"),
        ]
    };
    // Opened at 300 ms until 1300 ms; by the clock, and from the start, until 1000 ms.
    assert_instants(window, "", &at("refuse it 400", "admit"));
    assert_instants(
        window,
        "edge = \"closed\"",
        &at("refuse it 401", "refuse it 1"),
    );
    assert_instants(window, "phase = \"start\"", &at("refuse it 100", "admit"));
    assert_instants(window, "phase = \"clock\"", &at("refuse it 100", "admit"));
    // The clock's closed windows are ]0 s, 1 s], ]1 s, 2 s]; instant 0 belongs to the one before.
    let clock = [
        (0, "admit"),
        (1, "admit"),
        (1000, "refuse it 1"),
        (1001, "admit"),
        (2000, "refuse it 1"),
    ];
    assert_instants(
        "fixed-window = { limit = 1, window = \"1s\" }",
        "edge = \"closed\"",
        &clock,
    );
}

#[test]
fn a_sliding_counter_weighs_the_window_before() {
    // Four in the first second. In the next one they weigh floor(4 (1000 - r) / 1000) at r ms: 4 at
    // 0, 3 from just after 0, 2 from just after 250.
    let counter = [
        (0, "admit"),
        (0, "admit"),
        (0, "admit"),
        (0, "admit"),
        (0, "refuse it 1001"),
        (1000, "refuse it 1"),
        (1001, "admit"),
        (1002, "refuse it 249"),
        (1251, "admit"),
    ];
    assert_instants(
        "sliding-counter = { limit = 4, window = \"1s\" }",
        "",
        &counter,
    );
}

#[test]
fn a_token_is_there_at_the_very_instant_it_is_due_however_its_interval_is_rounded() {
    // Three per second: due 333 1/3 ms, rounded down 333,333,333 ns, rounded up 333,334 us after.
    for rounding in ["exact", "ns-floor", "us-ceil"] {
        let cells = [
            (0, "admit"),
            (333, "refuse it 1"),
            (334, "admit"),
            (667, "refuse it 1"),
            (668, "admit"),
        ];
        let rounding = format!("rounding = \"{rounding}\"");
        assert_instants("gcra = { burst = 1, rate = \"3/s\" }", &rounding, &cells);
    }
    // After 3,000,000 units the roundings have drifted apart: 10^6 s, a third of a nanosecond less for
    // each unit, two thirds of a microsecond more.
    let burst = "gcra = { burst = 3_000_000, rate = \"3/s\" }";
    for (rounding, wait) in [
        ("exact", 1_000_000_000_u64),
        ("ns-floor", 999_999_999),
        ("us-ceil", 1_000_002_000),
    ] {
        let more = format!("rounding = \"{rounding}\"");
        let rows = [(0, 3_000_000, "a", "p"), (0, 3_000_000, "a", "p")];
        let told = format!("refuse it {wait}");
        assert_eq!(
            decided(&layer(burst, &more), &rows).0,
            ["admit", told.as_str()]
        );
    }
    // Exactly on time where the interval is whole: 250 ms.
    let quarter = [
        (0, "admit"),
        (249, "refuse it 1"),
        (250, "admit"),
        (500, "admit"),
    ];
    assert_instants("gcra = { burst = 1, rate = \"4/s\" }", "", &quarter);
}

#[test]
fn rows_weigh_what_they_cost_times_what_the_layer_says() {
    let bucket = "token-bucket = { burst = 5, refill = \"1/s\" }";
    let rows = [
        (0, 3, "a", "p"),
        (0, 3, "a", "p"),
        (500, 2, "a", "p"),
        (1000, 1, "a", "p"),
        (1000, 6, "a", "p"),
        (1500, 1, "a", "p"),
    ];
    // Tokens before each row: 5, 2, 2.5, 1, 0, 0.5. Six never fit.
    let admitted = [
        "admit",
        "refuse it 1000",
        "admit",
        "admit",
        "refuse it",
        "refuse it 500",
    ];
    assert_eq!(decided(&layer(bucket, ""), &rows).0, admitted);
    // Refused ones take what is left: 5, 2, 0.5, 0.5, 0, 0.5.
    let all = [
        "admit",
        "refuse it 3000",
        "refuse it 2000",
        "refuse it 1000",
        "refuse it",
        "refuse it 1000",
    ];
    assert_eq!(decided(&layer(bucket, "counts = \"all\""), &rows).0, all);
    // Twice as dear: 6 never fit into 5, 4 do at once, 2 more a second after the 4.
    let rows = [
        (0, 3, "a", "p"),
        (0, 2, "a", "p"),
        (0, 1, "a", "p"),
        (1000, 1, "a", "p"),
    ];
    let double = ["refuse it", "admit", "refuse it 1000", "admit"];
    assert_eq!(decided(&layer(bucket, "cost = 2"), &rows).0, double);
}

/// One per second and sender, two per ten seconds and PDS.
fn two_layers(charging: &str) -> String {
    format!(
        "[limits.a]\nkey = \"sender\"\nalgorithm = {{ first-hit-window = {{ limit = 1, window = \"1s\" }} }}\n\
         [limits.b]\nkey = \"sender-pds\"\nalgorithm = {{ first-hit-window = {{ limit = 2, window = \"10s\" }} }}\n\
         [limits-charging]\n{charging}\n"
    )
}

#[test]
fn several_layers_charge_as_their_mode_says_and_answer_in_their_order() {
    let rows = [
        (0, 1, "s", "p"),
        (0, 1, "s", "p"),
        (0, 1, "t", "p"),
        (0, 1, "u", "p"),
        (0, 1, "s", "p"),
        (1000, 1, "s", "p"),
        (1000, 1, "v", "q"),
    ];
    let decide = |charging: &str| decided(&two_layers(charging), &rows).0;
    // s and t fill b; what a refuses costs b nothing.
    let none = [
        "admit",
        "refuse a 1000",
        "admit",
        "refuse b 10000",
        "refuse a 10000",
        "refuse b 9000",
        "admit",
    ];
    assert_eq!(decide("mode = \"all-or-none\""), none);
    // Asked first, b answers first where both refuse.
    let b_first = none.map(|told| told.replace("a 10000", "b 10000"));
    assert_eq!(decide("mode = \"all-or-none\"\norder = [\"b\"]"), b_first);
    // The second row of s charges b although a refuses it: nobody else gets through on p. A row that
    // a refuses in b's window could conform at 10 s only, when b opens again.
    let all = [
        "admit",
        "refuse a 10000",
        "refuse b 10000",
        "refuse b 10000",
        "refuse a 10000",
        "refuse b 9000",
        "admit",
    ];
    assert_eq!(decide("mode = \"always-all\""), all);
    // In sequence, a refuses the second row before b is asked; u is charged to a, then refused by b.
    assert_eq!(decide("mode = \"in-sequence\""), none);
}

#[test]
fn retry_after_waits_for_a_layer_that_was_charged_though_another_refused() {
    let policy = "[limits.a]\nkey = \"sender\"\nalgorithm = { first-hit-window = { limit = 1, window = \"10s\" } }\n\
         [limits.b]\nkey = \"pds\"\nalgorithm = { first-hit-window = { limit = 1, window = \"1s\" } }\n\
         [limits-charging]\nmode = \"always-all\"\n";
    // The row of t is charged to its own window of 10 s though b refuses it.
    let rows = [
        (0, 1, "s", "p"),
        (0, 1, "t", "p"),
        (1000, 1, "t", "p"),
        (10_000, 1, "t", "p"),
    ];
    let by_hand = ["admit", "refuse b 10000", "refuse a 9000", "admit"];
    assert_eq!(decided(policy, &rows).0, by_hand);
}

#[test]
fn a_queue_delays_up_to_its_capacity_and_a_burst_of_nginx_is_one_more() {
    // One leaves per second: due 0, 1, 2 s; the fourth fits when due - now is 2 s again, at 1 s.
    let queue = [
        (0, "admit"),
        (0, "delay it 1000"),
        (0, "delay it 2000"),
        (0, "refuse it 1000"),
    ];
    assert_instants("leaky-queue = { rate = \"1/s\", capacity = 2 }", "", &queue);
    let nginx = [
        (0, "admit"),
        (0, "admit"),
        (0, "admit"),
        (0, "refuse it 1000"),
        (1000, "admit"),
    ];
    assert_instants(
        "nginx-limit-req = { rate = \"1/s\", burst = 2 }",
        "",
        &nginx,
    );
}

#[test]
fn retry_after_is_exact_or_rounded_down_to_what_the_answer_can_say() {
    let bucket = "token-bucket = { burst = 1, refill = \"2/5s\" }";
    let exact = [
        (0, "admit"),
        (1000, "refuse it 1500"),
        (2100, "refuse it 400"),
        (2500, "admit"),
    ];
    assert_instants(bucket, "refusal = { retry-after = {} }", &exact);
    // 2.5 s becomes 2 s, which is past at 2.1 s: at once.
    let early = [
        (0, "admit"),
        (1000, "refuse it 1000"),
        (2100, "refuse it 0"),
        (2500, "admit"),
    ];
    assert_instants(
        bucket,
        "refusal = { retry-after = { resolution = \"1s\" } }",
        &early,
    );
}

#[test]
fn a_full_table_forgets_and_says_so() {
    // Three keys fit. The fourth sender pushes out the first, the fifth the second.
    let window = "first-hit-window = { limit = 1, window = \"1h\" }";
    let rows: Vec<_> = [
        (0, "a"),
        (1, "b"),
        (2, "c"),
        (3, "d"),
        (4, "e"),
        (5, "e"),
        (6, "a"),
    ]
    .map(|(t, sender)| (t, 1, sender, "p"))
    .to_vec();
    let (decided, told) = decided(&layer(window, "max-keys = 3"), &rows);
    let admit = "admit".to_owned();
    assert_eq!(decided[..5], [(); 5].map(|()| admit.clone()));
    assert_eq!(decided[5], "refuse it 3599999");
    assert_eq!(decided[6], admit, "a was forgotten");
    assert!(
        told.contains("warning: the limit `it` forgot 3 keys that still counted"),
        "{told}"
    );
    assert!(told.contains("raise limits.it.max-keys"), "{told}");
}

#[test]
fn a_run_tells_of_full_tables_on_standard_error_and_in_its_manifest() {
    let text = "schema = 1\nname = \"full\"\n[run]\nduration = \"10m\"\n[pds]\n\
        accounts = { equal = { each = 30 } }\n[pipeline]\norder = [\"rate-limit\"]\n\
        [limits.small]\nkey = \"sender\"\nmax-keys = 5\n\
        algorithm = { sliding-log = { limit = 9, window = \"1h\" } }\n\
        [senders.people]\nclass = \"ham\"\ncount = 20\n\
        arrivals = { regular = { every = \"1m\", offset = \"0s\" } }\n";
    let sandbox = Sandbox::with("full.toml", text);
    let told = sandbox.succeed("run full.toml").err;
    let words = "the limit `small` forgot";
    assert!(told.contains(&format!("warning: {words}")), "{told}");
    assert!(sandbox.read("results/full/manifest.json").contains(words));
    // With room for all of them nothing is said.
    let roomy = Sandbox::with("full.toml", &text.replace("max-keys = 5", "max-keys = 20"));
    let told = roomy.succeed("run full.toml").err;
    assert!(!told.contains(words), "{told}");
}
