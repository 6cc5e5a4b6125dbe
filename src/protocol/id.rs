//! Who and what takes part, as small integers; names exist only in the files of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An account, identified by its DID in the real network. Accounts of one PDS are contiguous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account(pub u32);

/// A personal data server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pds(pub u32);

/// A group of senders: one `[senders.*]` table, or the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(pub u16);

/// A labeler: one `[labelers.*]` table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelerId(pub u16);

/// Ground truth about a sender. No policy ever sees it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Wanted messages.
    Ham,
    /// Unwanted messages.
    Spam,
}

impl Class {
    /// Both classes, in the order of their index.
    pub const ALL: [Self; 2] = [Self::Ham, Self::Spam];

    /// The name used in scenario files and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ham => "ham",
            Self::Spam => "spam",
        }
    }
}

/// The identity of a message: the stream of sends it belongs to and its ordinal there.
///
/// Neither depends on any policy, so the draws that hang on the identity do not either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(u64);

impl MessageId {
    const ORDINAL_BITS: u32 = 40;

    /// The `ordinal`-th message of the stream of sends number `stream`.
    ///
    /// # Panics
    /// If the stream is not below 2^24 or the ordinal not below 2^40.
    pub fn new(stream: u32, ordinal: u64) -> Self {
        assert!(
            stream < 1 << 24 && ordinal < 1 << Self::ORDINAL_BITS,
            "message identity too large"
        );
        Self(u64::from(stream) << Self::ORDINAL_BITS | ordinal)
    }

    /// The identity as one number, the key of counter-based draws.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The ordinal within the stream, counted from 0.
    pub const fn ordinal(self) -> u64 {
        self.0 & ((1 << Self::ORDINAL_BITS) - 1)
    }

    /// The stream of sends.
    pub const fn stream(self) -> u64 {
        self.0 >> Self::ORDINAL_BITS
    }
}

impl std::str::FromStr for MessageId {
    type Err = String;

    /// Reads `stream-ordinal`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('-');
        let numbers = parts.and_then(|(stream, ordinal)| {
            Some((stream.parse::<u32>().ok()?, ordinal.parse::<u64>().ok()?))
        });
        let fits = |(stream, ordinal): &(u32, u64)| {
            *stream < 1 << (64 - Self::ORDINAL_BITS) && *ordinal < 1 << Self::ORDINAL_BITS
        };
        numbers.filter(fits).map_or_else(
            || {
                Err(format!(
                    "`{text}` is no message; write STREAM-ORDINAL, such as 0-17"
                ))
            },
            |(stream, ordinal)| Ok(Self::new(stream, ordinal)),
        )
    }
}

impl std::fmt::Display for MessageId {
    /// `stream-ordinal`, the spelling of `pdsim trace --msg` and of the event log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.stream(), self.ordinal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_identity_reads_back_and_others_are_told() {
        let id = MessageId::new(3, 17);
        assert_eq!(id.to_string().parse(), Ok(id));
        let wrong = [
            "",
            "3",
            "3-",
            "a-1",
            "3-1-2",
            "16777216-0",
            "0-1099511627776",
        ];
        for text in wrong {
            assert!(text.parse::<MessageId>().is_err(), "{text}");
        }
    }
}
