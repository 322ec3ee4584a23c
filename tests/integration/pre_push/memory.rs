//! Trees that have passed: pushing one again starts no go process, unless something is in doubt.

use std::fs;

use super::repository::{Ran, Repository};

const REMEMBERED: &str = "has passed before";

/// A repository whose go logs each of its calls; `main` has passed once. The push is a dry run, so
/// that the next one sends the same.
fn passed() -> (Repository, impl Fn() -> Vec<String>) {
    let (repository, calls) = Repository::module().logging_go();
    repository.commit();
    dry_run(&repository).succeeds().lacks(REMEMBERED);
    assert!(calls().iter().any(|call| call.starts_with("test ")));
    (repository, calls)
}

fn dry_run(repository: &Repository) -> Ran {
    repository.push(&["--dry-run", "origin", "main"])
}

#[test]
fn the_same_tree_is_answered_at_once() {
    let (repository, calls) = passed();
    let push = dry_run(&repository).succeeds().says("; COVGATE_FRESH=1 tests it again");
    let commit = repository.oid("HEAD");
    let words =
        format!("the tree of {} {REMEMBERED}; COVGATE_FRESH=1 tests it again", &commit[..12]);
    assert_eq!(push.words(), [words], "{push}");
    assert_eq!(calls(), [""; 0], "{push}");
    // Another commit of the same tree, from another folder, with uncommitted files around.
    repository.git(&["commit", "--quiet", "--amend", "--message=y"]);
    repository.git(&["worktree", "add", "--quiet", "-b", "side", "../linked"]);
    repository.package("c", 2);
    dry_run(&repository).succeeds().says(REMEMBERED);
    let linked = repository.beside("linked");
    linked.push(&["--dry-run", "origin", "side"]).succeeds().says(REMEMBERED);
    assert_eq!(calls(), [""; 0]);
    // And it is pushed for real.
    repository.push(&["origin", "main"]).succeeds().says(REMEMBERED);
    assert!(repository.remote_refs().starts_with("refs/heads/main "));
}

#[test]
fn fresh_tests_again() {
    let (repository, calls) = passed();
    let tested = |ran: Ran| {
        assert_eq!(ran.succeeds().lacks(REMEMBERED).rows().len(), 3);
        assert!(calls().iter().any(|call| call.starts_with("test ")));
    };
    for yes in ["1", "true"] {
        tested(dry_run(&repository.clone().env("COVGATE_FRESH", yes)));
    }
    let (commit, zeros) = (repository.oid("HEAD"), "0".repeat(40));
    tested(repository.hook_run(&commit, &zeros, &["--fresh"]));
    repository.hook_run(&commit, &zeros, &[]).succeeds().says(REMEMBERED);
    dry_run(&repository.clone().env("COVGATE_FRESH", "0")).succeeds().says(REMEMBERED);
    dry_run(&repository.env("COVGATE_FRESH", "maybe")).exits(1).says("wrong COVGATE_FRESH");
}

#[test]
fn removing_the_files_forgets() {
    let (repository, calls) = passed();
    let passes = repository.home().join("passed");
    fs::remove_dir_all(&passes).unwrap();
    dry_run(&repository).succeeds().lacks(REMEMBERED);
    assert!(!calls().is_empty());
    let files: Vec<_> = fs::read_dir(&passes).unwrap().map(|file| file.unwrap()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].file_name().to_str().unwrap(), repository.oid("HEAD^{tree}"));
    fs::write(files[0].path(), "what\n").unwrap();
    dry_run(&repository).succeeds().lacks(REMEMBERED);
    dry_run(&repository).succeeds().says(REMEMBERED);
}

#[test]
fn failures_are_not_remembered() {
    let (repository, calls) = Repository::module().logging_go();
    repository.package("c", 2);
    repository.commit();
    for _ in 0..2 {
        dry_run(&repository).exits(1).lacks(REMEMBERED);
        assert!(calls().iter().any(|call| call.starts_with("test ")));
    }
    assert!(!repository.home().join("passed").exists());
}

