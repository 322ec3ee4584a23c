//! What is pushed: which refs have something to gate, and that each commit is gated once.

use super::repository::Repository;

const NOTHING: &str = "nothing to gate: the push brings no new commit";

/// A module on the remote, pushed without the hook.
fn pushed() -> Repository {
    let repository = Repository::module();
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    repository
}

#[test]
fn a_first_push_is_gated_whole() {
    let repository = Repository::module();
    let commit = repository.commit();
    let push = repository.push(&["origin", "main"]).succeeds();
    assert_eq!(push.rows(), ["PASS a", "PASS b", "PASS c"], "{push}");
    assert!(push.stdout.is_empty(), "{push}");
    assert_eq!(repository.remote_refs(), format!("refs/heads/main {commit}"));
}

#[test]
fn a_first_push_that_fails_brings_nothing() {
    let repository = Repository::module();
    repository.package("c", 2);
    repository.commit();
    let push = repository.push(&["origin", "main"]).exits(1);
    assert_eq!(push.rows(), ["PASS a", "PASS b", "FAIL c"], "{push}");
    assert_eq!(repository.remote_refs(), "");
}

/// Compared with the commit where it left the remote's branch, although that branch went on.
#[test]
fn a_new_branch_is_counted_from_where_it_left() {
    let repository = pushed();
    repository.git(&["checkout", "--quiet", "-b", "topic"]);
    repository.write("c/more.go", "package c\n");
    let topic = repository.commit();
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("a/more.go", "package a\n");
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    repository.git(&["checkout", "--quiet", "topic"]);
    let push = repository.push(&["origin", "topic"]).succeeds();
    assert_eq!(push.rows(), ["PASS c"], "{push}");
    assert!(repository.remote_refs().contains(&format!("refs/heads/topic {topic}")));
    // By another name it is what passed before.
    let again = repository.push(&["origin", "topic:refs/heads/again"]).succeeds();
    again.says("has passed before");
}

/// What the remote has is thrown away; what it had before is a base, too.
#[test]
fn a_forced_push_is_counted_from_the_nearest_tip() {
    let repository = pushed();
    repository.package("c", 2);
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    repository.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repository.write("a/more.go", "package a\n");
    let forced = repository.commit();
    let push = repository.push(&["--force", "origin", "main"]).succeeds();
    assert_eq!(push.rows(), ["PASS a", "PASS b"], "{push}");
    assert_eq!(repository.remote_refs(), format!("refs/heads/main {forced}"));
}

/// Somebody else pushed and this clone has not fetched it, so the remote's commit is unknown here.
#[test]
fn a_remote_commit_that_is_not_here_is_no_base() {
    let repository = pushed();
    let other = repository.beside("other");
    repository.git(&["clone", "--quiet", repository.remote().as_str(), other.folder().as_str()]);
    other.write("a/theirs.go", "package a\n");
    other.commit();
    other.git(&["push", "--quiet", "origin", "main"]);
    repository.write("c/more.go", "package c\n");
    repository.commit();
    // Compared with the tracking branch, which is older than the remote's commit.
    let push = repository.push(&["--force", "origin", "main"]).succeeds();
    assert_eq!(push.rows(), ["PASS c"], "{push}");
}

#[test]
fn a_remote_that_is_only_a_path_has_no_base() {
    let repository = pushed();
    repository.write("c/more.go", "package c\n");
    repository.commit();
    let remote = repository.remote();
    let push = repository.push(&[remote.as_str(), "main:refs/heads/new"]).succeeds();
    assert_eq!(push.rows().len(), 3, "{push}");
}

#[test]
fn each_distinct_commit_is_gated_once() {
    let repository = pushed();
    repository.write("a/more.go", "package a\n");
    repository.commit();
    repository.git(&["branch", "same"]);
    repository.git(&["tag", "light"]);
    repository.git(&["tag", "--annotate", "--message=x", "heavy"]);
    repository.git(&["checkout", "--quiet", "-b", "two", "HEAD~1"]);
    repository.write("c/more.go", "package c\n");
    repository.commit();
    let push = repository.push(&["origin", "main", "same", "light", "heavy", "two"]).succeeds();
    assert_eq!(push.reports(), 2, "{push}");
    // The memory is not even asked again.
    let push = push.lacks("has passed before");
    assert_eq!(push.rows(), ["PASS a", "PASS b", "PASS c"], "{push}");
    assert_eq!(repository.remote_refs().lines().count(), 5);
}

