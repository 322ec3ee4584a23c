//! What does not build: the code itself, or only its tests.

use std::sync::LazyLock;

use super::measured::Measured;
use crate::support::module::{Module, redact};

/// A package with a test that leaves a trace, and another one whose code the test gives.
fn module(broken: &str) -> Module {
    let module = Module::new(
        r#"-- go.mod --
module example.com/builds

go 1.22
-- fine/fine.go --
package fine

func Fine() int { return 1 }
-- fine/fine_test.go --
package fine

import (
	"os"
	"testing"
)

func TestFine(t *testing.T) {
	Fine()
	if err := os.WriteFile("trace", nil, 0o600); err != nil {
		t.Fatal(err)
	}
}
"#,
    );
    module.write("broken/broken.go", broken);
    module
}

const TYPE_ERRORS: &str = "package broken

func One() int { return undefined }

func Two() string {
	return 2
}
";

/// Checks that nothing is measured, and that every line which `go build` prints is there.
#[track_caller]
fn ends_the_run(broken: &str) {
    let module = module(broken);
    let build = module.go(&["build", "./..."]);
    assert_ne!(build.code, 0, "{build}");
    for engine in ["auto", "batch", "fanout"] {
        let ran = module.check(&["--engine", engine]).exits(3);
        for line in build.stderr.lines() {
            assert!(ran.stderr.contains(line.trim_end()), "no `{line}`\n{ran}");
        }
        assert!(
            ran.stderr.starts_with("error: the build is broken; nothing was measured\n"),
            "{ran}"
        );
        assert!(ran.stdout.ends_with("Pre-warming build cache (2 packages)...\n"), "{ran}");
        assert!(!module.path().join("fine/trace").exists(), "a test has run");
    }
}

#[test]
fn code_with_type_errors_ends_the_run() {
    ends_the_run(TYPE_ERRORS);
}

#[test]
fn code_that_is_no_go_ends_the_run() {
    ends_the_run("package broken\n\nfunc One( int {\n");
}

#[test]
fn code_whose_imports_are_missing_ends_the_run() {
    ends_the_run("package broken\n\nimport _ \"example.com/builds/nowhere\"\n\nfunc One() {}\n");
}

/// Without a warm pass, the same errors give a row each, and the others are measured.
#[test]
fn without_a_warm_pass_code_that_does_not_build_is_a_row() {
    let module = module(TYPE_ERRORS);
    module.write("user/user.go", "package user\n\nimport \"example.com/builds/broken\"\n\nfunc U() int { return broken.One() }\n");
    module.write(
        "user/user_test.go",
        "package user\n\nimport \"testing\"\n\nfunc TestU(t *testing.T) { U() }\n",
    );
    let measured = Measured::with(&module, &["-p2", "--prewarm=never"], &["./..."]);
    let batch = measured.batch.clone().exits(1);
    assert_eq!(batch.rows(), measured.fanout.rows());
    let rows = batch.rows();
    let rows: Vec<_> = rows.iter().map(|row| (row.label.as_str(), row.suffix.as_str())).collect();
    assert_eq!(rows, [("broken", "build failed"), ("fine", ""), ("user", "build failed")]);
    for report in [&measured.batch, &measured.fanout] {
        let detail = report.detail("broken");
        // The columns are those of the instrumented code, so they mean nothing.
        for error in ["broken.go:3:", ": undefined: undefined\n", "broken.go:6:", ": cannot use 2 "]
        {
            assert!(detail.contains(error), "{report}");
        }
        assert!(detail.ends_with("FAIL\texample.com/builds/broken [build failed]\n"), "{report}");
    }
}

#[test]
fn a_single_package_that_does_not_build_is_a_row() {
    let module = module(TYPE_ERRORS);
    let ran = module.check(&["./broken"]).exits(1);
    assert_eq!(ran.row("broken").suffix, "build failed");
    assert!(ran.details().contains(": undefined: undefined\n"), "{ran}");
    assert!(!ran.stdout.contains("Pre-warm"), "{ran}");
}

static TEST_BUILDS: LazyLock<Measured> =
    LazyLock::new(|| Measured::new(&Module::new(include_str!("testbuilds.txtar"))));

#[test]
fn tests_that_do_not_build_are_rows() {
    TEST_BUILDS.batch.clone().exits(1);
    let rows = TEST_BUILDS.batch.rows();
    let rows: Vec<_> = rows.iter().map(|row| (row.label.as_str(), row.suffix.as_str())).collect();
    let expected = [
        ("fine", ""),
        ("inner", "build failed"),
        ("outer", "build failed"),
        ("vet", "build failed"),
    ];
    assert_eq!(rows, expected);
    TEST_BUILDS.agrees();
}

#[test]
fn the_errors_of_tests_are_whole_and_under_their_row() {
    // Plain go prints errors on stderr, in the order in which it builds.
    let plain = format!("{}{}", TEST_BUILDS.plain.ran.stderr, TEST_BUILDS.plain.ran.stdout);
    for label in ["inner", "outer", "vet"] {
        let detail = redact(&TEST_BUILDS.batch.detail(label));
        assert!(detail.contains(&format!("{label}/{label}_test.go:")), "{detail}");
        for line in detail.lines() {
            assert!(plain.contains(&format!("{line}\n")), "`{line}` is not go's:\n{plain}");
        }
    }
    let errors = TEST_BUILDS.plain.ran.stderr.lines().filter(|line| line.contains("_test.go:"));
    for error in errors {
        assert!(TEST_BUILDS.batch.details().contains(error), "no `{error}`");
    }
}

const ONE: &str = "package broken\n\nfunc One() int { return 1 }\n";

#[track_caller]
fn is_a_build_row(engine: &str, test: &str, error: &str) {
    let module = module(ONE);
    module.write("broken/broken_test.go", test);
    let ran = module.check(&["--engine", engine, "--default-threshold=0"]).exits(1);
    assert_eq!(ran.row("broken").suffix, "build failed", "{ran}");
    assert_eq!(ran.row("fine").coverage, "100.0", "{ran}");
    assert!(ran.details().contains(error), "{ran}");
}

const UNPARSED: &str = "package broken\n\nfunc (\n";

#[test]
fn a_test_that_is_no_go_is_a_row() {
    is_a_build_row("batch", UNPARSED, "broken/broken_test.go:3:");
    is_a_build_row("fanout", UNPARSED, "broken/broken_test.go:3:");
}

const IMPORTS: &str = r#"package broken

import (
	"testing"

	"example.com/builds/nowhere"
)

func TestOne(t *testing.T) { nowhere.One() }
"#;

#[test]
fn a_test_whose_imports_are_missing_is_a_row() {
    is_a_build_row("batch", IMPORTS, "broken/broken_test.go:6:2: ");
}

#[test]
fn a_test_whose_imports_are_missing_is_a_row_with_fanout_too() {
    // With -coverpkg, go does not say where the import is.
    is_a_build_row("fanout", IMPORTS, "example.com/builds/nowhere");
}
