//! `covgate audit`: what it says about a module, compared with go's own tools.

use std::collections::BTreeMap;
use std::fs;

use crate::support::module::{GO_MINOR, Module, Plain, Ran, shown};

const MODULE: &str = r#"-- go.mod --
module example.com/audit

go 1.22
-- half/half.go --
package half

func One() int { return 1 }

func Two(b bool) int {
	if b {
		return 2
	}
	n := 1
	n++
	return n
}

// A literal that belongs to no function.
var Literal = func() int {
	n := 0
	return n
}
-- half/half_test.go --
package half

import "testing"

func Test(t *testing.T) { Two(true) }
-- half/.covgate --
75
-- loose/loose.go --
package loose

func One() int { return 1 }
-- loose/loose_test.go --
package loose

import "testing"

func Test(t *testing.T) { One() }
-- loose/.covgate --
50
-- types/types.go --
package types

type T int
-- untested/untested.go --
package untested

func One() int { return 1 }
"#;

#[test]
fn the_text_to_the_byte() {
    let module = Module::new(MODULE);
    let ran = module.covgate("audit", &["--no-timings"]).exits(0);
    let go = module.go(&["env", "GOVERSION"]).stdout;
    let go = go.trim();
    assert_eq!(
        ran.stdout,
        format!(
            "\
Auditing 4 package(s) with {go}...

Pre-warming build cache (4 packages)...
Pre-warm complete in ---

Packages                   4
Statements                10
Covered                    3  30.0%
Without tests              1
Without a .covgate         1
Floor lags                 1
Below floor                2
Not measured               0

PHASE                   WALL       CPU
list                     ---       ---
pre-warm                 ---       ---
runs                     ---       ---

UNCOVERED        OF  COVERAGE  REQUIRED  PACKAGE
        6         8     25.0%     75.0%  half (4 more statements)
        1         1      0.0%     80.0%  untested (1 more statement) (no test files)

Without tests:
  untested

Floors that lag:
  loose (by 50.0pp; could be 99.5)

UNCOVERED  COVERAGE  FUNCTION
        3     40.0%  Two half/half.go:5-12
        1      0.0%  One half/half.go:3
        1      0.0%  One untested/untested.go:3
"
        )
    );
    assert_eq!(ran.stderr, "");
    let short = module.covgate("audit", &["--no-timings", "--top", "1"]).exits(0);
    assert!(
        short.stdout.contains("half (4 more statements)\n  and 1 more; --top 0 shows all\n"),
        "{short}"
    );
    let timed = module.covgate("audit", &[]).exits(0);
    assert!(timed.stdout.contains("\nFrom go's cache   "), "{timed}");
}

#[test]
fn one_package_file_by_file() {
    let module = Module::new(MODULE);
    let ran = module.covgate("audit", &["--no-timings", "./half"]).exits(0);
    // Since go 1.27 a block begins at its first statement, not at the brace before it.
    let first = if *GO_MINOR > 26 { 16 } else { 15 };
    let files = format!(
        "
half/half.go: 25.0%, 6 of 8 statements not covered
  half/half.go:3  1 statement
  half/half.go:9-11  3 statements
  half/half.go:{first}-18  2 statements
"
    );
    assert!(ran.stdout.ends_with(&files), "{ran}");
    assert!(!ran.stdout.contains("REQUIRED"), "{ran}");
    let all = module.covgate("audit", &["--no-timings", "--files"]).exits(0);
    let last = "
untested/untested.go: 0.0%, 1 of 1 statements not covered
  untested/untested.go:3  1 statement
";
    assert!(all.stdout.contains(&files) && all.stdout.ends_with(last), "{all}");
}

