//! What a scenario says about DID resolution: `[did]`, `[migration]` and a group's `did`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rng::{Distribution, Lognormal};
use crate::units::{Rate, Share, Span, UnitError};

/// DID resolution by every PDS. Without the table every look-up is answered at once and rightly.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DidSpec {
    /// The cache of every PDS.
    pub cache: CacheSpec,
    /// The public directory of did:plc.
    pub plc: PlcSpec,
    /// Which PDS of a message looks a DID up.
    #[serde(skip_serializing_if = "is_default")]
    pub ends: Ends,
    /// What a recipient's PDS does with a message whose sender it cannot look up.
    #[serde(skip_serializing_if = "is_default")]
    pub failure: DidFailure,
    /// Accounts change their signing keys; never by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<RotationSpec>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The ages of a cached document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct CacheSpec {
    /// Age beyond which a document is served and fetched again in the background.
    pub stale: Span,
    /// Age beyond which a document is fetched before it is served.
    pub max: Span,
}

impl Default for CacheSpec {
    fn default() -> Self {
        Self {
            stale: Span::from_s(3_600),
            max: Span::from_s(86_400),
        }
    }
}

/// The directory of did:plc as a PDS meets it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PlcSpec {
    /// From question to answer: lognormal, median 60 ms, sigma 0.5 by default (guess).
    pub delay: Distribution,
    /// A fetch without an answer is given up after it; a did:web's too.
    pub timeout: Span,
    /// When the directory answers nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outages: Vec<OutageSpec>,
    /// Most requests of one PDS; beyond it they are refused. Unlimited by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// Requests of one PDS that may come at once under `rate` (guess).
    pub burst: u32,
}

impl Default for PlcSpec {
    fn default() -> Self {
        Self {
            delay: Distribution::Lognormal(Lognormal {
                median: Span::from_ms(60),
                sigma: Some(0.5),
                p99: None,
                shift: Span::ZERO,
            }),
            timeout: Span::from_s(3),
            outages: Vec::new(),
            rate: None,
            burst: 100,
        }
    }
}

/// A window in which a directory answers nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OutageSpec {
    /// First instant without an answer.
    pub start: Span,
    /// First instant with answers again.
    pub stop: Span,
}

/// Which PDS of a message looks a DID up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ends {
    /// The sender's looks for the recipient's PDS, the recipient's for the sender's key.
    #[default]
    Both,
    /// Only the sender's PDS, for the recipient's.
    Sender,
    /// Only the recipient's PDS, for the sender's key.
    Recipient,
}

/// What a recipient's PDS does with a message whose sender it cannot look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DidFailure {
    /// A failure for now: inside the request the sender's PDS hears it and may try again; a
    /// queued message, answered long before, is refused.
    #[default]
    Temporary,
    /// The message is refused for good.
    Closed,
    /// The message passes without its signature being checked.
    Open,
}

/// How accounts change their signing keys.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RotationSpec {
    /// Changes of one account, a Poisson process, such as "1/90d".
    pub rate: Rate,
    /// Share of the changes that change the curve too; tokens of the new key are then refused
    /// until the cached document is gone, for the reference forces no fetch.
    #[serde(default)]
    pub curve_change: Share,
}

/// Accounts move to another PDS; never without the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MigrationSpec {
    /// Moves of one account, a Poisson process, such as "1/365d". The new PDS is any other one, by
    /// size.
    pub rate: Rate,
}

/// The DIDs of a group of spammers; did:plc where nothing is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SenderDidSpec {
    /// did:web on a host of the group's own, which answers as it likes.
    Web {
        /// From question to answer; longer than the time-out keeps a worker busy for all of it.
        delay: Distribution,
        /// What the host answers.
        #[serde(default)]
        answer: WebAnswer,
    },
}

/// What the host of a did:web answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WebAnswer {
    /// The document.
    #[default]
    Document,
    /// That there is no such DID.
    Nothing,
}

fn fault(fault: String, remedy: &str) -> UnitError {
    let remedy = remedy.to_owned();
    UnitError { fault, remedy }
}

impl DidSpec {
    /// What is wrong with the parameters: the key and the error.
    pub fn faults(&self) -> Vec<(&'static str, UnitError)> {
        let mut found = Vec::new();
        let CacheSpec { stale, max } = self.cache;
        if max < stale {
            let what = format!("a document is gone at {max}, before it is stale at {stale}");
            found.push((
                "cache.max",
                fault(what, "write at least the span of `stale`"),
            ));
        }
        if self.plc.timeout.is_zero() {
            let what = "a time-out of 0s gives up every fetch".to_owned();
            found.push(("plc.timeout", fault(what, "write a span such as \"3s\"")));
        }
        if self.plc.burst == 0 {
            let what = "a burst of 0 lets no request through".to_owned();
            found.push(("plc.burst", fault(what, "write 1 or more")));
        }
        for outage in &self.plc.outages {
            if outage.stop <= outage.start {
                let what = format!(
                    "an outage stops at {}, not after its start at {}",
                    outage.stop, outage.start
                );
                found.push(("plc.outages", fault(what, "write a stop after the start")));
            }
        }
        found
    }
}
