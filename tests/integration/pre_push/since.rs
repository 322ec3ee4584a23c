//! `covgate check --since REV`: the same scope, for the work tree.

use super::repository::{Ran, Repository};

fn committed() -> Repository {
    let repository = Repository::module();
    repository.commit();
    repository
}

fn since(repository: &Repository, revision: &str) -> Ran {
    repository.covgate(&["check", "--since", revision])
}

#[test]
fn every_kind_of_edit_counts() {
    let repository = committed();
    repository.write("c/committed.go", "package c\n");
    repository.commit();
    assert_eq!(since(&repository, "HEAD~1").exits(0).rows(), ["PASS c"]);
    let ran = since(&repository, "HEAD").exits(0);
    let head = "Checking per-package coverage (default minimum: 80.0%)...\n\n";
    let text = "Skipped 3 unaffected package(s)\n\nChanged statements: none\nNo package is affected; nothing to measure\n";
    assert_eq!(ran.stdout, format!("{head}{text}"), "{ran}");

    repository.write("b/untracked.go", "package b\n");
    assert_eq!(since(&repository, "HEAD").exits(0).rows(), ["PASS b"]);
    repository.git(&["add", "--all"]);
    assert_eq!(since(&repository, "HEAD").exits(0).rows(), ["PASS b"]);
    repository.package("a", 2);
    let ran = since(&repository, "HEAD").exits(1);
    assert_eq!(ran.rows(), ["FAIL a", "PASS b"], "{ran}");
    assert!(ran.stdout.contains("Skipped 1 unaffected package(s)\n"), "{ran}");
    repository.git(&["reset", "--quiet", "--hard"]);
    repository.remove("c/c_test.go");
    assert_eq!(since(&repository, "HEAD").exits(1).rows(), ["FAIL c"]);
}

/// The folder is excluded, since nothing can test it. covgate still knows which packages a change
/// affects.
#[test]
fn a_folder_that_go_takes_for_no_import_path() {
    let repository = committed();
    repository.write("c d/x.go", "package x\n");
    repository.commit();
    repository.write("c/more.go", "package c\n");
    since(&repository, "HEAD").exits(4).says("error: go cannot test every package: malformed");
    let excluded = ["check", "--since=HEAD", "--exclude=c?d"];
    assert_eq!(repository.covgate(&excluded).exits(0).rows(), ["PASS c"]);
    repository.write("c d/x.go", "package x\n\nfunc X() {}\n");
    assert_eq!(repository.covgate(&excluded).exits(0).rows(), ["PASS c"]);
}

/// go may build files that git ignores, and git cannot say when they changed.
#[test]
fn ignored_source_counts() {
    let repository = committed();
    repository.write(".git/info/exclude", "gen.go\n");
    repository.write("c/gen.go", "package c\n\nfunc G() int { return 1 }\n");
    assert_eq!(since(&repository, "HEAD").exits(1).rows(), ["FAIL c"]);
}

/// A private floor can close a gate, or open it.
#[test]
fn ignored_floors_and_settings_count() {
    let repository = committed();
    repository.write(".git/info/exclude", ".covgate\ncovgate.toml\ngo.work\n");
    repository.write("c/.covgate", "100\n");
    repository.write("c/.old/.covgate", "100\n");
    // Nothing reads this file.
    repository.write("go.work", "go 1.22\n\nuse .\n");
    assert_eq!(since(&repository, "HEAD").exits(0).rows(), ["PASS c"]);
    let ran = repository.covgate(&["check", "--since=HEAD", "--workspace"]).exits(0);
    assert_eq!(ran.rows().len(), 3, "{ran}");
    repository.write("covgate.toml", "");
    assert_eq!(since(&repository, "HEAD").exits(0).rows().len(), 3);
}

/// As docs/reports.md says.
#[test]
fn reports_count_unless_git_ignores_them() {
    let repository = committed();
    repository.write(".git/info/exclude", "/ignored/\n");
    repository.write("ignored/old.json", "");
    repository.covgate(&["check", "--report=json=ignored/new.json"]).exits(0);
    assert_eq!(since(&repository, "HEAD").exits(0).rows(), [""; 0]);
    repository.covgate(&["check", "--report=json=new.json"]).exits(0);
    assert_eq!(since(&repository, "HEAD").exits(0).rows(), [""; 0]);
    // A package above can read it.
    repository.write("root.go", "package m\n");
    repository.commit();
    repository.write("new.json", "x");
    assert_eq!(since(&repository, "HEAD").exits(0).rows(), ["PASS ."]);
}

