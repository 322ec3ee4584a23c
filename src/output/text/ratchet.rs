//! Owns every byte of the text of `covgate ratchet`.
//! Must not know how a floor is decided or written.

use std::io::{self, Write};

use super::column::{UNKNOWN, percent};
use super::warm::warm_paragraph;
use super::{Style, Timings, elsewhere};
use crate::domain::findings::Spent;
use crate::domain::ignores::Ignored;
use crate::domain::percent::{Percent, Tenths};
use crate::domain::rules::Rules;
use crate::domain::step::Step;
use crate::domain::visible;
use crate::error::Result;
use crate::output::foreign;

/// How many floors changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Floors that were written, or would be.
    pub updated: usize,
    /// Floors that stay.
    pub unchanged: usize,
    /// Packages that could not be measured, or whose floor could not be written.
    pub failed: usize,
}

/// Writes the report of a ratchet, row by row.
pub(crate) struct RatchetTable<W> {
    out: W,
    style: Style,
    timings: Timings,
}

impl<W: Write> RatchetTable<W> {
    /// Writes the heading; `ignored` is how much does not count.
    ///
    /// # Errors
    /// When the writer fails; the same for all methods below.
    pub(crate) fn start(
        mut out: W,
        style: Style,
        rules: Rules,
        ignored: Ignored,
    ) -> io::Result<Self> {
        writeln!(out, "Updating .covgate files (ratchet up only)...\n")?;
        if !ignored.is_none() {
            writeln!(out, "{ignored}\n")?;
        }
        elsewhere::paragraph(&mut out, rules.with)?;
        out.flush()?;
        Ok(Self { out, style, timings: Timings(rules.timings) })
    }

    /// Announces the warm pass, and writes how long it took.
    ///
    /// # Errors
    /// When the pass or the writer fails.
    pub(crate) fn warm(
        &mut self,
        packages: usize,
        pass: impl FnOnce() -> Result<Spent>,
    ) -> Result<Spent> {
        warm_paragraph(&mut self.out, self.timings, packages, pass)
    }

    /// Writes the table's head.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn head(&mut self) -> io::Result<()> {
        writeln!(self.out, "STATUS  PREVIOUS   CURRENT  PACKAGE")?;
        writeln!(self.out, "------  --------  --------  -------")?;
        self.out.flush()
    }

    /// One row: the floor as it was, what is covered now, and what else there is to say.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn row(
        &mut self,
        step: Step,
        previous: Option<Percent>,
        current: Option<Tenths>,
        label: &str,
        suffix: &str,
    ) -> io::Result<()> {
        let word = match step {
            Step::New(_) => self.style.good("NEW   "),
            Step::Up(_) => self.style.good("UP    "),
            Step::Down(_) => self.style.warn("DOWN  "),
            Step::Below => self.style.bad("BELOW "),
            Step::Same => "OK    ".to_owned(),
            Step::Failed => self.style.bad("FAIL  "),
        };
        let previous = percent(previous.map(Percent::shown), "—");
        let current = percent(current, UNKNOWN);
        let label = visible::line(label);
        writeln!(self.out, "{word}  {previous}  {current}  {label}{suffix}")?;
        self.out.flush()
    }

    /// Writes what follows the rows: the output of failing packages, the changes of files as `diff
    /// -u` prints them, the packages that wobble, and the last line.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn finish(
        &mut self,
        details: &[String],
        diffs: &[String],
        wobbles: &[String],
        tally: Tally,
        dry: bool,
    ) -> io::Result<()> {
        for detail in details {
            writeln!(self.out, "\n{}\n", foreign::text(detail).trim_end())?;
        }
        for lines in [diffs, wobbles].into_iter().filter(|lines| !lines.is_empty()) {
            write!(self.out, "\n{}", visible::lines(&lines.concat()))?;
        }
        let Tally { updated, unchanged, failed } = tally;
        let lead = if dry { "Dry run. Would update" } else { "Done. Updated" };
        writeln!(self.out, "\n{lead}: {updated}, Unchanged: {unchanged}, Failed: {failed}")?;
        self.out.flush()
    }
}
