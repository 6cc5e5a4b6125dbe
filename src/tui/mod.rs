//! The interactive demo on a terminal: a session of a scenario, played by hand.
//!
//! * [`State`]: what the player chose, and the [`Session`](crate::experiment::session::Session).
//! * [`Action`]: everything that can be done; [`update()`] does it and tells the [`Effect`] that is
//!   left for others.
//! * [`Scene`]: what there is to see at the instant; [`view()`] draws both into a buffer of cells and
//!   returns the places that a mouse can hit.
//! * [`keys`]: keys and mouse to actions, and the table of keys.
//! * [`play()`]: the loop, for a [`Front`]: a real terminal, or a [`Script`].
//! * [`svg()`]: a screen as a picture.
//! * [`Guard`]: a terminal that is given back, whatever happens.
//!
//! Nothing here computes results: what a session is, how it goes on and what was seen of it is
//! `experiment::session`'s.

mod action;
mod chosen;
mod deeds;
mod guard;
pub mod keys;
mod picture;
mod play;
mod scene;
mod script;
mod speed;
mod state;
mod typing;
mod update;
mod view;

pub use action::{Action, Direction, Effect, Page, Prompt};
pub use chosen::Chosen;
pub use guard::{Guard, Raw, restore_on_panic};
pub use picture::svg;
pub use play::{Front, Wait, play};
pub use scene::Scene;
pub use script::{Script, showcase};
pub use speed::Speed;
pub use state::{Course, Look, Note, State, Words};
pub use update::update;
pub use view::{Hit, view};

/// The scenario that is played with where none is named.
pub const SCENARIO: &str = include_str!("two-pds.toml");
