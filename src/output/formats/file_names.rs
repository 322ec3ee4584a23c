//! Owns how reports name files: by the path from the repository's root, and on one line in formats
//! made of lines, whatever the name holds.
//! Must not know any format.

use std::borrow::Cow;

use crate::output::document::Document;

/// Replaces a character that a format cannot hold. The name then leads to no file, but the report
/// stays valid.
pub(super) const REPLACEMENT: &str = "\u{fffd}";

/// Turns a path of the document into a path from the repository's root.
pub(super) fn in_repository(document: &Document, path: &str) -> String {
    match document.root.as_str() {
        "" => path.to_owned(),
        folder => format!("{folder}/{path}"),
    }
}

/// A name without the characters that would end its line.
pub(super) fn on_one_line(name: &str) -> Cow<'_, str> {
    match name.contains(['\n', '\r']) {
        true => name.replace(['\n', '\r'], REPLACEMENT).into(),
        false => name.into(),
    }
}
