//! Owns the two lines about the warm pass, the same in every text.
//! Must not know what it compiles.

use std::io::{self, Write};
use std::time::Duration;

use super::Timings;

/// Announces the warm pass.
pub(super) fn begin(out: &mut dyn Write, packages: usize) -> io::Result<()> {
    writeln!(out, "Pre-warming build cache ({packages} packages)...")?;
    out.flush()
}

/// The warm pass is over.
pub(super) fn end(out: &mut dyn Write, elapsed: Duration, timings: Timings) -> io::Result<()> {
    writeln!(out, "Pre-warm complete in {}", timings.show(elapsed))?;
    out.flush()
}
