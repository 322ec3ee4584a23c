//! Owns the way of a change into the document and back.
//! Must not know what the document is used for.

use super::{ChangeRecord, ChangedFileRecord, PieceRecord};
use crate::domain::patch::{ChangedFile, Patch, Piece};

impl ChangeRecord {
    /// The record of what a run found.
    pub(super) fn new(patch: &Patch) -> Self {
        let coverage = patch.coverage();
        Self {
            base: patch.base.clone(),
            statements: coverage.total,
            covered: coverage.covered,
            percent: coverage.shown().map(super::write::tenths),
            files: patch.files.iter().map(ChangedFileRecord::new).collect(),
        }
    }

    /// The change again. Sums are not read: they are made of the pieces.
    pub(super) fn patch(&self) -> Result<Patch, String> {
        let files: Vec<ChangedFile> = self.files.iter().map(ChangedFileRecord::file).collect();
        let patch = Patch { base: self.base.clone(), files };
        let held = patch.coverage();
        match (held.covered, held.total) == (self.covered, self.statements) {
            true => Ok(patch),
            false => Err(format!(
                "change: it says {} of {} changed statements are covered, its files say {} of {}",
                self.covered, self.statements, held.covered, held.total
            )),
        }
    }
}

impl ChangedFileRecord {
    fn new(file: &ChangedFile) -> Self {
        let pieces = |pieces: &[Piece]| -> Vec<PieceRecord> {
            let record = |piece: &Piece| PieceRecord(piece.first, piece.last, piece.statements);
            pieces.iter().map(record).collect()
        };
        Self {
            path: file.path.clone(),
            uncovered: pieces(&file.uncovered),
            covered: pieces(&file.covered),
        }
    }

    /// The file as a run found it.
    #[must_use]
    pub(crate) fn file(&self) -> ChangedFile {
        let pieces = |records: &[PieceRecord]| -> Vec<Piece> {
            let piece = |record: &PieceRecord| {
                let PieceRecord(first, last, statements) = *record;
                Piece { first, last, statements }
            };
            records.iter().map(piece).collect()
        };
        ChangedFile {
            path: self.path.clone(),
            uncovered: pieces(&self.uncovered),
            covered: pieces(&self.covered),
        }
    }
}
