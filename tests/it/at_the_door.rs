//! What is turned away at the door of a PDS: by a limit on attempts, or for its size.

use crate::first_contact::{fate, fates};
use crate::support::{assert_samples, outcome_shares, run, scenario, values};

const DOOR: &str = "limit = { burst = 2, rate = \"1/10s\"";

#[test]
fn a_limit_at_the_door_refuses_what_is_beyond_its_bucket_before_any_check() {
    // Two at once, the third is one too many; a token every 10 s. The pipeline would refuse all, for
    // nobody is a contact: what the door refuses never gets there.
    let door = format!("[ingress]\n{DOOR} }}");
    let sends = [
        (0.0, 1, 0),
        (0.0, 2, 3),
        (0.0, 4, 5),
        (9.9, 1, 0),
        (10.0, 2, 0),
    ];
    let expected = [
        fate("refused.contact", 0.0),
        fate("refused.contact", 0.0),
        fate("refused.ingress", 0.0),
        fate("refused.ingress", 9.9),
        fate("refused.contact", 10.0),
    ];
    assert_eq!(fates("\"none\"", &door, &sends), expected);
    // Keyed by the sender, each has a bucket of his own.
    let own = format!("[ingress]\n{DOOR}, key = \"sender\" }}");
    let sends = [(0.0, 1, 0), (0.0, 1, 0), (0.0, 1, 0), (0.0, 2, 0)];
    let expected = ["delivered", "delivered", "refused.ingress", "delivered"];
    assert_eq!(
        fates("\"open\"", &own, &sends),
        expected.map(|outcome| fate(outcome, 0.0))
    );
}

#[test]
fn who_is_turned_away_at_the_door_comes_again_even_if_the_inbox_is_a_queue() {
    // One more try, 1 s later: too early without a hint, and after 10 s with it.
    let again = "retry = { atproto = { tries = 2, base = \"1s\", jitter = \"0%\" } }";
    let sends = [(0.0, 1, 0), (0.0, 2, 0), (0.0, 3, 0)];
    for (refusal, third) in [
        ("reject", fate("gave-up", 1.0)),
        ("retry-after", fate("delivered", 10.0)),
    ] {
        let tables = format!("{again}\n[ingress]\n{DOOR}, refusal = \"{refusal}\" }}");
        let expected = [fate("delivered", 0.0), fate("delivered", 0.0), third];
        assert_eq!(fates("\"open\"", &tables, &sends), expected, "{refusal}");
    }
}

#[test]
fn a_body_that_is_too_large_is_refused_once_and_for_all() {
    let results = run(scenario(
        r#"
        schema = 1
        name = "oversize"
        [run]
        duration = "1000s"
        replications = 20
        seed = 16
        [network]
        retry = { atproto = {} }
        [pds]
        accounts = { equal = { each = 50 } }
        count = 4
        [senders.people]
        class = "ham"
        count = 200
        oversize = "30%"
        arrivals = { poisson = { rate = "1/100s" } }
        "#,
    ));
    let shares = outcome_shares(&results, "refused.too-large");
    // Some are in flight at the end: none of 1,000 s in the mean of 42 ms, within the error.
    assert_samples("too large", &shares, 0.3);
    assert_eq!(values(&results, "retry.attempts"), vec![1.0; 20]);
}
