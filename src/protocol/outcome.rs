//! What becomes of a message: exactly one terminal outcome each.

use super::Check;

/// The terminal outcome of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// In the recipient's inbox.
    Delivered,
    /// Turned away.
    Refused(Refusal),
    /// Held as a contact request when the run ended.
    RequestPending,
    /// A contact request that the recipient rejected.
    RequestRejected,
    /// A contact request that nobody answered in time.
    RequestExpired,
    /// A contact request that had to make room for another one.
    RequestEvicted,
    /// A contact request that a label on its sender removed.
    RequestPurged,
    /// Lost in transit, and never sent again.
    Lost,
    /// A retry policy ended on temporary failures.
    GaveUp,
    /// Still on its way when the run ended.
    InFlight,
}

/// Why a message was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// By the token check.
    Token(TokenRefusal),
    /// A label on the sender.
    Label,
    /// A block by the recipient.
    Block,
    /// Not an accepted contact.
    Contact,
    /// By the rate-limit layer with this index at the recipient's PDS.
    Limit(u8),
    /// The inbox was full.
    InboxFull,
    /// By an outbound limit of the sender's own PDS.
    SenderPdsLimit,
    /// The sender's own PDS has taken the account down.
    SenderPdsTakedown,
    /// The recipient's PDS refuses the sender's whole PDS.
    Host,
    /// The message was accepted before.
    Duplicate,
    /// The check could not be made.
    Unavailable(Check),
    /// A DID could not be resolved.
    Did,
    /// The recipient has moved to another PDS.
    NotHere,
    /// A limit at the door of the recipient's PDS.
    Ingress,
    /// The body is larger than an inbox takes.
    TooLarge,
}

/// Why a token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenRefusal {
    /// `exp` had passed when the worker looked.
    Expired,
    /// `aud` is somebody else.
    Audience,
    /// `lxm` is another method.
    Lexicon,
    /// `iss` may not write.
    Issuer,
    /// The signature is not the issuer's.
    Signature,
    /// `iat` lies ahead of the verifier's clock, or `exp` further ahead than is allowed.
    NotYetValid,
    /// The same token came before.
    Replay,
}

/// Every outcome that does not name a limit layer, in the order of its index.
const PLAIN: [Outcome; 35] = [
    Outcome::Delivered,
    Outcome::Refused(Refusal::Token(TokenRefusal::Expired)),
    Outcome::Refused(Refusal::Token(TokenRefusal::Audience)),
    Outcome::Refused(Refusal::Token(TokenRefusal::Lexicon)),
    Outcome::Refused(Refusal::Token(TokenRefusal::Issuer)),
    Outcome::Refused(Refusal::Token(TokenRefusal::Signature)),
    Outcome::Refused(Refusal::Label),
    Outcome::Refused(Refusal::Block),
    Outcome::Refused(Refusal::Contact),
    Outcome::Refused(Refusal::InboxFull),
    Outcome::Refused(Refusal::SenderPdsLimit),
    Outcome::RequestPending,
    Outcome::RequestRejected,
    Outcome::RequestExpired,
    Outcome::Lost,
    Outcome::GaveUp,
    Outcome::InFlight,
    Outcome::Refused(Refusal::Token(TokenRefusal::NotYetValid)),
    Outcome::Refused(Refusal::Token(TokenRefusal::Replay)),
    Outcome::Refused(Refusal::Did),
    Outcome::Refused(Refusal::NotHere),
    Outcome::Refused(Refusal::SenderPdsTakedown),
    Outcome::Refused(Refusal::Host),
    Outcome::Refused(Refusal::Duplicate),
    Outcome::Refused(Refusal::Unavailable(Check::Token)),
    Outcome::Refused(Refusal::Unavailable(Check::Label)),
    Outcome::Refused(Refusal::Unavailable(Check::Block)),
    Outcome::Refused(Refusal::Unavailable(Check::Contact)),
    Outcome::Refused(Refusal::Unavailable(Check::RateLimit)),
    Outcome::Refused(Refusal::Unavailable(Check::Host)),
    Outcome::Refused(Refusal::Unavailable(Check::Dedup)),
    Outcome::RequestEvicted,
    Outcome::RequestPurged,
    Outcome::Refused(Refusal::Ingress),
    Outcome::Refused(Refusal::TooLarge),
];

