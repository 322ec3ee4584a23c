//! Owns the work tree in which pushed commits are tested: one per clone, kept at one path so that go's build
//! cache stays warm, locked, repaired when broken.
//! Must not know what is tested in it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::git::{Contents, Git};
use crate::tools::process::{RunError, Supervisor};

/// covgate's own folder in a repository's common git directory.
#[must_use]
pub(crate) fn home(common_dir: &Utf8Path) -> Utf8PathBuf {
    common_dir.join("covgate")
}

/// Held while the work tree is in use; the system releases it however covgate ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, not read")] File);

/// Takes the lock; says so on `err` if another push has it.
///
/// # Errors
/// When the folder cannot be written, or a signal ends the wait.
pub(crate) fn lock(
    common_dir: &Utf8Path,
    supervisor: &Supervisor,
    err: &mut dyn Write,
) -> Result<Lock> {
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

/// covgate's work tree, at a commit, for as long as it is held.
#[derive(Debug)]
pub(crate) struct WorkTree {
    /// Its root.
    pub folder: Utf8PathBuf,
    _lock: Lock,
}

/// Puts the work tree at a commit, with its submodules.
///
/// # Errors
/// When git fails.
pub(crate) fn prepare(
    git: &Git<'_>,
    common_dir: &Utf8Path,
    commit: &str,
    contents: &Contents,
    lock: Lock,
    err: &mut dyn Write,
) -> Result<WorkTree> {
    let path = home(common_dir).join("worktree");
    let tree = git.at(&path);
    // Its .git file names the repository; without it git would find the one around.
    let is_there = path.join(".git").is_file();
    let at_commit = || tree.checkout(commit);
    // A test may have left folders that nobody can write.
    if !is_there || at_commit().or_else(|_| unlock(&path).and_then(|()| at_commit())).is_err() {
        let _ = writeln!(err, "covgate: making a work tree for tests, once: {path}");
        remove(git, common_dir)?;
        git.add_worktree(&path, commit)?;
    }
    if !contents.submodules.is_empty() {
        tree.update_submodules(&common_dir.join("modules"))?;
    }
    Ok(WorkTree { folder: path, _lock: lock })
}

/// Takes the work tree away.
///
/// # Errors
/// When a file cannot be removed.
pub(crate) fn remove(git: &Git<'_>, common_dir: &Utf8Path) -> Result<()> {
    let path = home(common_dir).join("worktree");
    git.drop_worktree(&path)?;
    match fs::symlink_metadata(&path) {
        Ok(meta) if meta.is_dir() => unlock(&path)
            .and_then(|()| fs::remove_dir_all(&path).map_err(|error| unusable(error, &path))),
        Ok(_) => fs::remove_file(&path).map_err(|error| unusable(error, &path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(unusable(error, &path)),
    }
}

/// Takes all of covgate's own away: the work tree, and which trees have passed.
///
/// # Errors
/// When a file cannot be removed.
pub(crate) fn forget(git: &Git<'_>, common_dir: &Utf8Path) -> Result<()> {
    remove(git, common_dir)?;
    let home = home(common_dir);
    fs::remove_dir_all(&home).map_err(|error| unusable(error, &home))
}

/// Makes every folder below one that its owner can write.
fn unlock(folder: &Utf8Path) -> Result<()> {
    let make = || -> io::Result<Vec<Utf8PathBuf>> {
        let mut mode = fs::metadata(folder)?.permissions();
        mode.set_mode(mode.mode() | 0o700);
        fs::set_permissions(folder, mode)?;
        let mut folders = Vec::new();
        for entry in folder.read_dir_utf8()? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path().to_owned());
            }
        }
        Ok(folders)
    };
    let folders = make().map_err(|error| unusable(error, folder))?;
    folders.iter().try_for_each(|folder| unlock(folder))
}

fn unusable(error: io::Error, path: &Utf8Path) -> Error {
    Error::new(Exit::Environment, error)
        .context(format!("cannot use {path}"))
        .hint("covgate keeps a work tree there; make the folder writable, or remove it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_a_test_closed_can_be_written_again() {
        let temporary = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temporary.path()).unwrap();
        let inner = root.join("a/b");
        fs::create_dir_all(&inner).unwrap();
        for folder in [&inner, &root.join("a")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).unwrap();
        }
        unlock(root).unwrap();
        for folder in [&inner, &root.join("a")] {
            assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
