//! What the rule of first contact must say together with the rest of a scenario.

use super::ScenarioSpec;
use super::validate::Findings;
use crate::policy::ContactSpec;
use crate::population::TargetSpec;
use crate::protocol::Check;
use crate::units::Share;

/// All of it.
pub(super) fn check(spec: &ScenarioSpec, found: &mut Findings) {
    if let ContactSpec::Invitation(invitation) = &spec.contact.rule {
        found.of_part("contact.rule", invitation.faults());
    }
    check_follow(spec, found);
    let is_asked = spec.pipeline.order.contains(&Check::Contact);
    if spec.contact.rule != ContactSpec::Open && !is_asked {
        found.warn(
            "contact.rule",
            "nobody asks who may write to whom: the pipeline has no contact check",
            "add \"contact\" to pipeline.order",
        );
    }
}

fn check_follow(spec: &ScenarioSpec, found: &mut Findings) {
    let gates = spec.contact.rule == ContactSpec::Follow;
    let has_chance = spec.contact.follow_chance > Share::ZERO;
    let mut targets = spec.senders.values().map(|senders| &senders.target);
    let has_contacts = targets.any(|target| matches!(target, TargetSpec::Contacts { .. }));
    let written = [
        ("follow-chance", has_chance),
        ("follow-back", spec.contact.follow_back < Share::ONE),
    ];
    for (key, _) in written
        .into_iter()
        .filter(|(_, is_written)| *is_written && !gates)
    {
        found.error(
            format!("contact.{key}"),
            "nobody asks who follows whom under this rule",
            format!("write rule = \"follow\", or leave {key} out"),
        );
    }
    if gates && !has_chance && !has_contacts {
        found.warn(
            "contact.rule",
            "nobody follows anybody: there are no contacts, and follow-chance is 0",
            "write follow-chance = \"5%\", or target = { contacts = { mean = 12 } } for the senders",
        );
    }
}
