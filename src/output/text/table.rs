//! Owns every byte of the report's text: the heading, the rows, the details of failures and the
//! last line.
//! Must not know the order in which packages ended, or the reason for a verdict.

use std::io::{self, Write};
use std::time::Duration;

use anstream::adapter::strip_str;

use super::column::{UNKNOWN, percent};
use super::warm::warm;
use super::{Style, Timings, elsewhere};
use crate::choose::shard::Share;
use crate::domain::findings::Spent;
use crate::domain::ignores::Ignored;
use crate::domain::outcome::Measured;
use crate::domain::package::Selection;
use crate::domain::reruns::suffix;
use crate::domain::rules::{Parallelism, Rules};
use crate::domain::sums::Sum;
use crate::domain::verdict::{Status, Verdict};
use crate::domain::visible;
use crate::error::Result;
use crate::output::foreign;

/// How much of the failures' details is kept until the table is done, in bytes. Those of one
/// package are capped, but a thousand may fail.
const DETAILS_CAP: usize = 64 * 1024 * 1024;

/// Writes the report row by row and flushes each row, so that a pipe shows it at once.
pub(crate) struct Table<W> {
    out: W,
    style: Style,
    timings: Timings,
    /// How many packages are measured.
    packages: usize,
    /// How many packages are measured at once, if rows are counted; none for the plain table.
    progress: Option<usize>,
    details: String,
    /// How many packages' details did not fit.
    cut: usize,
    /// Whether an empty line is needed before what comes next.
    gap: bool,
}

impl<W: Write> Table<W> {
    /// Writes the heading; `shard` is the part of the packages that is measured, none for all; `ignored` is
    /// how much does not count.
    ///
    /// # Errors
    /// When the writer fails; the same for all methods below.
    pub(crate) fn start(
        mut out: W,
        style: Style,
        rules: Rules,
        selection: &Selection,
        shard: Option<Share>,
        ignored: Ignored,
    ) -> io::Result<Self> {
        let threshold = rules.default_threshold.shown();
        writeln!(out, "Checking per-package coverage (default minimum: {threshold}%)...\n")?;
        let (packages, excluded) = (selection.packages.len(), selection.excluded.len());
        if excluded > 0 {
            writeln!(out, "Excluded {excluded} package(s) from coverage measurement")?;
        }
        if selection.unaffected > 0 {
            writeln!(out, "Skipped {} unaffected package(s)", selection.unaffected)?;
        }
        if let Some(Share { part, of }) = shard {
            writeln!(out, "Shard {part}: {packages} of {of} package(s)")?;
        }
        if !ignored.is_none() {
            writeln!(out, "{ignored}")?;
        }
        elsewhere::with(&mut out, rules.with)?;
        out.flush()?;
        let Parallelism { jobs, explicit } = rules.parallelism;
        Ok(Self {
            out,
            style,
            timings: Timings(rules.timings),
            packages,
            progress: (!explicit).then(|| jobs.get()),
            details: String::new(),
            cut: 0,
            gap: excluded + selection.unaffected + rules.with > 0
                || shard.is_some()
                || !ignored.is_none(),
        })
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
        self.gap = true;
        warm(&mut self.out, self.timings, packages, pass)
    }

