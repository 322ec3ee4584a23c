//! Owns where command lines are built.
//! Must not know which command lines.

use camino::Utf8Path;
use xshell::Shell;

use crate::error::{Error, Result};

/// A shell that builds commands which run in a folder.
pub(crate) fn at(folder: &Utf8Path) -> Result<Shell> {
    let shell = Shell::new()
        .map_err(|error| Error::environment(error).context("cannot read the working directory"))?;
    shell.change_dir(folder);
    Ok(shell)
}
