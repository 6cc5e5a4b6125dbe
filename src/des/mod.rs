//! Discrete-event machinery that knows nothing of messages: the order of events, the calendar
//! and queueing stations.
//!
//! * [`Key`] and [`Rank`]: the total order of events.
//! * [`Calendar`]: the pending events, smallest key first.
//! * [`distinct`]: how many instants events had, where there are several calendars.
//! * [`Station`]: G/G/c/K, first in first out or by another [`Discipline`].
//! * [`Docket`]: the loop of a task queue's worker, bistable under bursts.
//! * [`Slab`]: records in flight under small stable indices.
//! * [`Table`]: a hash table whose iteration order cannot be seen.
//! * [`Forgetful`]: such a table whose entries lose their meaning with time.

mod calendar;
pub mod distinct;
mod docket;
mod forgetful;
mod heap;
mod key;
mod slab;
mod station;
pub mod table;
mod waiting;
mod wheel;

pub use calendar::Calendar;
pub use docket::{Docket, DocketSpec};
pub use forgetful::Forgetful;
pub use key::{Key, Origin, Rank};
pub use slab::Slab;
pub use station::{Entry, Overflow, Station, StationSpec};
pub use table::Table;
pub use waiting::Discipline;
