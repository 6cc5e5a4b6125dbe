//! A stream of random numbers in a fixed order: `ChaCha8` under a key that names it.
//!
//! Source: D. J. Bernstein, "`ChaCha`, a variant of Salsa20" (2008), with 8 rounds; words are read
//! little-endian, two 32-bit words of the key stream per draw, low word first.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use super::uniform;

/// An endless sequence of uniform 64-bit draws.
#[derive(Clone)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream under a 256-bit key, its words in little-endian order.
    pub(super) fn keyed(words: [u64; 4]) -> Self {
        let mut key = [0; 32];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// The next draw, uniform over all 64-bit integers.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// The next draw as an index below `n`.
    pub fn index(&mut self, n: u64) -> u64 {
        uniform::index(self.next_u64(), n)
    }

    /// The next draw as a double strictly between 0 and 1.
    pub fn unit(&mut self) -> f64 {
        uniform::unit(self.next_u64())
    }
}

impl std::fmt::Debug for Stream {
    /// Shows the key and how far the stream was read, which say all that is to know.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("key", &self.0.get_seed())
            .field("words_read", &self.0.get_word_pos())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// draft-strombergson-chacha-test-vectors-01, TC1, 256-bit key of zeros, 8 rounds.
    const ZERO_KEY_BLOCK: [u8; 64] = [
        0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6, 0x7f, 0x5b, 0xb8, 0xe8, 0x1f, 0x09, 0xa5,
        0xa1, 0x2c, 0x84, 0x0e, 0xc3, 0xce, 0x9a, 0x7f, 0x3b, 0x18, 0x1b, 0xe1, 0x88, 0xef, 0x71,
        0x1a, 0x1e, 0x98, 0x4c, 0xe1, 0x72, 0xb9, 0x21, 0x6f, 0x41, 0x9f, 0x44, 0x53, 0x67, 0x45,
        0x6d, 0x56, 0x19, 0x31, 0x4a, 0x42, 0xa3, 0xda, 0x86, 0xb0, 0x01, 0x38, 0x7b, 0xfd, 0xb8,
        0x0e, 0x0c, 0xfe, 0x42,
    ];

    #[test]
    fn the_first_block_is_the_published_one() {
        let mut stream = Stream::keyed([0; 4]);
        for bytes in ZERO_KEY_BLOCK.chunks_exact(8) {
            let expected = u64::from_le_bytes(bytes.try_into().unwrap());
            assert_eq!(stream.next_u64(), expected);
        }
    }

    #[test]
    fn the_key_is_written_word_by_word_in_little_endian() {
        let mut key = [0; 32];
        key[0] = 1;
        key[8] = 2;
        key[17] = 3;
        key[31] = 4;
        let mut direct = ChaCha8Rng::from_seed(key);
        let mut stream = Stream::keyed([1, 2, 3 << 8, 4 << 56]);
        for _ in 0..100 {
            assert_eq!(stream.next_u64(), direct.next_u64());
        }
    }

    #[test]
    fn debug_shows_how_far_the_stream_was_read() {
        let mut stream = Stream::keyed([0; 4]);
        stream.next_u64();
        assert!(format!("{stream:?}").contains("words_read: 2"));
    }
}
