//! Owns `cargo xtask demo`: from a clean checkout to a first report. It must not know how
//! go is found or fetched.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use xshell::cmd;

use crate::go;
use crate::project::{Project, heading, say};

pub(crate) fn run(project: &Project) -> Result<()> {
    let go = go::find_or_fetch(project)?;
    heading("building covgate");
    let covgate = project.build_release("--bin", "covgate")?;
    heading("the example module");
    say(&format!("$ cd examples && covgate check    # go {}", go.version));
    let sh = &project.sh;
    let _dir = sh.push_dir("examples");
    let check = go.environment(cmd!(sh, "{covgate} check")).env("COVGATE_GO", &go.path);
    // This process becomes covgate, so that its exit code and its handling of Ctrl-C are the demo's
    // own.
    let error = Command::from(check).exec();
    Err(error).with_context(|| format!("cannot run {covgate}"))
}
