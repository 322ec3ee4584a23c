//! Repositories whose hooks another manager keeps, laid out as each lays them out.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::repo::{HOOK, OTHER_HOOK, Repo};

const LEFTHOOK: &str = "\
pre-push:
  jobs:
    - name: covgate
      run: \"covgate hook run pre-push '{1}' '{2}' # {files}\"
      # a job without files is skipped, as in a push that only deletes
      files: echo lefthook.yml
      use_stdin: true
";

const PRE_COMMIT: &str = "\
- repo: local
  hooks:
    - id: covgate
      name: covgate
      entry: covgate hook run pre-push
      language: system
      stages: [pre-push]
      always_run: true
      pass_filenames: false
";

const PRE_COMMIT_NOTE: &str = "note: it hands on only the first ref of a push; covgate's own hook sees all: covgate hook install --force\n";

/// husky 9: git is sent to a generated folder, whose scripts run those beside it.
fn husky() -> Repo {
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", ".husky/_"]).exits(0);
    repo.script("work/.husky/_/h", "#!/bin/sh\n");
    let wrapper = "#!/bin/sh\nscript=$(dirname \"$(dirname \"$0\")\")/pre-push\n[ -f \"$script\" ] || exit 0\nexec sh -e \"$script\" \"$@\"\n";
    repo.script("work/.husky/_/pre-push", wrapper);
    repo
}

fn with(file: &str, text: &str) -> Repo {
    let repo = Repo::new();
    repo.write(&format!("work/{file}"), text);
    repo
}

/// What is printed, and that nothing was changed.
fn explained(repo: &Repo) -> String {
    let before = repo.snapshot("work");
    let ran = repo.covgate(&["install"]).exits(0);
    assert_eq!(repo.snapshot("work"), before);
    assert_eq!(ran.stderr, "");
    ran.stdout
}

/// What is printed by a refusal to write, and that nothing was changed.
fn refused(repo: &Repo, why: &str) -> String {
    let before = repo.snapshot("work");
    let ran = repo.covgate(&["install", "--write"]).exits(2);
    assert_eq!(repo.snapshot("work"), before);
    assert!(ran.stderr.contains(why), "{ran}");
    ran.stdout
}

#[test]
fn huskys_snippet_is_shown() {
    assert_eq!(
        explained(&husky()),
        "nothing was changed: husky keeps the hooks here; add this to .husky/pre-push:\n\n\
         covgate hook run pre-push \"$@\"\n\n\
         or let covgate add it: covgate hook install --write\n"
    );
}

#[test]
fn huskys_script_is_written_and_run_and_removed() {
    let repo = husky();
    let before = repo.snapshot("work");
    let ran = repo.covgate(&["install", "--write"]).exits(0);
    assert_eq!(ran.stdout, "added covgate to .husky/pre-push\n");
    assert_eq!(
        repo.read("work/.husky/pre-push"),
        "#!/usr/bin/env sh\ncovgate hook run pre-push \"$@\"\n"
    );
    let ran = repo.covgate(&["install", "--write"]).exits(0);
    assert_eq!(ran.stdout, "already installed: husky runs covgate (.husky/pre-push)\n");

    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    assert!(repo.log().starts_with("covgate <hook> <run> <pre-push> <origin>"), "{}", repo.log());
    assert!(repo.log().contains("refs/heads/main"), "{}", repo.log());

    let ran = repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(ran.stdout, "removed .husky/pre-push, which ran nothing else\n");
    repo.covgate(&["uninstall"]).exits(0);
    let mut after = repo.snapshot("work");
    after.retain(|path, _| before.contains_key(path));
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
}

#[test]
fn huskys_script_keeps_what_it_has() {
    let repo = husky();
    repo.write("work/.husky/pre-push", "npm test");
    repo.covgate(&["install", "--write"]).exits(0);
    let script = "npm test\ncovgate hook run pre-push \"$@\"\n";
    assert_eq!(repo.read("work/.husky/pre-push"), script);
    let mode = fs::metadata(repo.path("work/.husky/pre-push")).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0, "the mode changed");
    let ran = repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(ran.stdout, "took covgate out of .husky/pre-push\n");
    assert_eq!(repo.read("work/.husky/pre-push"), "npm test\n");
}

