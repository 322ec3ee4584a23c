//! Owns the question whether a save changed anything: the bytes of all that differs from the base, at one
//! moment, to compare with those of another.
//! Must not know what a change means for a package, or when one looks.
//!
//! What differs is what `choose::since` says. Of what git ignores, only those files can start a run that go
//! builds from or that covgate reads: anything else there is written by programs, all day long.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::since::Difference;
use crate::domain::floor;
use crate::settings::FILE_NAME;
use crate::tools::files::read_regular;
use crate::tools::go::source::{is_hidden, is_source};

/// A longer file is not read: it is taken for changed where its time is another.
const LONG: u64 = 4 * 1024 * 1024;

/// All that differs from a base, with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    base: String,
    /// By path from the repository's root.
    files: BTreeMap<Utf8PathBuf, Bytes>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Bytes {
    Digest([u8; 32]),
    Link(Utf8PathBuf),
    Long(u64, Option<SystemTime>),
    /// Gone, or nothing that can be read.
    None,
}

/// What is new since another moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Whether it is compared with another base now.
    pub rebased: bool,
    /// The files, as far as they can be told apart: those that came or went by their folder.
    pub places: BTreeSet<Place>,
}

/// A file, or the files that came and went in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// From the repository's root; a folder ends with a slash.
    pub path: Utf8PathBuf,
    /// Whether go builds from it or covgate reads it, so that results of before are of no use.
    pub is_read: bool,
}

impl Seen {
    /// Reads all that differs in the work tree at `root`, without what starts no run.
    #[must_use]
    pub(crate) fn look(
        root: &Utf8Path,
        difference: &Difference,
        ignored: &BTreeSet<Utf8PathBuf>,
    ) -> Self {
        let mut seen = Self { base: difference.base.clone(), files: BTreeMap::new() };
        for change in &difference.changes {
            seen.add(root, &change.path, ignored);
        }
        seen
    }

    fn add(&mut self, root: &Utf8Path, path: &Utf8Path, ignored: &BTreeSet<Utf8PathBuf>) {
        let is_in_ignored = path.ancestors().skip(1).any(|folder| ignored.contains(folder));
        if is_in_ignored || ignored.contains(path) && !is_read(path) || is_of_editor(path) {
            return;
        }
        let on_disk = root.join(path);
        let bytes = match fs::symlink_metadata(&on_disk) {
            Ok(meta) if meta.is_dir() => {
                let entries = on_disk.read_dir_utf8().into_iter().flatten().flatten();
                let entries = entries.filter(|entry| entry.file_name() != ".git");
                entries.for_each(|entry| self.add(root, &path.join(entry.file_name()), ignored));
                return;
            }
            Ok(meta) if meta.is_symlink() => {
                on_disk.read_link_utf8().map_or(Bytes::None, Bytes::Link)
            }
            Ok(meta) if meta.len() > LONG => Bytes::Long(meta.len(), meta.modified().ok()),
            Ok(_) => read_regular(on_disk.as_std_path())
                .map_or(Bytes::None, |bytes| Bytes::Digest(Sha256::digest(bytes).into())),
            Err(_) => Bytes::None,
        };
        self.files.insert(path.to_owned(), bytes);
    }

    /// What is new in a later look.
    #[must_use]
    pub(crate) fn moved(&self, later: &Self) -> Moved {
        let names = self.files.keys().chain(later.files.keys()).collect::<BTreeSet<_>>();
        let places = names.into_iter().filter_map(|path| {
            let is_read = is_read(path);
            match (self.files.get(path), later.files.get(path)) {
                (before, now) if before == now => None,
                (Some(_), Some(_)) => Some(Place { path: path.clone(), is_read }),
                _ => {
                    let folder = path.parent().unwrap_or("".into());
                    Some(Place { path: format!("{folder}/").into(), is_read })
                }
            }
        });
        Moved { rebased: self.base != later.base, places: places.collect() }
    }
}

impl Moved {
    /// Whether nothing is new.
    #[must_use]
    pub(crate) fn is_nothing(&self) -> bool {
        !self.rebased && self.places.is_empty()
    }
}

/// Whether go builds packages from a file, or covgate reads it.
fn is_read(path: &Utf8Path) -> bool {
    const NAMES: [&str; 5] = ["go.mod", "go.sum", "go.work", FILE_NAME, floor::FILE_NAME];
    let is_data = path.components().any(|element| element.as_str() == "testdata");
    let is_built = is_source(path) && !is_hidden(path);
    !is_data && (is_built || NAMES.contains(&path.file_name().unwrap_or_default()))
}

