//! Tests outside their package.

use std::collections::BTreeMap;

use crate::support::module::{Module, Ran, shown};

pub(super) const MODULE: &str = r#"-- go.mod --
module example.com/outside

go 1.22
-- pkg/own/own.go --
package own

func One() int { return 1 }

func Two() int { return 2 }
-- pkg/own/own_test.go --
package own

import "testing"

func TestOne(t *testing.T) { One() }
-- pkg/both/both.go --
package both

import "example.com/outside/pkg/own"

func One() int { return 1 }

func Two() int { return own.Two() }

func Three() int { return 3 }
-- pkg/both/both_test.go --
package both

import "testing"

func TestOne(t *testing.T) { One() }
-- tests/both/both_test.go --
package both

import (
	"testing"

	"example.com/outside/pkg/both"
	"example.com/outside/tests/helper"
)

func TestTwo(t *testing.T) { helper.Call(both.Two) }
-- pkg/deep/inner/inner.go --
package inner

func One() int { return 1 }

func Two() int { return 2 }

func Three() int { return 3 }

func Four() int { return 4 }
-- tests/deep/inner/inner_test.go --
package inner_test

import (
	"testing"

	"example.com/outside/pkg/deep/inner"
	"example.com/outside/pkg/own"
)

func TestOne(t *testing.T) {
	inner.One()
	own.Two()
}
-- pkg/types/types.go --
package types

type Kind int
-- tests/types/types_test.go --
package types

import (
	"testing"

	"example.com/outside/pkg/types"
)

func TestKind(t *testing.T) { _ = types.Kind(1) }
-- tests/helper/helper.go --
package helper

func Call(f func() int) int { return f() }
-- tests/alone/alone_test.go --
package alone

import "testing"

func TestAlone(t *testing.T) {}
"#;

const ARGS: [&str; 4] =
    ["--test-dir=tests", "--src-prefix=pkg", "--default-threshold=0", "--no-timings"];

fn coverage(ran: &Ran) -> BTreeMap<String, String> {
    ran.rows().into_iter().map(|row| (row.label, row.coverage)).collect()
}

#[test]
fn a_package_is_covered_by_its_tests_outside_too() {
    let module = Module::new(MODULE);
    let expected = |package: &str, paths: &[&str]| {
        let package = format!("example.com/outside/{package}");
        let plain = module.plain(&[&["-coverpkg", package.as_str()], paths].concat());
        shown(plain.statements[&package])
    };
    let ran = module.check(&ARGS).exits(0);
    let fanout = module.check(&[&ARGS[..], &["--engine=fanout"]].concat());
    let batch = module.check(&[&ARGS[..], &["--engine=batch"]].concat());
    assert_eq!((&ran, &ran), (&fanout, &batch));

    let rows = coverage(&ran);
    assert_eq!(rows["pkg/own"], expected("pkg/own", &["./pkg/own"]));
    assert_eq!(rows["pkg/both"], expected("pkg/both", &["./pkg/both", "./tests/both"]));
    let inner = expected("pkg/deep/inner", &["./pkg/deep/inner", "./tests/deep/inner"]);
    assert_eq!(rows["pkg/deep/inner"], inner);
    let rows: Vec<(&str, &str)> =
        rows.iter().map(|(label, coverage)| (label.as_str(), coverage.as_str())).collect();
    assert_eq!(
        rows,
        [
            ("pkg/both", "66.7"),
            ("pkg/deep/inner", "25.0"),
            ("pkg/own", "50.0"),
            ("pkg/types", "---"),
            ("tests/alone", "---"),
            ("tests/helper", "0.0"),
        ]
    );
    assert_eq!(ran.row("pkg/types").suffix, "no statements");
}

#[test]
fn tests_outside_count_from_any_folder_and_without_being_named() {
    let module = Module::new(MODULE);
    let measures = |folder: &str, args: &[&str], expected: &[&str]| {
        let ran = module.check_in(folder, &[&ARGS[..], args].concat()).exits(0);
        let rows: Vec<String> =
            ran.rows().into_iter().map(|row| format!("{} {}", row.label, row.coverage)).collect();
        assert_eq!(rows, expected, "in `{folder}` with {args:?}: {ran}");
    };
    let all = ["pkg/both 66.7", "pkg/deep/inner 25.0", "pkg/own 50.0", "pkg/types ---"];
    measures("", &["./pkg/..."], &all);
    measures("pkg", &[], &all);
    measures("pkg/deep", &[], &all[1..2]);
    measures("tests", &["../pkg/both"], &all[..1]);
}

