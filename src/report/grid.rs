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
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            let header = self.header[column].0.chars().count();
            cells.max().unwrap_or(0).max(header)
        };
        (0..self.header.len()).map(width).collect()
    }
}

fn pad(cell: &str, width: usize, align: Align) -> String {
    let space = " ".repeat(width - cell.chars().count());
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
    fn markdown_escapes_what_would_part_columns() {
        let expected = "| name | n |\n| --- | ---: |\n| a\\|b | 10 |\n| c | 5 |\n";
        assert_eq!(grid().markdown(), expected);
    }
}
