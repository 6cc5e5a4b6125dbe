//! The message trace: who sent to whom and when, one row a message, in the order of time.
//!
//! Header `time_s,sender,recipient[,class][,message][,extra_s]` in any order, further columns
//! ignored; `unix_time` is another name of `time_s`. Times are UNIX seconds, decimals allowed,
//! exact to the nanosecond; less `epoch` they are virtual time. File order breaks ties. Ids are
//! any strings and are numbered in the order of their first appearance.

use std::collections::BTreeMap;

use super::seconds::exact_ns;
use super::table_file::{Columns, Row, TableFile};
use super::tree::cut;
use super::{Faults, SourceId, Sources, Wrong};
use crate::units::{Span, Time, cast};

/// The ground truth of a traced message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceClass {
    /// Wanted.
    Ham,
    /// Unwanted.
    Spam,
}

/// The messages of a trace: entry `i` of every list belongs to row `i`, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceFile {
    /// Virtual time of creation, never decreasing.
    pub at: Vec<Time>,
    /// Sender, an index into `names`.
    pub sender: Vec<u32>,
    /// Recipient, an index into `names`.
    pub recipient: Vec<u32>,
    /// Ham where the file does not say.
    pub class: Vec<TraceClass>,
    /// The messages' own names; `None` without such a column.
    pub message: Option<Vec<Box<str>>>,
    /// Extra service of each message; `None` without such a column, an empty field is `None` too.
    pub extra: Option<Vec<Option<Span>>>,
    /// The ids as written, in the order of their first appearance.
    pub names: Vec<Box<str>>,
}

const COLUMNS: Columns = Columns {
    required: &[&["time_s", "unix_time"], &["sender"], &["recipient"]],
    optional: &["class", "message", "extra_s"],
};

/// Reads a trace whose virtual time 0 is `epoch_s` UNIX seconds; `None` where a fault was found.
pub fn read_trace(
    source: SourceId,
    sources: &Sources,
    epoch_s: i64,
    faults: &mut Faults,
) -> Option<TraceFile> {
    let mut file = TableFile::open(source, sources, COLUMNS);
    let mut reader = file
        .is_sound()
        .then(|| Reader::new(&file, epoch_s))
        .flatten();
    let mut row = Row::default();
    if let Some(reader) = &mut reader {
        while file.next(&mut row) {
            reader.row(&mut file, &row);
        }
    }
    let rows = reader.as_ref().map_or(0, |reader| reader.trace.at.len());
    let sound = file.finish(rows, faults);
    reader.filter(|_| sound).map(|reader| reader.trace)
}

/// The numbers of the columns in this file.
struct Layout {
    time: usize,
    sender: usize,
    recipient: usize,
    class: Option<usize>,
    message: Option<usize>,
    extra: Option<usize>,
}

struct Reader {
    layout: Layout,
    epoch_ns: i128,
    ids: BTreeMap<Box<str>, u32>,
    trace: TraceFile,
}

impl Reader {
    fn new(file: &TableFile<'_>, epoch_s: i64) -> Option<Self> {
        let layout = Layout {
            time: file.column("time_s").or_else(|| file.column("unix_time"))?,
            sender: file.column("sender")?,
            recipient: file.column("recipient")?,
            class: file.column("class"),
            message: file.column("message"),
            extra: file.column("extra_s"),
        };
        let trace = TraceFile {
            message: layout.message.map(|_| Vec::new()),
            extra: layout.extra.map(|_| Vec::new()),
            ..TraceFile::default()
        };
        Some(Self {
            layout,
            epoch_ns: i128::from(epoch_s) * 1_000_000_000,
            ids: BTreeMap::new(),
            trace,
        })
    }

    /// Adds a row; a faulty field is reported and takes a harmless value, so that the rest of the
    /// row is checked as well.
    fn row(&mut self, file: &mut TableFile<'_>, row: &Row) {
        let before = self.trace.at.last().copied().unwrap_or_default();
        let time = self.time(row, before);
        let at = checked(file, row, self.layout.time, time).unwrap_or(before);
        self.trace.at.push(at);
        self.pair(file, row);
        let class = self
            .layout
            .class
            .map(|column| (column, class(row.field(column))));
        let class = class.and_then(|(column, class)| checked(file, row, column, class));
        self.trace.class.push(class.unwrap_or(TraceClass::Ham));
        if let (Some(column), Some(messages)) = (self.layout.message, &mut self.trace.message) {
            messages.push(row.field(column).into());
        }
        if let (Some(column), Some(extras)) = (self.layout.extra, &mut self.trace.extra) {
            extras.push(checked(file, row, column, extra(row.field(column))).flatten());
        }
    }

