//! Owns which go this is: its version, the module it sees, and what covgate minds of its settings.
//! Must not know how the answer was fetched.

use std::fmt;
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::goflags;

/// The oldest go that covgate is tested with: since 1.22 a package without tests reports 0.0 %.
pub(crate) const OLDEST: Version = Version { major: 1, minor: 22 };

/// Before this version, one `go test` over a package without tests and another that imports it
/// counts both wrongly (golang/go#70244).
const UNTESTED_IN_BATCH: Version = Version { major: 1, minor: 24 };

/// A go release, without its patch number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
}

/// What `go env` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Toolchain {
    /// As go names itself, such as `go1.26.8`.
    pub name: String,
    /// Its release.
    pub version: Version,
    /// The main module's `go.mod`; `None` outside a module.
    pub go_mod: Option<Utf8PathBuf>,
    /// The flags of every go command, from the environment or from `go env -w`.
    pub go_flags: String,
    /// Where go is to make its temporary folders; none for where all programs do.
    pub temporary: Option<Utf8PathBuf>,
}

/// The answer of `go env` cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolchainError {
    /// Not the JSON that `go env -json` prints.
    #[error("go env -json printed what is not its JSON")]
    Json(#[from] serde_json::Error),
    /// The text is not a version.
    #[error("go says its version is `{0}`, which covgate cannot read")]
    Version(String),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "GOVERSION")]
    version: String,
    #[serde(rename = "GOMOD", default)]
    go_mod: String,
    #[serde(rename = "GOFLAGS", default)]
    go_flags: String,
    #[serde(rename = "GOTMPDIR", default)]
    temporary: Utf8PathBuf,
}

impl Toolchain {
    /// The main module's root; none outside a module.
    #[must_use]
    pub(crate) fn root(&self) -> Option<&Utf8Path> {
        self.go_mod.as_deref()?.parent()
    }

    /// Whether one `go test` can measure packages without tests together with those that import
    /// them.
    #[must_use]
    pub(crate) fn batches_untested(&self) -> bool {
        self.version >= UNTESTED_IN_BATCH
    }

    /// Whether GOFLAGS says how often each test runs, for which go does not use its cache.
    #[must_use]
    pub(crate) fn counts_tests(&self) -> bool {
        goflags::has(&self.go_flags, "count")
    }

    /// Reads what `go env -json GOVERSION GOMOD GOFLAGS GOTMPDIR` printed.
    ///
    /// # Errors
    /// When the output is something else.
    pub(crate) fn parse(output: &[u8]) -> Result<Self, ToolchainError> {
        let answer: Answer = serde_json::from_slice(output)?;
        let version =
            answer.version.parse().map_err(|()| ToolchainError::Version(answer.version.clone()))?;
        // Outside a module GOMOD is the null device, in GOPATH mode it is empty (`go help env`).
        let outside = answer.go_mod.is_empty() || answer.go_mod == "/dev/null";
        Ok(Self {
            name: answer.version,
            version,
            go_mod: (!outside).then(|| answer.go_mod.into()),
            go_flags: answer.go_flags,
            temporary: Some(answer.temporary).filter(|folder| !folder.as_str().is_empty()),
        })
    }
}

impl FromStr for Version {
    type Err = ();

    /// Reads `go1.26.8`, `go1.27rc1` and `devel go1.28-0123abc …`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let start = text.find("go1").ok_or(())?;
        let rest = &text[start + "go".len()..];
        let (major, rest) = rest.split_once('.').unwrap_or((rest, "0"));
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        Ok(Self {
            major: major.parse().map_err(|_| ())?,
            minor: rest[..digits].parse().map_err(|_| ())?,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_of_all_kinds() {
        let minor = |text: &str| text.parse::<Version>().map(|version| version.minor);
        assert_eq!(minor("go1.26.8"), Ok(26));
        assert_eq!(minor("go1.22"), Ok(22));
        assert_eq!(minor("go1.27rc1"), Ok(27));
        assert_eq!(minor("devel go1.28-0123abc Mon Nov 2"), Ok(28));
        assert_eq!(minor("go1.26.8 X:nocoverageredesign"), Ok(26));
        assert_eq!(minor("gccgo"), Err(()));
        assert_eq!(minor(""), Err(()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_toolchain_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Toolchain::parse(&bytes);
        }

        #[test]
        fn any_text_is_a_version_or_none(text in "\\PC*") {
            let _ = text.parse::<Version>();
            let _ = format!("go1{text}").parse::<Version>();
        }
    }
}
