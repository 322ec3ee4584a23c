//! Owns the writing of the hook file and taking it away again.

use std::io::Write;

use camino::Utf8Path;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::process::Supervisor;

/// Options.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// force
    pub force: bool,
    /// write
    pub write: bool,
}

/// TEMPORARY STUB by the lead: replace.
pub fn install(_: &Supervisor, _: &Utf8Path, _: Options, _: &mut dyn Write) -> Result<Exit> {
    Err(Error::usage("stub"))
}

/// TEMPORARY STUB by the lead: replace.
pub fn uninstall(_: &Supervisor, _: &Utf8Path, _: bool, _: &mut dyn Write) -> Result<Exit> {
    Err(Error::usage("stub"))
}
