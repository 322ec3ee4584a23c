//! `--baseline`: what is compared with which earlier run, what is said of it, and that the table stays as
//! it is.

use serde_json::{Value, json};

use super::repository::{Ran, Repository};

/// Two recorded commits of packages a, b and c; at the second one, c fell and d is new. HEAD is on a branch
/// of the second.
fn recorded() -> Repository {
    let repository = Repository::module();
    repository.write("covgate.toml", "default-threshold = 0\ntightness = \"off\"\n");
    repository.commit();
    repository.covgate(&["check", "--record"]).exits(0);
    repository.git(&["branch", "old"]);
    repository.write("c/d.go", "package c\n\nfunc G() int { return 2 }\n");
    repository.write("d/d.go", "package d\n\nfunc G() int { return 2 }\n");
    repository.commit();
    repository.covgate(&["check", "--record"]).exits(0);
    repository.git(&["checkout", "--quiet", "-b", "work"]);
    repository
}

fn check(repository: &Repository, args: &[&str]) -> Ran {
    repository.covgate(&[&["check", "--no-timings"], args].concat())
}

#[test]
fn what_rose_and_fell_is_told_and_the_table_stays() {
    let repository = recorded();
    let plain = check(&repository, &["--report=json=old.json"]).exits(0);
    repository.write(
        "c/d_test.go",
        "package c\n\nimport \"testing\"\n\nfunc TestG(*testing.T) { G() }\n",
    );
    std::fs::remove_dir_all(repository.folder().join("d")).unwrap();
    repository.write("e/e.go", "package e\n\nfunc G() int { return 2 }\n");
    let without = check(&repository, &[]).exits(0);
    let main = repository.oid("main");
    for (asked, commit) in [("main", main.as_str()), ("old.json", main.as_str())] {
        let args = ["--baseline", asked, "--report=json=new.json"];
        let ran = check(&repository, &args).exits(0);
        assert_eq!(ran.stdout, without.stdout);
        let line = format!(
            "Compared with {asked} ({}): total coverage 80.0%, was 60.0% (+20.0); packages: 1 rose, 1 new, 1 gone\n",
            &commit[..12]
        );
        assert_eq!(ran.stderr, line, "{ran}");
        let report = std::fs::read(repository.folder().join("new.json")).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        let expected = json!({
            "name": asked,
            "commit": commit,
            "then": {"statements": 5, "covered": 3, "percent": 60.0},
            "now": {"statements": 5, "covered": 4, "percent": 80.0},
            "change": 20.0,
            "packages": [
                {"path": "c", "then": 50.0, "now": 100.0, "change": 50.0},
                {"path": "e", "then": null, "now": 0.0, "change": null},
                {"path": "d", "then": 0.0, "now": null, "change": null},
            ],
        });
        assert_eq!(report["baseline"], expected, "{asked}");
    }
    let audit = repository.covgate(&["audit", "--baseline=main", "--no-timings"]).exits(0);
    let rows = "\n     WAS       NOW  CHANGE  PACKAGE\n   50.0%    100.0%   +50.0  c\n     ---      0.0%     new  e\n    0.0%       ---    gone  d\n";
    assert!(audit.stdout.contains(rows), "{audit}");
    let page = check(&repository, &["--baseline=main", "--report=markdown"]).exits(0).stdout;
    assert!(page.contains("\nRose: `c` 100.0% (+50.0).\n"), "{page}");
    // The whole of a run in parts is compared as a run is.
    assert!(!plain.stdout.is_empty());
    let merged = repository.covgate(&["merge", "new.json", "--baseline=main"]).exits(0);
    assert!(merged.stderr.ends_with("(+20.0); packages: 1 rose, 1 new, 1 gone\n"), "{merged}");
}

/// Sums are of the same packages, whatever a run leaves out.
#[test]
fn what_is_not_measured_has_not_changed() {
    let repository = recorded();
    repository.write(
        "c/d_test.go",
        "package c\n\nimport \"testing\"\n\nfunc TestG(*testing.T) { G() }\n",
    );
    let says = |args: &[&str], words: &str| {
        let ran = check(&repository, args);
        assert!(ran.stderr.contains(words), "{ran}");
    };
    let c = ": total coverage 100.0%, was 50.0% (+50.0); packages: 1 rose\n";
    says(&["--baseline=main", "--since=HEAD"], c);
    says(&["--baseline=main", "./c"], c);
    says(&["--baseline=main", "--exclude=a,b,d"], c);
    // A package whose tests fail has no coverage, so it has none to compare.
    repository.write(
        "c/d_test.go",
        "package c\n\nimport \"testing\"\n\nfunc TestG(t *testing.T) { t.Fail() }\n",
    );
    says(&["--baseline=main"], ": total coverage 66.7%; no package rose or fell\n");
}

