//! Owns running a plan: the warm pass, then the coverage runs. Results are events, in the order in
//! which packages end.
//! Must not know floors, verdicts or the report.

mod again;
mod conclude;
mod fit;
mod gather;
mod manner;
mod profiles;
mod room;
mod stream;
mod warm;
mod watch;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;

use camino::Utf8Path;

pub(crate) use self::again::Again;
use self::gather::{Gather, News};
pub(crate) use self::profiles::Profiles;
pub(crate) use self::warm::warm;
use crate::choose::plan::Plan;
use crate::domain::limit::Limit;
use crate::domain::outcome::{Measured, Outcome};
use crate::domain::package::Package;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::go::Go;
use crate::tools::process::Supervisor;

/// What the runs need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    /// Builds go's command lines.
    pub go: &'a Go,
    /// Runs them.
    pub supervisor: &'a Supervisor,
    /// All packages; the plan names them by index.
    pub packages: &'a [Package],
    /// Which run tests which package.
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
    /// Tests of a package failed, and nothing else happened: run again, they may pass.
    Failed(usize, Measured),
    /// Something that no row shows and that closes the gate.
    Trouble(String),
}

/// Runs the plan's coverage runs; passes every event to `handle`, in the caller's thread.
///
/// # Errors
/// When a process cannot be run, the run is stopped by a signal, the disk is full, or `handle`
/// fails; the last two end every child.
pub(crate) fn run(job: Job<'_>, handle: &mut dyn FnMut(Event) -> Result<()>) -> Result<()> {
    let (sender, news) = mpsc::channel();
    let mut gather = Gather::new(job.plan, job.packages.len());
    thread::scope(|scope| {
        let runs = scope.spawn(move || run_all(job, &sender));
        let mut handled = Ok(());
        for event in news.into_iter().filter_map(|news| gather.push(news)) {
            if handled.is_ok() {
                handled = room::check(&event, job.scratch)
                    .and_then(|()| handle(with_way_out(event, job.go)));
                if handled.is_err() {
                    job.supervisor.abandon();
                }
            }
        }
        let ran = runs.join().unwrap_or_else(|_| Err(Error::broken_down()));
        // A signal explains more than the error that it caused in the report.
        match ran {
            Err(error) if matches!(error.exit(), Exit::Signal(_)) => Err(error),
            other => handled.and(other),
        }
    })
}

/// go's own words for a package that it lacks do not name the file that it was not to read. Before
/// go 1.24 they are no result of the package.
fn with_way_out(mut event: Event, go: &Go) -> Event {
    match &mut event {
        Event::Finished(_, measured) if measured.outcome == Outcome::BuildFailed => {
            if let Some(hint) = go.workspace_hint(&measured.detail) {
                measured.detail.push_str(&format!("covgate: {hint}\n"));
            }
        }
        Event::Trouble(trouble) => {
            if let Some(hint) = go.workspace_hint(trouble) {
                trouble.push_str(&format!("\n  covgate: {hint}"));
            }
        }
        Event::Started(_) | Event::Finished(..) | Event::Failed(..) => {}
    }
    event
}

/// Runs over many packages fill the machine; those over one each take turns.
fn run_all(job: Job<'_>, news: &Sender<News>) -> Result<()> {
    let Plan { together, apart, jobs, .. } = job.plan;
    for (number, run) in together.iter().enumerate() {
        watch::run(job, run, number, news)?;
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let news = news.clone();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(run) = apart.get(index) else {
                return Ok(());
            };
            for part in &run.parts {
                let _ = news.send(News::Started(part.package));
            }
            watch::run(job, run, together.len() + index, &news)?;
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..apart.len().min(*jobs)).map(|_| scope.spawn(work)).collect();
        let ends = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| Err(Error::broken_down())));
        // Waits for all; returns the first error.
        ends.fold(Ok(()), Result::and)
    })
}
