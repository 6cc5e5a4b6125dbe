//! A fault that does not know its place yet, and its way through serde's text-only errors.
//!
//! Checks inside `TryFrom` return a [`Wrong`]; the decoder finds the place.

use std::fmt;

/// A fault whose place is not known yet: what a check inside `TryFrom` returns.
///
/// ```
/// use pdsim::scenario::Wrong;
///
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "kebab-case", deny_unknown_fields)]
/// struct Written { workers: u32, capacity: u32 }
///
/// #[derive(serde::Deserialize)]
/// #[serde(try_from = "Written")]
/// struct Station { workers: u32, capacity: u32 }
///
/// impl TryFrom<Written> for Station {
///     type Error = Wrong;
///
///     fn try_from(w: Written) -> Result<Self, Wrong> {
///         if w.workers > w.capacity {
///             let what = format!("{} workers are more than the capacity {}", w.workers, w.capacity);
///             return Err(Wrong::new("out-of-range", what, "raise `capacity`").at("workers"));
///         }
///         Ok(Self { workers: w.workers, capacity: w.capacity })
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Stable kebab-case code, one of [`super::CODES`].
    pub code: &'static str,
    /// The key inside the value at which the fault is shown; the value itself where `None`.
    pub key: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub remedy: String,
}

impl Wrong {
    /// A fault of the value under check.
    pub fn new(code: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            code,
            key: None,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// The same fault, shown at `key` of the value under check.
    #[must_use]
    pub fn at(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Reads back what `{:#}` wrote, and the plain "fault; remedy" of other errors.
    pub(super) fn from_message(message: &str) -> Self {
        let mut parts = message.split(SEPARATOR);
        if let (Some(code), Some(key), Some(what), Some(remedy)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
            && let Some(code) = super::code(code)
        {
            let wrong = Self::new(code.name, what, remedy);
            return if key.is_empty() { wrong } else { wrong.at(key) };
        }
        let (what, remedy) = message
            .rsplit_once("; ")
            .unwrap_or((message, "write another value"));
        Self::new(code_of(what), what, remedy)
    }
}

/// Parts the fields of a [`Wrong`] on its way through serde's text-only errors: the ASCII unit
/// separator, which no TOML text may hold.
const SEPARATOR: char = '\u{1f}';

/// The code of a units error, told by its words.
fn code_of(what: &str) -> &'static str {
    const RANGE: [&str; 6] = [
        "negative",
        "zero",
        "above",
        "longer than",
        "not between",
        "below",
    ];
    if what.ends_with("has no unit") {
        "missing-unit"
    } else if RANGE.iter().any(|word| what.contains(word)) {
        "out-of-range"
    } else {
        "wrong-value"
    }
}

impl fmt::Display for Wrong {
    /// "what; remedy"; the alternate form carries all parts to the decoder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            let key = self.key.as_deref().unwrap_or("");
            let (code, what, remedy) = (self.code, &self.what, &self.remedy);
            return write!(
                f,
                "{code}{SEPARATOR}{key}{SEPARATOR}{what}{SEPARATOR}{remedy}"
            );
        }
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

impl std::error::Error for Wrong {}

impl From<crate::units::UnitError> for Wrong {
    fn from(error: crate::units::UnitError) -> Self {
        Self::new(code_of(&error.fault), error.fault, error.remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_keeps_its_parts_through_text() {
        let wrong = Wrong::new("out-of-range", "`a; b` is bad", "write c; or d").at("k");
        assert_eq!(Wrong::from_message(&format!("{wrong:#}")), wrong);
        assert_eq!(wrong.to_string(), "`a; b` is bad; write c; or d");
    }

    #[test]
    fn a_units_error_gets_the_code_of_its_kind() {
        let code = |text: &str| {
            let error = text.parse::<crate::units::Rate>().unwrap_err();
            Wrong::from_message(&format!("{error:#}")).code
        };
        assert_eq!(code("-1/s"), "out-of-range");
        assert_eq!(code("2000000000/s"), "out-of-range");
        assert_eq!(code("5/0s"), "out-of-range");
        assert_eq!(code("five"), "wrong-value");
        let share = "101%".parse::<crate::units::Share>().unwrap_err();
        assert_eq!(Wrong::from(share).code, "out-of-range");
        let span = "60".parse::<crate::units::Span>().unwrap_err();
        assert_eq!(Wrong::from(span).code, "missing-unit");
    }
}