/// A tree passes with all of its modules.
#[test]
fn a_tree_with_several_modules_is_remembered_whole() {
    let repository = Repository::new();
    repository.remove("go.mod");
    for (module, value) in [("one", 1), ("two", 2)] {
        repository.write(&format!("{module}/go.mod"), &format!("module m/{module}\n\ngo 1.22\n"));
        repository.package(&format!("{module}/c"), value);
    }
    repository.commit();
    let push = dry_run(&repository).exits(1);
    assert_eq!(push.rows(), ["PASS one/c", "FAIL two/c"], "{push}");
    dry_run(&repository).exits(1).lacks(REMEMBERED);
    repository.package("two/c", 1);
    repository.commit();
    dry_run(&repository).succeeds().lacks(REMEMBERED);
    dry_run(&repository).succeeds().says(REMEMBERED);
}

/// A change of anything that can change a result is not covered by an earlier pass.
#[test]
fn another_environment_is_another_pass() {
    let (repository, calls) = passed();
    let flags = "-buildvcs=false -trimpath -vet=off -tags=x";
    for (name, value) in [
        ("GOFLAGS", flags),
        ("CGO_ENABLED", "0"),
        ("GODEBUG", "panicnil=1"),
        ("COVGATE_DEFAULT_THRESHOLD", "70"),
        ("COVGATE_EXCLUDE", "./a"),
        ("COVGATE_SCOPE", "all"),
        ("COVGATE_GO_TEST_FLAGS", "-tags=x"),
    ] {
        dry_run(&repository.clone().env(name, value)).succeeds().lacks(REMEMBERED);
        assert!(!calls().is_empty(), "{name}");
    }
    dry_run(&repository).succeeds().says(REMEMBERED);
}

/// Coverage from elsewhere lies in no tree.
#[test]
fn other_coverage_from_elsewhere_is_another_pass() {
    let (repository, calls) = passed();
    let profile = repository.root().join("e2e.out");
    repository.shell("go test -coverprofile=../e2e.out ./a").succeeds();
    let with = repository.clone().env("COVGATE_WITH", profile.as_str());
    dry_run(&with).succeeds().lacks(REMEMBERED).says("With coverage from 1 other source(s)");
    calls();
    dry_run(&with).succeeds().says(REMEMBERED);
    assert_eq!(calls(), [""; 0]);
    let text = fs::read_to_string(&profile).unwrap();
    fs::write(&profile, format!("{text}mode: set\n")).unwrap();
    dry_run(&with).succeeds().lacks(REMEMBERED);
    // Where the tree names it, it is in no key; inside of the tree, it is in the tree.
    repository.write("covgate.toml", &format!("with = [\"{profile}\"]\n"));
    repository.commit();
    for _ in 0..2 {
        dry_run(&repository).succeeds().lacks(REMEMBERED);
    }
    repository.write("e2e.out", &text);
    repository.write("covgate.toml", "with = [\"e2e.out\"]\n");
    repository.commit();
    dry_run(&repository).succeeds().lacks(REMEMBERED);
    dry_run(&repository).succeeds().says(REMEMBERED);
}

#[test]
fn another_go_is_another_pass() {
    let (repository, calls) = passed();
    let root = repository.root().join("logged");
    fs::write(root.join("VERSION"), "go1.0.1\n").unwrap();
    dry_run(&repository).succeeds().lacks(REMEMBERED);
    assert!(!calls().is_empty());
    // `go env -w` writes to this file.
    let settings = repository.root().join("config/go/env");
    fs::write(settings, "GOAMD64=v1\n").unwrap();
    dry_run(&repository).succeeds().lacks(REMEMBERED);
    dry_run(&repository).succeeds().says(REMEMBERED);
    // A go that cannot be identified by its files is never trusted.
    fs::remove_file(root.join("VERSION")).unwrap();
    for _ in 0..2 {
        dry_run(&repository).succeeds().lacks(REMEMBERED);
    }
}

