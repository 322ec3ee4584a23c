//! Owns the command that makes what is not committed, before anything is measured.
//! Must not know what it makes.

use std::io::Write;

use camino::Utf8Path;

use crate::error::{Error, Result};
use crate::tools::process::{Supervisor, shell};

/// Runs the command, if there is one, in a folder; returns whether all went well. What it printed is written
/// to `err` if not.
///
/// # Errors
/// When it cannot be run.
pub(super) fn run(
    words: &[String],
    folder: &Utf8Path,
    supervisor: &Supervisor,
    err: &mut dyn Write,
) -> Result<bool> {
    let [program, arguments @ ..] = words else { return Ok(true) };
    let line = words.join(" ");
    let _ = writeln!(err, "covgate: preparing: {line}");
    let shell = shell::at(folder)?;
    let command = shell.cmd(program).args(arguments).into();
    let (ended, stdout, stderr) = supervisor.capture(command, None).map_err(|error| {
        error.told(&format!("`{line}`"), "it is the setting `prepare`, in covgate.toml")
    })?;
    if ended.status.success() {
        return Ok(true);
    }
    let said = [stdout, stderr].concat();
    let said = String::from_utf8_lossy(&said).trim_end().to_owned();
    let error = Error::environment(said).context(format!("`{line}` failed ({})", ended.status));
    let _ = error.hint("it is the setting `prepare`, in covgate.toml").write_to(err);
    Ok(false)
}
