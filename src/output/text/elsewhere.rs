//! Owns the line about coverage from elsewhere, the same in every text.
//! Must not know what it covers.

use std::io::{self, Write};

/// Says how many sources of coverage there are besides the runs, if there are any.
pub(super) fn with(out: &mut dyn Write, sources: usize) -> io::Result<()> {
    match sources {
        0 => Ok(()),
        _ => writeln!(out, "With coverage from {sources} other source(s)"),
    }
}

/// The same as a paragraph of its own.
pub(super) fn paragraph(out: &mut dyn Write, sources: usize) -> io::Result<()> {
    with(out, sources)?;
    if sources > 0 { writeln!(out) } else { Ok(()) }
}
