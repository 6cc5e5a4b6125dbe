//! A timeline of a run in the trace-event format of Chrome, which Perfetto opens.
//!
//! | in the run | in the timeline |
//! |---|---|
//! | PDS | process `number + 1` |
//! | worker | thread, from 1; its services are complete events (`ph` = `X`) |
//! | message | async span (`b`, `e`) under the recipient's PDS, with its stages nested in it |
//! | messages waiting in an inbox | counter (`C`) |
//! | outage, label, intervention | instant (`i`) |
//!
//! The stages of a message are those of [`Stage`], so their spans add up to its latency. A worker
//! has no number in the model: a service goes to the lowest thread that is free. `ts` and `dur`
//! are microseconds with three decimals, which is exact. Source: "Trace Event Format", Google, 2016;
//! <https://perfetto.dev/docs/faq#how-do-i-open-a-chrome-json-trace>.

use std::collections::BTreeMap;
use std::io::Write;

use super::{Follow, Names};
use crate::protocol::{Fact, Message, MessageId, Observer, Outcome, Pds, Refusal, Stage};
use crate::units::{Span, Time};

/// How many workers the inboxes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lanes {
    /// So many in every inbox.
    Fixed(u32),
    /// As many as there are messages in service: checks run inside the requests.
    AsNeeded,
}

/// The observer that writes the timeline of one replication.
#[derive(Debug)]
pub struct Perfetto<W> {
    out: W,
    follow: Follow,
    names: Names,
    pdses: Vec<Place>,
    /// Services under way, by message: copies of one message may be in service at once.
    services: BTreeMap<MessageId, Vec<Service>>,
    /// Who lost its place in an inbox, and has its outcome next.
    displaced: Option<MessageId>,
    written: u64,
    failure: Option<String>,
}

/// Where a message is that no worker took since it arrived.
#[derive(Debug, Clone, Copy)]
enum Whereabouts {
    /// In the inbox, to the last.
    Waiting,
    /// The inbox did not take it in.
    Elsewhere,
}

/// One PDS.
#[derive(Debug, Clone, Default)]
struct Place {
    waiting: u64,
    /// Which threads are busy.
    busy: Vec<bool>,
}

/// A service under way.
#[derive(Debug, Clone, Copy)]
struct Service {
    pds: Pds,
    lane: usize,
    since: Time,
    refusal: Option<Refusal>,
}

impl<W: Write> Perfetto<W> {
    /// A timeline of `pdses` PDSes to `out`, with the messages that `follow` says; queue lengths
    /// count all messages.
    pub fn new(out: W, follow: Follow, names: Names, pdses: usize, lanes: Lanes) -> Self {
        let threads = match lanes {
            Lanes::Fixed(workers) => crate::units::cast::index(u64::from(workers)),
            Lanes::AsNeeded => 0,
        };
        let pds = Place {
            waiting: 0,
            busy: vec![false; threads],
        };
        let mut timeline = Self {
            out,
            follow,
            names,
            pdses: vec![pds; pdses],
            services: BTreeMap::new(),
            displaced: None,
            written: 0,
            failure: None,
        };
        timeline.open(pdses, threads);
        timeline
    }

    /// What was written to, once the run is over.
    ///
    /// # Errors
    /// If something could not be written.
    pub fn finish(mut self) -> Result<W, String> {
        self.put(b"\n],\"displayTimeUnit\":\"ms\"}\n");
        self.failure.map_or(Ok(self.out), Err)
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.failure.is_none()
            && let Err(error) = self.out.write_all(bytes)
        {
            self.failure = Some(error.to_string());
        }
    }

    fn event(&mut self, fields: &str) {
        let between = if self.written == 0 { "" } else { "," };
        self.written += 1;
        self.put(format!("{between}\n{{{fields}}}").as_bytes());
    }

    /// Names the processes, and the threads that are known beforehand.
    fn open(&mut self, pdses: usize, threads: usize) {
        self.put(b"{\"traceEvents\":[");
        for pds in 0..pdses {
            self.event(&format!(
                "\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{},\"tid\":0,\"args\":{{\"name\":\"PDS {pds}\"}}",
                pds + 1
            ));
            for lane in 0..threads {
                self.name_thread(pds + 1, lane);
            }
        }
    }