/// Whether an editor keeps a file of this name beside the one that it saves.
fn is_of_editor(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let swap = path.extension().filter(|_| name.starts_with('.'));
    // vim writes `4913` to see whether it may.
    name.ends_with('~')
        || name.starts_with(".#")
        || name.starts_with('#') && name.ends_with('#')
        || swap.is_some_and(|end| ["swp", "swo", "swx", "kate-swp"].contains(&end))
        || ["4913", ".DS_Store"].contains(&name)
}

/// The folders in which a save counts: all of a work tree, without git's own and without what git ignores.
#[must_use]
pub(crate) fn folders(root: &Utf8Path, ignored: &BTreeSet<Utf8PathBuf>) -> Vec<Utf8PathBuf> {
    let mut found = vec![Utf8PathBuf::new()];
    let mut next = 0;
    while let Some(folder) = found.get(next).cloned() {
        next += 1;
        let entries = root.join(&folder).read_dir_utf8().into_iter().flatten().flatten();
        let inner = entries
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .filter(|entry| entry.file_name() != ".git")
            .map(|entry| folder.join(entry.file_name()))
            .filter(|inner| !ignored.contains(inner));
        found.extend(inner);
    }
    found.into_iter().map(|folder| root.join(folder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::git::changes::Change;

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new(files: &[&str]) -> Self {
            let tree = Self(tempfile::tempdir().unwrap());
            files.iter().for_each(|path| tree.write(path, "x"));
            tree
        }

        fn root(&self) -> &Utf8Path {
            Utf8Path::from_path(self.0.path()).unwrap()
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.root().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn look(&self, changes: &[&str], ignored: &[&str]) -> Seen {
            let difference = Difference {
                base: "base".to_owned(),
                changes: changes.iter().map(|path| Change::of(path.into())).collect(),
                prefix: "".into(),
                nested: Vec::new(),
                narrows: true,
            };
            Seen::look(self.root(), &difference, &ignored.iter().map(Into::into).collect())
        }
    }

    fn names(seen: &Seen) -> Vec<&str> {
        seen.files.keys().map(|path| path.as_str()).collect()
    }

    #[test]
    fn what_is_ignored_counts_where_it_is_read() {
        let files = ["a/gen.go", "a/app.log", "a/.covgate", "bin/x.go", "new/out/x.go", "new/x"];
        let tree = Tree::new(&files);
        let changes = ["a/gen.go", "a/app.log", "a/.covgate", "bin/", "new/"];
        let ignored = ["a/gen.go", "a/app.log", "a/.covgate", "bin/", "new/out/"];
        let seen = tree.look(&changes, &ignored);
        assert_eq!(names(&seen), ["a/.covgate", "a/gen.go", "new/x"]);
    }

    #[test]
    fn what_editors_keep_does_not_count() {
        let files = [".x.go.swp", "x.go~", "#x.go#", "4913", ".DS_Store", "x.swp", "x#"];
        let tree = Tree::new(&files);
        assert_eq!(names(&tree.look(&files, &[])), ["x#", "x.swp"]);
    }

    #[test]
    fn only_other_bytes_are_new() {
        let tree = Tree::new(&["a.go", "testdata/b.go", "folder/c"]);
        let changes = ["a.go", "testdata/b.go", "folder/"];
        let before = tree.look(&changes, &[]);
        tree.write("a.go", "x");
        assert!(before.moved(&tree.look(&changes, &[])).is_nothing());
        tree.write("a.go", "y");
        tree.write("testdata/b.go", "y");
        tree.write("folder/d", "y");
        let moved = before.moved(&tree.look(&changes, &[]));
        let places: Vec<_> =
            moved.places.iter().map(|place| (place.path.as_str(), place.is_read)).collect();
        assert_eq!(places, [("a.go", true), ("folder/", false), ("testdata/b.go", false)]);
        fs::remove_file(tree.root().join("a.go")).unwrap();
        std::os::unix::fs::symlink("folder", tree.root().join("a.go")).unwrap();
        let moved = before.moved(&tree.look(&["a.go"], &[]));
        assert_eq!(moved.places.len(), 3, "{moved:?}");
    }

    #[test]
    fn ignored_folders_and_those_of_git_are_not_watched() {
        let tree = Tree::new(&["a/b/x", ".git/objects/x", "node_modules/a/x", "c/.git/x", "c/x"]);
        let found = folders(tree.root(), &["node_modules".into()].into());
        let found = found.iter().map(|folder| folder.strip_prefix(tree.root()).unwrap());
        let found: BTreeSet<&str> = found.map(Utf8Path::as_str).collect();
        assert_eq!(found, BTreeSet::from(["", "a", "a/b", "c"]));
    }
}