/// A build of the same version may judge differently.
#[test]
fn another_covgate_is_another_pass() {
    let (repository, calls) = passed();
    let other = repository.root().join("other");
    fs::copy(env!("CARGO_BIN_EXE_covgate"), &other).unwrap();
    let with_other = repository.env("COVGATE", other.as_str());
    dry_run(&with_other).succeeds().lacks(REMEMBERED);
    assert!(!calls().is_empty());
    dry_run(&with_other).succeeds().says(REMEMBERED);
}

/// If a `covgate.toml` names its own go, the key cannot know it.
#[test]
fn a_go_that_the_file_names_is_not_remembered() {
    let repository = Repository::module();
    repository.write("covgate.toml", "go = \"go\"\n");
    repository.commit();
    dry_run(&repository).succeeds();
    dry_run(&repository).succeeds().says(REMEMBERED);
    let named = format!("go = \"{}\"\n", super::repository::real_go());
    repository.write("covgate.toml", &named);
    repository.commit();
    for _ in 0..2 {
        dry_run(&repository).succeeds().lacks(REMEMBERED);
    }
}

/// A branch that was pushed past the hook is no base, whatever the push would replace.
#[test]
fn what_the_remote_has_is_no_base() {
    let repository = Repository::module();
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    repository.package("c", 2);
    repository.commit();
    repository.push(&["--no-verify", "origin", "main:refs/heads/bad"]).succeeds();
    repository.write("a/more.go", "package a\n");
    repository.commit();
    for (target, scope) in [("bad", "affected"), ("main", "affected"), ("bad", "all")] {
        let refs = format!("main:refs/heads/{target}");
        let pushing = repository.clone().env("COVGATE_SCOPE", scope);
        let push = pushing.push(&["--dry-run", "origin", &refs]).exits(1);
        assert_eq!(push.rows(), ["PASS a", "PASS b", "FAIL c"], "{push}");
    }
}

/// A module that is built with what lies outside of the pushed tree is never remembered.
#[test]
fn a_replaced_module_in_the_tree_is_remembered() {
    let repository = Repository::module();
    repository.write("x/y/go.mod", "module y\n\ngo 1.22\n");
    repository.write("x/y/y.go", "package y\n");
    let text = "module m\n\ngo 1.22\n\nrequire y v0.0.0\n\nreplace y => ./x/../x/y\n";
    repository.write("go.mod", text);
    repository.write("c/y.go", "package c\n\nimport _ \"y\"\n");
    repository.commit();
    dry_run(&repository).succeeds();
    dry_run(&repository).succeeds().says(REMEMBERED);
}

/// If everything passed, any part passed.
#[test]
fn a_pass_of_all_counts_for_some() {
    let repository = Repository::module();
    repository.commit();
    repository.push(&["--no-verify", "origin", "main"]).succeeds();
    repository.write("a/more.go", "package a\n");
    repository.commit();
    let (commit, base) = (repository.oid("HEAD"), repository.oid("HEAD~1"));
    let ran = repository.hook_run(&commit, &base, &["--scope", "all"]).succeeds();
    assert_eq!(ran.rows().len(), 3, "{ran}");
    repository.hook_run(&commit, &base, &["--scope=all"]).succeeds().says(REMEMBERED);
}

/// It may fail the next time.
#[test]
fn a_pass_of_a_later_run_is_not_remembered() {
    let repository = Repository::module();
    let marks = repository.root().join("marks");
    let test = format!(
        "package c\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc Test(t *testing.T) {{\n\tF()\n\tif _, err := os.Stat({marks:?}); err != nil {{\n\t\tos.WriteFile({marks:?}, nil, 0o644)\n\t\tt.Fatal(\"not yet\")\n\t}}\n}}\n"
    );
    repository.write("c/c_test.go", &test);
    repository.write("covgate.toml", "rerun-fails = 1\n");
    repository.commit();
    dry_run(&repository).succeeds().says("1 package passed only when run again: c").says(
        "this pass is not remembered, since tests failed at first: \
         the next push of the same tree is tested again",
    );
    dry_run(&repository).succeeds().lacks(REMEMBERED).lacks("run again");
    dry_run(&repository).succeeds().says(REMEMBERED);
}
