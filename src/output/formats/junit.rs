//! Owns the `junit` report: a test case per package, for CI servers that show test results.
//! Must not know where it is written.

use quick_junit::{
    FlakyOrRerun, NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite,
};

use super::problem::{Kind, Problem};
use crate::domain::counted::statements;
use crate::domain::limit;
use crate::output::document::{Document, OutcomeKind, PackageRecord};
use crate::output::foreign;

/// Writes one suite, without time stamps and ids, which would differ from run to run.
pub(super) fn render(document: &Document) -> Vec<u8> {
    let mut suite = TestSuite::new(foreign::line(&document.name()));
    let wall = document.phases.as_ref().map(|phases| phases.runs.wall);
    if let Some(time) = wall.and_then(limit::seconds) {
        suite.set_time(time);
    }
    suite.add_test_cases(document.packages.iter().map(|package| case(document, package)));
    suite.add_test_cases(document.excluded.iter().map(|path| {
        let mut status = TestCaseStatus::skipped();
        status.set_message("excluded");
        let (module, import_path) = match document.module_of(path) {
            Some((module, import_path)) => (module.path.clone(), import_path),
            None => (document.name(), path.clone()),
        };
        named(&module, &import_path, status)
    }));
    suite.add_test_cases(trouble(document));
    let mut report = Report::new("covgate");
    report.add_test_suite(suite);
    // Fails only if the writer fails, and writing to memory does not.
    report.to_string().unwrap_or_default().into_bytes()
}

fn case(document: &Document, package: &PackageRecord) -> TestCase {
    let problem = Problem::of(document, package);
    let mut status = match &problem {
        Some(problem) if problem.closes => failure(problem),
        _ => TestCaseStatus::success(),
    };
    let kind = if package.flaky { FlakyOrRerun::Flaky } else { FlakyOrRerun::Rerun };
    status.set_rerun_kind(kind).add_reruns(package.failed_runs.iter().map(|output| rerun(output)));
    let mut case = named(&package.module, &package.import_path, status);
    if let Some(warning) = problem.filter(|problem| !problem.closes) {
        case.set_system_out(format!("warning: {}", warning.message()));
    }
    if let Some(time) = package.seconds.and_then(limit::seconds) {
        case.set_time(time);
    }
    case
}

/// Another run of the package, which failed.
fn rerun(output: &str) -> TestRerun {
    let mut rerun = TestRerun::new(NonSuccessKind::Failure);
    rerun.set_message("tests failed").set_type("tests-failed");
    rerun.set_stack_trace(untabbed(&foreign::text(output)));
    rerun
}

fn failure(problem: &Problem<'_>) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(problem.message());
    status.set_type(match (problem.kind, problem.package.outcome) {
        (Kind::Below, _) => "below-floor",
        (Kind::Loose, _) => "loose",
        (Kind::Unmeasured, OutcomeKind::BuildFailed) => "build-failed",
        (Kind::Unmeasured, OutcomeKind::TimedOut) => "timed-out",
        (Kind::Unmeasured, OutcomeKind::NoCoverageData) => "no-coverage-data",
        (Kind::Unmeasured, _) => "tests-failed",
    });
    let text = match problem.kind {
        Kind::Below | Kind::Loose => uncovered(problem),
        Kind::Unmeasured => untabbed(&foreign::text(&problem.package.output)),
    };
    if !text.is_empty() {
        status.set_description(text);
    }
    status
}

/// What closes the gate besides the packages.
fn trouble(document: &Document) -> Option<TestCase> {
    let first = document.troubles.first()?;
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(foreign::line(first)).set_type("trouble");
    status.set_description(untabbed(&foreign::text(&document.troubles.join("\n"))));
    Some(named(&document.name(), "covgate", status))
}

/// The class is the module, because servers group by class.
fn named(module: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(foreign::line(name), status);
    case.set_classname(foreign::line(module));
    case
}

/// The lines that no test runs.
fn uncovered(problem: &Problem<'_>) -> String {
    let line = |place: super::problem::Place<'_>| {
        let statements = statements(place.range.statements);
        format!("{}:{}  {statements}\n", foreign::line(place.file), place.range)
    };
    let lines: String = problem.places().into_iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("not covered:\n{lines}") }
}