/// One bad commit stops the whole push.
#[test]
fn one_bad_commit_refuses_all_refs() {
    let repository = pushed();
    let before = repository.remote_refs();
    repository.write("a/more.go", "package a\n");
    repository.commit();
    repository.git(&["checkout", "--quiet", "-b", "bad"]);
    repository.package("c", 2);
    repository.commit();
    let push = repository.push(&["origin", "main", "bad"]).exits(1);
    assert!(push.rows().contains(&"FAIL c".to_owned()), "{push}");
    assert_eq!(repository.remote_refs(), before);
}

#[test]
fn a_deletion_alone_is_nothing_to_gate() {
    let (repository, calls) = pushed().logging_go();
    repository.push(&["--no-verify", "origin", "main:refs/heads/old"]).succeeds();
    let push = repository.push(&["origin", ":old"]).succeeds().says(NOTHING);
    assert_eq!(push.words().len(), 1, "{push}");
    assert_eq!(calls(), [""; 0]);
    assert!(!repository.remote_refs().contains("old"));
    // If there is also a commit, the commit counts.
    repository.push(&["--no-verify", "origin", "main:refs/heads/old"]).succeeds();
    repository.package("c", 2);
    repository.commit();
    repository.push(&["origin", ":old", "main"]).exits(1);
    assert!(repository.remote_refs().contains("old"));
}

#[test]
fn tags_are_peeled() {
    for flags in [&["good"][..], &["--annotate", "--message=x", "good"]] {
        let repository = pushed();
        repository.write("c/more.go", "package c\n");
        repository.commit();
        repository.git(&[&["tag"], flags].concat());
        repository.package("c", 2);
        repository.commit();
        repository.git(&["tag", "bad"]);
        repository.push(&["origin", "bad"]).exits(1);
        let push = repository.push(&["origin", "good"]).succeeds();
        assert_eq!(push.rows(), ["PASS c"], "{push}");
        let refs = repository.remote_refs();
        assert!(refs.contains("refs/tags/good") && !refs.contains("refs/tags/bad"), "{refs}");
    }
}

#[test]
fn a_tag_of_what_the_remote_has_is_nothing_to_gate() {
    let repository = pushed();
    repository.git(&["tag", "--annotate", "--message=x", "v1"]);
    repository.push(&["origin", "v1"]).succeeds().says(NOTHING);
}

/// git tags can name anything.
#[test]
fn a_tag_on_a_file_or_a_tree_is_nothing_to_gate() {
    let repository = pushed();
    repository.git(&["tag", "file", "HEAD:a/a.go"]);
    repository.git(&["tag", "--annotate", "--message=x", "tree", "HEAD^{tree}"]);
    repository.push(&["origin", "file", "tree"]).succeeds().says(NOTHING);
    assert!(repository.remote_refs().contains("refs/tags/tree"));
}

/// The pushed commit is gated, not what is checked out on top of it.
#[test]
fn an_older_commit_is_gated_as_it_was() {
    let repository = pushed();
    repository.write("c/more.go", "package c\n");
    let good = repository.commit();
    repository.package("c", 2);
    repository.commit();
    let push = repository.push(&["origin", "HEAD~1:refs/heads/main"]).succeeds();
    assert_eq!(push.rows(), ["PASS c"], "{push}");
    assert_eq!(repository.remote_refs(), format!("refs/heads/main {good}"));
}

#[test]
fn an_up_to_date_push_is_nothing_to_gate() {
    let repository = pushed();
    let push = repository.push(&["origin", "main"]).succeeds().says(NOTHING);
    assert!(push.stderr.contains("Everything up-to-date"), "{push}");
}

#[test]
fn a_dry_run_is_gated_too() {
    let repository = Repository::module();
    repository.package("c", 2);
    repository.commit();
    repository.push(&["--dry-run", "origin", "main"]).exits(1);
    repository.package("c", 1);
    repository.commit();
    repository.push(&["--dry-run", "origin", "main"]).succeeds();
    assert_eq!(repository.remote_refs(), "");
}

/// A merge is compared with the default branch; what another branch brought was gated by nobody.
#[test]
fn a_merge_of_two_pushed_branches_is_counted_from_the_default_one() {
    let repository = pushed();
    repository.git(&["checkout", "--quiet", "-b", "side"]);
    repository.write("a/side.go", "package a\n");
    repository.commit();
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("c/main.go", "package c\n");
    repository.commit();
    repository.push(&["--no-verify", "origin", "main", "side"]).succeeds();
    repository.git(&["merge", "--quiet", "--no-ff", "--message=x", "side"]);
    let push = repository.push(&["origin", "main:refs/heads/merged"]).succeeds();
    assert_eq!(push.rows(), ["PASS a", "PASS b"], "{push}");
}

