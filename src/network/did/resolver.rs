//! The DID cache of one PDS.
//!
//! With the age of a document counted from the end of its fetch: up to `stale` it is served, up to
//! `max` it is served while a fetch runs in the background, beyond it the look-up waits. A
//! look-up that must wait while a fetch runs waits for that one; a forced one always fetches.
//! A fetch that brings nothing leaves the document as it was. Ends of fetches need no events: the
//! answer is known when the fetch begins, and counts from its end on.
//!
//! Source: `MemoryCache.checkCache` and `BaseResolver.resolve` of @atproto/identity 0.4.

use super::directory::{Answer, Fetch, Meter, Plc, Source};
use super::spec::{DidFailure, DidSpec, Ends};
use crate::des::Forgetful;
use crate::protocol::LookUpKind;
use crate::units::{Span, Time};

/// What all PDSes of a run share.
#[derive(Debug, Clone)]
pub struct DidPlan {
    stale: Span,
    max: Span,
    plc: Plc,
    /// Which PDS of a message looks a DID up.
    pub ends: Ends,
    /// What a recipient's PDS does when it cannot look a sender up.
    pub failure: DidFailure,
}

impl DidPlan {
    /// The plan that follows `spec`.
    pub fn new(spec: &DidSpec) -> Self {
        Self {
            stale: spec.cache.stale,
            max: spec.cache.max,
            plc: Plc::new(&spec.plc),
            ends: spec.ends,
            failure: spec.failure,
        }
    }
}

/// The cache of one PDS, and how much of the directory's patience it has used.
#[derive(Debug, Clone, Default)]
pub struct Resolver {
    entries: Forgetful<u32, Entry>,
    meter: Meter,
}

/// One DID in the cache.
#[derive(Debug, Clone, Default)]
struct Entry {
    /// The document, as of the instant told.
    document: Option<Time>,
    /// Fetches that are under way.
    fetches: Vec<Fetch>,
}

/// Whether the cache may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It may.
    Any,
    /// The document it has will not do.
    Forced,
}

/// A question to the cache.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// When.
    pub now: Time,
    /// For which account.
    pub account: u32,
    /// Who answers for it.
    pub source: Source<'a>,
    /// Whether the cache may answer.
    pub freshness: Freshness,
    /// Decides how long a fetch takes.
    pub draw: u64,
}

/// The outcome of a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// When the asker has the answer.
    pub ready: Time,
    /// The answer.
    pub answer: Answer,
    /// What the cache made of it.
    pub kind: LookUpKind,
}

impl Resolver {
    /// Looks a DID up.
    pub fn look_up(&mut self, plan: &DidPlan, ask: Ask<'_>) -> Found {
        let mut entry = self.settled(ask.account, ask.now);
        let found = match (ask.freshness, entry.document) {
            (Freshness::Forced, _) => self.wait(plan, ask, &mut entry, LookUpKind::Forced),
            (Freshness::Any, Some(as_of)) if as_of + plan.max >= ask.now => {
                let is_stale = as_of + plan.stale < ask.now;
                self.serve(plan, ask, &mut entry, (as_of, is_stale))
            }
            (Freshness::Any, _) => self.wait_or_join(plan, ask, &mut entry),
        };
        self.keep(plan, ask, entry);
        found
    }

    /// The entry of a DID as the fetches that have ended left it.
    fn settled(&mut self, account: u32, now: Time) -> Entry {
        let Some(entry) = self.entries.get_mut(account, now) else {
            return Entry::default();
        };
        let mut entry = std::mem::take(entry);
        entry.fetches.sort_by_key(|fetch| fetch.done);
        for fetch in entry.fetches.iter().filter(|fetch| fetch.done <= now) {
            match fetch.answer {
                Answer::Document(as_of) => entry.document = Some(as_of),
                Answer::Gone => entry.document = None,
                Answer::Unreachable => {}
            }
        }
        entry.fetches.retain(|fetch| fetch.done > now);
        entry
    }

    /// From the cache; `document` is its instant, and whether that is stale.
    fn serve(
        &mut self,
        plan: &DidPlan,
        ask: Ask<'_>,
        entry: &mut Entry,
        (as_of, is_stale): (Time, bool),
    ) -> Found {
        let mut kind = LookUpKind::Cached;
        if is_stale && running(entry, ask.now).is_none() {
            let fetch = self.fetch(plan, ask);
            entry.fetches.push(fetch);
            kind = LookUpKind::Refreshing;
        }
        Found {
            ready: ask.now,
            answer: Answer::Document(as_of),
            kind,
        }
    }

    fn wait_or_join(&mut self, plan: &DidPlan, ask: Ask<'_>, entry: &mut Entry) -> Found {
        match running(entry, ask.now) {
            Some(fetch) => told(fetch, LookUpKind::Joined),
            None => self.wait(plan, ask, entry, LookUpKind::Blocking),
        }
    }

    fn wait(&mut self, plan: &DidPlan, ask: Ask<'_>, entry: &mut Entry, kind: LookUpKind) -> Found {
        let fetch = self.fetch(plan, ask);
        entry.fetches.push(fetch);
        told(fetch, kind)
    }

