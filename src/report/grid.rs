//! A table of texts, as aligned columns for a terminal, as Markdown, CSV or JSON.

/// A table of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grid {
    header: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

/// To which side the texts of a column are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Names.
    Left,
    /// Numbers.
    Right,
}

impl Grid {
    /// A table without rows.
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = (S, Align)>) -> Self {
        let header = header.into_iter();
        Self {
            header: header.map(|(name, align)| (name.into(), align)).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has not one text per column.
    pub fn push(&mut self, row: Vec<String>) {
        assert_eq!(row.len(), self.header.len(), "one text per column");
        self.rows.push(row);
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Aligned columns, a header line first; empty without rows.
    pub fn text(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let widths = self.widths();
        let line = |cells: &[String]| {
            let cells = cells.iter().zip(&widths).zip(&self.header);
            let padded: Vec<String> = cells
                .map(|((cell, width), (_, align))| pad(cell, *width, *align))
                .collect();
            padded.join("  ").trim_end().to_owned() + "\n"
        };
        let header: Vec<String> = self.header.iter().map(|(name, _)| name.clone()).collect();
        line(&header) + &self.rows.iter().map(|row| line(row)).collect::<String>()
    }

    /// The same for a terminal of so many columns: where the table is wider, its columns are set in
    /// several blocks below each other, each with the first column. Without a width as it is.
    pub fn fitted(&self, width: Option<usize>) -> String {
        let Some(width) = width else {
            return self.text();
        };
        let blocks = self.blocks(width);
        let block = |columns: &Vec<usize>| {
            let pick = |cells: &[String]| columns.iter().map(|c| cells[*c].clone()).collect();
            Self {
                header: columns.iter().map(|c| self.header[*c].clone()).collect(),
                rows: self.rows.iter().map(|row| pick(row)).collect(),
            }
            .text()
        };
        blocks.iter().map(block).collect::<Vec<_>>().join("\n")
    }

    /// The columns of each block.
    fn blocks(&self, width: usize) -> Vec<Vec<usize>> {
        let widths = self.widths();
        let first = widths.first().copied().unwrap_or(0);
        let mut blocks: Vec<Vec<usize>> = vec![vec![0]];
        let mut used = first;
        for (column, own) in widths.iter().enumerate().skip(1) {
            // A column without a name belongs to the one before it.
            let together = self.header[column].0.is_empty();
            let next = widths.get(column + 1).filter(|_| {
                let name = self.header.get(column + 1);
                name.is_some_and(|(name, _)| name.is_empty())
            });
            let needed = own + 2 + next.map_or(0, |next| next + 2);
            let is_new = blocks.last().is_some_and(|block| block.len() == 1);
            if used + needed > width && !together && !is_new {
                blocks.push(vec![0]);
                used = first;
            }
            used += own + 2;
            blocks.last_mut().expect("the first").push(column);
        }
        blocks
    }

    /// A Markdown table; empty without rows.
    pub fn markdown(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let names = self.header.iter().map(|(name, _)| escaped(name)).collect();
        let rule = |align: Align| match align {
            Align::Left => "---".to_owned(),
            Align::Right => "---:".to_owned(),
        };
        let rules = self.header.iter().map(|(_, align)| rule(*align)).collect();
        let rows = self.rows.iter();
        let rows = rows.map(|row| line(row.iter().map(|cell| escaped(cell)).collect()));
        line(names) + &line(rules) + &rows.collect::<String>()
    }

    /// CSV with a header line.
    pub fn csv(&self) -> Vec<u8> {
        let header = self.header.iter().map(|(name, _)| name.clone()).collect();
        super::csv::records(std::iter::once(header).chain(self.rows.iter().cloned()))
    }

    /// An array of JSON objects, one per row; every value is a text.
    ///
    /// # Panics
    /// Never: texts are what JSON can say.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(&self.objects()).expect("texts are what JSON can say")
    }

    /// One JSON object per row; every value is a text.
    pub fn objects(&self) -> Vec<serde_json::Map<String, serde_json::Value>> {
        let object = |row: &Vec<String>| {
            let names = self.header.iter().map(|(name, _)| name.clone());
            let values = row.iter().map(|cell| cell.clone().into());
            names.zip(values).collect::<serde_json::Map<_, _>>()
        };
        self.rows.iter().map(object).collect()
    }

    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| columns(&row[column]));
            let header = columns(&self.header[column].0);
            cells.max().unwrap_or(0).max(header)
        };
        (0..self.header.len()).map(width).collect()
    }
}

/// How many columns of a terminal a text takes.
fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

fn pad(cell: &str, width: usize, align: Align) -> String {
    let space = " ".repeat(width - columns(cell));
    match align {
        Align::Left => format!("{cell}{space}"),
        Align::Right => format!("{space}{cell}"),
    }
}

fn escaped(cell: &str) -> String {
    cell.replace('|', "\\|").replace('<', "\\<")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new([("name", Align::Left), ("n", Align::Right)]);
        grid.push(vec!["a|b".to_owned(), "10".to_owned()]);
        grid.push(vec!["c".to_owned(), "5".to_owned()]);
        grid
    }

    #[test]
    fn columns_are_aligned_without_trailing_spaces() {
        assert_eq!(grid().text(), "name   n\na|b   10\nc      5\n");
    }

    #[test]
    fn a_wide_table_is_broken_into_blocks_with_the_first_column() {
        let names = ["arm", "leakage", "", "refused"];
        let mut grid = Grid::new(names.map(|name| (name, Align::Left)));
        grid.push(["a", "10 %", "worse", "1 %"].map(str::to_owned).to_vec());
        let whole = "arm  leakage         refused\na    10 %     worse  1 %\n";
        assert_eq!(grid.fitted(None), whole);
        assert_eq!(grid.fitted(Some(28)), whole);
        // A verdict stays beside its value.
        let broken = "arm  leakage\na    10 %     worse\n\narm  refused\na    1 %\n";
        assert_eq!(grid.fitted(Some(27)), broken);
        // Narrower than any column: one at a time.
        assert_eq!(grid.fitted(Some(3)), broken);
    }

    #[test]
    fn wide_letters_take_two_columns() {
        let mut grid = Grid::new([("a", Align::Left), ("b", Align::Left)]);
        grid.push(["日本", "x"].map(str::to_owned).to_vec());
        assert_eq!(grid.text(), "a     b\n日本  x\n");
    }

    #[test]
    fn markdown_escapes_what_would_part_columns() {
        let expected = "| name | n |\n| --- | ---: |\n| a\\|b | 10 |\n| c | 5 |\n";
        assert_eq!(grid().markdown(), expected);
    }
}
