//! Owns which browser the tests of the `html` report use: the machine's own, or Debian's package if
//! it can be installed. It must not know what the browser is for.

use std::env;

use anyhow::{Context, Result};
use camino::Utf8PathBuf;
use xshell::cmd;

use crate::go::on_path;
use crate::project::{Project, heading, hint};

/// What the tests look for on PATH, in their order.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser's path: the one chosen in `COVGATE_TEST_CHROMIUM`, one on PATH, or an installed one.
pub(crate) fn find_or_install(project: &Project, no_fetch: bool) -> Result<Utf8PathBuf> {
    if let Ok(chosen) = env::var("COVGATE_TEST_CHROMIUM") {
        let path = project.root.join(&chosen);
        return path.is_file().then_some(path).ok_or_else(|| {
            hint(
                &format!("COVGATE_TEST_CHROMIUM is `{chosen}`, which is no file"),
                "unset it, or mend it",
            )
        });
    }
    match find() {
        Some(path) => Ok(path),
        None => install(project, no_fetch),
    }
}

fn find() -> Option<Utf8PathBuf> {
    NAMES.iter().find_map(|name| on_path(name))
}

/// Unlike go, a browser needs libraries of the system, and only the system's packages bring them.
fn install(project: &Project, no_fetch: bool) -> Result<Utf8PathBuf> {
    let sh = &project.sh;
    let may_install = !no_fetch && nix::unistd::geteuid().is_root();
    let apt = on_path("apt-get").filter(|_| may_install);
    let Some(apt) = apt else {
        return Err(hint(
            "the tests of the html report need a browser, and there is none on PATH",
            "install chromium, or name a Chrome or Chromium in COVGATE_TEST_CHROMIUM; \
             as root on Debian, `cargo xtask test` without --no-fetch installs it itself",
        ));
    };
    heading("installing chromium (Debian package, by apt-get): there is no browser on PATH");
    let failed = |_| {
        hint(
            "cannot install chromium: apt-get failed, its words are above",
            "be online, or name a Chrome or Chromium in COVGATE_TEST_CHROMIUM",
        )
    };
    cmd!(sh, "{apt} update --quiet").run().map_err(failed)?;
    cmd!(sh, "{apt} install --quiet --yes --no-install-recommends chromium")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run()
        .map_err(failed)?;
    find().context("apt-get installed chromium, but there is still none on PATH")
}
