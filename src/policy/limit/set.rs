//! The layers that live on one PDS, asked and charged together.
//!
//! ```text
//! all-or-none   ask all; charge all if all admit, else only those with counts = "all"
//! in-sequence   ask in order, charge each that admits, stop at the first refusal
//! always-all    ask all, charge each that admits whatever the others say
//! ```
//!
//! In every mode a layer with `counts = "all"` is charged whenever it is asked. The answer is that
//! of the first refusing layer; the instant to retry is the earliest, after the charges, at which
//! every layer would admit the same message if nothing else were to happen.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::protocol::{LayerSight, MOST_ROOM};
use crate::units::{Span, Time};

use super::algorithm::{Counting, Key};
use super::charging::{ChargingSpec, MOST_LAYERS, Mode};
use super::keeper::Charging;
use super::layer::{AppliesTo, Counts, LayerSpec, Place, Recipients, Refusal};
use super::registry::Keeper;
use super::rule::{Attempt, Decision, News};

/// Who takes part in a message. Ids are those of the whole network, or of anything else, as long as
/// the same id is the same account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parties {
    /// The sender.
    pub sender: u32,
    /// The sender's PDS.
    pub sender_pds: u32,
    /// The recipient.
    pub recipient: u32,
}

/// Whether the recipient has accepted the sender's contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Accepted, or nothing has to be accepted.
    Accepted,
    /// A first contact that waits for acceptance.
    Request,
}

/// Whether a message answers another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It answers none.
    Fresh,
    /// A reply; it is charged as a reply even where it is a first contact too.
    Reply,
}

/// One message as the rate-limit check sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The instant at which the worker took it.
    pub now: Time,
    /// Who takes part.
    pub parties: Parties,
    /// Whether the contact was accepted.
    pub standing: Standing,
    /// Whether it is a reply.
    pub kind: Kind,
    /// Its weight, 1 for an ordinary message; multiplied by the layer's cost.
    pub cost: u64,
    /// To how many recipients the same message goes.
    pub recipients: u32,
    /// Age of the sender's account, where known.
    pub account_age: Option<Span>,
}

/// What the layers say together. Layers are numbered in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// Go on.
    Admit,
    /// Go on, but not before `until`.
    Delay {
        /// The layer that holds it back longest.
        layer: usize,
        /// When it may go on.
        until: Time,
    },
    /// Refused.
    Refuse {
        /// The first refusing layer.
        layer: usize,
        /// What its refusal does.
        refusal: Refusal,
        /// The instant it names or is rescheduled to; `None` where the refusal names none, or where
        /// time alone does not help.
        retry_at: Option<Time>,
    },
}

/// A ruling, and which layers had a part in it (bit i = layer i).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What the layers say together.
    pub ruling: Ruling,
    /// The layers that were asked.
    pub asked: u64,
    /// The layers that refused.
    pub refused: u64,
}

/// The layers of one place on one PDS. Cloning an empty set gives another PDS its own.
#[derive(Debug, Clone)]
pub struct LimitSet {
    names: Arc<[String]>,
    mode: Mode,
    layers: Vec<Layer>,
}

#[derive(Debug, Clone)]
struct Layer {
    key: Key,
    applies_to: AppliesTo,
    charging: Charging,
    refusal: Refusal,
    recipients: Recipients,
    cost: u64,
    cost_request: u64,
    cost_reply: u64,
    keeper: Keeper,
}

impl LimitSet {
    /// The layers of `specs` that live at `place`, with an empty memory. `epoch_s` = UNIX seconds of
    /// virtual time 0.
    ///
    /// # Panics
    /// If the layers were not validated: see [`super::charging::validate`].
    pub fn new(
        specs: &BTreeMap<String, LayerSpec>,
        charging: &ChargingSpec,
        place: Place,
        epoch_s: u64,
    ) -> Self {
        let names: Vec<&str> = charging
            .ordered(specs)
            .into_iter()
            .filter(|name| specs[*name].at == place)
            .collect();
        assert!(names.len() <= MOST_LAYERS, "more than {MOST_LAYERS} layers");
        Self {
            layers: names
                .iter()
                .map(|name| Layer::new(&specs[*name], epoch_s))
                .collect(),
            names: names.into_iter().map(str::to_owned).collect(),
            mode: charging.mode,
        }
    }

    /// These layers with the memory of those of `old`, which has layers of the same names, where
    /// their names are among the `unchanged`.
    ///
    /// # Panics
    /// If the two have other layers or another order.
    #[must_use]
    pub fn inherit(mut self, old: &mut Self, unchanged: &[String]) -> Self {
        assert!(self.names == old.names, "layers keep their names and order");
        let layers = self.layers.iter_mut().zip(&mut old.layers);
        for ((new, old), name) in layers.zip(self.names.iter()) {
            if unchanged.contains(name) {
                std::mem::swap(&mut new.keeper, &mut old.keeper);
            }
        }
        self
    }

