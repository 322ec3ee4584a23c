//! Owns changes to files that git or people rely on: each happens completely or not at all, and
//! nothing is overwritten by accident.
//! Must not know why they change.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;

use camino::Utf8Path;

use super::super::script;
use crate::error::{Error, Result};
use crate::tools::files::{Mode, replace};

/// Writes covgate's hook, and creates its folder if there is none. It is executable as far as the
/// umask allows.
pub(super) fn write_hook(hook: &Utf8Path) -> Result<()> {
    let folder = hook.parent().unwrap_or(Utf8Path::new("/"));
    let text = script::TEXT.as_bytes();
    fs::create_dir_all(folder)
        .and_then(|()| replace(hook.as_std_path(), text, Mode::New(0o755)))
        .map_err(|error| cannot("write", hook, error))
}

/// Gives a file a second name; `false` if another file has that name. If the file system does not
/// support second names, the file gets the new name instead.
pub(super) fn keep_as(path: &Utf8Path, aside: &Utf8Path) -> Result<bool> {
    match fs::hard_link(path, aside) {
        Ok(()) => Ok(true),
        // The file already has that name if an installation was cut short.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(is_same(path, aside)),
        Err(_) => rename(path, aside).map(|()| true),
    }
}

fn is_same(one: &Utf8Path, other: &Utf8Path) -> bool {
    let number = |path: &Utf8Path| {
        let meta = path.symlink_metadata().ok()?;
        Some((meta.dev(), meta.ino()))
    };
    number(one).is_some() && number(one) == number(other)
}

/// Undoes [`keep_as`].
pub(super) fn undo_keep(path: &Utf8Path, aside: &Utf8Path) {
    // Renaming onto another name of the same file does nothing, so the second name is removed on
    // its own.
    let _ = if path.symlink_metadata().is_ok() {
        fs::remove_file(aside)
    } else {
        fs::rename(aside, path)
    };
}

/// Moves a file over another.
pub(super) fn rename(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| cannot("move", from, error))
}

/// Removes a file.
pub(super) fn remove(path: &Utf8Path) -> Result<()> {
    fs::remove_file(path).map_err(|error| cannot("remove", path, error))
}

fn cannot(what: &str, path: &Utf8Path, error: io::Error) -> Error {
    Error::environment(error).context(format!("cannot {what} {path}"))
}
