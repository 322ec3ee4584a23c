//! Owns where `go.work` is, and what is said where go lacks a package that a `go.work` would show it:
//! covgate runs go without one, unless it is asked to.
//! Must not know where go's words were read.

use camino::{Utf8Path, Utf8PathBuf};

/// The file that joins modules (`go help work`).
pub(crate) const FILE_NAME: &str = "go.work";

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
    let file = find(directory)?;
    Some(format!(
        "go was run without {file} (GOWORK=off); --modules=workspace, or `modules = \"workspace\"` in \
         covgate.toml, lets it read that"
    ))
}

/// The file that counts for a folder: the one that `GOWORK` names, if that is of the repository, or the
/// nearest one upwards. go looks further than the repository's root (`FindGoWork` in cmd/go/internal/modload), but what lies there is
/// not in a clone.
#[must_use]
pub(crate) fn find(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    find_with(directory, std::env::var("GOWORK").ok().as_deref())
}

fn find_with(directory: &Utf8Path, variable: Option<&str>) -> Option<Utf8PathBuf> {
    match variable.filter(|value| !value.is_empty()) {
        Some("off") => None,
        Some(path) if is_of_repository(&directory.join(path), directory) => {
            Some(directory.join(path)).filter(|path| path.is_file())
        }
        _ => {
            let mut above = up_to_repository(directory).map(|folder| folder.join(FILE_NAME));
            above.find(|path| path.is_file())
        }
    }
}

/// Whether a file lies in the repository of a folder; anywhere, if that is in none.
fn is_of_repository(file: &Utf8Path, folder: &Utf8Path) -> bool {
    match up_to_repository(folder).find(|folder| folder.join(".git").exists()) {
        // covgate's own work tree lies below the `.git` of the user's.
        Some(root) => file.strip_prefix(root).is_ok_and(|inside| !inside.starts_with(".git")),
        None => true,
    }
}

/// A folder and those above it; in a repository, up to its root.
pub(crate) fn up_to_repository(directory: &Utf8Path) -> impl Iterator<Item = &Utf8Path> {
    let is_root = |folder: &Utf8Path| folder.join(".git").exists();
    let mut inside = true;
    directory.ancestors().take_while(move |folder| std::mem::replace(&mut inside, !is_root(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_of_the_repository_counts() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let deep = root.join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        for name in ["go.work", "other.work"] {
            std::fs::write(root.join(name), "go 1.22\n").unwrap();
        }
        let other = root.join("other.work");
        assert_eq!(find_with(&deep, None), Some(root.join("go.work")));
        assert_eq!(find_with(&deep, Some("")), Some(root.join("go.work")));
        assert_eq!(find_with(&deep, Some("off")), None);
        assert_eq!(find_with(&deep, Some(other.as_str())), Some(other));
        assert_eq!(find_with(&deep, Some("/nowhere/go.work")), None);
        // A clone of the repository would not have what lies above it.
        std::fs::write(root.join("a/.git"), "gitdir: elsewhere\n").unwrap();
        assert_eq!(find_with(&deep, None), None);
        assert_eq!(find_with(&deep, Some(root.join("go.work").as_str())), None);
        std::fs::write(root.join("a/go.work"), "go 1.22\n").unwrap();
        assert_eq!(find_with(&deep, None), Some(root.join("a/go.work")));
    }
}
