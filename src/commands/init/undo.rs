//! Owns how init is undone: its changes are kept as a patch in the git directory, and one command takes
//! them back.
//! Must not know why a file is written.
//!
//! `git checkout` brings back neither a file that git never had nor an edit that was not committed, and
//! `git clean` could take files that init did not write. `git apply -R` takes back exactly what is in the
//! patch, or nothing, if something of it was changed since.

use camino::{Utf8Path, Utf8PathBuf};

/// The patch, in the work tree's git directory; beside the folder that goes with the hook.
pub(super) const PATCH: &str = "covgate-init.patch";

/// A file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// From the repository's root.
    pub path: Utf8PathBuf,
    /// None if there is no file.
    pub before: Option<Vec<u8>>,
    pub after: Vec<u8>,
}

/// All changes, as `git apply` reads them. Files are replaced as a whole, byte by byte: their notes need
/// not be text.
pub(super) fn patch(changes: &[Change]) -> Vec<u8> {
    let mut patch = Vec::new();
    for Change { path, before, after } in changes {
        let (old, new) = (quoted("a", path), quoted("b", path));
        patch.extend(format!("diff --git {old} {new}\n").bytes());
        let old = match before {
            Some(_) => old,
            None => {
                patch.extend(b"new file mode 100644\n");
                "/dev/null".to_owned()
            }
        };
        let before = before.as_deref().unwrap_or_default();
        let (gone, come) = (lines(before), lines(after));
        let head =
            format!("--- {old}\n+++ {new}\n@@ -{} +{} @@\n", range(gone.len()), range(come.len()));
        patch.extend(head.bytes());
        for (sign, lines) in [(b'-', gone), (b'+', come)] {
            for line in lines {
                patch.push(sign);
                patch.extend(line);
                if !line.ends_with(b"\n") {
                    patch.extend(b"\n\\ No newline at end of file\n");
                }
            }
        }
    }
    patch
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn range(lines: usize) -> String {
    format!("{},{lines}", usize::from(lines > 0))
}

/// A path as git writes it, with C's escapes where a line would not hold it.
fn quoted(side: &str, path: &Utf8Path) -> String {
    let path = format!("{side}/{path}");
    let is_plain = |c: char| !c.is_ascii_control() && !['"', '\\', ' '].contains(&c);
    if path.chars().all(is_plain) {
        return path;
    }
    let escaped = path.bytes().map(|byte| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_what_git_reads() {
        let change = |path: &str, before: Option<&[u8]>, after: &[u8]| Change {
            path: path.into(),
            before: before.map(<[u8]>::to_vec),
            after: after.to_vec(),
        };
        let changes =
            [change("a/.covgate", None, b"1\n"), change("b \"c", Some(b"1\n\xff"), b"2\n\xff")];
        let expected: &[u8] = b"diff --git a/a/.covgate b/a/.covgate\n\
            new file mode 100644\n\
            --- /dev/null\n\
            +++ b/a/.covgate\n\
            @@ -0,0 +1,1 @@\n\
            +1\n\
            diff --git \"a/b \\\"c\" \"b/b \\\"c\"\n\
            --- \"a/b \\\"c\"\n\
            +++ \"b/b \\\"c\"\n\
            @@ -1,2 +1,2 @@\n\
            -1\n\
            -\xff\n\\ No newline at end of file\n\
            +2\n\
            +\xff\n\\ No newline at end of file\n";
        assert_eq!(String::from_utf8_lossy(&patch(&changes)), String::from_utf8_lossy(expected));
    }
}
