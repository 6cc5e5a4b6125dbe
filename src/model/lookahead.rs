//! How soon a labeler can react.
//!
//! From the moment at which a labeler notices an account to its verdict passes the lag, or the time
//! of a moderator. The draw of a lag hangs on the account and the number of its case: where no case
//! is ever opened twice, the shortest lag that can happen in this replication is the smallest over the
//! accounts that can be noticed, and not the smallest that the law knows.

use super::plan::Issuer;
use super::world::World;
use crate::labeler::{Bylaws, Lag, SightSpec};
use crate::protocol::{Account, Class, Observer};
use crate::rng::{Law, Purpose};
use crate::units::Span;

/// Draws that are worth their time to find a shortest lag.
const MOST_DRAWS: u64 = 1 << 24;

impl<O: Observer> World<'_, O> {
    /// The shortest time from what a labeler sees to what it publishes; none where none ever
    /// publishes anything.
    pub(super) fn quickest_labeler(&self) -> Option<Span> {
        let labelers = 0..self.plan.labelers.count();
        labelers
            .filter_map(|labeler| self.quickest_of(labeler))
            .min()
    }

    fn quickest_of(&self, labeler: u16) -> Option<Span> {
        let bylaws = self.plan.labelers.bylaws(labeler);
        let (law, purpose) = match &bylaws.lag {
            Lag::After(law) => (law, Purpose::LabelLag),
            Lag::Triage { handle, .. } => (handle, Purpose::Moderation),
        };
        let everybody = vec![(Account(0), self.plan.topology.accounts())];
        let noticeable = if self.sees_more_than_spammers(bylaws) {
            everybody
        } else {
            self.spammers()
        };
        let draws: u64 = noticeable.iter().map(|(_, count)| u64::from(*count)).sum();
        let labelers = u64::from(self.plan.labelers.count());
        if may_reopen(bylaws) || draws * labelers > MOST_DRAWS {
            return Some(law.lower_bound());
        }
        self.quickest_about(&noticeable, labeler, law, purpose)
    }

    fn quickest_about(
        &self,
        accounts: &[(Account, u32)],
        labeler: u16,
        law: &Law,
        purpose: Purpose,
    ) -> Option<Span> {
        let all = accounts
            .iter()
            .flat_map(|(first, count)| first.0..first.0 + count);
        // A law never falls as its draw grows.
        let draw = |account| self.label_draw(purpose, labeler, Account(account), 0);
        all.map(draw).min().map(|least| law.draw(least))
    }

    /// The accounts that spam is written from, as runs.
    fn spammers(&self) -> Vec<(Account, u32)> {
        let streams = self.plan.streams.iter();
        let spam = streams.filter(|stream| stream.class == Class::Spam);
        spam.flat_map(|stream| {
            (0..stream.members.count()).map(|member| (stream.members.account(member), 1))
        })
        .collect()
    }

    /// Whether a labeler may notice an account that no spammer writes from.
    fn sees_more_than_spammers(&self, bylaws: &Bylaws) -> bool {
        let groups = &self.plan.groups;
        let sees_ham = match bylaws.sees {
            SightSpec::FirstMessage {} => false,
            SightSpec::Reports { .. } => groups
                .iter()
                .any(|group| group.reactions.false_report.is_some()),
            SightSpec::Rate(_) | SightSpec::FanOut(_) | SightSpec::Content { .. } => true,
        };
        let forges = groups
            .iter()
            .any(|group| group.credentials.issuer == Issuer::Forged);
        sees_ham || forges
    }
}

/// Whether an account may have more than one case.
fn may_reopen(bylaws: &Bylaws) -> bool {
    bylaws.right.is_some() || bylaws.expires.is_some() || bylaws.appeals.are_possible()
}