#[test]
fn source_lines_are_shown_and_cannot_move_the_cursor() {
    let module = Module::new(MODULE);
    let hostile = "package half\n\nfunc Three() string {\n\treturn \"\u{1b}[2J\u{202e}\"\n}\n";
    module.write("half/three.go", hostile);
    let ran = module.covgate("audit", &["--source", "./half"]).exits(0);
    let lines =
        "  9-11: 3 statements\n     9 |     n := 1\n    10 |     n++\n    11 |     return n\n";
    assert!(ran.stdout.contains(lines), "{ran}");
    assert!(ran.stdout.contains(r#"4 |     return "\u{1b}[2J"#), "{ran}");
    assert!(!ran.stdout.contains('\u{1b}'), "{ran}");
    let colours = module.covgate("audit", &["--source", "--color=always", "./half"]).exits(0);
    assert!(colours.stdout.contains("    10 | \u{1b}[31m    n++\u{1b}[0m\n"), "{colours}");
}

/// Generated code names its input, which may not be in the repository.
#[test]
fn a_source_that_only_generated_code_names_is_said_to_be_missing() {
    let module = Module::new(MODULE);
    let generated = "package half\n\n//line grammar.y:7\nfunc Parse() int {\n\treturn 1\n}\n";
    module.write("half/generated.go", generated);
    let ran = module.covgate("audit", &["--source", "./half"]).exits(0);
    let (_, rest) = ran.stdout.split_once("\nhalf/grammar.y: 0.0%, 1 of 1 ").unwrap();
    let lines: Vec<&str> = rest.lines().skip(1).take_while(|line| !line.is_empty()).collect();
    let missing = "  its source is not here: generated code names it, in a //line directive";
    // Since go 1.27 the lines are those of the file with the directive.
    let lines_of = if *GO_MINOR > 26 { "5-6" } else { "7-9" };
    assert_eq!(lines, [missing, &format!("  half/grammar.y:{lines_of}  1 statement")]);
    assert_eq!(ran.stdout.matches("its source").count(), 1, "{ran}");
    let files = module.covgate("audit", &["--files", "./half"]).exits(0);
    assert!(!files.stdout.contains("its source"), "nobody asked for it: {files}");

    let text = "%%\n\n\n\n\n\nfunc Parse() int {\n\treturn 1\n}\n";
    module.write("half/grammar.y", text);
    let ran = module.covgate("audit", &["--source", "./half"]).exits(0);
    let shown = ran.stdout.contains("\n     8 |     return 1\n");
    assert!(shown || *GO_MINOR > 26, "{ran}");
    assert!(!ran.stdout.contains("its source"), "{ran}");
}

#[test]
fn tests_that_fail_end_with_1_and_the_rest_is_told() {
    let module = Module::new(MODULE);
    module.write(
        "loose/fails_test.go",
        "package loose\n\nimport \"testing\"\n\nfunc TestFails(t *testing.T) { t.Error(\"no\") }\n",
    );
    let ran = module.covgate("audit", &["--no-timings"]).exits(1);
    let detail =
        "\nloose (tests failed)\n\n--- FAIL: TestFails (---)\n    fails_test.go:5: no\nFAIL\n";
    assert!(ran.stdout.contains(detail), "{ran}");
    assert!(ran.stdout.contains("\nNot measured               1\n"), "{ran}");
    assert!(ran.stdout.contains("half (4 more statements)\n"), "{ran}");
    module.write("half/broken.go", "package half\n\nfunc (\n");
    let broken = module.covgate("audit", &[]).exits(3);
    assert!(broken.stderr.contains("half/broken.go:4"), "{broken}");
    module.covgate("audit", &["./nowhere"]).exits(5);
    // Named as in the report, not as go names it.
    let folder = module.covgate("audit", &["half"]).exits(5);
    assert!(folder.stderr.ends_with("\nhint: go takes a folder as ./half\n"), "{folder}");
}

#[test]
fn functions_cost_no_process() {
    let module = Module::new(MODULE);
    let (go, log) = module.counted_go();
    module.covgate_with(&go, "audit", &["--files"]).exits(0);
    let calls = fs::read_to_string(&log).unwrap();
    // Before go 1.24 a package without tests has a `go test` of its own.
    let others = calls.lines().filter(|call| !call.starts_with("test ")).count();
    assert_eq!(others, 3, "env, list, warm pass: {calls}");
}

/// A function ends at its own brace, however it is laid out.
#[test]
fn functions_end_where_they_end() {
    let module = Module::new(MODULE);
    module.write(
        "half/dense.go",
        "package half\n\nfunc A() int { return 1 }; func B() int { return 2 }\n\n  func C() int {\n\t_ = `\n}\n`\n    return 3\n  }\n\nvar V = func() int { return 4 }\n",
    );
    let ran = module.covgate("audit", &["--no-timings", "--top=0", "./half"]).exits(0);
    for row in ["A half/dense.go:3", "B half/dense.go:3", "C half/dense.go:5-10"] {
        let statements = if row.starts_with('C') { 2 } else { 1 };
        let row = format!("\n        {statements}      0.0%  {row}\n");
        assert!(ran.stdout.contains(&row), "{row}{ran}");
    }
    agrees_with_go(&module, &[], &module.plain(&["./..."]));
}

/// `path:line name` of every function that is not fully covered, with its percentage.
fn functions(ran: &Ran) -> BTreeMap<String, String> {
    // There is no table if everything is covered.
    let table = ran.stdout.split_once("\nUNCOVERED  COVERAGE  FUNCTION\n");
    let table = table.map_or("", |(_, table)| table);
    let rows = table.lines().take_while(|line| !line.is_empty());
    rows.map(|row| {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [_, percent, name, place] = words[..] else { panic!("{row}") };
        let (path, lines) = place.rsplit_once(':').unwrap();
        let first = lines.split('-').next().unwrap();
        (format!("{path}:{first} {name}"), percent.to_owned())
    })
    .collect()
}

/// The same from `go tool cover -func` over the profile of plain `go test`.
fn functions_of_go(module: &Module, plain: &Plain) -> BTreeMap<String, String> {
    let profile = module.path().join("plain.cov");
    // go's cover tool can only read Go.
    let lines = plain.profile.split_inclusive('\n').filter(|line| !line.contains(".y:"));
    let lines: String = lines.collect();
    fs::write(&profile, lines).unwrap();
    let listed = module.go(&["tool", "cover", &format!("-func={profile}")]).exits(0).stdout;
    fs::remove_file(profile).unwrap();
    let module_path = module.go(&["list", "-m"]).stdout.trim().to_owned();
    let lines = listed.lines().filter(|line| !line.starts_with("total:"));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [place, name, percent] = words[..] else { panic!("{line}") };
            let place = place.trim_end_matches(':').strip_prefix(&module_path).unwrap();
            (format!("{} {name}", place.trim_start_matches('/')), percent.to_owned())
        })
        .collect()
}

