//! Owns the command lines of the ways that are compared, and their environment: the same go and
//! settings, each with its own cache. It must not know how they are timed.

use std::fmt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};
use xshell::{Cmd, Shell, cmd};

use super::module::Shape;
use crate::go::Go;

/// A way to get the coverage of each package of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// covgate as it comes.
    Covgate,
    /// covgate with one go test per package.
    Fanout,
    /// What a user would run without covgate.
    Plain,
    /// What covgate replaces: a warm pass that links and runs, then one process per package.
    Old,
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [Self::Covgate, Self::Fanout, Self::Plain, Self::Old];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Covgate => "covgate check",
            Self::Fanout => "covgate check --engine fanout",
            Self::Plain => "plain: go test -cover -coverprofile",
            Self::Old => "old: go test -run=^$, processes, cover -func",
        })
    }
}

/// What all ways have in common.
pub(crate) struct Bench {
    pub(crate) go: Go,
    pub(crate) covgate: Utf8PathBuf,
    pub(crate) module: Utf8PathBuf,
    pub(crate) shape: Shape,
    pub(crate) packages: usize,
    /// How many processes the old way runs at once: one per CPU, like covgate's default.
    pub(crate) workers: usize,
    /// For caches and profiles.
    pub(crate) scratch: Utf8PathBuf,
}

impl Bench {
    /// The way's own build cache of this round.
    pub(crate) fn cache(&self, way: Way) -> Utf8PathBuf {
        self.scratch.join(format!("cache-{way:?}"))
    }

    /// Runs one way once, with this build cache.
    pub(crate) fn run(&self, way: Way, cache: &Utf8Path) -> Result<()> {
        let sh = self.shell(cache)?;
        let go = &self.go.path;
        match way {
            Way::Covgate => self.covgate(&sh, "auto"),
            Way::Fanout => self.covgate(&sh, "fanout"),
            Way::Plain => {
                let profile = self.scratch.join("plain.cov");
                read(cmd!(sh, "{go} test -cover -coverprofile={profile} ./...")).map(drop)
            }
            Way::Old => self.old(&sh, cache),
        }
    }

    fn covgate(&self, sh: &Shell, engine: &str) -> Result<()> {
        let covgate = &self.covgate;
        let tests = (self.shape == Shape::Outside).then_some("--test-dir=tests");
        let report = read(cmd!(
            sh,
            "{covgate} check --default-threshold 0 --tightness off --engine {engine} {tests...}"
        ))?;
        // A run that left packages out would win every comparison.
        let rows = report.lines().filter(|row| row.contains("PASS  ")).count();
        if rows != self.packages {
            bail!("covgate reported {rows} of {} packages", self.packages);
        }
        Ok(())
    }

    fn old(&self, sh: &Shell, cache: &Utf8Path) -> Result<()> {
        let go = &self.go.path;
        let root = self.shape.root();
        let list = read(cmd!(sh, "{go} list ./{root}..."))?;
        let packages: Vec<&str> = list.lines().collect();
        read(cmd!(sh, "{go} test -run=^$ ./..."))?;
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            let worker = || -> Result<()> {
                let sh = self.shell(cache)?;
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(package) = packages.get(index) else {
                        return Ok(());
                    };
                    let tests = (self.shape == Shape::Outside)
                        .then(|| package.replacen("/pkg/", "/tests/", 1));
                    let profile = self.scratch.join(format!("old-{index}.cov"));
                    read(cmd!(
                        sh,
                        "{go} test -coverprofile={profile} -coverpkg={package} {package} {tests...}"
                    ))?;
                    read(cmd!(sh, "{go} tool cover -func={profile}"))?;
                }
            };
            let workers: Vec<_> = (0..self.workers).map(|_| scope.spawn(worker)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().map_err(|_| anyhow!("a worker panicked"))?)
        })
    }

    /// A shell in the module, without the user's go and covgate settings: with them, the ways would
    /// not mean the same on two machines.
    fn shell(&self, cache: &Utf8Path) -> Result<Shell> {
        let sh = Shell::new()?;
        sh.change_dir(&self.module);
        self.environment(cache, |name, value| sh.set_var(name, value));
        Ok(sh)
    }

    /// The environment of every way, variable by variable.
    pub(crate) fn environment(&self, cache: &Utf8Path, mut set: impl FnMut(&str, &str)) {
        for (name, value) in [
            // Go 1.25 builds its own missing tools with the first go on PATH.
            ("PATH", self.go.search_path().as_str()),
            ("GOCACHE", cache.as_str()),
            ("GOENV", "off"),
            ("GOFLAGS", ""),
            ("GOPROXY", "off"),
            ("GOTOOLCHAIN", "local"),
            ("GOWORK", "off"),
            ("CGO_ENABLED", "0"),
            ("COVGATE_GO", self.go.path.as_str()),
        ] {
            set(name, value);
        }
    }
}

/// Runs a command to its end and returns stdout; the error has the output of a failing command.
fn read(cmd: Cmd<'_>) -> Result<String> {
    let line = cmd.to_string();
    let mut command = Command::from(cmd);
    command.env_remove("GOROOT");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("COVGATE_") && name != "COVGATE_GO" {
            command.env_remove(name);
        }
    }
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot run: {line}"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = stdout.lines().chain(stderr.lines()).collect();
        let tail = said[said.len().saturating_sub(20)..].join("\n");
        let line: String = line.chars().take(200).collect();
        bail!("{}: {line}\n{tail}", output.status);
    }
    Ok(stdout)
}
