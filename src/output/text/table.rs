//! Owns the report's text, to the byte: the heading, the rows, the details of
//! failures and the last line.
//! Must not know the order in which packages ended, or what a verdict rests on.

use std::io::{self, Write};
use std::time::Duration;

use super::column::{UNKNOWN, percent};
use super::{Style, Timings, warm};
use crate::choose::shard::{Part, Share};
use crate::domain::findings::Finding;
use crate::domain::package::Selection;
use crate::domain::percent::Percent;
use crate::domain::rules::Rules;
use crate::domain::verdict::{Status, Verdict};

/// What the report knows before the first row.
#[derive(Debug, Clone, Copy)]
pub struct Heading {
    /// The floor of packages without one.
    pub default_threshold: Percent,
    /// Packages to measure.
    pub packages: usize,
    /// Packages excluded.
    pub excluded: usize,
    /// Packages left out because nothing that changed affects them.
    pub unaffected: usize,
    /// The part of the packages that is measured; none for all.
    pub shard: Option<Share>,
    /// How many at once, where rows are counted: no plain table.
    pub progress: Option<usize>,
    /// Whether durations are shown.
    pub timings: bool,
}

impl Heading {
    /// Of these packages, or of a shard of them.
    #[must_use]
    pub fn new(rules: Rules, selection: &Selection, shard: Option<Share>) -> Self {
        let parallelism = rules.parallelism;
        Self {
            default_threshold: rules.default_threshold,
            packages: selection.packages.len(),
            excluded: selection.excluded.len(),
            unaffected: selection.unaffected,
            shard,
            progress: (!parallelism.explicit).then(|| parallelism.jobs.get()),
            timings: rules.timings,
        }
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// From 1, in the listing's order.
    pub number: usize,
    /// The package, as it is named.
    pub label: &'a str,
    /// The judgement.
    pub verdict: Verdict,
    /// How long its tests took.
    pub elapsed: Duration,
    /// Whether go had the result in its cache.
    pub cached: bool,
    /// What plain `go test` prints, where it did not go well.
    pub detail: &'a str,
}

impl<'a> Row<'a> {
    /// What was found of a package.
    #[must_use]
    pub fn of(finding: &'a Finding, number: usize) -> Self {
        let Finding { package, measured, verdict } = finding;
        Self {
            number,
            label: &package.label,
            verdict: *verdict,
            elapsed: measured.elapsed,
            cached: measured.cached,
            detail: &measured.detail,
        }
    }
}

/// What is kept of the details of failures until the table is done, in bytes: those of a package
/// are capped, but a thousand may fail.
const DETAILS_CAP: usize = 64 * 1024 * 1024;

/// Writes the report, row by row, each flushed: a pipe shows what is known.
pub struct Table<W> {
    out: W,
    style: Style,
    heading: Heading,
    details: String,
    /// How many packages' details there was no room for.
    cut: usize,
    /// An empty line is due before what comes next.
    gap: bool,
}

impl<W: Write> Table<W> {
    /// Writes the heading.
    ///
    /// # Errors
    /// When the writer fails, as for all that follow.
    pub fn start(mut out: W, style: Style, heading: Heading) -> io::Result<Self> {
        let threshold = heading.default_threshold.shown();
        writeln!(out, "Checking per-package coverage (default minimum: {threshold}%)...\n")?;
        if heading.excluded > 0 {
            let excluded = heading.excluded;
            writeln!(out, "Excluded {excluded} package(s) from coverage measurement")?;
        }
        if heading.unaffected > 0 {
            writeln!(out, "Skipped {} unaffected package(s)", heading.unaffected)?;
        }
        if let Some(Share { part, of }) = heading.shard {
            writeln!(out, "Shard {part}: {} of {of} package(s)", heading.packages)?;
        }
        out.flush()?;
        let gap = heading.excluded + heading.unaffected > 0 || heading.shard.is_some();
        Ok(Self { out, style, heading, details: String::new(), cut: 0, gap })
    }

    /// Announces the warm pass.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn warming(&mut self, packages: usize) -> io::Result<()> {
        self.gap = true;
        warm::begin(&mut self.out, packages)
    }

