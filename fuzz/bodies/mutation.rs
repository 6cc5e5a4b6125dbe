//! Random changes of an input: bits, bytes, pieces copied, dropped, repeated, numbers and words that
//! readers stumble over, and pieces of other inputs.

/// A small generator (splitmix64): the same seed gives the same inputs everywhere.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }

    /// A number below `most`, 0 where that is 0.
    pub fn below(&mut self, most: usize) -> usize {
        let bits = (self.next() >> 33) as usize;
        if most == 0 { 0 } else { bits % most }
    }
}

const WORDS: [&str; 32] = [
    "0",
    "-1",
    "1",
    "18446744073709551615",
    "9223372036854775807",
    "1e308",
    "nan",
    "inf",
    "0.0",
    "\"\"",
    "\"0s\"",
    "\"1ns\"",
    "\"584y\"",
    "\"213503d\"",
    "\"100%\"",
    "\"0/1s\"",
    "\"1000000000/s\"",
    "{}",
    "[]",
    "=",
    "\n",
    ",",
    "\"",
    "[[",
    "true",
    "\u{feff}",
    "\0",
    "{ constant = \"0s\" }",
    "{ constant = \"9999d\" }",
    "\"all\"",
    "4294967295",
    "{ pareto = { scale = \"1ns\", shape = 0.01 } }",
];

/// A changed copy of one input, with pieces of another.
pub fn mutated(input: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(24)).min(bytes.len());
        match dice.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = dice.next().to_le_bytes()[0],
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].to_vec();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            4 => {
                let from = dice.below(other.len() + 1);
                let until = (from + dice.below(80)).min(other.len());
                bytes.splice(at..at, other[from..until].iter().copied());
            }
            5 => replace_number(&mut bytes, at, dice),
            6 => replace_value(&mut bytes, at, dice),
            _ => {
                let word = WORDS[dice.below(WORDS.len())];
                bytes.splice(at..end, word.bytes());
            }
        }
        bytes.truncate(1 << 16);
    }
    bytes
}

/// The number at or after a place becomes another one.
fn replace_number(bytes: &mut Vec<u8>, at: usize, dice: &mut Dice) {
    let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit) else {
        return;
    };
    let start = at + start;
    let length = bytes[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let number = match dice.below(4) {
        0 => "0".to_owned(),
        1 => dice.below(10).to_string(),
        2 => (1_u64 << dice.below(63)).to_string(),
        _ => (dice.next() >> dice.below(64)).to_string(),
    };
    bytes.splice(start..start + length, number.bytes());
}

/// What stands after the next equals sign becomes a word.
fn replace_value(bytes: &mut Vec<u8>, at: usize, dice: &mut Dice) {
    let Some(start) = bytes[at..].iter().position(|byte| *byte == b'=') else {
        return;
    };
    let start = at + start + 1;
    let length = bytes[start..]
        .iter()
        .take_while(|byte| !b"\n,}".contains(byte))
        .count();
    let word = format!(" {} ", WORDS[dice.below(WORDS.len())]);
    bytes.splice(start..start + length, word.bytes());
}
