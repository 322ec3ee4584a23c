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
