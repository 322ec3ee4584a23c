//! Owns the text of `covgate audit`: the summary, the phases, and the lists.
//! Must not know how anything was measured.

use std::cmp::Reverse;
use std::io::{self, Write};
use std::time::Duration;

use super::column::{UNKNOWN, percent};
use super::warm::warm_paragraph;
use super::{Style, Timings, audit_files, elsewhere};
use crate::domain::baseline::Differing;
use crate::domain::counted::more_statements;
use crate::domain::findings::Spent;
use crate::domain::findings::{Finding, Findings};
use crate::domain::floor::Source;
use crate::domain::ignores::{Ignore, Ignored};
use crate::domain::percent::{Coverage, Tenths};
use crate::domain::rules::Rules;
use crate::domain::shorten::at_the_end;
use crate::domain::uncovered::Function;
use crate::domain::verdict::{Reason, Status};
use crate::domain::visible;
use crate::error::Result;
use crate::output::foreign;

/// Writes an audit.
pub(crate) struct AuditText<W> {
    out: W,
    style: Style,
    timings: Timings,
}

impl<W: Write> AuditText<W> {
    /// Writes the heading; the rules say whether durations are shown.
    ///
    /// # Errors
    /// When the writer fails; the same for all methods below.
    pub(crate) fn start(
        mut out: W,
        style: Style,
        rules: Rules,
        packages: usize,
        go: &str,
    ) -> io::Result<Self> {
        writeln!(out, "Auditing {packages} package(s) with {go}...\n")?;
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

    /// Writes everything but the files; no list is longer than `top`.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn overview(
        &mut self,
        findings: &Findings,
        functions: &[Function],
        top: Option<usize>,
    ) -> io::Result<()> {
        let top = top.unwrap_or(usize::MAX);
        self.summary(findings)?;
        self.phases(findings)?;
        self.unmeasured(findings)?;
        self.flaky(findings, top)?;
        self.compared(findings, top)?;
        if findings.packages.len() > 1 {
            self.most_uncovered(findings, top)?;
            self.without_tests(findings, top)?;
            self.lagging(findings, top)?;
            self.slowest(findings, top)?;
        }
        self.functions(functions, top)?;
        self.ignored(findings)?;
        self.out.flush()
    }

    /// Writes the uncovered ranges of every file, with their source lines if asked for.
    ///
    /// # Errors
    /// When the writer fails.
    pub(crate) fn files(&mut self, findings: &Findings, source: bool) -> io::Result<()> {
        for finding in &findings.packages {
            audit_files::write(finding, source, self.style, &mut self.out)?;
        }
        self.out.flush()
    }

    fn summary(&mut self, findings: &Findings) -> io::Result<()> {
        let Coverage { covered, total } = findings.total();
        let packages = &findings.packages;
        let count = |is: &dyn Fn(&Finding) -> bool| {
            packages.iter().filter(|one| is(one)).count().to_string()
        };
        let percent = findings.total().shown().map(|shown| format!("{shown}%")).unwrap_or_default();
        let excluded = match findings.excluded.len() {
            0 => String::new(),
            count => format!("{count} more excluded"),
        };
        let lines = [
            ("Packages", packages.len().to_string(), excluded),
            ("Statements", total.to_string(), String::new()),
            ("Covered", covered.to_string(), percent),
            ("Without tests", count(&is_untested), String::new()),
            ("Without a .covgate", count(&has_no_floor), String::new()),
            ("Floor lags", count(&|one| lag(one).is_some()), String::new()),
            ("Below floor", count(&|one| one.missing().is_some()), String::new()),
            ("Not measured", count(&|one| !one.is_known()), String::new()),
        ];
        let ignored = Ignored::of(packages.iter().flat_map(|one| &one.measured.ignored));
        let Ignored { statements, directives, files } = ignored;
        let note = format!("{directives} directive(s), {files} file(s)");
        let ignored = (!ignored.is_none()).then(|| ("Ignored", statements.to_string(), note));
        let flaky = packages.iter().any(|one| one.measured.flaky().is_some());
        let flaky = flaky.then(|| {
            let note = "passed only when run again".to_owned();
            ("Flaky", count(&|one| one.measured.flaky().is_some()), note)
        });
        for (what, number, note) in lines.into_iter().chain(ignored).chain(flaky) {
            writeln!(self.out, "{}", format!("{what:<18}  {number:>8}  {note}").trim_end())?;
        }
        Ok(())
    }

