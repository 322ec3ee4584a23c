//! Profiles that somebody else made, judged in the place of a run (`--profile`).

use std::fs;

use crate::support::module::{Module, Ran, shown};

const MODULE: &str = r#"-- go.mod --
module example.com/given

go 1.22
-- given.go --
package given

import "example.com/given/half"

func Root() int { return half.One() }
-- given_test.go --
package given

import "testing"

func TestRoot(t *testing.T) { Root() }
-- half/half.go --
package half

func One() int { return 1 }

func Two(b bool) int {
	if b {
		return 2
	}
	f := func() int { return 3 }
	return f()
}

func _() { One() }
-- half/half_test.go --
package half

import "testing"

func TestTwo(t *testing.T) { Two(true) }
-- half/.covgate --
75
-- loose/loose.go --
package loose

func One() int { return 1 }
-- loose/loose_test.go --
package loose

import "testing"

func TestOne(t *testing.T) { One() }
-- loose/.covgate --
50
-- types/types.go --
package types

type T int
-- untested/untested.go --
package untested

func One() int { return 1 }
-- gen/gen.go --
package gen

//line grammar.y:700
func Parse() int { return 1 }
-- gen/gen_test.go --
package gen

import "testing"

func TestParse(t *testing.T) { Parse() }
-- onlytests/only_test.go --
package onlytests

import "testing"

func TestOnly(t *testing.T) {}
"#;

/// The module, with the profile of plain `go test` in `cover.out`.
fn given() -> Module {
    let module = Module::new(MODULE);
    module.go(&["test", "-coverprofile=cover.out", "./..."]).exits(0);
    module
}

impl Module {
    fn profile(&self) -> String {
        fs::read_to_string(self.path().join("cover.out")).unwrap()
    }

    /// The profile with another text in the place of one, in the line of `loose`.
    fn edited(&self, from: &str, to: &str) -> Ran {
        let text = self.profile();
        let (before, line) = text.split_once("example.com/given/loose/").unwrap();
        let (line, after) = line.split_once('\n').unwrap();
        let line = format!("example.com/given/loose/{line}");
        assert!(line.contains(from), "{line}");
        self.judged(&format!("{before}{}\n{after}", line.replace(from, to)))
    }

    fn judged(&self, profile: &str) -> Ran {
        self.write("other.out", profile);
        self.check(&["--profile", "other.out"])
    }
}

/// The number of the first line with some text.
fn line_of(profile: &str, text: &str) -> usize {
    profile.lines().position(|line| line.contains(text)).unwrap() + 1
}

#[test]
fn the_table_and_the_reports_are_those_of_the_run() {
    let module = given();
    for flags in
        [&["--exclude=./gen"][..], &["-p2"], &["--total-threshold=40", "./half", "./loose"]]
    {
        let run = module.check(&[&["--no-timings", "--prewarm=never"], flags].concat());
        let judged = module.check(&[&["--profile=cover.out"], flags].concat());
        assert_eq!((&judged.stdout, judged.code), (&run.stdout, run.code), "{flags:?} {judged}");
    }
    let packages = |args: &[&str]| {
        let ran = module.check(&[args, &["--report=json"]].concat());
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        (document["packages"].clone(), document["phases"].clone(), document["settings"].clone())
    };
    let (run, ..) = packages(&["--no-timings"]);
    let (judged, phases, settings) = packages(&["--profile=cover.out"]);
    assert_eq!(judged, run);
    assert!(phases.is_null(), "{phases}");
    assert_eq!(settings["profiles"].as_array().map(Vec::len), Some(1), "{settings}");
}

#[test]
fn no_test_runs() {
    let module = given();
    let (go, log) = module.counted_go();
    module.covgate_with(&go, "check", &["--profile", "cover.out"]).exits(1);
    module.covgate_with(&go, "audit", &["--profile", "cover.out"]).exits(0);
    let ratchet = module.covgate_with(&go, "ratchet", &["--profile", "cover.out"]).exits(0);
    assert!(ratchet.stdout.contains("\nUP         50.0%    100.0%  loose\n"), "{ratchet}");
    assert_eq!(fs::read_to_string(module.path().join("loose/.covgate")).unwrap(), "100.0\n");
    let calls = fs::read_to_string(log).unwrap();
    let others: Vec<&str> = calls
        .lines()
        .filter(|call| !(call.starts_with("env ") || call.starts_with("list -e ")))
        .collect();
    assert_eq!(others, [""; 0]);
}

/// What is to be pasted judges the same profile.
#[test]
fn commands_to_paste_name_the_profile() {
    let module = given();
    let ran = module.check(&["--profile=cover.out"]).exits(1);
    let command = " --profile cover.out ./half ./untested\n";
    assert!(ran.stderr.contains(command), "{ran}");
}

