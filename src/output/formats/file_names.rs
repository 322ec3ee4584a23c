//! Owns how reports name files: from the repository's root, and in formats made of
//! lines on one line whatever the name holds.
//! Must not know any format.

use std::borrow::Cow;

use crate::output::document::Document;

/// Stands for a character that a format cannot hold: the name then leads to no file, and the report
/// stays whole.
pub(super) const REPLACEMENT: &str = "\u{fffd}";

/// A path in the module, from the root of the repository.
pub(super) fn in_repository(document: &Document, path: &str) -> String {
    match document.module_dir.as_str() {
        "" => path.to_owned(),
        folder => format!("{folder}/{path}"),
    }
}

/// A name without what would end its line.
pub(super) fn on_one_line(name: &str) -> Cow<'_, str> {
    match name.contains(['\n', '\r']) {
        true => name.replace(['\n', '\r'], REPLACEMENT).into(),
        false => name.into(),
    }
}
