//! Changed statements: `check --since REV` and the hook, on histories made by hand. Expected numbers are
//! counted by hand, too.

#![expect(clippy::panic, reason = "helpers of tests are tests")]

use std::fs;

use serde_json::Value;

use super::repository::{Ran, Repository};

/// A function whose first branch is tested; the second is not.
const BASE: &str = "package p

func F(n int) int {
\tif n > 0 {
\t\tn++
\t\tn++
\t\treturn n
\t}
\tn--
\tn--
\treturn n
}
";
const TEST: &str = "package p

import \"testing\"

func Test(t *testing.T) { F(1) }
";

/// A repository with package `p`, committed.
fn committed() -> Repository {
    let repository = Repository::new();
    repository.write("covgate.toml", "default-threshold = 0\n");
    repository.write("p/p.go", BASE);
    repository.write("p/p_test.go", TEST);
    repository.commit();
    repository
}

fn since(repository: &Repository, args: &[&str]) -> Ran {
    repository.covgate(&[&["check", "--since=HEAD"], args].concat())
}

/// What the line says, and the list on stderr.
fn said(ran: &Ran) -> (String, Vec<String>) {
    let line = ran.stdout.lines().find_map(|line| line.strip_prefix("Changed statements: "));
    let list = ran.stderr.split_once("changed and not covered:\n").map_or("", |(_, list)| list);
    let places = list.lines().map_while(|line| line.strip_prefix("  ")).map(str::to_owned);
    (line.unwrap_or_else(|| panic!("{ran}")).to_owned(), places.collect())
}

#[track_caller]
fn expect(repository: &Repository, line: &str, places: &[&str]) {
    let ran = since(repository, &[]).exits(0);
    let (found, list) = said(&ran);
    assert_eq!(
        (found.as_str(), list.as_slice()),
        (line, &places.iter().map(ToString::to_string).collect::<Vec<_>>()[..]),
        "{ran}"
    );
}

#[test]
fn edited_statements_count_and_nothing_around_them() {
    let repository = committed();
    let edit = |from: &str, to: &str| {
        assert!(BASE.contains(from), "{from}");
        repository.write("p/p.go", &BASE.replacen(from, to, 1));
    };
    edit("\t\treturn n\n", "\t\treturn n + 0\n");
    expect(&repository, "1 of 1 covered, 100.0%", &[]);
    edit("\tn--\n\tn--\n", "\tn -= 1\n\tn -= 1\n");
    expect(&repository, "0 of 2 covered, 0.0%", &["p/p.go:9-10"]);
    edit("n > 0 {", "n >= 1 {");
    expect(&repository, "1 of 1 covered, 100.0%", &[]);
    // Added: one covered, two not, and lines without a statement.
    edit("\t}\n\tn--\n", "\t}\n\n\t// Why.\n\tif n < -9 {\n\t\tn = -9\n\t}\n\tn--\n");
    expect(&repository, "0 of 2 covered, 0.0%", &["p/p.go:11-12"]);
    edit("\t\tn++\n\t\tn++\n", "\t\tn++\n\t\tn++; n++; n-- // three\n");
    expect(&repository, "3 of 3 covered, 100.0%", &[]);
    edit(
        "\tn--\n\tn--\n\treturn n\n",
        "\tn -= func() int {\n\t\treturn 2\n\t}() +\n\t\t0\n\treturn n\n",
    );
    expect(&repository, "0 of 2 covered, 0.0%", &["p/p.go:9-12"]);
    // What is gone, what is only said, and what is only laid out otherwise.
    edit("\t\tn++\n", "");
    expect(&repository, "none", &[]);
    edit("\tn--\n", "\tn-- // one\n\t// less\n");
    expect(&repository, "0 of 1 covered, 0.0%", &["p/p.go:9-9"]);
    edit("func F", "// F counts.\n\nfunc F");
    expect(&repository, "none", &[]);
    repository.write("p/p.go", &BASE.replace('\t', "    ").replace(" n > 0 ", " n  >  0 "));
    expect(&repository, "none", &[]);
    repository.write("p/p.go", &BASE.replace('\n', "\r\n"));
    expect(&repository, "none", &[]);
}

