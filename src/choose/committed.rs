//! Owns the reading of `.covgate` files.
//! Must not know which packages there are.

use std::fs::File;
use std::io::Read;

use camino::Utf8Path;

use crate::domain::floor::{FILE_NAME, parse};
use crate::domain::percent::Percent;

/// How much of the file is read, in bytes. A first line is much shorter.
const LOOK: u64 = 1024;

/// Reads the floor that is committed in a folder; `None` if there is no `.covgate`.
///
/// # Errors
/// When there is a `.covgate` that cannot be read or holds no floor, with a message: it never
/// counts as missing.
pub fn committed(folder: &Utf8Path) -> Result<Option<Percent>, String> {
    let path = folder.join(FILE_NAME);
    let unreadable = |reason: String| format!("cannot read {path}: {reason}");
    match std::fs::symlink_metadata(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    }
    // Symlinks are followed. A pipe is refused: it would wait for a writer for ever.
    let meta = std::fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?;
    if !meta.is_file() {
        return Err(unreadable("not a regular file".to_owned()));
    }
    let mut start = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(LOOK).read_to_end(&mut start))
        .map_err(|error| unreadable(error.to_string()))?;
    parse(&start).map(Some).map_err(|reason| format!("{path}:1: {reason}"))
}
