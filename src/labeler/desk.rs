//! A labeler's desk: what it has in hand from sight to publication.

use super::appeal::Appeals;
use super::emission::{Emission, EmissionSpec};
use super::intake::{Intake, IntakeSpec};
use super::lag::LagSpec;
use super::triage::Triage;
use super::{LabelerSpec, Propagation, Requests, Scope, SightSpec};
use crate::des::Table;
use crate::protocol::Account;
use crate::rng::Law;
use crate::units::{Share, Time};

/// Everything about a labeler that does not change: its laws.
#[derive(Debug, Clone)]
pub struct Bylaws {
    /// Names its random numbers.
    pub key: u64,
    /// What it sees.
    pub sees: SightSpec,
    /// Whether it looks at requests.
    pub requests: Requests,
    /// How long it takes.
    pub lag: Lag,
    /// Chance that its verdict is right; none labels whoever is noticed.
    pub right: Option<Share>,
    /// How much it may publish.
    pub emission: EmissionSpec,
    /// How long its labels count; none is for ever.
    pub expires: Option<crate::units::Span>,
    /// Who appeals.
    pub appeals: Appeals,
    /// From when on it does nothing any more.
    pub dies: Time,
    /// How PDSes learn of its labels.
    pub propagation: Propagation,
    /// For whom it works.
    pub scope: Scope,
}

/// From sight to verdict.
#[derive(Debug, Clone)]
pub enum Lag {
    /// One law.
    After(Law),
    /// Its own work.
    Triage {
        /// How reports are taken in.
        intake: IntakeSpec,
        /// How many decide.
        moderators: u32,
        /// How long each takes.
        handle: Law,
    },
}

impl Bylaws {
    /// The laws of a labeler whose random numbers `key` names.
    pub fn new(spec: &LabelerSpec, key: u64) -> Self {
        Self {
            key,
            sees: spec.sees,
            requests: spec.requests,
            lag: Lag::new(&spec.lag),
            right: spec.right,
            emission: spec.emission(),
            expires: spec.expires,
            appeals: Appeals::new(spec.appeal.as_ref()),
            dies: spec.dies.map_or(Time::NEVER, |dies| Time::ZERO + dies),
            propagation: Propagation::new(&spec.propagation),
            scope: spec.scope,
        }
    }
}

impl Lag {
    fn new(spec: &LagSpec) -> Self {
        match spec {
            LagSpec::Law(law) | LagSpec::File(law) => Self::After(Law::new(law)),
            LagSpec::Profile(profile) => Self::After(Law::new(&profile.distribution())),
            LagSpec::Triage(triage) => Self::Triage {
                intake: triage.intake,
                moderators: triage.moderators,
                handle: Law::new(&triage.handle),
            },
        }
    }
}

/// What a labeler has in hand.
#[derive(Debug, Clone)]
pub struct Desk {
    /// What waits to be taken in.
    pub intake: Intake,
    /// Cases that wait for a moderator.
    pub triage: Triage,
    /// What was published lately.
    pub emission: Emission,
    /// Closed cases by account: the number of the next one.
    closed: Table<u32, u32>,
}

impl Desk {
    /// An empty desk.
    pub fn new(bylaws: &Bylaws) -> Self {
        let (intake, moderators) = match &bylaws.lag {
            Lag::After(_) => (IntakeSpec::AtOnce, 0),
            Lag::Triage {
                intake, moderators, ..
            } => (*intake, *moderators),
        };
        Self {
            intake: Intake::new(intake),
            triage: Triage::new(moderators),
            emission: Emission::new(bylaws.emission),
            closed: Table::default(),
        }
    }

    /// Which case about an account is the open one, from 0.
    pub fn case(&self, subject: Account) -> u64 {
        self.closed
            .get(subject.0)
            .map_or(0, |closed| u64::from(*closed))
    }

    /// The open case is closed.
    pub fn close(&mut self, subject: Account) {
        *self.closed.get_or_insert_with(subject.0, || 0) += 1;
    }
}
