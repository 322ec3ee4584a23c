//! Packages that are run again (`rerun-fails`) where tests are spread: outside of the package, over modules, over
//! shards.

use super::reruns::Counted;
use crate::support::ENGINES;

const OUTSIDE: &str = r#"-- pkg/unit/a.go --
package unit

func Own() int { return 1 }

func Outside() int { return 2 }
-- pkg/unit/a_test.go --
package unit

import (
	"testing"

	"example.com/again/count"
)

func TestOwn(t *testing.T) {
	count.Below(t, "own", 0)
	Own()
}
-- tests/unit/a_test.go --
package outside

import (
	"testing"

	"example.com/again/count"
	"example.com/again/pkg/unit"
)

func TestOutside(t *testing.T) {
	if count.Below(t, "outside", 1) {
		t.Fatal("not yet")
	}
	unit.Outside()
}
"#;

const OTHER_MODULE: &str = r#"-- sub/go.mod --
module example.com/sub

go 1.22
-- sub/s/a.go --
package s

func F() int { return 1 }
-- sub/s/a_test.go --
package s

import (
	"os"
	"testing"
)

func TestF(t *testing.T) {
	F()
	path := os.Getenv("COUNTERS") + "/s"
	before, _ := os.ReadFile(path)
	os.WriteFile(path, append(before, 'x'), 0o644)
	if len(before) < 1 {
		t.Fatal("not yet")
	}
}
"#;

/// A package is run again whole: its own tests, too, if those outside failed.
#[test]
fn tests_outside_are_run_again_with_its_own() {
    let counted = Counted::with(OUTSIDE);
    for engine in ENGINES {
        counted.forget();
        let args =
            ["--rerun-fails=1", "--test-dir=tests", "--src-prefix=pkg", engine, "./pkg/unit"];
        // go's cache would know the own tests in the second round.
        let ran = counted.check(&[&args[..], &["--", "-count=1"]].concat()).exits(0);
        let row = ran.row("pkg/unit");
        let said = (row.coverage.as_str(), row.suffix.as_str());
        assert_eq!(said, ("100.0", "flaky: passed on run 2"), "{ran}");
        assert_eq!(["own", "outside"].map(|name| counted.runs(name)), [2, 2], "{ran}");
    }
}

/// The limit is for all modules together, and so is what is said.
#[test]
fn packages_of_several_modules_are_run_again() {
    let counted = Counted::with(OTHER_MODULE);
    counted.module.git(&["init", "--quiet"]).exits(0);
    counted.module.git(&["add", "."]).exits(0);
    let args = ["--rerun-fails=1", "--modules=all", "./flaky", "./sub/s"];
    let too_many = counted.check(&[&args[..], &["--rerun-limit=1"]].concat()).exits(1);
    assert!(too_many.stderr.contains("note: 2 packages failed, more than rerun-limit (1)"));
    assert_eq!(["flaky", "s"].map(|name| counted.runs(name)), [1, 1], "{too_many}");
    counted.forget();
    let ran = counted.check(&args).exits(0);
    for label in ["flaky", "sub/s"] {
        assert_eq!(ran.row(label).suffix, "flaky: passed on run 2", "{ran}");
    }
    assert_eq!(ran.stderr, "2 packages passed only when run again: flaky, sub/s\n");
    assert_eq!(["flaky", "s"].map(|name| counted.runs(name)), [2, 2]);
}

#[test]
fn shards_merge_to_the_same_flaky_row() {
    let counted = Counted::new();
    let whole = counted.check(&["--rerun-fails=1", "./count", "./flaky", "./never"]).exits(1);
    counted.forget();
    for shard in ["1/2", "2/2"] {
        let (of, report) =
            (format!("--shard={shard}"), format!("--report=json={}.json", &shard[..1]));
        counted.check(&["--rerun-fails=1", &of, &report, "./count", "./flaky", "./never"]);
    }
    assert_eq!(["flaky", "never"].map(|name| counted.runs(name)), [2, 2]);
    let merged = counted.module.plain_covgate("merge", &["1.json", "2.json"]).exits(1);
    assert_eq!(merged.rows(), whole.rows(), "{merged}");
    assert!(merged.stderr.starts_with("1 package passed only when run again: flaky\n"), "{merged}");
}
