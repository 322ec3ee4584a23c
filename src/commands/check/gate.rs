//! Owns what `check` does with results: judges each, turns it into a row in the order of the
//! listing, and knows whether the gate is still open.
//! Must not know how anything was measured.

use std::io::Write;

use crate::choose::shard::Share;
use crate::domain::findings::{Finding, Findings, Phases};
use crate::domain::outcome::Measured;
use crate::domain::package::Selection;
use crate::domain::patch::Patch;
use crate::domain::percent::Coverage;
use crate::domain::reruns::TooMany;
use crate::domain::rules::Rules;
use crate::domain::sums::{Minimums, Subject, Sum};
use crate::domain::verdict::Policy;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::text::Table;
use crate::output::text::flaky::Flaky;
use crate::output::text::idle::Idle;
use crate::output::text::last_words::{LastWords, Reader};

/// The decision of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// [`Exit::Pass`] or [`Exit::GateClosed`].
    pub exit: Exit,
    /// Labels of the packages that close the gate, as listed.
    pub failed: Vec<String>,
    /// Labels of the packages whose tests passed only when they were run again.
    pub flaky: Vec<String>,
    /// What all packages together do not reach.
    pub missed: Vec<Subject>,
    /// How many packages there are, with those that the run leaves out as unaffected.
    pub packages: usize,
}

/// Turns results into rows, in the order of the listing.
pub(crate) struct Gate<'a> {
    policy: Policy,
    minimums: Minimums,
    /// All statements of packages whose coverage is known.
    total: Coverage,
    selection: &'a Selection,
    /// Whether findings are kept, for reports.
    keeps: bool,
    findings: Findings,
    last_words: LastWords<'a>,
    failed: Vec<String>,
    missed: Vec<Subject>,
    idle: Idle,
    flaky: Flaky,
    open: bool,
}

impl<'a> Gate<'a> {
    /// A gate that is open until a package closes it.
    pub(crate) fn new(
        rules: Rules,
        reader: Reader<'a>,
        selection: &'a Selection,
        keeps: bool,
    ) -> Self {
        Self {
            policy: rules.policy,
            minimums: rules.minimums,
            idle: Idle::new(rules.idle_ignores),
            total: Coverage::default(),
            selection,
            keeps,
            findings: Findings {
                excluded: selection.excluded.clone(),
                unaffected: selection.unaffected,
                ..Findings::default()
            },
            last_words: LastWords::new(reader),
            failed: Vec::new(),
            missed: Vec::new(),
            flaky: Flaky::default(),
            open: true,
        }
    }

    /// Judges a package.
    pub(crate) fn row(
        &mut self,
        index: usize,
        measured: Measured,
        table: &mut Table<impl Write>,
    ) -> Result<()> {
        let package = &self.selection.packages[index];
        let finding = Finding::judged(self.policy, package, measured);
        if let Some(coverage) = finding.coverage() {
            self.total += coverage;
        }
        let closes = self.policy.closes(finding.verdict.status);
        self.flaky.add(&package.label, &finding.measured);
        let is_idle = self.idle.add(&finding.measured.ignored);
        if closes {
            self.last_words.add(&finding);
        }
        if closes || is_idle {
            self.open = false;
            self.failed.push(package.label.clone());
        }
        let row = table.row(index + 1, &package.label, finding.verdict, &finding.measured);
        row.map_err(Error::report)?;
        if self.keeps {
            self.findings.packages.push(finding);
        }
        Ok(())
    }

    /// Keeps whether too many packages failed to be run again.
    pub(crate) fn not_run_again(&mut self, too_many: Option<TooMany>) {
        self.flaky.not_run_again(too_many);
    }

    /// All coverage runs are over: judges the change and the total, and writes the report's end to the
    /// table; to `err` troubles, what closes the gate, and what opens it.
    pub(crate) fn close(
        &mut self,
        mut troubles: Vec<String>,
        phases: Phases,
        patch: Option<&Patch>,
        table: &mut Table<impl Write>,
        err: &mut dyn Write,
    ) -> Result<()> {
        // Those of a report that is judged again.
        let idle = self.idle.troubles();
        troubles.retain(|trouble| !idle.contains(trouble));
        // A gate that has not judged every package does not pass.
        self.open &= troubles.is_empty();
        let sums = self.sums(patch);
        let missed = sums.iter().filter(|sum| !sum.is_reached()).map(|sum| sum.subject);
        self.missed.extend(missed);
        self.open &= self.missed.is_empty();
        table.excluded(&self.selection.excluded).map_err(Error::report)?;
        table.finish(phases.runs.wall, &sums, self.open).map_err(Error::report)?;
        for trouble in &troubles {
            let _ = writeln!(err, "error: {}", visible::lines(trouble));
        }
        // A report that nobody reads is no reason to fail.
        let _ = self.idle.write(&self.selection.root, self.last_words.folder(), err);
        let _ = self.flaky.write(err);
        let _ = self.last_words.write(&sums, err);
        self.findings.troubles = [troubles, idle].concat();
        self.findings.phases = phases;
        Ok(())
    }

    /// What is said of all packages together.
    fn sums(&self, patch: Option<&Patch>) -> Vec<Sum> {
        let changed = patch.map(|patch| Sum {
            subject: Subject::Changed,
            coverage: patch.coverage(),
            minimum: self.minimums.patch,
        });
        let total = self.minimums.total.map(|minimum| Sum {
            subject: Subject::Total,
            coverage: self.total,
            minimum: Some(minimum),
        });
        changed.into_iter().chain(total).collect()
    }

    /// Ends a gate without packages. It passes if the shard is empty or no package is affected; it
    /// is an error if all are excluded.
    pub(crate) fn nothing_left(
        &self,
        shard: Option<Share>,
        patch: Option<&Patch>,
        table: &mut Table<impl Write>,
    ) -> Result<()> {
        if let Some(Share { part, of: 1.. }) = shard {
            let why = format!("No package falls into shard {part}");
            return table.finish_early(&why, &[]).map_err(Error::report);
        }
        if self.selection.unaffected > 0 {
            let sums = self.sums(patch);
            return table.finish_early("No package is affected", &sums).map_err(Error::report);
        }
        table.head().map_err(Error::report)?;
        table.excluded(&self.selection.excluded).map_err(Error::report)?;
        table.finish_empty().map_err(Error::report)?;
        Err(nothing(self.selection))
    }

    /// The decision, and the findings behind it if they were kept.
    pub(crate) fn decided(self) -> (Verdicts, Findings) {
        let exit = if self.open { Exit::Pass } else { Exit::GateClosed };
        let packages = self.selection.packages.len() + self.selection.unaffected;
        let (failed, flaky, missed) = (self.failed, self.flaky.into_labels(), self.missed);
        (Verdicts { exit, failed, flaky, missed, packages }, self.findings)
    }
}

/// No package is left to measure (exit 5), or none that can be (exit 4).
pub(crate) fn nothing(selection: &Selection) -> Error {
    if let Some(trouble) = selection.troubles.first() {
        return Error::environment(trouble);
    }
    let message = match selection.excluded.len() {
        0 => "nothing to measure: no package is left".to_owned(),
        count => format!("nothing to measure: all {count} package(s) are excluded"),
    };
    Error::new(Exit::NothingToMeasure, anyhow::anyhow!(message))
        .hint("see --exclude, COVGATE_EXCLUDE and covgate.toml")
}
