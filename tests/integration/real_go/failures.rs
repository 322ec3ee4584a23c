//! Packages whose tests fail, panic, exit or never end: their rows, and the output below them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::measured::Measured;
use crate::support::ENGINES;
use crate::support::module::{Module, Ran, redact};

static SICK: LazyLock<Measured> =
    LazyLock::new(|| Measured::new(&Module::new(include_str!("sick.txtar"))));

/// What plain go prints for each package, by label: everything up to its line with the result.
static PLAIN: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let mut sections = BTreeMap::new();
    let mut section = String::new();
    for line in SICK.plain.ran.stdout.split_inclusive('\n') {
        section.push_str(line);
        let end = ["ok  \t", "FAIL\t"].iter().find_map(|lead| line.strip_prefix(lead));
        if let Some((path, _)) = end.and_then(|rest| rest.split_once('\t')) {
            let label = path.trim_start_matches("example.com/sick/").to_owned();
            sections.insert(label, without_coverage(&redact(&std::mem::take(&mut section))));
        }
    }
    sections
});

fn detail(label: &str) -> String {
    let of = |report: &Ran| without_coverage(&redact(&report.detail(label)));
    let detail = of(&SICK.batch);
    assert_eq!(detail, of(&SICK.fanout), "two engines");
    detail
}

/// Without the coverage that go prints for failing packages, too, in words that depend on its
/// flags.
fn without_coverage(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !(line.starts_with("coverage: ") && line.contains("% of "))).collect()
}

#[test]
fn both_engines_show_the_same_bytes_and_no_coverage_of_what_failed() {
    for label in ["fails", "mainfails", "noisy"] {
        let shown = SICK.batch.detail(label);
        assert_eq!(shown, SICK.fanout.detail(label));
        assert_eq!(shown, without_coverage(&shown));
    }
}

#[test]
fn one_failing_package_keeps_none_of_the_others_from_its_row() {
    SICK.batch.clone().exits(1);
    let rows = SICK.batch.rows();
    let rows: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {} {} {}", row.status, row.label, row.coverage, row.suffix))
        .collect();
    assert_eq!(
        rows,
        [
            "FAIL early --- no coverage data",
            "FAIL exits --- tests failed",
            "FAIL fails --- tests failed",
            "PASS fine 100.0 ",
            "FAIL initpanics --- tests failed",
            "FAIL mainfails --- tests failed",
            "FAIL noisy --- tests failed",
            "FAIL panics --- tests failed",
            "FAIL parallel --- tests failed",
        ]
    );
    assert_eq!(rows.len(), SICK.fanout.rows().len());
    assert_eq!(SICK.batch.rows(), SICK.fanout.rows());
    assert_eq!(SICK.fanout.code, 1);
    let counted = "\n7 packages with failing tests, 1 without coverage data\n";
    assert_eq!(SICK.batch.stderr, counted);
}

#[test]
fn a_failing_package_is_shown_as_plain_go_shows_it() {
    let shown = detail("fails");
    assert_eq!(shown, PLAIN["fails"]);
    // Checks the most important lines directly, in case plain go is wrong.
    for absent in
        ["=== RUN", "--- PASS", "--- SKIP", "that passes\n    ", "log of a", "reason to skip"]
    {
        assert!(!shown.contains(absent), "{absent}:\n{shown}");
    }
    for present in [
        "stdout of a test that passes\n",
        "stdout of a subtest that passes\n",
        "stderr of a test that fails\n",
        "    --- FAIL: TestSubtests/fails (---)\n        fails_test.go:36: inner error\n",
        "        --- FAIL: TestSubtests/fails/deep_one (---)\n            fails_test.go:37: deep\n                error\n",
        "no newline--- FAIL: TestNoNewline (---)\n",
        "--- FAIL: ExampleShow (---)\ngot:\nnone\n1\nwant:\nzero\n1\n",
    ] {
        assert!(shown.contains(present), "{present}:\n{shown}");
    }
}

#[test]
fn panics_and_failing_exits_are_shown_as_plain_go_shows_them() {
    for label in ["panics", "initpanics", "mainfails"] {
        assert_eq!(detail(label), PLAIN[label], "{label}");
    }
    assert!(detail("panics").contains("panics_test.go:8: about to panic\n"));
    assert!(detail("panics").contains("panic: assignment to entry in nil map"));
}

/// Plain go loses the log of a test that exits; covgate has it, and shows it below what plain go
/// prints.
#[test]
fn what_a_test_logged_before_it_exited_is_not_lost() {
    let log = "    exits_test.go:10: about to exit\n";
    assert_eq!(detail("exits"), format!("{}{log}", PLAIN["exits"]));
}

/// Parallel tests end in any order, so blocks are compared as a set.
#[test]
fn parallel_subtests_keep_their_lines_together() {
    let blocks = |text: &str| {
        let mut blocks: Vec<String> = Vec::new();
        for line in text.split_inclusive('\n') {
            match blocks.last_mut() {
                Some(block) if !line.trim_start().starts_with("--- FAIL") && line != "FAIL\n" => {
                    block.push_str(line);
                }
                _ => blocks.push(line.to_owned()),
            }
        }
        blocks.sort_unstable();
        blocks
    };
    let plain = blocks(&PLAIN["parallel"]);
    for report in [&SICK.batch, &SICK.fanout, &SICK.again] {
        assert_eq!(blocks(&without_coverage(&redact(&report.detail("parallel")))), plain);
    }
    assert_eq!(plain.len(), 1 + 4 + 2 + 1, "{plain:?}");
}

#[test]
fn tests_that_leave_no_data_are_not_without_statements() {
    let shown = detail("early");
    assert!(
        shown.starts_with(&PLAIN["early"]) || shown.starts_with("no database, no tests\n"),
        "{shown}"
    );
    assert!(shown.contains("covgate: the tests passed but left no coverage data"), "{shown}");
}

#[test]
fn other_peoples_colours_and_bytes_do_not_reach_a_file() {
    assert!(SICK.plain.ran.stdout.contains('\u{1b}'), "the fixture prints colours");
    assert!(!SICK.batch.stdout.contains('\u{1b}'));
    // Since go 1.27, -json itself drops some escape characters, and nothing else.
    let plain = |text: &str| {
        let codes = ["\u{1b}", "[31m", "[1;32m", "[0m"];
        codes.iter().fold(text.to_owned(), |text, code| text.replace(code, ""))
    };
    assert_eq!(plain(&detail("noisy")), plain(&PLAIN["noisy"]));
}

#[test]
fn a_test_that_never_ends_is_timed_out() {
    let module = Module::new(
        r#"-- go.mod --
module example.com/hangs

go 1.22
-- code.go --
package hangs

func One() int { return 1 }
-- code_test.go --
package hangs

import "testing"

func TestHangs(t *testing.T) {
	t.Log("about to hang", One())
	<-make(chan bool)
}
"#,
    );
    for engine in ENGINES {
        let ran = module.check(&[engine, "--", "-timeout", "1s"]).exits(1);
        let row = ran.row(".");
        assert_eq!((row.status.as_str(), row.suffix.as_str()), ("FAIL", "timed out"), "{ran}");
        assert!(ran.details().contains("\npanic: test timed out after 1s\n"), "{ran}");
        assert!(ran.details().contains("code_test.go:6: about to hang 1\n"), "{ran}");
    }
}
