//! A change detector for every stream: one hash over fixed draws from all primitives and laws.
//!
//! The expected hash is the program's own output and proves nothing about correctness, which the
//! tests beside each primitive do. It makes sure that no change of code, compiler, platform or
//! dependency changes published results unnoticed. Change it only together with the changelog.

use sha2::{Digest as _, Sha256};

use super::{Alias, Distribution, Law, Permutation, Purpose, Seed, uniform};

const EXPECTED: &str = "afa52a7de4f47901e0d857d0f9393893b958616f741b50bc383f8589909ca81a";

/// Purposes under the hash, in the order of their codes; one that was added since shifts nothing.
const PURPOSES: usize = 46;

const SEED: Seed = Seed {
    seed: 20_251_101,
    replication: 2,
};

const DISTRIBUTIONS: [&str; 9] = [
    r#"{"constant":"5ms"}"#,
    r#"{"uniform":{"min":"1ms","max":"3ms"}}"#,
    r#"{"exponential":{"mean":"20m","shift":"1s"}}"#,
    r#"{"lognormal":{"median":"35ms","sigma":0.6,"shift":"5ms"}}"#,
    r#"{"lognormal":{"median":"8ms","p99":"60ms"}}"#,
    r#"{"pareto":{"scale":"1s","shape":2.5}}"#,
    r#"{"erlang":{"mean":"1s","k":3}}"#,
    r#"{"erlang":{"mean":"1s","k":200}}"#,
    r#"{"hyperexponential":{"mean":"1s","cv2":4.0,"shift":"1ms"}}"#,
];

/// Collects numbers into a hash, each as eight bytes in little-endian order.
struct Sink(Sha256);

impl Sink {
    fn take(&mut self, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            self.0.update(number.to_le_bytes());
        }
    }
}

fn take_primitives(sink: &mut Sink) {
    let counter = SEED.counter();
    for purpose in &Purpose::ALL[..PURPOSES] {
        let purpose = *purpose;
        let mut stream = SEED.stream(purpose, 7);
        sink.take((0..64).map(|_| stream.next_u64()));
        sink.take((0..64).map(|i| counter.draw(purpose, i, i / 4)));
    }
    let mut stream = SEED.stream(Purpose::Test, 0);
    sink.take((1..256).map(|n| uniform::index(stream.next_u64(), n)));
    sink.take((0..256).map(|_| uniform::unit(stream.next_u64()).to_bits()));
    let alias = Alias::new(&[5, 0, 1, 1_000, 3, 3]).expect("weights above 0");
    sink.take((0..256).map(|_| alias.pick(stream.next_u64()) as u64));
    for n in [1, 10, 100, 14_740_000, u64::MAX] {
        let permutation = Permutation::new(n, stream.next_u64());
        sink.take((0..100.min(n)).map(|x| permutation.image(x)));
    }
}

fn take_laws(sink: &mut Sink) {
    for (entity, text) in (0..).zip(DISTRIBUTIONS) {
        let distribution: Distribution = serde_json::from_str(text).expect("a distribution");
        let law = Law::new(&distribution);
        let mut stream = SEED.stream(Purpose::Test, 1 + entity);
        sink.take((0..4_096).map(|_| law.draw(stream.next_u64()).ns()));
        // Each octave from both ends.
        sink.take((0..64).map(|bit| law.draw(1 << bit).ns()));
        sink.take((0..64).map(|bit| law.draw(!(1 << bit)).ns()));
    }
    let law = Law::empirical(&[3, 1, 4, 1, 5, 9, 2, 6]);
    sink.take((0..64).map(|i| law.draw(i << 58).ns()));
}

/// Prints bytes as two hexadecimal digits each.
struct Hex<'a>(&'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[test]
fn no_stream_has_changed() {
    let mut sink = Sink(Sha256::new());
    take_primitives(&mut sink);
    take_laws(&mut sink);
    let found = Hex(&sink.0.finalize()).to_string();
    assert_eq!(
        found, EXPECTED,
        "random streams changed: published results no longer reproduce"
    );
}
