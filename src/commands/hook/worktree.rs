//! Owns covgate's own work tree, for commits that the user's work tree does not hold: one per
//! clone, kept, locked, and repaired if broken.
//! Must not know what is tested in it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::git::Git;
use crate::tools::process::{RunError, Supervisor};

/// covgate's own folder in a repository's common git directory.
#[must_use]
pub fn home(common_dir: &Utf8Path) -> Utf8PathBuf {
    common_dir.join("covgate")
}

/// Held while the work tree is in use; the system releases it however covgate ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

/// Takes the lock; says so on `err` if another push has it.
///
/// # Errors
/// When the folder cannot be written, or a signal ends the wait.
pub fn lock(common_dir: &Utf8Path, supervisor: &Supervisor, err: &mut dyn Write) -> Result<Lock> {
    let home = home(common_dir);
    let path = home.join("lock");
    let open = || {
        fs::create_dir_all(&home)?;
        File::options().create(true).truncate(false).write(true).open(&path)
    };
    let file = open().map_err(|error| unusable(error, &path))?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock(file)),
            Err(TryLockError::WouldBlock) if !told => {
                told = true;
                let _ = writeln!(
                    err,
                    "covgate: another push of this clone is being tested; waiting for it"
                );
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(unusable(error, &path)),
        }
        if let Some(stop) = supervisor.stopped() {
            return Err(RunError::Stopped(stop).told("the lock", ""));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Puts the work tree at a commit and returns its folder. The lock must be held.
///
/// # Errors
/// When git fails.
pub fn prepare(
    git: &Git<'_>,
    common_dir: &Utf8Path,
    commit: &str,
    _lock: &Lock,
) -> Result<Utf8PathBuf> {
    let path = home(common_dir).join("worktree");
    let tree = git.at(&path);
    // Its .git file names the repository; without it, git would find the repository around it.
    if path.join(".git").is_file() && tree.checkout(commit).is_ok() {
        return Ok(path);
    }
    git.drop_worktree(&path)?;
    let removed = match fs::symlink_metadata(&path) {
        Ok(meta) if !meta.is_dir() => fs::remove_file(&path),
        _ => fs::remove_dir_all(&path),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(unusable(error, &path));
        }
        _ => {}
    }
    git.add_worktree(&path, commit)?;
    Ok(path)
}

fn unusable(error: io::Error, path: &Utf8Path) -> Error {
    Error::new(Exit::Environment, error)
        .context(format!("cannot use {path}"))
        .hint("covgate keeps a work tree there; make the folder writable, or remove it")
}