    fn name_thread(&mut self, process: usize, lane: usize) {
        let thread = lane + 1;
        self.event(&format!(
            "\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":{process},\"tid\":{thread},\"args\":{{\"name\":\"worker {thread}\"}}"
        ));
    }

    fn queue(&mut self, now: Time, pds: Pds, change: i64) {
        let state = &mut self.pdses[pds.0 as usize];
        let waiting = state.waiting.checked_add_signed(change);
        state.waiting = waiting.expect("an inbox never holds below 0");
        let (waiting, process) = (state.waiting, pds.0 + 1);
        self.event(&format!(
            "\"ph\":\"C\",\"name\":\"waiting\",\"pid\":{process},\"tid\":0,\"ts\":{},\"args\":{{\"messages\":{waiting}}}",
            micros(now.ns())
        ));
    }

    fn begin_service(&mut self, now: Time, message: &Message, refusal: Option<Refusal>) {
        let pds = message.recipient_pds;
        let busy = &mut self.pdses[pds.0 as usize].busy;
        let free = busy.iter().position(|busy| !busy);
        let lane = free.unwrap_or(busy.len());
        if let Some(place) = busy.get_mut(lane) {
            *place = true;
        } else {
            busy.push(true);
            self.name_thread(crate::units::cast::index(u64::from(pds.0)) + 1, lane);
        }
        let service = Service {
            pds,
            lane,
            since: now,
            refusal,
        };
        self.services.entry(message.id).or_default().push(service);
    }

    /// A worker is free again; its service is drawn where its message is followed.
    fn end_service(&mut self, now: Time, message: &Message) {
        let Some(services) = self.services.get_mut(&message.id) else {
            return;
        };
        let service = services.remove(0);
        if services.is_empty() {
            self.services.remove(&message.id);
        }
        self.pdses[service.pds.0 as usize].busy[service.lane] = false;
        if !self.follow.follows(message) {
            return;
        }
        let verdict = service.refusal.map_or("pass".to_owned(), |refusal| {
            Outcome::Refused(refusal).name(&self.names.layers)
        });
        self.event(&format!(
            "\"ph\":\"X\",\"name\":{},\"cat\":\"service\",\"pid\":{},\"tid\":{},\"ts\":{},\"dur\":{},\"args\":{{\"message\":\"{}\",\"verdict\":{}}}",
            quoted(&format!("message {}", message.id)),
            service.pds.0 + 1,
            service.lane + 1,
            micros(service.since.ns()),
            micros(now.since(service.since).ns()),
            message.id,
            quoted(&verdict)
        ));
    }

    /// The span of a message that has its outcome, with its stages in it.
    fn message(&mut self, now: Time, message: &Message, outcome: Outcome) {
        let is_displaced = self.displaced == Some(message.id);
        let stages = if message.queued || is_displaced {
            spans(message, now, Whereabouts::Waiting)
        } else {
            spans(message, now, Whereabouts::Elsewhere)
        };
        let end = stages.last().map_or(now, |(_, _, end)| *end).max(now);
        let group = &self.names.groups[usize::from(message.group.0)];
        let name = quoted(&format!("message {}", message.id));
        let arguments = format!(
            "{{\"class\":\"{}\",\"group\":{},\"sender\":{},\"recipient\":{},\"attempts\":{},\"outcome\":{}}}",
            message.class.name(),
            quoted(group),
            message.sender.0,
            message.recipient.0,
            message.attempts,
            quoted(&outcome.name(&self.names.layers))
        );
        self.async_event("b", &name, message, message.created, Some(&arguments));
        for (stage, begin, stop) in stages {
            let name = quoted(stage.name());
            self.async_event("b", &name, message, begin, None);
            self.async_event("e", &name, message, stop, None);
        }
        self.async_event("e", &name, message, end, None);
    }

