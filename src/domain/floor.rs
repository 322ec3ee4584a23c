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

/// The first line is no floor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FloorError {
    /// It is not the number that it is to be.
    #[error(transparent)]
    Number(#[from] PercentError),
    /// It begins with what nobody sees.
    #[error(
        "expected a number from 0 to 100 with at most two decimals, found a byte order mark; \
         save the file as UTF-8 without one"
    )]
    ByteOrderMark,
}

/// As text begins that an editor has marked: UTF-8, and both kinds of UTF-16.
const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];

/// Reads a floor from the first line of a `.covgate`.
///
/// # Errors
/// When that line is not a number from 0 to 100 with at most two decimals.
pub fn parse(start: &[u8]) -> Result<Percent, FloorError> {
    if BYTE_ORDER_MARKS.iter().any(|mark| start.starts_with(mark)) {
        return Err(FloorError::ByteOrderMark);
    }
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(line).trim().parse::<Percent>()?)
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

    #[test]
    fn what_nobody_sees_is_named() {
        let utf16: Vec<u8> = "\u{feff}80\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for marked in ["\u{feff}80\n".as_bytes(), &utf16] {
            assert_eq!(parse(marked), Err(FloorError::ByteOrderMark));
        }
    }
}
