//! Owns how the files of a package are named: by a path in the module, with slashes,
//! where a dot is the module's root.
//! Must not know the file system: whether a file is there is not asked.

/// The last element of a path with slashes.
#[must_use]
pub fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

/// A file of a folder of the module, by its path in the module.
#[must_use]
pub fn inside(folder: &str, file: &str) -> String {
    if folder == "." { file.to_owned() } else { format!("{folder}/{file}") }
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
