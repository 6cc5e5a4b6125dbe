//! What a part of a divided run tells the others.
//!
//! In a run that is not divided the same things happen at once and in one place; here they are
//! written down under the keys that they have there, and done in the order of the keys.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::division::Division;
use super::event::Event;
use super::send::Draft;
use super::state::InFlight;
use super::world::World;
use crate::des::{Key, Rank, Slab};
use crate::labeler::LabelBoard;
use crate::protocol::{Account, Fact, LabelerId, Message, Observer, Partial, Pds};
use crate::units::Time;

/// What a part has to tell.
#[derive(Debug)]
pub(super) struct Apart {
    /// The event that is being processed.
    pub(super) current: Key,
    /// For labelers.
    pub(super) notices: Vec<Notice>,
    /// First deliveries of spammers, as far as this part knows.
    pub(super) firsts: Vec<First>,
    /// From labelers to all PDSes.
    pub(super) announcements: Vec<Announcement>,
    /// Messages that go on elsewhere.
    pub(super) moving: Vec<Moving>,
    /// When messages come back to senders' PDSes here, or are sent again: the earliest first. What is
    /// past is dropped when somebody asks.
    returns: BinaryHeap<Reverse<Time>>,
    /// Sends that are written when they are due.
    drafts: Slab<Draft>,
    /// Which part has which PDSes; none for the one that has no PDS.
    place: Option<(usize, Arc<Division>)>,
}

impl Apart {
    /// Those of a part of a division; of the one that has no PDS, where there is no place.
    pub(super) fn new(place: Option<(usize, Arc<Division>)>) -> Self {
        Self {
            current: Key::first_at(Time::ZERO),
            notices: Vec::new(),
            firsts: Vec::new(),
            announcements: Vec::new(),
            moving: Vec::new(),
            returns: BinaryHeap::new(),
            drafts: Slab::default(),
            place,
        }
    }

    /// The earliest instant from `now` on at which a message comes back or is sent again.
    pub(super) fn next_return(&mut self, now: Time) -> Option<Time> {
        while self.returns.peek().is_some_and(|Reverse(time)| *time < now) {
            self.returns.pop();
        }
        self.returns.peek().map(|Reverse(time)| *time)
    }
}

/// A message that goes on in the part of another PDS.
#[derive(Debug)]
pub(super) struct Moving {
    pub(super) key: Key,
    flight: InFlight,
    leg: Leg,
}

impl Moving {
    /// The PDS where it goes on.
    pub(super) fn to(&self) -> Pds {
        match self.leg {
            Leg::Arrival => self.flight.message.recipient_pds,
            Leg::Failure => self.flight.message.sender_pds,
        }
    }
}

/// What happens to a message where it goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leg {
    /// It arrives.
    Arrival,
    /// Its sender's PDS learns that the attempt failed.
    Failure,
}

/// What a labeler gets to know of a message.
#[derive(Debug, Clone, Copy)]
pub(super) enum News {
    /// It was delivered.
    Sighting,
    /// It was reported.
    Report,
}

impl News {
    fn event(self, labeler: u16, exposure: u32) -> Event {
        match self {
            Self::Sighting => Event::Sighting { labeler, exposure },
            Self::Report => Event::Report { labeler, exposure },
        }
    }
}

/// Something for a labeler, with its place in the order of events.
#[derive(Debug)]
pub(super) struct Notice {
    key: Key,
    labeler: u16,
    news: News,
    message: Message,
}

/// The first message of a spammer that was delivered by some part.
#[derive(Debug)]
pub(super) struct First {
    pub(super) subject: u32,
    pub(super) key: Key,
    pub(super) place: (Pds, Time),
}

/// What a labeler publishes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Announcement {
    Issue {
        labeler: u16,
        subject: Account,
        now: Time,
        expires: Time,
    },
    Negation {
        labeler: u16,
        subject: Account,
        now: Time,
    },
}

impl Announcement {
    /// When it is published.
    pub(super) fn at(self) -> Time {
        match self {
            Self::Issue { now, .. } | Self::Negation { now, .. } => now,
        }
    }
}

