//! Which messages to trace: `class=spam and outcome=delivered and latency>2s`.
//!
//! Conditions `FIELD OPERATOR VALUE` joined by `and`. Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`,
//! and `~` for "contains" (names only). Times are written with their unit, as in scenarios.

use std::ops::Range;

use crate::experiment::condition::{Operator, Parts, joined, parts};
use crate::protocol::{Class, Message, Outcome, Stage};
use crate::scenario::nearest;
use crate::trace::Names;
use crate::units::{Span, Time};

/// All conditions that a message must meet.
#[derive(Debug, Clone, Default)]
pub struct Query {
    conditions: Vec<Condition>,
    names: Option<Names>,
}

/// What is wrong with a query: where, what, and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryFault {
    /// The bytes of the query.
    pub place: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to write.
    pub remedy: String,
}

/// Something that is known of a message once it has its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldEntry {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    field: Field,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Message,
    Class,
    Group,
    Outcome,
    Number(Number),
    Time(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Sender,
    Recipient,
    SenderPds,
    RecipientPds,
    Attempts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Duration {
    Created,
    Ended,
    Latency,
    Stage(Stage),
}

const fn entry(name: &'static str, field: Field, about: &'static str) -> FieldEntry {
    FieldEntry { name, about, field }
}

const fn stage(name: &'static str, stage: Stage, about: &'static str) -> FieldEntry {
    entry(name, Field::Time(Duration::Stage(stage)), about)
}

/// Every field, in the order in which they are listed.
pub const FIELDS: &[FieldEntry] = &[
    entry("message", Field::Message, "its identity, STREAM-ORDINAL"),
    entry("class", Field::Class, "ham or spam"),
    entry(
        "group",
        Field::Group,
        "the name of its [senders.*] table; trace for a trace",
    ),
    entry("outcome", Field::Outcome, "a name of outcomes.csv"),
    entry(
        "sender",
        Field::Number(Number::Sender),
        "number of the sender's account",
    ),
    entry(
        "recipient",
        Field::Number(Number::Recipient),
        "number of the recipient's account",
    ),
    entry(
        "sender-pds",
        Field::Number(Number::SenderPds),
        "number of the sender's PDS",
    ),
    entry(
        "recipient-pds",
        Field::Number(Number::RecipientPds),
        "number of the recipient's PDS",
    ),
    entry(
        "attempts",
        Field::Number(Number::Attempts),
        "how often it was sent",
    ),
    entry(
        "created",
        Field::Time(Duration::Created),
        "virtual time at which it was written",
    ),
    entry(
        "ended",
        Field::Time(Duration::Ended),
        "virtual time of its outcome",
    ),
    entry(
        "latency",
        Field::Time(Duration::Latency),
        "from its creation to the end of its last service; only where a worker took it",
    ),
    stage(
        "network",
        Stage::Network,
        "stage of the latency: in transit",
    ),
    stage("queue", Stage::Queue, "stage of the latency: waiting"),
    stage(
        "service",
        Stage::Service,
        "stage of the latency: in the hands of a worker",
    ),
    stage(
        "retry",
        Stage::Retry,
        "stage of the latency: before the last attempt",
    ),
];

#[derive(Debug, Clone)]
struct Condition {
    field: Field,
    operator: Operator,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    Name(String),
    Number(u64),
}

impl Query {
    /// Reads a query about the messages of an arm with these names.
    ///
    /// # Errors
    /// Every condition that is none, with its place.
    pub fn parse(text: &str, names: Names) -> Result<Self, Vec<QueryFault>> {
        let (mut conditions, mut faults) = (Vec::new(), Vec::new());
        for place in joined(text) {
            match condition(text, place, &names) {
                Ok(condition) => conditions.push(condition),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() {
            let names = Some(names);
            Ok(Self { conditions, names })
        } else {
            Err(faults)
        }
    }

    /// Whether a message that got its outcome at `now` meets all conditions.
    pub fn accepts(&self, now: Time, message: &Message, outcome: Outcome) -> bool {
        let holds = |condition: &Condition| self.holds(condition, now, message, outcome);
        self.conditions.iter().all(holds)
    }

    fn holds(&self, condition: &Condition, now: Time, message: &Message, outcome: Outcome) -> bool {
        match &condition.value {
            Value::Name(value) => condition
                .operator
                .holds_of_texts(&self.name(condition.field, message, outcome), value),
            Value::Number(value) => number(condition.field, now, message)
                .is_some_and(|number| condition.operator.holds(Some(number.cmp(value)))),
        }
    }

    fn name(&self, field: Field, message: &Message, outcome: Outcome) -> String {
        let names = self
            .names
            .as_ref()
            .expect("a condition has the names of its arm");
        match field {
            Field::Message => message.id.to_string(),
            Field::Class => message.class.name().to_owned(),
            Field::Group => names.groups[usize::from(message.group.0)].clone(),
            Field::Outcome => outcome.name(&names.layers),
            Field::Number(_) | Field::Time(_) => unreachable!("compared as a number"),
        }
    }
}

/// A number or an instant in nanoseconds; none where the message never came so far.
fn number(field: Field, now: Time, message: &Message) -> Option<u64> {
    Some(match field {
        Field::Number(Number::Sender) => u64::from(message.sender.0),
        Field::Number(Number::Recipient) => u64::from(message.recipient.0),
        Field::Number(Number::SenderPds) => u64::from(message.sender_pds.0),
        Field::Number(Number::RecipientPds) => u64::from(message.recipient_pds.0),
        Field::Number(Number::Attempts) => u64::from(message.attempts),
        Field::Time(Duration::Created) => message.created.ns(),
        Field::Time(Duration::Ended) => now.ns(),
        Field::Time(Duration::Latency) if message.is_served() => message.latency().ns(),
        Field::Time(Duration::Stage(stage)) if message.is_served() => stage.of(message).ns(),
        _ => return None,
    })
}

fn condition(text: &str, place: Range<usize>, names: &Names) -> Result<Condition, QueryFault> {
    let Some(Parts {
        name,
        operator,
        sign,
        value,
    }) = parts(text, place.clone())
    else {
        return Err(QueryFault {
            what: format!("`{}` is no condition", text[place.clone()].trim()),
            remedy: "write FIELD=VALUE, or one of != < <= > >= ~ instead of =".to_owned(),
            place,
        });
    };
    let field = field(text, name)?;
    check_operator(field, operator, &text[sign.clone()], sign)?;
    Ok(Condition {
        field: field.field,
        operator,
        value: value_of(field, operator, (text, value), names)?,
    })
}

fn field(text: &str, place: Range<usize>) -> Result<&'static FieldEntry, QueryFault> {
    let name = &text[place.clone()];
    let found = FIELDS.iter().find(|entry| entry.name == name);
    found.ok_or_else(|| {
        let names = FIELDS.iter().map(|entry| entry.name);
        let remedy = match nearest(name, names.clone()) {
            Some(nearest) => format!("write {nearest}"),
            None => format!("write one of {}", names.collect::<Vec<_>>().join(", ")),
        };
        let what = format!("a message has no field `{name}`");
        QueryFault {
            place,
            what,
            remedy,
        }
    })
}

fn check_operator(
    field: &FieldEntry,
    operator: Operator,
    spelling: &str,
    place: Range<usize>,
) -> Result<(), QueryFault> {
    let is_number = matches!(field.field, Field::Number(_) | Field::Time(_));
    let (suits, remedy) = match operator {
        Operator::Equal | Operator::Unequal => (true, ""),
        Operator::Contains => (!is_number, "write one of = != < <= > >="),
        _ => (is_number, "write one of = != ~"),
    };
    if suits {
        return Ok(());
    }
    Err(QueryFault {
        place,
        what: format!("{} cannot be compared by `{spelling}`", field.name),
        remedy: remedy.to_owned(),
    })
}

fn value_of(
    field: &FieldEntry,
    operator: Operator,
    (text, place): (&str, Range<usize>),
    names: &Names,
) -> Result<Value, QueryFault> {
    let value = &text[place.clone()];
    let wrong = |what: String, remedy: String| QueryFault {
        place: place.clone(),
        what,
        remedy,
    };
    match field.field {
        Field::Number(_) => value.parse().map(Value::Number).map_err(|_| {
            wrong(
                format!("`{value}` is no whole number"),
                format!("write {} as a count, such as 3", field.name),
            )
        }),
        Field::Time(_) => value
            .parse::<Span>()
            .map(|span| Value::Number(span.ns()))
            .map_err(|error| {
                let error = error.to_string();
                let (what, remedy) = error.split_once("; ").unwrap_or((&error, "write 90s"));
                wrong(what.to_owned(), remedy.to_owned())
            }),
        _ if operator == Operator::Contains => Ok(Value::Name(value.to_owned())),
        _ => {
            let known = known_names(field.field, names);
            if known.is_empty() || known.iter().any(|name| name == value) {
                return Ok(Value::Name(value.to_owned()));
            }
            let nearest = nearest(value, known.iter().map(String::as_str));
            let remedy = nearest.map_or_else(
                || format!("write one of {}", known.join(", ")),
                |nearest| format!("write {}={nearest}", field.name),
            );
            Err(wrong(
                format!("no message has the {} `{value}`", field.name),
                remedy,
            ))
        }
    }
}

/// The names that a field can have; empty where they cannot be listed.
fn known_names(field: Field, names: &Names) -> Vec<String> {
    match field {
        Field::Class => Class::ALL.map(|class| class.name().to_owned()).to_vec(),
        Field::Group => names.groups.clone(),
        Field::Outcome => {
            let layers = u8::try_from(names.layers.len()).expect("at most 64 layers");
            let all = Outcome::all(layers);
            all.map(|outcome| outcome.name(&names.layers)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Account, Group, MessageId, Pds, Token};

    fn names() -> Names {
        Names {
            groups: vec!["people".to_owned(), "wave".to_owned()],
            layers: vec!["per-pair".to_owned()],
        }
    }

    /// Written at 3 s, sent at 5 s, arrived at 6 s, taken at 8 s, served at 12 s.
    fn message() -> Message {
        let at = |s| Time::ZERO + Span::from_s(s);
        Message {
            id: MessageId::new(2, 7),
            created: at(3),
            sent: at(5),
            arrived: at(6),
            taken: at(8),
            served: at(12),
            rescheduled: Span::ZERO,
            shaped: Span::ZERO,
            extra: Span::ZERO,
            token: Token {
                expires: at(65),
                defect: None,
            },
            sender: Account(40),
            recipient: Account(1),
            sender_pds: Pds(3),
            recipient_pds: Pds(0),
            group: Group(1),
            class: Class::Spam,
            queued: false,
            attempts: 2,
        }
    }

    fn accepts(text: &str) -> bool {
        let query = Query::parse(text, names()).unwrap();
        query.accepts(
            Time::ZERO + Span::from_s(12),
            &message(),
            Outcome::Delivered,
        )
    }

    fn faults(text: &str) -> Vec<(Range<usize>, String)> {
        let faults = Query::parse(text, names()).unwrap_err();
        let told = |fault: QueryFault| (fault.place, format!("{}; {}", fault.what, fault.remedy));
        faults.into_iter().map(told).collect()
    }

    #[test]
    fn every_field_is_what_the_message_says() {
        for holds in [
            "message=2-7",
            "class=spam and group=wave and outcome=delivered",
            "class != ham",
            "outcome~deliv",
            "sender=40 and recipient=1 and sender-pds=3 and recipient-pds=0 and attempts=2",
            "created=3s and ended=12s and latency=9s",
            "retry=2s and network=1s and queue=2s and service=4s",
            "latency>8s and latency>=9s and latency<9001ms and latency<=9s and created!=1h",
        ] {
            assert!(accepts(holds), "{holds}");
        }
        for fails in ["class=ham", "latency>9s", "attempts<2", "outcome~refused"] {
            assert!(!accepts(fails), "{fails}");
        }
    }

    #[test]
    fn a_time_that_a_message_never_reached_meets_no_condition() {
        let mut lost = message();
        (lost.taken, lost.served) = (Time::NEVER, Time::NEVER);
        for text in ["latency<1h", "latency>=0s", "queue!=1s"] {
            let query = Query::parse(text, names()).unwrap();
            assert!(!query.accepts(Time::ZERO, &lost, Outcome::Lost), "{text}");
        }
    }

    #[test]
    fn faults_name_their_place_and_a_remedy_all_at_once() {
        let told = |place: Range<usize>, text: &str| (place, text.to_owned());
        assert_eq!(
            faults("clas=spam and latency>60 and group=wav"),
            [
                told(0..4, "a message has no field `clas`; write class"),
                told(22..24, "`60` has no unit; write \"60s\" or \"60ms\""),
                told(35..38, "no message has the group `wav`; write group=wave"),
            ]
        );
        assert_eq!(
            faults("delivered"),
            [told(
                0..9,
                "`delivered` is no condition; write FIELD=VALUE, or one of != < <= > >= ~ instead of ="
            )]
        );
        assert_eq!(
            faults("class>ham and sender~3"),
            [
                told(5..6, "class cannot be compared by `>`; write one of = != ~"),
                told(
                    20..21,
                    "sender cannot be compared by `~`; write one of = != < <= > >="
                ),
            ]
        );
    }
}
