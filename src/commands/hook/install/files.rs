//! Owns changes to files that git or people rely on: each happens completely or not at all, and
//! nothing is overwritten by accident.
//! Must not know why they change.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, symlink};

use camino::{Utf8Path, Utf8PathBuf};

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

/// Gives a hook a second place, `kept`, under its own name; `false` where another file is there.
/// Where the file system knows no second names, the file moves instead.
pub(super) fn keep_as(hook: &Utf8Path, kept: &Utf8Path) -> Result<bool> {
    let made = kept.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
        match hook.read_link_utf8() {
            Ok(target) => keep_link(&from_beside(hook, target), kept),
            Err(_) => keep_file(hook, kept),
        }
    });
    if !matches!(made, Ok(true)) {
        clear(kept);
    }
    made.map_err(|error| cannot("move", hook, error))
}

fn keep_file(hook: &Utf8Path, kept: &Utf8Path) -> io::Result<bool> {
    match fs::hard_link(hook, kept) {
        Ok(()) => Ok(true),
        // The same file has the name already where an installation was cut short.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(is_same(hook, kept)),
        Err(_) => fs::rename(hook, kept).map(|()| true),
    }
}

fn keep_link(target: &Utf8Path, kept: &Utf8Path) -> io::Result<bool> {
    match symlink(target, kept) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Ok(kept.read_link_utf8().is_ok_and(|there| there == target))
        }
        made => made.map(|()| true),
    }
}

/// Where a link's target lies from the folder beside that of the hooks; a whole path is the same
/// from anywhere.
fn from_beside(hook: &Utf8Path, target: Utf8PathBuf) -> Utf8PathBuf {
    beside(hook).map_or(target.clone(), |beside| beside.join(target))
}

/// The folder of the hooks from the one beside it.
fn beside(hook: &Utf8Path) -> Option<Utf8PathBuf> {
    Some(Utf8Path::new("..").join(hook.parent()?.file_name()?))
}

fn is_same(one: &Utf8Path, other: &Utf8Path) -> bool {
    let number = |path: &Utf8Path| {
        let meta = path.symlink_metadata().ok()?;
        Some((meta.dev(), meta.ino()))
    };
    number(one).is_some() && number(one) == number(other)
}

/// Takes [`keep_as`] back.
pub(super) fn undo_keep(hook: &Utf8Path, kept: &Utf8Path) {
    // A rename onto another name of the same file does nothing, so the second name goes by itself.
    let _ = if hook.symlink_metadata().is_ok() {
        fs::remove_file(kept)
    } else {
        fs::rename(kept, hook)
    };
    clear(kept);
}

/// Puts a kept hook back in its place, over what is there.
pub(super) fn restore(kept: &Utf8Path, hook: &Utf8Path) -> Result<()> {
    let back = match kept.read_link_utf8() {
        Ok(target) => {
            let lead = beside(hook);
            let target = lead.and_then(|lead| target.strip_prefix(lead).ok()).unwrap_or(&target);
            // Beside its place first, so that the rename is whole.
            let new = kept.with_file_name("pre-push.back");
            fs::remove_file(&new)
                .or_else(|error| match error.kind() {
                    ErrorKind::NotFound => Ok(()),
                    _ => Err(error),
                })
                .and_then(|()| symlink(target, &new))
                .and_then(|()| fs::rename(&new, hook))
                .and_then(|()| fs::remove_file(kept))
        }
        Err(_) => fs::rename(kept, hook),
    };
    back.map_err(|error| cannot("move", kept, error))?;
    clear(kept);
    Ok(())
}

/// Removes the folder of a hook that is no longer kept there, with the links that covgate's hook has
/// made for it; what somebody else has put there stays.
fn clear(kept: &Utf8Path) {
    let is_own = |folder: &&Utf8Path| folder.as_str().ends_with(script::ASIDE);
    let Some(folder) = kept.parent().filter(is_own) else { return };
    if kept.symlink_metadata().is_ok() {
        return;
    }
    for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
        if entry.path().is_symlink() {
            let _ = fs::remove_file(entry.path());
        }
    }
    let _ = fs::remove_dir(folder);
}

/// Removes a file.
pub(super) fn remove(path: &Utf8Path) -> Result<()> {
    fs::remove_file(path).map_err(|error| cannot("remove", path, error))
}

fn cannot(what: &str, path: &Utf8Path, error: io::Error) -> Error {
    Error::environment(error).context(format!("cannot {what} {path}"))
}