    /// The warm pass is over.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn warmed(&mut self, elapsed: Duration) -> io::Result<()> {
        warm::end(&mut self.out, elapsed, Timings(self.heading.timings))
    }

    /// The table's head.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn head(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.gap) {
            writeln!(self.out)?;
        }
        let total = self.heading.packages;
        if let Some(jobs) = self.heading.progress {
            writeln!(self.out, "Running {total} packages with parallelism={jobs}; progress:")?;
        }
        let count = self.count_width();
        self.lead(&format!("{:<count$}", "COUNT"))?;
        writeln!(self.out, "STATUS   COVERAGE  REQUIRED      TIME  PACKAGE")?;
        self.lead(&"-".repeat(count))?;
        writeln!(self.out, "-------  --------  --------  --------  -------")?;
        self.out.flush()
    }

    /// One row; the detail of a failure follows it, or the table where rows are counted.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        let total = self.heading.packages;
        let width = digits(total);
        self.lead(&format!("[{:>width$}/{total}]", row.number))?;
        let Verdict { status, coverage, required, reason } = row.verdict;
        let time = match row.cached && self.heading.timings {
            true => "(cached)".to_owned(),
            false => self.duration(row.elapsed),
        };
        let word = self.style.status(status, &format!("{:<7}", word(status)));
        let (coverage, required) = (percent(coverage, UNKNOWN), percent(required, UNKNOWN));
        let suffix = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        writeln!(self.out, "{word}  {coverage}  {required}  {time:>8}  {}{suffix}", row.label)?;
        if !row.detail.is_empty() {
            let detail = format!("\n{}\n\n", self.style.foreign(row.detail).trim_end());
            if self.heading.progress.is_none() {
                self.out.write_all(detail.as_bytes())?;
            } else if self.details.len() + detail.len() <= DETAILS_CAP {
                self.details.push_str(&detail);
            } else {
                self.cut += 1;
            }
        }
        self.out.flush()
    }

    /// The packages that were not measured, after all rows.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn excluded(&mut self, labels: &[String]) -> io::Result<()> {
        let dashes = "---";
        for label in labels {
            self.lead(&" ".repeat(self.count_width()))?;
            let line = format!("SKIPPED  {dashes:>8}  {dashes:>8}  {dashes:>8}  {label}");
            writeln!(self.out, "{}", self.style.dim(&line))?;
        }
        self.out.flush()
    }

    /// The end: what failed, the time of the coverage runs, and whether the gate is open.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(&mut self, elapsed: Duration, open: bool) -> io::Result<()> {
        self.out.write_all(self.details.as_bytes())?;
        if self.cut > 0 {
            writeln!(self.out, "\n[covgate: output of {} more package(s) cut here]\n", self.cut)?;
        }
        let elapsed = self.duration(elapsed);
        writeln!(self.out, "\nTotal time: {elapsed}")?;
        let last = match open {
            true => self.style.good(OPEN),
            false => self.style.bad(CLOSED),
        };
        writeln!(self.out, "{last}")?;
        self.out.flush()
    }

    /// The end of a run in which no package is affected.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish_unaffected(&mut self) -> io::Result<()> {
        writeln!(self.out, "\n{}", self.style.good("No package is affected; nothing to measure"))?;
        self.out.flush()
    }

    /// The end of a run whose part has no package.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish_without_share(&mut self, part: Part) -> io::Result<()> {
        let none = format!("No package falls into shard {part}; nothing to measure");
        writeln!(self.out, "\n{}", self.style.good(&none))?;
        self.out.flush()
    }

    /// The end of a run with nothing to measure.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish_empty(&mut self) -> io::Result<()> {
        writeln!(self.out, "\nNo packages left to measure")?;
        self.out.flush()
    }

    /// The first column, where there is one.
    fn lead(&mut self, text: &str) -> io::Result<()> {
        match self.heading.progress {
            Some(_) => write!(self.out, "{text}  "),
            None => Ok(()),
        }
    }

    fn count_width(&self) -> usize {
        3 + 2 * digits(self.heading.packages)
    }

    fn duration(&self, elapsed: Duration) -> String {
        Timings(self.heading.timings).show(elapsed)
    }
}

const OPEN: &str = "All packages meet minimum coverage requirement";
const CLOSED: &str = "ERROR: One or more packages failed tests, are below their minimum coverage, or have loose .covgate thresholds";

fn digits(number: usize) -> usize {
    number.to_string().len()
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Pass => "PASS",
        Status::Fail => "FAIL",
        Status::Loose => "LOOSE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::verdict::Reason;

    #[test]
    fn a_thousand_failures_do_not_fill_memory() {
        let heading = Heading {
            default_threshold: "80".parse().unwrap(),
            packages: 1000,
            excluded: 0,
            unaffected: 0,
            shard: None,
            progress: Some(8),
            timings: false,
        };
        let mut printed = Vec::new();
        let mut table = Table::start(&mut printed, Style::new(false), heading).unwrap();
        // As if many packages had failed before.
        table.details = "x".repeat(DETAILS_CAP - 10);
        let (status, reason) = (Status::Fail, Some(Reason::TestsFailed));
        let verdict = Verdict { status, coverage: None, required: None, reason };
        let elapsed = Duration::ZERO;
        for (number, detail) in [(1, "much too long"), (2, "fits"), (3, "no room")] {
            let row = Row { number, label: "p", verdict, elapsed, cached: false, detail };
            table.row(&row).unwrap();
        }
        table.finish(elapsed, false).unwrap();
        let printed = String::from_utf8(printed).unwrap();
        let end =
            "x\nfits\n\n\n[covgate: output of 2 more package(s) cut here]\n\n\nTotal time: ---\n";
        assert!(printed.contains(end), "{}", &printed[printed.len() - 300..]);
    }
}
