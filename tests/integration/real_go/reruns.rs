//! Packages whose tests fail are run again (`rerun-fails`): which of them, and what a later pass is.

use std::fs;

use crate::support::ENGINES;
use crate::support::module::{HAS_CGO, Module, Ran};

/// Each test adds a line to a file outside of the module, and fails until it has so many. What it does then is
/// in the package's name.
const MODULE: &str = r#"-- go.mod --
module example.com/again

go 1.22
-- count/count.go --
package count

import (
	"os"
	"strings"
	"testing"
)

// Below says whether this is one of the first runs.
func Below(t *testing.T, name string, runs int) bool {
	path := os.Getenv("COUNTERS") + "/" + name
	before, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append(before, 'x'), 0o644); err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(before), "x") < runs
}
-- flaky/a.go --
package flaky

func Sometimes() int { return 1 }

func Always() int { return 2 }
-- flaky/a_test.go --
package flaky

import (
	"testing"

	"example.com/again/count"
)

func TestFlaky(t *testing.T) {
	if count.Below(t, "flaky", 1) {
		Sometimes()
		t.Fatal("not yet")
	}
	Always()
}
-- never/a.go --
package never

func F() int { return 1 }
-- never/a_test.go --
package never

import (
	"testing"

	"example.com/again/count"
)

func TestNever(t *testing.T) {
	count.Below(t, "never", 1)
	t.Fatal("never")
}
-- panics/a.go --
package panics

func F() int { return 1 }
-- panics/a_test.go --
package panics

import (
	"testing"

	"example.com/again/count"
)

func TestPanics(t *testing.T) {
	if count.Below(t, "panics", 1) {
		panic("boom")
	}
}
-- broken/a.go --
package broken

func F() int { return 1 }
-- broken/a_test.go --
package broken

var x int = "no"
-- slow/a.go --
package slow

func F() int { return 1 }
-- slow/a_test.go --
package slow

import (
	"testing"

	"example.com/again/count"
)

func TestSlow(t *testing.T) {
	if count.Below(t, "slow", 1) {
		select {}
	}
}
"#;

pub(super) struct Counted {
    pub(super) module: Module,
    counters: tempfile::TempDir,
}

impl Counted {
    pub(super) fn new() -> Self {
        Self::with("")
    }

    /// With more files, as a txtar archive.
    pub(super) fn with(more: &str) -> Self {
        let counters = tempfile::tempdir().unwrap();
        let module = Module::new(&[MODULE, more].concat())
            .env("COUNTERS", counters.path().to_str().unwrap());
        Self { module, counters }
    }

    pub(super) fn check(&self, args: &[&str]) -> Ran {
        let plain = ["-p1", "--no-timings", "--prewarm=never", "--default-threshold=50"];
        self.module.check(&[&plain, args].concat())
    }

    pub(super) fn runs(&self, name: &str) -> usize {
        fs::read(self.counters.path().join(name)).map_or(0, |marks| marks.len())
    }

