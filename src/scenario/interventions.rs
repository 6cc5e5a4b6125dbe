//! What interventions must say together with the rest of a scenario, and the policies that hold
//! after each change.
//!
//! A change of a policy is laid over the scenario's tree, decoded and checked like a scenario of
//! its own, so a fault in it is told at its own place. It may change values and algorithms of rate
//! limits, but add, remove or reorder none: results name layers by their place in the list.

use super::spec::{ActionSpec, LabelSpec, PairSpec, SendSpec, UpDownSpec};
use super::validate::{self, Findings};
use super::{
    InterventionSpec, Loader, Node, SCENARIO, Scenario, ScenarioSpec, Value, decode, layer_of,
    overlay, split_key,
};
use crate::network::unknown_pds;
use crate::protocol::Class;
use crate::units::Span;

/// An account as an intervention names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who<'s> {
    /// The member of a group with this number.
    Member {
        /// The group.
        group: &'s str,
        /// Its number in the group, from 0.
        ordinal: u32,
    },
    /// An account of the trace: its place among the ids in the order of their texts.
    OfTrace(u32),
}

impl Scenario {
    /// The account that `name` names, if there is one.
    pub fn who<'s>(&'s self, name: &'s str) -> Option<Who<'s>> {
        self.member(name).or_else(|| self.of_trace(name))
    }

    fn member<'s>(&'s self, name: &'s str) -> Option<Who<'s>> {
        let (group, ordinal) = name.rsplit_once('/')?;
        let ordinal = ordinal.parse().ok()?;
        let senders = self.spec.senders.get(group)?;
        (ordinal < senders.count).then_some(Who::Member { group, ordinal })
    }

    fn of_trace(&self, name: &str) -> Option<Who<'static>> {
        let names = &self.trace.as_ref()?.names;
        let is_known = names.iter().any(|known| &**known == name);
        let before = names.iter().filter(|known| &***known < name);
        is_known.then(|| Who::OfTrace(crate::units::cast::id_u32(before.count())))
    }

    /// The end of the run.
    fn end(&self) -> Span {
        let last_row = self.trace.as_ref().and_then(|rows| rows.at.last());
        let after_rows = last_row.map(|last| Span::from_ns(last.ns() + 1));
        self.spec.run.duration.or(after_rows).unwrap_or(Span::ZERO)
    }

    /// Checks the interventions and makes the specs that hold after each change of a policy.
    pub(super) fn check_interventions(&mut self, loader: &mut Loader<'_>) {
        let mut found = Findings::default();
        for (index, spec) in self.spec.intervene.iter().enumerate() {
            self.check_intervention(&format!("intervene.{index}"), spec, &mut found);
        }
        for finding in found.0 {
            loader.faults.push(validate::fault(finding, &self.tree));
        }
        self.changes = self.policy_changes(loader);
    }

    fn check_intervention(&self, key: &str, spec: &InterventionSpec, found: &mut Findings) {
        let end = self.end();
        if spec.at >= end {
            let what = format!(
                "an intervention at {}, when the run ended at {end}",
                spec.at
            );
            found.error(format!("{key}.at"), what, "write an earlier instant");
        }
        let actions = spec.actions();
        let &[(name, action)] = actions.as_slice() else {
            return wrong_number(key, &actions, found);
        };
        let key = format!("{key}.{name}");
        match action {
            ActionSpec::Send(send) => self.check_send(&key, send, found),
            ActionSpec::Block(pair) | ActionSpec::Accept(pair) | ActionSpec::Reject(pair) => {
                self.check_pair(&key, pair, found);
            }
            ActionSpec::Label(label) | ActionSpec::Unlabel(label) => {
                self.check_label(&key, label, found);
            }
            ActionSpec::Down(host) | ActionSpec::Up(host) => self.check_host(&key, host, found),
            ActionSpec::Set(_) => {}
        }
    }

    fn check_send(&self, key: &str, send: &SendSpec, found: &mut Findings) {
        self.check_account(&format!("{key}.from"), &send.from, found);
        self.check_recipient(&format!("{key}.to"), &send.to, found);
        if send.from == send.to {
            let what = format!("`{}` writes to itself", send.to);
            found.error(format!("{key}.to"), what, "name another account");
        }
        if send.count == 0 {
            let what = "0 messages change nothing";
            found.error(format!("{key}.count"), what, "write 1 or more");
        }
    }

    fn check_pair(&self, key: &str, pair: &PairSpec, found: &mut Findings) {
        self.check_recipient(&format!("{key}.who"), &pair.who, found);
        self.check_account(&format!("{key}.whom"), &pair.whom, found);
    }

    fn check_account(&self, key: &str, name: &str, found: &mut Findings) {
        if self.who(name).is_some() {
            return;
        }
        let groups = self.spec.senders.iter();
        let groups = groups.map(|(group, senders)| (group.as_str(), senders.count));
        let (what, remedy) = unknown_account(name, &groups.collect::<Vec<_>>());
        found.error(key, what, remedy);
    }

    /// Spammers' identities are not addressed by anybody, and decide about nobody.
    fn check_recipient(&self, key: &str, name: &str, found: &mut Findings) {
        self.check_account(key, name, found);
        if let Some(Who::Member { group, .. }) = self.who(name)
            && self.spec.senders[group].class == Class::Spam
        {
            let what = format!("`{name}` is a spammer's identity, to which nobody writes");
            found.error(key, what, "name an account of a group of class ham");
        }
    }

    fn check_label(&self, key: &str, label: &LabelSpec, found: &mut Findings) {
        self.check_account(&format!("{key}.account"), &label.account, found);
        let labelers = &self.spec.labelers;
        match &label.labeler {
            Some(name) if !labelers.contains_key(name) => {
                let names = labelers.keys().map(String::as_str);
                let near = super::nearest(name, names);
                let remedy = near.map_or("write the name of a labeler".to_owned(), |near| {
                    format!("write \"{near}\"")
                });
                let what = format!("there is no labeler `{name}`");
                found.error(format!("{key}.labeler"), what, remedy);
            }
            None if labelers.len() != 1 => {
                let what = format!("there are {} labelers: which one?", labelers.len());
                let remedy = "write a table [labelers.NAME], and labeler = \"NAME\" here";
                found.error(key, what, remedy);
            }
            _ => {}
        }
    }

    fn check_host(&self, key: &str, host: UpDownSpec, found: &mut Findings) {
        let count = self.sizes().len();
        if host.pds as usize >= count {
            let error = unknown_pds(host.pds, count);
            found.error(format!("{key}.pds"), error.fault, error.remedy);
        }
    }

    /// The specs that hold after each change of a policy, in the order of their instants.
    fn policy_changes(&self, loader: &mut Loader<'_>) -> Vec<ScenarioSpec> {
        let mut tree = self.tree.clone();
        let mut changes = Vec::new();
        for index in self.policy_order() {
            let set = self.tree.at_index("intervene", index);
            let Some(set) = set.and_then(|entry| entry.get("set")).and_then(Node::table) else {
                continue;
            };
            for (key, value) in set {
                let key_place = value.key_place.unwrap_or(value.place);
                if let Err((what, remedy)) = allowed(key) {
                    loader.faults.error("wrong-value", key_place, what, remedy);
                } else if let Some(layer) = layer_of(key, key_place, value.clone()) {
                    overlay(&mut tree, layer, &SCENARIO);
                }
            }
            changes.extend(self.changed(&tree, index, loader));
        }
        changes
    }

    /// The places of the changes of policies in the list, by their instants.
    pub fn policy_order(&self) -> Vec<usize> {
        let all = self.spec.intervene.iter().enumerate();
        let changes = all.filter(|(_, spec)| !spec.set.is_empty());
        let mut order: Vec<usize> = changes.map(|(index, _)| index).collect();
        order.sort_by_key(|index| self.spec.intervene[*index].at);
        order
    }

    fn changed(&self, tree: &Node, index: usize, loader: &mut Loader<'_>) -> Option<ScenarioSpec> {
        if loader.faults.has_errors() {
            return None;
        }
        let mut spec: ScenarioSpec = decode(tree, &mut loader.faults)?;
        for finding in validate::findings(&mut spec).0 {
            if finding.weight == validate::Weight::Error {
                loader.faults.push(validate::fault(finding, tree));
            }
        }
        if layers_of(&spec) != layers_of(&self.spec) {
            let place = self.tree.place_of(&format!("intervene.{index}.set"));
            let what = "the change adds, removes, moves or reorders a rate limit";
            let remedy = "name the limit from the start, with values that never refuse";
            loader.faults.error("wrong-value", place, what, remedy);
        }
        Some(spec)
    }
}