#[test]
fn one_line_of_a_statement_on_several_is_enough() {
    let repository = Repository::new();
    repository.write("covgate.toml", "default-threshold = 0\n");
    let source = "package p\n\nfunc F(n int) []int {\n\tn++\n\ts := []int{\n\t\t1,\n\n\t\t// Two.\n\t\t2,\n\t}\n\treturn s\n}\n";
    repository.write("p/p.go", source);
    repository.write("p/p_test.go", TEST);
    repository.commit();
    for (from, to, line) in [
        ("\t\t2,\n", "\t\t3,\n", "1 of 1 covered, 100.0%"),
        ("\t\t2,\n", "\t\t2,\n\t\t3,\n", "1 of 1 covered, 100.0%"),
        ("// Two.", "// 2", "none"),
        ("\t\t1,\n", "", "none"),
        ("\tn++\n\ts", "\tn += 1\n\ts", "1 of 1 covered, 100.0%"),
    ] {
        repository.write("p/p.go", &source.replacen(from, to, 1));
        expect(&repository, line, &[]);
    }
}

#[test]
fn reindented_code_is_not_changed_by_that() {
    let repository = committed();
    repository
        .write("p/p.go", &BASE.replace("\tn--\n\tn--\n", "\tif n < 0 {\n\t\tn--\n\t\tn--\n\t}\n"));
    expect(&repository, "0 of 1 covered, 0.0%", &["p/p.go:9-9"]);
}

#[test]
fn renamed_files_count_what_they_edit_and_moved_functions_all() {
    let repository = committed();
    repository.git(&["mv", "p/p.go", "p/q.go"]);
    repository.write("p/q.go", &BASE.replacen("\t\tn++\n", "\t\tn += 1\n", 1));
    expect(&repository, "1 of 1 covered, 100.0%", &[]);
    // To another package, too.
    repository.git(&["mv", "p", "r"]);
    repository.write(
        "r/q.go",
        &BASE.replace("package p", "package r").replacen("\tn--\n", "\tn -= 1\n", 1),
    );
    repository.write("r/p_test.go", &TEST.replace("package p", "package r"));
    expect(&repository, "0 of 1 covered, 0.0%", &["r/q.go:9-9"]);
    // A function that moves inside of a file is new where it is, as git sees it.
    let repository = committed();
    let more = "\nfunc G() int {\n\treturn 7\n}\n";
    repository.write("p/p.go", &format!("{BASE}{more}"));
    repository.commit();
    repository.write("p/p.go", &BASE.replacen("\nfunc F", &format!("{more}\nfunc F"), 1));
    expect(&repository, "0 of 1 covered, 0.0%", &["p/p.go:4-4"]);
}

#[test]
fn new_files_count_whole_unless_git_ignores_them() {
    let repository = committed();
    let new = "// Code generated by hand. DO NOT EDIT.\n\npackage p\n\nfunc G() { G(); G() }\n";
    repository.write("p/g.go", new);
    expect(&repository, "0 of 2 covered, 0.0%", &["p/g.go:5-5"]);
    // A folder that git does not know at all.
    repository.write("deep/q/q.go", "package q\n\nfunc F() {\n\tF()\n}\n");
    expect(&repository, "0 of 3 covered, 0.0%", &["deep/q/q.go:4-4", "p/g.go:5-5"]);
    repository.write(".gitignore", "g.go\n");
    expect(&repository, "0 of 1 covered, 0.0%", &["deep/q/q.go:4-4"]);
    repository.remove("deep");
    // Neither tests nor packages that are not measured count.
    repository.write("p/p_test.go", &TEST.replace("F(1)", "F(1); F(2)"));
    repository.write("p/q.go", "//go:build never\n\npackage p\n\nfunc Q() { Q() }\n");
    expect(&repository, "none", &[]);
    repository.write("x/x.go", "package x\n\nfunc X() { X() }\n");
    let (line, _) = said(&since(&repository, &["--exclude=./x"]).exits(0));
    assert_eq!(line, "none");
}

