//! Folders whose path go takes for no import path: `go test` fails them, and tests all others (go
//! 1.22 none of them).

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::module::{Module, Ran};

const MODULE: &str = r#"-- go.mod --
module example.com/names

go 1.22
-- fine/fine.go --
package fine

func One() int { return 1 }
-- fine/fine_test.go --
package fine

import "testing"

func Test(t *testing.T) { One() }
-- a b/x.go --
package x

func One() int { return 1 }
-- a b/x_test.go --
package x

import "testing"

func Test(t *testing.T) { One() }
"#;

/// Names of every kind, taken and not: as elements of a path, before others and behind them.
const NAMES: &str = "a b/below|ü|it's|(x)|a,b|a=b|x.|a..b|com1|com10|Aux.d|console|lpt0|x~1|x~1a|x~\
    |x.d~1|above/c d|a-b_c~d+e|v2.0";

/// Every package of a json report: whether it could not be built, and what go printed of it.
fn outcomes(report: &str) -> BTreeMap<String, (bool, String)> {
    let document: Value = serde_json::from_str(report).unwrap();
    let packages = document["packages"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let outcome = packages.map(|package| {
        let fails = package["outcome"] == "build-failed";
        (text(&package["import_path"]), (fails, text(&package["output"])))
    });
    outcome.collect()
}

/// The paths that `go test` fails, and those that it tests.
fn of_go(ran: &Ran) -> BTreeMap<String, bool> {
    let lines = ran.stdout.lines().filter_map(|line| {
        let (status, rest) = line.split_once('\t')?;
        let path = rest.split(['\t', '[']).next()?.trim_end();
        Some((path.to_owned(), status == "FAIL"))
    });
    lines.collect()
}

#[test]
fn exactly_the_packages_fail_that_go_test_fails() {
    let module = Module::new(MODULE);
    for name in NAMES.split('|') {
        module.write(&format!("{name}/x.go"), "package x\n\nfunc One() int { return 1 }\n");
        module.write(&format!("{name}/x_test.go"), "package x\n");
    }
    let mut theirs = of_go(&module.go(&["test", "./..."]).exits(1));
    if theirs.is_empty() {
        // go 1.22 tests none where it fails one, but lists them all.
        let format = r#"{{if .Error}}FAIL{{else}}ok{{end}}{{"\t"}}{{.ImportPath}}"#;
        theirs = of_go(&module.go(&["list", "-e", "-f", format, "./..."]).exits(0));
    }
    assert_eq!(theirs.len(), NAMES.split('|').count() + 2, "{theirs:?}");
    let taken = theirs.values().filter(|fails| !**fails).count();
    let reports = tempfile::tempdir().unwrap();
    for engine in ["batch", "fanout"] {
        let args = ["-p2", "--default-threshold=0", "--prewarm=always", "--engine", engine];
        let report = reports.path().join("report.json").display().to_string();
        let ran = module.check(&[&args[..], &[&format!("--report=json={report}")]].concat());
        let warms = format!("\nPre-warming build cache ({taken} packages)...\n");
        assert!(ran.clone().exits(1).stdout.contains(&warms), "what go takes is compiled: {ran}");
        let ours = outcomes(&fs::read_to_string(report).unwrap());
        let fails: BTreeMap<_, _> =
            ours.iter().map(|(path, (fails, _))| (path.clone(), *fails)).collect();
        assert_eq!(fails, theirs, "{ran}");
        for (path, (fails, output)) in &ours {
            let why = format!("malformed import path \"{path}\": ");
            assert_eq!(output.contains(&why), *fails, "{path}: {output}");
        }
    }
}

/// The one with a blank, wherever it is asked for, alone and beside others.
#[test]
fn it_is_never_nothing_to_measure() {
    let module = Module::new(MODULE);
    let row = "FAIL          ---       ---      0.0s  a b (build failed)\n";
    let said = "malformed import path \"example.com/names/a b\": invalid char ' '\n";
    let fails = |folder: &str, args: &[&str]| {
        let ran = module.check_in(folder, args).exits(1);
        assert!(ran.stdout.contains(row) && ran.stdout.contains(said), "{args:?} {ran}");
        ran
    };
    for args in [&[][..], &["-p1"], &["--engine=fanout"]] {
        let ran = fails("", args);
        assert_eq!(ran.row("fine").status, "PASS", "{ran}");
    }
    fails("", &["./a b"]);
    fails("", &["example.com/names/a b"]);
    fails("a b", &["."]);
    fails("", &["--test-dir=fine", "--src-prefix=.", "./..."]);
    fs::remove_dir_all(module.path().join("fine")).unwrap();
    fails("", &[]);
    // What is not there is nothing, whatever it is called.
    for pattern in ["./c d", "c d", "example.com/names/c d", "example.com/names/../a b"] {
        let ran = module.check(&[pattern]).exits(5);
        assert!(ran.stderr.starts_with("error: nothing to measure: "), "{pattern}: {ran}");
    }
}

/// It has a floor, and can be left out, as any other package.
#[test]
fn it_is_a_package_with_a_floor() {
    let module = Module::new(MODULE);
    module.write("a b/.covgate", "eighty\n");
    let ran = module.check(&[]).exits(2);
    assert!(ran.stderr.contains("/a b/.covgate:1: "), "{ran}");
    let ran = module.check(&["--exclude=a?b"]).exits(0);
    assert!(ran.stdout.contains("SKIPPED       ---       ---       ---  a b\n"), "{ran}");
    module.write("a b/.covgate", "80\n");
    let ran = module.covgate("audit", &["--no-timings"]).exits(1);
    assert!(ran.stdout.contains("\nNot measured               1\n"), "{ran}");
    assert!(ran.stdout.contains("\na b (build failed)\n"), "{ran}");
}

#[test]
fn shards_of_such_a_module_merge() {
    let module = Module::new(MODULE);
    let args = ["-p2", "--no-timings", "--prewarm=always"];
    let whole = module.check(&args).exits(1);
    let folder = tempfile::tempdir().unwrap();
    let reports = ["1", "2"].map(|index| {
        let report = folder.path().join(index).display().to_string();
        let shard = [format!("--shard={index}/2"), format!("--report=json={report}")];
        module.check(&[&args[..], &[&shard[0], &shard[1]]].concat());
        report
    });
    let merged = module.plain_covgate("merge", &[&reports[0], &reports[1]]).exits(1);
    assert_eq!(merged.stdout, whole.stdout);
}

/// In a workspace it lies in the module that its path begins with.
#[test]
fn a_workspace_has_several_modules() {
    let module = Module::new(MODULE);
    module.write("go.work", "go 1.22\n\nuse (\n\t.\n\t./inner\n)\n");
    module.write("inner/go.mod", "module example.com/names/inner\n\ngo 1.22\n");
    module.write("inner/c d/x.go", "package x\n\nfunc One() int { return 1 }\n");
    module.write("inner/c d/.covgate", "none\n");
    let ran = module.check(&["--workspace", "./...", "./inner/..."]).exits(2);
    assert!(ran.stderr.contains("/inner/c d/.covgate:1: "), "{ran}");
    assert!(!ran.stderr.contains("/a b/"), "{ran}");
}

/// go gives up on a pattern that leads to such a folder: what else it names is no whole.
#[test]
fn what_go_cannot_list_is_an_error() {
    let module = Module::new(MODULE);
    module.write("a@b/x.go", "package x\n");
    let ran = module.check(&["--exclude=a?b"]).exits(4);
    let said =
        "error: go cannot list every package: pattern ./...: directory a@b outside main module";
    assert!(ran.stderr.starts_with(said), "{ran}");
    assert_eq!(ran.stdout, "", "nothing is measured");
    module.check(&["./fine"]).exits(0);
}
