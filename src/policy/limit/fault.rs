//! Faults of a limit's specification: which key, what is wrong, what to write instead.

use crate::units::Span;

/// One fault of a specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, dotted, relative to what was validated: `algorithm.sliding-log.limit`.
    pub key: String,
    /// What is wrong, naming the value as written.
    pub fault: String,
    /// What to write instead.
    pub remedy: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.key, self.fault, self.remedy)
    }
}

/// The faults found so far, all of them, under the key that is being looked at.
#[derive(Debug, Default)]
pub struct Faults {
    prefix: String,
    found: Vec<Fault>,
}

/// Counts are kept in 32 bits.
const MOST_COUNT: u64 = u32::MAX as u64;

/// Sums of an instant and a window must stay within 64 bits: 2^62 ns, 146 years.
const LONGEST: Span = Span::from_ns(1 << 62);

impl Faults {
    /// Adds a fault of `key`, a key under the present one; empty for the present one itself.
    pub fn add(&mut self, key: &str, fault: impl Into<String>, remedy: impl Into<String>) {
        let joint = match (self.prefix.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.prefix.clone(),
            (false, false) => format!("{}.{key}", self.prefix),
        };
        self.found.push(Fault {
            key: joint,
            fault: fault.into(),
            remedy: remedy.into(),
        });
    }

    /// Looks for faults under `key`.
    pub fn under(&mut self, key: &str, look: impl FnOnce(&mut Self)) {
        let outer = self.prefix.clone();
        if !self.prefix.is_empty() && !key.is_empty() {
            self.prefix.push('.');
        }
        self.prefix.push_str(key);
        look(self);
        self.prefix = outer;
    }

    /// A count must be 1 to 4,294,967,295.
    pub fn count(&mut self, key: &str, value: u64) {
        if value == 0 {
            self.add(
                key,
                format!("{key} 0 admits nothing"),
                "write a whole number from 1, or leave the layer out",
            );
        } else if value > MOST_COUNT {
            self.add(
                key,
                format!("{key} {value} is above {MOST_COUNT}"),
                "write a smaller number, or leave the layer out",
            );
        }
    }

    /// A span must be longer than 0 and at most 146 years.
    pub fn span(&mut self, key: &str, value: Span) {
        if value.is_zero() {
            self.add(
                key,
                format!("{key} \"0s\" has no length"),
                "write a span such as \"60s\"",
            );
        } else if value > LONGEST {
            self.add(
                key,
                format!("{key} \"{value}\" is longer than 146 years"),
                "write a shorter span",
            );
        }
    }

    /// A `limit` per `window`: a count and a span.
    pub fn quota(&mut self, limit: u64, window: Span) {
        self.count("limit", limit);
        self.span("window", window);
    }

    /// What was found.
    pub fn into_vec(self) -> Vec<Fault> {
        self.found
    }
}
