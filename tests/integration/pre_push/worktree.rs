//! covgate's own work tree: one per clone, kept, locked, repaired.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};

use super::repository::{Repository, finish, start};

/// It has been used once.
fn used() -> Repository {
    let repository = Repository::module();
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    repository
}

/// Pushes a good commit, then a bad one.
#[track_caller]
fn still_works(repository: &Repository) {
    repository.write("a/more.go", "package a\n");
    repository.commit();
    let push = repository.push(&["origin", "main"]).succeeds();
    assert_eq!(push.rows(), ["PASS a", "PASS b"], "{push}");
    let tree = repository.at(repository.home().join("worktree"));
    assert_eq!(tree.oid("HEAD"), repository.oid("HEAD"));
    assert_eq!(tree.git(&["status", "--porcelain", "--ignored"]), "");
    repository.package("a", 2);
    repository.commit();
    let push = repository.push(&["origin", "main"]).exits(1);
    assert_eq!(push.rows(), ["FAIL a", "PASS b"], "{push}");
}

#[test]
fn it_is_kept() {
    let repository = used();
    let tree = repository.home().join("worktree");
    let before = fs::metadata(tree.join("c/c.go")).unwrap().modified().unwrap();
    still_works(&repository);
    // Unchanged files were not written again, so go's cache stays warm.
    assert_eq!(fs::metadata(tree.join("c/c.go")).unwrap().modified().unwrap(), before);
    assert_eq!(repository.git(&["worktree", "list"]).lines().count(), 2);
}

/// It removes what tests left there, and what somebody changed there.
#[test]
fn it_is_cleaned() {
    let repository = used();
    let tree = repository.at(repository.home().join("worktree"));
    tree.package("c", 2);
    tree.write("b/left.go", "broken\n");
    tree.write("a/nested/.git/HEAD", "ref: refs/heads/main\n");
    tree.write("a/nested/x.go", "broken\n");
    tree.git(&["checkout", "--quiet", "-b", "somebodys"]);
    still_works(&repository);
}

type Damage = fn(&Repository);

#[test]
fn it_is_repaired() {
    let breaks: [(&str, Damage); 8] = [
        ("its .git file is gone", |tree| tree.remove(".git")),
        ("its .git file is nonsense", |tree| tree.write(".git", "nonsense\n")),
        ("its .git file names nothing", |tree| tree.write(".git", "gitdir: /nowhere\n")),
        ("its .git file is a folder", |tree| {
            tree.remove(".git");
            tree.git(&["init", "--quiet"]);
        }),
        ("it is gone", |tree| tree.remove("")),
        ("it is a file", |tree| {
            tree.remove("");
            fs::write(tree.folder(), "").unwrap();
        }),
        ("its index is broken", |tree| {
            let index = tree.git(&["rev-parse", "--path-format=absolute", "--git-path", "index"]);
            fs::write(index, "nonsense").unwrap();
        }),
        ("its index is locked by a git that was killed", |tree| {
            let index = tree.git(&["rev-parse", "--path-format=absolute", "--git-path", "index"]);
            fs::write(format!("{index}.lock"), "").unwrap();
        }),
    ];
    let repository = used();
    for (number, (what, damage)) in breaks.into_iter().enumerate() {
        damage(&repository.at(repository.home().join("worktree")));
        repository.write("a/more.go", &format!("package a\n\n// {number}\n"));
        repository.commit();
        let push = repository.push(&["origin", "main"]);
        assert!(push.status.success(), "{what}:\n{push}");
        assert_eq!(push.rows(), ["PASS a", "PASS b"], "{what}:\n{push}");
    }
    still_works(&repository);
}

/// Somebody tidied up with `git worktree remove`.
#[test]
fn it_may_be_removed_and_unlisted() {
    let repository = used();
    let tree = repository.home().join("worktree");
    repository.git(&["worktree", "remove", "--force", tree.as_str()]);
    still_works(&repository);
    fs::remove_dir_all(repository.home().join("../worktrees")).unwrap();
    repository.package("a", 1);
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
}

/// For a locked work tree, `git worktree remove` needs --force twice.
#[test]
fn it_may_be_locked_by_git() {
    let repository = used();
    let tree = repository.home().join("worktree");
    repository.git(&["worktree", "lock", tree.as_str()]);
    fs::remove_file(tree.join(".git")).unwrap();
    still_works(&repository);
}

/// The work tree's `.git` file has the repository's old, absolute path.
#[test]
fn a_clone_that_was_moved() {
    let repository = used();
    let moved = repository.beside("moved");
    fs::rename(repository.folder(), moved.folder()).unwrap();
    still_works(&moved);
}

/// The copy's work tree claims to belong to the original, which must not change.
#[test]
fn a_clone_that_was_copied() {
    let repository = used();
    let copy = repository.beside("copy");
    repository.shell("cp -R . ../copy").succeeds();
    let original = repository.at(repository.home().join("worktree"));
    let before = original.oid("HEAD");
    still_works(&copy);
    assert_eq!(original.oid("HEAD"), before);
    assert_eq!(original.git(&["status", "--porcelain"]), "");
}

/// A second push waits for the first.
#[test]
fn a_held_lock_is_waited_for() {
    let repository = used();
    repository.write("c/more.go", "package c\n");
    repository.commit();
    let lock = File::options().write(true).open(repository.home().join("lock")).unwrap();
    lock.lock().unwrap();
    let mut push = start(&mut repository.push_command(&["origin", "main"]));
    let mut stderr = BufReader::new(push.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("another push of this clone is being tested; waiting for it") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "it did not wait:\n{said}");
    }
    assert!(!said.contains("Checking per-package coverage"), "it did not wait:\n{said}");
    lock.unlock().unwrap();
    while stderr.read_line(&mut said).unwrap() > 0 {}
    assert!(finish(push).status.success(), "{said}");
    assert!(said.contains("All packages meet minimum coverage requirement"), "{said}");
}

/// Ctrl-C ends the wait.
#[test]
fn waiting_for_the_lock_can_be_stopped() {
    let repository = used();
    let commit = repository.oid("HEAD");
    let lock = File::options().write(true).open(repository.home().join("lock")).unwrap();
    lock.lock().unwrap();
    let refs = repository.root().join("refs");
    let zeros = "0".repeat(40);
    fs::write(&refs, format!("HEAD {commit} refs/heads/x {zeros}\n")).unwrap();
    let args = ["hook", "run", "pre-push", "url", "url", "--fresh"];
    let mut command = repository.command("covgate", &args);
    let mut child = start(command.stdin(File::open(&refs).unwrap()));
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("waiting for it") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "it did not wait:\n{said}");
    }
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&child),
        rustix::process::Signal::INT,
    )
    .unwrap();
    assert_eq!(finish(child).status.code(), Some(130));
}

/// Uninstalling leaves nothing of covgate's behind, neither on disk nor in git's list.
#[test]
fn uninstalling_takes_it_away() {
    let repository = used();
    assert_eq!(repository.git(&["worktree", "list"]).lines().count(), 2);
    let home = repository.home();
    let ran = repository.covgate(&["hook", "uninstall"]).succeeds();
    assert!(ran.stdout.contains(&format!("removed {home}\n")), "{ran}");
    assert!(!home.exists());
    assert_eq!(repository.git(&["worktree", "list"]).lines().count(), 1);
}
