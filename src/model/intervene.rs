//! Interventions: what somebody does to the network while it runs, from a scenario or by hand.
//!
//! [`World::intervene`] is the one door for both. What is sent by hand has an identity of its own
//! stream and ordinal, so it shifts nobody's draws.

use super::event::Event;
use super::plan::Plan;
use super::send::Draft;
use super::state::Process;
use super::world::World;
use crate::des::{Key, Origin, Rank, Table};
use crate::policy::Basis;
use crate::protocol::{Account, Class, Defect, Fact, Group, Message, MessageId, Observer, Pds};
use crate::rng::Purpose;
use crate::units::{Span, Time, cast};

/// Something that can be done to the network at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An account writes to another.
    Send {
        /// The sender: a member of a group, or an account of the trace.
        from: Account,
        /// The recipient.
        to: Account,
        /// Ground truth.
        class: Class,
        /// How many messages at once.
        count: u32,
        /// What is wrong with their tokens, instead of what is wrong with those of the group.
        defect: Option<Defect>,
    },
    /// A recipient blocks a sender.
    Block {
        /// The recipient.
        who: Account,
        /// The sender.
        whom: Account,
    },
    /// A recipient accepts a sender: what is held of him is delivered.
    Accept {
        /// The recipient.
        who: Account,
        /// The sender.
        whom: Account,
    },
    /// A recipient rejects what is held of a sender, and blocks him.
    Reject {
        /// The recipient.
        who: Account,
        /// The sender.
        whom: Account,
    },
    /// A labeler labels an account; every PDS learns of it as it learns of other labels.
    Label {
        /// The account.
        account: Account,
        /// The table of labelers, by its place in the order of their names: every labeler of it.
        labelers: usize,
    },
    /// A labeler takes its label back; every PDS learns of it as it learns of labels.
    Unlabel {
        /// The account.
        account: Account,
        /// The table of labelers, by its place in the order of their names: every labeler of it.
        labelers: usize,
    },
    /// A PDS goes down, if it is up.
    Down {
        /// The PDS.
        pds: Pds,
    },
    /// A PDS comes back, if it is down.
    Up {
        /// The PDS.
        pds: Pds,
    },
    /// Every PDS changes its policy to one of those that the plan prepared.
    Policy {
        /// The number of the change, in the order of their instants, from 0.
        change: usize,
    },
}

impl Action {
    /// The name of the action in a scenario.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Send { .. } => "send",
            Self::Block { .. } => "block",
            Self::Accept { .. } => "accept",
            Self::Reject { .. } => "reject",
            Self::Label { .. } => "label",
            Self::Unlabel { .. } => "unlabel",
            Self::Down { .. } => "down",
            Self::Up { .. } => "up",
            Self::Policy { .. } => "set",
        }
    }
}

/// Who intervenes: a process of its own, which counts what it did.
#[derive(Debug)]
pub(super) struct Hand {
    process: Process,
    actions: u32,
    sent: u64,
    /// What is wrong with the tokens of messages, where the hand says so.
    defects: Table<u64, Defect>,
}

impl Hand {
    pub(super) fn new(origin: u32) -> Self {
        Self {
            process: Process::new(origin),
            actions: 0,
            sent: 0,
            defects: Table::default(),
        }
    }
}

