//! How the program ends.

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Output could not be written, or a law of the model was broken.
    Failed,
    /// Wrong usage, or an input that is missing, unreadable or invalid.
    BadInput,
    /// An expectation failed.
    Unexpected,
    /// The results do not decide an expectation.
    Inconclusive,
    /// A replay gave other bytes.
    Differs,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The graver of two ends: an expectation that failed outweighs one that is not decided.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let weight = |exit: Self| match exit {
            Self::Done => 0,
            Self::Inconclusive => 1,
            Self::Unexpected => 2,
            Self::Differs | Self::BadInput | Self::Failed | Self::Interrupted => 3,
        };
        if weight(other) > weight(self) {
            other
        } else {
            self
        }
    }

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::BadInput => 2,
            Self::Unexpected => 3,
            Self::Inconclusive => 4,
            Self::Differs => 5,
            Self::Interrupted => 130,
        }
    }
}

/// Why a command ended early: a message for standard error and an exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What is wrong and what to do about it; empty where everything is said already.
    pub message: String,
}

impl Failure {
    /// Wrong usage or input.
    pub fn input(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::BadInput,
            message: message.into(),
        }
    }

    /// Output that cannot be written, or a fault of the program.
    pub fn output(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.into(),
        }
    }

    /// An end whose reason stands on standard error already.
    pub fn told(exit: Exit) -> Self {
        Self {
            exit,
            message: String::new(),
        }
    }
}

impl From<crate::report::WriteError> for Failure {
    fn from(error: crate::report::WriteError) -> Self {
        Self::output(error.to_string())
    }
}