/// Checks that each function has go's percentage, none is missing, and each package has go's sum.
///
/// `plain` is from plain `go test` with the same flags.
pub(super) fn agrees_with_go(module: &Module, flags: &[&str], plain: &Plain) {
    let args = [&["--top=0", "--no-timings"], &["--"][..], flags].concat();
    let ran = module.covgate("audit", &args);
    let ours = functions(&ran);
    let theirs = functions_of_go(module, plain);
    for (function, percent) in &ours {
        assert_eq!(theirs.get(function), Some(percent), "{function}\n{ran}");
    }
    for (function, percent) in &theirs {
        // go also prints 0.0 % for a function without statements.
        let whole = percent == "100.0%" || !ours.contains_key(function) && percent == "0.0%";
        assert!(whole || ours.contains_key(function), "{function} {percent}\n{ran}");
    }
    packages_agree(module, &ran, &plain.statements);
    let (covered, total) = plain
        .statements
        .values()
        .fold((0, 0), |(covered, total), one| (covered + one.0, total + one.1));
    assert!(ran.stdout.contains(&format!("\nStatements          {total:>8}\n")), "{ran}");
    let percent = shown((covered, total));
    assert!(
        ran.stdout.contains(&format!("\nCovered             {covered:>8}  {percent}%\n")),
        "{ran}"
    );
}

/// Checks that every package that is not fully covered has go's numbers.
fn packages_agree(module: &Module, ran: &Ran, plain: &BTreeMap<String, (u64, u64)>) {
    let module_path = module.go(&["list", "-m"]).stdout.trim().to_owned();
    let head = "\nUNCOVERED        OF  COVERAGE  REQUIRED  PACKAGE\n";
    let table = ran.stdout.split_once(head).map_or("", |(_, table)| table);
    let rows = table.lines().take_while(|line| !line.is_empty()).map(|row| {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [uncovered, total, percent, _, label, ..] = words[..] else { panic!("{row}") };
        let path = match label {
            "." => module_path.clone(),
            label => format!("{module_path}/{label}"),
        };
        (path, (uncovered.to_owned(), total.to_owned(), percent.to_owned()))
    });
    let ours: BTreeMap<_, _> = rows.collect();
    let missing = plain.iter().filter(|(_, (covered, total))| covered < total);
    let theirs: BTreeMap<_, _> = missing
        .map(|(path, (covered, total))| {
            let percent = format!("{}%", shown((*covered, *total)));
            (path.clone(), ((total - covered).to_string(), total.to_string(), percent))
        })
        .collect();
    assert_eq!(ours, theirs, "{ran}");
}

#[test]
fn every_function_is_as_go_says() {
    let small = Module::new(MODULE);
    agrees_with_go(&small, &[], &small.plain(&["./..."]));
    let healthy = Module::new(include_str!("healthy.txtar"));
    healthy.write("almost/most.go", "package almost\n\nfunc Most() (n int) { return }\n");
    agrees_with_go(&healthy, &["-vet=off"], &healthy.plain(&["-vet=off", "./..."]));
}
