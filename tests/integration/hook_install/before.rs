//! Hooks that were there before covgate's.

use std::fs;
use std::os::unix::fs::symlink;

use super::repo::{HOOK, OTHER_HOOK, Repo};

fn with_other_hook() -> Repo {
    let repo = Repo::new();
    repo.script("work/.git/hooks/pre-push", OTHER_HOOK);
    repo
}

#[test]
fn it_runs_first_with_the_same_arguments_and_the_same_stdin() {
    let repo = with_other_hook();
    let ran = repo.covgate(&["install"]).exits(0);
    assert_eq!(
        ran.stdout,
        "installed [ROOT]/work/.git/hooks/pre-push\n\
         the hook that was there is now [ROOT]/work/.git/hooks.before-covgate/pre-push and runs first, with the same refs\n"
    );
    repo.git(&["branch", "other"]).exits(0);
    repo.git(&["push", "--quiet", "origin", "main", "other"]).exits(0);
    let (tip, zero) = (repo.oid("HEAD"), "0".repeat(40));
    let refs = format!(
        "refs/heads/main {tip} refs/heads/main {zero}\nrefs/heads/other {tip} refs/heads/other {zero}\n"
    );
    let other = format!("other <origin> <../remote.git>\n{refs}");
    let covgate = format!("covgate <hook> <run> <pre-push> <origin> <../remote.git>\n{refs}");
    assert_eq!(repo.log(), format!("{other}{covgate}"));
}

#[test]
fn its_failure_stops_the_push_with_its_code() {
    let repo = with_other_hook().env("OTHER_EXIT", "42");
    repo.covgate(&["install"]).exits(0);
    assert_ne!(repo.git(&["push", "origin", "main"]).code, 0);
    assert_eq!(repo.remote_has("main"), "");
    assert!(repo.log().starts_with("other <origin>"), "{}", repo.log());
    assert!(!repo.log().contains("covgate <hook>"), "{}", repo.log());
    assert_eq!(repo.run_hook(b"a b c d\n").code, 42);
}

#[test]
fn both_must_pass() {
    let repo = with_other_hook().env("FAKE_EXIT", "1");
    repo.covgate(&["install"]).exits(0);
    assert_ne!(repo.git(&["push", "origin", "main"]).code, 0);
    assert_eq!(repo.remote_has("main"), "");
    assert!(repo.log().contains("other <origin>"), "{}", repo.log());
}

#[test]
fn one_that_does_not_read_takes_nothing_from_covgate() {
    let repo = Repo::new();
    repo.script("work/.git/hooks/pre-push", "#!/bin/sh\nexit 0\n");
    repo.covgate(&["install"]).exits(0);
    let refs = "refs/heads/a b refs/heads/c d\n".repeat(20_000);
    repo.run_hook(refs.as_bytes()).exits(0);
    let called = "covgate <hook> <run> <pre-push> <origin> <../remote.git>\n";
    assert!(repo.log() == format!("{called}{refs}"), "{} bytes", repo.log().len());
}

/// A dispatcher runs what it finds by its own name, from wherever it thinks that it is.
#[test]
fn a_dispatcher_finds_its_parts() {
    let parts = [
        r#""$0".d"#,
        r#""$(dirname "$0")/$(basename "$0").d""#,
        r#""$(dirname "$(readlink -f "$0")")/$(basename "$0").d""#,
        r#""$(cd -P "$(dirname "$0")" && pwd)/$(basename "$0").d""#,
        r#""$(dirname "$0")/../hooks/$(basename "$0").d""#,
    ];
    for (folder, linked) in parts.iter().zip([true, false].into_iter().cycle()) {
        for linked in [linked, !linked] {
            let repo = Repo::new();
            let dispatch = format!(
                "#!/bin/sh\nrefs=$(cat)\nfor part in {folder}/*; do\n    \
                 printf '%s\\n' \"$refs\" | \"$part\" \"$@\" || exit\ndone\n"
            );
            if linked {
                repo.script("work/.git/hooks/dispatch.sh", &dispatch);
                symlink("dispatch.sh", repo.hook()).unwrap();
            } else {
                repo.script("work/.git/hooks/pre-push", &dispatch);
            }
            repo.script("work/.git/hooks/pre-push.d/10-secrets", OTHER_HOOK);
            let before = repo.snapshot("work/.git");
            repo.covgate(&["install"]).exits(0);
            // One that comes later is found, too.
            repo.script("work/.git/hooks/pre-push.d/20-more", OTHER_HOOK);
            let ran = repo.run_hook(b"a b c d\ne f g h\n").exits(0);
            let said = "<origin> <../remote.git>\na b c d\ne f g h\n";
            let covgate =
                "covgate <hook> <run> <pre-push> <origin> <../remote.git>\na b c d\ne f g h\n";
            assert_eq!(
                repo.log(),
                format!("other {said}other {said}{covgate}"),
                "{folder} {linked}"
            );
            assert_eq!(ran.stderr, "");
            let refused = repo.env("OTHER_EXIT", "7");
            assert_eq!(refused.run_hook(b"a b c d\n").code, 7, "{folder} {linked}");
            refused.covgate(&["uninstall"]).exits(0);
            fs::remove_file(refused.path("work/.git/hooks/pre-push.d/20-more")).unwrap();
            assert_eq!(refused.snapshot("work/.git"), before);
        }
    }
}

