//! Owns where programs are found.
//! Must not know which programs.

use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};

/// The program for a name: the name itself if it is a path, otherwise the first on PATH.
#[must_use]
pub(crate) fn find_program(name: &str) -> Option<Utf8PathBuf> {
    if name.contains('/') {
        return Some(name.into());
    }
    std::env::split_paths(&std::env::var_os("PATH")?)
        .filter_map(|folder| Utf8PathBuf::from_path_buf(folder.join(name)).ok())
        .find(|program| is_program(program))
}

/// Whether this is a file that can be run.
#[must_use]
pub(crate) fn is_program(path: &Utf8Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
