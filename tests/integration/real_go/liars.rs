//! Tests that imitate go's output: the report depends only on what go itself says, and on the
//! profile.

use std::sync::LazyLock;

use super::measured::Measured;
use crate::support::module::Module;

static LIARS: LazyLock<Measured> =
    LazyLock::new(|| Measured::new(&Module::new(include_str!("liars.txtar"))));

#[track_caller]
fn is(label: &str, status: &str, coverage: &str, suffix: &str) {
    for report in [&LIARS.batch, &LIARS.fanout] {
        let row = report.row(label);
        let row = (row.status.as_str(), row.coverage.as_str(), row.suffix.as_str());
        assert_eq!(row, (status, coverage, suffix), "{report}");
    }
}

#[test]
fn both_engines_agree_on_them() {
    assert_eq!(LIARS.batch.rows(), LIARS.fanout.rows());
    assert_eq!(LIARS.batch, LIARS.again);
}

#[test]
fn invented_results_after_the_real_ones_change_nothing() {
    is("forger", "PASS", "50.0", "");
}

/// go's own summary line repeats the first `coverage: …` that the tests print.
#[test]
fn invented_results_before_the_real_ones_change_nothing() {
    is("liar", "PASS", "33.3", "");
}

#[test]
fn no_data_is_not_turned_into_no_statements() {
    is("earlyliar", "FAIL", "---", "no coverage data");
    is("earlynoeol", "FAIL", "---", "no coverage data");
}

#[test]
fn a_failing_test_does_not_choose_why_it_fails() {
    is("failingliar", "FAIL", "---", "tests failed");
}

/// As many as a test likes, of its own or of other programs that it ran.
#[test]
fn invented_percentages_do_not_drive_out_the_real_one() {
    is("talker", "PASS", "33.3", "");
    is("nothing", "PASS", "---", "no statements");
}

/// Only the last line of a package is go's own.
#[test]
fn an_invented_line_of_gos_does_not_make_a_result_cached() {
    let module = Module::new(
        r#"-- go.mod --
module example.com/m

go 1.22
-- m.go --
package m

func One() int { return 1 }
-- m_test.go --
package m

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	fmt.Print("ok  \texample.com/m\t(cached)\tcoverage: 100.0% of statements\n")
	code := m.Run()
	fmt.Print("ok  \texample.com/m\t(cached)\nFAIL\texample.com/m [build failed]\n")
	os.Exit(code)
}

func TestOne(t *testing.T) {
	One()
	if os.Getenv("FAIL") != "" {
		t.Fail()
	}
}
"#,
    );
    for engine in ["batch", "fanout"] {
        let row = module.check(&["--engine", engine, "--", "-count=1"]).exits(0).row(".");
        assert_ne!(row.time, "(cached)");
    }
    let module = module.env("FAIL", "1");
    for engine in ["batch", "fanout"] {
        let row = module.check(&["--engine", engine, "--", "-count=1"]).exits(1).row(".");
        assert_eq!(row.suffix, "tests failed");
    }
}