#[test]
fn profiles_are_united_whatever_their_modes() {
    let module = given();
    // Each test binary counts every package; each block is there once for each.
    let flags = ["test", "-covermode=atomic", "-coverpkg=./...", "-coverprofile=all.out", "./..."];
    module.go(&flags).exits(0);
    let all = module.check(&["--profile=all.out", "--profile=cover.out"]);
    let text = fs::read_to_string(module.path().join("all.out")).unwrap();
    let counted = crate::support::module::count_statements(&text);
    for (label, path) in [("half", "example.com/given/half"), (".", "example.com/given")] {
        assert_eq!(all.row(label).coverage, shown(counted[path]), "{all}");
    }
    assert_ne!(all.row("half"), module.check(&["--profile=cover.out"]).row("half"));
    let joined = "cat all.out cover.out | covgate check --profile - ";
    let joined = module.paste("", &format!("{joined} --go '{}'", *crate::support::module::GO));
    assert_eq!(joined.stdout, all.stdout);
}

#[test]
fn a_profile_may_be_a_pipe_and_have_other_ends_of_lines_and_names() {
    let module = given();
    let go = &*crate::support::module::GO;
    let judged = module.check(&["--profile=cover.out"]);
    let here = module.path();
    for made in [
        "cat cover.out".to_owned(),
        r"sed 's/$/\r/' cover.out".to_owned(),
        r"sed 's/ 1$/ 184467440737095516160/' cover.out".to_owned(),
        format!("sed 's,^example.com/given/,{here}/,' cover.out"),
        "sed 's,^example.com/given/,./,' cover.out".to_owned(),
        "sed 's,^example.com/given/,,' cover.out".to_owned(),
        r"sed '2,$s,/,\\,g' cover.out".to_owned(),
    ] {
        let piped = format!("{made} | covgate check --profile - --go '{go}'");
        assert_eq!(module.paste("", &piped).stdout, judged.stdout, "{made}");
    }
    let fifo =
        format!("mkfifo pipe; cat cover.out > pipe & covgate check --profile pipe --go '{go}'");
    assert_eq!(module.paste("", &fifo).stdout, judged.stdout);
    let twice = module.check(&["--profile=-", "--profile=-"]).exits(2);
    assert!(twice.stderr.contains("stdin can be read once"), "{twice}");
}

#[test]
fn what_the_profiles_lack_is_not_known() {
    let module = given();
    let lines = module.profile();
    let without = |what: &str| -> String {
        lines.split_inclusive('\n').filter(|line| !line.contains(what)).collect()
    };
    let ran = module.judged(&without("/loose/")).exits(1);
    let row = ran.row("loose");
    assert_eq!((row.status.as_str(), row.suffix.as_str()), ("FAIL", "no coverage data"));
    let note = "covgate: the profiles lack this package, which has statements (loose/loose.go:3)";
    assert!(ran.details().contains(note), "{ran}");
    assert_eq!(ran.row("types").suffix, "no statements");
    assert_eq!(ran.row("onlytests").suffix, "no statements");
    // One function alone; and a package of which only directives say where it comes from.
    let ran = module.judged(&without("half.go:3.")).exits(1);
    assert_eq!(ran.row("half").suffix, "no coverage data");
    assert!(ran.details().contains("lack the statement at half/half.go:3: "), "{ran}");
    let ran = module.judged(&without("grammar.y")).exits(1);
    assert_eq!(ran.row("gen").suffix, "no coverage data");
    module.write("loose/more.go", "package loose\n\nfunc More() int { return 1 }\n");
    let ran = module.check(&["--profile=cover.out"]).exits(1);
    assert!(ran.details().contains("lack the statement at loose/more.go:3: "), "{ran}");
    let none = module.judged("mode: set\n").exits(1);
    assert_eq!(none.row("types").status, "PASS");
    assert_eq!(none.row("half").suffix, "no coverage data");
}