    /// Writes the table's head.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn head(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.gap) {
            writeln!(self.out)?;
        }
        let total = self.packages;
        if let Some(jobs) = self.progress {
            writeln!(self.out, "Running {total} packages with parallelism={jobs}; progress:")?;
        }
        let count = self.count_width();
        self.lead(&format!("{:<count$}", "COUNT"))?;
        writeln!(self.out, "STATUS   COVERAGE  REQUIRED      TIME  PACKAGE")?;
        self.lead(&"-".repeat(count))?;
        writeln!(self.out, "-------  --------  --------  --------  -------")?;
        self.out.flush()
    }

    /// Writes a row; `number` counts from 1, in the order of the listing. The detail of a failure
    /// follows its row, or follows the table if rows are counted.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn row(
        &mut self,
        number: usize,
        label: &str,
        verdict: Verdict,
        measured: &Measured,
    ) -> io::Result<()> {
        let total = self.packages;
        let width = digits(total);
        self.lead(&format!("[{number:>width$}/{total}]"))?;
        let Verdict { status, coverage, required, reason } = verdict;
        let time = match measured.cached && self.timings.0 {
            true => "(cached)".to_owned(),
            false => self.timings.show(measured.elapsed),
        };
        let word = self.style.status(status, &format!("{:<7}", word(status)));
        let (coverage, required) = (percent(coverage, UNKNOWN), percent(required, UNKNOWN));
        let label = visible::line(label);
        let suffix = suffix(reason, measured.flaky());
        writeln!(self.out, "{word}  {coverage}  {required}  {time:>8}  {label}{suffix}")?;
        if !measured.detail.is_empty() {
            let detail = format!("\n{}\n\n", foreign::text(&measured.detail).trim_end());
            if self.progress.is_none() {
                self.out.write_all(detail.as_bytes())?;
            } else if self.details.len() + detail.len() <= DETAILS_CAP {
                self.details.push_str(&detail);
            } else {
                self.cut += 1;
            }
        }
        self.out.flush()
    }

    /// Writes the packages that were not measured, after all rows.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn excluded(&mut self, labels: &[String]) -> io::Result<()> {
        let dashes = "---";
        for label in labels {
            self.lead(&" ".repeat(self.count_width()))?;
            let label = visible::line(label);
            let line = format!("{SKIPPED}  {dashes:>8}  {dashes:>8}  {dashes:>8}  {label}");
            writeln!(self.out, "{}", self.style.dim(&line))?;
        }
        self.out.flush()
    }

    /// Writes the end: what failed, the time of the coverage runs, what all packages reach together,
    /// and whether the gate is open.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn finish(&mut self, elapsed: Duration, sums: &[Sum], open: bool) -> io::Result<()> {
        self.out.write_all(self.details.as_bytes())?;
        if self.cut > 0 {
            writeln!(self.out, "\n[covgate: output of {} more package(s) cut here]\n", self.cut)?;
        }
        writeln!(self.out, "\nTotal time: {}", self.timings.show(elapsed))?;
        for sum in sums {
            writeln!(self.out, "{sum}")?;
        }
        let last = match open {
            true => self.style.good(OPEN),
            false => self.style.bad(CLOSED),
        };
        writeln!(self.out, "{last}")?;
        self.out.flush()
    }

    /// Writes the end of a run that passes with nothing to measure.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn finish_early(&mut self, why: &str, sums: &[Sum]) -> io::Result<()> {
        let why = self.style.good(&format!("{why}; nothing to measure"));
        writeln!(self.out)?;
        for sum in sums {
            writeln!(self.out, "{sum}")?;
        }
        writeln!(self.out, "{why}")?;
        self.out.flush()
    }

    /// Writes the end of a run with nothing to measure.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn finish_empty(&mut self) -> io::Result<()> {
        writeln!(self.out, "\nNo packages left to measure")?;
        self.out.flush()
    }

    /// Writes the first column, if there is one.
    fn lead(&mut self, text: &str) -> io::Result<()> {
        match self.progress {
            Some(_) => write!(self.out, "{text}  "),
            None => Ok(()),
        }
    }

    fn count_width(&self) -> usize {
        3 + 2 * digits(self.packages)
    }
}

const OPEN: &str = "All packages meet minimum coverage requirement";
const CLOSED: &str = "ERROR: One or more packages failed tests, are below their minimum coverage, or have loose .covgate thresholds";

fn digits(number: usize) -> usize {
    number.to_string().len()
}

/// Whether a line of the report is the row of a package that passes or is not measured.
#[must_use]
pub(super) fn is_quiet_row(line: &str) -> bool {
    let line = strip_str(line).to_string();
    let row = match line.strip_prefix('[') {
        Some(counted) => counted.split_once("]  ").map_or("", |(_, row)| row),
        None => line.trim_start(),
    };
    [word(Status::Pass), SKIPPED].iter().any(|word| row.starts_with(&format!("{word:<7}  ")))
}

const SKIPPED: &str = "SKIPPED";

fn word(status: Status) -> &'static str {
    match status {
        Status::Pass => "PASS",
        Status::Fail => "FAIL",
        Status::Loose => "LOOSE",
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::domain::choice::{IdleIgnores, Tightness};
    use crate::domain::outcome::Outcome;
    use crate::domain::sums::Minimums;
    use crate::domain::verdict::{Policy, Reason};

    #[test]
    fn a_thousand_failures_do_not_fill_memory() {
        let jobs = NonZeroUsize::MIN;
        let rules = Rules {
            policy: Policy::new(Tightness::Fail, "0".parse().unwrap()),
            default_threshold: "80".parse().unwrap(),
            minimums: Minimums::default(),
            idle_ignores: IdleIgnores::Warn,
            parallelism: Parallelism { jobs, explicit: false },
            timings: false,
            with: 0,
        };
        let mut printed = Vec::new();
        let (style, selection) = (Style::new(false), Selection::default());
        let mut table =
            Table::start(&mut printed, style, rules, &selection, None, Ignored::default()).unwrap();
        // As if many packages had failed before.
        table.details = "x".repeat(DETAILS_CAP - 10);
        let (status, reason) = (Status::Fail, Some(Reason::TestsFailed));
        let verdict = Verdict { status, coverage: None, required: None, reason };
        for (number, detail) in [(1, "much too long"), (2, "fits"), (3, "no room")] {
            let measured = Measured::without_coverage(Outcome::TestsFailed, detail.to_owned());
            table.row(number, "p", verdict, &measured).unwrap();
        }
        table.finish(Duration::ZERO, &[], false).unwrap();
        let printed = String::from_utf8(printed).unwrap();
        let end =
            "x\nfits\n\n\n[covgate: output of 2 more package(s) cut here]\n\n\nTotal time: ---\n";
        assert!(printed.contains(end), "{}", &printed[printed.len() - 300..]);
    }
}
