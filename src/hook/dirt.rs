//! Owns the question whether the user's work tree is what is committed, as far
//! as go can see.
//! Must not know what is pushed.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use memchr::memmem;

use crate::git::changes::{SOURCES, Uncommitted, UncommittedKind, is_hidden};

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
/// Files that decide a gate by their name alone.
const ALWAYS: [&str; 6] = [
    crate::floor::FILE_NAME,
    crate::settings::FILE_NAME,
    "go.mod",
    "go.sum",
    "go.work",
    "go.work.sum",
];

/// The first thing that makes the work tree in `root` another one than the commit.
#[must_use]
pub fn find(uncommitted: &[Uncommitted], root: &Utf8Path) -> Dirt {
    for entry in uncommitted {
        let path = &entry.path;
        let dirty = match entry.kind {
            UncommittedKind::Edited => return Dirt::Edited(path.clone()),
            _ if path.file_name().is_some_and(|name| ALWAYS.contains(&name)) => true,
            // Only a package that embeds with `all:` looks there.
            _ if is_hidden(path) => may_be_embedded(root, path),
            UncommittedKind::Untracked => true,
            // Build output and editors' files are ignored for a reason; source is not harmless,
            // nor is what a package embeds.
            UncommittedKind::Ignored => {
                holds_source(&root.join(path)) || may_be_embedded(root, path)
            }
        };
        if dirty {
            return Dirt::Untracked(path.clone());
        }
    }
    Dirt::None
}

/// Whether a package at or above a path embeds anything: which files, only go could say.
fn may_be_embedded(root: &Utf8Path, path: &Utf8Path) -> bool {
    let embeds = |file: &Utf8Path| {
        let is_go = file.extension() == Some("go");
        is_go && fs::read(file).is_ok_and(|text| memmem::find(&text, b"//go:embed").is_some())
    };
    path.ancestors().skip(1).any(|folder| {
        let Ok(entries) = root.join(folder).read_dir_utf8() else { return false };
        entries.flatten().any(|entry| embeds(entry.path()))
    })
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
                Ok(path) if path.file_name().is_some_and(|name| ALWAYS.contains(&name)) => {
                    return true;
                }
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
        for name in ["a/.covgate", "covgate.toml", "go.work"] {
            assert!(dirty(name, Ignored) && dirty(name, Untracked), "{name}");
        }
        fs::write(root.join("bin/deep/.covgate"), "1").unwrap();
        assert!(dirty("bin/", Ignored));
        fs::create_dir_all(root.join("web/dist")).unwrap();
        fs::write(root.join("web/dist/app.js"), "").unwrap();
        assert!(!dirty("web/dist/", Ignored));
        fs::write(root.join("web/web.go"), "package web\n//go:embed dist\n").unwrap();
        assert!(dirty("web/dist/", Ignored));
        assert_eq!(find(&[], root), Dirt::None);
    }
}
