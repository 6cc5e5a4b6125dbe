//! Request-stuffing: the places for requests of one recipient after the other are filled, so that honest
//! strangers find no room, or are evicted before anybody looks.
//!
//! The attacker knows how many requests are held per recipient (`room`) and per pair (`per-pair`) from
//! the documentation. A victim gets `room` messages, `per-pair` from each of as many identities as that
//! takes; then the next victim has his turn, and after the last one the first again, which replaces what
//! expired, was rejected or evicted. With lists that refuse what is beyond them, one round shuts
//! strangers out until the requests expire; with lists that evict the oldest, a request lives while
//! fewer than `room` others come after it: at r per second and victim, `room` / r seconds.
//!
//! Where a refusal is told, it knows that a list is full and turns to the next victim; where it is silent,
//! the rest of the victim's messages is wasted.
//!
//! It takes `room` / `per-pair` identities; with fewer the caps per pair stop it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, AttackEntry, Move, Opportunity};
use crate::rng::Permutation;
use crate::units::{UnitError, cast};

pub(super) const ENTRY: AttackEntry = AttackEntry {
    name: "request-stuffing",
    does: "fills the places for requests of one recipient after the other, with as many identities as the caps per pair ask for",
    observes: "the public list of accounts, the documented caps of requests, and refusals that are told",
    defence: "a cap per pair and costly identities, eviction of the heaviest sender, a budget of new contacts per sender or PDS, labels that purge; a larger list only costs the attacker more messages",
};

/// Parameters of request-stuffing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RequestStuffingSpec {
    /// How many requests a recipient has room for.
    pub room: u32,
    /// How many of them one sender may have.
    pub per_pair: u32,
    /// How many accounts it stuffs; all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub victims: Option<u32>,
}

impl Default for RequestStuffingSpec {
    fn default() -> Self {
        Self {
            room: 100,
            per_pair: 1,
            victims: None,
        }
    }
}

impl RequestStuffingSpec {
    pub(super) fn faults(self) -> Vec<(&'static str, UnitError)> {
        let counts = [
            ("request-stuffing.room", Some(self.room)),
            ("request-stuffing.per-pair", Some(self.per_pair)),
            ("request-stuffing.victims", self.victims),
        ];
        let none = counts.into_iter().filter(|(_, count)| *count == Some(0));
        none.map(|(key, _)| {
            let fault = "0 fills no list".to_owned();
            let remedy = "write 1 or more".to_owned();
            (key, UnitError { fault, remedy })
        })
        .collect()
    }
}

/// How far a campaign has come.
#[derive(Debug, Clone)]
pub struct RequestStuffing {
    spec: RequestStuffingSpec,
    key: u64,
    /// Messages that were sent, or that it could spare itself.
    sent: u64,
    /// Whose turn it was when each identity wrote last.
    turns: Vec<u64>,
}

impl RequestStuffing {
    pub(super) fn new(spec: RequestStuffingSpec, identities: u32, key: u64) -> Self {
        let turns = vec![u64::MAX; identities as usize];
        Self {
            spec,
            key,
            sent: 0,
            turns,
        }
    }

    /// Who is told that there is no room spares himself the rest of this victim's messages.
    pub(super) fn hear(&mut self, identity: u32, answer: Answer) {
        let room = u64::from(self.spec.room);
        let turn = self.sent.saturating_sub(1) / room;
        if answer == Answer::Refused && self.turns[identity as usize] == turn {
            self.sent = (turn + 1) * room;
        }
    }

    pub(super) fn decide(&mut self, opportunity: Opportunity) -> Move {
        let accounts = u64::from(opportunity.accounts);
        let victims = self.spec.victims.map_or(accounts, u64::from).min(accounts);
        let (room, per_pair) = (u64::from(self.spec.room), u64::from(self.spec.per_pair));
        let victim = self.sent / room % victims;
        // Each round goes on with the identities after those of the round before.
        let round = self.sent / (room * victims);
        let turn = (round * room + self.sent % room) / per_pair;
        let identity = cast::low_u32(turn % u64::from(opportunity.identities));
        self.turns[identity as usize] = self.sent / room;
        self.sent += 1;
        Move::SendTo {
            identity,
            account: cast::low_u32(Permutation::new(accounts, self.key).image(victim)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Time;

    fn moves(spec: RequestStuffingSpec, identities: u32, count: usize) -> Vec<(u32, u32)> {
        let mut campaign = RequestStuffing::new(spec, identities, 7);
        let opportunity = Opportunity {
            now: Time::ZERO,
            identity: 0,
            identities,
            accounts: 50,
        };
        let sends = std::iter::repeat_with(|| match campaign.decide(opportunity) {
            Move::SendTo { identity, account } => (identity, account),
            other => panic!("it only sends: {other:?}"),
        });
        sends.take(count).collect()
    }

    #[test]
    fn a_victims_list_is_filled_within_the_caps_before_the_next_one_has_its_turn() {
        let spec = RequestStuffingSpec {
            room: 6,
            per_pair: 2,
            victims: Some(2),
        };
        let sends = moves(spec, 100, 24);
        let identities: Vec<u32> = sends.iter().map(|send| send.0).collect();
        // Three identities twice each, the same for both victims; new ones in the second round.
        let round = |first: u32| (0..6).map(move |k| first + k / 2);
        let expected: Vec<u32> = round(0)
            .chain(round(0))
            .chain(round(3))
            .chain(round(3))
            .collect();
        assert_eq!(identities, expected);
        let victims: Vec<u32> = sends.chunks(6).map(|six| six[0].1).collect();
        assert!(victims[0] != victims[1] && victims[..2] == victims[2..]);
        assert!(
            sends
                .chunks(6)
                .all(|six| six.iter().all(|send| send.1 == six[0].1))
        );
    }

    #[test]
    fn a_refusal_that_is_told_spares_the_rest_of_the_victims_messages() {
        let spec = RequestStuffingSpec {
            room: 4,
            ..RequestStuffingSpec::default()
        };
        let mut campaign = RequestStuffing::new(spec, 8, 7);
        let opportunity = Opportunity {
            now: Time::ZERO,
            identity: 0,
            identities: 8,
            accounts: 50,
        };
        let mut send = |told: Option<Answer>| {
            let Move::SendTo { identity, account } = campaign.decide(opportunity) else {
                panic!("it only sends");
            };
            if let Some(answer) = told {
                campaign.hear(identity, answer);
            }
            account
        };
        let first = send(Some(Answer::LetIn));
        assert_eq!(send(None), first);
        assert_eq!(send(Some(Answer::Refused)), first);
        let second = send(None);
        assert_ne!(second, first);
        // The last of a victim's messages is refused: nothing is left to be spared.
        assert_eq!([send(None), send(None)], [second, second]);
        assert_eq!(send(Some(Answer::Refused)), second);
        let third = send(None);
        assert!(third != second && third != first);
    }

    #[test]
    fn everybody_is_stuffed_before_anybody_again() {
        let spec = RequestStuffingSpec {
            room: 3,
            ..RequestStuffingSpec::default()
        };
        let mut victims: Vec<u32> = moves(spec, 3, 150).iter().map(|send| send.1).collect();
        victims.dedup();
        victims.sort_unstable();
        assert_eq!(victims, (0..50).collect::<Vec<_>>());
    }
}
