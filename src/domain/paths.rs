//! Owns how the files of a package are named: by a path in the module with slashes, where a dot is
//! the module's root.
//! Must not know the file system: it does not ask whether a file exists.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// The last element of a path with slashes.
#[must_use]
pub(crate) fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

/// The path in the module of a file in one of its folders.
#[must_use]
pub(crate) fn inside(folder: &str, file: &str) -> String {
    if folder == "." { file.to_owned() } else { format!("{folder}/{file}") }
}

/// The relative path without `.` elements; none if it leaves its folder or is absolute.
#[must_use]
pub(crate) fn stays_inside(path: &Utf8Path) -> Option<Utf8PathBuf> {
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

/// Where a relative path leads from a folder of the module, as a path in the module; none where that
/// is outside.
#[must_use]
pub(crate) fn from_folder(folder: &str, path: &str) -> Option<String> {
    let mut elements = Vec::new();
    for element in folder.split('/').chain(path.split('/')) {
        match element {
            "" | "." => {}
            ".." => drop(elements.pop()?),
            element => elements.push(element),
        }
    }
    Some(if elements.is_empty() { ".".to_owned() } else { elements.join("/") })
}

/// A relative path without `.` and `..` elements; none where it leaves its folder, or is absolute.
#[must_use]
pub(crate) fn normal(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let path = from_folder("", path.as_str()).filter(|_| !path.is_absolute())?;
    Some(if path == "." { Utf8PathBuf::new() } else { path.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_lead_somewhere_in_the_module() {
        let from = |folder: &str, path: &str| from_folder(folder, path).unwrap_or_default();
        assert_eq!(from("", "./a/b/"), "a/b");
        assert_eq!(from("deep/er", "./a"), "deep/er/a");
        assert_eq!(from("deep/er", "../a"), "deep/a");
        assert_eq!(from("deep", "."), "deep");
        assert_eq!(from("deep", ".."), ".");
        assert_eq!(from_folder("deep", "../../a"), None);
    }

    #[test]
    fn the_root_is_a_dot() {
        assert_eq!(inside(".", "a.go"), "a.go");
        assert_eq!(inside("a/b", last("m/x/y.go")), "a/b/y.go");
        assert_eq!(last("a.go"), "a.go");
    }
}
