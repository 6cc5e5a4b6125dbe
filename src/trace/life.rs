//! The lives of chosen messages: everything that happened to each, and what happened to its sender
//! that its checks could have known.

use std::collections::BTreeMap;

use crate::protocol::{
    Account, Effect, Fact, Failing, LabelKnown, LabelerId, LayerSight, LookUp, Message, MessageId,
    Observer, Outcome, Pds, Refusal, Sight,
};
use crate::units::{Span, Time};

/// Everything that happened to one message.
#[derive(Debug, Clone)]
pub struct Life {
    /// The message as it was told last before its outcome, or with it.
    pub message: Message,
    /// What happened to it, in the order of facts.
    pub steps: Vec<(Time, Step)>,
    /// Its outcome, with the instant; none where the run was stopped before.
    pub outcome: Option<(Time, Outcome)>,
    /// The labels on its sender, from its creation on.
    pub labels: Vec<(Time, LabelEvent)>,
    /// When its recipient blocked its sender.
    pub blocked: Option<Time>,
}

/// Something that happened to a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Its sender wrote it.
    Created,
    /// The outbound limits of the sender's PDS were looked at.
    OutboundSeen(Vec<LayerSight>),
    /// They were asked.
    OutboundLimits {
        /// Bit mask of the layers that refused.
        refused: u64,
    },
    /// An attempt reached the recipient's PDS, having left the sender's at the instant told.
    Arrived {
        /// Which attempt.
        attempt: u16,
        /// When it left.
        sent: Time,
        /// The last instant at which its token is valid, on the clock that minted it.
        expires: Time,
    },
    /// It waits in the inbox.
    Entered,
    /// It lost its place in the inbox.
    Displaced,
    /// A worker took it: what the checks look at.
    Seen(Box<Sight>),
    /// A worker ruled.
    Taken {
        /// How long it had waited since it arrived.
        waited: Span,
        /// How long the worker is busy with it.
        service: Span,
        /// The refusal, or none.
        refusal: Option<Refusal>,
        /// Whether a label was known.
        label: LabelKnown,
        /// Bit mask of the limit layers that were asked.
        asked: u64,
        /// Bit mask of those that refused.
        refused: u64,
        /// Whether the ruling decides.
        effect: Effect,
    },
    /// A PDS looked a DID up.
    LookedUp(LookUp),
    /// The worker was done.
    Served,
    /// The worker died.
    Crashed,
    /// A copy came to an end of its own.
    CopyFinished(Outcome),
    /// The sender's PDS tries again after so long.
    Retry(Span),
    /// The attempt did not reach the recipient's PDS.
    Failed(Failing),
    /// It has its outcome.
    Finished(Outcome),
    /// The recipient read it.
    Read,
    /// The recipient reported it.
    Reported,
    /// The recipient blocked its sender after it.
    Blocked,
    /// The recipient muted its sender after it.
    Muted,
    /// The recipient had muted its sender before, and does not see it.
    Hidden,
    /// The recipient accepted the request.
    Accepted,
    /// A label had removed it when the recipient came to read it.
    CleanedUp,
}

/// Something that happened to the label of a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelEvent {
    /// A label was issued; where the recipient's PDS hears of it by itself, from when on.
    Issued(LabelerId, Option<Time>),
    /// A label was taken back or has expired.
    Ended(LabelerId),
}

/// The observer that writes the lives of chosen messages.
#[derive(Debug, Default)]
pub struct Chronicle {
    /// The chosen messages; none yet for those that were not created so far.
    lives: BTreeMap<MessageId, Option<Life>>,
}

impl Chronicle {
    /// A chronicle of the messages `chosen`.
    pub fn new(chosen: impl IntoIterator<Item = MessageId>) -> Self {
        Self {
            lives: chosen.into_iter().map(|id| (id, None)).collect(),
        }
    }

    /// The lives of those that were created, by identity.
    pub fn into_lives(self) -> Vec<Life> {
        self.lives.into_values().flatten().collect()
    }

    /// The life of a message so far, if it is a chosen one and was created.
    pub fn life(&self, id: MessageId) -> Option<&Life> {
        self.lives.get(&id)?.as_ref()
    }

    fn written(&mut self) -> impl Iterator<Item = &mut Life> {
        self.lives.values_mut().flatten()
    }

    fn note_label(&mut self, now: Time, subject: Account, event: LabelEvent) {
        for life in self.written() {
            if life.message.sender == subject {
                life.labels.push((now, event));
            }
        }
    }