    /// The names of the layers, in the order in which they are asked.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether there is no layer at all.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Asks and charges the layers about `request`. Requests must come in order of time.
    #[inline]
    pub fn decide(&mut self, request: &Request) -> Verdict {
        if self.layers.is_empty() {
            return Verdict {
                ruling: Ruling::Admit,
                asked: 0,
                refused: 0,
            };
        }
        self.decide_layers(request)
    }

    fn decide_layers(&mut self, request: &Request) -> Verdict {
        let mut votes = Votes::default();
        match (self.mode, self.layers.len()) {
            (Mode::AllOrNone, 2..) => self.ask_then_charge(request, &mut votes),
            (mode, _) => self.take_in_order(request, mode, &mut votes),
        }
        if votes.refused != 0 && self.mode != Mode::AllOrNone {
            self.withdraw(request, &votes);
        }
        Verdict {
            ruling: self.ruling(request, &votes),
            asked: votes.asked,
            refused: votes.refused,
        }
    }

    /// The earliest instant, from the present state, at which every layer that is asked about
    /// `request` admits it; `None` where time alone does not help.
    ///
    /// Those that admitted it now are asked too: where they were charged although another one
    /// refused, they may be the last to conform.
    pub fn earliest(&self, request: &Request) -> Option<Time> {
        let mut latest = request.now;
        for layer in &self.layers {
            if let Some((key, attempt)) = layer.attempt(request) {
                latest = latest.max(layer.keeper.earliest(key, &attempt)?);
            }
        }
        Some(latest)
    }

    /// What each layer that is asked about `request` has left for it; the first layer has the index
    /// `first`. Changes nothing.
    ///
    /// # Panics
    /// If there are more than 64 layers, which validation refuses.
    pub fn look(&self, request: &Request, first: usize) -> Vec<LayerSight> {
        let look = |(index, layer): (usize, &Layer)| {
            let (key, attempt) = layer.attempt(request)?;
            let (room, whole) = layer.keeper.room(key, &attempt, MOST_ROOM);
            Some(LayerSight {
                layer: u8::try_from(index).expect("at most 64 layers"),
                room,
                whole,
                from: layer.keeper.earliest(key, &attempt),
            })
        };
        (first..).zip(&self.layers).filter_map(look).collect()
    }

    /// The admitted message is no longer in hand: gives its place in concurrency limits back.
    /// `request` is the one that was admitted, unchanged.
    pub fn release(&mut self, request: &Request) {
        for layer in &mut self.layers {
            if let Some((key, attempt)) = layer.attempt(request) {
                layer.keeper.hear(key, &News::Released(attempt));
            }
        }
    }

    /// A recipient complained, at `now`, about a message between `parties`.
    pub fn complaint(&mut self, now: Time, parties: &Parties) {
        self.tell(parties, &News::Complaint { now });
    }

    /// The first contact between `parties` was accepted (or rejected, expired, evicted): it is no
    /// longer outstanding.
    pub fn contact_answered(&mut self, parties: &Parties) {
        let Parties {
            sender, recipient, ..
        } = *parties;
        self.tell(parties, &News::Answered { sender, recipient });
    }

    fn tell(&mut self, parties: &Parties, news: &News) {
        for layer in &mut self.layers {
            layer.keeper.hear(layer.key_of(parties), news);
        }
    }

    /// Tells the layers that charged a message that it goes no further.
    fn withdraw(&mut self, request: &Request, votes: &Votes) {
        let charged = votes.asked & !votes.refused;
        for (index, layer) in self.layers.iter_mut().enumerate() {
            if charged >> index & 1 == 0 {
                continue;
            }
            if let Some((key, attempt)) = layer.attempt(request) {
                layer.keeper.hear(key, &News::Withdrawn(attempt));
            }
        }
    }

    /// Keys remembered by layer `index`.
    pub fn keys(&self, index: usize) -> usize {
        self.layers[index].keeper.keys()
    }

    /// Keys that layer `index` forgot for want of room.
    pub fn evicted(&self, index: usize) -> u64 {
        self.layers[index].keeper.evicted()
    }

    /// Forgets every key that decides as never seen; no decision depends on when this is done.
    pub fn sweep(&mut self, now: Time) {
        for layer in &mut self.layers {
            layer.keeper.sweep(now);
        }
    }

    /// Each layer is asked once; with one layer the modes do not differ.
    fn take_in_order(&mut self, request: &Request, mode: Mode, votes: &mut Votes) {
        for (index, layer) in self.layers.iter_mut().enumerate() {
            let Some((key, attempt)) = layer.attempt(request) else {
                continue;
            };
            votes.count(index, layer.keeper.take(key, &attempt, layer.charging));
            if mode == Mode::InSequence && votes.refused != 0 {
                return;
            }
        }
    }

