//! Owns which files go builds into the package of their folder, and which paths it ignores.
//! Must not know which packages there are.

use camino::Utf8Path;

/// The endings of files that go builds into the package of their folder (type Package in go/build).
pub(crate) const ENDINGS: [&str; 20] = [
    "go", "c", "cc", "cpp", "cxx", "m", "h", "hh", "hpp", "hxx", "f", "F", "for", "f90", "s", "S",
    "sx", "swig", "swigcxx", "syso",
];

/// go skips folders and files that start with `.` or `_` (`go help packages`).
#[must_use]
pub(crate) fn is_hidden(path: &Utf8Path) -> bool {
    path.components().any(|element| element.as_str().starts_with(['.', '_']))
}

/// Whether go builds a file of this name into the package of its folder.
#[must_use]
pub(crate) fn is_source(path: &Utf8Path) -> bool {
    path.extension().is_some_and(|extension| ENDINGS.contains(&extension))
}
