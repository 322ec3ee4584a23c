//! Owns how a release's programs are built: for which target, from which commit, and so that neither
//! the folder nor the day nor the machine's user gets into them. It must not know what is packed.

use std::os::unix::fs::PermissionsExt;
use std::{env, fs};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use xshell::cmd;

use crate::project::{Project, executable};

/// 1980-01-01, in seconds since 1970: tools treat 0 as a missing time.
pub(super) const NO_TIME: u64 = 315_532_800;

/// One target's build of one checkout.
pub(super) struct Build<'a> {
    project: &'a Project,
    /// Where the checkout is: the project's own, or a copy of it.
    root: Utf8PathBuf,
    /// Where cargo builds.
    folder: Utf8PathBuf,
    target: String,
    time: u64,
}

impl<'a> Build<'a> {
    pub(super) fn new(
        project: &'a Project,
        root: &Utf8Path,
        folder: Utf8PathBuf,
        target: &str,
    ) -> Result<Self> {
        let time = time(project, root)?;
        Ok(Self { project, root: root.to_owned(), folder, target: target.to_owned(), time })
    }

    /// The time of all that is packed: `SOURCE_DATE_EPOCH`, or else that of the commit.
    pub(super) fn time(&self) -> u64 {
        self.time
    }

    /// Builds a program and returns where it is.
    pub(super) fn program(&self, name: &str) -> Result<Utf8PathBuf> {
        let Self { project, root, folder, target, time } = self;
        let (sh, cargo) = (&project.sh, &project.cargo);
        let homes = self.renamed()?;
        let wrapper = self.wrapper(&homes)?;
        let c: Vec<String> =
            homes.iter().map(|(from, to)| format!("-ffile-prefix-map={from}={to}")).collect();
        let manifest = root.join("Cargo.toml");
        let messages = cmd!(
            sh,
            "{cargo} build --release --quiet --locked --manifest-path {manifest}
             --package covgate-go --bin {name} --target {target} --target-dir {folder}
             --message-format json-render-diagnostics"
        )
        .env("RUSTC_WRAPPER", wrapper)
        .env("CARGO_ENCODED_RUSTFLAGS", "")
        .env("CFLAGS", c.join(" "))
        .env("SOURCE_DATE_EPOCH", time.to_string())
        .quiet()
        .read()
        .with_context(|| format!("cannot build {name} for {target}"))?;
        executable(&messages).with_context(|| format!("cargo built no executable for {name}"))
    }

    /// A program that gives rustc the new names of folders. In `RUSTFLAGS` cargo would see them, and the names
    /// of the folders that it builds in, which get into programs too, would depend on them.
    fn wrapper(&self, homes: &[(String, &str)]) -> Result<Utf8PathBuf> {
        let flags: String =
            homes.iter().map(|(from, to)| format!(" '--remap-path-prefix={from}={to}'")).collect();
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot create {}", self.folder))?;
        let path = self.folder.join("rustc.sh");
        fs::write(&path, format!("#!/bin/sh\nexec \"$@\"{flags}\n"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(path)
    }

    /// The folders whose names compilers write into programs, with what they write instead. Of two
    /// that match, rustc takes the last.
    fn renamed(&self) -> Result<Vec<(String, &'static str)>> {
        let sh = &self.project.sh;
        let sysroot = cmd!(sh, "rustc --print sysroot").quiet().read()?;
        let home = env::var("HOME").unwrap_or_default();
        let cargo_home = env::var("CARGO_HOME").unwrap_or_else(|_| format!("{home}/.cargo"));
        Ok(vec![
            (sysroot, "/rust"),
            (cargo_home, "/cargo"),
            (self.root.to_string(), "/covgate"),
            (self.folder.to_string(), "/target"),
        ])
    }
}

/// The triple of the machine that builds.
pub(super) fn host(project: &Project) -> Result<String> {
    let version = cmd!(project.sh, "rustc -vV").quiet().read().context("cannot ask rustc")?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc names no host")
}

fn time(project: &Project, root: &Utf8Path) -> Result<u64> {
    if let Ok(chosen) = env::var("SOURCE_DATE_EPOCH") {
        return chosen.parse().context("SOURCE_DATE_EPOCH is not a number of seconds");
    }
    let asked =
        cmd!(project.sh, "git -C {root} log -1 --format=%ct").quiet().ignore_stderr().read();
    // The sources of a release may lie outside of any repository.
    asked.map_or(Ok(NO_TIME), |time| time.parse().context("git's time of HEAD is no number"))
}
