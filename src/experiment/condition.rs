//! Conditions `NAME OPERATOR VALUE` joined by `and`, as `show --where` and `trace --where` read them.
//!
//! Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`, and `~` for "contains". Blanks around names and
//! values do not count.

use std::cmp::Ordering;
use std::ops::Range;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `~`: the text contains the other.
    Contains,
}

/// Longer spellings first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::Unequal),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("~", Operator::Contains),
];

/// The places of the parts of one condition, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// What stands before the operator.
    pub name: Range<usize>,
    /// The operator.
    pub operator: Operator,
    /// Where it is.
    pub sign: Range<usize>,
    /// What stands behind it.
    pub value: Range<usize>,
}

impl Operator {
    /// Whether two values in this order meet the condition; none where they have no order.
    ///
    /// # Panics
    /// For `~`, which is no matter of order.
    pub fn holds(self, ordering: Option<Ordering>) -> bool {
        match self {
            Self::Equal => ordering == Some(Ordering::Equal),
            Self::Unequal => ordering != Some(Ordering::Equal),
            Self::Less => ordering == Some(Ordering::Less),
            Self::AtMost => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => ordering == Some(Ordering::Greater),
            Self::AtLeast => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
            Self::Contains => unreachable!("texts are looked into, not ordered"),
        }
    }

    /// Whether two texts meet the condition.
    pub fn holds_of_texts(self, found: &str, value: &str) -> bool {
        match self {
            Self::Contains => found.contains(value),
            _ => self.holds(Some(found.cmp(value))),
        }
    }
}

/// The places of what stands between the words `and`.
pub fn joined(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut start) = (Vec::new(), 0);
    while let Some(at) = text[start..].find(" and ") {
        found.push(start..start + at);
        start += at + " and ".len();
    }
    found.push(start..text.len());
    found
}

/// The parts of the condition at `place`; none where it has no operator.
pub fn parts(text: &str, place: Range<usize>) -> Option<Parts> {
    let part = &text[place.clone()];
    let (at, (spelling, operator)) = part.char_indices().find_map(|(index, _)| {
        let starts = |(spelling, _): &&(&str, Operator)| part[index..].starts_with(*spelling);
        OPERATORS.iter().find(starts).map(|found| (index, *found))
    })?;
    let sign = place.start + at..place.start + at + spelling.len();
    Some(Parts {
        name: trimmed(text, place.start..sign.start),
        operator,
        value: trimmed(text, sign.end..place.end),
        sign,
    })
}

/// A place without the blanks around it.
fn trimmed(text: &str, place: Range<usize>) -> Range<usize> {
    let part = &text[place.clone()];
    let start = place.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}