impl Outcome {
    /// All outcomes of a run with `layers` limit layers, in the order of their index.
    pub fn all(layers: u8) -> impl Iterator<Item = Self> {
        PLAIN
            .into_iter()
            .chain((0..layers).map(|layer| Self::Refused(Refusal::Limit(layer))))
    }

    /// How many outcomes a run with `layers` limit layers has.
    pub fn count(layers: u8) -> usize {
        PLAIN.len() + usize::from(layers)
    }

    /// A dense index, stable for a given number of layers.
    pub fn index(self) -> usize {
        match self {
            Self::Delivered => 0,
            Self::Refused(Refusal::Token(TokenRefusal::NotYetValid)) => 17,
            Self::Refused(Refusal::Token(TokenRefusal::Replay)) => 18,
            Self::Refused(Refusal::Did) => 19,
            Self::Refused(Refusal::NotHere) => 20,
            Self::Refused(Refusal::Token(reason)) => 1 + reason as usize,
            Self::Refused(Refusal::Label) => 6,
            Self::Refused(Refusal::Block) => 7,
            Self::Refused(Refusal::Contact) => 8,
            Self::Refused(Refusal::InboxFull) => 9,
            Self::Refused(Refusal::SenderPdsLimit) => 10,
            Self::RequestPending => 11,
            Self::RequestRejected => 12,
            Self::RequestExpired => 13,
            Self::Lost => 14,
            Self::GaveUp => 15,
            Self::InFlight => 16,
            Self::Refused(Refusal::SenderPdsTakedown) => 21,
            Self::Refused(Refusal::Host) => 22,
            Self::Refused(Refusal::Duplicate) => 23,
            Self::Refused(Refusal::Unavailable(check)) => 24 + check as usize,
            Self::RequestEvicted => 31,
            Self::RequestPurged => 32,
            Self::Refused(Refusal::Ingress) => 33,
            Self::Refused(Refusal::TooLarge) => 34,
            Self::Refused(Refusal::Limit(layer)) => PLAIN.len() + usize::from(layer),
        }
    }

    /// The name used in results; `layers` are the names of the limit layers by index.
    pub fn name(self, layers: &[String]) -> String {
        match self {
            Self::Delivered => "delivered".to_owned(),
            Self::Refused(refusal) => refusal.name(layers),
            Self::RequestPending => "request.pending".to_owned(),
            Self::RequestRejected => "request.rejected".to_owned(),
            Self::RequestExpired => "request.expired".to_owned(),
            Self::RequestEvicted => "request.evicted".to_owned(),
            Self::RequestPurged => "request.purged".to_owned(),
            Self::Lost => "lost".to_owned(),
            Self::GaveUp => "gave-up".to_owned(),
            Self::InFlight => "in-flight".to_owned(),
        }
    }
}

impl Outcome {
    /// What it means, in one sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Delivered => "the message is in the recipient's inbox",
            Self::Refused(refusal) => refusal.meaning(),
            Self::RequestPending => {
                "the message is held as a contact request, unanswered when the run ended"
            }
            Self::RequestRejected => {
                "the message was held as a contact request and the recipient rejected it"
            }
            Self::RequestExpired => {
                "the message was held as a contact request and nobody answered in time"
            }
            Self::RequestEvicted => {
                "the message was held as a contact request and had to make room for another one"
            }
            Self::RequestPurged => {
                "the message was held as a contact request when its recipient's PDS learned of a label on its sender"
            }
            Self::Lost => "the message was lost in transit and not sent again",
            Self::GaveUp => "the sender's PDS gave up after its last retry met a temporary failure",
            Self::InFlight => "the message was still on its way when the run ended",
        }
    }
}

