//! Named random streams, stateless draws, and distributions of spans of time.
//!
//! A tour:
//!
//! - [`Seed`] names all randomness of one replication. [`Seed::stream`] opens a [`Stream`] for
//!   what happens in a fixed order; [`Seed::counter`] opens a [`Counter`] for what may or may not
//!   happen, whose draw depends on a message's identity alone. [`Purpose`] keeps uses apart.
//! - One draw is a uniform `u64`. [`uniform`] turns it into an index or a double, a [`Law`] into
//!   a span, an [`Alias`] into one of several weighted things, `units::Share::hits` into a yes or
//!   no. All are monotone or exact in the draw and use one draw each.
//! - [`Distribution`] is what a scenario writes; a [`Law`] is what a run draws from.
//! - A [`Permutation`] shuffles `0..n` without storing anything.
//!
//! ```
//! use pdsim::rng::{Distribution, Law, Purpose, Seed};
//!
//! let seed = Seed { seed: 20251101, replication: 0 };
//! let delay: Distribution =
//!     serde_json::from_str(r#"{"lognormal": {"median": "35ms", "sigma": 0.6}}"#)?;
//! let law = Law::new(&delay);
//! let key = seed.counter().key(Purpose::Delay);
//! let message = 17;
//! assert_eq!(law.draw(key.draw(message, 0)), law.draw(seed.draw(Purpose::Delay, message, 0)));
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Nothing here knows messages or PDSes, and nothing depends on the platform: logarithms and
//! exponentials come from `libm` and serve only to build tables.

mod alias;
mod counter;
mod distribution;
#[cfg(test)]
mod golden;
mod inverse;
mod law;
mod permutation;
mod purpose;
mod quantile;
mod seed;
mod stream;
pub mod uniform;

pub use alias::Alias;
pub use counter::{Counter, CounterKey};
pub use distribution::{
    Distribution, Empirical, Erlang, Exponential, Hyperexponential, Lognormal, Pareto, Uniform,
};
pub use law::Law;
pub use permutation::Permutation;
pub use purpose::Purpose;
pub use seed::Seed;
pub use stream::Stream;
