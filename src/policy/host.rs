//! Whole PDSes that the PDSes of the network refuse: the block list of hosts.
//!
//! Every PDS follows the same list, none of them applies it to itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protocol::Pds;
use crate::units::{Span, Time};

/// For serde: whether the list holds from the start.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(span: &Span) -> bool {
    span.is_zero()
}

/// `[host]`: the list that the check `host` follows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct HostSpec {
    /// Numbers of PDSes of the network, from 0 in the order of `pds.accounts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<u32>,
    /// Groups of senders whose own PDS (`on = "own-pds"`) is blocked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked_groups: Vec<String>,
    /// From when on; the start of the run by default.
    #[serde(skip_serializing_if = "is_zero")]
    pub since: Span,
}

impl HostSpec {
    /// For serde: whether nothing was written.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The hosts that are refused, and from when on.
#[derive(Debug, Clone, Default)]
pub struct HostList {
    since: BTreeMap<u32, Time>,
}

impl HostList {
    /// The list that refuses `hosts` from `since` on.
    pub fn new(hosts: impl IntoIterator<Item = Pds>, since: Span) -> Self {
        let hosts = hosts.into_iter();
        Self {
            since: hosts.map(|pds| (pds.0, Time::ZERO + since)).collect(),
        }
    }

    /// Whether `judge` refuses everything that comes from `sender`.
    pub(super) fn refuses(&self, now: Time, judge: Pds, sender: Pds) -> bool {
        let since = self.since.get(&sender.0);
        judge != sender && since.is_some_and(|since| *since <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_refused_everywhere_but_at_home_from_its_instant_on() {
        let list = HostList::new([Pds(3)], Span::from_ns(10));
        let refuses = |ns, judge, sender| list.refuses(Time::from_ns(ns), Pds(judge), Pds(sender));
        assert!(refuses(10, 0, 3));
        assert!(!refuses(9, 0, 3));
        assert!(!refuses(10, 3, 3));
        assert!(!refuses(10, 0, 2));
    }
}
