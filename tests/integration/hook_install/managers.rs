//! Repositories whose hooks belong to another manager, with the files as each manager writes them.

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

/// husky 9: git looks in a generated folder, whose scripts run those beside it.
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

/// What is printed, and that nothing was changed: good only where git runs covgate all the same.
fn explained(repo: &Repo) -> String {
    let before = repo.snapshot("work");
    let ran = repo.covgate(&["install"]);
    let ran = match ran.stdout.starts_with("already installed: ") {
        true => ran.exits(0),
        false => ran.exits(1),
    };
    assert_eq!(repo.snapshot("work"), before);
    assert_eq!(ran.stderr, "");
    ran.stdout
}

#[test]
fn huskys_snippet_is_shown() {
    assert_eq!(
        explained(&husky()),
        "nothing was changed: husky keeps the hooks here; add this to .husky/pre-push:\n\n\
         covgate hook run pre-push \"$@\"\n\n"
    );
}

/// The snippet, written by hand, runs, and covgate recognises it.
#[test]
fn huskys_script_with_the_snippet_runs() {
    let repo = husky();
    let script = "# npm test\ncovgate hook run pre-push \"$@\"\n";
    repo.write("work/.husky/pre-push", script);
    assert_eq!(explained(&repo), "already installed: husky runs covgate (.husky/pre-push)\n");

    repo.git(&["push", "--quiet", "origin", "main"]).exits(0);
    assert!(repo.log().starts_with("covgate <hook> <run> <pre-push> <origin>"), "{}", repo.log());
    assert!(repo.log().contains("refs/heads/main"), "{}", repo.log());

    let ran = repo.covgate(&["uninstall"]).exits(0);
    let still = ".husky/pre-push still runs covgate: take its lines out by hand\n";
    assert_eq!(ran.stdout, still);
    assert_eq!(repo.read("work/.husky/pre-push"), script);
}

#[test]
fn huskys_generated_folder_is_never_written_to() {
    let repo = husky();
    let before = repo.snapshot("work");
    let ran = repo.covgate(&["install", "--force"]).exits(2);
    assert!(ran.stderr.contains("[ROOT]/work/.husky/_ is written anew by husky"), "{ran}");
    let hint = "hint: add this to .husky/pre-push: covgate hook run pre-push \"$@\"\n";
    assert!(ran.stderr.contains(hint), "{ran}");
    assert_eq!(repo.snapshot("work"), before);
}

#[test]
fn husky_that_is_not_set_up_yet() {
    let repo = with(".husky/pre-commit", "npm test\n");
    let next = "git does not run husky's pre-push hook yet: npx husky\n";
    assert!(explained(&repo).starts_with("nothing was changed: husky keeps the hooks here; add "));
    assert!(explained(&repo).ends_with(next));
    repo.write("work/.husky/pre-push", "covgate hook run pre-push \"$@\"\n");
    let said = format!("nothing was changed: .husky/pre-push runs covgate\n{next}");
    assert_eq!(explained(&repo), said);
}

#[test]
fn lefthooks_snippet_is_shown() {
    let repo = with("lefthook.yml", "pre-commit:\n  jobs:\n    - run: make lint\n");
    assert_eq!(
        explained(&repo),
        format!(
            "nothing was changed: lefthook keeps the hooks here; add this to lefthook.yml:\n\n{LEFTHOOK}\n\
             git does not run lefthook's pre-push hook yet: lefthook install\n"
        )
    );
}

#[test]
fn lefthook_that_runs_covgate_already() {
    let repo = with("lefthook.yml", LEFTHOOK);
    repo.script("work/.git/hooks/pre-push", "#!/bin/sh\ncall_lefthook run \"pre-push\" \"$@\"\n");
    let hooks = repo.snapshot("work/.git/hooks");
    assert_eq!(explained(&repo), "already installed: lefthook runs covgate (lefthook.yml)\n");
    let ran = repo.covgate(&["uninstall"]).exits(0);
    assert_eq!(ran.stdout, "lefthook.yml still runs covgate: take its lines out by hand\n");
    assert_eq!(repo.read("work/lefthook.yml"), LEFTHOOK);
    assert_eq!(repo.snapshot("work/.git/hooks"), hooks, "lefthook's own hook was changed");
}

#[test]
fn lefthooks_other_files() {
    let toml = with(".lefthook.toml", "[pre-commit]\nparallel = true\n");
    let said = explained(&toml);
    assert!(
        said.contains("add this to .lefthook.toml:\n\n[[pre-push.jobs]]\nname = \"covgate\"\n")
    );
    assert!(said.contains("files = \"echo .lefthook.toml\"\n"), "{said}");

    let json = with(".config/lefthook.json", "{}\n");
    assert!(explained(&json).contains("add this to .config/lefthook.json:\n\n\"pre-push\": {\n"));
}

#[test]
fn pre_commits_snippet_is_shown() {
    let repo =
        with(".pre-commit-config.yaml", "repos:\n- repo: meta\n  hooks:\n  - id: identity\n");
    assert_eq!(
        explained(&repo),
        format!(
            "nothing was changed: pre-commit keeps the hooks here; add this to .pre-commit-config.yaml:\n\n{PRE_COMMIT}\n\
             {PRE_COMMIT_NOTE}\
             git does not run pre-commit's pre-push hook yet: pre-commit install --hook-type pre-push\n"
        )
    );
}

#[test]
fn prek_is_told_from_pre_commit() {
    let own =
        with("prek.toml", "[[repos]]\nrepo = \"builtin\"\nhooks = [{ id = \"check-toml\" }]\n");
    assert!(
        explained(&own)
            .contains("prek keeps the hooks here; add this to prek.toml:\n\n[[repos]]\n")
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
