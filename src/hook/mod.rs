//! Owns the git pre-push hook: putting it in place, and what it does on a push.
//! Must not know how packages are measured; that is `check`.

pub mod dirt;
pub mod install;
pub mod managers;
pub mod memory;
pub mod precommit;
mod refusal;
pub mod run;
pub mod script;
pub mod status;
pub mod worktree;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use camino::Utf8PathBuf;

/// The program that a command of this name starts, as PATH has it.
fn find_program(name: &str) -> Option<Utf8PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join(name));
    Utf8PathBuf::from_path_buf(programs.find(|program| is_executable(program))?).ok()
}

/// Whether this is a file that can be run.
fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