#[test]
fn huskys_script_is_not_edited_where_the_refs_may_be_gone() {
    let repo = husky();
    repo.write("work/.husky/pre-push", "git lfs pre-push \"$@\"\n");
    let said = refused(&repo, ".husky/pre-push was left alone: the script may read the refs");
    assert_eq!(said, "add this to .husky/pre-push:\n\ncovgate hook run pre-push \"$@\"\n\n");
    repo.write("work/.husky/pre-push", "npm test || exit 0\n");
    refused(&repo, "the script may end before its last line");
    assert!(explained(&repo).contains("covgate does not add it by itself: the script may end"));
}

#[test]
fn huskys_generated_folder_is_never_written_to() {
    let repo = husky();
    let before = repo.snapshot("work");
    let ran = repo.covgate(&["install", "--force"]).exits(2);
    assert!(ran.stderr.contains("[ROOT]/work/.husky/_ is written anew by husky"), "{ran}");
    assert_eq!(repo.snapshot("work"), before);
}

#[test]
fn husky_that_is_not_set_up_yet() {
    let repo = with(".husky/pre-commit", "npm test\n");
    assert!(explained(&repo).ends_with("git does not run husky's pre-push hook yet: npx husky\n"));
}

#[test]
fn lefthooks_snippet_is_shown() {
    let repo = with("lefthook.yml", "pre-commit:\n  jobs:\n    - run: make lint\n");
    assert_eq!(
        explained(&repo),
        format!(
            "nothing was changed: lefthook keeps the hooks here; add this to lefthook.yml:\n\n{LEFTHOOK}\n\
             or let covgate add it: covgate hook install --write\n\
             git does not run lefthook's pre-push hook yet: lefthook install\n"
        )
    );
}

#[test]
fn lefthooks_file_is_written_and_restored() {
    let text = "# pre-push:\n#   jobs: []\npre-commit:\n  jobs:\n    - run: make lint\n";
    let repo = with("lefthook.yml", text);
    repo.script("work/.git/hooks/pre-push", "#!/bin/sh\ncall_lefthook run \"pre-push\" \"$@\"\n");
    let hooks = repo.snapshot("work/.git/hooks");
    let ran = repo.covgate(&["install", "--write"]).exits(0);
    assert_eq!(ran.stdout, "added covgate to lefthook.yml\n");
    assert_eq!(repo.read("work/lefthook.yml"), format!("{text}\n{LEFTHOOK}"));
    let ran = repo.covgate(&["install", "--write"]).exits(0);
    assert_eq!(ran.stdout, "already installed: lefthook runs covgate (lefthook.yml)\n");
    assert!(explained(&repo).starts_with("already installed: lefthook runs covgate"));
    assert_eq!(repo.snapshot("work/.git/hooks"), hooks, "lefthook's own hook was changed");
    let ran = repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(ran.stdout, "took covgate out of lefthook.yml\n");
    assert_eq!(repo.read("work/lefthook.yml"), text);
}

#[test]
fn lefthooks_other_files() {
    let toml = with(".lefthook.toml", "[pre-commit]\nparallel = true\n");
    toml.covgate(&["install", "--write"]).exits(0);
    let written = toml.read("work/.lefthook.toml");
    assert!(written.contains("\n\n[[pre-push.jobs]]\nname = \"covgate\"\n"), "{written}");
    assert!(written.contains("files = \"echo .lefthook.toml\"\n"), "{written}");

    let json = with(".config/lefthook.json", "{}\n");
    assert!(explained(&json).contains("add this to .config/lefthook.json:\n\n\"pre-push\": {\n"));
    refused(&json, "covgate does not edit JSON");

    let with_section = with("lefthook.yaml", "pre-push:\n  commands:\n    a:\n      run: b\n");
    let said = refused(&with_section, "lefthook.yaml was left alone: it names pre-push already");
    assert!(said.contains("    - name: covgate\n"), "{said}");
}

