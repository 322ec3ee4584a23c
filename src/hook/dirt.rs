//! Owns the question whether the user's work tree is what is committed, as far
//! as go can see.
//! Must not know what is pushed.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::git::changes::{Uncommitted, UncommittedKind};

/// What go would see that is not committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dirt {
    /// Nothing.
    None,
    /// An edit.
    Edited(Utf8PathBuf),
    /// A file, or a folder with such files, that git does not know.
    Untracked(Utf8PathBuf),
}

/// Folders that hold this many entries are not searched further: doubt is dirt.
const ENTRIES: usize = 20_000;
/// What a build can pick up although git ignores it.
const SOURCES: [&str; 10] = ["go", "s", "S", "c", "cc", "cpp", "h", "hpp", "m", "syso"];

/// The first thing that makes the work tree in `root` another one than the commit.
#[must_use]
pub fn find(uncommitted: &[Uncommitted], root: &Utf8Path) -> Dirt {
    for entry in uncommitted {
        let path = &entry.path;
        match entry.kind {
            UncommittedKind::Edited => return Dirt::Edited(path.clone()),
            UncommittedKind::Untracked if !is_hidden(path) => return Dirt::Untracked(path.clone()),
            // Build output and editors' files are ignored for a reason; source is not harmless.
            UncommittedKind::Ignored if !is_hidden(path) && holds_source(&root.join(path)) => {
                return Dirt::Untracked(path.clone());
            }
            UncommittedKind::Untracked | UncommittedKind::Ignored => {}
        }
    }
    Dirt::None
}

/// go skips folders and files that start with `.` or `_` (`go help packages`).
fn is_hidden(path: &Utf8Path) -> bool {
    path.components().any(|element| element.as_str().starts_with(['.', '_']))
}

fn holds_source(path: &Utf8Path) -> bool {
    let mut pending = vec![path.to_owned()];
    let mut seen = 0;
    while let Some(path) = pending.pop() {
        seen += 1;
        let linked = path.is_symlink();
        if seen > ENTRIES || linked && path.is_dir() {
            return true;
        }
        if !path.is_dir() {
            if path.extension().is_some_and(|extension| SOURCES.contains(&extension)) {
                return true;
            }
            continue;
        }
        let Ok(entries) = fs::read_dir(&path) else { return true };
        for entry in entries.flatten() {
            match Utf8PathBuf::from_path_buf(entry.path()) {
                Ok(path) if path.file_name().is_some_and(|name| name.starts_with(['.', '_'])) => {}
                Ok(path) => pending.push(path),
                Err(_) => return true,
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, kind: UncommittedKind) -> Uncommitted {
        Uncommitted { path: path.into(), kind }
    }

    #[test]
    fn what_go_would_see_is_dirt() {
        use UncommittedKind::{Edited, Ignored, Untracked};
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        fs::create_dir_all(root.join("bin/deep")).unwrap();
        fs::create_dir_all(root.join("gen/deep")).unwrap();
        fs::write(root.join("bin/deep/tool"), "").unwrap();
        fs::write(root.join("gen/deep/x.go"), "").unwrap();
        let dirty = |path, kind| find(&[entry(path, kind)], root) != Dirt::None;
        assert!(dirty("README.md", Edited));
        assert!(dirty("a/new.go", Untracked));
        assert!(dirty("a/testdata/x", Untracked));
        assert!(!dirty(".idea/x.go", Untracked));
        assert!(!dirty("a/_old/x.go", Untracked));
        assert!(dirty("gen/", Ignored));
        assert!(!dirty("bin/", Ignored));
        assert_eq!(find(&[], root), Dirt::None);
    }
}
