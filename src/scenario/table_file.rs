//! What the readers of CSV data files share: named columns, places of fields, a list of faults
//! that ends after the first twenty.
//!
//! Form: RFC 4180 with a header line; columns in any order; lines end with LF or CRLF; blank
//! lines are skipped; a byte-order mark is allowed.

use csv::StringRecord;

use super::{
    Fault, Faults, Place, SourceId, Sources, Wrong, load::BYTE_ORDER_MARK, nearest, tree::cut,
};

/// Faults of one file that are listed.
const MOST_LISTED: usize = 20;

/// A data file while its rows are read.
pub(super) struct TableFile<'t> {
    source: SourceId,
    text: &'t str,
    /// Bytes of the text before the part that the reader sees.
    skipped: usize,
    reader: csv::Reader<&'t [u8]>,
    header: StringRecord,
    faults: Faults,
    found: usize,
}

/// The columns that a kind of data file knows.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    /// Every column by all its names: exactly one of the names may stand in the header.
    pub(super) required: &'static [&'static [&'static str]],
    /// Columns that may be left out.
    pub(super) optional: &'static [&'static str],
}

/// A row and where it starts.
#[derive(Default)]
pub(super) struct Row {
    fields: StringRecord,
    start: usize,
}

impl Row {
    /// The text of a column.
    pub(super) fn field(&self, column: usize) -> &str {
        self.fields.get(column).unwrap_or("")
    }
}

impl<'t> TableFile<'t> {
    /// Opens a data file and checks its header against the columns known.
    pub(super) fn open(source: SourceId, sources: &'t Sources, columns: Columns) -> Self {
        let text = &*sources.get(source).text;
        let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(body.as_bytes());
        let mut header = StringRecord::new();
        let any = reader.read_record(&mut header).unwrap_or(false);
        header.trim();
        let mut file = Self {
            source,
            text,
            skipped: text.len() - body.len(),
            reader,
            header,
            faults: Faults::new(),
            found: 0,
        };
        if any {
            file.check_header(columns);
        } else {
            let wanted: Vec<&str> = columns.required.iter().map(|names| names[0]).collect();
            let remedy = format!("begin it with the header {}", wanted.join(","));
            file.report(Fault::new(
                "empty-file",
                Place::whole(source),
                "the file is empty",
                remedy,
            ));
        }
        file
    }

    /// Whether nothing was found wrong so far.
    pub(super) fn is_sound(&self) -> bool {
        self.found == 0
    }

    /// The number of the column with this name.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// Reads the next row that has as many fields as the header; `false` after the last one.
    pub(super) fn next(&mut self, row: &mut Row) -> bool {
        loop {
            let start = self.reader.position().byte();
            row.start = self.skipped + usize::try_from(start).expect("a byte of a text in memory");
            match self.reader.read_record(&mut row.fields) {
                Ok(true) => {}
                Ok(false) => return false,
                Err(error) => {
                    self.wrong(
                        row,
                        0,
                        Wrong::new("syntax", error.to_string(), "mend the row"),
                    );
                    return false;
                }
            }
            let (fields, columns) = (row.fields.len(), self.header.len());
            if fields == columns {
                return true;
            }
            let what = format!("the row has {fields} fields, the header {columns}");
            let remedy = "give every column its field, with quotes around commas";
            self.wrong(
                row,
                fields.min(columns) - 1,
                Wrong::new("row-length", what, remedy),
            );
        }
    }

    /// Reports what is wrong with a field.
    pub(super) fn wrong(&mut self, row: &Row, column: usize, wrong: Wrong) {
        let place = self.place(row.start, column);
        self.report(Fault::new(wrong.code, place, wrong.what, wrong.remedy));
    }

    /// Reports that the file has no row, and hands the faults over; `true` where there is none.
    pub(super) fn finish(mut self, rows: usize, into: &mut Faults) -> bool {
        let end = Place::new(self.source, self.text.len()..self.text.len());
        if self.found == 0 && rows == 0 {
            let what = "the file has no row below its header";
            self.report(Fault::new("empty-file", end, what, "add a row"));
        }
        if let Some(unlisted) = self.found.checked_sub(MOST_LISTED).filter(|n| *n > 0) {
            let what = format!("and {unlisted} more faults in this file");
            let remedy = format!("mend the first {MOST_LISTED}");
            self.faults.error("more-faults", end, what, remedy);
        }
        into.append(self.faults);
        self.found == 0
    }

