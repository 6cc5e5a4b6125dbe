//! The scenario as it was run: every default written out, data files under `inputs/`.
//!
//! Its text is a scenario again, and a run of it gives the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::attack::AttackSpec;
use crate::experiment::{Arm, InputEntry, sha256_hex};
use crate::protocol::Class;
use crate::scenario::{DataFile, ScenarioSpec};
use crate::units::{Span, cast};

/// A data file under the name that it has in the folder of results.
#[derive(Debug, Clone)]
pub struct Input {
    /// What the manifest says of it.
    pub entry: InputEntry,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

/// A scenario as text, with the data files that it names.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The content of `scenario.toml`.
    pub text: String,
    /// The data files, by name.
    pub inputs: Vec<Input>,
}

/// The scenario of an arm as it is written into the folder of results.
///
/// # Panics
/// Never: a spec is made of what TOML can say.
pub fn resolved(arm: &Arm) -> Resolved {
    resolved_with(arm, &mut InputNames::default())
}

/// The same beside other scenarios whose data files have their `names` already.
///
/// # Panics
/// Never: a spec is made of what TOML can say.
pub fn resolved_with(arm: &Arm, names: &mut InputNames) -> Resolved {
    let data = &arm.scenario().data;
    let paths = data.iter().map(|file| file.file.path.as_path());
    let names: Vec<String> = paths.map(|path| names.name(path)).collect();
    let mut spec = explicit(arm);
    spec.change_data_files(|key, written| {
        let place = data.iter().position(|file| file.key == key);
        let place = place.expect("every file that a scenario names was read");
        *written = format!("inputs/{}", names[place]);
    });
    let inputs = names.iter().zip(data).map(|(name, file)| input(name, file));
    let mut inputs: Vec<Input> = inputs.collect();
    inputs.sort_by(|a, b| a.entry.name.cmp(&b.entry.name));
    inputs.dedup_by(|a, b| a.entry.name == b.entry.name);
    Resolved {
        text: text(&spec),
        inputs,
    }
}

/// The specs of an arm with every default written out that depends on other keys.
pub fn explicit(arm: &Arm) -> ScenarioSpec {
    let mut spec = arm.scenario().spec.clone();
    let horizon = Span::from_ns(arm.plan().horizon().ns());
    spec.run.duration = Some(horizon);
    spec.pds.count = Some(cast::id_u32(arm.plan().pds_count()));
    for senders in spec.senders.values_mut() {
        // An attack that insists says itself how it retries.
        let insists = |attack: &AttackSpec| attack.insistence().is_some();
        if !senders.attack.as_ref().is_some_and(insists) {
            senders.retry = senders.retry.or(Some(spec.network.retry));
        }
        if senders.start < horizon {
            senders.stop = senders.stop.or(Some(horizon));
        }
        if senders.class == Class::Spam {
            senders.attack = Some(senders.attack.take().unwrap_or_default());
            senders.on = senders.home();
        }
    }
    spec
}

/// A spec as the text of a scenario file.
///
/// # Panics
/// Never: a spec is made of what TOML can say.
pub fn text(spec: &ScenarioSpec) -> String {
    toml::to_string_pretty(spec).expect("a spec is made of what TOML can say")
}

fn input(name: &str, data: &DataFile) -> Input {
    Input {
        entry: InputEntry {
            name: name.to_owned(),
            sha256: sha256_hex(&data.file.bytes),
            bytes: cast::count_to_u64(data.file.bytes.len()),
        },
        bytes: Arc::clone(&data.file.bytes),
    }
}

/// The names of data files in a folder of results: each its own, numbered where several share one.
#[derive(Debug, Default)]
pub struct InputNames(BTreeMap<String, PathBuf>);

impl InputNames {
    fn name(&mut self, path: &Path) -> String {
        let is_free = |name: &String| self.0.get(name).is_none_or(|owner| owner == path);
        let name = candidates(path).find(is_free);
        let name = name.expect("there are endless candidates");
        self.0.insert(name.clone(), path.to_owned());
        name
    }
}

/// `a.csv`, `a-2.csv`, `a-3.csv` and so on.
fn candidates(path: &Path) -> impl Iterator<Item = String> {
    let part = |part: Option<&std::ffi::OsStr>| {
        part.map_or(String::new(), |part| part.to_string_lossy().into_owned())
    };
    let (stem, end) = (part(path.file_stem()), part(path.extension()));
    let end = if end.is_empty() {
        end
    } else {
        format!(".{end}")
    };
    let first = std::iter::once(format!("{stem}{end}"));
    first.chain((2_u64..).map(move |n| format!("{stem}-{n}{end}")))
}
