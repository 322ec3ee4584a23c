//! Owns the order of go's versions. It must not know where a go comes from.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, bail};

/// A go version; a release candidate or beta comes before its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
    patch: u32,
    // The order of the fields is the order of versions: false sorts first.
    released: bool,
}

impl Version {
    pub(crate) const fn release(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch, released: true }
    }
}

impl FromStr for Version {
    type Err = anyhow::Error;

    /// Accepts `1.22.10` and what go itself prints: `go1.26.8`, `go1.27rc1`, `go1.26.8-X:nodwarf5`,
    /// `devel go1.28-3d3bc88 …`.
    fn from_str(text: &str) -> Result<Self> {
        let odd = || format!("{text:?} is no go version; expected something like 1.22.10");
        let bare = text.trim();
        let bare = bare.strip_prefix("devel ").unwrap_or(bare);
        let bare = bare.strip_prefix("go").unwrap_or(bare);
        let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (numbers, rest) = bare.split_at(end.unwrap_or(bare.len()));
        let released = match rest.chars().next() {
            None | Some('-' | '+' | ' ') => true,
            Some('r' | 'b') => false,
            Some(_) => bail!(odd()),
        };
        let numbers: Vec<u32> =
            numbers.split('.').map(str::parse).collect::<Result<_, _>>().with_context(odd)?;
        let (major, minor, patch) = match numbers[..] {
            [major, minor] => (major, minor, 0),
            [major, minor, patch] => (major, minor, patch),
            _ => bail!(odd()),
        };
        Ok(Self { major, minor, patch, released })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if self.released { Ok(()) } else { f.write_str(" (not yet released)") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn reads_what_go_says() {
        assert_eq!(version("go1.26.8\n"), Version::release(1, 26, 8));
        assert_eq!(version("1.22"), Version::release(1, 22, 0));
        assert_eq!(version("go1.26.8-X:nodwarf5"), Version::release(1, 26, 8));
        assert_eq!(version("devel go1.28-3d3bc88 Tue"), Version::release(1, 28, 0));
    }

    #[test]
    fn orders_by_number_not_by_letter() {
        assert!(version("1.9") < version("1.22"));
        assert!(version("go1.22.9") < version("go1.22.10"));
        assert!(version("go1.22rc1") < version("go1.22"));
        assert!(version("go1.21.13") < version("go1.22beta1"));
    }

    #[test]
    fn refuses_what_is_no_version() {
        for odd in ["", "go", "1", "1.2.3.4", "1..2", "1.22x", "latest", "go1.99999999999"] {
            assert!(odd.parse::<Version>().is_err(), "{odd:?}");
        }
    }
}
