//! stats
pub mod closed_form;
mod histogram;
pub mod interval;
mod moments;
pub mod multiple;
pub mod paired;
pub mod special;
mod time_average;

pub use histogram::{Bucket, Histogram};
pub use interval::{Estimate, Interval};
pub use moments::Moments;
pub use paired::Paired;
pub use time_average::TimeAverage;