#[test]
fn a_failing_test_outside_fails_its_package() {
    let module = Module::new(MODULE);
    let test = "package both\n\nimport \"testing\"\n\nfunc TestFails(t *testing.T) { t.Error(\"outside\") }\n";
    module.write("tests/both/fails_test.go", test);
    let ran = module.check(&ARGS).exits(1);
    assert_eq!(ran.row("pkg/both").suffix, "tests failed", "{ran}");
    assert_eq!(ran.row("pkg/deep/inner").coverage, "25.0", "{ran}");
    assert!(ran.details().contains("    fails_test.go:5: outside\n"), "{ran}");
    assert!(!ran.details().contains("ok  \t"), "only what went wrong is worth reading: {ran}");

    module.write("tests/both/fails_test.go", "package both\n\nfunc broken() { undefined() }\n");
    let ran = module.check(&ARGS).exits(1);
    assert_eq!(ran.row("pkg/both").suffix, "build failed", "{ran}");
    assert!(
        ran.details().contains("tests/both/fails_test.go:3:17: undefined: undefined\n"),
        "{ran}"
    );
}

/// The tests of an excluded package belong to nobody, so they keep a row of their own.
#[test]
fn tests_outside_of_an_excluded_package_still_run() {
    let module = Module::new(MODULE);
    module.write(
        "tests/both/fails_test.go",
        "package both\n\nimport \"testing\"\n\nfunc TestFails(t *testing.T) { t.Error() }\n",
    );
    let args = ["--default-threshold=0", "--test-dir=tests", "--exclude=./pkg/both"];
    let ran = module.check(&args).exits(1);
    assert_eq!(ran.row("tests/both").suffix, "tests failed", "{ran}");
}

/// If some tests never ran, others do not make up for them.
#[test]
fn a_test_main_that_exits_early_is_not_made_good_from_outside() {
    let module = Module::new(MODULE);
    module.write(
        "pkg/both/main_test.go",
        "package both\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestMain(*testing.M) { os.Exit(0) }\n",
    );
    let ran = module.check(&["--default-threshold=0", "--test-dir=tests"]).exits(1);
    assert_eq!(ran.row("pkg/both").suffix, "no coverage data", "{ran}");
}

/// Those of others in the same process still count.
#[test]
fn what_goes_wrong_outside_stays_with_its_package() {
    let module = Module::new(MODULE);
    let write = |main: &str| {
        let text = format!(
            "package both\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"testing\"\n\t\"time\"\n)\n\n\
             var _ = fmt.Print\nvar _ = os.Exit\nvar _ = time.Sleep\n\n\
             func TestMain(m *testing.M) {{\n{main}\n}}\n"
        );
        module.write("tests/both/main_test.go", &text);
    };
    let both = |expected: [&str; 2]| {
        let ran = module.check(&[&ARGS[..], &["--", "-timeout=30s"]].concat());
        let row = ran.row("pkg/both");
        assert_eq!([row.coverage.as_str(), row.suffix.as_str()], expected, "{ran}");
        assert_eq!(ran.row("pkg/deep/inner").coverage, "25.0", "{ran}");
        assert_eq!(ran.row("pkg/types").suffix, "no statements", "{ran}");
    };
    write("\tos.Exit(0)");
    both(["---", "no coverage data"]);
    write("\tpanic(\"outside\")");
    both(["---", "tests failed"]);
    write("\tfmt.Print(\"coverage: 100.0% of statements\\n\")\n\tos.Exit(m.Run())");
    both(["66.7", ""]);
}

/// go repeats the list of packages in lines, which it then cuts into pieces.
#[test]
fn a_list_of_packages_may_be_longer_than_a_line_of_gos() {
    let module = Module::new("-- go.mod --\nmodule example.com/long\n\ngo 1.22\n");
    let names: Vec<String> = (0..18).map(|index| format!("{}{index}", "x".repeat(240))).collect();
    for name in &names {
        let code = "package p\n\nfunc One() int { return 1 }\n\nfunc Two() int { return 2 }\n";
        module.write(&format!("pkg/{name}/p.go"), code);
        let test = format!(
            "package tests\n\nimport \"testing\"\nimport p \"example.com/long/pkg/{name}\"\n\n\
             func Test(t *testing.T) {{ p.One() }}\n"
        );
        module.write(&format!("tests/{name}/p_test.go"), &test);
    }
    let ran = module.check(&[&ARGS[..], &["--", "-vet=off", "-ldflags=-w"]].concat()).exits(0);
    let rows: Vec<_> = ran.rows().into_iter().map(|row| row.coverage).collect();
    assert_eq!(rows, ["50.0"; 18], "{ran}");
}

/// What go vets where the package is tested, it vets here, too.
#[test]
fn a_package_without_tests_of_its_own_is_vetted() {
    let module = Module::new(MODULE);
    let code =
        "package inner\n\nimport \"fmt\"\n\nfunc Vet() { fmt.Printf(\"%d\", \"no number\") }\n";
    module.write("pkg/deep/inner/vet.go", code);
    let ran = module.check(&ARGS).exits(1);
    assert_eq!(ran.row("pkg/deep/inner").suffix, "build failed", "{ran}");
    assert!(ran.details().contains("vet.go:5:"), "{ran}");
    assert_eq!(ran.row("pkg/both").coverage, "66.7", "{ran}");
}
