//! A retry policy at run time: when the next attempt is made, if one is.

use super::{BudgetSpec, Jitter, RetryAfter, RetrySpec};
use crate::protocol::Class;
use crate::units::{Share, Span};

/// A retry policy at run time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retry {
    tries: u16,
    base: Span,
    cap: Span,
    jitter: Jitter,
    lifetime: Option<Span>,
    asked_to_wait: Option<RetryAfter>,
    budget: Option<BudgetSpec>,
}

impl Retry {
    /// The policy that follows `spec`.
    pub fn new(spec: RetrySpec) -> Self {
        match spec {
            RetrySpec::None => Self::steadily(1, Span::ZERO),
            RetrySpec::Atproto(spec) => Self {
                tries: spec.tries,
                base: spec.base,
                cap: spec.cap,
                jitter: spec.jitter,
                lifetime: spec.lifetime,
                asked_to_wait: spec.retry_after,
                budget: spec.budget,
            },
            RetrySpec::Mail(spec) => Self {
                tries: spec.tries.unwrap_or(u16::MAX),
                base: spec.base,
                cap: spec.cap,
                jitter: spec.jitter,
                lifetime: Some(spec.lifetime),
                asked_to_wait: spec.retry_after,
                budget: spec.budget,
            },
        }
    }

    /// `tries` attempts, each `every` after the failure of the one before, whatever the answer
    /// asks for.
    pub fn steadily(tries: u16, every: Span) -> Self {
        Self {
            tries,
            base: every,
            cap: every,
            jitter: Jitter::Share(Share::ZERO),
            lifetime: None,
            asked_to_wait: Some(RetryAfter::Ignore),
            budget: None,
        }
    }

    /// Whether the sender's PDS ever tries again, and so must hear of failures.
    pub fn reacts(self) -> bool {
        self.tries > 1
    }

    /// The wait before the next attempt after `attempts` failed ones; none to give up.
    ///
    /// `draw` is uniform and decides the jitter.
    pub fn wait(self, attempts: u16, draw: u64) -> Option<Span> {
        (attempts < self.tries).then(|| {
            let doublings = u32::from(attempts.saturating_sub(1)).min(63);
            let wait = self.base.ns().saturating_mul(1 << doublings);
            self.jitter
                .vary(Span::from_ns(wait.min(self.cap.ns())), draw)
        })
    }

    /// Whether a message may still be tried when it is as old as `age`.
    pub fn allows(self, age: Span) -> bool {
        self.lifetime.is_none_or(|lifetime| age <= lifetime)
    }

    /// What it makes of Retry-After for a sender of the class.
    pub fn retry_after(self, class: Class) -> RetryAfter {
        self.asked_to_wait.unwrap_or(RetryAfter::habit_of(class))
    }

    /// The budget that each PDS keeps, if there is one.
    pub fn budget(self) -> Option<BudgetSpec> {
        self.budget
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{AtprotoSpec, MailSpec};

    const HALF: u64 = 1 << 63;

    fn atproto() -> Retry {
        Retry::new(RetrySpec::Atproto(AtprotoSpec {
            tries: 6,
            ..AtprotoSpec::default()
        }))
    }

    #[test]
    fn waits_double_up_to_the_cap_and_end_with_the_last_try() {
        // Half a draw is the middle of the jitter: 100, 200, 400, 800 ms, then the cap of 1 s.
        for (attempts, ms) in [(1, 100.0), (2, 200.0), (3, 400.0), (4, 800.0), (5, 1000.0)] {
            let wait = atproto().wait(attempts, HALF).unwrap().as_seconds() * 1e3;
            assert!((wait - ms).abs() < 1e-3, "{attempts}: {wait}");
        }
        assert_eq!(atproto().wait(6, HALF), None);
    }

    #[test]
    fn jitter_stays_within_its_share() {
        let wait = |draw| atproto().wait(1, draw).unwrap().as_seconds();
        assert!((wait(0) - 0.085).abs() < 1e-6);
        assert!((wait(u64::MAX) - 0.115).abs() < 1e-6);
    }

    #[test]
    fn none_never_tries_again() {
        let none = Retry::new(RetrySpec::None);
        assert!(!none.reacts());
        assert_eq!(none.wait(1, HALF), None);
    }

    #[test]
    fn mail_is_tried_for_five_days() {
        // 5, 10, 20, 40 min, then every 66 min: the fifth attempt is made 75 min after the first,
        // and 107 more at 66 min each fit into the 7,200 min of five days: 75 + 107 x 66 = 7,137.
        let mail = Retry::new(RetrySpec::Mail(MailSpec::default()));
        let mut age = Span::ZERO;
        let mut attempts = 1;
        while let Some(wait) = mail.wait(attempts, HALF)
            && mail.allows(age + wait)
        {
            age = age + wait;
            attempts += 1;
        }
        assert_eq!((attempts, age), (112, Span::from_s(7_137 * 60)));
    }

    #[test]
    fn spammers_do_not_wait_for_retry_after_unless_told_to() {
        assert_eq!(atproto().retry_after(Class::Ham), RetryAfter::Honour);
        assert_eq!(atproto().retry_after(Class::Spam), RetryAfter::Ignore);
        let storm = Retry::steadily(9, Span::ZERO);
        assert_eq!(storm.retry_after(Class::Ham), RetryAfter::Ignore);
    }
}