/// The first version of covgate's hook kept the old one beside itself, under another name.
#[test]
fn what_an_older_covgate_kept_is_kept_on() {
    let repo = Repo::new();
    let renamed = "work/.git/hooks/pre-push.before-covgate";
    let hook = HOOK.replace("version 2,", "version 1,");
    let install = || {
        repo.script("work/.git/hooks/pre-push", &hook);
        repo.script(renamed, OTHER_HOOK);
    };
    install();
    repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), OTHER_HOOK);
    assert!(!repo.path(renamed).exists());
    install();
    let ran = repo.covgate(&["install"]).exits(0);
    assert!(ran.stdout.ends_with("from version 1 to 2\n"), "{ran}");
    assert!(!repo.path(renamed).exists());
    repo.run_hook(b"a b c d\n").exits(0);
    assert!(repo.log().starts_with("other <origin>"), "{}", repo.log());
    repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), OTHER_HOOK);
}

#[test]
fn uninstalling_puts_it_back() {
    let repo = with_other_hook();
    let before = repo.snapshot("work/.git/hooks");
    repo.covgate(&["install"]).exits(0);
    let ran = repo.covgate(&["uninstall"]).exits(0);
    let said = "removed covgate's hook and put the old one back: [ROOT]/work/.git/hooks/pre-push\n";
    assert_eq!(ran.stdout, said);
    assert_eq!(repo.snapshot("work/.git/hooks"), before);
    assert!(!repo.path("work/.git/hooks.before-covgate").exists());
    let ran = repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(ran.stdout, "not installed: [ROOT]/work/.git/hooks/pre-push is not covgate's\n");
    assert_eq!(repo.snapshot("work/.git/hooks"), before);
}

#[test]
fn a_second_one_is_never_moved_over_the_first() {
    let repo = with_other_hook();
    repo.covgate(&["install"]).exits(0);
    repo.script("work/.git/hooks/pre-push", "#!/bin/sh\n# yet another\n");
    let before = repo.snapshot("work/.git/hooks");
    for args in [&["install"][..], &["install", "--force"]] {
        let ran = repo.covgate(args).exits(2);
        assert!(
            ran.stderr.contains("there is already [ROOT]/work/.git/hooks.before-covgate/pre-push"),
            "{ran}"
        );
        assert_eq!(repo.snapshot("work/.git/hooks"), before);
    }
    let ran = repo.covgate(&["uninstall"]).exits(0);
    assert!(
        ran.stdout.contains(
            "is not covgate's; [ROOT]/work/.git/hooks.before-covgate/pre-push is left alone"
        ),
        "{ran}"
    );
    assert_eq!(repo.snapshot("work/.git/hooks"), before);
}

#[test]
fn installing_many_times_at_once_loses_nothing() {
    let repo = with_other_hook();
    let codes: Vec<i32> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| repo.covgate(&["install"]).code)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(codes.contains(&0), "{codes:?}");
    assert!(codes.iter().all(|code| [0, 2].contains(code)), "{codes:?}");
    assert_eq!(repo.read("work/.git/hooks/pre-push"), HOOK);
    assert_eq!(repo.read("work/.git/hooks.before-covgate/pre-push"), OTHER_HOOK);
}

#[test]
fn an_installation_that_was_cut_short_is_finished() {
    let repo = with_other_hook();
    fs::create_dir(repo.aside().parent().unwrap()).unwrap();
    fs::hard_link(repo.hook(), repo.aside()).unwrap();
    repo.covgate(&["install"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), HOOK);
    assert_eq!(repo.read("work/.git/hooks.before-covgate/pre-push"), OTHER_HOOK);
}

