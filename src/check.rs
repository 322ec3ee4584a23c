//! Owns `covgate check`, on one page: the order of the steps.
//! Must not know how any of them is done.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::affected::Scope;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::measure::{self, Event, Measured};
use crate::process::Supervisor;
use crate::report::{Heading, InOrder, Progress, Row, Style, Table};
use crate::select::Selection;
use crate::session::Session;
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

/// Gates every package: measures it, compares it with its floor, writes the report to `out` and
/// warnings to `err`.
///
/// # Errors
/// When the gate could not decide; a closed gate is no error but [`Exit::GateClosed`].
pub fn run(
    settings: &Settings,
    scope: &Scope,
    supervisor: &Supervisor,
    style: Style,
    out: impl Write,
    err: &mut dyn Write,
) -> Result<Verdicts> {
    let session = Session::open(settings, scope, supervisor, err)?;
    let selection = &session.selection;
    let mut table = Table::start(out, style, heading(settings, selection)).map_err(report_error)?;
    if selection.packages.is_empty() {
        return nothing_left(selection, &mut table);
    }
    if let Some(set) = session.warm_set() {
        table.warming(set.paths.len()).map_err(report_error)?;
        table.warmed(session.warm(set)?).map_err(report_error)?;
    }
    table.head().map_err(report_error)?;
    let started = Instant::now();
    let mut gate = Gate::new(selection, Policy::new(settings), &mut table);
    let ran = measure::run(session.job(), &mut |event| gate.hear(event));
    let Gate { mut open, mut troubles, progress, failed, rows, .. } = gate;
    progress.clear();
    ran?;
    let missing = selection.packages.len() - rows;
    if missing > 0 {
        // A gate that has not judged every package has not passed.
        open = false;
        troubles.push(format!(
            "{missing} package(s) have no result; this is a bug in covgate or in go"
        ));
    }
    finish(selection, &mut table, started.elapsed(), open)?;
    for trouble in troubles {
        let _ = writeln!(err, "error: {trouble}");
    }
    Ok(Verdicts { exit: if open { Exit::Pass } else { Exit::GateClosed }, failed })
}

fn heading(settings: &Settings, selection: &Selection) -> Heading {
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

fn finish(
    selection: &Selection,
    table: &mut Table<impl Write>,
    elapsed: Duration,
    open: bool,
) -> Result<()> {
    table.excluded(&selection.excluded).map_err(report_error)?;
    table.finish(elapsed, open).map_err(report_error)
}

/// Turns events into rows, in the listing's order.
struct Gate<'a, W> {
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
    fn new(selection: &'a Selection, policy: Policy, table: &'a mut Table<W>) -> Self {
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

    fn hear(&mut self, event: Event) -> Result<()> {
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
fn nothing_left(selection: &Selection, table: &mut Table<impl Write>) -> Result<Verdicts> {
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
