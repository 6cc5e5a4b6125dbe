//! Results to files and terminals; the only room that writes result files.
//!
//! * [`run_files`]: everything that a run leaves behind, as bytes; [`write_folder`] puts them on
//!   disk, all or nothing; [`existing`] looks at what stands there.
//! * [`Journal`]: finished replications of a run that is not finished.
//! * [`sheets`]: the result tables, column by column; from them come [`csv`], the data package and
//!   the documentation. A new output format is one file here.
//! * [`Resolved`]: the scenario as it was run.
//! * [`RunFolder`]: results read back; [`Filter`]: which rows to show.
//! * [`html`]: the report, one page with charts.
//! * [`picture`]: the line and the bar that a terminal gets beside its tables.
//! * [`hdr`]: histograms for the `HdrHistogram` tools.
//! * [`life`]: the life of a message.
//! * [`overview`]: what a terminal shows, as a [`Grid`].

mod cell;
mod changes;
pub mod comparison;
mod csv;
mod datapackage;
mod difference;
mod existing;
mod filter;
mod folder;
mod grid;
pub mod hdr;
pub mod html;
pub mod human;
mod journal;
pub mod life;
mod lock;
pub mod overview;
pub mod picture;
mod present;
mod read;
mod resolved;
mod run_files;
mod selftest;
mod sheet;
pub mod sheets;
mod study_files;
mod sweep;
mod sweep_files;
mod sweep_points;

pub use cell::{Cell, number};
pub use changes::Change;
pub use csv::{csv, records};
pub use difference::Difference;
pub use existing::{Existing, existing, manifest};
pub use filter::Filter;
pub use folder::{Staging, WriteError, probe, write_folder};
pub use grid::{Align, Grid};
pub use journal::{Identity, Journal, Left, work_key, work_keys};
pub use lock::Lock;
pub use picture::{Letters, Screen};
pub use present::{Format, Overview, present};
pub use read::{Records, RunFolder, records as read_records};
pub use resolved::{Input, InputNames, Resolved, explicit, resolved, resolved_with, text};
pub use run_files::{File, MOST_COPIED_BYTES, run_files};
pub use selftest::{selftest, verdict as selftest_verdict};
pub use sheet::{Column, Kind, Sheet};
pub use study_files::{comparisons_csv, resolved_arms, study_files, study_text};
pub use sweep::{effects_grid, points_grid, sweep_csv, sweep_grid, sweep_sentences};
pub use sweep_files::{FactorEntry, SweepManifest, SweepScenarios, sweep_files};
pub use sweep_points::{PointChange, SweepFolder};
