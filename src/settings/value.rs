//! Owns the option values that are words or durations, and how they are written.
//! Must not know where they were written: the same text means the same on the
//! command line, in the environment and in `covgate.toml`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};

/// The text is none of the words an option takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found `{found}`")]
pub struct Unknown {
    expected: &'static str,
    found: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $expected:literal, { $($(#[$variant_doc:meta])* $variant:ident = $first:literal $(| $word:literal)*),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl FromStr for $name {
            type Err = Unknown;

            fn from_str(text: &str) -> Result<Self, Unknown> {
                match text {
                    $($first $(| $word)* => Ok(Self::$variant),)+
                    _ => Err(Unknown { expected: $expected, found: text.to_owned() }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $(Self::$variant => $first),+ })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(TextVisitor($expected))
                    .and_then(|text| text.parse().map_err(de::Error::custom))
            }
        }
    };
}

words! {
    /// What a committed floor is that lags coverage by more than the tolerance.
    Tightness, "fail, warn or off", {
        /// The row is LOOSE and the gate closes.
        Fail = "fail" | "true",
        /// The row is LOOSE, the run passes.
        Warn = "warn",
        /// Nobody looks.
        Off = "off" | "false",
    }
}

words! {
    /// How packages are measured.
    EngineChoice, "auto, batch or fanout", {
        /// Batch, and fanout for packages with tests outside.
        Auto = "auto",
        /// One `go test` over all packages that are tested only by their own tests.
        Batch = "batch",
        /// One `go test` a package.
        Fanout = "fanout",
    }
}

words! {
    /// When the warm pass runs.
    Prewarm, "auto, always or never", {
        /// Where parallelism > 1 and more than one package is measured.
        Auto = "auto",
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

words! {
    /// Which packages the pre-push hook gates.
    ScopeChoice, "affected or all", {
        /// Those whose result can have changed.
        Affected = "affected",
        /// All.
        All = "all",
    }
}

words! {
    /// When the report has colours.
    ColorChoice, "auto, always or never", {
        /// On a terminal, unless `NO_COLOR` is set.
        Auto = "auto",
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

/// Takes text, and the two booleans that some options accept as words.
struct TextVisitor(&'static str);

impl Visitor<'_> for TextVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }
}

/// A duration after which something counts as hung; `0` for never.
/// Written as go writes durations: `90s`, `1h30m`, `500ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(Option<Duration>);

impl Limit {
    /// No limit.
    pub const NONE: Self = Self(None);

    /// A limit; zero is none.
    #[must_use]
    pub fn new(duration: Duration) -> Self {
        Self((!duration.is_zero()).then_some(duration))
    }

    /// The duration, where there is a limit.
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
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        parse_duration(text).map(Self::new).ok_or_else(|| Unknown {
            expected: "a duration such as 90s, 10m or 1h30m (0 for no limit)",
            found: text.to_owned(),
        })
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(TextVisitor("a duration such as \"90s\" or \"10m\""))
            .and_then(|text| text.parse().map_err(de::Error::custom))
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
        let (unit, seconds) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
        total += number * seconds;
        rest = &rest[unit.len()..];
    }
    (!text.is_empty()).then(|| Duration::try_from_secs_f64(total).ok())?
}

/// Longer units first where one starts with another.
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
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs_f64());
        assert_eq!(seconds("0"), Some(0.0));
        assert_eq!(seconds("90s"), Some(90.0));
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("1.5s"), Some(1.5));
        assert_eq!(seconds("250ms"), Some(0.25));
        for bad in ["", "10", "s", "-1s", "1x", "1s2", "1..5s", "9999999999999999999999h"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn tightness_takes_booleans() {
        assert_eq!("true".parse(), Ok(Tightness::Fail));
        assert_eq!("false".parse(), Ok(Tightness::Off));
        assert!("maybe".parse::<Tightness>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_duration_or_none(text in "[0-9.a-zµ]*") {
            let _ = parse_duration(&text);
        }
    }
}
