//! What `--version` says, and how the build script finds it.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

#[path = "../../build.rs"]
#[expect(dead_code, clippy::print_stdout, reason = "cargo runs its `main`, which answers so")]
mod build_script;

use build_script::{commit, watched};

#[expect(clippy::disallowed_methods, reason = "the tests' own way to start programs")]
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn git(folder: &Path, args: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "core.abbrev=4"]);
    git.args(args).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
    git.env("GIT_AUTHOR_DATE", "2001-02-03T04:05:06Z");
    said(git.env("GIT_COMMITTER_DATE", "2026-11-25T23:59:00-11:00").env_remove("GIT_DIR"));
}

/// A folder with the sources, in a repository of their own.
fn checkout() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("build.rs"), "").unwrap();
    git(folder.path(), &["init", "--quiet", "-b", "main"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "x"]);
    folder
}

#[test]
fn the_short_version_is_one_for_scripts_and_the_long_one_names_commit_and_target() {
    let covgate = |program: &str, args: &[&str]| said(Command::new(program).args(args));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(covgate(env!("CARGO_BIN_EXE_covgate"), &["-V"]), format!("covgate {version}\n"));
    // What the build script said; whoever commits while this runs has moved HEAD since.
    let build = env!("COVGATE_BUILD");
    let long = covgate(env!("CARGO_BIN_EXE_covgate"), &["--version"]);
    assert_eq!(long, format!("covgate {version} ({build})\n"));
    assert!(build.contains(std::env::consts::ARCH), "{long}");
    assert_eq!(covgate(env!("CARGO_BIN_EXE_cargo-covgate"), &["covgate", "--version"]), long);
}

/// The day is that of the commit where it was made, on every machine that builds it.
#[test]
fn the_commit_is_the_one_that_is_checked_out() {
    let folder = checkout();
    let first = commit(folder.path()).unwrap();
    let (hash, date) = first.split_once(' ').unwrap();
    assert_eq!((hash.len(), date), (9, "2026-11-25"));
    git(folder.path(), &["commit", "--quiet", "--allow-empty", "-m", "y"]);
    assert_ne!(commit(folder.path()).unwrap(), first);
    git(folder.path(), &["checkout", "--quiet", "HEAD^"]);
    assert_eq!(commit(folder.path()).unwrap(), first);

    let clone = tempfile::tempdir().unwrap();
    let origin = format!("file://{}", folder.path().display());
    git(
        clone.path(),
        &["clone", "--quiet", "--depth", "1", "--branch", "main", &origin, "shallow"],
    );
    git(folder.path(), &["worktree", "add", "--quiet", "linked", "main"]);
    let (shallow, linked) = (clone.path().join("shallow"), folder.path().join("linked"));
    assert_eq!(commit(&shallow).unwrap(), commit(&linked).unwrap());
}

#[test]
fn without_a_commit_of_its_own_there_is_none() {
    let plain = tempfile::tempdir().unwrap();
    assert_eq!(commit(plain.path()), None);
    assert_eq!(watched(plain.path()), ["build.rs"]);
    git(plain.path(), &["init", "--quiet"]);
    assert_eq!(commit(plain.path()), None);
    // Sources that somebody keeps in their own repository.
    let folder = checkout();
    let vendored = folder.path().join("vendor/covgate-go");
    fs::create_dir_all(&vendored).unwrap();
    assert_eq!(commit(&vendored), None);
}

/// What the build watches changes whenever the commit does, and not with an edit.
#[test]
fn a_new_commit_is_seen() {
    let folder = checkout();
    let path = |name: &str| folder.path().join(name);
    let state = || -> Vec<String> {
        let files = watched(folder.path()).into_iter().flat_map(|found| {
            let listed = said(Command::new("find").arg(path(&found)).args(["-type", "f"]));
            listed.lines().map(str::to_owned).collect::<Vec<_>>()
        });
        files.map(|file| format!("{file} {:?}", fs::read(&file).unwrap())).collect()
    };
    let commits = || {
        let before = state();
        fs::write(path("build.rs"), "edited").unwrap();
        git(folder.path(), &["add", "."]);
        assert_eq!(state(), before);
        git(folder.path(), &["commit", "--quiet", "--allow-empty", "-m", "y"]);
        assert_ne!(state(), before);
    };
    assert_eq!(watched(folder.path()), [".git/logs/HEAD"]);
    commits();
    git(folder.path(), &["config", "core.logAllRefUpdates", "false"]);
    fs::remove_file(path(".git/logs/HEAD")).unwrap();
    commits();
    git(folder.path(), &["pack-refs", "--all"]);
    commits();
}
