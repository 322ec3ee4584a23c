//! A repository with no other hook and no hook manager.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::repo::{HOOK, Repo};

#[test]
fn the_hook_is_installed_and_git_runs_it() {
    let repo = Repo::new();
    let ran = repo.covgate(&["install"]).exits(0);
    assert_eq!(ran.stdout, "installed [ROOT]/work/.git/hooks/pre-push\n");
    assert_eq!(ran.stderr, "");
    assert_eq!(fs::read_to_string(repo.hook()).unwrap(), HOOK);
    let mode = fs::metadata(repo.hook()).unwrap().permissions().mode();
    assert_eq!(mode & 0o700, 0o700, "{mode:o}");

    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    let (tip, zero) = (repo.oid("HEAD"), "0".repeat(40));
    let called = "covgate <hook> <run> <pre-push> <origin> <../remote.git>";
    assert_eq!(repo.log(), format!("{called}\nrefs/heads/main {tip} refs/heads/main {zero}\n"));
    assert_eq!(repo.remote_has("main"), tip);
}

#[test]
fn several_refs_and_an_empty_stdin_come_through() {
    let repo = Repo::new();
    repo.covgate(&["install"]).exits(0);
    repo.git(&["branch", "other"]).exits(0);
    repo.git(&["push", "--quiet", "origin", "main", "other"]).exits(0);
    assert_eq!(repo.log().lines().count(), 3, "{}", repo.log());
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    assert!(repo.log().ends_with("<../remote.git>\n"), "an up-to-date push: {}", repo.log());
}

#[test]
fn a_closed_gate_stops_the_push_with_its_code() {
    let repo = Repo::new().env("FAKE_EXIT", "3");
    repo.covgate(&["install"]).exits(0);
    assert_ne!(repo.git(&["push", "origin", "main"]).code, 0);
    assert_eq!(repo.remote_has("main"), "");
    assert_eq!(repo.run_hook(b"").code, 3);
}

#[test]
fn without_covgate_the_push_is_refused_and_told_the_way_out() {
    let repo = Repo::new();
    repo.covgate(&["install"]).exits(0);
    fs::remove_file(repo.path("bin/covgate")).unwrap();
    let ran = repo.git(&["push", "origin", "main"]);
    assert_ne!(ran.code, 0);
    assert_eq!(repo.remote_has("main"), "");
    let said: Vec<&str> = ran.stderr.lines().take(3).collect();
    assert_eq!(
        said,
        [
            "covgate: push refused: covgate is not on PATH, so nothing was gated",
            "covgate: install covgate or put it on PATH; for this once: git push --no-verify",
            "covgate: to be rid of the gate, remove this hook: .git/hooks/pre-push",
        ]
    );
    assert_eq!(repo.run_hook(&b"line\n".repeat(100_000)).code, 1);
    repo.git(&["push", "--quiet", "--no-verify", "origin", "main"]).exits(0);
}

#[test]
fn a_missing_covgate_is_told_when_installing() {
    let repo = Repo::new();
    fs::remove_file(repo.path("bin/covgate")).unwrap();
    let ran = repo.covgate(&["install"]).exits(0);
    let warning = "warning: covgate is not on PATH, and until it is, every push is refused\n";
    assert!(ran.stdout.ends_with(warning), "{ran}");
}

#[test]
fn installing_again_changes_nothing() {
    let repo = Repo::new();
    repo.covgate(&["install"]).exits(0);
    let (before, file) = (repo.snapshot("work/.git/hooks"), inode(&repo));
    for args in [&["install"][..], &["install", "--force"]] {
        let ran = repo.covgate(args).exits(0);
        assert_eq!(ran.stdout, "already installed: [ROOT]/work/.git/hooks/pre-push\n");
    }
    assert_eq!(repo.snapshot("work/.git/hooks"), before);
    assert_eq!(inode(&repo), file, "it was written again");
}

#[test]
fn nothing_is_left_beside_the_hook() {
    let repo = Repo::new();
    let mut before = repo.snapshot("work/.git/hooks");
    repo.covgate(&["install"]).exits(0);
    let mut after = repo.snapshot("work/.git/hooks");
    assert!(after.remove(&repo.hook()).is_some());
    assert_eq!(after, before);
    repo.covgate(&["uninstall"]).exits(0);
    before.remove(&repo.hook());
    assert_eq!(repo.snapshot("work/.git/hooks"), before);
}

#[test]
fn an_older_hook_is_upgraded() {
    let repo = Repo::new();
    repo.script("work/.git/hooks/pre-push", &HOOK.replace("version 2,", "version 0,"));
    let ran = repo.covgate(&["install"]).exits(0);
    assert_eq!(ran.stdout, "updated [ROOT]/work/.git/hooks/pre-push: from version 0 to 2\n");
    assert_eq!(repo.read("work/.git/hooks/pre-push"), HOOK);
    assert!(!repo.aside().exists(), "covgate's own hook was moved aside");
}

#[test]
fn a_newer_hook_is_left_alone() {
    let repo = Repo::new();
    let newer = HOOK.replace("version 2,", "version 9,");
    repo.script("work/.git/hooks/pre-push", &newer);
    let ran = repo.covgate(&["install"]).exits(0);
    assert!(ran.stdout.contains("from a newer covgate (version 9)"), "{ran}");
    assert_eq!(repo.read("work/.git/hooks/pre-push"), newer);
    repo.covgate(&["install", "--force"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), HOOK);
    repo.script("work/.git/hooks/pre-push", &newer);
    repo.covgate(&["uninstall"]).exits(0);
    assert!(!repo.hook().exists());
}

#[test]
fn a_hook_that_git_would_not_run_is_made_executable() {
    let repo = Repo::new();
    repo.write("work/.git/hooks/pre-push", HOOK);
    let ran = repo.covgate(&["install"]).exits(0);
    assert!(ran.stdout.ends_with("pre-push: made executable again\n"), "{ran}");
    assert_eq!(fs::metadata(repo.hook()).unwrap().permissions().mode() & 0o100, 0o100);
}

#[test]
fn an_edited_hook_is_touched_only_by_force() {
    let repo = Repo::new();
    let edited = format!("{HOOK}echo mine\n");
    for (args, done) in [
        (["install", "--force"], "replaced [ROOT]/work/.git/hooks/pre-push, which was edited\n"),
        (["uninstall", "--force"], "removed [ROOT]/work/.git/hooks/pre-push\n"),
    ] {
        repo.script("work/.git/hooks/pre-push", &edited);
        let ran = repo.covgate(&args[..1]).exits(2);
        let first =
            "error: [ROOT]/work/.git/hooks/pre-push is not as covgate wrote it\nhint: --force ";
        assert!(ran.stderr.starts_with(first), "{ran}");
        assert_eq!(repo.read("work/.git/hooks/pre-push"), edited);
        assert_eq!(repo.covgate(&args).exits(0).stdout, done);
    }
    assert!(!repo.hook().exists());
}

#[test]
fn uninstalling_takes_the_hook_away_once() {
    let repo = Repo::new();
    repo.covgate(&["install"]).exits(0);
    let ran = repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(ran.stdout, "removed [ROOT]/work/.git/hooks/pre-push\n");
    assert!(!repo.hook().exists());
    let ran = repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(ran.stdout, "not installed: there is no [ROOT]/work/.git/hooks/pre-push\n");
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    assert_eq!(repo.log(), "");
}

fn inode(repo: &Repo) -> u64 {
    fs::metadata(repo.hook()).unwrap().ino()
}
