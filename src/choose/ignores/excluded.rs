//! Owns which files the globs of `exclude-files` mean, and which globs mean none.
//! Must not know what is in a file.

use camino::Utf8Path;

use super::floors_of;
use crate::choose::discover::{Build, never_used};
use crate::domain::package::{Package, Selection};
use crate::settings::FileGlobs;

/// The places of the globs that mean a file of a package, by its name.
pub(super) fn by(
    globs: &FileGlobs,
    name: &str,
    package: &Package,
    selection: &Selection,
) -> Vec<usize> {
    let base = globs.base(&selection.module_of(package).folder, &selection.gate);
    globs.matching(Utf8Path::new(&package.path_of(name)), base).collect()
}

/// The globs that mean no file of any measured package. A file may be of another platform: so folders are
/// looked through, not what go builds here. None are named where packages are left out.
pub(super) fn idle(selection: &Selection, builds: &[Build]) -> Vec<String> {
    if selection.unaffected > 0 || !selection.troubles.is_empty() {
        return Vec::new();
    }
    let all = selection.packages.iter().flat_map(|package| {
        let Some(floors) = floors_of(package, builds) else { return Vec::new() };
        let globs = &floors.exclude_files;
        let mut used = vec![false; globs.globs().len()];
        if !used.is_empty() {
            let entries = package.dir.read_dir_utf8().into_iter().flatten().flatten();
            let names = entries.map(|entry| entry.file_name().to_owned());
            for name in names.filter(|name| name.ends_with(".go") && !name.ends_with("_test.go")) {
                for glob in by(globs, &name, package, selection) {
                    used[glob] = true;
                }
            }
        }
        globs.globs().iter().cloned().zip(used).collect()
    });
    never_used(all)
}
