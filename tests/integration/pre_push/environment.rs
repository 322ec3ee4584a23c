//! Children and git's local environment variables: a test that uses git does no harm.

#![expect(clippy::panic, reason = "support of tests")]

use std::fs;

use super::repository::{Repository, executable};

/// Makes a repository in a folder of its own, as tests of git tools do, then writes to `report`
/// which variables it saw.
const TEST: &str = r#"package c

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestGit(t *testing.T) {
	folder := t.TempDir()
	for _, line := range []string{
		"init --quiet",
		"config covgate.leak yes",
		"config user.name Leak",
		"commit --quiet --allow-empty --message=leak",
		"branch leak",
		"checkout --quiet --detach",
	} {
		command := exec.Command("git", strings.Fields(line)...)
		command.Dir = folder
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, output)
		}
	}
	var seen []string
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "GIT_") || strings.HasPrefix(variable, "SSH_") {
			seen = append(seen, variable)
		}
	}
	if err := os.WriteFile("REPORT", []byte(strings.Join(seen, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
}
"#;

/// Everything in the repository that a stray git command could change.
fn state(repository: &Repository, linked: &Repository) -> [String; 7] {
    [
        repository.git(&["config", "--list", "--local"]),
        repository.git(&["for-each-ref", "refs/heads", "refs/tags"]),
        repository.git(&["rev-parse", "--symbolic-full-name", "HEAD"]),
        linked.git(&["rev-parse", "--symbolic-full-name", "HEAD"]),
        repository.git(&["status", "--porcelain"]),
        linked.git(&["status", "--porcelain"]),
        linked.git(&["reflog", "HEAD"]),
    ]
}

/// Pushes from a linked worktree, where git gives the hook an absolute `GIT_DIR`.
fn push(dirty: bool) {
    let repository = Repository::module();
    repository.commit();
    repository.git(&["worktree", "add", "--quiet", "-b", "side", "../linked"]);
    let linked = repository.beside("linked");
    let report = repository.root().join("report");
    linked.write("c/git_test.go", &TEST.replace("REPORT", report.as_str()));
    linked.commit();
    if dirty {
        linked.write("c/dirt.go", "package c\n");
    }
    let before = state(&repository, &linked);
    let index = linked.git(&["rev-parse", "--path-format=absolute", "--git-path", "index"]);
    let loud = linked
        .clone()
        .env("GIT_INDEX_FILE", &index)
        .env("GIT_PREFIX", "c/")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "covgate.kept")
        .env("GIT_CONFIG_VALUE_0", "yes")
        .env("SSH_ASKPASS", "kept");
    let ran = loud.shell("git -c covgate.parameter=yes push origin side").succeeds();
    assert!(ran.rows().contains(&"PASS c".to_owned()), "{ran}");
    let seen =
        fs::read_to_string(&report).unwrap_or_else(|_| panic!("the test did not run:\n{ran}"));
    let names: Vec<&str> = seen.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    for local in repository.git(&["rev-parse", "--local-env-vars"]).lines() {
        assert!(local == "GIT_CONFIG_COUNT" || !names.contains(&local), "{local} in:\n{seen}");
    }
    for kept in ["GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0", "SSH_ASKPASS"] {
        assert!(names.contains(&kept), "no {kept} in:\n{seen}");
    }
    assert_eq!(state(&repository, &linked), before);
}

#[test]
fn a_test_that_uses_git_harms_nothing() {
    push(false);
}

#[test]
fn nor_does_it_from_covgates_own_work_tree() {
    push(true);
}

/// A hook of the repository's own must not run when covgate makes its work tree.
#[test]
fn no_other_hook_runs() {
    let repository = Repository::module();
    repository.commit();
    let hook = repository.folder().join(".git/hooks/post-checkout");
    executable(&hook, "#!/bin/sh\ntouch \"$RAN\"\n");
    let ran = repository.root().join("ran");
    let repository = repository.env("RAN", ran.as_str());
    repository.push(&["origin", "main"]).succeeds();
    assert!(!ran.exists());
    repository.git(&["checkout", "--quiet", "--detach"]);
    assert!(ran.exists(), "the hook would have run");
}
