//! Owns the newcomer's way: a machine with go and git and without Rust gets covgate from a release, in each
//! way that there is, and its next push is gated. It must not know how a release is built.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use xshell::cmd;

use crate::go::on_path;
use crate::project::{Project, heading};

/// What the machine has besides go and git: what install.sh and the steps of the action call.
const TOOLS: &str = "awk basename cat chmod cp curl cut dirname env find getconf grep gzip head jq ln ls \
    mkdir mktemp mv rm sed sh sha256sum sort tail tar touch tr uname wc";

/// From nothing to a gated repository; `$SERVED` is the release's address. What is said of the refused push
/// is the output.
const WAY: &str = r#"
set -eu
for name in cargo rustc rustup; do
    if command -v "$name"; then echo "there is a $name"; exit 1; fi
done
if command -v covgate; then echo "covgate is there before it is installed"; exit 1; fi
export INSTALL_COVGATE_FROM="$SERVED"
case $1 in
script)
    curl -fsSL "$SERVED/releases/latest/download/install.sh" | sh
    bin=$HOME/.local/bin
    ;;
pip)
    python3 -m venv "$HOME/venv"
    "$HOME/venv/bin/python" -m pip install --quiet --index-url "$SERVED/simple/" covgate-go
    bin=$HOME/venv/bin
    ;;
action)
    export RUNNER_TEMP="$HOME/runner" GITHUB_OUTPUT="$HOME/output" GITHUB_PATH="$HOME/path"
    INPUT_VERSION='' sh "$ACTION_FOLDER/ci/github/version.sh"
    INPUT_VERSION=$(sed -n 's/^version=//p' "$GITHUB_OUTPUT") sh "$ACTION_FOLDER/ci/github/install.sh"
    bin=$(cat "$GITHUB_PATH")
    ;;
esac
export PATH="$bin:$PATH"

git config --global user.name newcomer
git config --global user.email newcomer@localhost
git init --quiet --bare --initial-branch=main "$HOME/remote.git"
git clone --quiet "$HOME/remote.git" "$HOME/shop" 2>/dev/null
cd "$HOME/shop"
mkdir sum
printf 'module m.example/shop\n\ngo 1.22\n' >go.mod
printf 'package sum\n\nfunc Sum(a, b int) int { return a + b }\n' >sum/sum.go
printf 'package sum\n\nimport "testing"\n\nfunc TestSum(t *testing.T) { Sum(1, 2) }\n' >sum/sum_test.go
git add -A
git commit --quiet -m 'the shop'
git push --quiet origin HEAD

covgate init --hook
git add -A
git commit --quiet -m 'gate the shop'
git push --quiet origin HEAD

printf 'package sum\n\nfunc Untested() int { return 1 }\n' >sum/untested.go
git add -A
git commit --quiet -m 'no test'
if git push origin HEAD >"$HOME/said" 2>&1; then echo 'the push was not refused'; exit 1; fi
grep -q 'FAIL .*sum' "$HOME/said" || { cat "$HOME/said"; exit 1; }
grep -q '1 package below its floor' "$HOME/said" || { cat "$HOME/said"; exit 1; }
[ "$(git rev-parse origin/main)" = "$(git rev-parse HEAD^)" ]
"#;

/// A release as it is served: its files, and the wheel in an index of Python's.
pub(crate) struct Release<'a> {
    pub(crate) version: &'a str,
    /// A folder with the archive and its checksums.
    pub(crate) files: &'a Utf8Path,
    pub(crate) wheel: &'a Utf8Path,
}

/// Goes each way, on a machine that has this go.
pub(crate) fn run(project: &Project, go: &Utf8Path, release: &Release<'_>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = Utf8Path::from_path(folder.path()).context("a folder is not UTF-8")?;
    let served = folder.join("served");
    lay_out(project, release, &served)?;
    let server = Server::start(&served)?;
    let path = machine(project, go, folder)?;
    let cache = cmd!(project.sh, "{go} env GOCACHE").quiet().read()?;
    for way in ["script", "pip", "action"] {
        heading(&format!("a newcomer's way, by {way}"));
        let home = folder.join(way);
        fs::create_dir(&home)?;
        let mut shell = Command::new(path.join("sh"));
        shell.args(["-c", WAY, "newcomer", way]).current_dir(&home).env_clear();
        shell.env("PATH", &path).env("HOME", &home).env("SERVED", &server.address);
        shell.env("ACTION_FOLDER", &project.root);
        // A cold cache would only compile go's own packages again.
        shell.envs([("GOCACHE", cache.as_str()), ("GOTOOLCHAIN", "local"), ("GOPROXY", "off")]);
        shell.envs([("GIT_CONFIG_NOSYSTEM", "1"), ("PIP_CONFIG_FILE", "/dev/null")]);
        let output = shell.stdin(Stdio::null()).output().context("cannot start a shell")?;
        ensure!(
            output.status.success(),
            "by {way}, a newcomer does not come to a gated repository: {}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Puts the files where GitHub and `PyPI` have them.
fn lay_out(project: &Project, release: &Release<'_>, served: &Utf8Path) -> Result<()> {
    let releases = served.join("releases");
    let (tagged, latest) =
        (releases.join(format!("download/v{}", release.version)), releases.join("latest/download"));
    for place in [&tagged, &latest] {
        fs::create_dir_all(place)?;
        for file in release.files.read_dir_utf8()? {
            let file = file?;
            fs::copy(file.path(), place.join(file.file_name()))?;
        }
        fs::copy(project.root.join("install.sh"), place.join("install.sh"))?;
    }
    let index = served.join("simple/covgate-go");
    fs::create_dir_all(&index)?;
    let name = release.wheel.file_name().context("the wheel has no name")?;
    fs::copy(release.wheel, index.join(name))?;
    Ok(())
}

/// A folder for PATH with nothing but what the machine has.
fn machine(project: &Project, go: &Utf8Path, folder: &Utf8Path) -> Result<Utf8PathBuf> {
    let path = folder.join("path");
    fs::create_dir(&path)?;
    // Not a version manager's shim.
    let python = "import sys; print(sys.executable)";
    let python = cmd!(project.sh, "python3 -c {python}").quiet().read()?;
    symlink(go, path.join("go"))?;
    symlink(python, path.join("python3"))?;
    symlink(on_path("git").context("there is no git")?, path.join("git"))?;
    for tool in TOOLS.split_whitespace() {
        if let Some(found) = on_path(tool) {
            symlink(found, path.join(tool))?;
        }
    }
    Ok(path)
}

/// Python's own server of a folder, which ends when it is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Utf8Path) -> Result<Self> {
        let mut command = Command::new("python3");
        command.args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory"]);
        command.arg(folder).stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null());
        let mut child = command.spawn().context("cannot start python3")?;
        let stdout = child.stdout.take().context("python3 has no stdout")?;
        let mut server = Self { child, address: String::new() };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let (_, port) = line.split_once(" port ").context("python3 serves nothing")?;
        let port = port.split(' ').next().unwrap_or_default();
        server.address = format!("http://127.0.0.1:{port}");
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
