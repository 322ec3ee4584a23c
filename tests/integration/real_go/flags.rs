//! Flags after `--`, and environment variables that change what is built.

use crate::support::ENGINES;
use crate::support::module::{HAS_CGO, Module};

const TAGGED: &str = r#"-- go.mod --
module example.com/tagged

go 1.22
-- code/code.go --
package code

func Code() int { return answer() }

func Unused() int { return 1 }
-- code/with.go --
//go:build foo

package code

func answer() int {
	n := 40
	n++
	return n + 1
}
-- code/without.go --
//go:build !foo

package code

func answer() int { return 42 }
-- code/code_test.go --
package code

import "testing"

func TestCode(t *testing.T) { Code() }
-- code/more_test.go --
//go:build foo

package code

import "testing"

func TestUnused(t *testing.T) { Unused() }
-- other/other.go --
package other

func Other() int { return 1 }
-- other/broken.go --
//go:build broken

package other

func Broken() int { return undefined }
-- onlywith/onlywith.go --
//go:build foo

package onlywith

func Only() int { return 1 }
"#;

#[test]
fn tags_shape_the_listing_the_warm_pass_and_the_runs() {
    let module = Module::new(TAGGED);
    for engine in ENGINES {
        let check =
            |flags: &[&str]| module.check(&[&["--default-threshold=0", engine], flags].concat());
        let labels = |ran: &crate::support::module::Ran| -> Vec<String> {
            ran.rows().into_iter().map(|row| row.label).collect()
        };
        let without = check(&[]).exits(0);
        assert_eq!(labels(&without), ["code", "other"], "{without}");
        assert_eq!(without.row("code").coverage, "66.7", "{without}");
        let with = check(&["--", "-tags", "foo"]).exits(0);
        assert_eq!(labels(&with), ["code", "onlywith", "other"], "{with}");
        assert_eq!(with.row("code").coverage, "100.0", "{with}");
        // The code with this tag does not compile, so the run ends only if the warm pass has the
        // tag.
        let broken = check(&["--", "-tags=broken"]).exits(3);
        assert!(broken.stderr.contains("other/broken.go:5:28: undefined: undefined"), "{broken}");
    }
    let plain = module.plain(&["-tags", "foo", "./..."]);
    assert_eq!(plain.percentages["example.com/tagged/code"].as_deref(), Some("100.0"));
}

#[test]
fn flags_of_go_test_reach_the_tests() {
    let module = Module::new(TAGGED);
    module.write(
        "code/flags_test.go",
        r#"package code

import (
	"flag"
	"testing"
)

var mine = flag.String("mine", "", "")

func TestMine(t *testing.T) {
	if *mine == "p q" && testing.Short() {
		Unused()
	}
}
"#,
    );
    for engine in ENGINES {
        let args = ["./code", engine, "--default-threshold=0"];
        let check = |flags: &[&str]| module.check(&[&args[..], &["--"], flags].concat()).exits(0);
        let coverage = |flags: &[&str]| check(flags).row("code").coverage;
        assert_eq!(coverage(&["-run", "TestMine", "-short", "-args", "-mine", "p q"]), "33.3");
        assert_eq!(coverage(&["-run=TestNone"]), "0.0");
        assert_eq!(coverage(&["-skip", "TestCode", "-count=1"]), "0.0");
        assert_eq!(coverage(&["-covermode=atomic", "-vet=off", "-v"]), "66.7");
        assert_eq!(coverage(&["-shuffle=on", "-cpu=1,2", "-bench=."]), "66.7");
    }
}

/// go reads them by itself, from the environment or from the file of `go env -w`, and rows would
/// depend on which package ends first, or on nothing that ran.
#[test]
fn flags_for_every_go_command_that_would_break_the_measurement() {
    for (flag, why) in [
        ("-coverpkg=./...", "covgate sets it, a package at a time"),
        ("-list=.", "it lists the tests and runs none"),
        ("-exec=true", "it runs another program in the place of the tests"),
    ] {
        let module = Module::new(TAGGED).env("GOFLAGS", flag);
        let ran = module.check(&["--default-threshold=0"]).exits(2);
        let words = format!(
            "error: `{flag}` cannot stand in GOFLAGS (the environment): {why}\n\
             hint: take it out: unset GOFLAGS\n"
        );
        assert_eq!((&*ran.stdout, &*ran.stderr), ("", &*words));

        let module = Module::new(TAGGED).env("GOFLAGS", "");
        let file = module.path().join("goenv");
        let module = module.env("GOENV", file.as_str());
        module.go(&["env", "-w", &format!("GOFLAGS={flag}")]).exits(0);
        let ran = module.check(&["--default-threshold=0"]).exits(2);
        let words = format!(
            "error: `{flag}` cannot stand in GOFLAGS (go env -w): {why}\n\
             hint: take it out: go env -u GOFLAGS\n"
        );
        assert_eq!((&*ran.stdout, &*ran.stderr), ("", &*words));
        module.go(&["env", "-w", &format!("GOFLAGS=-tags=foo {flag}")]).exits(0);
        let ran = module.check(&["--default-threshold=0"]).exits(2);
        let way_out = "hint: take it out: go env -w GOFLAGS=-tags=foo\n";
        assert!(ran.stderr.ends_with(way_out), "{ran}");
        module.go(&["env", "-w", "GOFLAGS=-tags=foo"]).exits(0);
        let ran = module.check(&["--default-threshold=0", "./code"]).exits(0);
        assert_eq!(ran.row("code").coverage, "100.0", "{ran}");
    }
}

