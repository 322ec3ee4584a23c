//! Owns the values of settings that are words, and how they are written.
//! Must not know where they were written: the same text means the same on the
//! command line, in the environment, in `covgate.toml` and in a report.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// The text is not one of the words that an option takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found `{found}`")]
pub struct Unknown {
    pub(crate) expected: &'static str,
    pub(crate) found: String,
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident, $expected:literal, { $($(#[$variant_doc:meta])* $variant:ident = $first:literal $(| $word:literal)*),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every one, in the order in which errors list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }

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

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_text(deserializer, $expected)
            }
        }
    };
}

choice! {
    /// How to treat a committed floor that lags behind coverage by more than the tolerance.
    Tightness, "fail, warn or off", {
        /// The row is LOOSE and the gate closes.
        Fail = "fail" | "true",
        /// The row is LOOSE and the run passes.
        Warn = "warn",
        /// Lagging floors are ignored.
        Off = "off" | "false",
    }
}

choice! {
    /// What a floor is that fell since the base without a reason.
    FloorGuard, "fail, warn or off", {
        /// The row is FAIL.
        Fail = "fail" | "true",
        /// A warning says so, the row stands.
        Warn = "warn",
        /// Floors are not compared.
        Off = "off" | "false",
    }
}

choice! {
    /// What an ignore directive is whose statements are all covered.
    IdleIgnores, "fail, warn or off", {
        /// An error; the gate closes.
        Fail = "fail" | "true",
        /// A warning.
        Warn = "warn",
        /// Not said.
        Off = "off" | "false",
    }
}

choice! {
    /// How packages are measured.
    EngineChoice, "auto, batch or fanout", {
        /// Batch.
        Auto = "auto",
        /// One `go test` over all packages, and as few more as the tests outside allow.
        Batch = "batch",
        /// One `go test` per package.
        Fanout = "fanout",
    }
}

choice! {
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

choice! {
    /// Which modules a run is about.
    ModulesChoice, "this, workspace or all", {
        /// The one around the working directory.
        This = "this",
        /// Those that `go.work` names, built together.
        Workspace = "workspace",
        /// Every one that git tracks below the working directory, each built by itself.
        All = "all",
    }
}

choice! {
    /// Which packages the pre-push hook gates.
    ScopeChoice, "affected or all", {
        /// Those whose result can have changed.
        Affected = "affected",
        /// All.
        All = "all",
    }
}

choice! {
    /// How packages are divided into shards.
    ShardBy, "hash or time", {
        /// By their import paths.
        Hash = "hash",
        /// By the time they took in an earlier run.
        Time = "time",
    }
}

choice! {
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

/// Reads a value that is written as text, or as a number or a boolean with the same text.
pub(super) fn read_text<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(
    deserializer: D,
    expected: &'static str,
) -> Result<T, D::Error> {
    let text = deserializer.deserialize_any(TextVisitor(expected))?;
    text.parse().map_err(de::Error::custom)
}

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

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<String, E> {
        // The shortest text that reads back as this number is what was written, digits and all.
        Ok(value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expects_all<T: FromStr<Err = Unknown> + fmt::Display>(all: &[T]) {
        let expected = "?".parse::<T>().err().unwrap().expected;
        let listed: Vec<&str> =
            expected.split(", ").flat_map(|words| words.split(" or ")).collect();
        assert_eq!(listed, all.iter().map(ToString::to_string).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_lists_every_word() {
        expects_all(Tightness::ALL);
        expects_all(EngineChoice::ALL);
        expects_all(Prewarm::ALL);
        expects_all(ScopeChoice::ALL);
        expects_all(ShardBy::ALL);
        expects_all(ColorChoice::ALL);
    }

    #[test]
    fn tightness_takes_booleans() {
        assert_eq!("true".parse(), Ok(Tightness::Fail));
        assert_eq!("false".parse(), Ok(Tightness::Off));
        assert!("maybe".parse::<Tightness>().is_err());
    }

    #[test]
    fn what_is_written_reads_back() {
        let json = serde_json::to_string(&[Tightness::Fail, Tightness::Warn, Tightness::Off]);
        assert_eq!(json.unwrap(), r#"["fail","warn","off"]"#);
        let read = serde_json::from_str::<Tightness>;
        assert_eq!(
            (read("\"warn\"").unwrap(), read("true").unwrap()),
            (Tightness::Warn, Tightness::Fail)
        );
        let wrong = read("\"maybe\"").unwrap_err().to_string();
        assert!(wrong.starts_with("expected fail, warn or off, found `maybe`"), "{wrong}");
    }
}
