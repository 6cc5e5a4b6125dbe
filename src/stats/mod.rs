//! Statistics: what a run collects, what replications say, and what theory says.
//!
//! - While a run lasts: [`Moments`] of numbers, [`TimeAverage`] of a level as exact integers,
//!   [`Histogram`] of spans.
//! - Over replications: [`Estimate`] of a mean or of a ratio of sums with its [`Interval`],
//!   [`Paired`] differences under common random numbers, [`multiple`] comparisons; how many
//!   replications are enough ([`sequential`]), how much of their beginning to drop ([`mser`]).
//! - Theory: [`closed_form`] formulas, over the distribution functions of [`special`].
//! - Designs: [`sobol`] fills a cube evenly.
//!
//! Everything is a pure function of its arguments over `libm`; nothing knows messages or PDSes.

pub mod closed_form;
mod histogram;
pub mod interval;
mod moments;
pub mod mser;
pub mod multiple;
pub mod paired;
mod recorder;
pub mod sequential;
pub mod sobol;
pub mod special;
mod time_average;

pub use histogram::{Bucket, Histogram};
pub use interval::{Estimate, Interval};
pub use moments::Moments;
pub use paired::Paired;
pub use recorder::Recorder;
pub use time_average::{TimeAverage, moved};
