//! Owns what `covgate --version` says besides the version: the commit, if the sources are a checkout, and
//! the target. Must not know what differs between two builds of one commit: the time, the folder, how many
//! digits tell commits apart in this clone.

use std::env;
use std::path::Path;
use std::process::Command;

/// As many digits of the commit as rustc and cargo show.
const DIGITS: usize = 9;

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let (root, target) = (Path::new(&root), env::var("TARGET").unwrap_or_default());
    let build = match commit(root) {
        Some(commit) => format!("{commit}, {target}"),
        None => target,
    };
    println!("cargo::rustc-env=COVGATE_BUILD={build}");
    for path in watched(root) {
        println!("cargo::rerun-if-changed={path}");
    }
}

/// The commit that is checked out in a folder, with its date. There is none in the sources of a release, nor
/// in a copy of covgate that lies in another repository.
pub(crate) fn commit(root: &Path) -> Option<String> {
    git(root, &["rev-parse", "--show-prefix"]).filter(String::is_empty)?;
    let said = git(root, &["rev-list", "--max-count=1", "--format=%H %cs", "HEAD"])?;
    let (hash, date) = said.lines().next_back()?.split_once(' ')?;
    Some(format!("{} {date}", hash.get(..DIGITS)?))
}

/// What changes with the commit. The log of HEAD grows whenever HEAD moves, and only then; where git keeps
/// none, these are all places that can say where HEAD is.
pub(crate) fn watched(root: &Path) -> Vec<String> {
    let paths = |names: &[&str]| -> Vec<String> {
        let path = |name: &&str| git(root, &["rev-parse", "--git-path", name]);
        // A file that is missing would be news to cargo each time.
        names.iter().filter_map(path).filter(|path| root.join(path).exists()).collect()
    };
    let found = [&["logs/HEAD"][..], &["HEAD", "refs/heads", "packed-refs", "reftable"]]
        .into_iter()
        .map(paths)
        .find(|found| !found.is_empty());
    // Without any, cargo would watch every file.
    found.unwrap_or_else(|| vec!["build.rs".to_owned()])
}

/// The answer of git; none where there is no git, no repository, or one that belongs to somebody else.
#[expect(
    clippy::disallowed_methods,
    reason = "covgate's own way to start programs is not built yet"
)]
fn git(root: &Path, args: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.args(args).current_dir(root);
    // In a hook, these name the repository of the hook.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR"] {
        git.env_remove(name);
    }
    let output = git.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
