//! Owns the question to git which lines are new, and the reading of its answer as bytes arrive: patches
//! without context (`git help diff`, `--unified=0`).
//! Must not know what the lines hold; it keeps none of them.

use std::collections::HashMap;

use camino::Utf8PathBuf;
use xshell::cmd;

use super::{Git, changes, failed, garbled};
use crate::domain::patch::Lines;
use crate::error::Result;
use crate::tools::process::{Output, shell};

/// How much of a line is kept: more than a quoted path takes.
const LINE_CAP: usize = 32 * 1024;

impl Git<'_> {
    /// The lines that the work tree adds to a commit or tree, in files that `pathspec` names, by their path
    /// from the root. Renames are followed, and lines that differ in blanks alone are the same, as git
    /// sees it (`--find-renames`, `--ignore-all-space`). What git takes for binary is text here: an
    /// attribute may only mean that nobody wants to see the patch. Whatever the user's own settings say,
    /// the answer is the same.
    ///
    /// # Errors
    /// When git cannot say.
    pub(crate) fn lines_since(
        &self,
        base: &str,
        pathspec: &str,
    ) -> Result<HashMap<Utf8PathBuf, Lines>> {
        let shell = shell::at(&self.folder)?;
        let command = cmd!(
            shell,
            "git -c core.quotePath=false diff --patch --unified=0 --inter-hunk-context=0 --find-renames -l1000
             --ignore-all-space --diff-algorithm=myers --text --no-color --no-ext-diff --no-textconv
             --no-relative --ignore-submodules=all --src-prefix=a/ --dst-prefix=b/
             --end-of-options {base} -- {pathspec}"
        );
        let line = command.to_string();
        // It wins over the command line.
        let command = command.env("GIT_DIFF_OPTS", "--unified=0");
        let (mut reader, mut stderr) = (HunkReader::default(), Vec::new());
        let ended = self.run(command, &mut |output| match output {
            Output::Stdout(bytes) => reader.push(bytes),
            Output::Stderr(bytes) => stderr.extend_from_slice(bytes),
        })?;
        match ended.status.success() {
            true => reader.finish().ok_or_else(|| garbled("git diff")),
            false => Err(failed(&line, &stderr)),
        }
    }

    /// The files that git neither knows nor ignores, among those that `pathspec` names.
    ///
    /// # Errors
    /// When git cannot say.
    pub(crate) fn untracked(&self, pathspec: &str) -> Result<Vec<Utf8PathBuf>> {
        let shell = shell::at(&self.folder)?;
        let command =
            cmd!(shell, "git ls-files --others --exclude-standard -z --full-name -- {pathspec}");
        Ok(changes::parse_names(&self.ask_bytes(command)?).collect())
    }
}

/// Reads a patch piece by piece.
#[derive(Debug, Default)]
pub(crate) struct HunkReader {
    files: HashMap<Utf8PathBuf, Lines>,
    /// The file of the hunks that follow.
    current: Option<Utf8PathBuf>,
    /// How many lines of the current hunk are still to come.
    left: u64,
    line: Vec<u8>,
    garbled: bool,
}

impl HunkReader {
    /// Takes bytes as they come.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE_CAP.saturating_sub(self.line.len());
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.take(&line);
            }
        }
    }

    /// The new lines of each file that has some, by its path from the repository's root; none if this
    /// was no patch.
    #[must_use]
    pub(crate) fn finish(self) -> Option<HashMap<Utf8PathBuf, Lines>> {
        (!self.garbled && self.left == 0 && self.line.is_empty()).then_some(self.files)
    }

    fn take(&mut self, line: &[u8]) {
        match line.first() {
            // "\ No newline at end of file" is no line of either file.
            Some(b'\\') => {}
            // A line of the file may look like a head.
            Some(b'+' | b'-') if self.left > 0 => self.left -= 1,
            _ if line.starts_with(b"diff --git ") => self.current = None,
            _ if line.starts_with(b"+++ ") => self.current = path(&line[4..]),
            _ if line.starts_with(b"@@ ") => match hunk(line) {
                Some(Hunk { old, first, new }) => {
                    self.left = u64::from(old) + u64::from(new);
                    let Some(current) = &self.current else { return };
                    // What is only gone leaves no line.
                    if let Some(last) = first.checked_add(new).and_then(|end| end.checked_sub(1))
                        && new > 0
                    {
                        self.files.entry(current.clone()).or_default().add(first, last);
                    }
                }
                None => self.garbled = true,
            },
            _ => self.garbled |= self.left > 0,
        }
    }
}

struct Hunk {
    /// How many lines are gone.
    old: u32,
    /// The first new line.
    first: u32,
    /// How many lines are new.
    new: u32,
}

