//! The codes of faults: one registry for messages, `check --format json` and `explain CODE`.
//!
//! A code is a word, never a number, and never changes its meaning. Every code has a page here:
//! what is wrong, what to do, and an example of both. Every code occurs in the corpus of broken
//! inputs, `tests/data/broken`.

/// What is said of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code itself, kebab-case.
    pub name: &'static str,
    /// What is wrong, in one sentence.
    pub meaning: &'static str,
    /// What to do about it.
    pub advice: &'static str,
    /// An input with this fault.
    pub wrong: &'static str,
    /// The same input mended.
    pub right: &'static str,
}

macro_rules! codes {
    ($($name:literal: $meaning:literal, $advice:literal, $wrong:literal => $right:literal;)*) => {
        &[$(Code {
            name: $name,
            meaning: $meaning,
            advice: $advice,
            wrong: $wrong,
            right: $right,
        }),*]
    };
}

/// Every code, sorted by name.
pub const CODES: &[Code] = codes! {
    "cycle":
        "files that extend each other in a circle",
        "take one `extends` out, so that one file stands at the bottom; at most 32 files may extend each other",
        "a.toml: extends = \"b.toml\"; b.toml: extends = \"a.toml\""
        => "a.toml: extends = \"b.toml\"; b.toml extends nothing";
    "duplicate-key":
        "the same key or column is given twice",
        "keep one of the two; a column may have one of its names only",
        "time_s,unix_time,sender,recipient" => "time_s,sender,recipient";
    "empty-file":
        "a data file without a row",
        "add the header and at least one row, or name another file",
        "time_s,sender,recipient" => "time_s,sender,recipient (next line) 0,alice,bob";
    "endless":
        "a run of more messages than a replication can number",
        "shorten run.duration, or lower counts and rates: beyond 10^10 expected messages a run would last for days",
        "count = 1000000, arrivals = { poisson = { rate = \"1000000/s\" } }"
        => "count = 1000000, arrivals = { poisson = { rate = \"3/1d\" } }";
    "missing-column":
        "a data file lacks a column that it must have",
        "name the column in the first line; further columns are ignored",
        "time_s,sender" => "time_s,sender,recipient";
    "missing-file":
        "a file that is named does not exist",
        "check the path: files that a file names are looked for beside it, those of --set in the working folder",
        "file = \"mesages.csv\"" => "file = \"messages.csv\"";
    "missing-key":
        "a table lacks a key that has no default",
        "add the key; `pdsim explain keys` lists all keys with their defaults",
        "[senders.people] without class" => "[senders.people] class = \"ham\"";
    "missing-unit":
        "a quantity with a dimension is written without its unit",
        "write it as a string with its unit; bare numbers are counts",
        "lifetime = 60" => "lifetime = \"60s\"";
    "more-faults":
        "more faults than are listed: mend these first",
        "mend the twenty that are listed and check again",
        "a trace of fifty rows without a time" => "a trace whose rows all have a time";
    "needs-memory":
        "a run that would need more memory than it may have",
        "lessen what the message names as largest, or raise --max-memory; without it the limit is what the machine has to spare",
        "output.events = \"all\" over 10^9 messages" => "output.events = { sample = \"0.1%\" }";
    "not-a-file":
        "a path that names a folder, a device, a pipe or a socket where a file must be",
        "name an ordinary file: a pipe may never end, and a device has no size",
        "file = \"/dev/zero\"" => "file = \"data/messages.csv\"";
    "not-text":
        "a file is not UTF-8 text",
        "save it as UTF-8 without a byte-order mark; archives must be unpacked first",
        "a scenario saved as UTF-16" => "the same saved as UTF-8";
    "one-kind":
        "a tagged value must be a table with exactly one kind in it",
        "keep one kind: { KIND = { its keys } }",
        "delay = { constant = \"5ms\", exponential = { mean = \"5ms\" } }"
        => "delay = { constant = \"5ms\" }";
    "out-of-range":
        "a number, rate, share or time beyond its limits",
        "write a value inside the limits that the message names",
        "loss = 1.5" => "loss = \"1.5%\"";
    "row-length":
        "a data row has more or fewer fields than its header",
        "give every column its field, empty where nothing is known, with quotes around commas",
        "0,alice" => "0,alice,bob";
    "self-addressed":
        "a message whose sender is its recipient",
        "take the row out: nobody writes to himself in the model",
        "0,alice,alice" => "0,alice,bob";
    "syntax":
        "the text is not TOML, not CSV, or not KEY=VALUE",
        "mend the text at the place that is named; strings stand in quotes",
        "duration = 24h" => "duration = \"24h\"";
    "too-deep":
        "tables and arrays are nested deeper than 64 levels",
        "use fewer levels: no key of a scenario lies deeper than ten",
        "a = [[[[ ... ]]]]" => "a = []";
    "too-large":
        "a file is larger than its limit",
        "scenarios may have 8 MiB, data files 4 GiB: split the data, or take a part of it",
        "a scenario of 9 MiB" => "a scenario that names its data as files";
    "too-many":
        "more of something than a run can have",
        "write fewer; the message names the limit",
        "[pds] count = 4000000000" => "[pds] count = 40";
    "trace-order":
        "a trace row is earlier than the row before it",
        "sort the rows by time; rows of one time keep the order of the file",
        "2,a,b (next line) 1,b,a" => "1,b,a (next line) 2,a,b";
    "unknown-column":
        "a column whose name is nearly that of a known one",
        "write the name as it must be; other columns are ignored in silence",
        "time,sender,recipient" => "time_s,sender,recipient";
    "unknown-key":
        "a key that its table does not have",
        "write the key that the message names; `pdsim explain keys` lists all",
        "worker = 2" => "workers = 2";
    "unknown-value":
        "a word that is none of the words allowed at its place",
        "write one of the words that the message lists",
        "class = \"hamm\"" => "class = \"ham\"";
    "unreadable-file":
        "a file that exists cannot be read",
        "make it readable for the user that runs pdsim",
        "a file of mode 000" => "a file of mode 644";
    "wrong-type":
        "a value of another type than its key takes",
        "write a value of the type that the message names",
        "workers = \"two\"" => "workers = 2";
    "wrong-value":
        "a value of the right type that makes no sense at its place",
        "write what the message says: mostly two keys contradict each other",
        "start = \"5h\", stop = \"4h\"" => "start = \"4h\", stop = \"5h\"";
};

/// The page of a code, `None` where there is no such code.
pub fn code(name: &str) -> Option<&'static Code> {
    let index = CODES.binary_search_by(|code| code.name.cmp(name)).ok()?;
    Some(&CODES[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_sorted_and_their_pages_are_full() {
        assert!(CODES.is_sorted_by(|a, b| a.name < b.name));
        for code in CODES {
            let is_word = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(code.name.chars().all(is_word), "{code:?}");
            let texts = [code.meaning, code.advice, code.wrong, code.right];
            assert!(texts.iter().all(|text| text.len() > 4), "{code:?}");
            assert_ne!(code.wrong, code.right);
        }
        assert_eq!(
            code("trace-order").map(|code| code.meaning),
            Some("a trace row is earlier than the row before it")
        );
        assert_eq!(code("no-such-code"), None);
    }
}
