//! Owns the two lines about the warm pass, the same in every text.
//! Must not know what it compiles.

use std::io::Write;

use super::Timings;
use crate::domain::findings::Spent;
use crate::error::{Error, Result};

/// Announces the warm pass, and writes how long it took.
pub(super) fn warm(
    out: &mut dyn Write,
    timings: Timings,
    packages: usize,
    pass: impl FnOnce() -> Result<Spent>,
) -> Result<Spent> {
    let begun = writeln!(out, "Pre-warming build cache ({packages} packages)...");
    begun.and_then(|()| out.flush()).map_err(Error::report)?;
    let spent = pass()?;
    let ended = writeln!(out, "Pre-warm complete in {}", timings.show(spent.wall));
    ended.and_then(|()| out.flush()).map_err(Error::report)?;
    Ok(spent)
}

/// The same as a paragraph of its own.
pub(super) fn warm_paragraph(
    out: &mut dyn Write,
    timings: Timings,
    packages: usize,
    pass: impl FnOnce() -> Result<Spent>,
) -> Result<Spent> {
    let spent = warm(out, timings, packages, pass)?;
    writeln!(out).map_err(Error::report)?;
    Ok(spent)
}
