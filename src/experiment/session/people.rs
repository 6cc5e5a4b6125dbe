//! The accounts of a scenario under the names that interventions give them.

use crate::experiment::Arm;
use crate::population::Membership;
use crate::protocol::{Account, Class, Pds};
use crate::units::cast;

/// Somebody who can be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name in a scenario: `people/3`, or an id of the trace.
    pub name: String,
    /// The account.
    pub account: Account,
    /// Where he lives when the run begins.
    pub pds: Pds,
    /// Ground truth; ham for an account of a trace.
    pub class: Class,
}

/// The accounts of a scenario.
#[derive(Debug)]
pub struct People<'a> {
    arm: &'a Arm,
}

impl<'a> People<'a> {
    /// Those of an arm.
    pub fn of(arm: &'a Arm) -> Self {
        Self { arm }
    }

    /// How many can write.
    pub fn senders(&self) -> u32 {
        let groups = self.arm.plan().groups().iter();
        groups.map(|group| group.members.count()).sum::<u32>() + self.traced()
    }

    /// Somebody who can write, by his place: groups in the order of their names, then the trace.
    pub fn sender(&self, place: u32) -> Option<Person> {
        let mut place = place;
        for group in self.arm.plan().groups() {
            if place < group.members.count() {
                let name = format!("{}/{place}", group.name);
                let account = group.members.account(place);
                return Some(self.person(name, account, group.class.unwrap_or(Class::Ham)));
            }
            place -= group.members.count();
        }
        self.of_trace(place)
    }

    /// The next one after a place, forth or back around the end, who can be written to.
    pub fn next_recipient(&self, place: u32, step: Step) -> u32 {
        let count = self.senders();
        let mut place = place;
        for _ in 0..count {
            place = step.from(place, count);
            if self.can_receive(place) {
                break;
            }
        }
        place
    }

    /// Whether people write to somebody: to everybody but spammers' identities.
    pub fn can_receive(&self, place: u32) -> bool {
        let person = self.sender(place);
        person.is_some_and(|person| person.class == Class::Ham)
    }

    /// The place of somebody by his name.
    pub fn find(&self, name: &str) -> Option<u32> {
        let name = if name.contains('/') || self.trace_names().any(|known| known == name) {
            name.to_owned()
        } else {
            format!("{name}/0")
        };
        let mut before = 0;
        for group in self.arm.plan().groups() {
            let number = name
                .strip_prefix(&group.name)
                .and_then(|rest| rest.strip_prefix('/'));
            let number = number.and_then(|number| number.parse::<u32>().ok());
            if let Some(number) = number.filter(|number| *number < group.members.count()) {
                return Some(before + number);
            }
            before += group.members.count();
        }
        let place = self.sorted_trace().iter().position(|known| *known == name);
        place.map(|place| before + cast::id_u32(place))
    }

    /// The short name of an account.
    pub fn name_of(&self, account: Account) -> String {
        for group in self.arm.plan().groups() {
            if let Some(number) = number_in(&group.members, account) {
                return self.short(&format!("{}/{number}", group.name));
            }
        }
        let first = self.arm.plan().topology().population();
        let names = self.sorted_trace();
        let place = account.0.checked_sub(first).map(|place| place as usize);
        let name = place.and_then(|place| names.get(place));
        name.map_or_else(
            || format!("account {}", account.0),
            |name| (*name).to_owned(),
        )
    }

    /// A name without the number where the group has one member.
    pub fn short(&self, name: &str) -> String {
        let Some((group, _)) = name.rsplit_once('/') else {
            return name.to_owned();
        };
        let mut groups = self.arm.plan().groups().iter();
        let is_alone = groups.any(|known| known.name == group && known.members.count() == 1);
        if is_alone {
            group.to_owned()
        } else {
            name.to_owned()
        }
    }

    fn person(&self, name: String, account: Account, class: Class) -> Person {
        Person {
            name,
            account,
            pds: self.arm.plan().topology().pds_of(account),
            class,
        }
    }

    fn of_trace(&self, place: u32) -> Option<Person> {
        let name = (*self.sorted_trace().get(place as usize)?).to_owned();
        let account = Account(self.arm.plan().topology().population() + place);
        Some(self.person(name, account, Class::Ham))
    }

    fn traced(&self) -> u32 {
        cast::id_u32(self.trace_names().count())
    }

    fn trace_names(&self) -> impl Iterator<Item = &'a str> {
        let trace = self.arm.scenario().trace.iter();
        trace.flat_map(|trace| trace.names.iter().map(|name| &**name))
    }

    /// Accounts of a trace are numbered in the order of their ids.
    fn sorted_trace(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.trace_names().collect();
        names.sort_unstable();
        names
    }
}

/// Which way a choice moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the next one.
    Forth,
    /// To the one before.
    Back,
}

impl Step {
    /// The place after or before another, around the end.
    pub const fn from(self, place: u32, count: u32) -> u32 {
        match self {
            Self::Forth => (place + 1) % count,
            Self::Back => (place + count - 1) % count,
        }
    }
}

/// The number of an account among the members, which ascend.
fn number_in(members: &Membership, account: Account) -> Option<u32> {
    if !members.contains(account) {
        return None;
    }
    let (mut low, mut high) = (0, members.count());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if members.account(middle) <= account {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}
