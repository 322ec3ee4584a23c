//! Owns folders that go lists but does not open, because it takes no such import path (a blank in
//! a name is enough): where they lie, and which Go files are there. With that they are packages
//! that do not build, as they are to `go test`, instead of none.
//! Must not know what becomes of them.

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::Result;
use crate::go::import_path;
use crate::go::list::{Listed, Module};
use crate::settings::stays_inside;

/// Opens them; `modules` asks go for the main modules.
pub(super) fn open(
    listed: &mut [Listed],
    modules: impl FnOnce() -> Result<Vec<Module>>,
) -> Result<()> {
    if !listed.iter().any(is_unopened) {
        return Ok(());
    }
    let modules = modules()?;
    for package in listed.iter_mut().filter(|package| is_unopened(package)) {
        let Some((module, folder)) = place(&package.import_path, &modules) else { continue };
        let files = go_files(&folder);
        // A pattern may name what is not there.
        if !files.is_empty() {
            (package.test_go_files, package.go_files) =
                files.into_iter().partition(|name| name.ends_with("_test.go"));
            (package.dir, package.module) = (folder, Some(module.clone()));
        }
    }
    Ok(())
}

fn is_unopened(package: &Listed) -> bool {
    // What names nothing stands there as it was asked for.
    let is_pattern = package.import_path.starts_with(['.', '/']);
    package.dir.as_str().is_empty()
        && package.error.is_some()
        && !is_pattern
        && !import_path::is_taken(&package.import_path)
}

/// The innermost module that the path lies in, and its folder there.
fn place<'m>(import_path: &str, modules: &'m [Module]) -> Option<(&'m Module, Utf8PathBuf)> {
    let inside = modules.iter().filter_map(|module| {
        let rest = import_path.strip_prefix(&module.path)?.strip_prefix('/')?;
        Some((module, stays_inside(Utf8Path::new(rest))?))
    });
    let (module, rest) = inside.max_by_key(|(module, _)| module.path.len())?;
    Some((module, module.dir.join(rest)))
}

/// By name. go skips some names, and no others are a reason to list a folder.
fn go_files(folder: &Utf8Path) -> Vec<String> {
    let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_owned());
    let mut files: Vec<String> =
        names.filter(|name| name.ends_with(".go") && !name.starts_with(['.', '_'])).collect();
    files.sort_unstable();
    files
}
