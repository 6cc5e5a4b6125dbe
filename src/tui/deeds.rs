//! What is done to the network by hand: each deed is an intervention at the instant of the clock.

use super::{Action, Effect, Scene, State};
use crate::experiment::session::{People, Person};
use crate::protocol::Defect;
use crate::scenario::{InterventionSpec, LabelSpec, PairSpec, SendSpec, UpDownSpec};

/// Does something to the network, now.
pub(super) fn intervene(state: &mut State<'_>, action: Action, scene: &Scene<'_>) -> Effect {
    let people = People::of(scene.arm);
    let Some((sender, recipient)) = state.chosen.both(&people) else {
        state.complain("the scenario has nobody who could write");
        return Effect::None;
    };
    let deed = Deed {
        from: people.short(&sender.name),
        to: people.short(&recipient.name),
        sender,
        recipient,
        spec: InterventionSpec::at(state.elapsed()),
    };
    let (spec, what) = match action {
        Action::Send => deed.send(state, 1, None),
        Action::SendForged => deed.send(state, 1, Some(Defect::Signature)),
        Action::Burst => deed.send(state, state.burst, None),
        Action::Label => deed.label(state),
        Action::Unlabel => deed.unlabel(state),
        Action::Block => deed.block(),
        Action::Accept => deed.accept(),
        Action::Reject => deed.reject(),
        Action::Down => deed.down(),
        Action::Up => deed.up(),
        _ => return Effect::None,
    };
    act(state, spec, what)
}

/// The chosen pair, and what is going to be done.
struct Deed {
    sender: Person,
    recipient: Person,
    /// Their short names.
    from: String,
    to: String,
    spec: InterventionSpec,
}

/// An intervention and what is said of it.
type Told = (InterventionSpec, String);

impl Deed {
    fn send(mut self, state: &State<'_>, count: u32, token: Option<Defect>) -> Told {
        self.spec.send = Some(SendSpec {
            from: self.sender.name,
            to: self.recipient.name,
            class: None,
            count,
            token,
            text: Some(state.text.clone()),
        });
        let (from, to) = (self.from, self.to);
        let what = match (count, token) {
            (1, None) => format!("{from} writes to {to}"),
            (1, Some(_)) => format!("{from} writes to {to}, with a bad signature"),
            _ => format!("{from} sends {count} messages to {to}"),
        };
        (self.spec, what)
    }

    fn pair(&self) -> PairSpec {
        PairSpec {
            who: self.recipient.name.clone(),
            whom: self.sender.name.clone(),
        }
    }

    fn block(mut self) -> Told {
        self.spec.block = Some(self.pair());
        (self.spec, format!("{} blocks {}", self.to, self.from))
    }

    fn accept(mut self) -> Told {
        self.spec.accept = Some(self.pair());
        (self.spec, format!("{} accepts {}", self.to, self.from))
    }

    fn reject(mut self) -> Told {
        self.spec.reject = Some(self.pair());
        let what = format!("{} rejects and blocks {}", self.to, self.from);
        (self.spec, what)
    }

    fn on_sender(&self, state: &State<'_>) -> LabelSpec {
        LabelSpec {
            account: self.sender.name.clone(),
            labeler: state.session.spec().labelers.keys().next().cloned(),
        }
    }

    fn label(mut self, state: &State<'_>) -> Told {
        self.spec.label = Some(self.on_sender(state));
        (self.spec, format!("{} gets the spam label", self.from))
    }

    fn unlabel(mut self, state: &State<'_>) -> Told {
        self.spec.unlabel = Some(self.on_sender(state));
        let what = format!("the label on {} is taken back", self.from);
        (self.spec, what)
    }

    fn down(mut self) -> Told {
        let pds = self.recipient.pds.0;
        self.spec.down = Some(UpDownSpec { pds });
        (self.spec, format!("PDS {pds} goes down"))
    }

    fn up(mut self) -> Told {
        let pds = self.recipient.pds.0;
        self.spec.up = Some(UpDownSpec { pds });
        (self.spec, format!("PDS {pds} comes back"))
    }
}

/// Adds an intervention; a message that it sends is looked at.
pub(super) fn act(state: &mut State<'_>, spec: InterventionSpec, what: String) -> Effect {
    let sent = spec.send.is_some().then(|| sent_before(state));
    match state.session.act(spec) {
        Ok(()) => {
            if let Some(ordinal) = sent {
                state.selected = Some(state.session.arm().plan().by_hand(ordinal));
                state.scroll = 0;
            }
            state.say(what);
            Effect::Rewind
        }
        Err(why) => {
            state.complain(why);
            Effect::None
        }
    }
}

/// Messages that were sent by hand up to now.
fn sent_before(state: &State<'_>) -> u64 {
    let now = state.elapsed();
    let list = state.session.spec().intervene.iter();
    let sends = list.filter(|spec| spec.at <= now);
    let sends = sends.filter_map(|spec| spec.send.as_ref());
    sends.map(|send| u64::from(send.count)).sum()
}
