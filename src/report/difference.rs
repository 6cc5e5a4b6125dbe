//! Where two versions of a result file part: row, column, virtual time, event.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

/// The first difference between two versions of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub file: String,
    /// The line, from 1; a header is line 1.
    pub row: usize,
    /// The column of a table, or the key of an event; none where a line is missing or is no record.
    pub column: Option<String>,
    /// The line as it was.
    pub was: Option<String>,
    /// The line as it is.
    pub is: Option<String>,
    /// When it happened in virtual time.
    pub at: Option<String>,
    /// The event and the message that it belongs to.
    pub event: Option<String>,
}

impl Difference {
    /// The first difference; none where all bytes are the same.
    pub fn between(file: &str, was: &[u8], is: &[u8]) -> Option<Self> {
        if was == is {
            return None;
        }
        let (was_lines, is_lines) = (lines(was), lines(is));
        let equal = was_lines.iter().zip(&is_lines).take_while(|(a, b)| a == b);
        let row = equal.count();
        let (was, is) = (was_lines.get(row), is_lines.get(row));
        let mut found = Self {
            file: file.to_owned(),
            row: row + 1,
            column: None,
            was: was.cloned(),
            is: is.cloned(),
            at: None,
            event: None,
        };
        match Path::new(file).extension().and_then(OsStr::to_str) {
            Some("csv") => found.in_table(&is_lines[0]),
            Some("ndjson") => found.in_log(),
            _ => {}
        }
        Some(found)
    }

    fn in_table(&mut self, header: &str) {
        let names = fields(header);
        let cells = |line: &Option<String>| line.as_deref().map(fields).unwrap_or_default();
        let (was, is) = (cells(&self.was), cells(&self.is));
        let is_record = was.len() == names.len() && is.len() == names.len();
        if is_record {
            let parts = was.iter().zip(&is).position(|(a, b)| a != b);
            self.column = parts.map(|place| names[place].clone());
        }
        let time = names.iter().position(|name| name == "t_s");
        let seconds = time.and_then(|place| is.get(place).or(was.get(place)));
        self.at = seconds.map(|seconds| format!("{seconds} s"));
    }

    fn in_log(&mut self) {
        let read = |line: &Option<String>| -> Option<Value> {
            serde_json::from_str(line.as_deref()?).ok()
        };
        let (was, is) = (read(&self.was), read(&self.is));
        if let (Some(Value::Object(was)), Some(Value::Object(is))) = (&was, &is) {
            let keys = is.keys().chain(was.keys());
            let mut differing = keys.filter(|key| was.get(*key) != is.get(*key));
            self.column = differing.next().cloned();
        }
        let Some(event) = is.or(was) else { return };
        self.at = event["t_ns"].as_u64().map(seconds_of);
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let message = match text("message") {
            message if message.is_empty() => String::new(),
            message => format!(" of message {message}"),
        };
        let replication = &event["replication"];
        self.event = Some(format!(
            "{}{message}, replication {replication}",
            text("event")
        ));
    }
}

/// Nanoseconds as seconds with every digit.
fn seconds_of(t_ns: u64) -> String {
    format!("{}.{:09} s", t_ns / 1_000_000_000, t_ns % 1_000_000_000)
}

/// The lines of a text; an incomplete last one counts.
fn lines(bytes: &[u8]) -> Vec<String> {
    let parts = bytes.split(|byte| *byte == b'\n');
    parts
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect()
}

/// The fields of one line of CSV.
fn fields(line: &str) -> Vec<String> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(line.as_bytes());
    let record = reader.records().next().and_then(Result::ok);
    record.map_or_else(Vec::new, |record| {
        record.iter().map(str::to_owned).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(file: &str, was: &str, is: &str) -> Difference {
        Difference::between(file, was.as_bytes(), is.as_bytes()).unwrap()
    }

    #[test]
    fn a_table_parts_in_a_row_and_a_column() {
        let found = between(
            "a.csv",
            "x,\"y,z\",v\n1,2,3\n4,5,6\n",
            "x,\"y,z\",v\n1,2,3\n4,7,6\n",
        );
        assert_eq!((found.row, found.column.as_deref()), (3, Some("y,z")));
        assert_eq!(
            (found.was.as_deref(), found.is.as_deref()),
            (Some("4,5,6"), Some("4,7,6"))
        );
        assert_eq!((found.at, found.event), (None, None));
        assert_eq!(Difference::between("a.csv", b"1\n", b"1\n"), None);
    }

    #[test]
    fn a_series_parts_at_an_instant() {
        let found = between(
            "s.csv",
            "t_s,value\n0,1\n600,2\n",
            "t_s,value\n0,1\n600,3\n",
        );
        assert_eq!(found.at.as_deref(), Some("600 s"));
    }

    #[test]
    fn a_missing_row_has_no_column() {
        let found = between("a.csv", "x\n1\n2\n", "x\n1\n");
        assert_eq!((found.row, found.column), (3, None));
        assert_eq!(
            (found.was.as_deref(), found.is.as_deref()),
            (Some("2"), Some(""))
        );
    }

    #[test]
    fn a_log_parts_at_an_event() {
        let line = |t_ns: u64, event: &str| {
            let head = format!("{{\"t_ns\":{t_ns},\"seq\":1,\"replication\":2,");
            format!("{head}\"event\":\"{event}\",\"message\":\"0:17\"}}\n")
        };
        let was = line(5, "created") + &line(12_000_000_001, "taken");
        let is = line(5, "created") + &line(12_000_000_001, "served");
        let found = between("events.ndjson", &was, &is);
        assert_eq!((found.row, found.column.as_deref()), (2, Some("event")));
        assert_eq!(found.at.as_deref(), Some("12.000000001 s"));
        assert_eq!(
            found.event.as_deref(),
            Some("served of message 0:17, replication 2")
        );
    }
}