    fn time(&self, row: &Row, before: Time) -> Result<Time, Wrong> {
        let written = row.field(self.layout.time);
        let since_epoch = exact_ns(written)? - self.epoch_ns;
        if since_epoch < 0 {
            let epoch = self.epoch_ns / 1_000_000_000;
            let what = format!("`{}` is before the epoch {epoch}", written.trim());
            return Err(Wrong::new(
                "out-of-range",
                what,
                "set `run.epoch` to an earlier time",
            ));
        }
        let Ok(ns) = u64::try_from(since_epoch) else {
            let what = format!(
                "`{}` is beyond the 584 years of virtual time",
                written.trim()
            );
            return Err(Wrong::new(
                "out-of-range",
                what,
                "set `run.epoch` to a later time",
            ));
        };
        let at = Time::from_ns(ns);
        if at < before {
            let what = format!("`{}` is earlier than the row before", written.trim());
            return Err(Wrong::new("trace-order", what, "sort the rows by time"));
        }
        Ok(at)
    }

    fn pair(&mut self, file: &mut TableFile<'_>, row: &Row) {
        let mut numbers = [0; 2];
        let columns = [self.layout.sender, self.layout.recipient];
        for (number, column) in numbers.iter_mut().zip(columns) {
            let id = row.field(column);
            if id.is_empty() {
                let wrong = Wrong::new("wrong-value", "an empty id", "write the account's id");
                file.wrong(row, column, wrong);
            }
            *number = self.number(id);
        }
        let id = row.field(self.layout.sender);
        if numbers[0] == numbers[1] && !id.is_empty() {
            let what = format!("`{}` sends to itself", cut(id));
            let wrong = Wrong::new("self-addressed", what, "take the row out");
            file.wrong(row, self.layout.recipient, wrong);
        }
        self.trace.sender.push(numbers[0]);
        self.trace.recipient.push(numbers[1]);
    }

    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.ids.get(id) {
            return *number;
        }
        let number = cast::id_u32(self.trace.names.len());
        self.ids.insert(id.into(), number);
        self.trace.names.push(id.into());
        number
    }
}

fn checked<T>(
    file: &mut TableFile<'_>,
    row: &Row,
    column: usize,
    read: Result<T, Wrong>,
) -> Option<T> {
    read.map_err(|wrong| file.wrong(row, column, wrong)).ok()
}

fn class(text: &str) -> Result<TraceClass, Wrong> {
    match text.trim() {
        "ham" | "" => Ok(TraceClass::Ham),
        "spam" => Ok(TraceClass::Spam),
        other => {
            let what = format!("unknown class `{}`", cut(other));
            Err(Wrong::new("unknown-value", what, "write `ham` or `spam`"))
        }
    }
}

