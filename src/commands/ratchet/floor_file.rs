//! Owns the changes to a `.covgate` file: only the first line, and a note at the end.
//! Must not know why a floor changes.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::domain::floor::FILE_NAME;
use crate::domain::percent::Percent;
use crate::tools::files::{self, Mode};

/// A `.covgate` before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// The file that is written.
    path: Utf8PathBuf,
    /// What it holds; empty if there is no file.
    pub before: Vec<u8>,
    /// What it will hold.
    pub after: Vec<u8>,
}

impl Edit {
    /// Prepares a new floor for the package in a folder, and a note for the end of the file.
    ///
    /// # Errors
    /// When an existing file cannot be read.
    pub(crate) fn prepare(
        folder: &Utf8Path,
        floor: Percent,
        note: Option<&str>,
    ) -> io::Result<Self> {
        let path = folder.join(FILE_NAME);
        if path.is_symlink() {
            // Replacing the link would detach the package from the file that it shares; writing
            // through the link would change the floors of others.
            return Err(io::Error::other(
                "it is a symbolic link; replace it with a regular file so that covgate can raise it",
            ));
        }
        let before = match files::read_regular(path.as_std_path()) {
            Ok(before) => before,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let after = rewrite(&before, floor, note);
        Ok(Self { path, before, after })
    }

    /// Replaces the file; its mode is kept.
    ///
    /// # Errors
    /// When the folder cannot be written; the old file is unchanged.
    pub(crate) fn write(&self) -> io::Result<()> {
        files::replace(self.path.as_std_path(), &self.after, Mode::Kept)
    }
}

/// The text with a new first line, whose line ending is kept, and a note at its end.
fn rewrite(before: &[u8], floor: Percent, note: Option<&str>) -> Vec<u8> {
    let end = before.iter().position(|byte| *byte == b'\n');
    let (line, rest) = before.split_at(end.unwrap_or(before.len()));
    let newline: &[u8] = if line.ends_with(b"\r") { b"\r\n" } else { b"\n" };
    let mut after = floor.to_string().into_bytes();
    match end {
        // The rest starts with the newline.
        Some(_) => after.extend_from_slice(&newline[..newline.len() - 1]),
        None => after.extend_from_slice(newline),
    }
    after.extend_from_slice(rest);
    if let Some(note) = note {
        if !after.ends_with(b"\n") {
            after.extend_from_slice(newline);
        }
        after.extend_from_slice(note.as_bytes());
        after.extend_from_slice(newline);
    }
    after
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::floor;

    fn rewritten(before: &str, note: Option<&str>) -> String {
        String::from_utf8(rewrite(before.as_bytes(), "91.2".parse().unwrap(), note)).unwrap()
    }

    #[test]
    fn only_the_first_line_changes() {
        assert_eq!(rewritten("", None), "91.2\n");
        assert_eq!(rewritten("80", None), "91.2\n");
        assert_eq!(rewritten("80\n", None), "91.2\n");
        assert_eq!(rewritten("80\r\nnote\r\n", None), "91.2\r\nnote\r\n");
        assert_eq!(rewritten("80\nnote, no newline", None), "91.2\nnote, no newline");
    }

    #[test]
    fn notes_come_last() {
        assert_eq!(rewritten("80\nold", Some("new")), "91.2\nold\nnew\n");
        assert_eq!(rewritten("80\r\nold\r\n", Some("new")), "91.2\r\nold\r\nnew\r\n");
        assert_eq!(rewritten("", Some("new")), "91.2\nnew\n");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(before in proptest::collection::vec(any::<u8>(), 0..60), hundredths in 0u16..=10_000) {
            let percent = Percent::from_hundredths(hundredths).unwrap();
            let after = rewrite(&before, percent, None);
            prop_assert_eq!(floor::parse(&after), Ok(percent));
            let rest = |text: &[u8]| text.iter().position(|byte| *byte == b'\n').map(|end| text[end..].to_vec());
            if before.contains(&b'\n') {
                prop_assert_eq!(rest(&before), rest(&after));
            }
        }
    }
}
