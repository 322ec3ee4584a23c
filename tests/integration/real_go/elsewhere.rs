//! Where covgate is started, and what it measures: folders, patterns, workspaces.

use crate::support::ENGINES;
use crate::support::module::{GO_MINOR, Module, Ran};

const MODULE: &str = r#"-- go.mod --
module example.com/places

go 1.22

require example.com/dep v1.0.0
-- go.work --
go 1.22

use (
	.
	./dep
)
-- root.go --
package places

func Root() int { return 1 }
-- sub/a/a.go --
package a

func A() int { return 1 }
-- sub/a/a_test.go --
package a

import "testing"

func TestA(t *testing.T) { A() }
-- sub/b/.covgate --
50
notes
-- sub/b/b.go --
package b

func B() int { return 1 }

func C() int { return 2 }
-- sub/b/b_test.go --
package b

import "testing"

func TestB(t *testing.T) { B() }
-- sub/empty/README --
no package here
-- dep/go.mod --
module example.com/dep

go 1.22
-- dep/dep.go --
package dep

func Dep() int { return 1 }
"#;

/// A package that only the workspace can build.
const USER: (&str, &str) = (
    "user/user.go",
    "package user\n\nimport \"example.com/dep\"\n\nfunc User() int { return dep.Dep() }\n",
);

fn rows(ran: &Ran) -> Vec<String> {
    ran.rows()
        .iter()
        .map(|row| format!("{} {} {}", row.label, row.coverage, row.required))
        .collect()
}

#[test]
fn it_works_from_every_folder() {
    let module = Module::new(MODULE);
    let path = module.path();
    let sub = ["sub/a 100.0 0.0", "sub/b 50.0 50.0"];
    let measures = |folder: &str, args: &[&str], expected: &[&str]| {
        let args = [&["--default-threshold=0", "--no-timings"], args].concat();
        let ran = module.check_in(folder, &args).exits(0);
        assert_eq!(rows(&ran), expected, "in `{folder}` with {args:?}: {ran}");
    };
    measures("", &[], &[". 0.0 0.0", sub[0], sub[1]]);
    measures("sub", &[], &sub);
    measures("sub/b", &[], &sub[1..]);
    measures("sub/b", &["../a", "."], &sub);
    measures("sub/empty", &["../..."], &sub);
    measures("", &["example.com/places/sub/a"], &sub[..1]);
    measures("", &["--packages", "./sub/..."], &sub);
    measures("", &["-C", "sub"], &sub);
    // As shells complete them; go spells them differently.
    measures("", &["./sub/a/", "./sub//b"], &sub);
    measures("", &["--test-dir=tests", "./sub/a/", "./sub/b/"], &sub);
    measures("sub", &["-C", "../sub/a"], &sub[..1]);
    // A folder outside any module.
    measures("..", &["-C", path.as_str(), "./sub/b"], &sub[1..]);
}

#[test]
fn there_must_be_something_to_measure() {
    let module = Module::new(MODULE);
    let fails = |folder: &str, args: &[&str], code: i32, lead: &str| {
        let ran = module.check_in(folder, args).exits(code);
        assert!(ran.stderr.starts_with(lead), "{ran}");
        assert!(!ran.stdout.contains("All packages meet"), "{ran}");
    };
    fails("sub/empty", &[], 5, "error: nothing to measure: ");
    fails("", &["./nowhere"], 5, "error: nothing to measure: ");
    fails("", &["./nowhere/..."], 5, "error: nothing to measure: ");
    fails("", &["--exclude=./..."], 5, "error: nothing to measure: ");
    // Something is there, but not all that was asked for.
    for typo in ["example.com/places/typo/...", "./typo", "./typo/..."] {
        fails("", &["./sub/...", typo], 2, "error: a pattern names no package: ");
    }
    fails("..", &[], 4, "error: ");
    fails("", &["-C", "nowhere"], 2, "error: cannot enter nowhere");
    module.write("sub/b/.covgate", "eighty\n");
    fails("", &[], 2, "error: ");
    fails("sub", &["--default-threshold=101"], 2, "error: ");
    fails("", &["--go", "/nowhere/go"], 2, "error: ");
}

/// go's words name no workspace, and its own advice leads away from one.
#[test]
fn what_only_the_workspace_has_is_explained() {
    let module = Module::new(MODULE);
    let root = module.path();
    let hint = format!(
        "go was run without {root}/go.work (GOWORK=off); --modules=workspace, or \
         `modules = \"workspace\"` in covgate.toml, lets it read that\n"
    );
    let hinted = format!("\nhint: {hint}");
    // A pattern.
    let outside = module.check(&["./dep"]).exits(5);
    assert!(outside.stderr.ends_with(&hinted), "{outside}");
    let several = module.check(&["./sub/a", "./dep/..."]).exits(2);
    assert!(several.stderr.ends_with(&hinted), "{several}");
    // An import: in the warm pass, or where there is none.
    module.write("go.mod", "module example.com/places\n\ngo 1.22\n");
    let user = "package user\n\nimport \"dep/inner\"\n\nvar User = inner.Inner\n";
    module.write("user/user.go", user);
    let warm = module.check(&[]).exits(3);
    assert!(warm.stderr.contains("package dep/inner is not in std"), "{warm}");
    assert!(warm.stderr.ends_with(&hinted), "{warm}");
    for engine in ["batch", "fanout"] {
        let row = module.check(&["./user", "--prewarm=never", "--engine", engine]).exits(1);
        // Before go 1.24 such an error is not the package's.
        let place = if *GO_MINOR < 24 { row.stderr.clone() } else { row.details() };
        assert!(place.contains(&format!("covgate: {hint}")), "{row}");
    }
    // Nothing is said of a file that go reads, would not read, or that is not there.
    let asked = module.check(&["--modules=workspace"]).exits(3);
    assert!(!asked.stderr.contains("go.work"), "{asked}");
    let module = module.env("GOWORK", "off");
    assert!(!module.check(&[]).exits(3).stderr.contains("go.work"));
    let module = module.env("GOWORK", "");
    std::fs::remove_file(root.join("go.work")).unwrap();
    let alone = module.check(&[]).exits(3);
    assert!(!alone.stderr.contains("go.work"), "{alone}");
    assert!(alone.stderr.ends_with("hint: `go build ./...` shows the same errors\n"), "{alone}");
}

#[test]
fn a_workspace_is_respected_only_when_asked_for() {
    let module = Module::new(MODULE);
    module.write(USER.0, USER.1);
    let without = module.check(&["--default-threshold=0"]);
    assert_eq!(without.code, 3, "{without}");
    assert!(without.stderr.contains("example.com/dep"), "{without}");
    for engine in ENGINES {
        let args = ["--modules=workspace", "--default-threshold=0", engine];
        let with = module.check(&args).exits(0);
        assert_eq!(with.row("user").coverage, "0.0", "{with}");
        let both = module.check(&[&args[..], &["./user", "example.com/dep"]].concat()).exits(0);
        let labels: Vec<String> = both.rows().into_iter().map(|row| row.label).collect();
        assert_eq!(labels.len(), 2, "{both}");
    }
}