    pub(super) fn forget(&self) {
        for entry in fs::read_dir(self.counters.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
}

#[test]
fn a_later_pass_counts_and_is_loud() {
    let counted = Counted::new();
    counted.check(&["./flaky"]).exits(1);
    for engine in ENGINES {
        counted.forget();
        let reports = ["--report=json=out.json", "--report=junit=out.xml"];
        let all = [&["--rerun-fails=2", engine, "./flaky"][..], &reports].concat();
        let ran = counted.check(&all).exits(0);
        let row = ran.row("flaky");
        assert_eq!((row.status.as_str(), row.suffix.as_str()), ("PASS", "flaky: passed on run 2"));
        // Of the run that passed, alone.
        assert_eq!(row.coverage, "50.0", "{ran}");
        assert_eq!(ran.stderr, "1 package passed only when run again: flaky\n");
        assert!(ran.stdout.ends_with("All packages meet minimum coverage requirement\n"));
        assert_eq!(counted.runs("flaky"), 2);
        let xml = fs::read_to_string(counted.module.path().join("out.xml")).unwrap();
        assert!(xml.contains("<flakyFailure ") && xml.contains("not yet"), "{xml}");
        // What merge makes of the report is the same.
        let merged = counted.module.plain_covgate("merge", &["out.json"]).exits(0);
        assert_eq!(merged.row("flaky"), row);
        assert_eq!(merged.stderr, ran.stderr);
    }
    counted.forget();
    let audit = counted.module.covgate("audit", &["--rerun-fails=2", "./flaky"]).exits(0);
    assert!(audit.stdout.contains("\nFlaky                      1  passed only when run again\n"));
    assert!(audit.stdout.contains("\nFlaky:\n  flaky (passed on run 2)\n"), "{audit}");
}

#[test]
fn no_floor_is_raised_by_it() {
    let counted = Counted::new();
    let floor = counted.module.path().join("flaky/.covgate");
    let ratchet = |args: &[&str]| {
        counted.forget();
        counted.module.covgate("ratchet", &[&["--rerun-fails=1", "./flaky"], args].concat())
    };
    let ran = ratchet(&["--slack=0.5"]).exits(0);
    assert!(ran.stdout.contains("flaky (flaky: passed on run 2)\n"), "{ran}");
    let way_out = "1 floor stays as it is after a flaky pass; this changes it if the tests pass in their first run: ";
    let line = ran.stderr.lines().find_map(|line| line.strip_prefix(way_out));
    let command = line.unwrap_or_else(|| panic!("{ran}"));
    assert!(command.contains(" --slack 0.5 ") && command.ends_with(" ./flaky"), "{ran}");
    assert!(!floor.exists(), "{ran}");
    let too_many = ratchet(&["--rerun-limit=0"]).exits(1);
    let note = "note: 1 package failed, more than rerun-limit (0): none was run again; --rerun-limit=1 does it\n";
    assert_eq!(too_many.stderr, note, "{too_many}");
    // What would not change is not held back.
    counted.module.write("flaky/.covgate", "50\n");
    let ran = ratchet(&["--slack=0.5"]).exits(0);
    assert_eq!(ran.stderr, "1 package passed only when run again: flaky\n");
    // The tests pass in their first run now.
    fs::remove_file(&floor).unwrap();
    counted.module.paste("", command).exits(0);
    assert_eq!(fs::read_to_string(&floor).unwrap(), "49.5\n");
}

/// A pass of a later run is judged as any other.
#[test]
fn a_later_pass_may_close_the_gate() {
    let counted = Counted::new();
    for (floor, status, suffix) in [
        (
            "20\n",
            "LOOSE",
            "required lags actual by 30.0pp; update .covgate to >= 49.5; flaky: passed on run 2",
        ),
        ("90\n", "FAIL", "flaky: passed on run 2"),
    ] {
        counted.forget();
        counted.module.write("flaky/.covgate", floor);
        let ran = counted.check(&["--rerun-fails=2", "--report=json=out.json", "./flaky"]).exits(1);
        let row = ran.row("flaky");
        assert_eq!((row.status.as_str(), row.suffix.as_str()), (status, suffix), "{ran}");
        assert_eq!((row.coverage.as_str(), counted.runs("flaky")), ("50.0", 2), "{ran}");
        assert!(ran.stderr.starts_with("1 package passed only when run again: flaky\n"), "{ran}");
        let merged = counted.module.plain_covgate("merge", &["out.json"]).exits(1);
        assert_eq!(merged.row("flaky"), row, "{merged}");
    }
}

#[test]
fn only_tests_that_fail_are_run_again() {
    let counted = Counted::new();
    let args = ["--rerun-fails=2", "./broken", "./flaky", "./never", "./panics", "./slow"];
    let ran = counted.check(&[&args[..], &["--", "-timeout=2s"]].concat()).exits(1);
    let rows = ran.rows();
    let rows: Vec<String> =
        rows.iter().map(|row| format!("{} {} {}", row.status, row.label, row.suffix)).collect();
    assert_eq!(
        rows,
        [
            "FAIL broken build failed",
            "PASS flaky flaky: passed on run 2",
            "FAIL never tests failed",
            "FAIL panics tests failed",
            "FAIL slow timed out",
        ]
    );
    let runs = ["flaky", "never", "panics", "slow"].map(|name| counted.runs(name));
    assert_eq!(runs, [2, 3, 1, 1], "{ran}");
    let note = "covgate: failed in all 3 runs; this is what the first one printed\n";
    assert!(ran.detail("never").ends_with(note), "{ran}");
}

#[test]
fn where_too_many_fail_none_is_run_again() {
    let counted = Counted::new();
    let args = ["--rerun-fails=2", "--rerun-limit=1", "./flaky", "./never"];
    let ran = counted.check(&args).exits(1);
    let note = "note: 2 packages failed, more than rerun-limit (1): none was run again; --rerun-limit=2 does it\n";
    assert!(ran.stderr.contains(note), "{ran}");
    assert_eq!(["flaky", "never"].map(|name| counted.runs(name)), [1, 1]);
}

#[test]
fn a_race_is_not_run_again() {
    if !*HAS_CGO {
        return;
    }
    let counted = Counted::new();
    counted.module.write(
        "flaky/race_test.go",
        "package flaky\n\nimport (\n\t\"testing\"\n\n\t\"example.com/again/count\"\n)\n\n\
         func TestRace(t *testing.T) {\n\tif !count.Below(t, \"race\", 1) {\n\t\treturn\n\t}\n\
         \tx, done := 0, make(chan bool)\n\tgo func() { x = 1; close(done) }()\n\tx = 2\n\t<-done\n\t_ = x\n}\n",
    );
    let args = ["--rerun-fails=2", "./flaky", "--", "-race", "-run=TestRace"];
    let ran = counted.check(&args).exits(1);
    assert_eq!(ran.row("flaky").suffix, "tests failed");
    assert_eq!(counted.runs("race"), 1, "{ran}");
}