/// git shows no patch of such files to people.
#[test]
fn attributes_do_not_hide_a_change() {
    let repository = committed().env("GIT_DIFF_OPTS", "--unified=3");
    repository.write(".gitattributes", "*.go binary\n");
    for (key, value) in [
        ("diff.noprefix", "true"),
        ("diff.algorithm", "patience"),
        ("color.ui", "always"),
        ("diff.context", "9"),
        ("diff.renames", "false"),
        ("core.quotePath", "true"),
        ("diff.external", "false"),
    ] {
        repository.git(&["config", key, value]);
    }
    repository.write("p/p.go", &BASE.replacen("\tn--\n", "\tn -= 1\n", 1));
    repository.git(&["mv", "p/p.go", "p/ü b.go"]);
    expect(&repository, "0 of 1 covered, 0.0%", &["p/ü b.go:9-9"]);
}

#[test]
fn the_minimum_closes_the_gate() {
    let repository = committed();
    repository.write(
        "p/p.go",
        &BASE.replace("\tn--\n", "\tn -= 1\n").replace("\t\treturn n\n", "\t\treturn n + 0\n"),
    );
    let ran = since(&repository, &["--patch-threshold=33.3", "--no-timings"]).exits(0);
    let end = "\nTotal time: ---\nChanged statements: 1 of 3 covered, 33.3% (minimum 33.3%)\nAll packages meet minimum coverage requirement\n";
    assert!(ran.stdout.ends_with(end), "{ran}");
    let ran = since(&repository, &["--patch-threshold=70", "--no-timings"]).exits(1);
    let end = "\nTotal time: ---\nChanged statements: 1 of 3 covered, 33.3% (minimum 70.0%)\nERROR: One or more packages failed tests, are below their minimum coverage, or have loose .covgate thresholds\n";
    assert!(ran.stdout.ends_with(end), "{ran}");
    assert_eq!(
        ran.stderr,
        "\nchanged statements below the minimum\nthe change needs 2 more statements for 70.0%\n\nchanged and not covered:\n  p/p.go:9-10\n"
    );
    let all = repository.covgate(&["check", "--patch-threshold=70"]).exits(0);
    assert!(!all.stdout.contains("Changed"), "only with --since: {all}");
}

/// What cannot be measured is not covered.
#[test]
fn statements_of_a_package_that_fails_are_not_covered() {
    let repository = committed();
    repository.write("p/p.go", &BASE.replace("\t\treturn n\n", "\t\treturn n + 0\n"));
    repository.write("p/p_test.go", &TEST.replace("F(1)", "F(1); t.Fatal()"));
    repository.write("p/q.go", "//go:build never\n\npackage p\n\nfunc Q() { Q() }\n");
    let (line, list) = said(&since(&repository, &[]).exits(1));
    assert_eq!((line.as_str(), list.join(" ").as_str()), ("0 of 1 covered, 0.0%", "p/p.go:7-7"));
}

#[test]
fn every_report_says_it() {
    let repository = committed();
    repository.write(
        "p/p.go",
        &BASE.replace("\tn--\n", "\tn -= 1\n").replace("\t\treturn n\n", "\t\treturn n + 0\n"),
    );
    let reports =
        ["json=r.json", "markdown=r.md", "github=r.txt"].map(|one| format!("--report={one}"));
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    since(&repository, &reports).exits(0);
    let read = |name: &str| fs::read_to_string(repository.folder().join(name)).unwrap();
    let report: Value = serde_json::from_str(&read("r.json")).unwrap();
    let change = &report["change"];
    assert_eq!(change["base"], repository.oid("HEAD"));
    assert_eq!((&change["statements"], &change["covered"]), (&3.into(), &1.into()));
    let file = &change["files"][0];
    assert_eq!(file["path"], "p/p.go");
    assert_eq!(file["uncovered"].to_string(), "[[9,9,1],[10,10,1]]");
    assert_eq!(file["covered"].to_string(), "[[7,7,1]]");
    assert!(read("r.md").contains("\nChanged statements: 1 of 3 covered, 33.3%\n\nChanged and not covered:\n\n- `p/p.go:9-10` (2 statements)\n"), "{}", read("r.md"));
    assert_eq!(
        read("r.txt"),
        "::warning file=p/p.go,line=9,endLine=10,title=changed and not covered::2 changed statements here not covered; Changed statements: 1 of 3 covered, 33.3%25\n"
    );
}