impl<O: Observer> World<'_, O> {
    /// A labeler gets to know of a message at the recipient's PDS, at once.
    pub(super) fn tell_labeler(&mut self, now: Time, labeler: u16, message: &Message, news: News) {
        let process = &mut self.pdses[message.recipient_pds.0 as usize].process;
        let key = process.key(now, Rank::Other);
        let notice = Notice {
            key,
            labeler,
            news,
            message: *message,
        };
        match &mut self.apart {
            Some(apart) => apart.notices.push(notice),
            None => self.notify(&notice),
        }
    }

    /// Schedules that a labeler gets to know of a message.
    pub(super) fn notify(&mut self, notice: &Notice) {
        let exposure = self.exposures.insert(notice.message);
        let event = notice.news.event(notice.labeler, exposure);
        self.calendar.push(notice.key, event);
    }

    /// Where and when the first message of a spammer was delivered is remembered.
    pub(super) fn note_first_delivery(&mut self, now: Time, message: &Message) {
        let (subject, place) = (message.sender.0, (message.recipient_pds, now));
        let known = self.first_deliveries.len();
        self.first_deliveries.get_or_insert_with(subject, || place);
        if self.first_deliveries.len() > known
            && let Some(apart) = &mut self.apart
        {
            let key = apart.current;
            apart.firsts.push(First {
                subject,
                key,
                place,
            });
        }
    }

    /// A labeler has published something: other parts read it from their own copies of its board.
    pub(super) fn announce(&mut self, announcement: Announcement) {
        if let Some(apart) = &mut self.apart {
            apart.announcements.push(announcement);
        }
    }

    /// Whether a PDS is in another part.
    #[inline]
    pub(super) fn is_elsewhere(&self, pds: Pds) -> bool {
        let place = self.apart.as_ref().and_then(|apart| apart.place.as_ref());
        place.is_some_and(|(part, division)| division.part_of(pds) != *part)
    }

    /// A message goes on in another part.
    pub(super) fn move_on(&mut self, key: Key, flight: InFlight, leg: Leg) {
        let apart = self.apart.as_mut().expect("a part knows of others");
        apart.moving.push(Moving { key, flight, leg });
    }

    /// A message that went on from another part.
    pub(super) fn take_over(&mut self, moving: &Moving) {
        let message = self.flights.insert(moving.flight);
        let event = match moving.leg {
            Leg::Arrival => Event::Arrival { message },
            Leg::Failure => {
                self.note_return(moving.key.time());
                Event::Failure { message }
            }
        };
        self.calendar.push(moving.key, event);
    }

    /// A message will come back to its sender's PDS, or leave it again, at `time`.
    #[inline]
    pub(super) fn note_return(&mut self, time: Time) {
        if let Some(apart) = &mut self.apart {
            apart.returns.push(Reverse(time));
        }
    }

    /// A send that must be written in the order of events waits until it is due.
    pub(super) fn write_when_due(&mut self, time: Time, draft: Draft) {
        let apart = self.apart.as_mut().expect("a part has drafts");
        let (origin, ordinal) = draft.arrival;
        let draft = apart.drafts.insert(draft);
        let key = Key::new(time, Rank::Other, origin, ordinal);
        self.calendar.push(key, Event::Write { draft });
    }

    /// A send is due.
    pub(super) fn write_at_last(&mut self, now: Time, draft: u32) {
        let apart = self.apart.as_mut().expect("a part has drafts");
        let draft = apart.drafts.remove(draft);
        self.write(now, &draft);
    }

    fn board(&mut self, labeler: u16) -> &mut LabelBoard {
        &mut self.labelers[usize::from(labeler)].board
    }
}

impl<O: Partial> World<'_, O> {
    /// Copies what a labeler has published elsewhere.
    pub(super) fn take_note(&mut self, announcement: Announcement) {
        match announcement {
            Announcement::Issue {
                labeler,
                subject,
                now,
                expires,
            } => {
                self.board(labeler).issue(subject, now, expires);
                let fact = Fact::LabelIssued {
                    labeler: LabelerId(labeler),
                    subject,
                    class: self.class_of(subject),
                    first_delivered: None,
                    known: None,
                };
                self.observer.overhear(now, &fact);
            }
            Announcement::Negation {
                labeler,
                subject,
                now,
            } => {
                self.board(labeler).negate(subject, now);
            }
        }
    }
}