#[test]
fn from_a_folder_only_what_is_asked_there() {
    let repository = committed();
    repository.write("a/more.go", "package a\n");
    assert_eq!(since(&repository, "HEAD").exits(0).rows(), ["PASS a", "PASS b"]);
    assert_eq!(since(&repository.at("b"), "HEAD").exits(0).rows(), ["PASS b"]);
    let ran = repository.covgate(&["check", "--since=HEAD", "-C", "b"]).exits(0);
    assert_eq!(ran.rows(), ["PASS b"], "{ran}");
    let ran = repository.covgate(&["check", "--since=HEAD", "./c"]).exits(0);
    assert_eq!(ran.rows(), [""; 0], "{ran}");
}

#[test]
fn in_a_module_below_the_root() {
    let repository = Repository::new();
    repository.remove("go.mod");
    let module = repository.at("sub/möd");
    module.write("go.mod", "module m\n\ngo 1.22\n");
    module.packages();
    repository.commit();
    module.write("c/more.go", "package c\n");
    assert_eq!(since(&module, "HEAD").exits(0).rows(), ["PASS c"]);
    assert_eq!(since(&module.at("c"), "HEAD").exits(0).rows(), ["PASS c"]);
    repository.write("outside.txt", "x\n");
    assert_eq!(since(&module, "HEAD").exits(0).rows(), ["PASS c"]);
}

#[test]
fn a_revision_that_is_none() {
    let repository = committed();
    repository.git(&["tag", "file", "HEAD:a/a.go"]);
    for revision in ["nowhere", "0000000", "HEAD~7", "HEAD@{100}", "^HEAD", "file", "--all", "-x"] {
        let ran = repository.covgate(&["check", &format!("--since={revision}")]).exits(2);
        ran.says(&format!("error: --since {revision}: no such commit"))
            .says("hint: a shallow clone");
    }
}

/// git's own words are the cause.
#[test]
fn a_revision_beyond_the_reflog() {
    let ran = since(&committed(), "HEAD@{100}").exits(2);
    ran.says("error: --since HEAD@{100}: no such commit in this repository\n  caused by: log for");
}

/// What others did since is not measured.
#[test]
fn a_branch_that_is_behind_is_compared_from_where_it_left() {
    let repository = committed();
    repository.git(&["checkout", "--quiet", "-b", "topic"]);
    repository.write("c/more.go", "package c\n");
    repository.commit();
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("a/more.go", "package a\n");
    repository.commit();
    repository.git(&["checkout", "--quiet", "topic"]);
    assert_eq!(since(&repository, "main").exits(0).rows(), ["PASS c"]);
    repository.git(&["checkout", "--quiet", "--orphan", "apart"]);
    repository.commit();
    let ran = since(&repository, "main").exits(2);
    ran.says("error: --since main: it has no commit in common with HEAD").says("--unshallow");
}

/// Told to overlook a file, git still has it in the work tree.
#[test]
fn overlooked_files_count() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let repository = committed();
        repository.git(&["update-index", flag, "c/c.go"]);
        repository.package("c", 2);
        assert_eq!(since(&repository, "HEAD").exits(1).rows(), ["FAIL c"], "{flag}");
    }
}

/// What git makes of a file on its way in is the same, what a test reads is not.
#[test]
fn what_git_converts_counts() {
    for (attribute, before, after) in [
        ("filter=one-way", "y\n", "x\n"),
        ("text=auto", "x\n", "x\r\n"),
        ("text eol=crlf", "x\r\n", "x\n"),
    ] {
        let repository = committed();
        repository.git(&["config", "filter.one-way.clean", "tr x y"]);
        repository.write(".gitattributes", &format!("*.dat {attribute}\n"));
        repository.write("c/table.dat", before);
        let test = format!(
            "package c\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestFile(t *testing.T) {{\n\tif text, _ := os.ReadFile(\"table.dat\"); string(text) != {before:?} {{\n\t\tt.Fatal(string(text))\n\t}}\n}}\n"
        );
        repository.write("c/file_test.go", &test);
        repository.commit();
        // git cannot say what was there before the filter.
        let rows = since(&repository, "HEAD").exits(0).rows();
        let expected: &[&str] = if attribute.starts_with("filter") { &["PASS c"] } else { &[] };
        assert_eq!(rows, expected, "{attribute}");
        repository.write("c/table.dat", after);
        assert_eq!(repository.git(&["diff", "--stat", "HEAD"]), "", "{attribute}");
        assert_eq!(since(&repository, "HEAD").exits(1).rows(), ["FAIL c"], "{attribute}");
    }
}

