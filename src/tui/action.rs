//! Everything that can be done, by keys, mouse or script.

use crate::experiment::session::Step;
use crate::protocol::MessageId;
use crate::units::Span;

/// Something that the player, or the clock on the wall, does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// So much time went by on the wall.
    Tick(Span),
    /// Go on, or hold on.
    PlayOrPause,
    /// Play faster or slower.
    Pace(Direction),
    /// To the end of the millisecond in which something happens next.
    StepOn,
    /// Another sender.
    Sender(Step),
    /// Another recipient.
    Recipient(Step),
    /// The recipient writes to the sender.
    Swap,
    /// A message, from the chosen sender to the chosen recipient.
    Send,
    /// The same, signed with a key that is not the sender's.
    SendForged,
    /// Many messages at once.
    Burst,
    /// The recipient blocks the sender.
    Block,
    /// A labeler calls the sender a spammer.
    Label,
    /// The labeler takes it back.
    Unlabel,
    /// The recipient accepts the sender.
    Accept,
    /// The recipient rejects the sender.
    Reject,
    /// The recipient's PDS goes down.
    Down,
    /// It comes back.
    Up,
    /// The last thing that was done is undone.
    Undo,
    /// The message before or after in the list.
    Select(Direction),
    /// A message of the list.
    Pick(MessageId),
    /// The life of the chosen message is written from now on.
    Inspect,
    /// The other page about the chosen message.
    Turn,
    /// Further up or down on the page.
    Scroll(Direction),
    /// Something is going to be typed.
    Ask(Prompt),
    /// A letter is typed.
    Type(char),
    /// The last letter is taken back.
    Erase,
    /// All letters are taken back.
    Clear,
    /// Another suggestion for what is typed.
    Suggest(Direction),
    /// What is typed holds.
    Confirm,
    /// What is typed does not.
    Cancel,
    /// The keys are shown, or no longer.
    Help,
    /// The session is saved.
    Save,
    /// The end.
    Quit,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Up, back, slower.
    Less,
    /// Down, on, faster.
    More,
}

/// What is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// The text of a message.
    Text,
    /// An instant to go to.
    GoTo,
    /// Another policy.
    Policy,
    /// How many messages a burst has.
    Burst,
    /// Sender and recipient by name.
    Pair,
}

impl Prompt {
    /// What stands before the letters.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Text => "message",
            Self::GoTo => "go to (such as 10m)",
            Self::Policy => "policy, KEY=VALUE",
            Self::Burst => "messages in a burst",
            Self::Pair => "sender and recipient",
        }
    }
}

/// What is shown of the chosen message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Its life, check by check.
    Life,
    /// Its token.
    Token,
}

/// What an action leaves for others to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// The run begins anew, up to the instant.
    Rewind,
    /// The session is to be saved.
    Save,
    /// The end.
    Quit,
}
