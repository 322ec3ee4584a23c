//! Owns time limits, how durations are written (as go writes them), and which numbers are valid
//! durations.
//! Must not know what the limits are for.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::choice::read_text;

/// Turns a number of seconds into a duration; none if it is negative, not a number, or too long for
/// a [`Duration`]. Take care when adding such durations: whoever wrote them may have written absurd
/// values.
#[must_use]
pub(crate) fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number).ok()
}

/// The text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a duration such as 90s, 10m or 1h30m (0 for no limit), found `{0}`")]
pub struct LimitError(String);

/// The time after which something counts as hung; `0` means never. It is written as go writes
/// durations: `90s`, `1h30m`, `500ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(Option<Duration>);

impl Limit {
    /// No limit.
    pub const NONE: Self = Self(None);

    /// A limit; zero means no limit.
    #[must_use]
    pub fn new(duration: Duration) -> Self {
        Self((!duration.is_zero()).then_some(duration))
    }

    /// The duration, if there is a limit.
    #[must_use]
    pub fn get(self) -> Option<Duration> {
        self.0
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(duration) => write!(f, "{}s", duration.as_secs_f64()),
            None => f.write_str("0"),
        }
    }
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        parse_duration(text).map(Self::new).ok_or_else(|| LimitError(text.to_owned()))
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, "a duration such as \"90s\" or \"10m\"")
    }
}

/// Go's duration syntax (time.ParseDuration), without signs: one or more decimal numbers with a
/// unit each, or a lone `0`.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut total = 0.0_f64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, size) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
        total += number * size;
        rest = &rest[unit.len()..];
    }
    if text.is_empty() { None } else { seconds(total) }
}

/// A longer unit comes before the unit that it starts with.
const UNITS: [(&str, f64); 7] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_written_as_in_go() {
        let read = |text| parse_duration(text).map(|duration| duration.as_secs_f64());
        assert_eq!(read("0"), Some(0.0));
        assert_eq!(read("90s"), Some(90.0));
        assert_eq!(read("1h30m"), Some(5400.0));
        assert_eq!(read("1.5s"), Some(1.5));
        assert_eq!(read("250ms"), Some(0.25));
        for bad in ["", "10", "s", "-1s", "1x", "1s2", "1..5s", "9999999999999999999999h"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&format!("{}h", "9".repeat(400))), None);
    }

    #[test]
    fn what_no_clock_shows_is_no_duration() {
        for absurd in [f64::NAN, f64::INFINITY, f64::MAX, -0.001, f64::NEG_INFINITY] {
            assert_eq!(seconds(absurd), None, "{absurd}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_duration_or_none(text in "[0-9.a-zµ]*") {
            let _ = parse_duration(&text);
        }
    }
}