/// Reads `@@ -12,3 +14 @@ …`.
fn hunk(line: &[u8]) -> Option<Hunk> {
    let text = std::str::from_utf8(&line[..line.len().min(100)]);
    let text = text.or_else(|wrong| std::str::from_utf8(&line[..wrong.valid_up_to()])).ok()?;
    let mut words = text.split(' ').skip(1);
    let mut range = |sign: char| -> Option<(u32, u32)> {
        let range = words.next()?.strip_prefix(sign)?;
        let (first, count) = range.split_once(',').unwrap_or((range, "1"));
        Some((first.parse().ok()?, count.parse().ok()?))
    };
    let ((_, old), (first, new)) = (range('-')?, range('+')?);
    Some(Hunk { old, first, new })
}

/// Reads the path behind `+++ `: `b/a.go`, `"b/a\tb.go"`, or `/dev/null` for a file that is gone. git adds
/// a tab where the path holds a blank.
fn path(text: &[u8]) -> Option<Utf8PathBuf> {
    let text = text.strip_suffix(b"\t").unwrap_or(text);
    let name = match text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")) {
        Some(quoted) => unquote(quoted),
        None => text.to_vec(),
    };
    let name = name.strip_prefix(b"b/")?;
    Some(String::from_utf8_lossy(name).into_owned().into())
}

/// Undoes git's quoting, which is that of C (`quote_c_style` in git's quote.c).
fn unquote(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'\\' {
            plain.push(*byte);
            continue;
        }
        let [escaped, after @ ..] = rest else { break };
        rest = after;
        plain.push(match escaped {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'0'..=b'7' => {
                let [two, three, after @ ..] = rest else { break };
                rest = after;
                let digits = [escaped, two, three];
                digits.iter().fold(0u8, |value, digit| {
                    value.wrapping_mul(8).wrapping_add(digit.wrapping_sub(b'0'))
                })
            }
            other => *other,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(patch: &[u8]) -> Option<Vec<(String, Lines)>> {
        let mut reader = HunkReader::default();
        reader.push(patch);
        let files = reader.finish()?.into_iter().map(|(path, lines)| (path.into_string(), lines));
        let mut files: Vec<_> = files.collect();
        files.sort_by(|one, other| one.0.cmp(&other.0));
        Some(files)
    }

    fn lines(ranges: &[(u32, u32)]) -> Lines {
        let mut lines = Lines::default();
        ranges.iter().for_each(|(first, last)| lines.add(*first, *last));
        lines
    }

    #[test]
    fn patches() {
        let patch = b"diff --git a/a b.go b/a b.go\n\
            index 1..2 100644\n--- a/a b.go\t\n+++ b/a b.go\t\n\
            @@ -1 +1,2 @@ func \xff\n-x\n++++ b/no.go\n+y\n\\ No newline at end of file\n\
            @@ -7,2 +8,0 @@\n-@@ -1 +1 @@\n-z\n@@ -20,0 +20 @@\n+w\n\
            diff --git a/gone.go b/gone.go\n--- a/gone.go\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
            diff --git a/old.go b/new.go\nsimilarity index 100%\nrename from old.go\nrename to new.go\n\
            diff --git \"a/\\303\\274\\t.go\" \"b/\\303\\274\\t.go\"\n--- /dev/null\n+++ \"b/\\303\\274\\t.go\"\n@@ -0,0 +1,3 @@\n+1\n+2\n+3\n";
        let expected = [("a b.go", lines(&[(1, 2), (20, 20)])), ("ü\t.go", lines(&[(1, 3)]))];
        assert_eq!(read(patch).unwrap(), expected.map(|(path, lines)| (path.to_owned(), lines)));
        assert_eq!(read(b""), Some(vec![]));
    }

    #[test]
    fn what_is_cut_off_or_garbled_is_no_patch() {
        assert_eq!(read(b"diff --git a/a b/a\n+++ b/a\n@@ -1 +1 @@\n-x\n"), None);
        assert_eq!(read(b"diff --git a/a b/a\n+++ b/a\n@@ -1 +1 @@\n-x\nwhat\n+y\n"), None);
        assert_eq!(read(b"@@ what @@\n"), None);
        assert_eq!(read(b"diff --git a/a b/a\n+++ b"), None);
    }

    #[test]
    fn a_long_line_is_not_kept() {
        let mut reader = HunkReader::default();
        reader.push(b"diff --git a/a b/a\n+++ b/a\n@@ -0,0 +1,2 @@\n+");
        for _ in 0..100 {
            reader.push(&[b'x'; 1024]);
            assert!(reader.line.len() <= LINE_CAP);
        }
        reader.push(b"\n+y\n");
        assert_eq!(reader.finish().unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_patch_or_none(
            words in proptest::collection::vec(proptest::sample::select(vec![
                "@@ -1,2 +3,4 @@", "@@", "+++ b/x", "+++ \"b/\\", "\\12", "diff --git ", "+", "-", "\n", "9", "@@ -1 +4294967295,2 @@\n",
            ]), 0..30),
            bytes in proptest::collection::vec(any::<u8>(), 0..50),
        ) {
            let _ = read(words.concat().as_bytes());
            let _ = read(&bytes);
        }
    }
}
