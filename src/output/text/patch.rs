//! Owns the list of changed lines that no test runs, for stderr.
//! Must not know whether that closes the gate.

use std::io::{self, Write};

use camino::Utf8Path;

use crate::domain::counted::counted;
use crate::domain::patch::Patch;
use crate::domain::visible;

/// How many ranges are listed. Reports have them all.
const RANGES: usize = 100;

/// Writes the changed lines that no test runs, as `path:line-line`; nothing where all run. Paths of the
/// module, which lies in `root`, start at `folder` where they can.
///
/// # Errors
/// When the writer fails.
pub(crate) fn write(
    patch: &Patch,
    root: &Utf8Path,
    folder: &Utf8Path,
    err: &mut dyn Write,
) -> io::Result<()> {
    let ranges = patch.files.iter().flat_map(|file| {
        let on_disk = root.join(&file.path);
        let path = on_disk.strip_prefix(folder).map_or(file.path.as_str(), Utf8Path::as_str);
        let path = visible::line(path).into_owned();
        let shown = move |first, last| format!("  {path}:{first}-{last}");
        file.uncovered_lines().into_iter().map(move |piece| shown(piece.first, piece.last))
    });
    let ranges: Vec<String> = ranges.collect();
    if ranges.is_empty() {
        return Ok(());
    }
    writeln!(err, "\nchanged and not covered:")?;
    for range in ranges.iter().take(RANGES) {
        writeln!(err, "{range}")?;
    }
    match ranges.len().saturating_sub(RANGES) {
        0 => Ok(()),
        more => writeln!(err, "  and {}", counted(more as u64, "more place")),
    }
}
