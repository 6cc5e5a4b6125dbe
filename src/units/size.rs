//! Amounts of memory: whole bytes, written with a unit.

use super::{UnitError, decimal::Decimal};

/// An amount of memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(u64);

/// Units of 1,024 and of 1,000; `K` and the like alone mean the former, as memory is sold.
const UNITS: [(&str, u64); 13] = [
    ("B", 1),
    ("K", 1 << 10),
    ("KiB", 1 << 10),
    ("M", 1 << 20),
    ("MiB", 1 << 20),
    ("G", 1 << 30),
    ("GiB", 1 << 30),
    ("T", 1 << 40),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
];

impl Size {
    /// So many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// In bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl std::str::FromStr for Size {
    type Err = UnitError;

    /// Reads `"512MiB"`, `"1.5GiB"`, `"2GB"`.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let trimmed = text.trim();
        let end = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, unit) = trimmed.split_at(end.unwrap_or(trimmed.len()));
        let remedy = "write \"512MiB\" or \"2GiB\"";
        let wrong = |what: &str| UnitError::new(format!("`{text}` {what}"), remedy);
        let decimal = Decimal::parse(number).map_err(|_| wrong("is not an amount of memory"))?;
        if unit.is_empty() {
            return Err(wrong("has no unit"));
        }
        let mut units = UNITS.iter();
        let factor = units.find(|(name, _)| *name == unit.trim());
        let (_, factor) = factor.ok_or_else(|| wrong("has no known unit of memory"))?;
        let scaled = decimal.digits.checked_mul(u128::from(*factor));
        let bytes = scaled.and_then(|scaled| u64::try_from(scaled / decimal.scale()).ok());
        bytes.map(Self).ok_or_else(|| wrong("is above 16 EiB"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        let read = |text: &str| {
            text.parse::<Size>()
                .map(Size::bytes)
                .map_err(|error| error.fault)
        };
        assert_eq!(read("512MiB"), Ok(536_870_912));
        assert_eq!(read("1.5 GiB"), Ok(1_610_612_736));
        assert_eq!(read("2GB"), Ok(2_000_000_000));
        assert_eq!(read("0B"), Ok(0));
        for (text, fault) in [
            ("512", "`512` has no unit"),
            ("-1GiB", "`-1GiB` is not an amount of memory"),
            ("1GiBs", "`1GiBs` has no known unit of memory"),
            ("99999999TiB", "`99999999TiB` is above 16 EiB"),
            ("", "`` is not an amount of memory"),
        ] {
            assert_eq!(read(text), Err(fault.to_owned()));
        }
    }
}
