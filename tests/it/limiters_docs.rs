//! The docs of limits say what the registries say, and the worked example of the guide works.

use pdsim::policy::limit::keeper::{Charging, Counters};
use pdsim::policy::limit::preset::PRESETS;
use pdsim::policy::limit::rule::Attempt;
use pdsim::policy::limit::{ALGORITHMS, LayerSpec};
use pdsim::units::{Span, Time};

#[path = "../../docs/examples/cooldown.rs"]
mod cooldown;

use cooldown::Cooldown;

const LIMITS: &str = include_str!("../../docs/LIMITS.md");
const GUIDE: &str = include_str!("../../docs/GUIDE.md");

/// The part of the docs under a heading.
fn section(heading: &str) -> &'static str {
    let start = format!("\n### {heading}\n");
    let rest = LIMITS.split(&start).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("docs/LIMITS.md has no heading `### {heading}`"));
    rest.split("\n##").next().unwrap()
}

#[test]
fn every_algorithm_has_its_formula_worst_case_keys_and_source_in_the_docs() {
    for about in ALGORITHMS {
        let text = section(about.name);
        assert!(text.contains("```text\n"), "{}: no formula", about.name);
        let keys: Vec<&str> = about.keys.iter().map(|key| key.name()).collect();
        for line in [
            format!("* Worst case: {}\n", about.worst_case),
            format!("* Keys: {}\n", keys.join(", ")),
            format!("* Source: {}\n", about.source),
        ] {
            assert!(text.contains(&line), "{}: no line {line}", about.name);
        }
    }
    let headings = LIMITS.matches("\n### ").count();
    assert_eq!(headings, ALGORITHMS.len(), "an algorithm that is gone");
}

#[test]
fn every_preset_stands_in_the_docs_with_source_and_date() {
    for preset in PRESETS {
        let row = format!(
            "| `{}` | {} | {} | {} |\n",
            preset.name, preset.summary, preset.source, preset.date
        );
        assert!(LIMITS.contains(&row), "docs/LIMITS.md has no row {row}");
    }
}

#[test]
fn the_warm_up_of_the_docs_is_a_valid_layer() {
    let text = LIMITS.split("[limits.warm-up]\n").nth(1).unwrap();
    let layer: LayerSpec = toml::from_str(text.split("```").next().unwrap()).unwrap();
    assert_eq!(layer.validate(), []);
}

#[test]
fn the_guide_shows_the_example_that_is_compiled_here() {
    assert!(GUIDE.contains(include_str!("../../docs/examples/cooldown.rs")));
}

#[test]
fn every_file_that_the_guide_and_the_docs_name_is_there() {
    let root = env!("CARGO_MANIFEST_DIR");
    let quoted = [GUIDE, LIMITS].into_iter().flat_map(|text| text.split('`'));
    let is_path = |word: &&str| {
        let starts = ["src/", "tests/", "docs/", "scenarios/"];
        starts.iter().any(|start| word.starts_with(start)) && !word.contains(char::is_whitespace)
    };
    let named: Vec<&str> = quoted.filter(is_path).collect();
    assert!(named.len() > 10, "{named:?}");
    for path in named {
        let exists = std::path::Path::new(&format!("{root}/{path}")).exists();
        assert!(exists, "there is no {path}");
    }
}

#[test]
fn the_example_of_the_guide_decides_as_the_gcra_that_it_is() {
    let pause = Span::from_s(5);
    let mut own = Counters::new(Cooldown { pause }, 100);
    let layer: LayerSpec =
        toml::from_str("algorithm = { gcra = { burst = 1, rate = \"1/5s\" } }\nkey = \"sender\"")
            .unwrap();
    let mut twin = layer.algorithm.spec().build(&layer.setting(0));
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
