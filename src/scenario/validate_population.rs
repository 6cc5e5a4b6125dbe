//! What a group of senders must say together with the people of a scenario.

use super::validate::Findings;
use super::{Home, ScenarioSpec, SendersSpec};
use crate::population::Profile;
use crate::protocol::Class;

/// The longest conversations: a thousand messages on average.
const MOST_REPLIES: f64 = 0.999;

/// The dearest identity.
const MOST_MONEY: f64 = 1e12;

/// All of it.
pub(super) fn check_senders(
    spec: &ScenarioSpec,
    key: &str,
    senders: &SendersSpec,
    found: &mut Findings,
) {
    let replies = senders.reply.as_ref();
    if replies.is_some_and(|reply| reply.chance.value() > MOST_REPLIES) {
        found.error(
            format!("{key}.reply.chance"),
            "conversations of which nearly every message is answered do not end",
            "write a chance of 99.9% or less: n messages on average are 1 - 1/n",
        );
    }
    if senders.zone.is_some() && senders.arrivals.profile() == Profile::Flat {
        found.warn(
            format!("{key}.zone"),
            "the group sends at all hours alike: its zone has no effect",
            "write profile = \"diurnal\" in its arrivals, or leave the zone out",
        );
    }
    if let Some(attack) = senders
        .attack
        .as_ref()
        .and_then(|attack| attack.compromised())
    {
        check_owners(spec, key, senders, &attack.of, found);
    }
    check_prices(spec, key, senders, found);
}

/// Prices are those of spam, and count by what is read.
fn check_prices(spec: &ScenarioSpec, key: &str, senders: &SendersSpec, found: &mut Findings) {
    let prices = [
        ("identity-cost", senders.identity_cost),
        ("revenue-per-read", senders.revenue_per_read),
    ];
    for (part, price) in prices {
        let Some(price) = price else { continue };
        let place = format!("{key}.{part}");
        if !(0.0..=MOST_MONEY).contains(&price) {
            let what = format!("{price} is no price");
            let remedy = "write a number from 0 to 1e12, in any unit of money";
            found.error(place, what, remedy);
        } else if senders.class == Class::Ham {
            let what = "honest senders neither buy identities nor earn by what is read";
            found.error(place, what, format!("leave `{part}` out"));
        } else if spec.senders.values().all(|senders| senders.read.is_none()) {
            found.warn(
                place,
                "nobody reads anything: there is no cost per message read",
                "write read = { chance = \"100%\" } in a group of honest senders",
            );
        }
    }
}

/// The accounts that were taken over are those of an honest group.
fn check_owners(
    spec: &ScenarioSpec,
    key: &str,
    senders: &SendersSpec,
    of: &str,
    found: &mut Findings,
) {
    let place = format!("{key}.attack.compromised-contact.of");
    let owners = spec.senders.get(of);
    let Some(owners) = owners.filter(|owners| owners.class == Class::Ham) else {
        return found.error(
            place,
            format!("`{of}` is no honest group of senders"),
            "write the name of a table [senders.NAME] of class ham",
        );
    };
    if senders.count > owners.count {
        found.error(
            format!("{key}.count"),
            format!("`{of}` has only {} accounts", owners.count),
            "write a smaller count",
        );
    }
    let further = [
        ("on", senders.on != Home::Network),
        ("did", senders.did.is_some()),
    ];
    for (part, _) in further.into_iter().filter(|(_, is_written)| *is_written) {
        found.error(
            format!("{key}.{part}"),
            "the accounts that were taken over are where and what they were before",
            format!("leave `{part}` out"),
        );
    }
}
