//! A planted fault in a limit is caught by the law that every run checks: a limiter that admits one
//! more than it should.

use pdsim::trace::{CountedBy, LimitedEnd, WatchedLayer, WorstCases};
use pdsim::units::Span;

use crate::support::{observe, scenario};

/// Ten senders who flood behind a limit of so many a minute, seen by the law of another one.
fn broken(limit: u64, lawful: u64, at: &str) -> usize {
    let text = format!(
        r#"
        schema = 1
        name = "flood"
        [run]
        duration = "20m"
        [pds]
        count = 2
        accounts = {{ equal = {{ each = 20 }} }}
        [pipeline]
        order = ["rate-limit"]
        [limits.it]
        algorithm = {{ sliding-log = {{ limit = {limit}, window = "60s" }} }}
        key = "sender"
        at = "{at}"
        [senders.wave]
        class = "spam"
        count = 10
        arrivals = {{ poisson = {{ rate = "60/1m" }} }}
        "#
    );
    let end = match at {
        "sender" => LimitedEnd::Sender,
        _ => LimitedEnd::Recipient,
    };
    let watched = WatchedLayer {
        name: "it".to_owned(),
        index: 0,
        bit: 0,
        end,
        counts: CountedBy::Sender,
        window: Span::from_s(60),
        most: lawful,
    };
    let cases = observe(&scenario(&text), WorstCases::new(&[watched]));
    cases.broken(&[0]).len()
}

#[test]
fn a_limit_that_admits_one_more_than_it_may_is_caught() {
    for at in ["recipient", "sender"] {
        assert_eq!(broken(10, 10, at), 0, "{at}");
        assert_eq!(broken(11, 10, at), 1, "{at}");
    }
}
