//! A bounded run of every fuzz target: the committed corpus, and some mutations of it that are the same
//! everywhere. `fuzz/README.md` says how to run them for longer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rayon::prelude::*;

#[path = "../../fuzz/bodies/mod.rs"]
mod bodies;

use bodies::TARGETS;
use bodies::mutation::{Dice, mutated};

/// The corpus of a target.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/fuzz")
        .join(name);
    let entries = std::fs::read_dir(folder).expect("a corpus");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 3, "{name} has hardly a corpus");
    paths
        .iter()
        .map(|path| std::fs::read(path).expect("a file"))
        .collect()
}

/// Runs a body on one input; what panics is shown.
fn survives(name: &str, body: fn(&[u8]), input: &[u8]) {
    let fell = catch_unwind(AssertUnwindSafe(|| body(input))).is_err();
    let shown = String::from_utf8_lossy(input);
    assert!(!fell, "{name} fell over\n{shown}\n{input:?}");
}

/// Mutations of the corpus of every target; the slow bodies get fewer.
fn mutations(times: usize, seed: u64) {
    TARGETS.par_iter().for_each(|(name, body)| {
        let corpus = corpus(name);
        let share = match *name {
            "scenario" => 1,
            "results" => 2,
            _ => 10,
        };
        let mut dice = Dice(seed);
        for _ in 0..times * share {
            let (input, other) = (dice.below(corpus.len()), dice.below(corpus.len()));
            survives(
                name,
                *body,
                &mutated(&corpus[input], &corpus[other], &mut dice),
            );
        }
    });
}

#[test]
fn the_corpus_of_every_target_is_survived() {
    TARGETS.par_iter().for_each(|(name, body)| {
        for input in corpus(name) {
            survives(name, *body, &input);
        }
    });
}

#[test]
fn some_mutations_of_every_corpus_are_survived() {
    mutations(40, 20_251_124);
}

#[test]
#[ignore = "long: a thousand random scenarios, ten thousand of the rest"]
fn a_thousand_random_scenarios_break_no_law_and_nothing_panics() {
    mutations(1_000, 1);
}