/// Parts say what they see; together they are judged.
#[test]
fn shards_are_judged_together() {
    let repository = committed();
    repository.write("q/q.go", "package q\n\nfunc F(int) { _ = 0 }\n");
    repository.write("q/q_test.go", &TEST.replace("package p", "package q"));
    repository.write("p/p.go", &BASE.replace("\tn--\n", "\tn -= 1\n"));
    let minimum = "--patch-threshold=50";
    for index in ["1", "2"] {
        let (shard, report) = (format!("--shard={index}/2"), format!("--report=json=.r{index}"));
        since(&repository, &[minimum, &shard, &report]).exits(0);
    }
    let merged = repository.covgate(&["merge", ".r1", ".r2", "--no-timings"]).exits(1);
    let whole = since(&repository, &[minimum, "--no-timings"]).exits(1);
    let end = |ran: &Ran| ran.stdout.split_once("\nTotal time").unwrap().1.to_owned();
    assert_eq!((end(&merged), &merged.stderr), (end(&whole), &whole.stderr));
    assert!(end(&whole).contains("1 of 3 covered, 33.3% (minimum 50.0%)"), "{whole}");
}

#[test]
fn the_hook_gates_what_is_pushed() {
    let repository = committed();
    repository.push(&["origin", "main"]).exits(0);
    repository.git(&["fetch", "--quiet"]);
    repository.write("covgate.toml", "default-threshold = 0\npatch-threshold = 50\n");
    repository.write("p/p.go", &BASE.replace("\tn--\n", "\tn -= 1\n"));
    repository.commit();
    // What lies here and is not pushed is not seen.
    repository.write("p/p.go", BASE);
    let ran = repository.push(&["origin", "main"]).exits(1);
    ran.says("Changed statements: 0 of 2 covered, 0.0% (minimum 50.0%)")
        .says("  p/p.go:9-10\n")
        .says(" refused: changed statements\n")
        .lacks("see it again");
    repository.git(&["checkout", "--quiet", "p/p.go"]);
    repository.write("p/p_test.go", &TEST.replace("F(1)", "F(0)"));
    repository.commit();
    let ran = repository.push(&["origin", "main"]).exits(0);
    ran.says("Changed statements: 2 of 2 covered, 100.0% (minimum 50.0%)").lacks("not covered");
}

#[test]
fn the_total_is_judged_where_all_is_measured() {
    let repository = committed();
    let check = |args: &[&str]| repository.covgate(&[&["check", "--no-timings"], args].concat());
    let ran = check(&["--total-threshold=57.1"]).exits(0);
    assert!(
        ran.stdout.contains("\nTotal time: ---\nTotal coverage: 57.1% (minimum 57.1%)\nAll"),
        "{ran}"
    );
    let ran = check(&["--total-threshold=57.2"]).exits(1);
    assert!(ran.stdout.contains("\nTotal coverage: 57.1% (minimum 57.2%)\nERROR: "), "{ran}");
    assert_eq!(
        ran.stderr,
        "\ntotal coverage below the minimum\nall packages together need 1 more statement for 57.2%\n"
    );
    repository.write("p/q.go", "package p\n");
    let ran = since(&repository, &["--total-threshold=99"]).exits(0);
    assert!(!ran.stdout.contains("Total coverage"), "{ran}");
}