    /// The last label of a labeler will reach a PDS then.
    fn note_reach(&mut self, labeler: LabelerId, subject: Account, at: (Pds, Option<Time>)) {
        for life in self.written() {
            let (sender, pds) = (life.message.sender, life.message.recipient_pds);
            let of_labeler = |(_, event): &&mut (Time, LabelEvent)| matches!(event, LabelEvent::Issued(who, _) if *who == labeler);
            if sender == subject
                && pds == at.0
                && let Some((_, event)) = life.labels.iter_mut().rfind(of_labeler)
            {
                *event = LabelEvent::Issued(labeler, at.1);
            }
        }
    }

    fn note_block(&mut self, now: Time, message: &Message) {
        let pair = (message.sender, message.recipient);
        for life in self.written() {
            if (life.message.sender, life.message.recipient) == pair {
                life.blocked.get_or_insert(now);
            }
        }
    }

    fn write(&mut self, now: Time, message: &Message, fact: &Fact<'_>) {
        let Some(place) = self.lives.get_mut(&message.id) else {
            return;
        };
        let Some(step) = step_of(fact) else { return };
        let life = place.get_or_insert_with(|| Life {
            message: *message,
            steps: Vec::new(),
            outcome: None,
            labels: Vec::new(),
            blocked: None,
        });
        if life.outcome.is_none() {
            life.message = *message;
        }
        if let Step::Finished(outcome) = step {
            life.outcome = Some((now, outcome));
        }
        life.steps.push((now, step));
    }
}

impl Observer for Chronicle {
    fn needs_order(&self) -> bool {
        true
    }

    fn looks_into(&self, message: &Message) -> bool {
        self.lives.contains_key(&message.id)
    }

    fn asks_of_labels(&self, subject: Account) -> Vec<Pds> {
        let lives = self.lives.values().flatten();
        let own = lives.filter(|life| life.message.sender == subject);
        own.map(|life| life.message.recipient_pds).collect()
    }

    fn observe(&mut self, now: Time, fact: &Fact<'_>) {
        match fact {
            Fact::LabelIssued {
                labeler, subject, ..
            } => self.note_label(now, *subject, LabelEvent::Issued(*labeler, None)),
            Fact::LabelToReach {
                labeler,
                subject,
                pds,
                known,
            } => self.note_reach(*labeler, *subject, (*pds, *known)),
            Fact::LabelEnded {
                labeler, subject, ..
            } => self.note_label(now, *subject, LabelEvent::Ended(*labeler)),
            _ => {}
        }
        if let Fact::Blocked(message) = fact {
            self.note_block(now, message);
        }
        if let Some(message) = fact.message() {
            self.write(now, message, fact);
        }
    }
}

/// What a fact is in the life of its message.
fn step_of(fact: &Fact<'_>) -> Option<Step> {
    Some(match fact {
        Fact::Created(_) => Step::Created,
        Fact::OutboundInspected { layers, .. } => Step::OutboundSeen(layers.to_vec()),
        Fact::OutboundLimits { refused, .. } => Step::OutboundLimits { refused: *refused },
        Fact::Arrived(message) => Step::Arrived {
            attempt: message.attempts,
            sent: message.sent,
            expires: message.token.expires,
        },
        Fact::Entered(_) => Step::Entered,
        Fact::Displaced(_) => Step::Displaced,
        Fact::Inspected { sight, .. } => Step::Seen(Box::new((*sight).clone())),
        Fact::Taken {
            message,
            service,
            refusal,
            label,
            asked,
            refused,
            effect,
        } => Step::Taken {
            waited: message.wait(),
            service: *service,
            refusal: *refusal,
            label: *label,
            asked: *asked,
            refused: *refused,
            effect: *effect,
        },
        Fact::LookedUp { look_up, .. } => Step::LookedUp(*look_up),
        Fact::Served(_) => Step::Served,
        Fact::Crashed(_) => Step::Crashed,
        Fact::CopyFinished { outcome, .. } => Step::CopyFinished(*outcome),
        Fact::RetryScheduled { after, .. } => Step::Retry(*after),
        Fact::Failed { why, .. } => Step::Failed(*why),
        Fact::Finished { outcome, .. } => Step::Finished(*outcome),
        Fact::Read(_) => Step::Read,
        Fact::Reported(_) => Step::Reported,
        Fact::Blocked(_) => Step::Blocked,
        Fact::Muted(_) => Step::Muted,
        Fact::Hidden(_) => Step::Hidden,
        Fact::Accepted(_) => Step::Accepted,
        Fact::CleanedUp(_) => Step::CleanedUp,
        _ => return None,
    })
}