fn wrong_number(key: &str, actions: &[(&str, ActionSpec<'_>)], found: &mut Findings) {
    if actions.is_empty() {
        let remedy = format!("write one of: {}", super::spec::ACTIONS.join(", "));
        return found.error(key, "an intervention that does nothing", remedy);
    }
    let names: Vec<&str> = actions.iter().map(|(name, _)| *name).collect();
    let what = format!("{} actions at once: {}", names.len(), names.join(", "));
    found.error(key, what, "write one [[intervene]] for each");
}

fn unknown_account(name: &str, groups: &[(&str, u32)]) -> (String, String) {
    let (group, ordinal) = name.rsplit_once('/').unwrap_or((name, ""));
    if let Some((group, count)) = groups.iter().find(|(known, _)| *known == group) {
        let what = format!("there is no account `{name}`: the group has {count}, numbered from 0");
        let example = format!("\"{group}/{}\"", count - 1);
        return (
            what,
            format!("write a number up to the last one, {example}"),
        );
    }
    let what = format!("there is no account `{name}`");
    let near = super::nearest(group, groups.iter().map(|(known, _)| *known));
    let ordinal = if ordinal.is_empty() { "0" } else { ordinal };
    let remedy = near.map_or_else(
        || "write GROUP/NUMBER, such as \"people/0\", or an id of the trace".to_owned(),
        |near| format!("write \"{near}/{ordinal}\""),
    );
    (what, remedy)
}

/// Whether an intervention may change a key.
fn allowed(key: &str) -> Result<(), (String, String)> {
    let parts = split_key(key).unwrap_or_default();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["limits" | "contact" | "auth", _, ..]
        | ["limits-charging", "mode"]
        | ["pipeline", "order"] => Ok(()),
        _ => Err((
            format!("`{key}` is no policy that can change during a run"),
            "write a key of limits, contact or auth, limits-charging.mode or pipeline.order"
                .to_owned(),
        )),
    }
}

/// What may not change about rate limits: their names, where they live, their order.
fn layers_of(spec: &ScenarioSpec) -> (Vec<(&String, crate::policy::limit::Place)>, &[String]) {
    let layers = spec.limits.iter().map(|(name, layer)| (name, layer.at));
    (layers.collect(), &spec.limits_charging.order)
}

impl Node {
    /// The entry number `index` of the array at a key of the root.
    fn at_index(&self, key: &str, index: usize) -> Option<&Self> {
        match &self.get(key)?.value {
            Value::Array(items) => items.get(index),
            _ => None,
        }
    }
}
