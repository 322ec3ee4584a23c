//! Refusals: each is one sentence, and nothing is changed.

use std::fs;

use super::repo::{HOOK, Repo};

#[test]
fn a_global_hooks_folder_is_only_written_to_by_force() {
    let repo = Repo::new();
    repo.git(&["config", "--global", "core.hooksPath", "~/hooks"]).exits(0);
    let ran = repo.covgate(&["install"]).exits(2);
    assert_eq!(
        ran.stderr,
        "error: core.hooksPath in the global configuration sends git to [ROOT]/home/hooks for the hooks of every repository\n\
         hint: --force installs there all the same; or give this repository its own folder: git config core.hooksPath '[ROOT]/work/.git/hooks'\n"
    );
    assert_eq!(ran.stdout, "");
    assert!(!repo.path("home/hooks").exists());
    assert!(!repo.hook().exists());
    repo.covgate(&["status"]).exits(0);
    repo.covgate(&["uninstall"]).exits(0);

    repo.covgate(&["install", "--force"]).exits(0);
    assert_eq!(repo.read("home/hooks/pre-push"), HOOK);
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    assert!(repo.log().starts_with("covgate <hook>"), "{}", repo.log());
}

#[test]
fn the_way_out_of_a_global_hooks_folder_is_one() {
    let repo = Repo::new();
    repo.git(&["config", "--global", "core.hooksPath", "~/hooks"]).exits(0);
    let hooks = repo.path("work/.git/hooks");
    repo.git(&["config", "core.hooksPath", hooks.as_str()]).exits(0);
    repo.covgate(&["install"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), HOOK);
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    assert!(repo.log().starts_with("covgate <hook>"), "{}", repo.log());
}

#[test]
fn a_hooks_folder_from_system_or_environment_is_as_foreign() {
    let repo = Repo::new();
    repo.write("system", "[core]\n\thooksPath = /opt/hooks\n");
    let file = repo.path("system");
    let repo = repo.env("GIT_CONFIG_NOSYSTEM", "0").env("GIT_CONFIG_SYSTEM", file.as_str());
    let ran = repo.covgate(&["install"]).exits(2);
    assert!(ran.stderr.contains("in the system configuration"), "{ran}");

    let repo = Repo::new()
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.hooksPath")
        .env("GIT_CONFIG_VALUE_0", "/opt/hooks");
    let ran = repo.covgate(&["install"]).exits(2);
    assert!(
        ran.stderr.starts_with("error: core.hooksPath is /opt/hooks only here, by git's"),
        "{ran}"
    );
}

#[test]
fn a_hooks_path_that_is_no_folder() {
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", "/dev/null"]).exits(0);
    for args in [&["install"][..], &["install", "--force"]] {
        let ran = repo.covgate(args).exits(2);
        let first =
            "error: core.hooksPath is /dev/null, which is not a folder: git runs no hooks\nhint: ";
        assert!(ran.stderr.starts_with(first), "{ran}");
    }
    let ran = repo.covgate(&["status"]).exits(0);
    assert!(
        ran.stdout.contains(
            "folder:  /dev/null (core.hooksPath = /dev/null, local), which is not a folder"
        ),
        "{ran}"
    );
    repo.covgate(&["uninstall"]).exits(0);
}

#[test]
fn a_hooks_folder_that_cannot_be_written_to() {
    // Not even root can do this.
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", "/proc"]).exits(0);
    let ran = repo.covgate(&["install"]).exits(4);
    assert!(ran.stderr.starts_with("error: cannot write /proc/pre-push\n  caused by: "), "{ran}");
}

#[test]
fn a_foreign_hook_stays_where_covgates_cannot_be_written() {
    let repo = Repo::new();
    repo.script("work/.git/hooks/pre-push", "#!/bin/sh\n");
    let hooks = repo.path("work/.git/hooks");
    let set = |mode| {
        fs::set_permissions(&hooks, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    let before = repo.snapshot("work/.git/hooks");
    set(0o555);
    let ran = repo.covgate(&["install"]);
    set(0o755);
    if rustix::process::geteuid().is_root() {
        // Permissions do not stop root; then the installation must succeed.
        ran.exits(0);
        repo.covgate(&["uninstall"]).exits(0);
    } else {
        assert!(ran.exits(4).stderr.starts_with("error: cannot "));
    }
    assert_eq!(repo.snapshot("work/.git/hooks"), before);
}

#[test]
fn a_folder_in_the_hooks_place() {
    let repo = Repo::new();
    fs::create_dir(repo.hook()).unwrap();
    let ran = repo.covgate(&["install", "--force"]).exits(2);
    assert!(
        ran.stderr
            .starts_with("error: [ROOT]/work/.git/hooks/pre-push is a folder, not a hook\nhint: "),
        "{ran}"
    );
}

#[test]
fn no_repository() {
    let repo = Repo::new();
    for command in ["install", "uninstall", "status"] {
        let ran = repo.covgate_in("home", &[command]).exits(4);
        assert!(ran.stderr.starts_with("error: [ROOT]/home is not in a git repository"), "{ran}");
        let ran = repo.covgate_in("work/.git", &[command]).exits(2);
        assert!(
            ran.stderr.starts_with("error: [ROOT]/work/.git is inside a git directory\nhint: "),
            "{ran}"
        );
    }
}
