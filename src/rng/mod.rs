//! rng
mod alias;
mod counter;
mod permutation;
mod purpose;
mod seed;
mod stream;
pub mod uniform;

pub use alias::Alias;
pub use counter::{Counter, CounterKey};
pub use permutation::Permutation;
pub use purpose::Purpose;
pub use seed::Seed;
pub use stream::Stream;
