//! DID resolution: the cache of a PDS, the directory it asks, and what changes behind both.
//!
//! Defaults after the reference implementation (@atproto/identity 0.4, `MemoryCache` and
//! `BaseResolver`): a document is served from memory up to the age `stale`, served and fetched again in the
//! background up to the age `max`, and fetched before it is served beyond. A fetch is given up
//! after 3 s. Whatever needs a newer document forces a fetch.

mod changes;
mod directory;
mod resolver;
mod spec;

pub use changes::Changes;
pub use directory::{Answer, Fetch, Source, WebHost};
pub use resolver::{Ask, DidPlan, Found, Freshness, Resolver};
pub use spec::{
    CacheSpec, DidFailure, DidSpec, Ends, MigrationSpec, OutageSpec, PlcSpec, RotationSpec,
    SenderDidSpec, WebAnswer,
};
