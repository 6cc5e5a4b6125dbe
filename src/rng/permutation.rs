//! A keyed permutation of `0..n` that needs no memory: the k-th contact of an account without a
//! list of contacts.
//!
//! Rule: split the smallest power of two that holds `n` into two halves of bits, change each half
//! in turn by a keyed hash of the other (a Feistel network, twelve steps), and walk on from an
//! image outside `0..n` to its own image until one is inside. The power of two is below `2n`, so
//! fewer than two walks are needed on average.
//!
//! Sets of up to 16 are too small for the network to mix (3 elements would be off by 2 %): there
//! the image of an element is the rank of its hash among the hashes of all.
//!
//! Source: Black and Rogaway, "Ciphers with arbitrary finite domains" (2002), cycle walking.

use super::counter::fold;

/// A bijection of `0..n` onto itself, chosen by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permutation {
    n: u64,
    key: u64,
    right_bits: u32,
    left_mask: u64,
    right_mask: u64,
}

impl Permutation {
    /// The permutation of `0..n` that `key` chooses.
    pub fn new(n: u64, key: u64) -> Self {
        let bits = u64::BITS - n.saturating_sub(1).leading_zeros();
        let left_bits = bits / 2;
        let right_bits = bits - left_bits;
        Self {
            n,
            key,
            right_bits,
            left_mask: mask(left_bits),
            right_mask: mask(right_bits),
        }
    }

    /// The size of the set that is permuted.
    pub const fn size(&self) -> u64 {
        self.n
    }

    /// Where `x` goes.
    ///
    /// # Panics
    /// If `x` is not below `n`.
    pub fn image(&self, x: u64) -> u64 {
        assert!(x < self.n, "{x} is outside the permuted set of {}", self.n);
        if self.n <= RANKED {
            return self.rank(x);
        }
        let mut image = self.scramble(x);
        while image >= self.n {
            image = self.scramble(image);
        }
        image
    }

    /// One pass of the network over the whole power of two.
    fn scramble(&self, x: u64) -> u64 {
        let mut left = x >> self.right_bits;
        let mut right = x & self.right_mask;
        for constant in STEPS {
            left ^= self.hash(right, constant) & self.left_mask;
            right ^= self.hash(left, constant.rotate_left(32)) & self.right_mask;
        }
        left << self.right_bits | right
    }

    /// How many elements have a lower hash; the elements themselves break ties.
    fn rank(&self, x: u64) -> u64 {
        let place = |y: u64| (fold(self.hash(y, STEPS[0]), STEPS[1]), y);
        let own = place(x);
        (0..self.n).map(|y| u64::from(place(y) < own)).sum()
    }

    fn hash(&self, half: u64, constant: u64) -> u64 {
        fold(half ^ self.key, constant ^ half.rotate_left(32))
    }
}

/// Sets up to this size are permuted by rank.
const RANKED: u64 = 16;

fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// Odd constants, one per double step: the first digits of the fractions of the square roots of
/// 2, 3, 5, 7, 11 and 13, as in the initial state of SHA-512, made odd.
const STEPS: [u64; 6] = [
    0x6a09_e667_f3bc_c909,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Purpose, Seed};
    use super::*;

    proptest! {
        #[test]
        fn every_element_is_the_image_of_exactly_one(n in 1_u64..3_000, key: u64) {
            let permutation = Permutation::new(n, key);
            let mut images: Vec<u64> = (0..n).map(|x| permutation.image(x)).collect();
            images.sort_unstable();
            prop_assert!(images.into_iter().eq(0..n));
        }

        #[test]
        fn images_stay_inside_large_sets(n in 1_u64.., x: u64, key: u64) {
            let permutation = Permutation::new(n, key);
            prop_assert!(permutation.image(x % n) < n);
        }
    }

    /// Pearson's statistic of the joint images of two elements over many keys, made about
    /// normal(0, 1) by the cube root of Wilson and Hilferty.
    fn evenness(n: u64, (x, y): (u64, u64)) -> f64 {
        let mut counts = vec![0_u32; usize::try_from(n * n).unwrap()];
        let keys = 200_000_u32;
        let seed = Seed {
            seed: 5,
            replication: 0,
        };
        let counter = seed.counter_for(Purpose::Contacts);
        for ordinal in 0..u64::from(keys) {
            let permutation = Permutation::new(n, counter.draw(n, ordinal));
            let cell = permutation.image(x) * n + permutation.image(y);
            counts[usize::try_from(cell).unwrap()] += 1;
        }
        let cells = f64::from(u32::try_from(n * (n - 1)).unwrap());
        let expected = f64::from(keys) / cells;
        let statistic: f64 = counts
            .iter()
            .filter(|&&c| c > 0)
            .map(|&c| (f64::from(c) - expected) * (f64::from(c) - expected) / expected)
            .sum();
        let freedom = cells - 1.0;
        let spread = 2.0 / (9.0 * freedom);
        (libm::cbrt(statistic / freedom) - (1.0 - spread)) / libm::sqrt(spread)
    }

    #[test]
    fn over_the_keys_each_pair_of_images_is_equally_likely() {
        for n in [2, 3, 5, 10, 16, 17, 24, 33, 64, 100] {
            for pair in [(0, 1), (0, n - 1), (n / 2, n / 2 + 1)] {
                if pair.1 < n && pair.0 != pair.1 {
                    let standing = evenness(n, pair);
                    assert!(standing.abs() < 4.5, "n {n}, {pair:?}: {standing}");
                }
            }
        }
    }

    #[test]
    fn neighbours_do_not_stay_neighbours() {
        // Of 10,000 pairs of neighbours about 2 have neighbouring images by chance.
        let permutation = Permutation::new(10_001, 42);
        let kept = (0..10_000)
            .filter(|&x| permutation.image(x).abs_diff(permutation.image(x + 1)) == 1)
            .count();
        assert!(kept < 15, "{kept}");
    }

    #[test]
    #[should_panic(expected = "outside")]
    fn an_element_outside_the_set_is_a_broken_invariant() {
        Permutation::new(10, 0).image(10);
    }
}
