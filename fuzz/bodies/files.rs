//! Files: scenarios, layers over them, traces, folders of results.

use std::path::Path;

use pdsim::experiment::{Arm, Options, run};
use pdsim::report::{RunFolder, read_records};
use pdsim::scenario::estimate::Room;
use pdsim::scenario::{
    Faults, Ink, Loader, Memory, Node, Origin, SCENARIO, Scenario, Sources, overlay as lay, parse,
    read_trace,
};

/// Parts of one input.
const CUT: &[u8] = b"\n====\n";

fn parts(data: &[u8]) -> Vec<&[u8]> {
    let mut list = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(CUT.len()).position(|window| window == CUT) {
        list.push(&rest[..at]);
        rest = &rest[at + CUT.len()..];
    }
    list.push(rest);
    list
}

/// A scenario, and after a line of four equals signs a data file `t.csv`: it is refused with faults that
/// can be shown, or runs under all laws for some thousand events.
pub fn scenario(data: &[u8]) {
    let parts = parts(data);
    let table = parts.get(1).copied().unwrap_or(b"");
    let files = Memory::files([("a.toml", parts[0]), ("t.csv", table)]);
    let mut loader = Loader::new(&files);
    loader.room = Some(Room {
        bytes: 1 << 26,
        threads: 1,
    });
    let tree = loader.scenario(Path::new("a.toml"), &SCENARIO);
    let scenario = tree.and_then(|tree| Scenario::prepare(tree, &mut loader));
    shown(&loader);
    let Some(scenario) = scenario else {
        assert!(loader.faults.has_errors(), "refused without a reason");
        return;
    };
    assert!(!loader.faults.has_errors(), "accepted with errors");
    if is_small(&scenario) {
        let options = Options {
            threads: Some(1),
            max_events: Some(3_000),
            ..Options::default()
        };
        if let Err(error) = run(&[Arm::new("base", scenario)], options, &()) {
            panic!("{error:?}");
        }
    }
}

/// A handful of replications on few PDSes: anything else is a matter of patience.
fn is_small(scenario: &Scenario) -> bool {
    let spec = &scenario.spec;
    spec.run.replications.most() <= 4
        && scenario.sizes().len() <= 200
        && spec.senders.len() <= 20
        && scenario.sizes().iter().sum::<u64>() <= 1_000_000
        && spec.senders.values().all(|group| group.count <= 1_000_000)
}

fn shown(loader: &Loader<'_>) {
    let text = loader.faults.render(&loader.sources, Ink::Plain);
    assert!(!text.contains('\u{1b}'), "an escape reaches the terminal");
    assert!(
        loader
            .faults
            .lines(&loader.sources)
            .iter()
            .all(|line| !line.contains('\n'))
    );
}

/// A base, a layer over it and a `--set`: laying a layer twice is laying it once, and what is laid can be
/// shown as TOML that reads back as the same.
pub fn overlay(data: &[u8]) {
    let parts = parts(data);
    let (Some(base), Some(over)) = (tree(parts[0]), parts.get(1).and_then(|part| tree(part)))
    else {
        return;
    };
    let mut once = base;
    lay(&mut once, over.clone(), &SCENARIO);
    let mut twice = once.clone();
    lay(&mut twice, over, &SCENARIO);
    assert_eq!(once.to_string(), twice.to_string(), "a layer counts once");
    let text = format!("all = {once}\n");
    // What nests near the limit nests beyond it below one more key.
    if let Some(again) = tree(text.as_bytes()) {
        assert_eq!(
            again.get("all").map(Node::to_string),
            Some(once.to_string())
        );
    }
    if let Some(set) = parts.get(2).and_then(|part| std::str::from_utf8(part).ok()) {
        let files = Memory::files([]);
        let mut loader = Loader::new(&files);
        loader.set(&mut once, set, &SCENARIO);
        shown(&loader);
    }
}

/// The tree of a sound text.
fn tree(text: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(text).ok()?;
    let mut sources = Sources::default();
    let source = sources.add(Origin::File, "a.toml", text.into());
    let mut faults = Faults::new();
    let parsed = parse(source, &sources, &mut faults);
    parsed.sound.then_some(parsed.root)
}

/// A trace: its times never decrease and its ids are those of its names.
pub fn trace(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut sources = Sources::default();
    let source = sources.add(Origin::File, "t.csv", text.into());
    let mut faults = Faults::new();
    let read = read_trace(source, &sources, 0, &mut faults);
    let _shown = faults.render(&sources, Ink::Plain);
    let Some(trace) = read else {
        assert!(faults.has_errors(), "refused without a reason");
        return;
    };
    let rows = trace.at.len();
    assert!(rows > 0 && trace.at.is_sorted());
    assert!([trace.sender.len(), trace.recipient.len(), trace.class.len()] == [rows; 3]);
    let ids = trace.sender.iter().zip(&trace.recipient);
    let names = trace.names.len();
    assert!(
        ids.into_iter()
            .all(|(a, b)| a != b && (*a as usize) < names && (*b as usize) < names)
    );
}

/// A folder of results of which one file, named by the first byte, is the rest of the input.
pub fn results(data: &[u8]) {
    const NAMES: [&str; 8] = [
        "manifest.json",
        "scenario.toml",
        "summary.csv",
        "replications.csv",
        "outcomes.csv",
        "histograms.csv",
        "time_series.csv",
        "datapackage.json",
    ];
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let sound: [(&str, &[u8]); 6] = [
        (
            "manifest.json",
            include_bytes!("../../results/two-pds/manifest.json"),
        ),
        (
            "scenario.toml",
            include_bytes!("../../results/two-pds/scenario.toml"),
        ),
        (
            "summary.csv",
            include_bytes!("../../results/two-pds/summary.csv"),
        ),
        (
            "replications.csv",
            include_bytes!("../../results/two-pds/replications.csv"),
        ),
        (
            "outcomes.csv",
            include_bytes!("../../results/two-pds/outcomes.csv"),
        ),
        (
            "datapackage.json",
            include_bytes!("../../results/two-pds/datapackage.json"),
        ),
    ];
    for (name, bytes) in sound {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    }
    let name = NAMES[usize::from(*first) % NAMES.len()];
    std::fs::write(folder.path().join(name), rest).expect("a file");
    let _records = read_records(&folder.path().join(name));
    if let Ok(folder) = RunFolder::open(folder.path()) {
        let _warnings = (
            folder.warnings(),
            folder.replications(),
            folder.compare(),
            folder.events(),
        );
        let _rows = (
            folder.comparisons(),
            folder.replication_rows(),
            folder.results(),
        );
    }
}
