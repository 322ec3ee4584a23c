//! Owns where command lines are built.
//! Must not know which.

use camino::Utf8Path;
use xshell::Shell;

use crate::error::{Error, Result};

/// Where commands for a folder are built; they run there.
pub(crate) fn at(folder: &Utf8Path) -> Result<Shell> {
    let shell = Shell::new()
        .map_err(|error| Error::environment(error).context("cannot read the working directory"))?;
    shell.change_dir(folder);
    Ok(shell)
}
