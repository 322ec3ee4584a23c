//! Owns where a run is at home: the module, the repository, and the folder of `covgate.toml` around a folder.
//! Must not know what the file says.

use camino::{Utf8Path, Utf8PathBuf};

use super::{FILE_NAME, read_file};
use crate::tools::go::workspace;

/// The folder of the `covgate.toml` that counts for another folder, whether the file is there or not; none
/// where nothing but the working directory itself is left.
pub(crate) fn home(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    find_module_root(directory).or_else(|| find_gate(directory))
}

/// The nearest folder upwards that says what a run is about, up to the repository's root.
pub(super) fn find_gate(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    let says = |folder: &&Utf8Path| {
        [workspace::FILE_NAME, FILE_NAME].iter().any(|name| folder.join(name).is_file())
    };
    workspace::up_to_repository(directory).find(says).map(Utf8Path::to_owned)
}

/// The nearest folder upwards with a `go.mod`. go itself follows this rule (`findModuleRoot` in
/// cmd/go/internal/modload). It is used where covgate cannot ask go: to find `covgate.toml`, which
/// may name the go, and the sources for a report of `merge`.
pub(crate) fn find_module_root(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    let has_module = |folder: &&Utf8Path| folder.join("go.mod").is_file();
    // Above a work tree inside a git directory, as the hook's, lies another tree.
    let found = match directory.components().any(|element| element.as_str() == ".git") {
        true => workspace::up_to_repository(directory).find(has_module),
        false => directory.ancestors().find(has_module),
    };
    found.map(Utf8Path::to_owned)
}

/// The repository's root: the nearest folder upwards with a `.git`. It is used where covgate need not ask
/// git, as for the sources of a report of `merge`.
pub(crate) fn find_repository(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    directory.ancestors().find(|folder| folder.join(".git").exists()).map(Utf8Path::to_owned)
}

/// Whether the `covgate.toml` of a folder says what counts besides the runs; no if it cannot be read.
pub(crate) fn names_with(folder: &Utf8Path) -> bool {
    read_file(&folder.join(FILE_NAME)).is_ok_and(|file| file.layer.has("with"))
}
