//! Owns asking go a question whose answer is read as a whole.
//! Must not know what is asked.

use std::process::Command;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::settings::Settings;
use crate::tools::go::{display, run_error};
use crate::tools::process::Supervisor;

/// Runs a go command; returns its output and its warnings.
///
/// # Errors
/// When it cannot be run, is silent for too long, or fails; with go's own words.
pub(crate) fn ask(
    command: Command,
    supervisor: &Supervisor,
    settings: &Settings,
) -> Result<(Vec<u8>, String)> {
    let line = display(&command);
    let short = line.split(" -json").next().unwrap_or(&line).to_owned();
    let (ended, stdout, stderr) = supervisor
        .capture(command, settings.stall_timeout.get())
        .map_err(|error| run_error(error, &format!("`{short}`")))?;
    if ended.stalled {
        return Err(Error::environment(format!(
            "`{short}` was silent for too long and was stopped"
        ))
        .hint("--stall-timeout sets the limit"));
    }
    let said = String::from_utf8_lossy(&stderr).trim().to_owned();
    if ended.status.success() {
        return Ok((stdout, said));
    }
    // go itself ends with 2 on wrong usage, such as a flag after -- that it does not know.
    let exit = if ended.status.code() == Some(2) { Exit::Usage } else { Exit::Environment };
    Err(Error::new(exit, anyhow::anyhow!(said))
        .context(format!("`{short}` failed ({})", ended.status)))
}
