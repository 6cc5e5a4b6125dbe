//! A tree into any serde type, with every fault reported in one go.
//!
//! Serde stops at its first error. The decoder reports it at its place, mends a copy of the tree
//! there (an unknown key is taken out, a missing or faulty value is replaced by a stand-in that
//! passes for any type) and decodes again, until the copy passes. An error that a stand-in caused
//! is not reported. The value itself is returned only where nothing had to be mended.

mod failure;
mod node;
mod stand_in;
mod variant;

use serde::de::DeserializeOwned;

use self::failure::{Failure, Kind, Spot, Step};
use super::{Fault, Faults, Node, Place, Table, Value, join_key};

/// Decodes a tree. `None` where a fault was found; every fault is in `faults` then.
pub fn decode<T: DeserializeOwned>(root: &Node, faults: &mut Faults) -> Option<T> {
    match T::deserialize(node::Input::new(root)) {
        Ok(value) => Some(value),
        Err(failure) => {
            find_all::<T>(root, failure, faults);
            None
        }
    }
}

/// More faults than anyone mends in one go.
const MOST_FAULTS: usize = 50;

/// Rounds of mending, far above what `MOST_FAULTS` faults need.
const MOST_ROUNDS: usize = 5_000;

fn find_all<T: DeserializeOwned>(root: &Node, first: Failure, faults: &mut Faults) {
    let before = faults.errors();
    let mut draft = root.clone();
    let mut failure = first;
    for _ in 0..MOST_ROUNDS {
        if faults.errors() - before >= MOST_FAULTS {
            let what = format!("more faults than the {MOST_FAULTS} listed");
            faults.error("more-faults", root.place, what, "mend these first");
            return;
        }
        let Some(mended) = mend(&mut draft, &failure) else {
            return;
        };
        if let Mended::Reported(fault) = mended {
            faults.push(*fault);
        }
        match T::deserialize(node::Input::new(&draft)) {
            Ok(_) => return,
            Err(next) => failure = next,
        }
    }
}

/// What a round of mending found.
enum Mended {
    /// A fault of the input.
    Reported(Box<Fault>),
    /// A consequence of an earlier mending.
    FollowUp,
}

/// Mends the draft where `failure` happened; `None` where nothing is left to mend.
fn mend(draft: &mut Node, failure: &Failure) -> Option<Mended> {
    let path: Vec<Step> = failure.path.iter().rev().cloned().collect();
    let node = find(draft, &path)?;
    if let Value::StandIn(attempt) = node.value {
        return mend_stand_in(draft, &path, attempt, &failure.kind);
    }
    let reported = Mended::Reported(Box::new(fault(node, &path, failure)));
    match (&failure.kind, node.table_mut()) {
        (Kind::WrongKey { key, suggestion }, Some(table)) => {
            let taken_out = table.remove(key);
            let place = taken_out.map_or(failure_place(node, failure), |node| node.place);
            if let Some(suggestion) = suggestion {
                insert_stand_in(node, suggestion, place);
            }
            Some(reported)
        }
        (Kind::MissingKey(key), Some(table)) if !table.contains_key(*key) => {
            let place = node.place;
            insert_stand_in(node, key, place);
            Some(reported)
        }
        _ => {
            let caused = failure.kind == Kind::WrongValue && holds_stand_in(node);
            // What refused one spread stand-in is offered filled ones, lest it be spread for ever.
            node.value = Value::StandIn(u8::from(caused));
            Some(if caused { Mended::FollowUp } else { reported })
        }
    }
}

/// Spreads a stand-in over the keys asked for, tries its next offer, or gives up on it and makes
/// the value around it a stand-in: a filled one, for spreading has failed there.
fn mend_stand_in(draft: &mut Node, path: &[Step], attempt: u8, kind: &Kind) -> Option<Mended> {
    let node = find(draft, path)?;
    if let Kind::StandInFor(keys) = kind {
        node.value = Value::Table(Table::new());
        let place = node.place;
        for key in keys {
            insert_stand_in(node, key, place);
        }
    } else if attempt + 1 < stand_in::ATTEMPTS {
        node.value = Value::StandIn(attempt + 1);
    } else {
        let (_, above) = path.split_last()?;
        find(draft, above)?.value = Value::StandIn(1);
    }
    Some(Mended::FollowUp)
}

fn insert_stand_in(node: &mut Node, key: &str, place: Place) {
    if let Some(table) = node.table_mut() {
        let stand_in = Node::new(place, Value::StandIn(0));
        table.entry(key.to_owned()).or_insert(stand_in);
    }
}

fn holds_stand_in(node: &Node) -> bool {
    match &node.value {
        Value::StandIn(_) => true,
        Value::Table(table) => table.values().any(holds_stand_in),
        Value::Array(items) => items.iter().any(holds_stand_in),
        _ => false,
    }
}

fn find<'n>(root: &'n mut Node, path: &[Step]) -> Option<&'n mut Node> {
    let mut node = root;
    for step in path {
        node = match (step, &mut node.value) {
            (Step::Key(key), Value::Table(table)) => table.get_mut(key)?,
            (Step::Index(index), Value::Array(items)) => items.get_mut(*index)?,
            _ => return None,
        };
    }
    Some(node)
}

/// The place inside `node` at which `failure` is shown.
fn failure_place(node: &Node, failure: &Failure) -> Place {
    let entry = |key: &str| node.table().and_then(|table| table.get(key));
    match &failure.spot {
        Spot::Value => node.place,
        Spot::Key(key) => entry(key).map_or(node.place, |n| n.key_place.unwrap_or(n.place)),
        Spot::Entry(key) => entry(key).map_or(node.place, |n| n.place),
    }
}

fn fault(node: &Node, path: &[Step], failure: &Failure) -> Fault {
    let mut what = failure.what.clone();
    if matches!(failure.kind, Kind::MissingKey(_)) && !path.is_empty() {
        let steps: Vec<String> = path.iter().map(Step::to_string).collect();
        what = format!("{what} in `{}`", join_key(&steps));
    }
    let place = failure_place(node, failure);
    let mut fault = Fault::new(failure.code, place, what, failure.remedy.clone());
    fault.note.clone_from(&failure.note);
    fault
}

#[cfg(test)]
mod tests;
