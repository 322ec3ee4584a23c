//! What several kinds of tests share.

use std::path::Path;

use covgate::output::formats;

pub(crate) mod fake;
pub(crate) mod module;
pub(crate) mod schema;

/// Asks for every format, each in a file of its name.
pub(crate) fn every_report(folder: &Path) -> Vec<String> {
    formats::names().map(|name| format!("--report={name}={}/{name}", folder.display())).collect()
}
