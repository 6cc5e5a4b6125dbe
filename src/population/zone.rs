//! Time zones: how far the clocks of a group of people are from UTC, written `"+09:00"` or `"-03:30"`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::UnitError;

/// An offset from UTC, to the minute; without summer time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    /// Minutes east of Greenwich; west of it they are below 0.
    east: i16,
}

/// The widest offsets in use are -12:00 and +14:00.
const WIDEST: std::ops::RangeInclusive<i16> = -720..=840;

const DAY_S: u64 = 86_400;

impl Zone {
    /// The clock on the wall at `unix_s`, as seconds whose days begin at midnight there.
    pub fn wall_clock(self, unix_s: u64) -> u64 {
        let east = i64::from(self.east) * 60;
        (unix_s + DAY_S).checked_add_signed(east).unwrap_or(unix_s)
    }
}

impl TryFrom<String> for Zone {
    type Error = UnitError;

    fn try_from(text: String) -> Result<Self, UnitError> {
        let wrong = || UnitError {
            fault: format!("`{text}` is no offset from UTC"),
            remedy: "write one such as \"+09:00\" or \"-03:30\", from -12:00 to +14:00".to_owned(),
        };
        let (sign, rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err(wrong()),
        };
        let two = |part: &str, below: i16| {
            let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            let number = part.parse().ok().filter(|_| is_plain);
            number.filter(|number: &i16| *number < below)
        };
        let parts = rest.split_once(':').ok_or_else(wrong)?;
        let (hours, minutes) = two(parts.0, 24).zip(two(parts.1, 60)).ok_or_else(wrong)?;
        let east = sign * (60 * hours + minutes);
        WIDEST
            .contains(&east)
            .then_some(Self { east })
            .ok_or_else(wrong)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        let sign = if zone.east < 0 { '-' } else { '+' };
        let minutes = zone.east.unsigned_abs();
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl JsonSchema for Zone {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Zone".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "offset from UTC such as \"+09:00\" or \"-03:30\""
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(text: &str) -> Result<Zone, UnitError> {
        Zone::try_from(text.to_owned())
    }

    #[test]
    fn offsets_are_read_and_written_back() {
        for text in ["+09:00", "-03:30", "+00:00", "+14:00", "-12:00"] {
            assert_eq!(String::from(zone(text).unwrap()), text);
        }
        for text in [
            "9", "+9:00", "+15:00", "-13:00", "+01:60", "UTC", "", "+é:0",
        ] {
            assert!(zone(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_clock_on_the_wall_is_ahead_in_the_east() {
        // 08:00 UTC is 17:00 at +09:00 and 04:30 at -03:30.
        let at = |text| zone(text).unwrap().wall_clock(8 * 3_600) % DAY_S;
        assert_eq!(
            [at("+09:00"), at("-03:30")],
            [17 * 3_600, 4 * 3_600 + 1_800]
        );
        // Midnight UTC is still the day before in the west.
        assert_eq!(zone("-01:00").unwrap().wall_clock(0) % DAY_S, 23 * 3_600);
    }
}