#[test]
fn a_symbolic_link_stays_one() {
    let repo = Repo::new();
    repo.script("work/tools/other", OTHER_HOOK);
    symlink("../../tools/other", repo.hook()).unwrap();
    let before = repo.snapshot("work");
    repo.covgate(&["install"]).exits(0);
    assert_eq!(fs::read_link(repo.aside()).unwrap().to_str(), Some("../hooks/../../tools/other"));
    assert_eq!(fs::read_to_string(repo.hook()).unwrap(), HOOK);
    assert_eq!(repo.read("work/tools/other"), OTHER_HOOK, "written through the link");
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    assert!(repo.log().starts_with("other <origin>"), "{}", repo.log());
    repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(fs::read_link(repo.hook()).unwrap().to_str(), Some("../../tools/other"));
    assert_eq!(repo.snapshot("work/tools"), before_in(&before, &repo, "work/tools"));
}

#[test]
fn a_link_to_nowhere_is_kept_too() {
    let repo = Repo::new();
    symlink("gone", repo.hook()).unwrap();
    repo.covgate(&["install"]).exits(0);
    assert_eq!(fs::read_link(repo.aside()).unwrap().to_str(), Some("../hooks/gone"));
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(fs::read_link(repo.hook()).unwrap().to_str(), Some("gone"));
}

#[test]
fn a_link_to_covgates_hook_is_not_covgates_to_remove() {
    let repo = Repo::new();
    repo.script("work/tools/hook", HOOK);
    symlink("../../tools/hook", repo.hook()).unwrap();
    repo.covgate(&["uninstall"]).exits(2);
    repo.covgate(&["install"]).exits(2);
    assert!(repo.hook().is_symlink());
    repo.covgate(&["install", "--force"]).exits(0);
    assert!(!repo.hook().is_symlink());
    assert_eq!(repo.read("work/tools/hook"), HOOK);
}

#[test]
fn one_that_git_did_not_run_is_kept_and_not_run() {
    let repo = Repo::new();
    repo.write("work/.git/hooks/pre-push", OTHER_HOOK);
    let ran = repo.covgate(&["install"]).exits(0);
    assert!(ran.stdout.contains("is not executable: git did not run it"), "{ran}");
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    assert!(repo.log().starts_with("covgate <hook>"), "{}", repo.log());
    repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), OTHER_HOOK);
}

#[test]
fn it_comes_back_when_covgates_hook_was_removed_by_hand() {
    let repo = with_other_hook();
    repo.covgate(&["install"]).exits(0);
    fs::remove_file(repo.hook()).unwrap();
    let ran = repo.covgate(&["install"]).exits(0);
    assert!(
        ran.stdout.ends_with("; it runs [ROOT]/work/.git/hooks.before-covgate/pre-push first\n"),
        "{ran}"
    );
    fs::remove_file(repo.hook()).unwrap();
    repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), OTHER_HOOK);
    assert!(!repo.aside().exists());
}

#[test]
fn one_that_runs_covgate_is_left_as_it_is() {
    let repo = Repo::new();
    let own = "#!/bin/sh\nset -e\ncovgate hook run pre-push \"$@\"\n";
    repo.script("work/.git/hooks/pre-push", own);
    let ran = repo.covgate(&["install"]).exits(0);
    assert_eq!(
        ran.stdout,
        "nothing to do: [ROOT]/work/.git/hooks/pre-push is not covgate's but runs covgate\n"
    );
    assert_eq!(repo.read("work/.git/hooks/pre-push"), own);
}

#[test]
fn covgates_hook_still_runs_it_where_pre_commit_has_renamed_both() {
    let repo = with_other_hook();
    repo.covgate(&["install"]).exits(0);
    let legacy = repo.path("work/.git/hooks/pre-push.legacy");
    fs::rename(repo.hook(), &legacy).unwrap();
    let generated = "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\nexec \"$0.legacy\" \"$@\"\n";
    repo.script("work/.git/hooks/pre-push", generated);
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    let who: Vec<&str> = repo
        .log()
        .lines()
        .filter_map(|line| line.split_once(" <"))
        .map(|(who, _)| who)
        .map(|who| if who == "other" { "other" } else { "covgate" })
        .collect();
    assert_eq!(who, ["other", "covgate"]);

    let ran = repo.covgate(&["install"]).exits(0);
    assert_eq!(ran.stdout, "already installed: [ROOT]/work/.git/hooks/pre-push.legacy\n");
    repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push.legacy"), OTHER_HOOK);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), generated);
}

type Files = std::collections::BTreeMap<camino::Utf8PathBuf, (u32, Vec<u8>)>;

fn before_in(files: &Files, repo: &Repo, folder: &str) -> Files {
    let folder = repo.path(folder);
    let inside = files.iter().filter(|(path, _)| path.starts_with(&folder));
    inside.map(|(path, file)| (path.clone(), file.clone())).collect()
}