impl<O: Observer> World<'_, O> {
    /// Does something to the network, now.
    ///
    /// # Panics
    /// If a sender belongs to no group, or an account, PDS, labeler or change does not exist.
    pub fn intervene(&mut self, action: Action) {
        self.intervene_at(self.clock(), action);
    }

    /// Puts the interventions of the scenario into the calendar.
    pub(super) fn schedule_interventions(&mut self) {
        for (index, intervention) in (0..).zip(&self.root.interventions) {
            let origin: Origin = self.hand.process.origin;
            let key = Key::new(
                intervention.at,
                Rank::Intervention,
                origin,
                u64::from(index),
            );
            self.calendar.push(key, Event::Intervention { index });
        }
    }

    /// An intervention of the scenario is due.
    pub(super) fn intervene_as_planned(&mut self, now: Time, index: u32) {
        self.intervene_at(now, self.root.interventions[index as usize].action);
    }

    fn intervene_at(&mut self, now: Time, action: Action) {
        let fact = Fact::Intervention {
            number: self.hand.actions,
            action: action.name(),
        };
        self.hand.actions += 1;
        self.observer.observe(now, &fact);
        match action {
            Action::Send {
                from,
                to,
                class,
                count,
                defect,
            } => (0..count).for_each(|_| self.send_by_hand(now, (from, to), class, defect)),
            Action::Block { who, whom } => self.block_by_hand(who, whom),
            Action::Accept { who, whom } => {
                let pds = self.home(who, now);
                self.accept_contact(now, pds, (who, whom), Basis::Agreed);
            }
            Action::Reject { who, whom } => {
                let pds = self.home(who, now);
                self.reject_requests(now, pds, (who, whom));
                self.block_by_hand(who, whom);
            }
            Action::Label { account, labelers } => {
                for labeler in self.plan.labelers.of_table(labelers) {
                    self.issue_label(now, labeler, account);
                }
            }
            Action::Unlabel { account, labelers } => {
                for labeler in self.plan.labelers.of_table(labelers) {
                    self.negate_label(now, labeler, account);
                }
            }
            Action::Down { pds } => self.take_down(now, pds),
            Action::Up { pds } => self.bring_up(now, pds),
            Action::Policy { change } => self.change_policy(change),
        }
    }

    fn block_by_hand(&mut self, who: Account, whom: Account) {
        let pds = self.plan.topology.pds_of(who);
        self.pdses[pds.0 as usize].defences.blocks.block(who, whom);
    }

    /// Every PDS decides by another policy from now on. A limit that is the same in both keeps its
    /// memory, one that changes begins anew.
    fn change_policy(&mut self, change: usize) {
        self.plan = &self.root.changes[change];
        let plan = self.plan;
        for pds in &mut self.pdses {
            let inbound = &mut pds.defences.limits;
            *inbound = plan
                .inbound
                .clone()
                .inherit(inbound, &plan.unchanged_layers);
            let outbound = &mut pds.outbound;
            *outbound = plan
                .outbound
                .clone()
                .inherit(outbound, &plan.unchanged_layers);
        }
    }

    fn send_by_hand(
        &mut self,
        now: Time,
        (sender, recipient): (Account, Account),
        class: Class,
        defect: Option<Defect>,
    ) {
        let id = self.root.by_hand(self.hand.sent);
        self.hand.sent += 1;
        if let Some(defect) = defect {
            self.hand.defects.insert(id.number(), defect);
        }
        let extra = self.plan.extra.as_ref();
        let extra = extra.map(|law| law.draw(self.draw_for(Purpose::ExtraService, id, 0)));
        let draft = Draft {
            id,
            group: self.group_of_sender(sender),
            class,
            sender,
            recipient,
            extra: extra.unwrap_or(Span::ZERO),
            delay: self.draw_for(Purpose::Delay, id, 0),
            arrival: (self.hand.process.origin, self.hand.process.next()),
        };
        self.write(now, &draft);
    }

    /// What is wrong with the token of a message because the hand says so.
    pub(super) fn defect_by_hand(&self, message: &Message) -> Option<Defect> {
        if self.hand.defects.is_empty() {
            return None;
        }
        self.hand.defects.get(message.id.number()).copied()
    }

    fn group_of_sender(&self, account: Account) -> Group {
        let mut groups = self.plan.groups.iter();
        let group = groups.position(|group| group.members.contains(account));
        let of_trace = self.plan.trace.as_ref().map(|trace| trace.group);
        let group = group.map(|place| Group(u16::try_from(place).expect("groups are few")));
        group.or(of_trace).expect("a sender belongs to a group")
    }
}

impl Plan {
    /// The identity of the `ordinal`-th message that is sent by hand, from 0.
    pub fn by_hand(&self, ordinal: u64) -> MessageId {
        // Behind the streams comes the trace, behind the trace the hand.
        MessageId::new(cast::id_u32(self.streams.len()) + 1, ordinal)
    }
}