    fn phases(&mut self, findings: &Findings) -> io::Result<()> {
        let phases = &findings.phases;
        writeln!(self.out, "\n{:<18}  {:>8}  {:>8}", "PHASE", "WALL", "CPU")?;
        self.phase("list", phases.list)?;
        if let Some(warm) = phases.warm {
            self.phase("pre-warm", warm)?;
        }
        self.phase("runs", phases.runs)?;
        // Whether a result is cached differs between runs, as durations do.
        if self.timings.0 {
            let cached = findings.packages.iter().filter(|one| one.measured.cached).count();
            let all = findings.packages.len();
            writeln!(self.out, "{:<18}  {cached:>8}  of {all} package(s)", "From go's cache")?;
        }
        Ok(())
    }

    fn phase(&mut self, name: &str, spent: Spent) -> io::Result<()> {
        let (wall, cpu) = (self.timings.show(spent.wall), self.timings.show(spent.cpu));
        writeln!(self.out, "{name:<18}  {wall:>8}  {cpu:>8}")
    }

    fn unmeasured(&mut self, findings: &Findings) -> io::Result<()> {
        for finding in findings.packages.iter().filter(|one| !one.is_known()) {
            let reason = finding.verdict.reason.map(|reason| format!(" ({reason})"));
            let label = visible::line(&finding.package.label);
            let line = format!("{label}{}", reason.unwrap_or_default());
            let detail = foreign::text(&finding.measured.detail);
            writeln!(self.out, "\n{}\n\n{}", self.style.bad(&line), detail.trim_end())?;
        }
        Ok(())
    }

    fn flaky(&mut self, findings: &Findings, top: usize) -> io::Result<()> {
        let line = |one: &Finding| {
            let flaky = one.measured.flaky()?;
            Some(format!("{} ({})", visible::line(&one.package.label), flaky.how()))
        };
        let lines: Vec<String> = findings.packages.iter().filter_map(line).collect();
        self.list("Flaky", &lines, top)
    }

    /// What rose and fell since an earlier run, what fell first.
    fn compared(&mut self, findings: &Findings, top: usize) -> io::Result<()> {
        let Some(comparison) = &findings.comparison else { return Ok(()) };
        writeln!(self.out, "\n{comparison}")?;
        let appeared = comparison.packages.iter().filter(|one| one.change().is_none());
        let changed = [false, true].into_iter().flat_map(|rose| comparison.sorted(rose));
        let all: Vec<&Differing> = changed.chain(appeared).collect();
        if all.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n     WAS       NOW  CHANGE  PACKAGE")?;
        for one in all.iter().take(top) {
            let (then, now) = (percent(one.then, UNKNOWN), percent(one.now, UNKNOWN));
            let (change, label) = (one.word(), visible::line(&one.label));
            writeln!(self.out, "{then}  {now}  {change:>6}  {label}")?;
        }
        self.rest(all.len(), top)
    }

    fn most_uncovered(&mut self, findings: &Findings, top: usize) -> io::Result<()> {
        let known = findings.packages.iter().filter_map(|one| Some((one, one.coverage()?)));
        let mut worst: Vec<(&Finding, Coverage, u64)> = known
            .map(|(one, coverage)| (one, coverage, coverage.total - coverage.covered))
            .filter(|(.., uncovered)| *uncovered > 0)
            .collect();
        worst.sort_by_key(|(.., uncovered)| Reverse(*uncovered));
        if worst.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\nUNCOVERED        OF  COVERAGE  REQUIRED  PACKAGE")?;
        for (finding, coverage, uncovered) in worst.iter().take(top) {
            let (total, shown) = (coverage.total, percent(coverage.shown(), UNKNOWN));
            let required = percent(finding.verdict.required, UNKNOWN);
            let label = visible::line(&finding.package.label);
            let needs = finding.missing().map(|missing| format!(" ({})", more_statements(missing)));
            let reason = finding.is_untested().then(|| format!(" ({})", Reason::NoTestFiles));
            let (needs, reason) = (needs.unwrap_or_default(), reason.unwrap_or_default());
            let line = format!("{label}{needs}{reason}");
            let line = if finding.missing().is_some() { self.style.bad(&line) } else { line };
            writeln!(self.out, "{uncovered:>9}  {total:>8}  {shown}  {required}  {line}")?;
        }
        self.rest(worst.len(), top)
    }

