//! Owns the benchmark of the pre-push hook: a push that touches one leaf package compared with a
//! check of all, and a push that is remembered. It must not know how figures are printed.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use super::meter::{self, Cost};
use super::module;
use super::stats::median;
use super::ways::Bench;
use crate::project::{heading, say};

/// How often the remembered push is timed.
const REMEMBERED_RUNS: usize = 20;

/// The remote's default branch, as a clone knows it.
const DEFAULT: &str = "refs/remotes/origin/HEAD";
const TRACKING: &str = "refs/remotes/origin/main";

/// What pushes cost.
pub(crate) struct Push {
    pub(crate) cold_check: Cost,
    pub(crate) cold_push: Cost,
    pub(crate) warm_check: Cost,
    pub(crate) warm_push: Cost,
    /// The median, in seconds of wall-clock time.
    pub(crate) remembered: f64,
}

/// Makes a repository whose tip differs from its remote in one leaf package, and measures the
/// pushes.
pub(crate) fn measure(bench: &Bench) -> Result<Push> {
    let clone = Clone { bench, folder: bench.scratch.join("push") };
    let (base, tip) = clone.make()?;
    let refs = format!("refs/heads/main {tip} refs/heads/main {base}\n");
    let cache = |name: &str| bench.scratch.join(format!("cache-push-{name}"));
    let time = |what: &str, work: &dyn Fn() -> Result<()>| -> Result<Cost> {
        let cost = meter::measure(work).with_context(|| what.to_owned())?;
        say(&format!("{:6.1} s  {what}", cost.wall));
        Ok(cost)
    };
    heading("a push that touches one leaf package");
    let cold_check = time("cold: covgate check", &|| clone.check(&cache("a")))?;
    fs::remove_dir_all(cache("a"))?;
    let cold_push = time("cold: push", &|| clone.hook(&cache("b"), &refs, &["--fresh"]))?;
    fs::remove_dir_all(cache("b"))?;
    clone.git(&["checkout", "-q", &base])?;
    clone.check(&cache("c"))?;
    clone.git(&["checkout", "-q", &tip])?;
    // covgate's own work tree has a path of its own: a push of the base fills the cache for it.
    let earlier = format!("refs/heads/main {base} refs/heads/main {}\n", "0".repeat(base.len()));
    clone.git(&["symbolic-ref", "--delete", DEFAULT])?;
    clone.hook(&cache("d"), &earlier, &["--fresh"])?;
    clone.git(&["symbolic-ref", DEFAULT, TRACKING])?;
    let warm_check = time("warm: covgate check", &|| clone.check(&cache("c")))?;
    let warm_push = time("warm: push", &|| clone.hook(&cache("d"), &refs, &["--fresh"]))?;
    let mut walls = Vec::new();
    for _ in 0..REMEMBERED_RUNS {
        let started = Instant::now();
        clone.hook(&cache("d"), &refs, &[])?;
        walls.push(started.elapsed().as_secs_f64());
    }
    Ok(Push { cold_check, cold_push, warm_check, warm_push, remembered: median(walls) })
}

struct Clone<'a> {
    bench: &'a Bench,
    folder: Utf8PathBuf,
}

impl Clone<'_> {
    /// The commits of base and tip.
    fn make(&self) -> Result<(String, String)> {
        module::generate(&self.folder, self.bench.packages)?;
        self.git(&["init", "-q", "-b", "main"])?;
        let base = self.commit()?;
        // A package of the last layer: nobody imports it.
        let leaf = self.folder.join(format!("layer{}", module::LAYERS - 1));
        let mut packages: Vec<_> =
            leaf.read_dir_utf8()?.map(|entry| Ok(entry?.into_path())).collect::<Result<_>>()?;
        packages.sort();
        let package = packages.first().context("the last layer is empty")?;
        let name = package.file_name().context("a package has a name")?;
        fs::write(
            package.join("edited.go"),
            format!(
                "package {name}\n\n// Edited is what this push is about.\nfunc Edited() int {{ return 1 }}\n"
            ),
        )?;
        // As if the base had been cloned.
        self.git(&["update-ref", TRACKING, &base])?;
        self.git(&["symbolic-ref", DEFAULT, TRACKING])?;
        let tip = self.commit()?;
        Ok((base, tip))
    }

    fn commit(&self) -> Result<String> {
        self.git(&["add", "-A"])?;
        let who = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"];
        self.git(&[&who[..], &["commit", "-q", "--no-gpg-sign", "-m", "bench"]].concat())?;
        Ok(self.git(&["rev-parse", "HEAD"])?.trim().to_owned())
    }

    fn check(&self, cache: &Utf8Path) -> Result<()> {
        let mut covgate = self.covgate(cache);
        run(covgate.args(["check", "--default-threshold=0", "--tightness=off"]), "").map(drop)
    }

    fn hook(&self, cache: &Utf8Path, refs: &str, more: &[&str]) -> Result<()> {
        let mut covgate = self.covgate(cache);
        covgate.args(["hook", "run", "pre-push", "origin", "--default-threshold=0"]);
        run(covgate.args(["--tightness=off"]).args(more), refs).map(drop)
    }

    fn covgate(&self, cache: &Utf8Path) -> Command {
        let mut command = Command::new(&self.bench.covgate);
        command.current_dir(&self.folder);
        self.bench.environment(cache, |name, value| {
            command.env(name, value);
        });
        command
    }

    fn git(&self, args: &[&str]) -> Result<String> {
        let mut git = Command::new("git");
        run(git.args(args).current_dir(&self.folder).env("GIT_CONFIG_GLOBAL", "/dev/null"), "")
    }
}

fn run(command: &mut Command, stdin: &str) -> Result<String> {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("GIT_") && name != "GIT_CONFIG_GLOBAL" || name == "GOROOT" {
            command.env_remove(&*name);
        }
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
    if let Some(mut pipe) = child.stdin.take() {
        // A command that reads no input may have ended already.
        let _ = pipe.write_all(stdin.as_bytes());
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        bail!("{:?} ended with {}\n{said}", command.get_program(), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
