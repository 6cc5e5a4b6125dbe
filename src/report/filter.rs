//! Which rows of a table to show: `class=spam and count>100`.
//!
//! Conditions `COLUMN OPERATOR VALUE` joined by `and`. Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`,
//! and `~` for "contains". Where both sides are numbers they are compared as numbers.

use std::ops::Range;

use crate::experiment::condition::{Operator, Parts, joined, parts};

/// All conditions that a row must meet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Vec<Condition>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    column: String,
    operator: Operator,
    value: String,
}

impl std::str::FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        joined(text)
            .into_iter()
            .map(|place| condition(text, place))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn condition(text: &str, place: Range<usize>) -> Result<Condition, String> {
    let found = parts(text, place.clone()).filter(|parts| !parts.name.is_empty());
    let Some(Parts {
        name,
        operator,
        value,
        ..
    }) = found
    else {
        return Err(format!(
            "`{}` is no condition; write COLUMN=VALUE, or one of != < <= > >= ~ instead of =",
            &text[place]
        ));
    };
    Ok(Condition {
        column: text[name].to_owned(),
        operator,
        value: text[value].to_owned(),
    })
}

impl Filter {
    /// The columns that it looks at.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|condition| condition.column.as_str())
    }

    /// The columns that must have one value, with the value.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let equal = self
            .0
            .iter()
            .filter(|condition| condition.operator == Operator::Equal);
        equal.map(|condition| (condition.column.as_str(), condition.value.as_str()))
    }

    /// Whether a row under `header` meets all conditions; one on a column that is not there is not
    /// met.
    pub fn accepts(&self, header: &[String], row: &[String]) -> bool {
        self.0.iter().all(|condition| {
            let column = header.iter().position(|name| *name == condition.column);
            column.is_some_and(|column| condition.holds(&row[column]))
        })
    }
}

impl Condition {
    fn holds(&self, cell: &str) -> bool {
        match (cell.parse::<f64>(), self.value.parse::<f64>()) {
            (Ok(found), Ok(value)) if self.operator != Operator::Contains => {
                self.operator.holds(found.partial_cmp(&value))
            }
            _ => self.operator.holds_of_texts(cell, &self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(filter: &str, class: &str, count: &str) -> bool {
        let header = ["class", "count"].map(str::to_owned);
        let row = [class, count].map(str::to_owned);
        filter.parse::<Filter>().unwrap().accepts(&header, &row)
    }

    #[test]
    fn numbers_are_compared_as_numbers_and_words_as_words() {
        assert!(accepts("count>9", "ham", "10"));
        assert!(!accepts("count >= 10.5", "ham", "10"));
        assert!(accepts("count<=10 and class=ham", "ham", "10"));
        assert!(!accepts("count<=10 and class!=ham", "ham", "10"));
        assert!(accepts("class~pa", "spam", "1"));
        assert!(!accepts("outcome=delivered", "spam", "1"));
    }

    #[test]
    fn what_is_no_condition_is_told() {
        assert!("class".parse::<Filter>().is_err());
        assert!("=ham".parse::<Filter>().is_err());
    }
}
