//! Owns `cargo xtask pictures`: makes the README's pictures anew, of the module in examples/. It must not
//! know what is on them.

use anyhow::{Context, Result, ensure};
use xshell::cmd;

use crate::chromium;
use crate::go;
use crate::project::{Project, executable, heading};

/// The test that draws the table; without the variable, it compares.
const TABLE: &str = "the_readme_shows_what_covgate_prints";

pub(crate) fn run(project: &Project) -> Result<()> {
    let go = go::find_or_fetch(project)?;
    let browser = chromium::find_or_install(project, false)?;
    let Project { sh, cargo, root, .. } = project;
    heading("docs/check.svg, the table");
    let test = cmd!(sh, "{cargo} test --quiet --locked --test integration -- {TABLE}");
    go.for_tests(test).env("COVGATE_UPDATE_DOCS", "1").run()?;

    heading("docs/report.png, the html page");
    let build = "build --quiet --locked --package covgate-go --bin covgate --message-format json";
    let build: Vec<&str> = build.split(' ').collect();
    let built = cmd!(sh, "{cargo} {build...}").quiet().read().context("cannot build covgate")?;
    let covgate = executable(&built).context("cargo built no covgate")?;
    let folder = tempfile::tempdir()?;
    let folder = camino::Utf8Path::from_path(folder.path()).context("a folder is not UTF-8")?;
    let (page, picture) = (folder.join("report.html"), root.join("docs/report.png"));
    let check = cmd!(sh, "{covgate} check --chdir examples --report html={page}");
    go.environment(check).env("COVGATE_GO", &go.path).ignore_stdout().run()?;
    // root may not use the sandbox, and the page is our own.
    let sandbox = nix::unistd::geteuid().is_root().then_some("--no-sandbox");
    cmd!(
        sh,
        "{browser} --headless {sandbox...} --hide-scrollbars --window-size=1000,1180
         --virtual-time-budget=3000 --screenshot={picture} file://{page}"
    )
    .ignore_stderr()
    .run()
    .context("the browser takes no picture")?;
    let size = sh.read_binary_file(&picture)?.len();
    ensure!(size < 300_000, "docs/report.png has {size} bytes, too many for a README");
    Ok(())
}
