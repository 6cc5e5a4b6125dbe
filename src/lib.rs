//! pdsim: a deterministic discrete-event simulator of incoming message queues on AT Protocol
//! personal data servers.
//!
//! The crate is a house of floors; a room imports only from lower floors:
//!
//! | floor | rooms |
//! |---|---|
//! | 8 | [`cli`] |
//! | 7 | [`report`], [`tui`] |
//! | 6 | [`experiment`] |
//! | 5 | [`model`] |
//! | 4 | [`scenario`] |
//! | 3 | [`policy`], [`population`], [`attack`], [`labeler`], [`network`], [`metrics`], [`trace`] |
//! | 2 | [`protocol`] |
//! | 1 | [`rng`], [`des`], [`stats`] |
//! | 0 | [`units`] |
//!
//! # From a text to a verdict
//!
//! A scenario is a text (or a [`scenario::ScenarioSpec`] made in code), an arm is a scenario under a
//! name, and arms are compared under common random numbers:
//!
//! ```
//! use pdsim::experiment::compare::{Terms, Verdict, compare};
//! use pdsim::experiment::{Arm, Options, run};
//! use pdsim::scenario::Scenario;
//!
//! let wave = r#"
//!     schema = 1
//!     name   = "wave"
//!     [run]
//!     duration     = "2h"
//!     replications = 5
//!     [network]
//!     delay = { constant = "10ms" }
//!     [pds]
//!     accounts = { equal = { each = 100 } }
//!     [senders.wave]
//!     class    = "spam"
//!     count    = 10
//!     arrivals = { poisson = { rate = "60/1h" } }
//! "#;
//! let limit = r#"
//!     [limits.per-sender]
//!     algorithm = { token-bucket = { burst = 10, refill = "1/1h" } }
//!     key       = "sender"
//! "#;
//! let open = Arm::new("open", Scenario::from_toml(wave)?);
//! let limited = Arm::new("limited", Scenario::from_toml(&[wave, limit].concat())?);
//!
//! let results = run(&[open, limited], Options::default(), &()).expect("no law is broken");
//! // Each of ten spammers sends about 120 in two hours; a bucket of 10 lets 12 through.
//! let arm = results.arm("limited").expect("it was run");
//! let delivered = arm.count("delivered");
//! assert!((500..=5 * 10 * 12).contains(&delivered), "{delivered}");
//! assert!(arm.count("delivered") + arm.count("refused.limit.per-sender") <= arm.messages());
//!
//! let rows = compare(&results, &Terms::new("open", &["spam.leakage"]));
//! assert_eq!(rows[0].verdict, Verdict::Better);
//! assert!(rows[0].ci_hi < Some(-0.8));
//! # Ok::<(), pdsim::scenario::BuildError>(())
//! ```
//!
//! One scenario alone: [`experiment::simulate`]. A metric over the replications with its interval:
//! [`experiment::ArmResults::estimate`]. What a metric means: [`metrics::registry`].

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
pub mod tui;

pub mod cli;
