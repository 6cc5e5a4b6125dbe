//! Sizes of PDSes: a CSV file with a column `accounts`, one row for each PDS, 0 allowed.
//!
//! A column `pds` names them; further columns are ignored.

use super::table_file::{Columns, Row, TableFile};
use super::{Faults, SourceId, Sources, Wrong, tree::cut};

/// The PDSes of a file, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountsFile {
    /// Accounts on each PDS.
    pub accounts: Vec<u64>,
    /// The PDSes' names; `None` without such a column.
    pub names: Option<Vec<Box<str>>>,
}

impl AccountsFile {
    /// All accounts together.
    pub fn total(&self) -> u64 {
        self.accounts.iter().sum()
    }
}

const COLUMNS: Columns = Columns {
    required: &[&["accounts"]],
    optional: &["pds"],
};

/// Accounts are numbered by 32 bits.
const MOST_ACCOUNTS: u64 = u32::MAX as u64;

/// Reads the sizes; `None` where a fault was found.
pub fn read_accounts(
    source: SourceId,
    sources: &Sources,
    faults: &mut Faults,
) -> Option<AccountsFile> {
    let mut file = TableFile::open(source, sources, COLUMNS);
    let names = file.column("pds");
    let mut read = AccountsFile {
        names: names.map(|_| Vec::new()),
        ..AccountsFile::default()
    };
    if let Some(column) = file.column("accounts").filter(|_| file.is_sound()) {
        let mut row = Row::default();
        let mut total = 0;
        while file.next(&mut row) {
            let accounts = count(row.field(column), total);
            let accounts = accounts.map_err(|wrong| file.wrong(&row, column, wrong));
            let accounts = accounts.unwrap_or(0);
            total += accounts;
            read.accounts.push(accounts);
            if let (Some(column), Some(list)) = (names, &mut read.names) {
                list.push(row.field(column).into());
            }
        }
    }
    file.finish(read.accounts.len(), faults).then_some(read)
}

/// Reads one count; `total` are the accounts of the rows before.
fn count(text: &str, total: u64) -> Result<u64, Wrong> {
    let text = text.trim();
    let wrong = |code, what: String, remedy| Err(Wrong::new(code, what, remedy));
    let whole = "write a whole number, 0 for an empty PDS";
    if text.is_empty() {
        return wrong("wrong-value", "an empty field".to_owned(), whole);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.bytes().all(|b| b.is_ascii_digit()) || digits.is_empty() {
        return wrong(
            "wrong-value",
            format!("`{}` is not a whole number", cut(text)),
            whole,
        );
    }
    if text.starts_with('-') {
        return wrong(
            "out-of-range",
            format!("`{}` is negative", cut(text)),
            whole,
        );
    }
    match text
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_add(total))
    {
        Some(sum) if sum <= MOST_ACCOUNTS => Ok(sum - total),
        _ => {
            let what = format!("`{}` makes more than {MOST_ACCOUNTS} accounts", cut(text));
            wrong("out-of-range", what, "use smaller PDSes")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::testing::read_file;

    fn read(text: &str) -> Result<AccountsFile, Vec<String>> {
        read_file("sizes.csv", text, read_accounts)
    }

    #[test]
    fn one_row_is_one_pds_and_may_be_empty() {
        let sizes = read("pds,operator,accounts\nx-1,x,434136\ny,,0\n\"z,1\",z, 7\n").unwrap();
        assert_eq!(sizes.accounts, [434_136, 0, 7]);
        assert_eq!(sizes.total(), 434_143);
        let names: [Box<str>; 3] = ["x-1".into(), "y".into(), "z,1".into()];
        assert_eq!(sizes.names.unwrap(), names);
        assert_eq!(read("accounts\n1\n").unwrap().names, None);
    }

    #[test]
    fn a_count_that_is_none_is_named_with_line_and_column() {
        let whole = "write a whole number, 0 for an empty PDS";
        assert_eq!(
            read("pds,accounts\na,-1\nb,1.5\nc,\nd,many\ne,4294967296\nf,99999999999999999999\n")
                .unwrap_err(),
            [
                format!("sizes.csv:2:3: `-1` is negative; {whole}"),
                format!("sizes.csv:3:3: `1.5` is not a whole number; {whole}"),
                format!("sizes.csv:4:3: an empty field; {whole}"),
                format!("sizes.csv:5:3: `many` is not a whole number; {whole}"),
                "sizes.csv:6:3: `4294967296` makes more than 4294967295 accounts; \
                 use smaller PDSes"
                    .to_owned(),
                "sizes.csv:7:3: `99999999999999999999` makes more than 4294967295 accounts; \
                 use smaller PDSes"
                    .to_owned(),
            ]
        );
    }

    #[test]
    fn a_file_without_the_column_or_without_rows_is_refused() {
        assert_eq!(
            read("pds,size\na,1\n").unwrap_err(),
            ["sizes.csv:1:1: the header has no column `accounts`; name it in the first line"]
        );
        assert_eq!(
            read("pds,account\na,1\n").unwrap_err(),
            ["sizes.csv:1:5: unknown column `account`; write `accounts`"]
        );
        assert_eq!(
            read("accounts\n").unwrap_err(),
            ["sizes.csv:2:1: the file has no row below its header; add a row"]
        );
    }
}
