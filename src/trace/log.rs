//! The event log: one JSON object per fact and line, for the messages that are followed.
//!
//! A message is followed from its creation to its outcome or not at all; which ones are in a
//! sample follows from their identity and the seed alone, so two policies show the same messages.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::{Map, Value, json};

use crate::protocol::{
    Directory, End, Fact, LabelEnd, LabelKnown, LookUp, LookUpKind, Message, MessageId, Observer,
    Outcome,
};
use crate::rng::CounterKey;
use crate::units::{Share, Time};

/// Which messages are followed.
#[derive(Debug, Clone)]
pub enum Follow {
    /// Every message.
    All,
    /// A share of them, chosen by the draws of the key.
    Sample(Share, CounterKey),
    /// These.
    Chosen(BTreeSet<MessageId>),
}

impl Follow {
    /// Whether a message is followed.
    pub fn follows(&self, message: &Message) -> bool {
        match self {
            Self::All => true,
            Self::Sample(share, key) => share.hits(key.draw(message.id.number(), 0)),
            Self::Chosen(chosen) => chosen.contains(&message.id),
        }
    }
}

/// The names that the log writes for numbers.
#[derive(Debug, Clone)]
pub struct Names {
    /// Groups of senders by index.
    pub groups: Vec<String>,
    /// Limit layers by index.
    pub layers: Vec<String>,
}

/// The observer that writes the log of one replication.
#[derive(Debug)]
pub struct EventLog<W> {
    out: W,
    follow: Follow,
    names: Names,
    replication: u64,
    sequence: u64,
    failure: Option<String>,
}

impl<W: Write> EventLog<W> {
    /// A log of replication number `replication` to `out`.
    pub fn new(out: W, follow: Follow, names: Names, replication: u64) -> Self {
        Self {
            out,
            follow,
            names,
            replication,
            sequence: 0,
            failure: None,
        }
    }

    /// What was written to, once the run is over.
    ///
    /// # Errors
    /// If a line could not be written.
    pub fn finish(self) -> Result<W, String> {
        self.failure.map_or(Ok(self.out), Err)
    }

    fn write(&mut self, now: Time, event: &str, fields: Map<String, Value>) {
        let mut line = Map::new();
        line.insert("t_ns".into(), now.ns().into());
        line.insert("seq".into(), self.sequence.into());
        line.insert("replication".into(), self.replication.into());
        line.insert("event".into(), event.into());
        line.extend(fields);
        self.sequence += 1;
        if self.failure.is_none()
            && let Err(error) = writeln!(self.out, "{}", Value::Object(line))
        {
            self.failure = Some(error.to_string());
        }
    }

    fn layers(&self, mask: u64) -> Value {
        let named = self
            .names
            .layers
            .iter()
            .enumerate()
            .filter(|(bit, _)| mask >> bit & 1 == 1);
        named.map(|(_, name)| Value::from(name.as_str())).collect()
    }

    fn outcome(&self, outcome: Outcome) -> Value {
        outcome.name(&self.names.layers).into()
    }

    /// The name of a fact and what it says beyond the message.
    fn describe(&self, fact: &Fact<'_>) -> Option<(&'static str, Value)> {
        Some(match fact {
            Fact::Created(message) => ("created", self.who(message)),
            Fact::OutboundLimits { asked, refused, .. } => (
                "outbound-limits",
                json!({"asked": self.layers(*asked), "refused": self.layers(*refused)}),
            ),
            Fact::Arrived(message) => ("arrived", json!({"attempt": message.attempts})),
            Fact::Entered(_) => ("entered", json!({})),
            Fact::Displaced(_) => ("displaced", json!({})),
            Fact::Taken {
                service,
                refusal,
                label,
                asked,
                refused,
                ..
            } => (
                "taken",
                json!({
                    "service_ns": service.ns(),
                    "verdict": refusal.map_or(Value::from("pass"), |refusal| self.outcome(Outcome::Refused(refusal))),
                    "label_known": *label == LabelKnown::Yes,
                    "asked": self.layers(*asked),
                    "refused": self.layers(*refused),
                }),
            ),
            Fact::LookedUp { look_up, .. } => ("did-look-up", of_look_up(look_up)),
            Fact::TokenUsed { .. } => ("token-used", json!({})),
            Fact::Served(_) => ("served", json!({})),
            Fact::Crashed(_) => ("crashed", json!({})),
            Fact::CopyFinished { outcome, .. } => {
                ("copy-finished", json!({"outcome": self.outcome(*outcome)}))
            }
            Fact::RetryScheduled { after, .. } => ("retry", json!({"after_ns": after.ns()})),
            Fact::Finished { outcome, .. } => {
                ("finished", json!({"outcome": self.outcome(*outcome)}))
            }
            Fact::Read(_) => ("read", json!({})),
            Fact::Reported(_) => ("reported", json!({})),
            Fact::Blocked(_) => ("blocked", json!({})),
            Fact::Muted(_) => ("muted", json!({})),
            Fact::Hidden(_) => ("hidden", json!({})),
            Fact::Held(_) => ("held", json!({})),
            Fact::Accepted(_) => ("accepted", json!({})),
            Fact::Failed { message, why } => (
                "failed",
                json!({"attempt": message.attempts, "why": why.name()}),
            ),
            Fact::CleanedUp(_) => ("cleaned-up", json!({})),
            Fact::Inspected { .. }
            | Fact::OutboundInspected { .. }
            | Fact::LabelIssued { .. }
            | Fact::LabelEnded { .. }
            | Fact::LabelLearned { .. }
            | Fact::LabelToReach { .. }
            | Fact::ReportedFalsely { .. }
            | Fact::HostDown(_)
            | Fact::HostUp(_)
            | Fact::Intervention { .. }
            | Fact::Clock { .. }
            | Fact::EndOfWarmUp
            | Fact::EndOfHorizon => return None,
        })
    }

