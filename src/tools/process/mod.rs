//! Owns every child process: its start, its group, its pipes and its end. Only this module may
//! start one (clippy's `disallowed-methods` enforces that).
//! Must not know what the children are or what their output means.
//!
//! Each child leads its own process group, with a null stdin. Whatever ends the run, a signal, an
//! error or success, no member of a group is left running.

pub(crate) mod memory;
mod program;
mod pump;
pub(crate) mod shell;
mod signals;
mod spent;

use std::io::PipeReader;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

pub(crate) use self::program::{find_program, is_program};
pub(crate) use self::pump::Output;
pub(crate) use self::spent::Clock;
use crate::error::Error;
use crate::exit::Exit;

/// Starts children, and ends them all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Supervisor(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// A child has ended, or a signal came.
    changed: Condvar,
    /// The run is over: nobody needs to force the end any more.
    finished: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    groups: Vec<Pid>,
    stopped: Option<Stop>,
    scratch: Vec<PathBuf>,
    /// Environment variables that no child gets.
    scrubbed: Vec<String>,
}

/// Why no more children are started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A signal came.
    Signal(i32),
    /// The run itself gave up.
    Abandoned,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Its status, from the system.
    pub status: ExitStatus,
    /// Whether it was silent for longer than allowed and was killed.
    pub stalled: bool,
}

