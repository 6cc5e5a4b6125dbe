//! The docs of limits name files that are there; the guide shows the example that unit tests compile.

const LIMITS: &str = include_str!("../../docs/LIMITS.md");
const GUIDE: &str = include_str!("../../docs/GUIDE.md");

#[test]
fn the_guide_shows_the_example_that_unit_tests_compile() {
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
