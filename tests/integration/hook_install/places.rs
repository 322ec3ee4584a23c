//! Repositories of every shape. All of them are below a folder with a space and an umlaut.

use std::fs;

use super::repo::{HOOK, Repo};

#[test]
fn a_linked_worktree_shares_the_hook() {
    let repo = Repo::new();
    repo.git(&["worktree", "add", "--quiet", "-b", "side", "../linked tree"]).exits(0);
    let ran = repo.covgate_in("linked tree", &["install"]).exits(0);
    assert_eq!(ran.stdout, "installed [ROOT]/work/.git/hooks/pre-push\n");
    repo.git_in("linked tree", &["push", "--quiet", "origin", "side"]).exits(0);
    assert!(repo.log().contains("refs/heads/side"), "{}", repo.log());
    let ran = repo.covgate(&["install"]).exits(0);
    assert!(ran.stdout.starts_with("already installed"), "{ran}");
    repo.covgate_in("linked tree", &["uninstall"]).exits(0);
    assert!(!repo.hook().exists());
}

#[test]
fn a_bare_repository_has_a_hook_too() {
    let repo = Repo::new();
    repo.git_in("", &["clone", "--quiet", "--bare", "work", "bare.git"]).exits(0);
    let ran = repo.covgate_in("bare.git", &["install"]).exits(0);
    assert_eq!(ran.stdout, "installed [ROOT]/bare.git/hooks/pre-push\n");
    repo.git_in("bare.git", &["push", "--quiet", "../remote.git", "main"]).exits(0);
    assert!(
        repo.log().starts_with("covgate <hook> <run> <pre-push> <../remote.git>"),
        "{}",
        repo.log()
    );
    let ran = repo.covgate_in("bare.git", &["status"]).exits(0);
    assert!(ran.stdout.starts_with("hook:    installed: [ROOT]/bare.git/hooks/pre-push"), "{ran}");
    repo.covgate_in("bare.git", &["uninstall"]).exits(0);
    assert!(!repo.path("bare.git/hooks/pre-push").exists());
}

#[test]
fn a_sha256_repository() {
    let repo = Repo::sha256();
    repo.covgate(&["install"]).exits(0);
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    let (tip, zero) = (repo.oid("HEAD"), "0".repeat(64));
    assert_eq!(tip.len(), 64);
    assert!(
        repo.log().ends_with(&format!("refs/heads/main {tip} refs/heads/main {zero}\n")),
        "{}",
        repo.log()
    );
}

#[test]
fn a_submodule_has_a_hook_of_its_own() {
    let repo = Repo::new();
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    let add =
        ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../remote.git", "söb"];
    // `git submodule` is a script that needs tools which PATH lacks here.
    let path = std::env::var("PATH").unwrap();
    let repo = repo.env("PATH", &path);
    repo.git(&add).exits(0);
    let ran = repo.covgate_in("work/söb", &["install"]).exits(0);
    assert!(
        ran.stdout.starts_with("installed [ROOT]/work/.git/modules/söb/hooks/pre-push\n"),
        "{ran}"
    );
    assert_eq!(repo.read("work/.git/modules/söb/hooks/pre-push"), HOOK);
    assert!(!repo.hook().exists(), "the outer repository got it");
}

#[test]
fn a_missing_hooks_folder_is_made() {
    let repo = Repo::new();
    fs::remove_dir_all(repo.path("work/.git/hooks")).unwrap();
    let ran = repo.covgate(&["status"]).exits(0);
    assert!(ran.stdout.starts_with("hook:    not installed: there is no "), "{ran}");
    repo.covgate(&["uninstall"]).exits(0);
    assert!(!repo.path("work/.git/hooks").exists(), "made for nothing");
    repo.covgate(&["install"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), HOOK);
}

#[test]
fn any_folder_of_the_work_tree_will_do() {
    let repo = Repo::new();
    repo.write("work/a/b/c.go", "package b\n");
    repo.covgate_in("work/a/b", &["install"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), HOOK);
}

#[test]
fn the_folder_can_be_named() {
    let repo = Repo::new();
    repo.write("work/a/c.go", "package a\n");
    let installed = repo.covgate_in("home", &["install", "-C", "../work/a"]).exits(0);
    assert_eq!(installed.stdout, "installed [ROOT]/work/.git/hooks/pre-push\n");
    assert_eq!(repo.read("work/.git/hooks/pre-push"), HOOK);
    let status = repo.covgate_in("home", &["status", "-C", "../work"]).exits(0);
    assert_eq!(status.stdout, repo.covgate(&["status"]).exits(0).stdout);
    assert!(status.stdout.starts_with("hook:    installed: "), "{status}");
    repo.covgate_in("home", &["uninstall", "--chdir", "../work"]).exits(0);
    assert!(!repo.hook().exists());
    let nowhere = repo.covgate(&["status", "-C", "nowhere"]).exits(2);
    assert!(nowhere.stderr.starts_with("error: cannot enter nowhere\n"), "{nowhere}");
}

#[test]
fn a_hooks_folder_of_the_work_tree_is_used_and_told() {
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", "dev/git höoks"]).exits(0);
    repo.write("work/a/b/c.go", "package b\n");
    let ran = repo.covgate_in("work/a/b", &["install"]).exits(0);
    assert_eq!(
        ran.stdout,
        "installed [ROOT]/work/dev/git höoks/pre-push\n\
         note: dev/git höoks/pre-push is part of the work tree: commit it to share it\n"
    );
    assert_eq!(repo.read("work/dev/git höoks/pre-push"), HOOK);
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    assert!(repo.log().starts_with("covgate <hook>"), "{}", repo.log());
    assert!(!repo.hook().exists());
}

#[test]
fn a_relative_hooks_folder_is_each_worktrees_own() {
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", ".githooks"]).exits(0);
    repo.git(&["worktree", "add", "--quiet", "-b", "side", "../linked"]).exits(0);
    repo.covgate_in("linked", &["install"]).exits(0);
    assert_eq!(repo.read("linked/.githooks/pre-push"), HOOK);
    assert!(!repo.path("work/.githooks").exists());
}
