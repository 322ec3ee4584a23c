//! Owns what `check` makes of results: judges each, turns it into a row in the
//! listing's order, and knows whether the gate is still open.
//! Must not know how anything was measured.

use std::io::{self, Write};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::measure::{Event, Measured};
use crate::report::{Heading, InOrder, Progress, Row, Table};
use crate::select::Selection;
use crate::settings::Settings;
use crate::verdict::Policy;

/// What a gate decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// [`Exit::Pass`] or [`Exit::GateClosed`].
    pub exit: Exit,
    /// Labels of the packages that close the gate, as listed.
    pub failed: Vec<String>,
}

/// What the report knows before the first row.
pub(crate) fn heading(settings: &Settings, selection: &Selection) -> Heading {
    let parallelism = settings.parallelism;
    Heading {
        default_threshold: settings.default_threshold,
        packages: selection.packages.len(),
        excluded: selection.excluded.len(),
        unaffected: selection.unaffected,
        progress: (!parallelism.explicit).then(|| parallelism.jobs.get()),
        timings: settings.timings,
    }
}

/// Turns events into rows, in the listing's order.
pub(crate) struct Gate<'a, W> {
    selection: &'a Selection,
    policy: Policy,
    table: &'a mut Table<W>,
    order: InOrder<Measured>,
    progress: Progress,
    troubles: Vec<String>,
    failed: Vec<String>,
    rows: usize,
    open: bool,
}

impl<'a, W: Write> Gate<'a, W> {
    /// A gate that is open until a package closes it.
    pub(crate) fn new(selection: &'a Selection, policy: Policy, table: &'a mut Table<W>) -> Self {
        let mut progress = Progress::new(selection.packages.len());
        progress.phase("compiling".to_owned());
        Self {
            selection,
            policy,
            table,
            order: InOrder::new(),
            progress,
            troubles: Vec::new(),
            failed: Vec::new(),
            rows: 0,
            open: true,
        }
    }

    /// Takes an event of the measurement.
    pub(crate) fn hear(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Started(index) => self.progress.started(&self.selection.packages[index].label),
            Event::Trouble(trouble) => {
                self.open = false;
                self.troubles.push(trouble);
            }
            Event::Finished(index, measured) => {
                self.progress.finished(&self.selection.packages[index].label);
                for (index, measured) in self.order.push(index, measured) {
                    self.row(index, &measured).map_err(report_error)?;
                }
            }
        }
        Ok(())
    }

    /// All coverage runs are over: writes the report's end to the table, troubles to `err`.
    pub(crate) fn close(mut self, elapsed: Duration, err: &mut dyn Write) -> Result<Verdicts> {
        self.progress.clear();
        let missing = self.selection.packages.len() - self.rows;
        if missing > 0 {
            // A gate that has not judged every package has not passed.
            self.open = false;
            self.troubles.push(format!(
                "{missing} package(s) have no result; this is a bug in covgate or in go"
            ));
        }
        self.table.excluded(&self.selection.excluded).map_err(report_error)?;
        self.table.finish(elapsed, self.open).map_err(report_error)?;
        for trouble in self.troubles {
            let _ = writeln!(err, "error: {trouble}");
        }
        let exit = if self.open { Exit::Pass } else { Exit::GateClosed };
        Ok(Verdicts { exit, failed: self.failed })
    }

    fn row(&mut self, index: usize, measured: &Measured) -> io::Result<()> {
        let package = &self.selection.packages[index];
        self.rows += 1;
        let verdict = self.policy.judge(&measured.outcome, &package.floor);
        if self.policy.closes(verdict.status) {
            self.open = false;
            self.failed.push(package.label.clone());
        }
        let row = Row {
            number: index + 1,
            label: &package.label,
            verdict,
            elapsed: measured.elapsed,
            cached: measured.cached,
            detail: &measured.detail,
        };
        let Self { progress, table, .. } = self;
        progress.aside(|| table.row(&row))
    }
}

/// Nothing that changed affects a package, which is good; or all are excluded, which is a mistake.
pub(crate) fn nothing_left(
    selection: &Selection,
    table: &mut Table<impl Write>,
) -> Result<Verdicts> {
    if selection.unaffected > 0 {
        table.finish_unaffected().map_err(report_error)?;
        return Ok(Verdicts { exit: Exit::Pass, failed: Vec::new() });
    }
    table.head().map_err(report_error)?;
    table.excluded(&selection.excluded).map_err(report_error)?;
    table.finish_empty().map_err(report_error)?;
    let count = selection.excluded.len();
    if count == 0 {
        let message = "nothing to measure: no package is left";
        return Err(Error::new(Exit::NothingToMeasure, anyhow::anyhow!(message)));
    }
    Err(Error::new(
        Exit::NothingToMeasure,
        anyhow::anyhow!("nothing to measure: all {count} package(s) are excluded"),
    )
    .hint("see --exclude, COVGATE_EXCLUDE and covgate.toml"))
}

/// The report could not be written.
pub(crate) fn report_error(cause: io::Error) -> Error {
    let exit = match cause.kind() {
        // What the system's own tools end with when nobody reads any more.
        io::ErrorKind::BrokenPipe => Exit::Signal(rustix::process::Signal::PIPE.as_raw()),
        _ => Exit::Environment,
    };
    Error::new(exit, cause).context("cannot write the report")
}
