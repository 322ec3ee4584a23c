//! Owns how the files of a package are named: by a path in the module with slashes, where a dot is
//! the module's root.
//! Must not know the file system: it does not ask whether a file exists.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// The last element of a path with slashes.
#[must_use]
pub fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

/// The path in the module of a file in one of its folders.
#[must_use]
pub fn inside(folder: &str, file: &str) -> String {
    if folder == "." { file.to_owned() } else { format!("{folder}/{file}") }
}

/// The relative path without `.` elements; none if it leaves its folder or is absolute.
#[must_use]
pub fn stays_inside(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut clean = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::Normal(element) => clean.push(element),
            Utf8Component::CurDir => {}
            _ => return None,
        }
    }
    Some(clean)
}

/// A relative path without `.` and `..` elements; none where it leaves its folder, or is absolute.
#[must_use]
pub fn normal(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut clean = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::Normal(element) => clean.push(element),
            Utf8Component::ParentDir => clean.pop().then_some(())?,
            Utf8Component::CurDir => {}
            _ => return None,
        }
    }
    Some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_a_dot() {
        assert_eq!(inside(".", "a.go"), "a.go");
        assert_eq!(inside("a/b", last("m/x/y.go")), "a/b/y.go");
        assert_eq!(last("a.go"), "a.go");
    }
}