/// Why a child gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The run is being stopped.
    #[error("stopped")]
    Stopped(Stop),
    /// The child did not start.
    #[error("cannot start it")]
    Start(#[source] io::Error),
    /// Its pipes or its end could not be read.
    #[error("lost track of it")]
    Lost(#[source] io::Error),
}

impl RunError {
    /// The error in words for the user, who wanted `doing`; `hint` is for a child that did not
    /// start.
    #[must_use]
    pub(crate) fn told(self, doing: &str, hint: &str) -> Error {
        match self {
            Self::Stopped(Stop::Signal(number)) => {
                let message = format!("stopped by signal {number}; the gate has not decided");
                Error::new(Exit::Signal(number), anyhow::Error::msg(message))
            }
            Self::Stopped(Stop::Abandoned) => Error::environment("the run was given up"),
            Self::Start(cause) => Error::new(Exit::Environment, cause)
                .context(format!("cannot run {doing}"))
                .hint(hint),
            Self::Lost(cause) => {
                Error::new(Exit::Environment, cause).context(format!("lost track of {doing}"))
            }
        }
    }
}

impl Supervisor {
    /// A supervisor that passes SIGINT, SIGTERM, SIGHUP and SIGQUIT on to the children, and later
    /// kills them.
    ///
    /// # Errors
    /// When signal handlers cannot be set.
    pub(crate) fn with_signals() -> io::Result<Self> {
        let supervisor = Self::default();
        signals::watch(&supervisor)?;
        Ok(supervisor)
    }

    /// Runs a child to its end; passes what it writes to `output` as it comes.
    ///
    /// A child that is silent for longer than `stall` is killed with its group. covgate does not
    /// wait for what its descendants write after its end.
    ///
    /// # Errors
    /// When it cannot be started or watched, or the run is being stopped.
    pub(crate) fn run(
        &self,
        mut command: Command,
        stall: Option<Duration>,
        output: &mut dyn FnMut(Output<'_>),
    ) -> Result<Ended, RunError> {
        let mut child = self.start(&mut command).map_err(|error| match error {
            RunError::Start(cause) => RunError::Start(name_program(&cause, &command)),
            other => other,
        })?;
        let pid = Pid::from_child(&child);
        let pumped = pump::until_exit(&mut child, pid, stall, output);
        // The leader is not reaped yet, so no other group can have its number.
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
        let stalled = pumped.and_then(|stalled| {
            pump::what_is_left(&mut child, output)?;
            Ok(stalled)
        });
        self.state().groups.retain(|group| *group != pid);
        self.0.changed.notify_all();
        let status = child.wait();
        if let Some(stop) = self.stopped() {
            return Err(RunError::Stopped(stop));
        }
        let stalled = stalled.map_err(RunError::Lost)?;
        Ok(Ended { status: status.map_err(RunError::Lost)?, stalled })
    }

    /// Runs a child and returns all it writes: for commands with a small answer.
    ///
    /// # Errors
    /// As for [`Self::run`].
    pub(crate) fn capture(
        &self,
        command: Command,
        stall: Option<Duration>,
    ) -> Result<(Ended, Vec<u8>, Vec<u8>), RunError> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let ended = self.run(command, stall, &mut |output| match output {
            Output::Stdout(bytes) => stdout.extend_from_slice(bytes),
            Output::Stderr(bytes) => stderr.extend_from_slice(bytes),
        })?;
        Ok((ended, stdout, stderr))
    }

    /// Gives up: kills every child and starts no others.
    pub(crate) fn abandon(&self) {
        let mut state = self.state();
        state.stopped.get_or_insert(Stop::Abandoned);
        state.signal_all(Signal::KILL);
    }

    /// Lets children start again after [`Self::abandon`], for another run; not after a signal.
    pub(crate) fn renew(&self) {
        let mut state = self.state();
        state.stopped = state.stopped.filter(|stop| *stop != Stop::Abandoned);
        state.scratch.clear();
    }

    /// Waits for a signal that ends the run.
    pub(crate) fn wait_for_signal(&self) {
        let goes_on = |state: &mut State| !matches!(state.stopped, Some(Stop::Signal(_)));
        drop(self.0.changed.wait_while(self.state(), goes_on));
    }

    /// Why no more children are started, if that is the case.
    #[must_use]
    pub(crate) fn stopped(&self) -> Option<Stop> {
        self.state().stopped
    }

    /// Registers a folder to remove even if the run is cut short.
    pub(crate) fn guard_scratch(&self, folder: PathBuf) {
        self.state().scratch.push(folder);
    }

    /// Keeps environment variables from all children started from now on.
    pub(crate) fn scrub(&self, variables: Vec<String>) {
        self.state().scrubbed = variables;
    }

    /// The run is over; nothing needs to be forced any more.
    pub(crate) fn finished(&self) {
        self.0.finished.store(true, Ordering::SeqCst);
    }

    fn start(&self, command: &mut Command) -> Result<Child, RunError> {
        use std::os::unix::process::CommandExt;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        // Locked during the start: a signal comes either before (nothing starts) or after (the
        // group is known).
        let mut state = self.state();
        if let Some(stop) = state.stopped {
            return Err(RunError::Stopped(stop));
        }
        for variable in &state.scrubbed {
            command.env_remove(variable);
        }
        #[expect(clippy::disallowed_methods, reason = "the one place that starts processes")]
        let child = command.spawn().map_err(RunError::Start)?;
        state.groups.push(Pid::from_child(&child));
        Ok(child)
    }

    /// Waits until no child is left, or the time is up.
    fn wait_for_none(&self, patience: Duration) {
        let wait = self
            .0
            .changed
            .wait_timeout_while(self.state(), patience, |state| !state.groups.is_empty());
        drop(wait);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn signal_all(&self, signal: Signal) {
        for group in &self.groups {
            let _ = rustix::process::kill_process_group(*group, signal);
            // A stopped process reacts to nothing but KILL until it continues.
            let _ = rustix::process::kill_process_group(*group, Signal::CONT);
        }
    }
}

/// Signals a child's exit, without reaping it, by closing the pipe whose other end it returns.
fn exit_notice(pid: Pid) -> io::Result<PipeReader> {
    let (read, write) = io::pipe()?;
    thread::Builder::new().name("exit-notice".to_owned()).spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(rustix::io::Errno::INTR) = rustix::process::waitid(WaitId::Pid(pid), options)
        {
        }
        drop(write);
    })?;
    Ok(read)
}

/// Names the program, because the system's error does not say what could not be started.
fn name_program(cause: &io::Error, command: &Command) -> io::Error {
    let program = command.get_program().to_string_lossy();
    io::Error::new(cause.kind(), format!("{program}: {cause}"))
}
