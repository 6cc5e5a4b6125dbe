//! The labelers of a run: one per table, or one per table and PDS.

use super::name_key;
use crate::labeler::{Bylaws, Enforcement, LabelsSpec, Propagation, Scope};
use crate::protocol::Pds;
use crate::scenario::ScenarioSpec;
use crate::units::{Span, cast};

/// Every labeler, and what PDSes make of their labels.
#[derive(Debug)]
pub(in crate::model) struct LabelerPlans {
    /// The tables of the scenario, by name.
    tables: Vec<Table>,
    /// How many labelers there are.
    count: u16,
    /// How many must agree.
    pub(in crate::model) needed: u32,
    /// Whether the recipient's PDS refuses messages of labelled senders.
    pub(in crate::model) refuses: bool,
    /// The poll of PDSes for labels on their own accounts, where they take accounts down.
    pub(in crate::model) takedown: Option<Takedown>,
    /// Whether unread messages of labelled senders are removed.
    pub(in crate::model) cleans_up: bool,
    /// Whether some PDS asks a labeler message by message.
    pub(in crate::model) asks: bool,
}

/// How PDSes take accounts down.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct Takedown {
    /// How often they look.
    pub(in crate::model) poll: Span,
    /// PDSes from this number on are the spammers' own and look away.
    pub(in crate::model) honest: u32,
}

#[derive(Debug)]
struct Table {
    bylaws: Bylaws,
    /// The number of its first labeler.
    first: u16,
    /// How many labelers it stands for.
    count: u16,
}

impl LabelerPlans {
    /// The labelers of a scenario on `pdses` PDSes, of which `honest` are not the spammers' own.
    pub(super) fn new(spec: &ScenarioSpec, honest: usize, pdses: usize) -> Self {
        let mut tables: Vec<Table> = Vec::new();
        let mut first = 0_u16;
        for (name, labeler) in &spec.labelers {
            let count = match labeler.scope {
                Scope::Network => 1,
                Scope::EachPds => pdses,
            };
            let count = u16::try_from(count).expect("validation keeps labelers below 2^16");
            tables.push(Table {
                bylaws: Bylaws::new(labeler, name_key(name)),
                first,
                count,
            });
            first = first
                .checked_add(count)
                .expect("validation keeps labelers below 2^16");
        }
        let labels: &LabelsSpec = &spec.labels;
        let takes_down = labels.acts(Enforcement::Sender) && !tables.is_empty();
        Self {
            asks: tables
                .iter()
                .any(|table| matches!(table.bylaws.propagation, Propagation::Cache(_))),
            tables,
            count: first,
            needed: labels.needed(),
            refuses: labels.acts(Enforcement::Recipient),
            takedown: takes_down.then(|| Takedown {
                poll: labels.takedown_poll,
                honest: cast::id_u32(honest),
            }),
            cleans_up: labels.acts(Enforcement::CleanUp),
        }
    }

    /// How many labelers there are.
    pub(in crate::model) fn count(&self) -> u16 {
        self.count
    }

    /// The labelers of a table of the scenario, by its place in the order of their names.
    pub(in crate::model) fn of_table(&self, place: usize) -> std::ops::Range<u16> {
        let table = &self.tables[place];
        table.first..table.first + table.count
    }

    /// The laws of a labeler.
    pub(in crate::model) fn bylaws(&self, labeler: u16) -> &Bylaws {
        &self.table(labeler).bylaws
    }

    /// Names the random numbers of a labeler.
    pub(in crate::model) fn key(&self, labeler: u16) -> u64 {
        let table = self.table(labeler);
        let offset = u64::from(labeler - table.first) << PDS_SHIFT;
        table.bylaws.key.wrapping_add(offset)
    }

    /// The PDS that alone a labeler serves; none for one that serves all.
    pub(in crate::model) fn serves(&self, labeler: u16) -> Option<Pds> {
        let table = self.table(labeler);
        match table.bylaws.scope {
            Scope::Network => None,
            Scope::EachPds => Some(Pds(u32::from(labeler - table.first))),
        }
    }

    /// The labelers that see what a PDS receives, and that it may subscribe to.
    #[inline]
    pub(in crate::model) fn heard(&self, pds: Pds) -> impl Iterator<Item = u16> + use<'_> {
        self.tables
            .iter()
            .map(move |table| match table.bylaws.scope {
                Scope::Network => table.first,
                Scope::EachPds => table.first + u16::try_from(pds.0).unwrap_or(0),
            })
    }

    fn table(&self, labeler: u16) -> &Table {
        let place = self.tables.partition_point(|table| table.first <= labeler) - 1;
        let table = &self.tables[place];
        assert!(
            labeler - table.first < table.count,
            "there is no such labeler"
        );
        table
    }
}

/// Keeps the numbers of the labelers of one table apart.
const PDS_SHIFT: u32 = 40;
