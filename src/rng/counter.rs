//! Stateless draws: a keyed hash of (message identity, ordinal), one key per purpose.
//!
//! Rule: with the key words k0..k3 and the 128-bit product folded to 64 bits by xor,
//! `draw = fold(lo ^ k2, hi ^ k3)` where `(lo, hi)` is the product of `identity ^ k0` and
//! `ordinal ^ k1`. The keys come from `ChaCha8`, so the draws of two purposes, seeds or
//! replications have nothing to do with each other. The multiply-and-fold step is that of Wang
//! Yi's wyhash (public domain).

use super::{Purpose, Seed, Stream};

/// The stateless draws of one replication, for every purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    keys: [CounterKey; Purpose::COUNT],
}

impl Counter {
    pub(super) fn new(seed: Seed) -> Self {
        let keys = Purpose::ALL.map(|purpose| seed.counter_for(purpose));
        Self { keys }
    }

    /// The draw of `identity` for `purpose`; `ordinal` tells several draws of one identity apart.
    pub fn draw(&self, purpose: Purpose, identity: u64, ordinal: u64) -> u64 {
        self.key(purpose).draw(identity, ordinal)
    }

    /// The draws for one purpose.
    pub fn key(&self, purpose: Purpose) -> CounterKey {
        self.keys[purpose as usize]
    }
}

/// The stateless draws of one replication for one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterKey {
    words: [u64; 4],
}

impl CounterKey {
    pub(super) fn from_stream(stream: &mut Stream) -> Self {
        Self {
            words: std::array::from_fn(|_| stream.next_u64()),
        }
    }

    /// The draw of `identity`; `ordinal` tells several draws of one identity apart.
    #[inline]
    pub fn draw(self, identity: u64, ordinal: u64) -> u64 {
        let [k0, k1, k2, k3] = self.words;
        let (low, high) = halves(identity ^ k0, ordinal ^ k1);
        fold(low ^ k2, high ^ k3)
    }
}

/// The lower and the upper half of a product.
#[inline]
#[allow(
    clippy::cast_possible_truncation,
    reason = "the halves are the purpose"
)]
pub(super) fn halves(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    (product as u64, (product >> 64) as u64)
}

/// The two halves of a product, folded.
#[inline]
pub(super) fn fold(a: u64, b: u64) -> u64 {
    let (low, high) = halves(a, b);
    low ^ high
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed {
        seed: 1,
        replication: 0,
    };

    fn key(purpose: Purpose) -> CounterKey {
        SEED.counter_for(purpose)
    }

    /// Pearson's statistic over 256 equally likely cells, standardised: about normal(0, 1).
    fn uniformity(draws: impl Iterator<Item = u64>, cell: impl Fn(u64) -> u64) -> f64 {
        let mut counts = [0_u32; 256];
        let mut total = 0_u32;
        for draw in draws {
            counts[usize::try_from(cell(draw)).unwrap()] += 1;
            total += 1;
        }
        let expected = f64::from(total) / 256.0;
        let statistic: f64 = counts
            .iter()
            .map(|&n| (f64::from(n) - expected) * (f64::from(n) - expected) / expected)
            .sum();
        (statistic - 255.0) / libm::sqrt(2.0 * 255.0)
    }

    const BOTTOM_BYTE: fn(u64) -> u64 = |draw| draw & 255;
    const MIDDLE_BYTE: fn(u64) -> u64 = |draw| (draw >> 28) & 255;
    const TOP_BYTE: fn(u64) -> u64 = |draw| draw >> 56;

    #[test]
    fn sequential_identities_ordinals_and_packed_identities_give_uniform_bytes() {
        let key = key(Purpose::Test);
        for cell in [BOTTOM_BYTE, MIDDLE_BYTE, TOP_BYTE] {
            let n = 1_u64 << 16;
            let standings = [
                uniformity((0..n).map(|i| key.draw(i, 0)), cell),
                uniformity((0..n).map(|i| key.draw(7, i)), cell),
                uniformity((0..n).map(|i| key.draw(i << 32, 0)), cell),
                uniformity(
                    (0..n).map(|i| key.draw((i >> 8) << 40 | (i & 255), 1)),
                    cell,
                ),
                uniformity((0..n).map(|i| key.draw(i, i)), cell),
            ];
            for standing in standings {
                assert!(standing.abs() < 4.5, "{standings:?}");
            }
        }
    }

    #[test]
    fn differences_of_neighbours_are_uniform_too() {
        let key = key(Purpose::Delay);
        let step = |i: u64| key.draw(i + 1, 0).wrapping_sub(key.draw(i, 0));
        for cell in [BOTTOM_BYTE, MIDDLE_BYTE, TOP_BYTE] {
            let standing = uniformity((0..1 << 16).map(step), cell);
            assert!(standing.abs() < 4.5, "{standing}");
        }
    }

    #[test]
    fn each_flipped_input_bit_flips_each_output_bit_half_of_the_time() {
        let key = key(Purpose::Loss);
        let n = 2_000_u64;
        for input_bit in 0..128 {
            let mut flips = [0_u32; 64];
            for i in 0..n {
                let base = key.draw(i, i / 3);
                let flipped = match input_bit {
                    0..64 => key.draw(i ^ (1 << input_bit), i / 3),
                    _ => key.draw(i, (i / 3) ^ (1 << (input_bit - 64))),
                };
                for (bit, count) in flips.iter_mut().enumerate() {
                    *count += u32::from((base ^ flipped) >> bit & 1 == 1);
                }
            }
            // 8,192 binomial counts: 6 standard deviations of sqrt(n)/2.
            for count in flips {
                let off = (f64::from(count) - 1_000.0) / libm::sqrt(500.0);
                assert!(off.abs() < 6.0, "input bit {input_bit}: {count} of {n}");
            }
        }
    }

    #[test]
    fn two_purposes_agree_in_half_of_their_bits() {
        let n = 1_000_u64;
        for pair in Purpose::ALL.windows(2) {
            let (a, b) = (key(pair[0]), key(pair[1]));
            let differing: u32 = (0..n)
                .map(|i| (a.draw(i, 0) ^ b.draw(i, 0)).count_ones())
                .sum();
            let off = (f64::from(differing) - 32_000.0) / libm::sqrt(16_000.0);
            assert!(off.abs() < 4.5, "{pair:?}: {differing}");
        }
    }

    #[test]
    fn a_quarter_million_draws_do_not_collide() {
        let key = key(Purpose::Read);
        let mut seen: Vec<u64> = (0..1 << 18).map(|i| key.draw(i >> 2, i & 3)).collect();
        seen.sort_unstable();
        // The chance of any collision is 2^(36 - 65).
        assert!(seen.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
