//! pdsim: a deterministic discrete-event simulator of incoming message queues on AT Protocol
//! personal data servers.
//!
//! The crate is a house of floors; a room imports only from lower floors:
//!
//! | floor | rooms |
//! |---|---|
//! | 8 | [`cli`] |
//! | 7 | [`report`] |
//! | 6 | [`experiment`] |
//! | 5 | [`model`] |
//! | 4 | [`scenario`] |
//! | 3 | [`policy`], [`population`], [`attack`], [`labeler`], [`network`], [`metrics`], [`trace`] |
//! | 2 | [`protocol`] |
//! | 1 | [`rng`], [`des`], [`stats`] |
//! | 0 | [`units`] |

pub mod des;
pub mod protocol;
pub mod rng;
pub mod stats;
pub mod units;

pub mod attack;
pub mod labeler;
pub mod metrics;
pub mod network;
pub mod policy;
pub mod population;
pub mod trace;

pub mod scenario;

pub mod model;

pub mod experiment;

pub mod report;

pub mod cli;
