//! The ways to get covgate and to run it in CI: the scripts, run as the platforms run them, against a
//! server on the loopback interface.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod files;
mod github;
mod gitlab;
mod install;

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a script said, and how it ended.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A shell that runs one of the repository's scripts, and knows nothing of the tests' own environment.
fn script(name: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg(root().join(name)).env_clear();
    let kept = ["HOME", "TMPDIR", "GOCACHE", "GOMODCACHE", "GOPATH", "PATH"];
    command.envs(kept.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command
}

#[expect(clippy::disallowed_methods, reason = "the tests' own way to start programs")]
fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Where a program of this machine is.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A folder on PATH in front of everything else, with the covgate that is tested and a go.
fn path_with(folders: &[&Path]) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap();
    let first = folders.iter().map(|folder| (*folder).to_owned());
    std::env::join_paths(first.chain(std::env::split_paths(&path))).unwrap()
}

/// A repository with one package, covered by two thirds.
struct Repository(tempfile::TempDir);

fn repository() -> Repository {
    let repository = Repository(tempfile::tempdir().unwrap());
    repository.write("go.mod", "module m.example/shop\n\ngo 1.22\n");
    repository.write(
        "sum/sum.go",
        "package sum\n\nfunc Sum(a, b int) int {\n\tif a == b {\n\t\treturn 2 * a\n\t}\n\treturn a + b\n}\n",
    );
    repository.write(
        "sum/sum_test.go",
        "package sum\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) { Sum(1, 2) }\n",
    );
    repository.git(&["init", "-q", "-b", "main"]);
    repository.git(&["add", "."]);
    repository.git(&["commit", "-q", "-m", "all"]);
    repository
}

impl Repository {
    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@localhost"]).args(args);
        git.current_dir(self.path()).env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("GIT_DIR");
        let ran = ran(&mut git);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.stdout
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