    fn fetch(&mut self, plan: &DidPlan, ask: Ask<'_>) -> Fetch {
        match ask.source {
            Source::Plc => plan.plc.fetch(ask.now, ask.draw, &mut self.meter),
            Source::Web(host) => plan.plc.fetch_from(host, ask.now, ask.draw),
        }
    }

    /// An entry means nothing once its document is gone and its fetches have ended.
    fn keep(&mut self, plan: &DidPlan, ask: Ask<'_>, entry: Entry) {
        let of_document = entry.document.map(|as_of| as_of + plan.max);
        let of_fetches = entry.fetches.iter().map(|fetch| fetch.done + plan.max);
        match of_fetches.chain(of_document).max() {
            Some(until) => self.entries.insert(ask.now, ask.account, entry, until),
            None => self.entries.remove(ask.account),
        }
    }
}

/// The fetch under way that ends first.
fn running(entry: &Entry, now: Time) -> Option<Fetch> {
    let begun = entry.fetches.iter().filter(|fetch| fetch.start <= now);
    begun.min_by_key(|fetch| fetch.done).copied()
}

fn told(fetch: Fetch, kind: LookUpKind) -> Found {
    Found {
        ready: fetch.done,
        answer: fetch.answer,
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::did::{CacheSpec, OutageSpec, PlcSpec};
    use crate::rng::Distribution;

    /// Stale after 10 s, gone after 30 s, the directory answers in 1 s but not from 100 s to 200 s.
    fn plan() -> DidPlan {
        let s = Span::from_s;
        DidPlan::new(&DidSpec {
            cache: CacheSpec {
                stale: s(10),
                max: s(30),
            },
            plc: PlcSpec {
                delay: Distribution::Constant(s(1)),
                outages: vec![OutageSpec {
                    start: s(100),
                    stop: s(200),
                }],
                ..PlcSpec::default()
            },
            ..DidSpec::default()
        })
    }

    fn at(ms: u64) -> Time {
        Time::ZERO + Span::from_ms(ms)
    }

    /// Asks at each instant (ms), forced where it is said, and tells kind, ready and answer.
    fn ask(asks: &[(u64, Freshness)]) -> Vec<(LookUpKind, Time, Answer)> {
        let (plan, mut resolver) = (plan(), Resolver::default());
        asks.iter()
            .map(|(ms, freshness)| {
                let ask = Ask {
                    now: at(*ms),
                    account: 7,
                    source: Source::Plc,
                    freshness: *freshness,
                    draw: 0,
                };
                let found = resolver.look_up(&plan, ask);
                (found.kind, found.ready, found.answer)
            })
            .collect()
    }

    use Freshness::{Any, Forced as Refresh};
    use LookUpKind::{Blocking, Cached, Forced, Joined, Refreshing};

    fn document(ms: u64) -> Answer {
        Answer::Document(at(ms))
    }

    #[test]
    fn the_first_look_up_waits_and_those_meanwhile_wait_with_it() {
        let found = ask(&[(0, Any), (400, Any), (1_000, Any), (11_000, Any)]);
        assert_eq!(found[0], (Blocking, at(1_000), document(1_000)));
        assert_eq!(found[1], (Joined, at(1_000), document(1_000)));
        assert_eq!(found[2], (Cached, at(1_000), document(1_000)));
        // Exactly 10 s old is not yet stale.
        assert_eq!(found[3], (Cached, at(11_000), document(1_000)));
    }

    #[test]
    fn a_stale_document_is_served_while_one_fetch_runs() {
        let found = ask(&[(0, Any), (11_001, Any), (11_500, Any), (12_001, Any)]);
        assert_eq!(found[1], (Refreshing, at(11_001), document(1_000)));
        assert_eq!(found[2], (Cached, at(11_500), document(1_000)));
        assert_eq!(found[3], (Cached, at(12_001), document(12_001)));
    }

    #[test]
    fn a_document_that_is_gone_is_waited_for() {
        let found = ask(&[(0, Any), (31_001, Any)]);
        assert_eq!(found[1], (Blocking, at(32_001), document(32_001)));
    }

    #[test]
    fn an_outage_leaves_the_old_document_until_it_is_gone() {
        let found = ask(&[
            (90_000, Any),
            (102_000, Any),
            (105_001, Any),
            (121_001, Any),
        ]);
        assert_eq!(found[1], (Refreshing, at(102_000), document(91_000)));
        // The fetch in the background brought nothing; the next look-up begins another.
        assert_eq!(found[2], (Refreshing, at(105_001), document(91_000)));
        assert_eq!(
            found[3],
            (Blocking, at(124_001), Answer::Unreachable),
            "gone after 30 s, and 3 s lost"
        );
    }

    #[test]
    fn a_forced_look_up_fetches_although_the_document_is_fresh() {
        let found = ask(&[(0, Any), (2_000, Refresh), (2_500, Refresh), (3_200, Any)]);
        assert_eq!(found[1], (Forced, at(3_000), document(3_000)));
        assert_eq!(found[2], (Forced, at(3_500), document(3_500)));
        assert_eq!(found[3], (Cached, at(3_200), document(3_000)));
    }
}