/// A remote's history with a commit that was never a tip: c broke there and was mended before the push.
fn with_a_broken_ancestor() -> (Repository, String) {
    let repository = pushed();
    repository.package("c", 2);
    let broken = repository.commit();
    repository.package("c", 1);
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    (repository, broken)
}

/// Only tips are gated; what a branch grows from, below one, is no base.
#[test]
fn an_ancestor_of_a_tip_is_no_base() {
    let (repository, broken) = with_a_broken_ancestor();
    repository.git(&["checkout", "--quiet", "-b", "topic", &broken]);
    repository.write("a/more.go", "package a\n");
    repository.commit();
    let push = repository.push(&["origin", "topic"]).exits(1);
    assert!(push.rows().contains(&"FAIL c".to_owned()), "{push}");
    let ancestor = format!("{broken}:refs/heads/x");
    let push = repository.push(&["origin", &ancestor]).exits(1).lacks(NOTHING);
    assert!(push.rows().contains(&"FAIL c".to_owned()), "{push}");
}

/// Nobody gated the heads of pull requests, the branches of other remotes, or those pushed past the hook.
#[test]
fn other_refs_of_the_remote_are_no_base() {
    for place in
        ["refs/remotes/origin/pr/7", "refs/remotes/origin/other", "refs/remotes/origin/main/x"]
    {
        let repository = pushed();
        repository.package("c", 2);
        let broken = repository.commit();
        if !place.ends_with("main/x") {
            repository.git(&["update-ref", place, &broken]);
        }
        repository.write("a/more.go", "package a\n");
        repository.commit();
        let push = repository.push(&["origin", "main:refs/heads/x"]).exits(1);
        assert!(push.rows().contains(&"FAIL c".to_owned()), "{place}\n{push}");
        let broken = format!("{broken}:refs/heads/y");
        repository.push(&["origin", &broken]).exits(1).lacks(NOTHING);
    }
}

/// The refs of a remote `team/alice` stand below those of a remote `team`, but are not its.
#[test]
fn a_remote_whose_name_begins_like_another_is_no_base() {
    let repository = pushed();
    let remote = repository.remote();
    for name in ["team", "team/alice"] {
        repository.git(&["config", &format!("remote.{name}.url"), remote.as_str()]);
    }
    repository.package("c", 2);
    let broken = repository.commit();
    repository.git(&["update-ref", "refs/remotes/team/alice/main", &broken]);
    repository.git(&[
        "symbolic-ref",
        "refs/remotes/team/alice/HEAD",
        "refs/remotes/team/alice/main",
    ]);
    let push = repository.push(&["team", "main:refs/heads/x"]).exits(1).lacks(NOTHING);
    assert!(push.rows().contains(&"FAIL c".to_owned()), "{push}");
}

/// Without a word on the default branch only what passed here is known.
#[test]
fn what_passed_here_is_a_base_where_no_default_branch_is_known() {
    let repository = pushed();
    repository.git(&["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"]);
    repository.write("a/more.go", "package a\n");
    repository.commit();
    let push = repository.push(&["origin", "main:refs/heads/x"]).succeeds();
    assert_eq!(push.rows(), ["PASS a", "PASS b", "PASS c"], "{push}");
    repository.write("c/more.go", "package c\n");
    repository.commit();
    let push = repository.push(&["origin", "main:refs/heads/x"]).succeeds();
    assert_eq!(push.rows(), ["PASS c"], "{push}");
}

/// Release branches and old tags are not held to floors that came later.
#[test]
fn a_tree_from_before_covgate_passes_with_a_note() {
    let repository = pushed();
    let old = repository.oid("HEAD");
    repository.write("c/.covgate", "100\n");
    repository.commit();
    repository.push(&["origin", "main"]).succeeds();
    repository.git(&["checkout", "--quiet", "-b", "release", &old]);
    repository.package("c", 2);
    let commit = repository.commit();
    let push = repository.push(&["origin", "release"]).succeeds();
    assert_eq!(push.rows(), [""; 0], "{push}");
    let words = format!("{} is from before the repository adopted covgate", &commit[..12]);
    push.says(&words);
    repository.write("covgate.toml", "");
    repository.commit();
    repository.push(&["origin", "release"]).exits(1);
}

#[test]
fn what_is_no_ref_is_an_error_with_a_way_out() {
    let repository = Repository::module();
    let commit = repository.commit();
    let ran = repository.hook_run(&commit, "nonsense", &[]).exits(2);
    ran.says("error: stdin, line 1: expected").says("hint: ");
}
