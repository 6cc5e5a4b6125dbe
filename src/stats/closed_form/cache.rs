//! A cache of DID documents under Poisson look-ups, directory delay 0.
//!
//! An entry is served as fresh up to the age s; the first look-up after that fetches, in the
//! background up to the age m and blocking beyond. So a cycle is s plus an exponential gap:
//! one of its `1 + rate s` look-ups fetches, and blocks with the chance that no look-up came
//! between s and m.

/// A cache and the look-ups of one DID.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cache {
    /// Look-ups per unit of time.
    pub lookup_rate: f64,
    /// Age from which an entry is refreshed.
    pub stale: f64,
    /// Age from which an entry may not be served; at least `stale`.
    pub max: f64,
}

impl Cache {
    /// Share of the look-ups that fetch: `1 / (1 + rate s)`.
    pub fn fetch_share(&self) -> f64 {
        1.0 / (1.0 + self.lookup_rate * self.stale)
    }

    /// Share of the look-ups that wait for a fetch: `e^(-rate (m - s)) / (1 + rate s)`.
    pub fn blocking_share(&self) -> f64 {
        libm::exp(-self.lookup_rate * (self.max - self.stale)) * self.fetch_share()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lookup_per_stale_time_fetches_every_second_one() {
        let cache = Cache {
            lookup_rate: 1.0,
            stale: 1.0,
            max: 24.0,
        };
        assert!((cache.fetch_share() - 0.5).abs() < 1e-12);
        assert!((cache.blocking_share() - libm::exp(-23.0) / 2.0).abs() < 1e-20);
    }

    #[test]
    fn without_a_grace_period_every_fetch_blocks() {
        let cache = Cache {
            lookup_rate: 3.0,
            stale: 2.0,
            max: 2.0,
        };
        assert!((cache.blocking_share() - cache.fetch_share()).abs() < 1e-15);
        assert!((cache.fetch_share() - 1.0 / 7.0).abs() < 1e-15);
    }
}