#[test]
fn pre_commits_snippet_is_shown() {
    let repo =
        with(".pre-commit-config.yaml", "repos:\n- repo: meta\n  hooks:\n  - id: identity\n");
    assert_eq!(
        explained(&repo),
        format!(
            "nothing was changed: pre-commit keeps the hooks here; add this to .pre-commit-config.yaml:\n\n{PRE_COMMIT}\n\
             or let covgate add it: covgate hook install --write\n{PRE_COMMIT_NOTE}\
             git does not run pre-commit's pre-push hook yet: pre-commit install --hook-type pre-push\n"
        )
    );
}

#[test]
fn pre_commits_file_is_written_and_restored() {
    let text = "repos:\n  - repo: meta\n    hooks:\n      - id: identity\n";
    let repo = with(".pre-commit-config.yaml", text);
    repo.script(
        "work/.git/hooks/pre-push",
        "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n",
    );
    let ran = repo.covgate(&["install", "--write"]).exits(0);
    assert_eq!(ran.stdout, format!("added covgate to .pre-commit-config.yaml\n{PRE_COMMIT_NOTE}"));
    let indented: String = PRE_COMMIT.lines().map(|line| format!("  {line}\n")).collect();
    assert_eq!(repo.read("work/.pre-commit-config.yaml"), format!("{text}{indented}"));
    let ran = repo.covgate(&["install", "--write"]).exits(0);
    assert!(ran.stdout.starts_with("already installed: pre-commit runs covgate"), "{ran}");
    repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(repo.read("work/.pre-commit-config.yaml"), text);

    repo.write("work/.pre-commit-config.yaml", "repos: []\n");
    refused(&repo, "its repos are not the plain list at the end of the file");
}

#[test]
fn prek_is_told_from_pre_commit() {
    let own =
        with("prek.toml", "[[repos]]\nrepo = \"builtin\"\nhooks = [{ id = \"check-toml\" }]\n");
    assert!(
        explained(&own)
            .contains("prek keeps the hooks here; add this to prek.toml:\n\n[[repos]]\n")
    );
    own.covgate(&["install", "--write"]).exits(0);
    assert!(
        own.read("work/prek.toml")
            .ends_with("stages = [\"pre-push\"]\nalways_run = true\npass_filenames = false\n")
    );

    let shared = with(".pre-commit-config.yaml", "repos:\n- repo: meta\n  hooks: []\n");
    shared.script(
        "work/.git/hooks/pre-push",
        "#!/bin/sh\n# File generated by prek: https://github.com/j178/prek\n",
    );
    let said = explained(&shared);
    assert!(
        said.starts_with(
            "nothing was changed: prek keeps the hooks here; add this to .pre-commit-config.yaml:"
        ),
        "{said}"
    );
}

#[test]
fn a_managers_file_that_is_a_link_is_written_where_it_leads() {
    let repo = with("dev/lefthook.yml", "skip_lfs: true\n");
    symlink("dev/lefthook.yml", repo.path("work/lefthook.yml")).unwrap();
    repo.covgate(&["install", "--write"]).exits(0);
    assert!(repo.path("work/lefthook.yml").is_symlink());
    assert!(repo.read("work/dev/lefthook.yml").ends_with(LEFTHOOK));
}

#[test]
fn force_puts_covgates_hook_in_front_of_a_managers() {
    let repo = with("lefthook.yml", "");
    let generated = format!("{OTHER_HOOK}# call_lefthook\n");
    repo.script("work/.git/hooks/pre-push", &generated);
    repo.covgate(&["install", "--force"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), HOOK);
    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    assert!(repo.log().starts_with("other <origin>"), "{}", repo.log());
    assert!(repo.log().contains("covgate <hook>"), "{}", repo.log());
    let ran = repo.covgate(&["install"]).exits(0);
    assert!(ran.stdout.starts_with("already installed: "), "{ran}");
    repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(repo.read("work/.git/hooks/pre-push"), generated);
}

#[test]
fn lines_that_covgate_did_not_write_stay() {
    let text = "pre-push:\n  jobs:\n    - run: covgate hook run pre-push origin\n";
    let repo = with("lefthook.yml", text);
    let ran = repo.covgate(&["uninstall"]).exits(0);
    assert!(
        ran.stdout.contains("lefthook.yml still runs covgate, in lines that covgate did not write"),
        "{ran}"
    );
    assert_eq!(repo.read("work/lefthook.yml"), text);
}