impl Refusal {
    const fn meaning(self) -> &'static str {
        match self {
            Self::Token(TokenRefusal::Expired) => {
                "the service-auth token had expired when a worker took the message"
            }
            Self::Token(TokenRefusal::Audience) => {
                "the `aud` of the service-auth token names somebody else"
            }
            Self::Token(TokenRefusal::Lexicon) => {
                "the `lxm` of the service-auth token names another method"
            }
            Self::Token(TokenRefusal::Issuer) => {
                "the `iss` of the service-auth token may not write in the sender's name"
            }
            Self::Token(TokenRefusal::Signature) => {
                "the signature of the service-auth token is not the issuer's"
            }
            Self::Token(TokenRefusal::NotYetValid) => {
                "by the verifier's clock the service-auth token is not valid yet: `iat` lies ahead of it, or `exp` further ahead than max-lifetime"
            }
            Self::Token(TokenRefusal::Replay) => {
                "a token with the same issuer and `jti` was accepted before"
            }
            Self::Did => {
                "a DID could not be resolved, and nobody tried again: the sender's, whose key signs the token, or the recipient's, which names his PDS"
            }
            Self::NotHere => {
                "the recipient had moved to another PDS, and the sender's PDS did not look again where he is"
            }
            Self::Label => {
                "a label that is known at the recipient's PDS calls the sender a spammer"
            }
            Self::Block => "the recipient has blocked the sender",
            Self::Contact => "the rule of first contact does not let the sender write",
            Self::Limit(_) => "a rate limit of this name was the first to refuse the message",
            Self::InboxFull => {
                "the inbox was full: the message was turned away, or dropped as the oldest"
            }
            Self::Ingress => {
                "a limit at the door of the recipient's PDS refused it before it was in the inbox"
            }
            Self::TooLarge => "its body is larger than an inbox takes",
            Self::SenderPdsLimit => "an outbound rate limit of the sender's own PDS refused it",
            Self::SenderPdsTakedown => {
                "the sender's own PDS had taken the account down after a label"
            }
            Self::Host => "the recipient's PDS refuses everything from the sender's PDS",
            Self::Duplicate => "the same message had been accepted before",
            Self::Unavailable(_) => {
                "the check could not be made, and it fails closed or its tries were used up"
            }
        }
    }

    fn name(self, layers: &[String]) -> String {
        match self {
            Self::Token(reason) => format!("refused.token.{}", reason.name()),
            Self::Label => "refused.label".to_owned(),
            Self::Block => "refused.block".to_owned(),
            Self::Contact => "refused.contact".to_owned(),
            Self::Limit(layer) => format!("refused.limit.{}", layers[usize::from(layer)]),
            Self::InboxFull => "refused.inbox-full".to_owned(),
            Self::SenderPdsLimit => "refused.sender-pds.limit".to_owned(),
            Self::SenderPdsTakedown => "refused.sender-pds.takedown".to_owned(),
            Self::Host => "refused.host".to_owned(),
            Self::Duplicate => "refused.duplicate".to_owned(),
            Self::Unavailable(check) => format!("refused.{}.unavailable", check.name()),
            Self::Did => "refused.did".to_owned(),
            Self::NotHere => "refused.not-here".to_owned(),
            Self::Ingress => "refused.ingress".to_owned(),
            Self::TooLarge => "refused.too-large".to_owned(),
        }
    }
}

impl TokenRefusal {
    /// The name used in results, behind `refused.token.`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Audience => "audience",
            Self::Lexicon => "lexicon",
            Self::Issuer => "issuer",
            Self::Signature => "signature",
            Self::NotYetValid => "not-yet-valid",
            Self::Replay => "replay",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_an_outcome_is_its_place_in_the_list() {
        for (place, outcome) in Outcome::all(3).enumerate() {
            assert_eq!(outcome.index(), place, "{outcome:?}");
        }
        assert_eq!(Outcome::all(3).count(), Outcome::count(3));
    }

    #[test]
    fn names_are_distinct_and_name_the_layer() {
        let layers = ["a".to_owned(), "b".to_owned()];
        let names: std::collections::BTreeSet<_> =
            Outcome::all(2).map(|o| o.name(&layers)).collect();
        assert_eq!(names.len(), Outcome::count(2));
        assert!(names.contains("refused.limit.b"));
    }
}