/// A recipe for pull requests on another event.
#[test]
fn a_revision_that_ci_has_left_empty() {
    let repository = committed();
    let nothing = "0".repeat(40);
    for (revision, error, hint) in [
        (
            "",
            "error: --since: the revision is empty\n",
            "hint: a CI variable in it is probably empty",
        ),
        ("origin/", "error: --since origin/: no such commit", "hint: a CI variable in it is"),
        (&nothing, "error: --since 0000000000", "hint: all zeros means no commit"),
    ] {
        let ran = repository.covgate(&["check", "--since", revision]).exits(2);
        ran.says(error).says(hint).lacks("shallow");
    }
}

/// Runs the lines of `docs/ci.md` in a shell, as in a pull request and as on any other event.
#[test]
fn the_recipes_gate_everything_outside_pull_requests() {
    let repository = committed();
    repository.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
    repository.write("c/more.go", "package c\n");
    repository.commit();
    let page = include_str!("../../../docs/ci.md").lines().map(str::trim);
    let recipes: Vec<_> = page.filter(|line| line.contains(":+--since ")).collect();
    let base = repository.oid("origin/main");
    let variables = [("GITHUB_BASE_REF", "main"), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base)];
    assert_eq!(recipes.len(), variables.len(), "{recipes:?}");
    for (recipe, (variable, value)) in recipes.iter().zip(variables) {
        let line = recipe.trim_start_matches("- ").trim_start_matches("run: ");
        assert!(line.starts_with("covgate check ") && line.contains(variable), "{line}");
        let rows = |repository: &Repository| {
            let ran = repository.shell(line).exits(0);
            repository.git(&["clean", "--quiet", "--force"]);
            ran.rows()
        };
        assert_eq!(rows(&repository), ["PASS a", "PASS b", "PASS c"], "{line}");
        assert_eq!(rows(&repository.clone().env(variable, value)), ["PASS c"], "{line}");
        assert_eq!(rows(&repository.clone().env(variable, "")).len(), 3, "{line}");
    }
}

#[test]
fn outside_a_repository() {
    let repository = committed();
    let outside = repository.beside("outside");
    outside.write("go.mod", "module m\n\ngo 1.22\n");
    outside.packages();
    let ran = since(&outside, "HEAD").exits(4);
    ran.says("error: ").says("is not in a git repository that git can read");
}

#[test]
fn any_kind_of_name_works() {
    let repository = committed();
    repository.git(&["tag", "--annotate", "--message=x", "v1"]);
    repository.write("c/more.go", "package c\n");
    let commit = repository.oid("HEAD");
    for revision in ["main", "v1", "@", &commit[..9], "main^{commit}"] {
        assert_eq!(since(&repository, revision).exits(0).rows(), ["PASS c"], "{revision}");
    }
}

/// A profile of the affected packages is enough. What else covers a package may have changed without a
/// trace, so `with` leaves none out.
#[test]
fn with_coverage_from_elsewhere() {
    let repository = committed();
    repository.write("c/more.go", "package c\n\nfunc G() int { return 1 }\n");
    repository.shell("go test -coverprofile=../c.out ./c").succeeds();
    let judged = ["check", "--since=HEAD", "--profile=../c.out"];
    let ran = repository.covgate(&judged).exits(1);
    assert_eq!(ran.rows(), ["FAIL c"], "{ran}");
    let changed = "\nChanged statements: 0 of 1 covered, 0.0%\n";
    assert!(ran.stdout.contains(changed), "{ran}");
    let with = ["check", "--since=HEAD", "--with=../c.out"];
    let ran = repository.covgate(&with).exits(1);
    assert_eq!(ran.rows(), ["PASS a", "PASS b", "FAIL c"], "{ran}");
    ran.says("note: gating every package: coverage from elsewhere (`with`) can be that of any\n");
}
