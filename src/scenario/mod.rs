//! scenario.

mod assignment;
mod decode;
mod fault;
mod key;
mod load;
mod nearest;
mod overlay;
mod parse;
mod render;
mod source;
mod tree;

pub use assignment::assignment;
pub use decode::decode;
pub use fault::{CODES, Fault, Faults, Severity, Wrong, meaning};
pub use key::{join_key, split_key};
pub use load::{Disk, Files, InputFile, Loader, MOST_DATA_BYTES, Memory, ReadError};
pub use nearest::nearest;
pub use overlay::{Grammar, SCENARIO, overlay};
pub use parse::{MOST_BYTES, Parsed, parse};
pub use render::Ink;
pub use source::{Origin, Place, Position, Source, SourceId, Sources};
pub use tree::{Node, Table, Value};

#[cfg(test)]
mod testing {
    //! What the tests of this room share.

    use super::{Faults, Node, Origin, Sources, parse};

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
}