fn extra(text: &str) -> Result<Option<Span>, Wrong> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    super::seconds::exact_span(text).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::testing::read_file;

    fn read(text: &str) -> Result<TraceFile, Vec<String>> {
        read_at(text, 0)
    }

    fn read_at(text: &str, epoch_s: i64) -> Result<TraceFile, Vec<String>> {
        read_file("t.csv", text, |source, sources, faults| {
            read_trace(source, sources, epoch_s, faults)
        })
    }

    #[test]
    fn rows_become_exact_times_and_numbered_ids() {
        let trace =
            read("time_s,sender,recipient\n1.5,b,a\n1.5,a,\"c,d\"\n2.000000001,b,a\n").unwrap();
        let ns: Vec<u64> = trace.at.iter().map(|at| at.ns()).collect();
        assert_eq!(ns, [1_500_000_000, 1_500_000_000, 2_000_000_001]);
        assert_eq!(trace.sender, [0, 1, 0]);
        assert_eq!(trace.recipient, [1, 2, 1]);
        assert_eq!(
            trace.names,
            ["b".into(), "a".into(), "c,d".into()] as [Box<str>; 3]
        );
        assert_eq!(trace.class, [TraceClass::Ham; 3]);
        assert_eq!((trace.message, trace.extra), (None, None));
    }

    #[test]
    fn columns_come_in_any_order_and_others_are_ignored() {
        let text = "\u{feff}note,recipient,class,extra_s,unix_time,message,sender\r\n\
                    x,b,spam,0.25,100,m1,a\r\n,a,,,101,m2,b\r\n";
        let trace = read_at(text, 100).unwrap();
        assert_eq!(trace.at, [Time::ZERO, Time::from_ns(1_000_000_000)]);
        assert_eq!(trace.class, [TraceClass::Spam, TraceClass::Ham]);
        assert_eq!(
            trace.message.unwrap(),
            ["m1".into(), "m2".into()] as [Box<str>; 2]
        );
        assert_eq!(trace.extra.unwrap(), [Some(Span::from_ms(250)), None]);
    }

    #[test]
    fn a_row_out_of_order_is_named_by_its_line() {
        assert_eq!(
            read("time_s,sender,recipient\n5,a,b\n7,a,b\n6.5,b,a\n7,a,b\n").unwrap_err(),
            ["t.csv:4:1: `6.5` is earlier than the row before; sort the rows by time"]
        );
    }

    #[test]
    fn every_faulty_field_is_named_at_its_place() {
        let text = "time_s,sender,recipient,class,extra_s\n\
                    1,a,b,hamm,-1\n\
                    2,a,a,ham,\n\
                    \n\
                    x,\"q,\",,spam,1ms\n\
                    3,a,b\n";
        assert_eq!(
            read(text).unwrap_err(),
            [
                "t.csv:2:7: unknown class `hamm`; write `ham` or `spam`",
                "t.csv:2:12: `-1` is negative; write 0 or more seconds",
                "t.csv:3:5: `a` sends to itself; take the row out",
                "t.csv:5:1: `x` is not a plain number; write digits with at most one point, \
                 such as 12.5, without unit or exponent",
                "t.csv:5:8: an empty id; write the account's id",
                "t.csv:5:14: `1ms` is not a plain number; write digits with at most one point, \
                 such as 12.5, without unit or exponent",
                "t.csv:6:5: the row has 3 fields, the header 5; \
                 give every column its field, with quotes around commas",
            ]
        );
    }

    #[test]
    fn a_row_before_the_epoch_is_a_fault() {
        assert_eq!(
            read_at("time_s,sender,recipient\n99.5,a,b\n", 100).unwrap_err(),
            ["t.csv:2:1: `99.5` is before the epoch 100; set `run.epoch` to an earlier time"]
        );
        let early = read_at("time_s,sender,recipient\n-1,a,b\n", -2).unwrap();
        assert_eq!(early.at, [Time::from_ns(1_000_000_000)]);
    }

    #[test]
    fn the_header_is_checked_before_the_rows() {
        let header = |text: &str| read(text).unwrap_err();
        assert_eq!(
            header(""),
            ["t.csv: the file is empty; begin it with the header time_s,sender,recipient"]
        );
        assert_eq!(
            header("time_s,sender,recipient\n"),
            ["t.csv:2:1: the file has no row below its header; add a row"]
        );
        assert_eq!(
            header("1,a,b\n"),
            [
                "t.csv:1:1: the header has no column `time_s`; name it in the first line",
                "t.csv:1:1: the header has no column `sender`; name it in the first line",
                "t.csv:1:1: the header has no column `recipient`; name it in the first line",
            ]
        );
        assert_eq!(
            header("time,sendr,recipient,sender_id\n1,a,b,c\n"),
            [
                "t.csv:1:1: unknown column `time`; write `time_s`",
                "t.csv:1:6: unknown column `sendr`; write `sender`",
            ]
        );
        assert_eq!(
            header("time_s,unix_time,sender,sender,recipient\n1,1,a,a,b\n"),
            [
                "t.csv:1:8: both `time_s` and `unix_time` are given; keep one",
                "t.csv:1:25: column `sender` is given twice; keep one",
            ]
        );
    }

    #[test]
    fn a_misspelt_optional_column_is_a_warning_only() {
        let mut sources = Sources::default();
        let text = "time_s,sender,recipient,clas\n1,a,b,spam\n";
        let file = sources.add(crate::scenario::Origin::File, "t.csv", text.into());
        let mut faults = Faults::new();
        assert!(read_trace(file, &sources, 0, &mut faults).is_some());
        assert_eq!(
            faults.lines(&sources),
            ["t.csv:1:25: warning: column `clas` is ignored; write `class` if that is meant"]
        );
    }

    #[test]
    fn a_flood_of_faults_is_cut_after_twenty() {
        let rows = "x,a,b\n".repeat(50);
        let lines = read(&format!("time_s,sender,recipient\n{rows}")).unwrap_err();
        assert_eq!(lines.len(), 21);
        assert_eq!(
            lines[20],
            "t.csv:52:1: and 30 more faults in this file; mend the first 20"
        );
    }
}
