//! Owns what the page says of a change: how many statements of a package it adds or edits, and on which
//! lines of a file they are.
//! Must not know how lines are marked, or how a change was found.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde::Serialize;

use super::say;
use crate::domain::patch::{ChangedFile, Piece};
use crate::domain::percent::Coverage;
use crate::output::document::Document;

/// The change of a run.
pub(super) struct Changed {
    /// By folder, as the document names packages.
    packages: BTreeMap<String, Coverage>,
    files: BTreeMap<String, ChangedFile>,
}

/// The changed statements of a file, for the script.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct ChangedLines {
    /// First and last of the lines.
    lines: Vec<(u32, u32)>,
    /// Those that no test runs.
    uncovered: Vec<(u32, u32)>,
    /// How many of them no test runs, in words; empty if none.
    said: String,
}

impl Changed {
    /// None if the run was not compared with anything.
    pub(super) fn of(document: &Document) -> Option<Self> {
        let mut changed = Self { packages: BTreeMap::new(), files: BTreeMap::new() };
        for record in &document.change.as_ref()?.files {
            let file = record.file();
            let coverage = file.coverage();
            // A file of a package that could not be measured is in no list: its folder says whose it is.
            *changed.packages.entry(folder(&file.path).to_owned()).or_default() += coverage;
            changed.files.insert(file.path.clone(), file);
        }
        Some(changed)
    }

    /// The changed statements of a package; none if there are none.
    pub(super) fn package(&self, path: &str) -> Option<Coverage> {
        self.packages.get(path).copied().filter(|coverage| coverage.total > 0)
    }

    /// The changed lines of a file; none if no statement of it is changed.
    pub(super) fn file(&self, path: &str) -> Option<ChangedLines> {
        let file = self.files.get(path).filter(|file| !file.is_empty())?;
        let mut lines = ranges(file.covered.iter().chain(&file.uncovered));
        lines.sort_unstable();
        let uncovered = ranges(&file.uncovered_lines());
        let length = |(first, last): &(u32, u32)| u64::from(last.saturating_sub(*first)) + 1;
        let count: u64 = uncovered.iter().map(length).sum();
        let said = match count {
            0 => String::new(),
            count => format!("{} not covered", say::count(count, "changed line", "changed lines")),
        };
        Some(ChangedLines { lines, uncovered, said })
    }
}

/// How many of the changed statements are covered.
pub(super) fn said(coverage: Coverage) -> String {
    format!("{} of {}", say::number(coverage.covered), say::number(coverage.total))
}

fn ranges<'a>(pieces: impl IntoIterator<Item = &'a Piece>) -> Vec<(u32, u32)> {
    pieces.into_iter().map(|piece| (piece.first, piece.last)).collect()
}

fn folder(file: &str) -> &str {
    let parent = Utf8Path::new(file).parent().map_or("", Utf8Path::as_str);
    if parent.is_empty() { "." } else { parent }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::output::document::{ChangeRecord, ChangedFileRecord, PieceRecord};
    use crate::output::formats::sample::{below, document, passing};

    /// A change of both files of `below` and the root's one, which is covered; `other` is as it was.
    pub(in super::super) fn changed() -> Document {
        let mut run = document(vec![passing("."), below("below"), passing("other")]);
        let file = |path: &str, uncovered: &[PieceRecord], covered: &[PieceRecord]| {
            let path = path.to_owned();
            ChangedFileRecord { path, uncovered: uncovered.to_vec(), covered: covered.to_vec() }
        };
        run.change = Some(ChangeRecord {
            base: "0123abc".to_owned(),
            statements: 1206,
            covered: 1202,
            percent: Some(99.6),
            files: vec![
                file("a.go", &[], &[PieceRecord(2, 2, 1200)]),
                file(
                    "below/a.go",
                    &[PieceRecord(3, 3, 1), PieceRecord(4, 4, 1), PieceRecord(20, 20, 1)],
                    &[PieceRecord(1, 2, 2)],
                ),
                file("below/b.go", &[PieceRecord(1, 1, 1)], &[]),
            ],
        });
        run
    }

    #[test]
    fn a_package_has_the_changed_statements_of_its_folder() {
        let changed = Changed::of(&changed()).unwrap();
        let said = |path| changed.package(path).map(said);
        assert_eq!(said("."), Some("1,200 of 1,200".to_owned()));
        assert_eq!(said("below"), Some("2 of 6".to_owned()));
        assert_eq!(said("other"), None);
        assert!(Changed::of(&document(vec![])).is_none());
    }

    #[test]
    fn a_file_has_changed_lines() {
        let changed = Changed::of(&changed()).unwrap();
        assert_eq!(
            changed.file("below/a.go"),
            Some(ChangedLines {
                lines: vec![(1, 2), (3, 3), (4, 4), (20, 20)],
                uncovered: vec![(3, 4), (20, 20)],
                said: "3 changed lines not covered".to_owned(),
            })
        );
        assert_eq!(changed.file("a.go").unwrap().said, "");
        assert_eq!(changed.file("below/b.go").unwrap().said, "1 changed line not covered");
        assert_eq!(changed.file("other/a.go"), None);
    }
}
