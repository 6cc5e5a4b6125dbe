//! `mutate TARGET SECONDS [SEED]`: runs a target over its corpus with random mutations, without nightly,
//! sanitizers or libFuzzer. Inputs that lead to panics are in `fuzz/artifacts`.

#[path = "bodies/mod.rs"]
mod bodies;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bodies::TARGETS;
use bodies::mutation::{Dice, mutated};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().expect("mutate TARGET SECONDS [SEED]");
    let seconds = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60);
    let seed = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let (_, body) = TARGETS
        .iter()
        .find(|(target, _)| *target == name)
        .expect("a target");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = read(&root.join("../tests/data/fuzz").join(&name));
    let artifact = root.join("artifacts").join(format!("{name}-{seed}"));
    std::fs::create_dir_all(artifact.parent().expect("a folder")).expect("a folder");
    let (mut dice, mut runs, mut slowest) = (Dice(seed), 0_u64, Duration::ZERO);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(seconds) {
        let (input, other) = (
            &corpus[dice.below(corpus.len())],
            &corpus[dice.below(corpus.len())],
        );
        let input = mutated(input, other, &mut dice);
        let began = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| body(&input))).is_err() {
            std::fs::write(&artifact, &input).expect("an artifact");
            println!(
                "{name} fell over after {runs} inputs: {}",
                artifact.display()
            );
            std::process::exit(1);
        }
        let spent = began.elapsed();
        if spent > slowest {
            slowest = spent;
            std::fs::write(artifact.with_extension("slowest"), &input).expect("an artifact");
        }
        runs += 1;
    }
    println!("{name}: {runs} inputs in {seconds} s, the slowest took {slowest:?}");
}

fn read(folder: &PathBuf) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the corpus");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).expect("a file"))
        .collect()
}
