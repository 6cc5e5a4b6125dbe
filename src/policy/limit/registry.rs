//! The registry of algorithms: one line each.
//!
//! A line names the algorithm's specification and, where it brings a rule of its own, the rule it
//! keeps counters of. From it come the tag in a scenario, validation, `explain`, the docs table and
//! the closed enum of run-time limits.

use serde::{Deserialize, Serialize};

use crate::units::Time;

use super::adaptive::{Adaptive, AdaptiveSpec};
use super::algorithm::{About, Algorithm};
use super::bucket_discrete_grid::{BucketDiscreteGrid, BucketDiscreteGridSpec};
use super::bucket_intsec::{BucketIntsec, BucketIntsecSpec};
use super::concurrency::{Concurrency, ConcurrencySpec};
#[cfg(test)]
use super::cooldown::{Cooldown, CooldownSpec};
use super::extending_window::{ExtendingWindow, ExtendingWindowSpec};
use super::first_hit_window::{FirstHitWindow, FirstHitWindowSpec};
use super::fixed_window::{FixedWindow, FixedWindowSpec};
use super::gcra::GcraSpec;
use super::greylist::{Greylist, GreylistSpec};
use super::keeper::{Charging, Counters};
use super::leaky_queue::{LeakyQueue, LeakyQueueSpec};
use super::meter::Meter;
use super::new_contacts::{NewContacts, NewContactsSpec};
use super::nginx_limit_req::{NginxLimitReq, NginxLimitReqSpec};
use super::rule::{Attempt, Decision, News};
use super::sliding_counter::{SlidingCounter, SlidingCounterSpec};
use super::sliding_log::{SlidingLog, SlidingLogSpec};
use super::token_bucket::TokenBucketSpec;
use super::trust_tiers::{TrustTiers, TrustTiersSpec};

macro_rules! algorithms {
    ($($name:ident $(($spec:ident))? $(keeps $rule:ty)?;)+) => {
        /// How a layer limits: `algorithm = { NAME = { ... } }`.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum AlgorithmSpec {
            $($(
                #[doc = concat!("See [`", stringify!($spec), "`].")]
                #[schemars(description = $spec::ABOUT.summary)]
                $name($spec),
            )?)+
        }

        impl AlgorithmSpec {
            /// The specification behind the tag.
            pub fn spec(&self) -> &dyn Algorithm {
                match self { $($(Self::$name(spec) => { let spec: &$spec = spec; spec })?)+ }
            }
        }

        /// What is said of every algorithm, in the order of the registry.
        pub const ALGORITHMS: &[&About] = &[$($(&$spec::ABOUT,)?)+];

        /// A limit at run time: one of the rules with what it remembers.
        #[derive(Debug, Clone)]
        pub enum Keeper {
            $($(
                #[doc = concat!("Counters of `", stringify!($rule), "`.")]
                $name(Counters<$rule>),
            )?)+
        }

        $($(
            impl From<Counters<$rule>> for Keeper {
                fn from(counters: Counters<$rule>) -> Self {
                    Self::$name(counters)
                }
            }
        )?)+

        impl Keeper {
            /// See [`Counters::ask`].
            pub fn ask(&self, key: u64, attempt: &Attempt) -> Decision {
                match self { $($(Self::$name(it) => Counters::<$rule>::ask(it, key, attempt),)?)+ }
            }

            /// See [`Counters::charge`].
            pub fn charge(&mut self, key: u64, attempt: &Attempt) {
                match self { $($(Self::$name(it) => Counters::<$rule>::charge(it, key, attempt),)?)+ }
            }

            /// See [`Counters::take`].
            pub fn take(&mut self, key: u64, attempt: &Attempt, charging: Charging) -> Decision {
                match self {
                    $($(Self::$name(it) => Counters::<$rule>::take(it, key, attempt, charging),)?)+
                }
            }

            /// See [`Counters::earliest`].
            pub fn earliest(&self, key: u64, attempt: &Attempt) -> Option<Time> {
                match self {
                    $($(Self::$name(it) => Counters::<$rule>::earliest(it, key, attempt),)?)+
                }
            }

            /// See [`Counters::room`].
            pub fn room(&self, key: u64, attempt: &Attempt, most: u64) -> (u64, u64) {
                match self { $($(Self::$name(it) => Counters::<$rule>::room(it, key, attempt, most),)?)+ }
            }

            /// See [`Counters::hear`].
            pub fn hear(&mut self, key: u64, news: &News) {
                match self { $($(Self::$name(it) => Counters::<$rule>::hear(it, key, news),)?)+ }
            }

            /// See [`Counters::sweep`].
            pub fn sweep(&mut self, now: Time) {
                match self { $($(Self::$name(it) => Counters::<$rule>::sweep(it, now),)?)+ }
            }

            /// See [`Counters::keys`].
            pub fn keys(&self) -> usize {
                match self { $($(Self::$name(it) => Counters::<$rule>::keys(it),)?)+ }
            }

            /// See [`Counters::evicted`].
            pub fn evicted(&self) -> u64 {
                match self { $($(Self::$name(it) => Counters::<$rule>::evicted(it),)?)+ }
            }
        }
    };
}

/// The list. `more` is what unit tests add to it: the worked example of the guide.
macro_rules! registry {
    ($($more:tt)*) => {
        algorithms! {
            FixedWindow(FixedWindowSpec) keeps FixedWindow;
            FirstHitWindow(FirstHitWindowSpec) keeps FirstHitWindow;
            SlidingLog(SlidingLogSpec) keeps SlidingLog;
            SlidingCounter(SlidingCounterSpec) keeps SlidingCounter;
            TokenBucket(TokenBucketSpec);
            Gcra(GcraSpec);
            LeakyQueue(LeakyQueueSpec) keeps LeakyQueue;
            Concurrency(ConcurrencySpec) keeps Concurrency;
            TrustTiers(TrustTiersSpec) keeps TrustTiers;
            Adaptive(AdaptiveSpec) keeps Adaptive;
            Greylist(GreylistSpec) keeps Greylist;
            NewContacts(NewContactsSpec) keeps NewContacts;
            ExtendingWindow(ExtendingWindowSpec) keeps ExtendingWindow;
            BucketDiscreteGrid(BucketDiscreteGridSpec) keeps BucketDiscreteGrid;
            BucketIntsec(BucketIntsecSpec) keeps BucketIntsec;
            NginxLimitReq(NginxLimitReqSpec) keeps NginxLimitReq;
            NarrowMeter keeps Meter<u64>;
            WideMeter keeps Meter<u128>;
            $($more)*
        }
    };
}

#[cfg(not(test))]
registry! {}

#[cfg(test)]
registry! {
    Cooldown(CooldownSpec) keeps Cooldown;
}
