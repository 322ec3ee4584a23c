//! Owns the reading of git's lists of files: raw diffs, statuses, names.
//! Must not know what a change means for a package.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

/// The file that says what git makes of files on their way in and out (`git help attributes`).
pub(crate) const ATTRIBUTES: &str = ".gitattributes";

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// From the repository's root. A name that is not UTF-8 has replacement characters, and so
    /// belongs to no package.
    pub path: Utf8PathBuf,
    /// Whether it is an ordinary file on each side where it exists: not a symbolic link or a
    /// submodule.
    pub ordinary: bool,
    /// Whether it was not there before.
    pub added: bool,
    /// Whether it is gone.
    pub deleted: bool,
}

impl Change {
    /// Of a file that is there, and may have been there before.
    #[must_use]
    pub(crate) fn of(path: Utf8PathBuf) -> Self {
        Self { path, ordinary: true, added: false, deleted: false }
    }
}

/// Reads `git diff --raw -z`: `:mode mode name name status NUL path NUL` (`git help diff-format`).
#[must_use]
pub(crate) fn parse(output: &[u8]) -> Option<Vec<Change>> {
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
            added: status == "A",
            deleted: status == "D",
        });
    }
    Some(changes)
}

/// Reads names that each end with NUL.
pub(crate) fn parse_names(output: &[u8]) -> impl Iterator<Item = Utf8PathBuf> {
    output.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(text)
}

/// What matters of a tree's contents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The folders of its Go modules, outermost first, without those that go itself skips.
    pub modules: Vec<Utf8PathBuf>,
    /// Its submodules.
    pub submodules: Vec<Utf8PathBuf>,
    /// Its symbolic links.
    pub links: Vec<Utf8PathBuf>,
    /// The folders of all its `go.mod` files, in testdata too.
    pub nested: Vec<Utf8PathBuf>,
    /// The names of all files, without their folders.
    pub names: BTreeSet<String>,
    /// The files at its root.
    pub at_root: BTreeSet<Utf8PathBuf>,
}

/// Reads `git ls-files -v -z`: `tag path NUL`, where a lower-case tag is assume-unchanged and `S`
/// skip-worktree. Names those files.
pub(crate) fn parse_overlooked(output: &[u8]) -> impl Iterator<Item = Utf8PathBuf> {
    let entries = output.split(|byte| *byte == 0).filter(|entry| entry.len() > 2);
    let is_overlooked = |entry: &&[u8]| entry[0].is_ascii_lowercase() || entry[0] == b'S';
    entries.filter(is_overlooked).map(|entry| text(&entry[2..]))
}

/// Reads `git ls-files --eol -z`: `i/kind w/kind attr/attributes TAB path NUL`. Names the files whose lines
/// end otherwise than in a checkout, as far as that is known: as in the index, unless it says CR LF.
pub(crate) fn parse_line_ends(output: &[u8]) -> impl Iterator<Item = Utf8PathBuf> {
    let entries = output.split(|byte| *byte == 0).filter_map(|entry| {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let head = std::str::from_utf8(&entry[..tab]).ok()?;
        Some((head, &entry[tab + 1..]))
    });
    let differs = |(head, _): &(&str, &[u8])| {
        let mut words = head.split_whitespace();
        let kind =
            |word: Option<&str>| word.and_then(|word| Some(word.split_once('/')?.1.to_owned()));
        let (index, disk) = (kind(words.next()), kind(words.next()));
        let wanted = match index.as_deref() {
            Some("lf") if words.any(|word| word == "eol=crlf") => Some("crlf"),
            other => other,
        };
        // Gone, and so in git's own list.
        disk.as_deref() != Some("") && disk.as_deref() != wanted
    };
    entries.filter(differs).map(|(_, path)| text(path))
}

/// Whether go leaves a folder out of its patterns, with all modules in it (`go help packages`).
#[must_use]
pub(crate) fn is_skipped(folder: &Utf8Path) -> bool {
    let skipped =
        |name: &str| name.starts_with(['.', '_']) || ["testdata", "vendor"].contains(&name);
    folder.components().any(|element| skipped(element.as_str()))
}

/// Reads `git ls-tree -r -z`, and `git ls-files -s -z`: `mode … TAB path NUL`.
#[must_use]
pub(crate) fn parse_tree(output: &[u8]) -> Contents {
    let mut contents = Contents::default();
    for entry in output.split(|byte| *byte == 0) {
        let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else { continue };
        let (head, path) = (&entry[..tab], &entry[tab + 1..]);
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        contents.names.insert(text(name).into_string());
        if name.len() == path.len() {
            contents.at_root.insert(text(path));
        }
        if head.starts_with(b"160000 ") {
            contents.submodules.push(text(path));
        } else if head.starts_with(b"120000 ") {
            contents.links.push(text(path));
        } else if path == b"go.mod" || path.ends_with(b"/go.mod") {
            let folder = text(path).parent().map(ToOwned::to_owned).unwrap_or_default();
            if !is_skipped(&folder) {
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
        assert_eq!(changes[0], Change::of("a b.go".into()));
        assert_eq!(
            changes[1],
            Change { ordinary: false, deleted: true, ..Change::of("link".into()) }
        );
        assert_eq!((changes[2].path.as_str(), changes[2].added), ("n\n.go", true));
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
        let names = |output: &'static [u8]| parse_overlooked(output).collect::<Vec<_>>();
        assert!(names(b"H a.go\0H b.go\0").is_empty());
        assert_eq!(names(b"H a.go\0h b.go\0S c.go\0"), ["b.go", "c.go"]);
    }

    #[test]
    fn line_ends() {
        for (line, differs) in [
            ("i/lf    w/lf    attr/text=auto        ", false),
            ("i/lf    w/crlf  attr/text=auto        ", true),
            ("i/lf    w/mixed attr/text             ", true),
            ("i/lf    w/crlf  attr/text eol=crlf    ", false),
            ("i/lf    w/lf    attr/text eol=crlf    ", true),
            ("i/lf    w/lf    attr/text eol=lf      ", false),
            ("i/none  w/none  attr/text eol=crlf    ", false),
            ("i/-text w/-text attr/text=auto        ", false),
            ("i/lf    w/      attr/text eol=crlf    ", false),
        ] {
            let output = format!("{line}\ta b.txt\0");
            assert_eq!(parse_line_ends(output.as_bytes()).count() == 1, differs, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_changes_or_none(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0u8), Just(b' '), Just(b':')], 0..100)) {
            let _ = parse(&bytes);
            let _ = parse_names(&bytes).count();
            let _ = parse_tree(&bytes);
            let _ = parse_overlooked(&bytes).count();
            let _ = parse_line_ends(&bytes).count();
        }
    }
}