#[test]
fn the_newest_record_before_the_merge_base_counts() {
    let repository = recorded();
    // What main does meanwhile is not compared with, and the branch's own commits are not.
    repository.git(&["checkout", "--quiet", "main"]);
    repository.git(&["commit", "--quiet", "--allow-empty", "-m", "fork"]);
    repository.git(&["checkout", "--quiet", "work"]);
    repository.git(&["reset", "--quiet", "--hard", "main"]);
    let (fork, newest) = (repository.oid("main"), repository.oid("main~1"));
    let ran = check(&repository, &["--baseline=main"]).exits(0);
    let note = format!(
        "note: --baseline main: {} is not recorded; compared with {}, before it\n",
        &fork[..12],
        &newest[..12]
    );
    assert!(ran.stderr.starts_with(&note), "{ran}");
    assert!(ran.stderr.ends_with(": total coverage 60.0%; no package rose or fell\n"), "{ran}");
    let ran = check(&repository, &["--baseline=old"]).exits(0);
    assert!(ran.stderr.ends_with("packages: 1 fell, 1 new\n"), "{ran}");
}

#[test]
fn where_nothing_is_recorded_the_way_is_said() {
    let repository = Repository::module();
    repository.commit();
    let ran = check(&repository, &["--baseline=HEAD"]).exits(0);
    let way = "`git fetch origin refs/notes/covgate:refs/notes/covgate` brings them";
    assert!(
        ran.stderr.starts_with("warning: --baseline HEAD: neither ") && ran.stderr.contains(way),
        "{ran}"
    );
    // Words that are not covgate's are no record.
    repository.git(&["notes", "--ref=covgate", "add", "-m", "{\"note\": 99}", "HEAD"]);
    check(&repository, &["--baseline=HEAD"]).exits(0).says("warning: --baseline HEAD: neither ");
}

#[test]
fn what_is_no_baseline_is_refused_before_a_test_runs() {
    let repository = recorded();
    repository.git(&["checkout", "--quiet", "--orphan", "alone"]);
    repository.git(&["commit", "--quiet", "--allow-empty", "-m", "alone"]);
    repository.git(&["checkout", "--quiet", "work"]);
    check(&repository, &["--report=json=one.json", "--shard=1/2"]).exits(0);
    check(&repository, &["--report=json=few.json", "--since=HEAD"]).exits(0);
    check(&repository, &["--report=json=other.json"]).exits(0);
    let other = std::fs::read_to_string(repository.folder().join("other.json")).unwrap();
    repository.write(
        "other.json",
        &other
            .replace("\"path\":\"m\"", "\"path\":\"\\u001bn\"")
            .replace("\"module\":\"m\"", "\"module\":\"\\u001bn\""),
    );
    repository.write("junk.json", "{");
    for (asked, words) in [
        ("nowhere", "--baseline nowhere: no such commit in this repository"),
        ("", "--baseline: the revision is empty"),
        ("alone", "--baseline alone: it has no commit in common with HEAD"),
        ("nowhere.json", "nowhere.json"),
        ("junk.json", "junk.json"),
        ("covgate.toml", "covgate.toml"),
        ("one.json", "--baseline one.json: it is of part 1 of 2"),
        ("few.json", "--baseline few.json: it leaves out 4 packages that a change did not affect"),
        ("other.json", "--baseline other.json: it is about \\u{1b}n, not m"),
    ] {
        let ran = check(&repository, &["--baseline", asked]).exits(2).says(words);
        assert_eq!(ran.stdout, "", "{ran}");
    }
}

/// Runs the lines of `docs/ci.md` in a clone, as a job for a pull request does.
#[test]
fn the_recipe_compares_a_pull_request_with_its_base() {
    let repository = recorded();
    repository
        .write("c/d.go", "package c\n\nfunc G() int { return 2 }\n\nfunc H() int { return 2 }\n");
    repository.commit();
    let refs = ["main", "work", "refs/notes/covgate"];
    repository.git(&[&["push", "--quiet", "--no-verify", "origin"][..], &refs].concat());
    let (clone, remote) = (repository.root().join("clone"), repository.remote());
    repository.git(&["clone", "--quiet", "--branch=work", remote.as_str(), clone.as_str()]);
    let clone = repository.at(clone);
    let page =
        include_str!("../../../docs/ci.md").split_once("## What a pull request did").unwrap().1;
    let lines = page.split_once("```sh\n").unwrap().1.split_once("```").unwrap().0;
    let given = "set -e\nBASE=origin/main\nFILES=https://h.example/o/r/blob/0\n";
    clone.shell(&format!("{given}{lines}")).exits(0);
    let page = std::fs::read_to_string(clone.folder().join("comment.md")).unwrap();
    for line in [
        "Changed statements: 0 of 1 covered, 0.0%",
        "Fell: `c` 33.3% (-16.7).",
        "- [`c/d.go:5-5`](https://h.example/o/r/blob/0/c/d.go#L5) (1 statement)",
    ] {
        assert!(page.lines().take(15).any(|found| found == line), "{page}");
    }
}
