//! Results that go serves from its test cache.

use crate::support::ENGINES;
use crate::support::module::{GO_MINOR, Module};

#[test]
fn a_cached_result_says_so_and_keeps_its_number() {
    let module = Module::new(
        r#"-- go.mod --
module example.com/cached

go 1.22
-- read/read.go --
package read

import "os"

func Read() string {
	data, err := os.ReadFile("testdata/input")
	if err != nil {
		return ""
	}
	return string(data)
}
-- read/read_test.go --
package read

import "testing"

func TestRead(t *testing.T) {
	if Read() == "" {
		t.Fatal("nothing to read")
	}
}
-- read/testdata/input --
input
-- untested/untested.go --
package untested

func One() int { return 1 }
"#,
    );
    // go does not trust files younger than two seconds.
    module.age();
    for engine in ENGINES {
        let check = || module.check(&[engine, "--default-threshold=0"]).exits(0);
        let (first, second) = (check(), check());
        assert_eq!(first.row("read").coverage, "75.0");
        assert_ne!(first.row("read").time, "(cached)", "{first}");
        assert_eq!(second.row("read").coverage, "75.0");
        // Since this release go caches results of runs with -coverprofile.
        let is_cached = second.row("read").time == "(cached)";
        assert_eq!(is_cached, *GO_MINOR >= 25, "{second}");
        assert_ne!(second.row("untested").time, "(cached)", "it has no result to cache: {second}");

        let redacted = module.check(&[engine, "--no-timings", "--default-threshold=0"]);
        assert_eq!(redacted.row("read").time, "---", "{redacted}");
        let fresh = module.check(&[engine, "--default-threshold=0", "--", "-count=1"]);
        assert_ne!(fresh.row("read").time, "(cached)", "{fresh}");
    }
}
