//! Owns the text of `covgate ratchet`, to the byte.
//! Must not know how a floor is decided or written.

use std::io::{self, Write};
use std::time::Duration;

use super::column::{UNKNOWN, percent};
use super::{Style, Timings, warm};
use crate::domain::percent::{Percent, Tenths};
use crate::domain::step::Step;

/// What became of the floors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Written, or would be.
    pub updated: usize,
    /// Left alone.
    pub unchanged: usize,
    /// Not measured, or not writable.
    pub failed: usize,
}

/// Writes the report of a ratchet, row by row.
pub struct RatchetTable<W> {
    out: W,
    style: Style,
    timings: bool,
}

impl<W: Write> RatchetTable<W> {
    /// Writes the heading.
    ///
    /// # Errors
    /// When the writer fails, as for all that follow.
    pub fn start(mut out: W, style: Style, timings: bool) -> io::Result<Self> {
        writeln!(out, "Updating .covgate files (ratchet up only)...\n")?;
        out.flush()?;
        Ok(Self { out, style, timings })
    }

    /// Announces the warm pass.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn warming(&mut self, packages: usize) -> io::Result<()> {
        warm::begin(&mut self.out, packages)
    }

    /// The warm pass is over.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn warmed(&mut self, elapsed: Duration) -> io::Result<()> {
        warm::end(&mut self.out, elapsed, Timings(self.timings))?;
        writeln!(self.out)
    }

    /// The table's head.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn head(&mut self) -> io::Result<()> {
        writeln!(self.out, "STATUS  PREVIOUS   CURRENT  PACKAGE")?;
        writeln!(self.out, "------  --------  --------  -------")?;
        self.out.flush()
    }

    /// One row: the floor as it was, what is covered now.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn row(
        &mut self,
        step: Step,
        previous: Option<Percent>,
        current: Option<Tenths>,
        label: &str,
    ) -> io::Result<()> {
        let (word, style) = (word(step), self.style);
        let padded = format!("{word:<6}");
        let word = match step {
            Step::New(_) | Step::Up(_) => style.good(&padded),
            Step::Down(_) => style.warn(&padded),
            Step::Failed => style.bad(&padded),
            Step::Same => padded,
        };
        let previous = percent(previous.map(Percent::shown), "—");
        let current = percent(current, UNKNOWN);
        writeln!(self.out, "{word}  {previous}  {current}  {label}")?;
        self.out.flush()
    }

    /// What a failing package printed, after the table.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn detail(&mut self, detail: &str) -> io::Result<()> {
        writeln!(self.out, "\n{}\n", self.style.foreign(detail).trim_end())
    }

    /// A change of a file, as `diff -u` prints it.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn diff(&mut self, diff: &str) -> io::Result<()> {
        write!(self.out, "{diff}")
    }

    /// An empty line before what follows the table.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// The last line.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(&mut self, tally: Tally, dry: bool) -> io::Result<()> {
        let Tally { updated, unchanged, failed } = tally;
        let lead = if dry { "Dry run. Would update" } else { "Done. Updated" };
        writeln!(self.out, "{lead}: {updated}, Unchanged: {unchanged}, Failed: {failed}")?;
        self.out.flush()
    }
}

fn word(step: Step) -> &'static str {
    match step {
        Step::New(_) => "NEW",
        Step::Up(_) => "UP",
        Step::Down(_) => "DOWN",
        Step::Same => "OK",
        Step::Failed => "FAIL",
    }
}
