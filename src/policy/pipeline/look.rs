//! Looking at the checks without asking them: what each would see of a message.

use super::{Defences, Evidence, Pipeline};
use crate::policy::{ContactSpec, Standing, limit};
use crate::protocol::{BlockSight, Check, ContactSight, CopySight, HostSight, LayerSight};
use crate::units::Time;

impl Pipeline {
    /// The checks in their order.
    pub fn order(&self) -> &[Check] {
        &self.order
    }

    /// Whether the recipient has blocked the sender.
    pub fn look_at_block(&self, evidence: &Evidence, own: &Defences) -> BlockSight {
        if own.blocks.blocks(evidence.recipient, evidence.sender) {
            BlockSight::Blocked
        } else {
            BlockSight::None
        }
    }

    /// How the sender stands with the recipient.
    pub fn look_at_contact(&self, evidence: &Evidence, own: &Defences) -> ContactSight {
        let contacts = &own.contacts;
        let (recipient, sender) = (evidence.recipient, evidence.sender);
        if self.contact == ContactSpec::Open {
            ContactSight::Open
        } else if contacts.wrote(recipient, sender) {
            ContactSight::Wrote
        } else if contacts.accepts(recipient, sender) {
            ContactSight::Accepted
        } else if evidence.acquaintance == Standing::Accepted {
            ContactSight::Known
        } else {
            let (of_pair, of_recipient) = contacts.pending(recipient, sender);
            ContactSight::Stranger {
                of_pair,
                of_recipient,
            }
        }
    }

    /// Whether the sender's whole PDS is refused.
    pub fn look_at_host(&self, now: Time, evidence: &Evidence) -> HostSight {
        let (judge, sender) = (evidence.recipient_pds, evidence.sender_pds);
        if self.hosts.refuses(now, judge, sender) {
            HostSight::Refused(sender)
        } else {
            HostSight::Welcome
        }
    }

    /// Whether the message was accepted before.
    pub fn look_at_copies(&self, now: Time, evidence: &Evidence, here: &Defences) -> CopySight {
        if here.seen.knows(now, evidence.identity) {
            CopySight::Seen
        } else {
            CopySight::New
        }
    }

    /// What the limits of the judging PDS have left; `own` is what belongs to the recipient.
    pub fn look_at_limits(
        &self,
        now: Time,
        evidence: &Evidence,
        (own, here): (&Defences, &Defences),
    ) -> Vec<LayerSight> {
        let standing = self.standing(evidence, &own.contacts);
        let kind = if own.contacts.wrote(evidence.recipient, evidence.sender) {
            limit::Kind::Reply
        } else {
            limit::Kind::Fresh
        };
        here.limits.look(&evidence.request(now, standing, kind), 0)
    }
}
