//! Owns what is said where go lacks a package that a `go.work` would show it: covgate
//! runs go without one, unless it is asked to.
//! Must not know where go's words were read.

use camino::{Utf8Path, Utf8PathBuf};

/// How go says that it does not see a package (cmd/go/internal/modload).
const WORDS: [&str; 6] = [
    "is not in std",
    "no required module provides package",
    "missing go.sum entry",
    "outside main module or its selected dependencies",
    "does not contain package",
    "does not contain main module or its selected dependencies",
];

/// The way out, where there is a `go.work` that go was not to read and its words may come of that.
pub(super) fn hint(said: &str, directory: &Utf8Path) -> Option<String> {
    if !WORDS.iter().any(|words| said.contains(words)) {
        return None;
    }
    let file = find(directory, std::env::var("GOWORK").ok().as_deref())?;
    Some(format!(
        "go was run without {file} (GOWORK=off); --workspace, or `workspace = true` in covgate.toml, \
         lets it read that"
    ))
}

/// The file that go would read: the one that the variable names, or the nearest one upwards
/// (`FindGoWork` in cmd/go/internal/modload).
fn find(directory: &Utf8Path, variable: Option<&str>) -> Option<Utf8PathBuf> {
    match variable.filter(|value| !value.is_empty()) {
        Some("off") => None,
        Some(path) => Some(directory.join(path)).filter(|path| path.is_file()),
        None => {
            let mut above = directory.ancestors().map(|folder| folder.join("go.work"));
            above.find(|path| path.is_file())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_found_as_go_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let deep = root.join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        for name in ["go.work", "other.work"] {
            std::fs::write(root.join(name), "go 1.22\n").unwrap();
        }
        let other = root.join("other.work");
        assert_eq!(find(&deep, None), Some(root.join("go.work")));
        assert_eq!(find(&deep, Some("")), Some(root.join("go.work")));
        assert_eq!(find(&deep, Some("off")), None);
        assert_eq!(find(&deep, Some(other.as_str())), Some(other));
        assert_eq!(find(&deep, Some("/nowhere/go.work")), None);
    }
}
