//! When enough replications were made: the interval is narrow, and stays so.
//!
//! Rule: the precision must hold at some n and at every one of the next f(n) replications, where
//! f(n) = 5 up to n = 100 and floor(5 n / 100) beyond; one failure, and the search goes on. The
//! look-ahead guards against an interval that is narrow by chance.
//!
//! Source: Hoad, Robinson and Davies, "Automated selection of the number of replications for a
//! discrete-event simulation", Journal of the Operational Research Society 61 (2010), with the
//! default that they recommend, kLimit = 5.

/// Replications for which the precision must last, up to 100 of them.
const K_LIMIT: u64 = 5;

/// How the search for enough replications stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The interval is too wide.
    Wide,
    /// It is narrow since `since` replications, and must stay so for `left` more.
    Lasting {
        /// Replications when it became narrow.
        since: u64,
        /// Replications for which it must stay narrow still.
        left: u64,
    },
    /// It became narrow at `since` replications and stayed so.
    Enough {
        /// Replications when it became narrow.
        since: u64,
    },
}

/// The search for enough replications.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search {
    since: Option<u64>,
}

/// For how many more replications a precision must last that is reached at `n`.
pub const fn look_ahead(n: u64) -> u64 {
    if n <= 100 { K_LIMIT } else { K_LIMIT * n / 100 }
}

impl Search {
    /// Takes whether the interval over the first `n` replications is narrow; n grows by one from
    /// call to call.
    pub fn after(&mut self, n: u64, width: Width) -> Standing {
        if width == Width::Wide {
            self.since = None;
            return Standing::Wide;
        }
        let since = *self.since.get_or_insert(n);
        match (since + look_ahead(since)).saturating_sub(n) {
            0 => Standing::Enough { since },
            left => Standing::Lasting { since, left },
        }
    }
}

/// Whether an interval is narrow enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// It is.
    Narrow,
    /// It is not.
    Wide,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of replications at which a search ends, and since when it was narrow.
    fn end(is_narrow: impl Fn(u64) -> bool) -> (u64, u64) {
        let mut search = Search::default();
        for n in 3.. {
            let width = if is_narrow(n) {
                Width::Narrow
            } else {
                Width::Wide
            };
            if let Standing::Enough { since } = search.after(n, width) {
                return (n, since);
            }
        }
        unreachable!("the numbers do not end")
    }

    #[test]
    fn a_precision_must_last_for_five_more_replications() {
        assert_eq!(end(|_| true), (8, 3));
        assert_eq!(end(|n| n >= 20), (25, 20));
    }

    #[test]
    fn a_precision_that_is_lost_is_searched_for_again() {
        // Narrow from 10 to 14, four more than the first: not five. Then from 30 on.
        assert_eq!(end(|n| (10..15).contains(&n) || n >= 30), (35, 30));
        assert_eq!(end(|n| (10..16).contains(&n)), (15, 10));
    }

    #[test]
    fn beyond_a_hundred_the_look_ahead_grows_in_proportion() {
        // floor(5 x 250 / 100) = 12.
        assert_eq!(
            (look_ahead(100), look_ahead(101), look_ahead(250)),
            (5, 5, 12)
        );
        assert_eq!(end(|n| n >= 250), (262, 250));
    }

    #[test]
    fn what_is_left_is_counted_down() {
        let mut search = Search::default();
        let standings: Vec<Standing> = (7..=9).map(|n| search.after(n, Width::Narrow)).collect();
        let lasting = |left| Standing::Lasting { since: 7, left };
        assert_eq!(standings, [lasting(5), lasting(4), lasting(3)]);
    }
}
