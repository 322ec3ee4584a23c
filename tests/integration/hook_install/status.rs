//! `covgate hook status`: every line, in every state that it can show.

use std::fs;
use std::os::unix::fs::symlink;

use super::repo::{HOOK, OTHER_HOOK, Repo};

/// The text of a line.
fn line(repo: &Repo, label: &str) -> String {
    let ran = repo.covgate(&["status"]).exits(0);
    let lines = ran.stdout.lines().filter_map(|line| line.split_once(": "));
    let found = lines.into_iter().find(|(name, _)| *name == label);
    found.map(|(_, said)| said.trim().to_owned()).unwrap_or_default()
}

#[test]
fn nothing_is_installed() {
    let repo = Repo::new();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        repo.covgate(&["status"]).exits(0).stdout,
        format!(
            "hook:    not installed: there is no [ROOT]/work/.git/hooks/pre-push\n\
             folder:  [ROOT]/work/.git/hooks\n\
             manager: none\n\
             covgate: [ROOT]/bin/covgate (covgate 0.0.7; this is {version})\n"
        )
    );
}

/// `covgate hook status | true`: ends silently, as other tools do.
#[test]
fn nobody_reads_any_more() {
    let ran = Repo::new().covgate_unread(&["status"]).exits(141);
    assert_eq!(ran.stderr, "");
}

#[test]
fn status_changes_nothing() {
    let repo = Repo::new();
    repo.script("work/.git/hooks/pre-push", OTHER_HOOK);
    repo.covgate(&["install"]).exits(0);
    let before = repo.snapshot("work");
    repo.covgate(&["status"]).exits(0);
    assert_eq!(repo.snapshot("work"), before);
    assert_eq!(repo.log(), "", "the hook was run");
}

#[test]
fn versions_and_edits_are_told() {
    let repo = Repo::new();
    let at = "installed: [ROOT]/work/.git/hooks/pre-push, version";
    let cases = [
        (HOOK.to_owned(), "2"),
        (HOOK.replace("version 2,", "version 1,"), "1, older than this covgate's"),
        (HOOK.replace("version 2,", "version 3,"), "3, newer than this covgate's"),
        (format!("{HOOK}# mine\n"), "2, edited"),
    ];
    for (text, version) in cases {
        repo.script("work/.git/hooks/pre-push", &text);
        assert_eq!(line(&repo, "hook"), format!("{at} {version}"));
    }
    fs::remove_file(repo.hook()).unwrap();
    repo.write("work/.git/hooks/pre-push", HOOK);
    assert_eq!(line(&repo, "hook"), format!("{at} 2, not executable: git does not run it"));
}

#[test]
fn other_hooks_are_told() {
    let repo = Repo::new();
    repo.script("work/.git/hooks/pre-push", OTHER_HOOK);
    assert_eq!(
        line(&repo, "hook"),
        "not installed: [ROOT]/work/.git/hooks/pre-push is not covgate's"
    );
    repo.covgate(&["install"]).exits(0);
    let aside = "[ROOT]/work/.git/hooks.before-covgate/pre-push";
    assert_eq!(line(&repo, "before"), format!("{aside} runs first"));
    fs::remove_file(repo.hook()).unwrap();
    assert_eq!(
        line(&repo, "before"),
        format!("{aside}, which nothing runs; covgate hook uninstall puts it back")
    );
    repo.script("work/.git/hooks/pre-push", "#!/bin/sh\ncovgate hook run pre-push \"$@\"\n");
    assert!(line(&repo, "hook").ends_with(", not covgate's, but runs covgate"));
}

#[test]
fn managers_are_told() {
    let repo = Repo::new();
    repo.write("work/lefthook.yml", "a: b\n");
    assert_eq!(
        line(&repo, "manager"),
        "lefthook (lefthook.yml does not run covgate; git does not run lefthook's pre-push hook (lefthook install))"
    );
    repo.script("work/.git/hooks/pre-push", "#!/bin/sh\ncall_lefthook run \"pre-push\" \"$@\"\n");
    repo.write("work/lefthook.yml", "run: covgate hook run pre-push '{1}' '{2}'\n");
    assert_eq!(line(&repo, "manager"), "lefthook (lefthook.yml runs covgate)");
    assert_eq!(line(&repo, "hook"), "[ROOT]/work/.git/hooks/pre-push is lefthook's");
}

#[test]
fn where_the_folder_comes_from_is_told() {
    let repo = Repo::new();
    repo.git(&["config", "--global", "core.hooksPath", "/opt/hooks"]).exits(0);
    assert_eq!(line(&repo, "folder"), "/opt/hooks (core.hooksPath = /opt/hooks, global)");
}

#[test]
fn hooks_in_the_configuration_are_told() {
    let repo = Repo::new();
    repo.git(&["config", "hook.lint.command", "make lint"]).exits(0);
    repo.git(&["config", "hook.lint.event", "pre-commit"]).exits(0);
    assert_eq!(line(&repo, "config"), "");
    repo.git(&["config", "--add", "hook.lint.event", "pre-push"]).exits(0);
    assert_eq!(line(&repo, "config"), "hook.lint runs `make lint` (git 2.54 and later)");
}

#[test]
fn the_covgate_that_would_run_is_told() {
    let repo = Repo::new();
    fs::remove_file(repo.path("bin/covgate")).unwrap();
    assert_eq!(line(&repo, "covgate"), "not on PATH: the hook would refuse every push");
    repo.write("bin/covgate", "not executable");
    assert_eq!(line(&repo, "covgate"), "not on PATH: the hook would refuse every push");
    fs::remove_file(repo.path("bin/covgate")).unwrap();
    repo.script("bin/covgate", "#!/bin/sh\nexit 1\n");
    assert!(line(&repo, "covgate").contains("does not say its version"));
    fs::remove_file(repo.path("bin/covgate")).unwrap();
    symlink(env!("CARGO_BIN_EXE_covgate"), repo.path("bin/covgate")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(line(&repo, "covgate"), format!("[ROOT]/bin/covgate (covgate {version})"));
}
