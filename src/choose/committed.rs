//! Owns the reading of `.covgate` files.
//! Must not know which packages there are.

use std::io::Read;

use camino::Utf8Path;

use crate::domain::floor::{FILE_NAME, parse};
use crate::domain::percent::Percent;
use crate::tools::files::open_regular;

/// How much of the file is read, in bytes. A first line is much shorter.
const LOOK: u64 = 1024;

/// Reads the floor that is committed in a folder; `None` if there is no `.covgate`.
///
/// # Errors
/// When there is a `.covgate` that cannot be read or holds no floor, with a message: it never
/// counts as missing.
pub(crate) fn committed(folder: &Utf8Path) -> Result<Option<Percent>, String> {
    let path = folder.join(FILE_NAME);
    let unreadable = |reason: String| format!("cannot read {path}: {reason}");
    match std::fs::symlink_metadata(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    }
    let mut start = Vec::new();
    open_regular(path.as_std_path())
        .and_then(|file| file.take(LOOK).read_to_end(&mut start))
        .map_err(|error| unreadable(error.to_string()))?;
    parse(&start).map(Some).map_err(|reason| format!("{path}:1: {reason}"))
}