#[test]
fn a_profile_of_other_sources_is_refused_with_its_line() {
    let module = given();
    let text = module.profile();
    let refused = |ran: Ran, line: usize, words: &str| {
        let ran = ran.exits(2);
        assert!(ran.stderr.starts_with(&format!("error: other.out, line {line}: ")), "{ran}");
        assert!(ran.stderr.contains(words), "{words}: {ran}");
        assert_eq!(ran.stdout, "", "before anything is printed");
    };
    let name = "given/loose/loose.go";
    let loose = line_of(&text, name);
    refused(module.edited(name, "given/loose/gone.go"), loose, "there is no loose/gone.go");
    refused(module.edited(name, "given/gone/loose.go"), loose, "there is no gone/loose.go");
    refused(module.edited(name, "given/loose/loose_test.go"), loose, "go does not build");
    refused(module.edited(name, "given/../../x.go"), loose, "there is no x.go");
    for foreign in ["example.org/x/x.go", "/home/ci/x/loose/loose.go", r"C:\ci\loose\loose.go"] {
        refused(module.edited(&format!("example.com/{name}"), foreign), loose, "not in the module");
    }
    refused(module.edited("loose.go:3.", "loose.go:2."), loose, "no column");
    refused(module.edited("loose.go:3.", "loose.go:4000000000."), loose, "ends before it starts");
    let end = text.lines().nth(loose - 1).unwrap().split_once(',').unwrap().1;
    refused(module.edited(&format!(",{end}"), ",4.1 1 1"), loose, "its file has no line 4");
    refused(module.edited(&format!(",{end}"), ",3.28 2 1"), loose, "does not have 2 statements");
    let overlapping = format!("{text}example.com/{name}:3.17,3.28 1 1\n");
    refused(
        module.judged(&overlapping),
        text.lines().count() + 1,
        "its block overlaps the one at 3.",
    );
    // Edited since.
    module.write("loose/loose.go", "package loose\n\nvar TheNameIsAsLongAs = \"it\"\n");
    refused(module.judged(&text), loose, "does not have 1 statement there");
    module.write("loose/loose.go", "//go:build other\n\npackage loose\n");
    module.write("loose/new.go", "package loose\n");
    refused(module.judged(&text), loose, "go does not build loose/loose.go here");
}

#[test]
fn what_is_no_profile_is_refused() {
    let module = Module::new(MODULE);
    let refused = |ran: Ran, words: &str| {
        let ran = ran.exits(2);
        assert!(ran.stderr.contains(words), "{words}: {ran}");
    };
    refused(module.judged(""), "other.out is empty");
    refused(module.judged("hello\n"), "other.out, line 1: not a coverage profile: `hello`");
    refused(module.judged("mode: set\nx\n"), "other.out, line 2: not a block");
    refused(module.judged("mode: set\nexample.com/given/given.go:1"), "cut off in the middle");
    let junk = "\u{0}\u{1}\u{7f}\u{1b}[2J".repeat(20_000);
    refused(module.judged(&junk), "other.out, line 1: a line without end");
    refused(module.check(&["--profile=half"]), "half is a folder, not a coverage profile");
    refused(module.check(&["--profile=gone.out"]), "cannot read gone.out");
    refused(module.check(&["--profile="]), "--profile");
    for other in [&["--record"][..], &["--shard=1/2"], &["--engine=batch"], &["--prewarm=never"]] {
        refused(module.check(&[&["--profile=x"], other].concat()), "cannot be used with");
    }
    refused(module.covgate("ratchet", &["--profile=x", "--repeat=2"]), "cannot be used with");
    refused(module.covgate("audit", &["--profile=x", "--prewarm-study"]), "cannot be used with");
}

const TWO: &str = r#"-- go.work --
go 1.22

use (
	./one
	./two
)
-- one/go.mod --
module example.com/one

go 1.22
-- one/a/a.go --
package a

func A() int { return 1 }
-- one/a/a_test.go --
package a

import "testing"

func TestA(t *testing.T) { A() }
-- two/go.mod --
module example.com/one/two

go 1.22
-- two/b/b.go --
package b

func B() int { return 1 }
-- two/b/b_test.go --
package b

import "testing"

func TestB(t *testing.T) { B() }
"#;

/// The longest module path that a name begins with is its module, as for go.
#[test]
fn profiles_of_several_modules_are_judged_together() {
    let module = Module::new(TWO);
    for folder in ["one", "two"] {
        let profile = format!("-coverprofile=../{folder}.out");
        module.go(&["-C", folder, "test", &profile, "./..."]).exits(0);
    }
    let run = module.check(&["--modules=workspace", "--no-timings", "--prewarm=never"]).exits(0);
    let both = ["--modules=workspace", "--profile=one.out", "--profile=two.out"];
    assert_eq!(module.check(&both).exits(0).stdout, run.stdout);
    let one = module.check(&["--modules=workspace", "--profile=one.out"]).exits(1);
    assert_eq!(one.row("two/b").suffix, "no coverage data");
    let other = module.check_in("one", &["--profile=../two.out"]).exits(2);
    assert!(other.stderr.contains("line 2: there is no two/b/b.go: "), "{other}");
    // Relative names start at the root; those of one module at its own.
    let go = &*crate::support::module::GO;
    let relative = |folder: &str| format!("sed 's,^example.com/one/,{folder},' ");
    for line in [
        format!(
            "({} one.out; {} two.out) | covgate check --modules=workspace --profile - --go '{go}'",
            relative("one/"),
            relative("")
        ),
        format!("cd one && {} ../one.out | covgate check --profile - --go '{go}'", relative("")),
    ] {
        module.paste("", &line).exits(0);
    }
}
