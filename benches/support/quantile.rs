//! Durations from a table: one 64-bit draw gives one variate of any law, by inverse transform.
//!
//! The quantile function is tabulated over the distance to the nearer end of (0, 1). The number
//! of leading zeros of that distance chooses an octave (so that the tails are as fine as the
//! middle), the bits behind the leading one choose a cell, the bits behind those interpolate
//! linearly. Values are integer nanoseconds. Tail probabilities below 2^-41 are cut off.

/// Octaves per side.
const OCTAVES: usize = 40;
/// Cells per octave, as a power of two.
const CELL_BITS: u32 = 6;
/// Nodes per octave: both ends of each cell.
const STRIDE: usize = (1 << CELL_BITS) + 1;

/// A tabulated distribution of durations in nanoseconds.
pub struct QuantileTable {
    nodes: Vec<i64>,
}

impl QuantileTable {
    /// An exponential law with a mean in nanoseconds.
    pub fn exponential(mean_ns: f64) -> Self {
        Self::new(
            |probability| -mean_ns * libm::log1p(-probability),
            |probability| -mean_ns * libm::log(probability),
        )
    }

    /// `shift + LogNormal(median, sigma)`, in nanoseconds, from the standard normal's `deviates`.
    pub fn lognormal(deviates: &NormalDeviates, shift_ns: f64, median_ns: f64, sigma: f64) -> Self {
        let value = |z: f64| shift_ns + median_ns * libm::exp(sigma * z);
        let lower = deviates.below.iter().map(|z| round(value(*z)));
        let upper = deviates.below.iter().map(|z| round(value(-*z)));
        Self {
            nodes: lower.chain(upper).collect(),
        }
    }

    /// A law given by its quantile function from below and from above: `below(p)` has probability
    /// `p` under it, `above(p)` has probability `p` over it; both are asked for p <= 1/2 only.
    fn new(below: impl Fn(f64) -> f64, above: impl Fn(f64) -> f64) -> Self {
        let lower = tail_probabilities().map(|p| round(below(p)));
        let upper = tail_probabilities().map(|p| round(above(p)));
        Self {
            nodes: lower.chain(upper).collect(),
        }
    }

    /// The variate that belongs to 64 uniform bits.
    #[inline]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "indices below 2^13, and values that lie between two nodes, which are >= 0"
    )]
    pub fn draw(&self, bits: u64) -> u64 {
        let side = bits >> 63;
        let distance = (bits ^ side.wrapping_neg()) | 1 << (63 - OCTAVES);
        let octave = distance.leading_zeros() - 1;
        let behind = distance << (octave + 2);
        let cell = (behind >> (64 - CELL_BITS)) as usize;
        let fraction = i128::from(behind << CELL_BITS >> 1);
        let node = (side as usize * OCTAVES + octave as usize) * STRIDE + cell;
        let (from, to) = (self.nodes[node], self.nodes[node + 1]);
        (from + ((i128::from(to - from) * fraction) >> 63) as i64) as u64
    }
}

/// Quantiles of the standard normal law at the table's lower nodes; the upper ones are their
/// mirror image. Worked out once and shared by all log-normal tables.
pub struct NormalDeviates {
    below: Vec<f64>,
}

impl NormalDeviates {
    /// Solves `log Phi(z) = log p` at every node by Newton's method, each from its neighbour.
    pub fn new() -> Self {
        let mut z = 0.0;
        let below = tail_probabilities()
            .map(|probability| {
                z = normal_quantile(probability, z);
                z
            })
            .collect();
        Self { below }
    }
}

fn normal_quantile(probability: f64, start: f64) -> f64 {
    let target = libm::log(probability);
    let mut z = start;
    for _ in 0..40 {
        let phi = 0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2);
        let density = libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * std::f64::consts::PI);
        let step = (libm::log(phi) - target) * phi / density;
        z -= step;
        if step.abs() < 1e-9 {
            return z;
        }
    }
    panic!("log Phi is concave, so Newton's method converges: p = {probability}");
}

/// Tail probabilities of the nodes, octave by octave from the middle outwards: octave k covers
/// (2^-(k+2), 2^-(k+1)].
fn tail_probabilities() -> impl Iterator<Item = f64> {
    (0..OCTAVES).flat_map(|octave| {
        let start = libm::ldexp(0.25, -i32::try_from(octave).expect("at most 40"));
        (0..STRIDE).map(move |cell| {
            let cell = f64::from(u32::try_from(cell).expect("at most 64"));
            start * (1.0 + libm::ldexp(cell, -i32::try_from(CELL_BITS).expect("6")))
        })
    })
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "durations of at most some hours, in ns"
)]
fn round(value_ns: f64) -> i64 {
    libm::round(value_ns.max(0.0)) as i64
}
