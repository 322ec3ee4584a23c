//! Owns running a plan: the warm pass, then the coverage runs. Results are events, in the order in
//! which packages end.
//! Must not know floors, verdicts or the report.

mod batch;
mod conclude;
mod fanout;
mod room;
mod stream;
mod warm;

use std::sync::mpsc::{self, Sender};
use std::thread;

use camino::Utf8Path;

pub(crate) use self::warm::warm;
use crate::choose::plan::Plan;
use crate::domain::limit::Limit;
use crate::domain::outcome::{Measured, Outcome};
use crate::domain::package::Package;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::go::Go;
use crate::tools::process::Supervisor;

/// What a run needs; the same for both engines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    /// Builds go's command lines.
    pub go: &'a Go,
    /// Runs them.
    pub supervisor: &'a Supervisor,
    /// All packages; the plan names them by index.
    pub packages: &'a [Package],
    /// Which engine measures which package.
    pub plan: &'a Plan,
    /// A folder for profiles.
    pub scratch: &'a Utf8Path,
    /// How long go may be silent.
    pub stall: Limit,
    /// Whether durations are kept in the output of tests.
    pub durations: bool,
}

/// What happens while packages are measured.
#[derive(Debug)]
pub(crate) enum Event {
    /// A package's tests have started.
    Started(usize),
    /// A package is measured.
    Finished(usize, Measured),
    /// Something that no row shows and that closes the gate.
    Trouble(String),
}

/// Runs the plan's coverage runs; passes every event to `handle`, in the caller's thread.
///
/// # Errors
/// When a process cannot be run, the run is stopped by a signal, the disk is full, or `handle`
/// fails; the last two end every child.
pub(crate) fn run(job: Job<'_>, handle: &mut dyn FnMut(Event) -> Result<()>) -> Result<()> {
    let (sender, events) = mpsc::channel();
    thread::scope(|scope| {
        let runs = scope.spawn(move || run_engines(job, &sender));
        let mut handled = Ok(());
        for event in events {
            if handled.is_ok() {
                handled = room::check(&event, job.scratch)
                    .and_then(|()| handle(with_way_out(event, job.go)));
                if handled.is_err() {
                    job.supervisor.abandon();
                }
            }
        }
        let ran = runs.join().unwrap_or_else(|_| {
            Err(Error::environment("a thread of covgate broke down; this is a bug in covgate"))
        });
        // A signal explains more than the error that it caused in the report.
        match ran {
            Err(error) if matches!(error.exit(), Exit::Signal(_)) => Err(error),
            other => handled.and(other),
        }
    })
}

/// go's own words for a package that it lacks do not name the file that it was not to read.
fn with_way_out(mut event: Event, go: &Go) -> Event {
    if let Event::Finished(_, measured) = &mut event
        && measured.outcome == Outcome::BuildFailed
        && let Some(hint) = go.workspace_hint(&measured.detail)
    {
        measured.detail.push_str(&format!("covgate: {hint}\n"));
    }
    event
}

fn run_engines(job: Job<'_>, events: &Sender<Event>) -> Result<()> {
    if !job.plan.batch.is_empty() {
        batch::run(job, events)?;
    }
    if !job.plan.fanout.is_empty() {
        fanout::run(job, events)?;
    }
    Ok(())
}
