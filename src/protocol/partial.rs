//! Observers of a run that is divided into parts.
//!
//! Each part of a run has an observer of its own and is told what happens there. Once all of them
//! were told of the end they are merged; what comes out is what one observer of everything would
//! have seen, whatever the division.

use super::{Fact, Observer};
use crate::units::Time;

/// An observer that may be one of several.
pub trait Partial: Observer + Sized {
    /// A fact that is told to another part: to be known here, and counted there.
    fn overhear(&mut self, now: Time, fact: &Fact<'_>);

    /// Takes in what another part has observed.
    fn merge(&mut self, other: Self);
}

/// Nobody listens.
impl Partial for () {
    fn overhear(&mut self, _: Time, _: &Fact<'_>) {}

    fn merge(&mut self, (): Self) {}
}

/// An observer that is absent in every part, such as one that needs the order of events.
impl<O: Observer> Partial for Option<O> {
    fn overhear(&mut self, _: Time, _: &Fact<'_>) {}

    fn merge(&mut self, other: Self) {
        assert!(
            self.is_none() && other.is_none(),
            "an observer that has no parts watched a part of a run"
        );
    }
}

impl<A: Partial, B: Partial> Partial for (A, B) {
    fn overhear(&mut self, now: Time, fact: &Fact<'_>) {
        self.0.overhear(now, fact);
        self.1.overhear(now, fact);
    }

    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
        self.1.merge(other.1);
    }
}