    /// Writes what happens to the network itself.
    fn write_of_network(&mut self, now: Time, fact: &Fact<'_>) {
        let (event, fields) = match fact {
            Fact::HostDown(pds) => ("pds-down", json!({"pds": pds.0})),
            Fact::HostUp(pds) => ("pds-up", json!({"pds": pds.0})),
            Fact::Intervention { number, action } => {
                ("intervention", json!({"number": number, "action": action}))
            }
            _ => return,
        };
        if let Value::Object(fields) = fields {
            self.write(now, event, fields);
        }
    }

    fn who(&self, message: &Message) -> Value {
        json!({
            "class": message.class.name(),
            "group": self.names.groups[usize::from(message.group.0)],
            "sender": message.sender.0,
            "sender_pds": message.sender_pds.0,
            "recipient": message.recipient.0,
            "recipient_pds": message.recipient_pds.0,
            "extra_ns": message.extra.ns(),
        })
    }
}

/// The name of a fact about no message, and what it says.
fn about_labels(fact: &Fact<'_>) -> Option<(&'static str, Value)> {
    Some(match fact {
        Fact::LabelIssued {
            labeler,
            subject,
            class,
            ..
        } => (
            "label-issued",
            json!({"labeler": labeler.0, "subject": subject.0, "class": class.name()}),
        ),
        Fact::LabelEnded {
            labeler,
            subject,
            class,
            how,
        } => (
            match how {
                LabelEnd::Negated => "label-negated",
                LabelEnd::Expired => "label-expired",
            },
            json!({"labeler": labeler.0, "subject": subject.0, "class": class.name()}),
        ),
        Fact::LabelLearned {
            labeler, subject, ..
        } => (
            "label-learned",
            json!({"labeler": labeler.0, "subject": subject.0}),
        ),
        Fact::ReportedFalsely {
            reporter, subject, ..
        } => (
            "reported-falsely",
            json!({"reporter": reporter.0, "subject": subject.0}),
        ),
        _ => return None,
    })
}

fn of_look_up(look_up: &LookUp) -> Value {
    json!({
        "end": match look_up.end { End::Sender => "sender", End::Recipient => "recipient" },
        "directory": match look_up.directory { Directory::Plc => "plc", Directory::Web => "web" },
        "kind": look_up_kind(look_up.kind),
        "waited_ns": look_up.waited.ns(),
    })
}

fn look_up_kind(kind: LookUpKind) -> &'static str {
    match kind {
        LookUpKind::Cached => "cached",
        LookUpKind::Refreshing => "refreshing",
        LookUpKind::Joined => "joined",
        LookUpKind::Blocking => "blocking",
        LookUpKind::Forced => "forced",
    }
}

impl<W: Write> Observer for EventLog<W> {
    fn needs_order(&self) -> bool {
        true
    }

    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        if let Some((event, Value::Object(fields))) = about_labels(fact) {
            return self.write(now, event, fields);
        }
        let Some(message) = fact.message() else {
            return self.write_of_network(now, fact);
        };
        if !self.follow.follows(message) {
            return;
        }
        if let Some((event, Value::Object(fields))) = self.describe(fact) {
            let mut all = Map::new();
            all.insert("message".into(), message.id.to_string().into());
            all.extend(fields);
            self.write(now, event, all);
        }
    }
}
