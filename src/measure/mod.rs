//! Owns the running of a plan: the warm pass, then the coverage runs, whose
//! results come out as events, in the order in which packages end.
//! Must not know floors, verdicts or the report.

mod batch;
mod conclude;
mod fanout;
mod stream;
mod warm;

use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use camino::Utf8Path;

pub use self::warm::warm;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::go::Go;
use crate::go::profile::PackageBlocks;
use crate::limit::Limit;
use crate::percent::Coverage;
use crate::plan::Plan;
use crate::process::{RunError, Supervisor};
use crate::select::Package;

/// What a run needs, the same for both engines.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// Builds the command lines.
    pub go: &'a Go,
    /// Runs them.
    pub supervisor: &'a Supervisor,
    /// All packages; the plan names them by index.
    pub packages: &'a [Package],
    /// Which engine measures which.
    pub plan: &'a Plan,
    /// A folder for profiles.
    pub scratch: &'a Utf8Path,
    /// How long go may be silent.
    pub stall: Limit,
    /// Whether durations stay in what tests print.
    pub durations: bool,
}

/// What happens while packages are measured.
#[derive(Debug)]
pub enum Event {
    /// A package's tests have started.
    Started(usize),
    /// A package is measured.
    Finished(usize, Measured),
    /// Something that no row tells, and that closes the gate.
    Trouble(String),
}

/// What is known of a package after its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// How it went.
    pub outcome: Outcome,
    /// How long its tests took, as go says.
    pub elapsed: Duration,
    /// Whether go served the result from its test cache.
    pub cached: bool,
    /// What plain `go test` prints, where it did not go well.
    pub detail: String,
    /// The blocks that the outcome was counted from, in order; none where it is not known.
    pub blocks: PackageBlocks,
}

/// How measuring a package went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its tests pass and this much is covered.
    Covered(Coverage),
    /// There is nothing to cover.
    NoStatements,
    /// Its tests fail.
    TestsFailed,
    /// It, or its tests, do not build.
    BuildFailed,
    /// Its tests, or go, took too long.
    TimedOut,
    /// What is covered is not known.
    NoCoverageData,
}

impl Outcome {
    /// The statements, where they are known: only then did all go well.
    #[must_use]
    pub fn coverage(self) -> Option<Coverage> {
        match self {
            Self::Covered(coverage) => Some(coverage),
            Self::NoStatements => Some(Coverage::default()),
            Self::TestsFailed | Self::BuildFailed | Self::TimedOut | Self::NoCoverageData => None,
        }
    }
}

/// Runs the plan's coverage runs; `handle` gets every event, in the caller's thread.
///
/// # Errors
/// When a process cannot be run, the run is stopped by a signal, or `handle` fails, which ends
/// every child.
pub fn run(job: Job<'_>, handle: &mut dyn FnMut(Event) -> Result<()>) -> Result<()> {
    let (sender, events) = mpsc::channel();
    thread::scope(|scope| {
        let runs = scope.spawn(move || run_engines(job, &sender));
        let mut handled = Ok(());
        for event in events {
            if handled.is_ok() {
                handled = handle(event);
                if handled.is_err() {
                    job.supervisor.abandon();
                }
            }
        }
        let ran = runs.join().unwrap_or_else(|_| {
            Err(Error::environment("a thread of covgate broke down; this is a bug in covgate"))
        });
        // The signal says more than what it did to the report.
        match ran {
            Err(error) if matches!(error.exit(), Exit::Signal(_)) => Err(error),
            other => handled.and(other),
        }
    })
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

/// A go command that could not be run or watched, in the user's words.
pub(crate) fn run_error(error: RunError, doing: &str) -> Error {
    let hint = match &error {
        RunError::Start(cause) => match cause.kind() {
            std::io::ErrorKind::NotFound => {
                "install go (https://go.dev/dl), or name it with --go or COVGATE_GO"
            }
            std::io::ErrorKind::PermissionDenied => {
                "is it an executable file? see --go and COVGATE_GO"
            }
            std::io::ErrorKind::ArgumentListTooLong => {
                "too many packages for one command line: gate them in parts, by patterns"
            }
            _ => "see --go and COVGATE_GO for which go is run",
        },
        _ => "",
    };
    Error::from_run(error, doing, hint)
}

/// A file or folder of covgate's own could not be used.
pub(crate) fn scratch_error(cause: std::io::Error) -> Error {
    Error::new(Exit::Environment, cause)
        .context("cannot use the folder for temporary files")
        .hint("make room there, or name another one with TMPDIR")
}
