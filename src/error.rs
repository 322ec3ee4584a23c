//! Owns the one error type that leaves the library: what went wrong, the exit
//! code it deserves and, where one helps, a way out.
//! Must not know how it is printed beyond its own three parts.

use std::fmt;
use std::io::{self, Write};

use rustix::process::Signal;

use crate::exit::Exit;

/// What the system's own tools end with when nobody reads any more.
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
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with an exit code.
    pub fn new(exit: Exit, cause: impl Into<anyhow::Error>) -> Self {
        Self { exit, cause: cause.into(), hint: None, silent: false }
    }

    /// Wrong usage or configuration (exit 2).
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, anyhow::Error::msg(message.to_string()))
    }

    /// The environment is not fit (exit 4).
    pub fn environment(message: impl fmt::Display) -> Self {
        Self::new(Exit::Environment, anyhow::Error::msg(message.to_string()))
    }

    /// What a command only prints could not be printed: exit 4; without a word, and with 141, where
    /// nobody reads any more, as behind `head`.
    #[must_use]
    pub fn output(cause: io::Error) -> Self {
        let silent = cause.kind() == io::ErrorKind::BrokenPipe;
        Self { silent, ..Self::unwritten(cause, "to stdout") }
    }

    /// The same of a report, with a word in any case: who does not read it is not told that the gate
    /// has not decided.
    #[must_use]
    pub fn report(cause: io::Error) -> Self {
        Self::unwritten(cause, "the report")
    }

    fn unwritten(cause: io::Error, what: &str) -> Self {
        let unread = cause.kind() == io::ErrorKind::BrokenPipe;
        let exit = if unread { UNREAD } else { Exit::Environment };
        Self::new(exit, cause).context(format!("cannot write {what}"))
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// Says what was being attempted, above the causes so far.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.cause = self.cause.context(context.to_string());
        self
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
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
            writeln!(out, "error: {first}")?;
        }
        for cause in causes {
            for (index, line) in cause.to_string().trim_end().lines().enumerate() {
                let lead = if index == 0 { "caused by: " } else { "" };
                writeln!(out, "  {lead}{line}")?;
            }
        }
        if let Some(hint) = &self.hint {
            writeln!(out, "hint: {hint}")?;
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