    /// The last layer knows what the others said: it is asked and charged with one look-up.
    fn ask_then_charge(&mut self, request: &Request, votes: &mut Votes) {
        let Some((last, before)) = self.layers.split_last_mut() else {
            return;
        };
        for (index, layer) in before.iter().enumerate() {
            if let Some((key, attempt)) = layer.attempt(request) {
                votes.count(index, layer.keeper.ask(key, &attempt));
            }
        }
        if let Some((key, attempt)) = last.attempt(request) {
            let is_charged = votes.refused == 0 || last.charging == Charging::All;
            let decision = if is_charged {
                last.keeper.take(key, &attempt, last.charging)
            } else {
                last.keeper.ask(key, &attempt)
            };
            votes.count(before.len(), decision);
        }
        for layer in before {
            if votes.refused != 0 && layer.charging == Charging::Passed {
                continue;
            }
            if let Some((key, attempt)) = layer.attempt(request) {
                layer.keeper.charge(key, &attempt);
            }
        }
    }

    fn ruling(&self, request: &Request, votes: &Votes) -> Ruling {
        if votes.refused == 0 {
            return votes
                .delay
                .map_or(Ruling::Admit, |(layer, until)| Ruling::Delay {
                    layer,
                    until,
                });
        }
        let layer = crate::units::cast::index(u64::from(votes.refused.trailing_zeros()));
        let refusal = self.layers[layer].refusal;
        let retry_at = match refusal {
            Refusal::Reject | Refusal::Status | Refusal::Silent => None,
            Refusal::Reschedule => self.earliest(request),
            Refusal::RetryAfter(form) => self
                .earliest(request)
                .map(|exact| rounded_down(exact, form.resolution, request.now)),
        };
        Ruling::Refuse {
            layer,
            refusal,
            retry_at,
        }
    }
}

/// `exact` rounded down to whole multiples of `resolution` on the clock, but not before `now`.
fn rounded_down(exact: Time, resolution: Option<Span>, now: Time) -> Time {
    let unit = resolution.map_or(1, Span::ns);
    Time::from_ns(exact.ns() - exact.ns() % unit).max(now)
}

/// What the layers said.
#[derive(Debug, Default)]
struct Votes {
    asked: u64,
    refused: u64,
    delay: Option<(usize, Time)>,
}

impl Votes {
    fn count(&mut self, layer: usize, decision: Decision) {
        self.asked |= 1 << layer;
        match decision {
            Decision::Admit => {}
            Decision::Refuse => self.refused |= 1 << layer,
            Decision::Delay { until } => {
                if self.delay.is_none_or(|(_, longest)| until > longest) {
                    self.delay = Some((layer, until));
                }
            }
        }
    }
}

impl Layer {
    fn new(spec: &LayerSpec, epoch_s: u64) -> Self {
        Self {
            key: spec.key,
            applies_to: spec.asked_about(),
            charging: match (spec.algorithm.spec().about().counting, spec.counts) {
                (Counting::Always, _) | (_, Counts::All) => Charging::All,
                (_, Counts::Admitted) => Charging::Passed,
            },
            refusal: spec.refusal,
            recipients: spec.recipients,
            cost: spec.cost,
            cost_request: spec.cost_request.unwrap_or(spec.cost),
            cost_reply: spec.cost_reply.unwrap_or(spec.cost),
            keeper: spec.algorithm.spec().build(&spec.setting(epoch_s)),
        }
    }

    /// The key and the attempt of `request`; `None` where the layer is not asked about it.
    fn attempt(&self, request: &Request) -> Option<(u64, Attempt)> {
        let applies = match self.applies_to {
            AppliesTo::All => true,
            AppliesTo::Accepted => request.standing == Standing::Accepted,
            AppliesTo::Requests => request.standing == Standing::Request,
        };
        let cost = self.cost_of(request);
        let attempt = Attempt {
            now: request.now,
            cost,
            age: request.account_age,
            sender: request.parties.sender,
            recipient: request.parties.recipient,
        };
        (applies && cost > 0).then(|| (self.key_of(&request.parties), attempt))
    }

    fn cost_of(&self, request: &Request) -> u64 {
        let cost = match (request.kind, request.standing) {
            (Kind::Reply, _) => self.cost_reply,
            (Kind::Fresh, Standing::Request) => self.cost_request,
            (Kind::Fresh, Standing::Accepted) => self.cost,
        };
        let recipients = match self.recipients {
            Recipients::Once => 1,
            Recipients::Each => u64::from(request.recipients),
        };
        cost.saturating_mul(request.cost).saturating_mul(recipients)
    }

    fn key_of(&self, parties: &Parties) -> u64 {
        match self.key {
            Key::Sender => u64::from(parties.sender),
            Key::SenderPds => u64::from(parties.sender_pds),
            Key::Recipient => u64::from(parties.recipient),
            Key::Pair => u64::from(parties.sender) << 32 | u64::from(parties.recipient),
            Key::Pds => 0,
        }
    }
}
