//! The program as its users start it: a folder of its own, arguments, and what came of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder in which the program runs.
pub struct Sandbox(tempfile::TempDir);

/// How a run of the program ended.
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Sandbox {
    /// An empty folder.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for the test"))
    }

    /// A folder with one file.
    pub fn with(name: &str, text: &str) -> Self {
        let sandbox = Self::new();
        sandbox.write(name, text);
        sandbox
    }

    /// The path of a file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// The text of a file.
    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names in a folder, hidden ones too, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).expect("a folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    /// Every file below a folder with its bytes.
    pub fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path(folder), &self.path(folder), &mut files);
        files
    }

    /// The same without `provenance.json`, the only file that may differ between runs.
    pub fn results(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = self.files(folder);
        assert!(files.remove("provenance.json").is_some(), "{folder}");
        files
    }

    /// The program with these arguments, parted by blanks.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pdsim"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .env_remove("NO_COLOR")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &str) -> Ended {
        Ended::of(self.command(arguments))
    }

    /// Runs the program with arguments that may hold blanks.
    pub fn run_args(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pdsim"));
        command.args(arguments).current_dir(self.0.path());
        Ended::of(command)
    }

    /// Runs the program, which must end with exit code 0.
    pub fn succeed(&self, arguments: &str) -> Ended {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "{arguments}: {}{}", ended.out, ended.err);
        ended
    }
}

impl Ended {
    /// How `command` ends.
    pub fn of(mut command: Command) -> Self {
        let output = command.output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self {
            code: output.status.code().expect("an exit code"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

fn collect(root: &Path, folder: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, into);
        } else {
            let name = path.strip_prefix(root).expect("below the root");
            into.insert(
                name.display().to_string(),
                std::fs::read(&path).expect("a file"),
            );
        }
    }
}

/// A CSV file of results by its columns.
pub struct Csv {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<BTreeMap<String, String>>,
}

impl Csv {
    /// Reads a text that has no quoted field.
    pub fn of(text: &str) -> Self {
        assert!(text.ends_with('\n') && !text.contains('\r') && !text.contains('"'));
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
        let header: Vec<String> = lines.next().expect("a header").collect();
        let row = |cells: Vec<String>| {
            assert_eq!(cells.len(), header.len(), "{cells:?}");
            header.iter().cloned().zip(cells).collect()
        };
        let rows = lines.map(|cells| row(cells.collect())).collect();
        Self { header, rows }
    }

    /// The value in `column` of the only row that has all of `key`.
    pub fn value(&self, key: &[(&str, &str)], column: &str) -> &str {
        let fits = |row: &&BTreeMap<String, String>| key.iter().all(|(k, v)| row[*k] == *v);
        let found: Vec<_> = self.rows.iter().filter(fits).collect();
        assert_eq!(found.len(), 1, "{key:?}");
        &found[0][column]
    }
}
