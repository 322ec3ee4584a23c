//! Owns a repository of the benchmark's module, whose tip can move on in one leaf package, and how
//! covgate is run in it. It must not know what is timed.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use super::module;
use super::ways::Bench;

/// The remote's default branch, as a clone knows it.
pub(super) const DEFAULT: &str = "refs/remotes/origin/HEAD";
pub(super) const TRACKING: &str = "refs/remotes/origin/main";

pub(super) struct Clone<'a> {
    pub(super) bench: &'a Bench,
    pub(super) folder: Utf8PathBuf,
}

impl Clone<'_> {
    /// The module in one commit, which the remote has, too.
    pub(super) fn make(&self) -> Result<String> {
        module::generate(&self.folder, self.bench.shape, self.bench.packages)?;
        self.git(&["init", "-q", "-b", "main"])?;
        let base = self.commit()?;
        self.git(&["update-ref", TRACKING, &base])?;
        self.git(&["symbolic-ref", DEFAULT, TRACKING])?;
        Ok(base)
    }

    /// Changes a package of the last layer, which nobody imports; `edit` is a number that no other
    /// edit has.
    pub(super) fn edit_leaf(&self, edit: usize) -> Result<String> {
        let leaf = self.folder.join(format!("layer{}", self.bench.shape.layers() - 1));
        let mut packages: Vec<_> =
            leaf.read_dir_utf8()?.map(|entry| Ok(entry?.into_path())).collect::<Result<_>>()?;
        packages.sort();
        let package = packages.first().context("the last layer is empty")?;
        let name = package.file_name().context("a package has a name")?;
        fs::write(
            package.join("edited.go"),
            format!(
                "package {name}\n\n// Edited is what this commit is about.\nfunc Edited() int {{ return {edit} }}\n"
            ),
        )?;
        self.commit()
    }

    fn commit(&self) -> Result<String> {
        self.git(&["add", "-A"])?;
        let who = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"];
        self.git(&[&who[..], &["commit", "-q", "--no-gpg-sign", "-m", "bench"]].concat())?;
        Ok(self.git(&["rev-parse", "HEAD"])?.trim().to_owned())
    }

    pub(super) fn check(&self, cache: &Utf8Path, more: &[&str]) -> Result<()> {
        let mut covgate = self.covgate(cache);
        let options = ["check", "--default-threshold=0", "--tightness=off"];
        run(covgate.args(options).args(more), "").map(drop)
    }

    pub(super) fn hook(&self, cache: &Utf8Path, refs: &str, more: &[&str]) -> Result<()> {
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

    pub(super) fn git(&self, args: &[&str]) -> Result<String> {
        let mut git = Command::new("git");
        run(git.args(args).current_dir(&self.folder).env("GIT_CONFIG_GLOBAL", "/dev/null"), "")
    }
}

/// What git hands to the hook for a push of main; no base is a branch that is new.
pub(super) fn refs(tip: &str, base: Option<&str>) -> String {
    let none = "0".repeat(tip.len());
    format!("refs/heads/main {tip} refs/heads/main {}\n", base.unwrap_or(&none))
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
