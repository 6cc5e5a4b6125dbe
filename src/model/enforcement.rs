//! What PDSes make of the labels they know: refuse, take down, clean up.

use super::plan::Takedown;
use super::world::World;
use crate::des::Rank;
use crate::labeler::{Label, Need, News, Propagation, next_poll};
use crate::protocol::{Account, Fact, LabelerId, Message, Observer, Pds};
use crate::rng::{Purpose, uniform};
use crate::units::{Span, Time, cast};

/// From when to when something holds at a PDS.
#[derive(Clone, Copy)]
struct Validity {
    from: Time,
    until: Time,
}

/// An instant, and what of that instant has happened already.
#[derive(Clone, Copy)]
struct Moment {
    now: Time,
    rank: Rank,
}

impl Moment {
    /// Whether what takes effect at `time` is in effect.
    fn is_past(self, time: Time) -> bool {
        time < self.now || (time == self.now && self.rank > Rank::TakesEffect)
    }

    fn is_within(self, validity: Validity) -> bool {
        self.is_past(validity.from) && !self.is_past(validity.until)
    }
}

impl<O: Observer> World<'_, O> {
    /// Whether the recipient's PDS takes the sender of a message for a spammer.
    pub(super) fn is_label_known(&self, now: Time, message: &Message, rank: Rank) -> bool {
        self.is_labelled(now, rank, message.sender, message.recipient_pds)
    }

    /// Whether a PDS takes an account for a spammer.
    pub(super) fn is_labelled(&self, now: Time, rank: Rank, sender: Account, pds: Pds) -> bool {
        let moment = Moment { now, rank };
        self.agree(pds, |labeler| {
            self.calls_spammer(labeler, moment, sender, pds)
        })
    }

    /// When the next label on an account takes effect at a PDS of all that were issued; none where a
    /// PDS must ask for it.
    pub(super) fn label_due(
        &self,
        now: Time,
        rank: Rank,
        sender: Account,
        pds: Pds,
    ) -> Option<Time> {
        let moment = Moment { now, rank };
        let due_of = |labeler: u16| {
            let bylaws = self.plan.labelers.bylaws(labeler);
            let board = &self.labelers[usize::from(labeler)].board;
            let tells = !matches!(bylaws.propagation, Propagation::Cache(_));
            let labels = board.labels(sender).filter(move |_| tells);
            let validities = labels.map(move |label| self.validity(labeler, &label, sender, pds));
            validities
                .filter(move |v| !moment.is_past(v.from) && v.from < v.until)
                .map(|v| v.from)
                .min()
        };
        let due = self.plan.labelers.heard(pds).filter_map(due_of).min();
        due.filter(|due| *due != Time::NEVER)
    }

    /// Whether as many of the labelers that a PDS hears as the rule needs satisfy `says`.
    fn agree(&self, pds: Pds, says: impl Fn(u16) -> bool) -> bool {
        let needed = self.plan.labelers.needed;
        let mut found = 0;
        for labeler in self.plan.labelers.heard(pds) {
            if says(labeler) {
                found += 1;
                if found >= needed {
                    return true;
                }
            }
        }
        false
    }

    fn calls_spammer(&self, labeler: u16, moment: Moment, sender: Account, pds: Pds) -> bool {
        let state = &self.labelers[usize::from(labeler)];
        if !state.board.carries(sender) {
            return false;
        }
        let propagation = &self.plan.labelers.bylaws(labeler).propagation;
        if matches!(propagation, Propagation::Cache(_)) {
            return state.answers.says_labelled(pds, sender, moment.now);
        }
        let mut labels = state.board.labels(sender);
        labels.any(|label| moment.is_within(self.validity(labeler, &label, sender, pds)))
    }

    /// From when to when a PDS that subscribes, polls, or asks at once holds a label.
    fn validity(&self, labeler: u16, label: &Label, subject: Account, pds: Pds) -> Validity {
        let known = |number, at| self.bulletin_known(labeler, (subject, number), at, pds);
        Validity {
            from: known(2 * label.number, label.issued),
            until: known(2 * label.number + 1, label.negated).min(label.expires),
        }
    }

    /// From when to when a label counts at a PDS that hears of it by itself.
    pub(super) fn term(
        &self,
        labeler: u16,
        label: &Label,
        subject: Account,
        pds: Pds,
    ) -> (Time, Time) {
        let validity = self.validity(labeler, label, subject, pds);
        (validity.from, validity.until)
    }

    /// The recipient's PDS asks the labelers that it asks message by message.
    pub(super) fn ask_labelers(&mut self, now: Time, message: &Message, rank: Rank) {
        let plan = self.plan;
        let (sender, pds) = (message.sender, message.recipient_pds);
        for labeler in plan.labelers.heard(pds) {
            let bylaws = plan.labelers.bylaws(labeler);
            let Propagation::Cache(ttl) = bylaws.propagation else {
                continue;
            };
            let state = &mut self.labelers[usize::from(labeler)];
            let need = state.answers.need(pds, sender, now, ttl);
            if need == Need::Answered || now >= bylaws.dies {
                continue;
            }
            let until = self.standing_label(labeler, Moment { now, rank }, sender);
            let answers = &mut self.labelers[usize::from(labeler)].answers;
            if answers.keep(pds, sender, now, until) == News::First {
                self.tell_label_learned(now, labeler, sender, pds);
            }
            self.purge_here(now, rank, cast::index(u64::from(pds.0)), sender);
        }
    }

    /// Until when the label counts that stands at the labeler itself; none where none does.
    fn standing_label(&self, labeler: u16, moment: Moment, sender: Account) -> Option<Time> {
        let board = &self.labelers[usize::from(labeler)].board;
        let label = board.labels(sender).find(|label| {
            moment.is_within(Validity {
                from: label.issued,
                until: label.negated.min(label.expires),
            })
        });
        label.map(|label| label.expires)
    }

    fn tell_label_learned(&mut self, now: Time, labeler: u16, subject: Account, pds: Pds) {
        let first = self.first_deliveries.get(subject.0).copied();
        if let Some((_, first_delivered)) = first.filter(|(first, _)| *first == pds) {
            let fact = Fact::LabelLearned {
                labeler: LabelerId(labeler),
                subject,
                first_delivered,
            };
            self.observer.observe(now, &fact);
        }
    }

    /// Whether the sender's own PDS has taken his account down.
    pub(super) fn is_taken_down(&self, now: Time, message: &Message) -> bool {
        let Some(takedown) = self.plan.labelers.takedown else {
            return false;
        };
        let (sender, pds) = (message.sender, message.sender_pds);
        let moment = Moment {
            now,
            rank: Rank::Other,
        };
        pds.0 < takedown.honest
            && self.agree(pds, |labeler| {
                let board = &self.labelers[usize::from(labeler)].board;
                let mut labels = board.labels(sender);
                labels.any(|label| {
                    let known = self.validity(labeler, &label, sender, pds);
                    moment.is_within(self.looked_up(takedown, pds, known))
                })
            })
    }

    /// A PDS acts on its own accounts when it looks the next time.
    fn looked_up(&self, takedown: Takedown, pds: Pds, known: Validity) -> Validity {
        let every = takedown.poll;
        let draw = self
            .counter
            .draw(Purpose::LabelPropagation, TAKEDOWN, u64::from(pds.0));
        let phase = Span::from_ns(uniform::index(draw, every.ns()));
        Validity {
            from: next_poll(known.from, every, phase),
            until: next_poll(known.until, every, phase),
        }
    }

    /// Whether a delivered message was removed before somebody came to it: the sender was called a
    /// spammer at some instant from its delivery on.
    pub(super) fn is_cleaned_up(&self, now: Time, message: &Message) -> bool {
        let (sender, pds) = (message.sender, message.recipient_pds);
        self.plan.labelers.cleans_up
            && self.agree(pds, |labeler| {
                let state = &self.labelers[usize::from(labeler)];
                let propagation = &self.plan.labelers.bylaws(labeler).propagation;
                if matches!(propagation, Propagation::Cache(_)) {
                    return state.answers.learned(pds, sender).is_some();
                }
                let mut labels = state.board.labels(sender);
                labels.any(|label| {
                    let known = self.validity(labeler, &label, sender, pds);
                    known.from <= now && known.until > message.served && known.from < known.until
                })
            })
    }
}

/// Names the phases at which PDSes look for labels on their own accounts; no labeler has this name.
const TAKEDOWN: u64 = 0x7461_6b65_646f_776e;
