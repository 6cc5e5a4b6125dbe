//! The worked example of the guide, `docs/examples/cooldown.rs`: a limit of the registry like any
//! other here, from the words of a scenario to its decisions.

use std::collections::BTreeMap;

use crate::units::{Span, Time};

use super::keeper::Charging;
use super::layer::LayerSpec;
use super::meter::Meter;
use super::rule::{Attempt, Rule};
use super::vector::{Arrival, Outcome, Replay};
use super::{About, gcra, window};

fn layer(algorithm: &str) -> LayerSpec {
    let text = format!("algorithm = {{ {algorithm} }}\nkey = \"sender\"");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

const COOLDOWN: &str = "cooldown = { pause = \"5s\" }";

#[test]
fn states_are_as_small_as_the_docs_say() {
    use super::{
        adaptive, bucket_intsec, fixed_window, greylist, nginx_limit_req, sliding_counter,
    };
    let words = |about: &About, bytes: usize| {
        let told = format!("{} word", bytes / 8);
        assert!(
            about.memory.starts_with(&told),
            "{}: {bytes} bytes",
            about.name
        );
    };
    words(
        &gcra::GcraSpec::ABOUT,
        size_of::<<Meter<u64> as Rule>::State>(),
    );
    words(
        &fixed_window::FixedWindowSpec::ABOUT,
        size_of::<window::WindowState>(),
    );
    words(
        &sliding_counter::SlidingCounterSpec::ABOUT,
        size_of::<sliding_counter::CounterState>(),
    );
    words(
        &adaptive::AdaptiveSpec::ABOUT,
        size_of::<adaptive::AdaptiveState>(),
    );
    words(
        &greylist::GreylistSpec::ABOUT,
        size_of::<greylist::GreylistState>(),
    );
    words(
        &bucket_intsec::BucketIntsecSpec::ABOUT,
        size_of::<bucket_intsec::IntsecState>(),
    );
    words(
        &nginx_limit_req::NginxLimitReqSpec::ABOUT,
        size_of::<nginx_limit_req::NginxState>(),
    );
}

#[test]
fn the_line_of_the_guide_is_the_one_in_the_registry() {
    let line = "\n    Cooldown(CooldownSpec) keeps Cooldown;\n";
    assert!(include_str!("registry.rs").contains(line));
    assert!(include_str!("../../../docs/GUIDE.md").contains(line));
}

#[test]
fn the_example_is_written_validated_and_bounded_as_a_scenario_says() {
    let it = layer(COOLDOWN);
    assert_eq!(it.validate(), []);
    // Pauses of 5 s: at 0, 5 and 10 s in the 12 s from 0 on, at 0 and 5 s in the 10 s from 0 on.
    assert_eq!(it.worst_case(Span::from_s(12)), Some(3));
    assert_eq!(it.worst_case(Span::from_s(10)), Some(2));
    let faults = layer("cooldown = { pause = \"0s\" }").validate();
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let [fault] = faults.as_slice() else {
        panic!("{faults:?}");
    };
    assert!(fault.starts_with("algorithm.cooldown.pause: "), "{fault}");
}

#[test]
fn the_example_decides_a_vector_as_counted_by_hand() {
    let layers = BTreeMap::from([("slow".to_owned(), layer(COOLDOWN))]);
    let mut replay = Replay::new(&layers, &super::ChargingSpec::default()).unwrap();
    let mut decide = |t_ms| {
        let row = replay.step(&Arrival {
            t_ms,
            cost: 1,
            sender: "a",
            pds: "p",
        });
        let row = row.unwrap();
        (row.outcome, row.retry_after_ms())
    };
    let (admit, refuse) = (Outcome::Admit, Outcome::Refuse);
    let decided = [0, 1_000, 4_999, 5_000, 9_000, 20_000].map(&mut decide);
    let by_hand = [
        (admit, None),
        (refuse, Some(4_000)),
        (refuse, Some(1)),
        (admit, None),
        (refuse, Some(1_000)),
        (admit, None),
    ];
    assert_eq!(decided, by_hand);
}

#[test]
fn the_example_decides_as_the_gcra_that_it_is() {
    let build = |layer: &LayerSpec| layer.algorithm.spec().build(&layer.setting(0));
    let mut own = build(&layer(COOLDOWN));
    let mut twin = build(&layer("gcra = { burst = 1, rate = \"1/5s\" }"));
    let mut admitted = 0;
    // Gaps of 0 to 12 halves of a second in a fixed disorder, over three keys.
    let mut now = Time::ZERO;
    for step in 0..2_000_u64 {
        now = now + Span::from_ms(500 * (step * step * 7 % 13));
        let attempt = Attempt {
            now,
            cost: 1,
            age: None,
            sender: 0,
            recipient: 0,
        };
        let key = step % 3;
        assert_eq!(own.earliest(key, &attempt), twin.earliest(key, &attempt));
        let decision = own.take(key, &attempt, Charging::Passed);
        assert_eq!(decision, twin.take(key, &attempt, Charging::Passed));
        admitted += u32::from(decision.lets_pass());
    }
    assert!((200..1_800).contains(&admitted), "{admitted}");
}
