//! Owns the reading of git's lists of files: raw diffs, statuses, names.
//! Must not know what a change means for a package.

use camino::Utf8PathBuf;

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// From the repository's root. A name that is not UTF-8 has replacement characters, and so
    /// belongs to no package.
    pub path: Utf8PathBuf,
    /// Whether it is an ordinary file on each side where it exists: not a symbolic link or a
    /// submodule.
    pub ordinary: bool,
    /// Whether it was deleted.
    pub deleted: bool,
}

impl Change {
    /// A change to a file that exists, and may be new.
    #[must_use]
    pub fn of(path: Utf8PathBuf) -> Self {
        Self { path, ordinary: true, deleted: false }
    }
}

/// Something in the work tree that is not in the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncommitted {
    /// From the repository's root; a folder has a slash at its end.
    pub path: Utf8PathBuf,
    /// Why.
    pub kind: UncommittedKind,
}

/// Why something is not in the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UncommittedKind {
    /// Edited, staged or not.
    Edited,
    /// Unknown to git.
    Untracked,
    /// Unknown to git, and ignored.
    Ignored,
}

/// Reads `git diff --raw -z`: `:mode mode name name status NUL path NUL` (`git help diff-format`).
#[must_use]
pub fn parse(output: &[u8]) -> Option<Vec<Change>> {
    let mut fields = output.split(|byte| *byte == 0);
    let mut changes = Vec::new();
    while let Some(head) = fields.next().filter(|head| !head.is_empty()) {
        let head = std::str::from_utf8(head).ok()?.strip_prefix(':')?;
        let path = fields.next().filter(|path| !path.is_empty())?;
        let words: Vec<&str> = head.split(' ').collect();
        let &[before, after, _, _, status] = words.as_slice() else {
            return None;
        };
        changes.push(Change {
            path: text(path),
            ordinary: [before, after]
                .iter()
                .all(|mode| mode.starts_with("100") || *mode == "000000"),
            deleted: status == "D",
        });
    }
    Some(changes)
}

/// Reads names that each end with NUL.
pub fn parse_names(output: &[u8]) -> impl Iterator<Item = Utf8PathBuf> {
    output.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(text)
}

/// Reads `git status --porcelain=v1 -z --no-renames`: `XY path NUL`.
#[must_use]
pub fn parse_status(output: &[u8]) -> Vec<Uncommitted> {
    let entries = output.split(|byte| *byte == 0).filter(|entry| entry.len() > 3);
    entries
        .map(|entry| Uncommitted {
            path: text(&entry[3..]),
            kind: match &entry[..2] {
                b"??" => UncommittedKind::Untracked,
                b"!!" => UncommittedKind::Ignored,
                _ => UncommittedKind::Edited,
            },
        })
        .collect()
}

/// What covgate needs to know about a tree's contents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The folders of its Go modules, outermost first, without those that go itself skips.
    pub modules: Vec<Utf8PathBuf>,
    /// Its submodules.
    pub submodules: Vec<Utf8PathBuf>,
    /// Its symbolic links.
    pub links: Vec<Utf8PathBuf>,
    /// The folders of all its `go.mod` files, in testdata too.
    pub nested: Vec<Utf8PathBuf>,
}

/// Reads `git ls-files -v -z`: `tag path NUL`, where a lower-case tag is assume-unchanged and `S`
/// skip-worktree.
#[must_use]
pub fn parse_overlooked(output: &[u8]) -> Option<Utf8PathBuf> {
    let mut entries = output.split(|byte| *byte == 0).filter(|entry| entry.len() > 2);
    let found = entries.find(|entry| entry[0].is_ascii_lowercase() || entry[0] == b'S')?;
    Some(text(&found[2..]))
}

/// Reads `git ls-tree -r -z`, and `git ls-files -s -z`: `mode … TAB path NUL`.
#[must_use]
pub fn parse_tree(output: &[u8]) -> Contents {
    let mut contents = Contents::default();
    for entry in output.split(|byte| *byte == 0) {
        let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else { continue };
        let (head, path) = (&entry[..tab], &entry[tab + 1..]);
        if head.starts_with(b"160000 ") {
            contents.submodules.push(text(path));
        } else if head.starts_with(b"120000 ") {
            contents.links.push(text(path));
        } else if path == b"go.mod" || path.ends_with(b"/go.mod") {
            let folder = text(path).parent().map(ToOwned::to_owned).unwrap_or_default();
            let skipped =
                |name: &str| name.starts_with(['.', '_']) || ["testdata", "vendor"].contains(&name);
            if !folder.components().any(|element| skipped(element.as_str())) {
                contents.modules.push(folder.clone());
            }
            contents.nested.push(folder);
        }
    }
    contents.modules.sort_by_key(|folder| folder.components().count());
    contents
}

fn text(bytes: &[u8]) -> Utf8PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn raw_diffs() {
        let output = b":100644 100644 aaa bbb M\0a b.go\0:120000 000000 aaa 000 D\0link\0:000000 100755 000 bbb A\0n\n.go\0";
        let changes = parse(output).unwrap();
        assert_eq!(changes[0], Change { path: "a b.go".into(), ordinary: true, deleted: false });
        assert_eq!(changes[1], Change { path: "link".into(), ordinary: false, deleted: true });
        assert_eq!(changes[2].path, "n\n.go");
        assert_eq!(parse(b""), Some(vec![]));
        assert_eq!(parse(b"fatal: what\0"), None);
    }

    #[test]
    fn trees() {
        let contents = parse_tree(
            b"100644 blob aaa\tsub/go.mod\x00160000 commit bbb\tthird\x00100644 blob aaa\tgo.mod\x00100644 blob aaa\ta/testdata/go.mod\x00100644 blob aaa\ta/xgo.mod\x00",
        );
        assert_eq!(contents.modules, ["", "sub"]);
        assert_eq!(contents.submodules, ["third"]);
    }

    #[test]
    fn what_git_overlooks() {
        assert_eq!(parse_overlooked(b"H a.go\0H b.go\0"), None);
        assert_eq!(parse_overlooked(b"H a.go\0h b.go\0").unwrap(), "b.go");
        assert_eq!(parse_overlooked(b"S c.go\0").unwrap(), "c.go");
    }

    #[test]
    fn statuses() {
        let found = parse_status(b" M a.go\0?? new file\0!! bin/\0UU c\0");
        let kinds: Vec<_> = found.iter().map(|entry| (entry.path.as_str(), entry.kind)).collect();
        use UncommittedKind::{Edited, Ignored, Untracked};
        assert_eq!(
            kinds,
            [("a.go", Edited), ("new file", Untracked), ("bin/", Ignored), ("c", Edited)]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_changes_or_none(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0u8), Just(b' '), Just(b':')], 0..100)) {
            let _ = parse(&bytes);
            let _ = parse_status(&bytes);
            let _ = parse_names(&bytes).count();
            let _ = parse_tree(&bytes);
            let _ = parse_overlooked(&bytes);
        }
    }
}