/// Replaces tabs by spaces, as a terminal shows them: `quick_junit` drops every control character
/// but the newline.
fn untabbed(text: &str) -> String {
    const STOP: usize = 8;
    // Each piece starts at a tab stop: after a newline or a tab.
    let pieces = text.split_inclusive(['\n', '\t']).map(|piece| match piece.strip_suffix('\t') {
        Some(cell) => {
            let width = (cell.chars().count() / STOP + 1) * STOP;
            format!("{cell:<width$}")
        }
        None => piece.to_owned(),
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::choice::Tightness;
    use crate::output::formats::sample::{below, broken, document, documents, loose, passing, xml};

    fn text(document: &Document) -> String {
        String::from_utf8(render(document)).unwrap()
    }

    #[test]
    fn every_kind() {
        let output =
            "--- FAIL: TestA (---)\n    a_test.go:3: <got> \u{1b}[31m1\u{1b}[0m\nFAIL\tx\t---\n";
        let mut run = document(vec![
            passing("."),
            below("below"),
            broken("fails", OutcomeKind::TestsFailed, output),
            loose("loose"),
        ]);
        run.excluded = vec!["gen".to_owned()];
        run.troubles = vec!["go test ended with signal 9".to_owned()];
        insta::assert_snapshot!(text(&run), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="covgate" tests="6" skipped="1" failures="3" errors="1">
            <testsuite name="m.example/shop" tests="6" skipped="1" errors="1" failures="3">
                <testcase name="m.example/shop" classname="m.example/shop"/>
                <testcase name="m.example/shop/below" classname="m.example/shop">
                    <failure message="coverage 50.0%, floor 80.0%: needs 3 more statements" type="below-floor">not covered:
        below/a.go:3-4  1 statement
        below/a.go:20  4 statements
        </failure>
                </testcase>
                <testcase name="m.example/shop/fails" classname="m.example/shop">
                    <failure message="tests failed" type="tests-failed">--- FAIL: TestA (---)
            a_test.go:3: &lt;got&gt; 1
        FAIL    x       ---
        </failure>
                </testcase>
                <testcase name="m.example/shop/loose" classname="m.example/shop">
                    <failure message="coverage 100.0%, floor 80.0%: required lags actual by 20.0pp; update .covgate to &gt;= 99.5" type="loose"/>
                </testcase>
                <testcase name="m.example/shop/gen" classname="m.example/shop">
                    <skipped message="excluded"/>
                </testcase>
                <testcase name="covgate" classname="m.example/shop">
                    <error message="go test ended with signal 9" type="trouble">go test ended with signal 9</error>
                </testcase>
            </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn a_floor_that_may_lag_is_no_failure() {
        let mut run = document(vec![loose("loose")]);
        run.settings.tightness = Tightness::Warn;
        insta::assert_snapshot!(text(&run), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="covgate" tests="1" skipped="0" failures="0" errors="0">
            <testsuite name="m.example/shop" tests="1" skipped="0" errors="0" failures="0">
                <testcase name="m.example/shop/loose" classname="m.example/shop">
                    <system-out>warning: coverage 100.0%, floor 80.0%: required lags actual by 20.0pp; update .covgate to &gt;= 99.5</system-out>
                </testcase>
            </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn a_pass_of_a_later_run_is_flaky() {
        let mut package = passing("a");
        (package.runs, package.flaky) = (2, true);
        package.failed_runs = vec!["--- FAIL: TestA\n".to_owned()];
        let flaky = text(&document(vec![package.clone()]));
        assert!(flaky.contains("failures=\"0\"") && !flaky.contains("<failure"), "{flaky}");
        assert!(flaky.contains(r#"<flakyFailure message="tests failed" type="tests-failed">"#));
        assert!(flaky.contains("<stackTrace>--- FAIL: TestA\n</stackTrace>"), "{flaky}");
        let mut failed = broken("a", OutcomeKind::TestsFailed, "no\n");
        (failed.runs, failed.failed_runs) = (2, package.failed_runs);
        let failed = text(&document(vec![failed]));
        assert!(failed.contains("<failure ") && failed.contains("<rerunFailure "), "{failed}");
    }

    #[test]
    fn times_only_where_there_are_some() {
        let mut package = passing("a");
        package.seconds = Some(0.25);
        assert!(text(&document(vec![package.clone()])).contains(r#" time="0.250""#));
        for absurd in [f64::NAN, -1.0, 1e300] {
            package.seconds = Some(absurd);
            assert!(!text(&document(vec![package.clone()])).contains("time="), "{absurd}");
        }
    }

    #[test]
    fn tabs_are_spaces() {
        assert_eq!(untabbed("FAIL\tm\t1s\n\tx"), "FAIL    m       1s\n        x");
    }

    proptest! {
        #[test]
        fn a_reader_gets_back_what_was_said(run in documents()) {
            let read = xml::parse(&render(&run));
            let cases = read.all("testcase").into_iter();
            let names: Vec<&String> = cases.map(|case| &case.attributes["name"]).collect();
            let packages = run.packages.iter().map(|package| foreign::line(&package.import_path));
            let excluded = run.excluded.iter().map(|path| {
                let named = run.module_of(path).map(|(_, import_path)| import_path);
                foreign::line(&named.unwrap_or_else(|| path.clone()))
            });
            let trouble = run.troubles.first().map(|_| "covgate".to_owned());
            let expected: Vec<String> = packages.chain(excluded).chain(trouble).collect();
            prop_assert_eq!(names, expected.iter().collect::<Vec<_>>());

            let failures = read.all("failure").into_iter();
            let texts: Vec<&String> = failures.map(|failure| &failure.text).collect();
            let closing = Problem::all(&run).into_iter().filter(|problem| problem.closes);
            let expected: Vec<String> = closing
                .map(|problem| match problem.kind {
                    Kind::Unmeasured => untabbed(&foreign::text(&problem.package.output)),
                    Kind::Below | Kind::Loose => uncovered(&problem),
                })
                .collect();
            prop_assert_eq!(texts, expected.iter().collect::<Vec<_>>());
        }
    }
}
