//! Owns the question whether the user's work tree is what is committed, as far as go can see it.
//! Must not know what is pushed.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use memchr::memmem;

use crate::choose::since::is_visible;
use crate::tools::git::changes::{Uncommitted, UncommittedKind};

/// Something that go would see but that is not committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dirt {
    /// Nothing.
    None,
    /// An edit.
    Edited(Utf8PathBuf),
    /// A file that git does not know, or a folder with such files.
    Untracked(Utf8PathBuf),
}

/// The first thing that makes the work tree in `root` differ from the commit. Ignored files do not
/// count, since they are build output and files of editors; except for `read`, the ignored files
/// that go or covgate reads.
#[must_use]
pub fn find(uncommitted: &[Uncommitted], read: &[Utf8PathBuf], root: &Utf8Path) -> Dirt {
    for entry in uncommitted {
        let path = &entry.path;
        let dirty = match entry.kind {
            UncommittedKind::Edited => return Dirt::Edited(path.clone()),
            // Only a package that embeds with `all:` sees these.
            _ if !is_visible(path) => may_be_embedded(root, path),
            UncommittedKind::Untracked => true,
            // Through a linked folder, go finds packages that git does not name.
            UncommittedKind::Ignored => {
                is_linked_folder(&root.join(path)) || may_be_embedded(root, path)
            }
        };
        if dirty {
            return Dirt::Untracked(path.clone());
        }
    }
    read.first().map_or(Dirt::None, |path| Dirt::Untracked(path.clone()))
}

fn is_linked_folder(path: &Utf8Path) -> bool {
    path.is_symlink() && path.is_dir()
}

/// Whether a package at or above a path embeds anything. Only go could say which files.
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
        fs::write(root.join("bin/deep/tool"), "").unwrap();
        let dirty = |path, kind| find(&[entry(path, kind)], &[], root) != Dirt::None;
        assert!(dirty("README.md", Edited));
        assert!(dirty("a/new.go", Untracked));
        assert!(dirty("a/testdata/x", Untracked));
        assert!(!dirty(".idea/x.go", Untracked));
        assert!(!dirty("a/_old/x.go", Untracked));
        assert!(!dirty("bin/", Ignored));
        std::os::unix::fs::symlink("bin", root.join("link")).unwrap();
        std::os::unix::fs::symlink("bin", root.join(".link")).unwrap();
        assert!(dirty("link", Ignored) && !dirty(".link", Ignored));
        for name in ["a/.covgate", "covgate.toml", "go.work"] {
            assert!(dirty(name, Untracked), "{name}");
        }
        let read = ["gen/deep/x.go".into()];
        assert_eq!(find(&[], &read, root), Dirt::Untracked(read[0].clone()));
        fs::create_dir_all(root.join("web/dist")).unwrap();
        fs::write(root.join("web/dist/app.js"), "").unwrap();
        assert!(!dirty("web/dist/", Ignored));
        fs::write(root.join("web/web.go"), "package web\n//go:embed dist\n").unwrap();
        assert!(dirty("web/dist/", Ignored));
        assert_eq!(find(&[], &[], root), Dirt::None);
    }
}
