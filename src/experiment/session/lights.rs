//! The checks of a message as lamps: each is lit when it is passed.
//!
//! The ruling is known when a worker takes the message, and takes effect when the service ends. In
//! between a check is under way for its part of the service time, in proportion to the mean costs of
//! the checks that run; that is exact where costs are constant and nothing is looked up.

use crate::policy::CheckCosts;
use crate::protocol::{Check, ContactSight, Refusal, Sight};
use crate::trace::{Life, Step};
use crate::units::{Span, Time, cast};

/// How far a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// Its turn has not come.
    Off,
    /// It is under way.
    UnderWay,
    /// The message passed it.
    Passed,
    /// A stranger's message: it is held.
    Held,
    /// It refused.
    Refused,
    /// It was not asked, because one before it refused.
    NotAsked,
}

/// The last turn of a message with a worker.
struct Turn<'l> {
    taken: Time,
    sight: &'l Sight,
    refusal: Option<Refusal>,
    service: Span,
}

impl<'l> Turn<'l> {
    fn last(life: &'l Life) -> Option<Self> {
        let found = life.steps.iter().rev().find_map(|(at, step)| match step {
            Step::Taken {
                refusal, service, ..
            } => Some((*at, *refusal, *service)),
            _ => None,
        });
        let (taken, refusal, service) = found?;
        let sight = life.steps.iter().rev().find_map(|(at, step)| match step {
            Step::Seen(sight) if *at == taken => Some(sight.as_ref()),
            _ => None,
        });
        Some(Self {
            taken,
            sight: sight?,
            refusal,
            service,
        })
    }
}

/// The checks of a message's last turn at `now`, in their order; those of `order`, all off, where
/// no worker has taken it.
pub fn lights(life: &Life, now: Time, order: &[Check], costs: &CheckCosts) -> Vec<(Check, Light)> {
    let Some(turn) = Turn::last(life) else {
        return order.iter().map(|check| (*check, Light::Off)).collect();
    };
    let refusing = turn.refusal.and_then(check_of);
    let elapsed = now.saturating_since(turn.taken);
    let whole = cost_of(&turn, refusing, costs);
    let (mut before, mut is_over) = (0.0, false);
    let mut lights = Vec::new();
    for check in &turn.sight.order {
        let from = part(before, whole, turn.service);
        before += mean_of(*check, costs);
        let until = part(before, whole, turn.service);
        let light = if is_over {
            Light::NotAsked
        } else if elapsed >= until {
            ruled(*check, &turn, refusing)
        } else if elapsed >= from {
            Light::UnderWay
        } else {
            Light::Off
        };
        is_over |= refusing == Some(*check) && light == Light::Refused;
        lights.push((*check, light));
    }
    lights
}

fn ruled(check: Check, turn: &Turn<'_>, refusing: Option<Check>) -> Light {
    match (check, turn.sight.contact) {
        _ if refusing == Some(check) => Light::Refused,
        (Check::Contact, ContactSight::Stranger { .. }) => Light::Held,
        _ => Light::Passed,
    }
}

/// The mean cost of the checks that ran, in nanoseconds.
fn cost_of(turn: &Turn<'_>, refusing: Option<Check>, costs: &CheckCosts) -> f64 {
    let order = &turn.sight.order;
    let last = order.iter().position(|check| refusing == Some(*check));
    let ran = &order[..last.map_or(order.len(), |last| last + 1)];
    ran.iter().map(|check| mean_of(*check, costs)).sum()
}

fn mean_of(check: Check, costs: &CheckCosts) -> f64 {
    let mean = costs.of(check).and_then(crate::rng::Distribution::mean_ns);
    mean.unwrap_or(0.0)
}

/// A part of the service; all of it where the checks cost nothing.
fn part(cost: f64, whole: f64, service: Span) -> Span {
    if whole <= 0.0 || cost >= whole {
        return service;
    }
    let ns = cost / whole * cast::count_to_f64(service.ns());
    Span::from_ns(cast::f64_to_ns(ns))
}

/// The check that a refusal comes from; none where no check of the pipeline refused.
fn check_of(refusal: Refusal) -> Option<Check> {
    Some(match refusal {
        Refusal::Token(_) | Refusal::Did => Check::Token,
        Refusal::Label => Check::Label,
        Refusal::Block => Check::Block,
        Refusal::Contact => Check::Contact,
        Refusal::Limit(_) => Check::RateLimit,
        Refusal::Host => Check::Host,
        Refusal::Duplicate => Check::Dedup,
        Refusal::Unavailable(check) => check,
        Refusal::Ingress
        | Refusal::TooLarge
        | Refusal::InboxFull
        | Refusal::SenderPdsLimit
        | Refusal::SenderPdsTakedown
        | Refusal::NotHere => return None,
    })
}
