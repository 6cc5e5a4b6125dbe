//! Numeric casts, each with its range stated; the only file where `as` may lose bits.

use serde::{Deserializer, de};

use super::UnitError;

/// Nanoseconds to seconds, rounded to the nearest double.
#[allow(clippy::cast_precision_loss, reason = "the rounding is the purpose")]
pub fn ns_to_seconds(ns: u64) -> f64 {
    // The quotient of two integers that are exact doubles is correctly rounded below 2^53 ns
    // (104 days); above, the two roundings stay within one unit in the last place.
    ns as f64 / 1e9
}

/// A count as a double, rounded to nearest above 2^53.
#[allow(clippy::cast_precision_loss, reason = "the rounding is the purpose")]
pub fn count_to_f64(count: u64) -> f64 {
    count as f64
}

/// A wide count as a double, rounded to nearest above 2^53.
#[allow(clippy::cast_precision_loss, reason = "the rounding is the purpose")]
pub fn wide_to_f64(count: u128) -> f64 {
    count as f64
}

/// A signed wide count as a double, rounded to nearest above 2^53.
#[allow(clippy::cast_precision_loss, reason = "the rounding is the purpose")]
pub fn signed_to_f64(count: i128) -> f64 {
    count as f64
}

/// A double to nanoseconds: rounded to nearest, 0 below 0 and for NaN, saturating above.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates"
)]
pub fn f64_to_ns(ns: f64) -> u64 {
    libm::rint(ns) as u64
}

/// The integer part of a non-negative double, saturating.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates"
)]
pub fn f64_floor(value: f64) -> u64 {
    libm::floor(value) as u64
}

/// The upper 32 bits of a product fit the type by construction.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the caller's bound is below 2^32"
)]
pub fn low_u32(value: u64) -> u32 {
    debug_assert!(u32::try_from(value).is_ok());
    value as u32
}

/// The lower 64 bits of a wide value whose upper half is known to be empty.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the caller's bound is below 2^64"
)]
pub fn low_u64(value: u128) -> u64 {
    debug_assert!(u64::try_from(value).is_ok());
    value as u64
}

/// A position on a drawing as a whole number, rounded; beyond a million it stays there.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the value is bounded before it is cast"
)]
pub fn pixel(position: f64) -> i32 {
    libm::round(position).clamp(-1e6, 1e6) as i32
}

/// An index into memory as a `u32` id.
///
/// # Panics
/// If there are more than 2^32 of the things counted.
pub fn id_u32(index: usize) -> u32 {
    u32::try_from(index).expect("more than 2^32 entities")
}

/// A length in memory as a `u64` count; every `usize` fits.
///
/// # Panics
/// Never on machines of up to 64 bits.
pub fn count_to_u64(length: usize) -> u64 {
    u64::try_from(length).expect("more than 2^64 bytes of memory")
}

/// A `u64` count as an index.
///
/// # Panics
/// On a machine whose memory is smaller than the count.
pub fn index(count: u64) -> usize {
    usize::try_from(count).expect("count exceeds the address space")
}

/// Reads a quantity from a string; a bare number gets the error `bare` makes of it.
pub(super) fn from_quantity<'de, D, T>(
    deserializer: D,
    expecting: &'static str,
    bare: fn(&str) -> UnitError,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err = UnitError>,
{
    struct Quantity<T> {
        expecting: &'static str,
        bare: fn(&str) -> UnitError,
        read: std::marker::PhantomData<T>,
    }

    impl<T: std::str::FromStr<Err = UnitError>> de::Visitor<'_> for Quantity<T> {
        type Value = T;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.expecting)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
            Err(E::custom((self.bare)(&number.to_string())))
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
            Err(E::custom((self.bare)(&number.to_string())))
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
            Err(E::custom((self.bare)(&number.to_string())))
        }
    }

    deserializer.deserialize_any(Quantity {
        expecting,
        bare,
        read: std::marker::PhantomData,
    })
}