    fn async_event(
        &mut self,
        phase: &str,
        name: &str,
        message: &Message,
        at: Time,
        arguments: Option<&str>,
    ) {
        let arguments = arguments.map_or(String::new(), |text| format!(",\"args\":{text}"));
        self.event(&format!(
            "\"ph\":\"{phase}\",\"cat\":\"message\",\"id\":\"{}\",\"name\":{name},\"pid\":{},\"tid\":0,\"ts\":{}{arguments}",
            message.id,
            message.recipient_pds.0 + 1,
            micros(at.ns())
        ));
    }

    fn instant(&mut self, now: Time, name: &str, pds: Option<Pds>) {
        let (process, scope) = pds.map_or((1, "g"), |pds| (pds.0 + 1, "p"));
        self.event(&format!(
            "\"ph\":\"i\",\"s\":\"{scope}\",\"name\":{},\"pid\":{process},\"tid\":0,\"ts\":{}",
            quoted(name),
            micros(now.ns())
        ));
    }

    /// What happens to nobody's message.
    fn write_of_network(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::HostDown(pds) => self.instant(now, "PDS down", Some(*pds)),
            Fact::HostUp(pds) => self.instant(now, "PDS up", Some(*pds)),
            Fact::Intervention { action, .. } => {
                self.instant(now, &format!("intervention {action}"), None);
            }
            Fact::LabelIssued { subject, .. } => {
                self.instant(now, &format!("label on account {}", subject.0), None);
            }
            _ => {}
        }
    }
}

impl<W: Write> Observer for Perfetto<W> {
    fn needs_order(&self) -> bool {
        true
    }

    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::Entered(message) => self.queue(now, message.recipient_pds, 1),
            Fact::Displaced(message) => {
                self.queue(now, message.recipient_pds, -1);
                self.displaced = Some(message.id);
            }
            Fact::Taken {
                message, refusal, ..
            } => {
                self.queue(now, message.recipient_pds, -1);
                self.begin_service(now, message, *refusal);
            }
            Fact::Served(message) | Fact::Crashed(message) => self.end_service(now, message),
            Fact::Finished { message, outcome } => {
                self.end_service(now, message);
                if message.queued {
                    self.queue(now, message.recipient_pds, -1);
                }
                if self.follow.follows(message) {
                    self.message(now, message, *outcome);
                }
            }
            Fact::CopyFinished { message, .. } => {
                self.end_service(now, message);
                if message.queued {
                    self.queue(now, message.recipient_pds, -1);
                }
            }
            _ => self.write_of_network(now, fact),
        }
    }
}

/// The stages of a message's last attempt as spans that follow each other without a gap, as far as
/// it came by `now`; stages of no length are left out.
fn spans(message: &Message, now: Time, place: Whereabouts) -> Vec<(Stage, Time, Time)> {
    let mut found = Vec::new();
    let mut at = message.created;
    let mut add = |stage: Stage, length: Span| {
        let end = (at + length).min(now.max(at));
        if end > at {
            found.push((stage, at, end));
        }
        at = end;
    };
    add(Stage::Retry, Stage::Retry.of(message));
    let never = Time::NEVER;
    if message.arrived == never || message.arrived < message.sent {
        add(Stage::Network, now.saturating_since(message.sent));
        return found;
    }
    if message.arrived.since(message.sent) < message.rescheduled {
        // It waits for another turn: when it first arrived is no longer known.
        return found;
    }
    add(Stage::Network, Stage::Network.of(message));
    if message.taken == never {
        let here = match place {
            Whereabouts::Waiting => now.saturating_since(message.arrived),
            Whereabouts::Elsewhere => Span::ZERO,
        };
        add(Stage::Queue, message.rescheduled + here);
        return found;
    }
    add(Stage::Queue, message.rescheduled + message.wait());
    if message.served == never || message.served < message.taken {
        add(Stage::Service, now.saturating_since(message.taken));
        return found;
    }
    add(Stage::Service, Stage::Service.of(message));
    add(Stage::Queue, message.shaped);
    found
}

/// Nanoseconds as microseconds with three decimals.
fn micros(ns: u64) -> String {
    format!("{}.{:03}", ns / 1_000, ns % 1_000)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