    fn without_tests(&mut self, findings: &Findings, top: usize) -> io::Result<()> {
        let labels: Vec<String> = findings
            .packages
            .iter()
            .filter(|one| is_untested(one))
            .map(|one| visible::line(&one.package.label).into_owned())
            .collect();
        self.list("Without tests", &labels, top)
    }

    fn lagging(&mut self, findings: &Findings, top: usize) -> io::Result<()> {
        let line = |one: &Finding| {
            let (gap, advice) = lag(one)?;
            let label = visible::line(&one.package.label);
            Some(format!("{label} (by {gap}pp; could be {advice})"))
        };
        let lines: Vec<String> = findings.packages.iter().filter_map(line).collect();
        self.list("Floors that lag", &lines, top)
    }

    fn slowest(&mut self, findings: &Findings, top: usize) -> io::Result<()> {
        let mut slow: Vec<&Finding> = findings.packages.iter().collect();
        let ran = |one: &Finding| !one.measured.cached && !is_untested(one);
        slow.retain(|one| ran(one) && one.measured.elapsed >= TENTH);
        slow.sort_by_key(|one| Reverse(one.measured.elapsed));
        // The slowest packages differ between runs, as durations do.
        if slow.is_empty() || !self.timings.0 {
            return Ok(());
        }
        writeln!(self.out, "\n     TIME  SLOWEST PACKAGES")?;
        for finding in slow.iter().take(top) {
            let time = self.timings.show(finding.measured.elapsed);
            writeln!(self.out, "{time:>9}  {}", visible::line(&finding.package.label))?;
        }
        self.rest(slow.len(), top)
    }

    fn functions(&mut self, functions: &[Function], top: usize) -> io::Result<()> {
        if functions.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\nUNCOVERED  COVERAGE  FUNCTION")?;
        for Function { path, range, name, coverage } in functions.iter().take(top) {
            let (uncovered, shown) = (range.statements, percent(Some(*coverage), UNKNOWN));
            let place = format!("{name} {path}:{range}");
            writeln!(self.out, "{uncovered:>9}  {shown}  {}", visible::line(&place))?;
        }
        self.rest(functions.len(), top)
    }

    /// Lists all that does not count, whatever the most rows are: each takes something out.
    fn ignored(&mut self, findings: &Findings) -> io::Result<()> {
        let mut ignored = findings.packages.iter().flat_map(|one| &one.measured.ignored).peekable();
        if ignored.peek().is_none() {
            return Ok(());
        }
        writeln!(self.out, "\n  IGNORED   COVERED  WHERE AND WHY")?;
        for Ignore { kind, path, line, reason, statements, covered, .. } in ignored {
            let covered = covered.map_or_else(|| "---".to_owned(), |covered| covered.to_string());
            let line = line.map(|line| format!(":{line}")).unwrap_or_default();
            let path = visible::line(path);
            let reason = at_the_end(&visible::line(reason), REASON);
            writeln!(self.out, "{statements:>9}  {covered:>8}  {path}{line} ({kind}): {reason}")?;
        }
        Ok(())
    }

    fn list(&mut self, heading: &str, lines: &[String], top: usize) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\n{heading}:")?;
        for line in lines.iter().take(top) {
            writeln!(self.out, "  {line}")?;
        }
        self.rest(lines.len(), top)
    }

    /// Says how many rows a list leaves out.
    fn rest(&mut self, all: usize, top: usize) -> io::Result<()> {
        match all.checked_sub(top) {
            None | Some(0) => Ok(()),
            Some(rest) => writeln!(self.out, "  and {rest} more; --top 0 shows all"),
        }
    }
}

/// The longest reason in a row, in bytes. Reports have all of it.
const REASON: usize = 200;

/// Faster packages are not worth a row.
const TENTH: Duration = Duration::from_millis(50);

/// Whether a package has statements, but no tests inside or outside.
fn is_untested(finding: &Finding) -> bool {
    has_statements(finding) && !finding.package.has_tests()
}

fn has_no_floor(finding: &Finding) -> bool {
    has_statements(finding) && finding.package.floor.source != Source::Committed
}

fn has_statements(finding: &Finding) -> bool {
    finding.coverage().is_none_or(|coverage| coverage.total > 0)
}

fn lag(finding: &Finding) -> Option<(Tenths, Tenths)> {
    match finding.verdict.reason {
        Some(Reason::Lags { gap, advice }) if finding.verdict.status == Status::Loose => {
            Some((gap, advice))
        }
        _ => None,
    }
}
