//! Owns floors: what a `.covgate` may hold, and which floor a package has.
//! Must not know coverage; a floor stands before anything is measured.

use std::fs::File;
use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};

use crate::percent::{Percent, PercentError};

/// The file's name, in the package's folder.
pub const FILE_NAME: &str = ".covgate";

/// A first line is a handful of bytes; this much is looked at.
const LOOK: u64 = 1024;

/// The floor of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floor {
    /// What must be reached.
    pub percent: Percent,
    /// Where it comes from.
    pub source: Source,
}

/// Where a floor comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The package's `.covgate`: the team's own word, held to tightness.
    Committed,
    /// A `[[package]]` table of `covgate.toml`.
    Override,
    /// The default.
    Default,
}

/// A `.covgate` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FloorError {
    /// It cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// The system's words, or what it is instead of a file.
        reason: String,
    },
    /// Its first line is not a floor.
    #[error("{path}:1: {reason}")]
    Malformed {
        /// The file.
        path: Utf8PathBuf,
        /// What was found.
        reason: PercentError,
    },
}

/// Reads the floor that is committed in a folder; `None` where there is no `.covgate`.
///
/// # Errors
/// When there is one that cannot be read or holds no floor: it is never taken for none.
pub fn committed(folder: &Utf8Path) -> Result<Option<Percent>, FloorError> {
    let path = folder.join(FILE_NAME);
    let unreadable = |reason: String| FloorError::Unreadable { path: path.clone(), reason };
    match std::fs::symlink_metadata(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    }
    // Through symlinks; a pipe would wait for a writer for ever.
    let meta = std::fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?;
    if !meta.is_file() {
        return Err(unreadable("not a regular file".to_owned()));
    }
    let mut start = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(LOOK).read_to_end(&mut start))
        .map_err(|error| unreadable(error.to_string()))?;
    parse(&start).map(Some).map_err(|reason| FloorError::Malformed { path, reason })
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
    use proptest::prelude::*;

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
    fn what_is_there_but_no_floor_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap();
        assert!(committed(path).unwrap().is_none());
        std::os::unix::fs::symlink("nowhere", path.join(FILE_NAME)).unwrap();
        assert!(committed(path).is_err(), "a dangling link");
        std::fs::remove_file(path.join(FILE_NAME)).unwrap();
        std::fs::create_dir(path.join(FILE_NAME)).unwrap();
        let error = committed(path).unwrap_err().to_string();
        assert!(error.ends_with(".covgate: not a regular file"), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_floor_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse(&bytes);
        }
    }
}
