//! Showing an observer what a worker sees before it rules. Nothing is changed, drawn or scheduled.

use super::world::World;
use crate::labeler::{Label, Propagation};
use crate::policy::limit::Request;
use crate::policy::{CheckSet, Evidence};
use crate::protocol::{Account, Check, Fact, LabelSight, LabelerId, Message, Observer, Sight};
use crate::units::Time;

impl<O: Observer> World<'_, O> {
    /// A worker takes a message: tells what its checks look at, to whoever looks into it.
    #[inline(always)]
    pub(super) fn inspect(&mut self, now: Time, index: u32, evidence: &Evidence) {
        if self.observer.looks_into(&self.flights[index].message) {
            self.tell_sight(now, index, evidence);
        }
    }

    fn tell_sight(&mut self, now: Time, index: u32, evidence: &Evidence) {
        let message = self.flights[index].message;
        let pipeline = &self.plan.pipeline;
        let own = &self.pdses[self.keeper(message.recipient)].defences;
        let here = &self.pdses[message.recipient_pds.0 as usize].defences;
        let sight = Sight {
            order: pipeline.order().to_vec(),
            failing: failing(evidence.failing),
            clock: self.auth.reading(message.recipient_pds, now),
            leeway: self.plan.auth.strictness.leeway,
            labels: self.labels_on(&message),
            block: pipeline.look_at_block(evidence, own),
            contact: pipeline.look_at_contact(evidence, own),
            host: pipeline.look_at_host(now, evidence),
            copy: pipeline.look_at_copies(now, evidence, here),
            layers: pipeline.look_at_limits(now, evidence, (own, here)),
        };
        let (message, sight) = (&message, &sight);
        self.observer
            .observe(now, &Fact::Inspected { message, sight });
    }

    /// An attempt is about to leave: tells what the outbound limits have left.
    #[inline(always)]
    pub(super) fn inspect_outbound(&mut self, now: Time, message: &Message, request: &Request) {
        if self.observer.looks_into(message) {
            let outbound = &self.pdses[message.sender_pds.0 as usize].outbound;
            let layers = outbound.look(request, self.plan.inbound_layers());
            let layers = layers.as_slice();
            self.observer
                .observe(now, &Fact::OutboundInspected { message, layers });
        }
    }

    /// A label was issued: tells when it reaches the PDSes that somebody asks about.
    pub(super) fn tell_reach(&mut self, now: Time, labeler: u16, label: &Label, subject: Account) {
        for pds in self.observer.asks_of_labels(subject) {
            let known = self.label_known(labeler, label, subject, pds);
            let labeler = LabelerId(labeler);
            let fact = Fact::LabelToReach {
                labeler,
                subject,
                pds,
                known,
            };
            self.observer.observe(now, &fact);
        }
    }

    /// The labels on the sender of a message that the recipient's PDS could hear of.
    fn labels_on(&self, message: &Message) -> Vec<LabelSight> {
        let (sender, pds) = (message.sender, message.recipient_pds);
        let mut found = Vec::new();
        for labeler in self.plan.labelers.heard(pds) {
            let state = &self.labelers[usize::from(labeler)];
            let propagation = &self.plan.labelers.bylaws(labeler).propagation;
            let asks = matches!(propagation, Propagation::Cache(_));
            for label in state.board.labels(sender) {
                let (from, until) = self.term(labeler, &label, sender, pds);
                let known = if asks {
                    state.answers.learned(pds, sender)
                } else {
                    Some(from).filter(|from| *from != Time::NEVER)
                };
                found.push(LabelSight {
                    labeler: LabelerId(labeler),
                    issued: label.issued,
                    known,
                    until,
                });
            }
        }
        found
    }
}

fn failing(set: CheckSet) -> Vec<Check> {
    let is_failing = |check: &Check| set.contains(*check);
    Check::ALL.into_iter().filter(is_failing).collect()
}
