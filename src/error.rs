//! Owns the one error type that leaves the library: what went wrong, its exit code and, if one
//! helps, a hint.
//! Must not know how it is printed, beyond these three parts.

use std::fmt;
use std::io::{self, Write};

use rustix::process::Signal;

use crate::domain::visible;
use crate::exit::Exit;

/// The exit code of the system's own tools if nobody reads their output.
const UNREAD: Exit = Exit::Signal(Signal::PIPE.as_raw());

/// An error that ends the run.
#[derive(Debug)]
pub struct Error {
    exit: Exit,
    cause: anyhow::Error,
    hint: Option<String>,
    silent: bool,
}

/// The library's result.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with an exit code.
    pub fn new(exit: Exit, cause: impl Into<anyhow::Error>) -> Self {
        Self { exit, cause: cause.into(), hint: None, silent: false }
    }

    /// Wrong usage or configuration (exit 2).
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, anyhow::Error::msg(message.to_string()))
    }

    /// Something is wrong with the environment (exit 4).
    pub fn environment(message: impl fmt::Display) -> Self {
        Self::new(Exit::Environment, anyhow::Error::msg(message.to_string()))
    }

    /// A thread of covgate panicked.
    #[must_use]
    pub(crate) fn broken_down() -> Self {
        Self::environment("a thread of covgate broke down; this is a bug in covgate")
    }

    /// The output of a command that only prints could not be written: exit 4. If nobody reads it
    /// any more, as behind `head`, there is no message, and the exit code is 141.
    #[must_use]
    pub fn output(cause: io::Error) -> Self {
        let silent = cause.kind() == io::ErrorKind::BrokenPipe;
        Self { silent, ..Self::unwritten(cause, "to stdout") }
    }

    /// The same for a report, but always with a message: someone who does not read the report must
    /// learn that the gate has not decided.
    #[must_use]
    pub fn report(cause: io::Error) -> Self {
        Self::unwritten(cause, "the report")
    }

    fn unwritten(cause: io::Error, what: &str) -> Self {
        let unread = cause.kind() == io::ErrorKind::BrokenPipe;
        let exit = if unread { UNREAD } else { Exit::Environment };
        Self::new(exit, cause).context(format!("cannot write {what}"))
    }

    /// Whether there is no message.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// Adds what was attempted, above the causes so far.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.cause = self.cause.context(context.to_string());
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Adds the way out where there is none yet.
    #[must_use]
    pub fn hint_if_none(mut self, hint: impl fmt::Display) -> Self {
        self.hint.get_or_insert_with(|| hint.to_string());
        self
    }

    /// The exit code this error deserves.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Writes `error: …`, its causes and the hint.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut causes = self.cause.chain();
        if let Some(first) = causes.next() {
            writeln!(out, "error: {}", visible::lines(&first.to_string()))?;
        }
        for cause in causes {
            let cause = cause.to_string();
            for (index, line) in visible::lines(cause.trim_end()).lines().enumerate() {
                let lead = if index == 0 { "caused by: " } else { "" };
                writeln!(out, "  {lead}{line}")?;
            }
        }
        if let Some(hint) = &self.hint {
            writeln!(out, "hint: {}", visible::lines(hint))?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for Error {}
