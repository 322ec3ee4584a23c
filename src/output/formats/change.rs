//! Owns what reports for people say of a change and of all packages together, in the table's words.
//! Must not know how a report looks.

use crate::domain::patch::Piece;
use crate::domain::percent::{Coverage, Percent};
use crate::domain::sums::{Subject, Sum};
use crate::output::document::Document;

/// What is said of all packages together: the changed statements, and the total where something is asked
/// of it. Nothing is asked of a shard alone.
pub(super) fn sums(document: &Document) -> Vec<Sum> {
    let settings = &document.settings;
    let asked = |minimum: Option<f64>| -> Option<Percent> {
        minimum.filter(|_| document.shard.is_none())?.try_into().ok()
    };
    let changed = document.change.as_ref().map(|change| Sum {
        subject: Subject::Changed,
        coverage: Coverage { covered: change.covered, total: change.statements },
        minimum: asked(settings.patch_threshold),
    });
    let totals = &document.totals;
    let total = asked(settings.total_threshold).filter(|_| changed.is_none()).map(|minimum| Sum {
        subject: Subject::Total,
        coverage: Coverage { covered: totals.covered, total: totals.statements },
        minimum: Some(minimum),
    });
    changed.into_iter().chain(total).collect()
}

/// Whether the change is covered as far as is asked.
pub(super) fn is_reached(document: &Document) -> bool {
    let changed = |sum: &Sum| sum.subject == Subject::Changed;
    sums(document).iter().filter(|sum| changed(sum)).all(Sum::is_reached)
}

/// The changed lines that no test runs, each with its file's path in the module.
pub(super) fn uncovered(document: &Document) -> Vec<(&str, Piece)> {
    let files = document.change.iter().flat_map(|change| &change.files);
    let of_file = |(path, pieces): (_, Vec<Piece>)| pieces.into_iter().map(move |one| (path, one));
    files
        .map(|file| (file.path.as_str(), file.file().uncovered_lines()))
        .flat_map(of_file)
        .collect()
}
