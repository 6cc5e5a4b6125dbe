//! New-contact budget: at most `limit` first contacts outstanding, not yet answered.
//!
//! ```text
//! conforms iff this pair is outstanding already, or outstanding pairs < limit
//! ```
//!
//! It is asked about first contacts only. An answer (accepted, rejected) frees a place; so does
//! `expiry`, if given, from `at + expiry` on. The state is the list of outstanding pairs, at most
//! `limit` of them. It bounds no rate (accepted contacts cost nothing), so it has no worst case per
//! window; of unanswered ones at most `limit` fall into any interval shorter than `expiry`.
//!
//! Source: caps on pending invitations in social networks; here per sender, PDS of senders, or PDS.

use serde::{Deserialize, Serialize};

use crate::units::{Span, Time};

use super::algorithm::{About, Algorithm, Counting, Key, Setting};
use super::fault::Faults;
use super::keeper::Counters;
use super::registry::Keeper;
use super::rule::{Attempt, Decision, News, Rule};

/// `{ new-contacts = { limit } }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NewContactsSpec {
    /// Most first contacts outstanding at once.
    pub limit: u64,
    /// When an unanswered one stops counting; default never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Span>,
}

/// The list of a key is searched from end to end.
const LONGEST_LIST: u64 = 10_000;

impl NewContactsSpec {
    /// What is said of it.
    pub const ABOUT: About = About {
        name: "new-contacts",
        summary: "at most `limit` first contacts outstanding, not yet answered",
        formula: "conforms iff this pair is outstanding already, or outstanding pairs < limit",
        memory: "2 words per outstanding pair, at most limit of them, beside 3 of the list",
        worst_case: "none: it bounds what is unanswered, not a rate",
        source: "caps on pending invitations in social networks",
        keys: &[Key::Sender, Key::SenderPds, Key::Pds],
        edge: None,
        phases: &[],
        roundings: &[],
        counting: Counting::OnlyAdmitted,
    };
}

impl Algorithm for NewContactsSpec {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn find_faults(&self, faults: &mut Faults) {
        faults.count("limit", self.limit);
        if self.limit > LONGEST_LIST && u32::try_from(self.limit).is_ok() {
            let fault = format!("limit {} is above {LONGEST_LIST}", self.limit);
            faults.add("limit", fault, "write a smaller number");
        }
        if let Some(expiry) = self.expiry {
            faults.span("expiry", expiry);
        }
    }

    fn largest_cost(&self) -> Option<(&'static str, u64)> {
        None
    }

    fn worst_case(&self, _: Span, _: &Setting) -> Option<u64> {
        None
    }

    fn natural_window(&self) -> Option<Span> {
        None
    }

    fn build(&self, setting: &Setting) -> Keeper {
        Counters::new(NewContacts { spec: self.clone() }, setting.max_keys).into()
    }
}

/// The rule.
#[derive(Debug, Clone)]
pub struct NewContacts {
    spec: NewContactsSpec,
}

/// A first contact without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    at: Time,
    sender: u32,
    recipient: u32,
}

impl NewContacts {
    fn counts(&self, invitation: &Invitation, now: Time) -> bool {
        self.spec
            .expiry
            .is_none_or(|expiry| now < invitation.at + expiry)
    }
}

fn is_of(invitation: &Invitation, sender: u32, recipient: u32) -> bool {
    (invitation.sender, invitation.recipient) == (sender, recipient)
}

impl Rule for NewContacts {
    /// Outstanding pairs, oldest first.
    type State = Vec<Invitation>;

    const HEARS: bool = true;

    fn ask(&self, outstanding: &Vec<Invitation>, attempt: &Attempt) -> Decision {
        let mut counted = 0;
        for invitation in outstanding.iter().filter(|it| self.counts(it, attempt.now)) {
            if is_of(invitation, attempt.sender, attempt.recipient) {
                return Decision::Admit;
            }
            counted += 1;
        }
        Decision::admit_if(counted < self.spec.limit)
    }

    fn charge(&self, outstanding: &mut Vec<Invitation>, attempt: &Attempt) {
        outstanding.retain(|it| self.counts(it, attempt.now));
        let Attempt {
            now,
            sender,
            recipient,
            ..
        } = *attempt;
        if !outstanding.iter().any(|it| is_of(it, sender, recipient)) {
            outstanding.push(Invitation {
                at: now,
                sender,
                recipient,
            });
        }
    }

    fn earliest(&self, outstanding: &Vec<Invitation>, attempt: &Attempt) -> Option<Time> {
        if self.ask(outstanding, attempt).lets_pass() {
            return Some(attempt.now);
        }
        let oldest = outstanding.iter().find(|it| self.counts(it, attempt.now))?;
        self.spec.expiry.map(|expiry| oldest.at + expiry)
    }

    fn fresh_at(&self, outstanding: &Vec<Invitation>) -> Time {
        let Some(last) = outstanding.last() else {
            return Time::ZERO;
        };
        self.spec
            .expiry
            .map_or(Time::NEVER, |expiry| last.at + expiry)
    }

    fn hear(&self, outstanding: &mut Vec<Invitation>, news: &News) {
        match *news {
            News::Answered { sender, recipient } => {
                outstanding.retain(|it| !is_of(it, sender, recipient));
            }
            // Only what this very attempt added is taken back.
            News::Withdrawn(Attempt {
                now,
                sender,
                recipient,
                ..
            }) => {
                outstanding.retain(|it| it.at != now || !is_of(it, sender, recipient));
            }
            News::Released(_) | News::Complaint { .. } => {}
        }
    }
}
