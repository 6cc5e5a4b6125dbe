//! Scenario files into specs: reading, overlaying, decoding, and faults that name their place.
//!
//! The way of a scenario, top to bottom:
//!
//! 1. A [`Loader`] reads files through [`Files`] (the [`Disk`], or [`Memory`] for tests and
//!    embedded scenarios). [`Loader::scenario`] parses a file into a [`Node`] tree, lays it over
//!    what it `extends`, and returns the merged tree. Every value knows its [`Place`].
//! 2. Further layers are laid over it: [`overlay`] for the arms and factors of a study (a factor's
//!    layer is made by [`layer_of`]), [`Loader::set`] for `--set KEY=VALUE`. What merges and what is replaced is told by a
//!    [`Grammar`]; [`SCENARIO`] is the one of scenarios.
//! 3. [`decode()`] turns the tree into any serde type. It does not stop at the first fault.
//! 4. Checks between keys add faults of their own, at [`Node::place_of`] a dotted key, or return
//!    a [`Wrong`] from `TryFrom` and leave the place to the decoder.
//! 5. Data files that the scenario names are read by [`Loader::data_named`], then by
//!    [`read_trace`], [`read_accounts`] or [`read_empirical`].
//! 6. [`Faults::render`] shows what was wrong: `a.toml:14:12: what; remedy`, with an excerpt.
//!
//! ```
//! use pdsim::scenario::{Ink, Loader, Memory, SCENARIO, decode};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(rename_all = "kebab-case", deny_unknown_fields)]
//! struct Auth { lifetime: pdsim::units::Span }
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Demo { auth: Auth }
//!
//! let files = Memory::files([("a.toml", "[auth]\nlifetime = 60\n".as_bytes())]);
//! let mut loader = Loader::new(&files);
//! let mut root = loader.scenario("a.toml".as_ref(), &SCENARIO).unwrap();
//! assert!(decode::<Demo>(&root, &mut loader.faults).is_none());
//! assert_eq!(
//!     loader.faults.lines(&loader.sources),
//!     ["a.toml:2:12: `60` has no unit; write \"60s\" or \"60ms\""]
//! );
//!
//! loader.faults = Default::default();
//! loader.set(&mut root, "auth.lifetime=2h", &SCENARIO);
//! let demo: Demo = decode(&root, &mut loader.faults).unwrap();
//! assert_eq!(demo.auth.lifetime.to_string(), "2h");
//! assert!(loader.faults.render(&loader.sources, Ink::Plain).is_empty());
//! ```

mod accounts_file;
mod assignment;
pub mod bounds;
mod build;
mod codes;
mod decode;
mod empirical_file;
pub mod estimate;
mod factor;
mod fault;
mod guess;
mod interventions;
mod key;
mod load;
mod nearest;
mod overlay;
mod parse;
mod policy_file;
mod prepared;
pub mod quantity;
mod render;
mod schema;
mod seconds;
mod source;
mod spec;
mod study;
mod sweep;
mod table_file;
mod trace_file;
mod tree;
mod validate;
mod validate_auth;
mod validate_contact;
mod validate_inbox;
mod validate_population;
mod validate_run;
mod vector_file;
mod wrong;

pub use accounts_file::{AccountsFile, read_accounts};
pub use assignment::{assignment, layer_of, split_values};
pub use build::BuildError;
pub use codes::{CODES, Code, code};
pub use decode::decode;
pub use empirical_file::{EmpiricalFile, read_empirical};
pub use factor::{Factor, FactorSpec, Levels, Range, RangeSpec, Scale};
pub use fault::{Fault, Faults, Severity};
pub use guess::{Guess, Guesses};
pub use interventions::Who;
pub use key::{join_key, split_key};
pub use load::{Disk, Files, InputFile, Loader, MOST_DATA_BYTES, Memory, ReadError};
pub use nearest::nearest;
pub use overlay::{Grammar, SCENARIO, overlay};
pub use parse::{MOST_BYTES, Parsed, parse};
pub use policy_file::{PolicySpec, at_its_place};
pub use prepared::{DataFile, Scenario};
pub use render::Ink;
pub use schema::{Depth, KeyEntry, Need, keys, schema, words};
pub use source::{Origin, Place, Position, Source, SourceId, Sources};
pub use spec::{
    ActionSpec, Audience, AuthSpec, Bound, ClockDirection, ContactTable, Crashes, EventsSpec,
    ExpectSpec, HistogramsSpec, Home, InboxSpec, InterventionSpec, LabelSpec, OutputSpec, PairSpec,
    PdsSpec, ReplicationsSpec, RunSpec, SCHEMA, ScenarioSpec, SendSpec, SendersSpec,
    SequentialSpec, SteadyStateSpec, SyncSpec, TraceSpec, UpDownSpec, WarmupSpec,
};
pub use study::{CompareSpec, Study, StudySpec};
pub use sweep::{DesignSpec, MOST_POINTS, Over, Sweep, SweepSpec};
pub use trace_file::{TraceClass, TraceFile, read_trace};
pub use tree::{Node, Table, Value};
pub use vector_file::{VectorRow, read_vector};
pub use wrong::Wrong;

#[cfg(test)]
mod testing {
    //! What the tests of this room share.

    use super::{Faults, Node, Origin, SourceId, Sources, parse};

    /// The tree of a sound text, as file `a.toml`.
    pub(super) fn parsed(text: &str) -> (Node, Sources) {
        let mut sources = Sources::default();
        let mut faults = Faults::new();
        let file = sources.add(Origin::File, "a.toml", text.into());
        let root = parse(file, &sources, &mut faults).root;
        assert_eq!(faults.lines(&sources), [""; 0]);
        (root, sources)
    }

    /// The faults of a text, as file `a.toml`, one line each.
    pub(super) fn faults_of(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let mut faults = Faults::new();
        let file = sources.add(Origin::File, "a.toml", text.into());
        parse(file, &sources, &mut faults);
        faults.lines(&sources)
    }

    /// What a data reader makes of a text, or its faults, one line each.
    pub(super) fn read_file<T>(
        name: &str,
        text: &str,
        read: impl FnOnce(SourceId, &Sources, &mut Faults) -> Option<T>,
    ) -> Result<T, Vec<String>> {
        let mut sources = Sources::default();
        let mut faults = Faults::new();
        let file = sources.add(Origin::File, name, text.into());
        read(file, &sources, &mut faults).ok_or_else(|| faults.lines(&sources))
    }
}
