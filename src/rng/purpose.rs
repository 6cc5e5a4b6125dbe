//! What a random number is for: one stable code per purpose, part of the key of every draw.
//!
//! A code is part of the identity of every stream: it is never changed, reused or reordered, for
//! that would change every published result. A new purpose takes the next free code.

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The use that a random number is put to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u64)]
        pub enum Purpose {
            $($(#[$doc])* $name = $code,)*
        }

        impl Purpose {
            /// Every purpose, in the order of its code.
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$name),*];
        }
    };
}

purposes! {
    /// When an open-loop sender sends next.
    Arrivals = 0,
    /// Which account a message goes to.
    Recipient = 1,
    /// One-way network delay of a message.
    Delay = 2,
    /// Service time on top of the checks.
    ExtraService = 3,
    /// Whether a message is lost in transit.
    Loss = 4,
    /// Cost of one check of one message.
    CheckCost = 5,
    /// Delay of the answer to a request.
    ResponseDelay = 6,
    /// Back-off jitter of attempt k.
    Retry = 7,
    /// Whether a recipient reads a message.
    Read = 8,
    /// How long until it is read.
    ReadDelay = 9,
    /// Whether a recipient reports a message.
    Report = 10,
    /// How long until it is reported.
    ReportDelay = 11,
    /// Whether a recipient blocks the sender.
    Block = 12,
    /// How long until the block.
    BlockDelay = 13,
    /// Whether a recipient accepts a request.
    Accept = 14,
    /// How long until the request is accepted.
    AcceptDelay = 15,
    /// Whether a recipient rejects a request.
    Reject = 16,
    /// How long until the request is rejected.
    RejectDelay = 17,
    /// Whether a recipient replies.
    Reply = 18,
    /// How long until the reply.
    ReplyDelay = 19,
    /// From sight of a spammer to its label.
    LabelLag = 20,
    /// From the label to a PDS knowing it.
    LabelPropagation = 21,
    /// What a labeler or its moderator decides.
    LabelVerdict = 22,
    /// Which PDS an account lives on.
    Placement = 23,
    /// Who the contacts of an account are.
    Contacts = 24,
    /// How many contacts an account has.
    Degree = 25,
    /// How old an account is at the start.
    AccountAge = 26,
    /// On and off periods of a bursty sender.
    Session = 27,
    /// Choices of an attacker.
    Attack = 28,
    /// The next identity of a rotating attacker.
    Identity = 29,
    /// When a PDS goes down and comes back.
    Outage = 30,
    /// Latency of a DID look-up.
    DidLookup = 31,
    /// Handling time of a moderator.
    Moderation = 32,
    /// Whether a message is written to a sampled event log.
    Sample = 33,
    /// Tests and benchmarks.
    Test = 34,
    /// Whether a recipient mutes a sender.
    Mute = 35,
    /// How long until the mute.
    MuteDelay = 36,
    /// Whether a recipient reports a message that is no spam.
    FalseReport = 37,
    /// Whether a message goes to an account that the sender never wrote to.
    NewContact = 38,
    /// When and where an account moves.
    Migration = 39,
    /// When a worker crashes.
    Crash = 40,
    /// Latency of minting a token.
    Minting = 41,
    /// Offset of the clock of a PDS.
    ClockOffset = 42,
    /// Appeals against a label.
    Appeal = 43,
    /// What a labeler that reads content makes of a message.
    Content = 44,
    /// Random scenarios and random searches of a policy.
    Search = 45,
    /// Whether a check cannot be made.
    CheckFailure = 46,
    /// When an account changes its signing key, and to which curve.
    KeyRotation = 47,
    /// Whether an account follows another one that is not among its contacts.
    Follow = 48,
    /// Which request makes room for another one.
    Eviction = 49,
    /// Whether a recipient reports a request.
    ReportRequest = 50,
    /// How long until the request is reported.
    ReportRequestDelay = 51,
    /// Whether a message is larger than an inbox takes.
    BodySize = 52,
}

impl Purpose {
    /// How many purposes there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The stable code that goes into the key.
    pub const fn code(self) -> u64 {
        self as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_dense_so_that_a_purpose_indexes_a_table_of_keys() {
        for (index, purpose) in (0_u64..).zip(Purpose::ALL) {
            assert_eq!(purpose.code(), index, "{purpose:?}");
        }
    }
}
