//! Owns floors: what a `.covgate` may hold, and which floor a package has.
//! Must not know coverage: floors are read before anything is measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::percent::{Percent, PercentError};

/// The file's name, in the package's folder.
pub const FILE_NAME: &str = ".covgate";

/// The floor of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floor {
    /// The percentage that must be reached.
    pub percent: Percent,
    /// Where it comes from.
    pub source: Source,
    /// What it was at the base, where it fell since and nobody said why.
    pub fell_from: Option<Percent>,
}

/// Where a floor comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "FloorSource")]
pub enum Source {
    /// The package's `.covgate`.
    Committed,
    /// A `[[package]]` table of `covgate.toml`.
    Override,
    /// The default threshold.
    Default,
}

/// Reads a floor from the first line of a `.covgate`.
///
/// # Errors
/// When that line is not a number from 0 to 100 with at most two decimals.
pub fn parse(start: &[u8]) -> Result<Percent, PercentError> {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).trim().parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_floor() {
        for good in ["80", "80.5\n", "80.25\r\nnotes: 3 %\n", "  80  \n"] {
            assert!(parse(good.as_bytes()).is_ok(), "{good:?}");
        }
        for bad in ["", "\n80", "80%", "eighty", "80 # why", "\u{feff}80", "8\u{0}0\u{0}"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }
}