    fn report(&mut self, fault: Fault) {
        self.found += 1;
        if self.found <= MOST_LISTED {
            self.faults.push(fault);
        }
    }

    fn check_header(&mut self, columns: Columns) {
        for names in columns.required {
            self.check_required(names);
        }
        for name in columns.optional {
            self.check_once(name);
            if self.column(name).is_none()
                && let Some(index) = self.misspelt(name, columns)
            {
                let what = format!("column `{}` is ignored", cut(&self.header[index]));
                let remedy = format!("write `{name}` if that is meant");
                let fault = Fault::new("unknown-column", self.header_place(index), what, remedy);
                self.faults.push(fault.as_warning());
            }
        }
    }

    fn check_required(&mut self, names: &[&str]) {
        let present: Vec<usize> = names.iter().filter_map(|name| self.column(name)).collect();
        if let [_, second, ..] = present[..] {
            let what = format!("both `{}` are given", names.join("` and `"));
            let fault = Fault::new("duplicate-key", self.header_place(second), what, "keep one");
            return self.report(fault);
        }
        if !present.is_empty() {
            return names.iter().for_each(|name| self.check_once(name));
        }
        let name = names[0];
        let near = self
            .header
            .iter()
            .position(|column| nearest(column, [name]).is_some());
        let fault = if let Some(index) = near {
            let what = format!("unknown column `{}`", cut(&self.header[index]));
            let remedy = format!("write `{name}`");
            Fault::new("unknown-column", self.header_place(index), what, remedy)
        } else {
            let what = format!("the header has no column `{name}`");
            let place = self.header_place(0);
            Fault::new("missing-column", place, what, "name it in the first line")
        };
        self.report(fault);
    }

    fn check_once(&mut self, name: &str) {
        let again = self
            .header
            .iter()
            .enumerate()
            .filter(|(_, column)| *column == name)
            .nth(1);
        if let Some((index, _)) = again {
            let what = format!("column `{name}` is given twice");
            let fault = Fault::new("duplicate-key", self.header_place(index), what, "keep one");
            self.report(fault);
        }
    }

    /// A column of the header that is none of the known ones but nearly `name`.
    fn misspelt(&self, name: &str, columns: Columns) -> Option<usize> {
        let known = |column: &str| {
            let required = columns.required.iter().flat_map(|names| names.iter());
            required
                .chain(columns.optional)
                .any(|known| *known == column)
        };
        let near = |column: &str| !known(column) && nearest(column, [name]).is_some();
        self.header.iter().position(near)
    }

    fn header_place(&self, column: usize) -> Place {
        self.place(self.skipped, column)
    }

    /// The bytes of a field of the row that starts at `start`.
    fn place(&self, start: usize, column: usize) -> Place {
        Place::new(self.source, field_span(self.text, start, column))
    }
}

/// The bytes of field `column` in the row at or after `start`; its last field if it has fewer.
fn field_span(text: &str, start: usize, column: usize) -> std::ops::Range<usize> {
    let bytes = text.as_bytes();
    // The reader counts the line ends and blank lines before a row as part of it.
    let blank = bytes[start..]
        .iter()
        .take_while(|b| matches!(b, b'\r' | b'\n'));
    let mut from = start + blank.count();
    for _ in 0..column {
        match field_end(bytes, from) {
            end if bytes.get(end) == Some(&b',') => from = end + 1,
            _ => break,
        }
    }
    from..field_end(bytes, from)
}

/// The end of the field that starts at `from`: a comma, a line end, or the end of the text.
fn field_end(bytes: &[u8], from: usize) -> usize {
    let mut quoted = false;
    for (index, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'"' => quoted = !quoted,
            b',' | b'\r' | b'\n' if !quoted => return index,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_field_knows_quotes_and_line_ends() {
        let text = "a,\"b,\"\"x\"\"\n\",c\r\n\r\nd,,ef\n";
        let span = |start, column| &text[field_span(text, start, column)];
        assert_eq!(span(0, 0), "a");
        assert_eq!(span(0, 1), "\"b,\"\"x\"\"\n\"");
        assert_eq!(span(0, 2), "c");
        let second = text.find("c\r").unwrap() + 1;
        assert_eq!(span(second, 0), "d");
        assert_eq!(span(second, 1), "");
        assert_eq!(span(second, 2), "ef");
        assert_eq!(span(second, 9), "ef");
    }
}
