//! With real go: what starts a run, and what does not.

use super::watching::Watching;
use crate::pre_push::repository::Repository;

fn committed() -> Repository {
    let repository = Repository::module();
    repository.write("covgate.toml", "irrelevant = [\"*.md\"]\n");
    repository.commit();
    repository
}

fn watch() -> Watching {
    let (watching, first) = Watching::start(committed(), &[]);
    assert!(first.contains("\nNo package is affected; nothing to measure\n"), "{first}");
    let base = watching.repository.oid("HEAD");
    let last = format!("\nwatching 3 package(s) since HEAD ({}); last run ", &base[..12]);
    assert!(first.contains(&last), "{first}");
    watching
}

/// The rows of a report.
fn rows(report: &str) -> Vec<String> {
    let rows = report.lines().filter(|line| line.starts_with('['));
    rows.map(|row| {
        let words: Vec<&str> = row.split_once(']').unwrap().1.split_whitespace().collect();
        format!("{} {}", words[0], words[4])
    })
    .collect()
}

#[test]
fn a_save_gates_what_it_affects() {
    let mut watching = watch();
    watching.at_once(|repository| repository.package("a", 2));
    let report = watching.report();
    assert_eq!(rows(&report), ["FAIL a", "PASS b"], "{report}");
    assert!(report.contains("\n1 package with failing tests\n"), "{report}");
    watching.at_once(|repository| repository.package("a", 1));
    assert_eq!(rows(&watching.report()), [""; 0]);
    // A folder that was not there is watched from now on.
    watching.at_once(|repository| repository.package("new/d", 1));
    assert_eq!(rows(&watching.report()), ["PASS new/d"]);
    watching.at_once(|repository| repository.package("new/d", 2));
    assert_eq!(rows(&watching.report()), ["FAIL new/d"]);
    assert_eq!(watching.ends(), "");
}

#[test]
fn what_changes_nothing_starts_nothing() {
    let mut watching = watch();
    let same = "package c\n\nfunc F() int { return 1 }\n";
    for (path, text) in
        [("README.md", "x"), ("c/c.go", same), ("c/.c.go.swp", "x"), (".git/x", "x")]
    {
        watching.forget_looks();
        watching.at_once(|repository| repository.write(path, text));
        watching.looked();
    }
    watching.at_once(|repository| repository.write("c/data", "x"));
    let report = watching.report();
    assert_eq!(rows(&report), ["PASS c"], "{report}");
    assert_eq!(watching.ends(), "");
}

#[test]
fn ten_thousand_files_are_one_run() {
    let (repository, calls) = committed().logging_go();
    let go = repository.root().join("logged/bin/go");
    let (mut watching, _) = Watching::start(repository.env("COVGATE_GO", go.as_str()), &[]);
    calls();
    watching.at_once(|repository| {
        (0..10_000).for_each(|file| repository.write(&format!("c/testdata/{file}"), "x"));
    });
    assert_eq!(rows(&watching.report()), ["PASS c"]);
    // What was overtaken would have been called, too.
    let tests = calls().into_iter().filter(|call| call.starts_with("test "));
    assert_eq!(tests.count(), 1);
    watching.at_once(|repository| repository.package("c", 2));
    assert_eq!(rows(&watching.report()), ["FAIL c"]);
    assert_eq!(watching.ends(), "");
}

#[test]
fn a_test_that_writes_does_not_run_for_ever() {
    let repository = committed();
    repository.write(
        "c/write_test.go",
        "package c\n\nimport (\n\t\"os\"\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestWrite(t *testing.T) {\n\tos.WriteFile(\"out.txt\", []byte(time.Now().String()), 0o644)\n}\n",
    );
    repository.write("c/out.txt", "");
    repository.commit();
    let (mut watching, _) = Watching::start(repository, &["--", "-count=1"]);
    watching.at_once(|repository| repository.write("c/more.go", "package c\n"));
    // First the file differs from HEAD, then it is another in each of three runs.
    for _ in 0..4 {
        assert_eq!(rows(&watching.report()), ["PASS c"]);
    }
    // The tests run again, and what they write starts nothing.
    watching.at_once(|repository| repository.package("a", 2));
    let report = watching.report();
    assert_eq!(rows(&report), ["FAIL a", "PASS b", "PASS c"], "{report}");
    assert!(report.contains("\nnote: c/out.txt changed in one run after another"), "{report}");
    assert_eq!(watching.ends(), "");
}

#[test]
fn what_is_broken_is_shown_until_it_is_mended() {
    let mut watching = watch();
    let go_mod = "module m\n\ngo 1.22\n";
    let settings = "irrelevant = [\"*.md\"]\n";
    for (path, broken, good, says) in [
        (
            "c/c.go",
            "package c\n\nfunc F( {\n",
            "package c\n\nfunc F() int { return 1 }\n",
            "c.go:3:",
        ),
        ("go.mod", "module\n", go_mod, "go.mod"),
        ("covgate.toml", "irrelevant = 1\n", settings, "covgate.toml"),
    ] {
        watching.at_once(|repository| repository.write(path, broken));
        let report = watching.report();
        assert!(report.contains("error: ") || report.contains("build failed"), "{report}");
        assert!(report.contains(says), "{report}");
        watching.at_once(|repository| repository.write(path, good));
        let report = watching.report();
        assert!(report.contains("No package is affected"), "{report}");
    }
    assert_eq!(watching.ends(), "");
}

#[test]
fn a_commit_moves_the_base() {
    let mut watching = watch();
    watching.at_once(|repository| repository.write("c/more.go", "package c\n"));
    assert_eq!(rows(&watching.report()), ["PASS c"]);
    let commit = watching.repository.commit();
    let report = watching.report();
    assert!(report.contains("No package is affected"), "{report}");
    assert!(report.contains(&format!("since HEAD ({})", &commit[..12])), "{report}");
    assert_eq!(watching.ends(), "");
}

#[test]
fn looking_now_and_then_sees_the_same() {
    let (mut watching, _) = Watching::start(committed(), &["--poll=1"]);
    watching.at_once(|repository| repository.package("a", 2));
    assert_eq!(rows(&watching.report()), ["FAIL a", "PASS b"]);
    assert_eq!(watching.ends(), "");
}

#[test]
fn without_a_repository_or_a_commit() {
    let repository = Repository::module();
    let ran = repository.covgate(&["watch"]).exits(4);
    ran.says("error: there is no commit yet to compare with\nhint: commit once, or gate everything: covgate check\n");
    let outside = repository.beside("outside");
    outside.write("go.mod", "module m\n\ngo 1.22\n");
    outside.covgate(&["watch"]).exits(4).says("is not in a git repository that git can read");
    repository.commit();
    repository.covgate(&["watch", "--since=nowhere"]).exits(2).says("no such commit");
}