const CGO: &str = r#"-- go.mod --
module example.com/withc

go 1.22
-- code/with.go --
package code

// static int one(void) { return 1; }
import "C"

func One() int { return int(C.one()) }

func Two() int {
	n := int(C.one())
	return n + n
}
-- code/without.go --
//go:build !cgo

package code

func One() int { return 1 }
-- code/code_test.go --
package code

import "testing"

func TestOne(t *testing.T) {
	if One() != 1 {
		t.Fatal("not one")
	}
}
-- other/other.go --
package other
"#;

#[test]
fn without_cgo_the_code_without_c_is_measured() {
    let module = Module::new(CGO).env("CGO_ENABLED", "0");
    for engine in ENGINES {
        let ran = module.check(&[engine]).exits(0);
        assert_eq!(ran.row("code").coverage, "100.0", "{ran}");
    }
}

/// Without a C compiler, go builds such packages without C, as in the test above.
#[test]
fn code_with_c_is_measured_and_races_are_found() {
    if !*HAS_CGO {
        return;
    }
    let module = Module::new(CGO).env("CGO_ENABLED", "1");
    let plain = module.plain(&["./..."]);
    for engine in ENGINES {
        let args = [engine, "--default-threshold=0"];
        let ran = module.check(&args).exits(0);
        assert_eq!(Some(ran.row("code").coverage), plain.percentages["example.com/withc/code"]);
        assert_eq!(ran.row("code").coverage, "33.3", "{ran}");
        let race = module.check(&[&args[..], &["--", "-race"]].concat()).exits(0);
        assert_eq!(race.row("code").coverage, "33.3", "{race}");
    }
    module.write(
        "code/race_test.go",
        r#"package code

import "testing"

func TestRace(t *testing.T) {
	n, done := 0, make(chan bool)
	go func() { n++; done <- true }()
	n++
	<-done
}
"#,
    );
    module.check(&["--default-threshold=0"]).exits(0);
    let race = module.check(&["--default-threshold=0", "--", "-race"]).exits(1);
    assert_eq!(race.row("code").suffix, "tests failed", "{race}");
    assert!(race.details().contains("WARNING: DATA RACE"), "{race}");
}

const THRIFTY: &str = r#"-- go.mod --
module example.com/thrifty

go 1.22
-- a/a.go --
package a

func A() int { return 1 }
-- a/a_test.go --
package a

import (
	"os"
	"testing"
)

func TestA(t *testing.T) {
	A()
	if os.Getenv("GOGC") == "off" || os.Getenv("GOMEMLIMIT") != "" {
		t.Fatal(os.Getenv("GOGC"), os.Getenv("GOMEMLIMIT"))
	}
}
-- b/b.go --
package b

func B() int { return 1 }
-- b/b_test.go --
package b

import "testing"

func TestB(*testing.T) { B() }
"#;

/// In the warm pass the compiler takes memory for time, where there is enough. Tests never see that, and
/// what the user says of memory counts.
#[test]
fn memory_for_the_compiler_is_no_matter_of_tests() {
    for (user, in_warm_pass) in [("", "off"), ("150", "150")] {
        let module = Module::new(THRIFTY);
        let seen = module.path().join("seen");
        let tool = module.path().join("tool.sh");
        let script = format!(
            "#!/bin/sh\ncase $* in *-V=full*) ;; *) echo \"${{GOGC-}}\" >> {seen} ;; esac\nexec \"$@\"\n"
        );
        std::fs::write(&tool, script).unwrap();
        std::fs::set_permissions(&tool, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let module = module.env("GOFLAGS", &format!("-toolexec={tool}")).env("GOGC", user);
        module.check(&["--prewarm=always", "--default-threshold=100"]).exits(0);
        let seen = std::fs::read_to_string(&seen).unwrap();
        assert_eq!(seen.lines().next(), Some(in_warm_pass), "the first tool is the warm pass's");
        let others = seen.lines().filter(|line| *line != in_warm_pass).count();
        assert_eq!(others > 0, user.is_empty(), "those of the runs have what the user said");
    }
}
