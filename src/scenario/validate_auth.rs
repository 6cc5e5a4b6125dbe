//! What the keys of `[auth]`, `[did]` and `[migration]` must say together.

use super::validate::Findings;
use super::{Home, ScenarioSpec, SendersSpec};
use crate::protocol::{Check, Class};
use crate::units::Span;

/// The longest lifetime that a server of the reference implementation mints a token for.
const LONGEST: Span = Span::from_s(3_600);

/// Longer than any clock is off, and short enough that sums of instants stay far from the end.
const FURTHEST: Span = Span::from_s(10 * 365 * 86_400);

pub(super) fn check(spec: &ScenarioSpec, found: &mut Findings) {
    let auth = &spec.auth;
    if auth.lifetime > LONGEST {
        found.error(
            "auth.lifetime",
            format!("no server mints a token for {}", auth.lifetime),
            "write at most \"3600s\"",
        );
    }
    if auth.resolution.is_some_and(Span::is_zero) {
        found.error(
            "auth.resolution",
            "a resolution of 0s rounds to nothing",
            "leave it out for exact times",
        );
    }
    if auth.max_lifetime.is_some_and(Span::is_zero) {
        found.error(
            "auth.max-lifetime",
            "a largest lifetime of 0s refuses every token",
            "write a span such as \"1h\"",
        );
    }
    check_use(spec, found);
    if let Some(did) = &spec.did {
        found.of_part("did", did.faults());
    }
}

/// Keys that nothing reads.
fn check_use(spec: &ScenarioSpec, found: &mut Findings) {
    let is_checked = spec.pipeline.order.contains(&Check::Token);
    let auth = &spec.auth;
    let asks_more = auth.check_iat || auth.check_jti || auth.max_lifetime.is_some();
    if asks_more && !is_checked {
        found.warn(
            "auth",
            "nobody looks at tokens: the pipeline has no token check",
            "add \"token\" to pipeline.order",
        );
    }
    let too_far = |law: &crate::rng::Distribution| {
        law.mean_ns()
            .is_some_and(|mean| mean > crate::units::cast::count_to_f64(FURTHEST.ns()))
    };
    if auth.clock_offset.as_ref().is_some_and(too_far) {
        found.error(
            "auth.clock-offset",
            "clocks are off by more than ten years",
            "write a shorter span",
        );
    }
}

pub(super) fn check_senders(key: &str, senders: &SendersSpec, found: &mut Findings) {
    if let Some(lifetime) = senders.token_lifetime
        && lifetime > LONGEST
        && senders.home() != Home::OwnPds
    {
        found.error(
            format!("{key}.token-lifetime"),
            format!("no honest server mints a token for {lifetime}"),
            "write at most \"3600s\", or on = \"own-pds\"",
        );
    }
    if senders.did.is_some() && senders.class == Class::Ham {
        found.error(
            format!("{key}.did"),
            "honest accounts are did:plc, as nearly all are",
            "leave `did` out",
        );
    }
}
