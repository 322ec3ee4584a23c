//! The reports, compared with each other, with go's own profile, and with the tools that read them.

use std::collections::BTreeMap;
use std::fs;

use covgate::output::formats;
use serde_json::{Value, json};

use super::healthy::{HEALTHY, Healthy, Reports};
use crate::support::every_report;
use crate::support::module::{GO_MINOR, Module, Ran, count_statements};
use crate::support::schema::valid;

/// The statements of a package or a file: covered, and all.
type Count = (u64, u64);

/// All reports of one run.
fn report(module: &Module, options: &[&str]) -> Reports {
    let folder = tempfile::tempdir().unwrap();
    let requests = every_report(folder.path());
    let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
    module.check(&[&["--no-timings"], &requests[..], options].concat()).exits(0);
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    formats::names().map(|name| (name, read(name))).collect()
}

fn document() -> Value {
    valid(&HEALTHY.batch["json"])
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// How many statements the blocks of a file in the document have.
fn statements(blocks: &Value) -> u64 {
    array(blocks).iter().map(|block| block[4].as_u64().unwrap()).sum()
}

#[test]
fn both_engines_report_the_same_bytes() {
    let Healthy { batch, fanout, .. } = &*HEALTHY;
    for format in formats::names().filter(|format| *format != "json") {
        assert!(batch[format] == fanout[format], "{format}");
    }
    let mut fanout = valid(&fanout["json"]);
    assert_eq!(fanout["settings"]["engine"], "fanout");
    fanout["settings"]["engine"] = json!("batch");
    assert_eq!(document(), fanout);
}

#[test]
fn the_numbers_are_those_of_the_profile_that_go_writes() {
    let packages = document()["packages"].clone();
    let known = array(&packages).iter().filter(|package| package["statements"] != 0);
    let counts: BTreeMap<String, Count> = known
        .map(|package| {
            let path = package["import_path"].as_str().unwrap().to_owned();
            let count = |field: &str| package[field].as_u64().unwrap();
            (path, (count("covered"), count("statements")))
        })
        .collect();
    assert_eq!(counts, HEALTHY.measured.plain.statements);
    assert_eq!(count_statements(&HEALTHY.batch["profile"]), counts);
    for package in array(&packages) {
        let files = array(&package["files"]).iter();
        let sum = |field: &str| -> u64 { files.clone().map(|file| statements(&file[field])).sum() };
        let covered = sum("covered");
        assert_eq!(package["covered"], covered, "{package}");
        assert_eq!(package["statements"], covered + sum("uncovered"), "{package}");
    }
}

#[test]
fn the_profile_holds_each_block_once_and_in_order() {
    let profile = &HEALTHY.batch["profile"];
    let blocks: Vec<&str> = profile.lines().skip(1).collect();
    let mut places: Vec<&str> =
        blocks.iter().map(|block| block.rsplit_once(' ').unwrap().0).collect();
    let files: Vec<&str> = places.iter().map(|place| place.rsplit_once(':').unwrap().0).collect();
    let changes = files.chunk_by(|one, other| one == other).count();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), blocks.len(), "a block stands there twice");
    let mut different = files;
    different.sort_unstable();
    different.dedup();
    assert_eq!(changes, different.len(), "a file stands in two places");
}

/// Leaves out a package whose `//line` directives name a missing file: go cannot read its own
/// profile of that, either.
#[test]
fn go_reads_the_profile() {
    let module = &HEALTHY.module;
    let reports =
        report(module, &["--default-threshold=0", "--exclude=linedirective", "--", "-vet=off"]);
    module.write("own.cov", &reports["profile"]);
    let Ran { stdout, .. } = module.go(&["tool", "cover", "-func=own.cov"]).exits(0);
    let total = stdout.lines().last().unwrap().split_whitespace().last().unwrap().to_owned();
    let percent = valid(&reports["json"])["totals"]["percent"].as_f64().unwrap();
    assert_eq!(total, format!("{percent:.1}%"), "{stdout}");
    module.go(&["tool", "cover", "-html=own.cov", "-o=own.html"]).exits(0);
    let html = fs::read_to_string(module.path().join("own.html")).unwrap();
    assert!(html.contains("example.com/zoo/branches/"), "{html}");
}

/// Every file of the document is in the tracefile and in the XML, and exists.
#[test]
fn lcov_and_cobertura_name_the_files_that_are_there() {
    let document = document();
    let packages = array(&document["packages"]).iter();
    let files = packages.flat_map(|package| array(&package["files"]));
    let paths: Vec<&str> = files.map(|file| file["path"].as_str().unwrap()).collect();
    let is_there = |path: &&&str| HEALTHY.module.path().join(path).is_file();
    let missing: Vec<_> = paths.iter().filter(|path| !is_there(path)).collect();
    assert_eq!(missing, [&"linedirective/grammar.y"], "only what a //line directive names");
    let lcov = HEALTHY.batch["lcov"].lines().filter_map(|line| line.strip_prefix("SF:"));
    assert_eq!(lcov.collect::<Vec<_>>(), paths);
    let after = HEALTHY.batch["cobertura"].split(" filename=\"").skip(1);
    let cobertura: Vec<&str> = after.map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(cobertura, paths);
}

const FAILING: &str = r#"-- go.mod --
module example.com/failing

go 1.22
-- fails/a.go --
package fails

func One() int { return 1 }
-- fails/a_test.go --
package fails

import "testing"

func TestOne(t *testing.T) { t.Error("\x1b[31mred\x1b[0m", One()) }
-- passes/a b.go --
package passes

func One() int { return 1 }
-- passes/a_test.go --
package passes

import "testing"

func TestOne(t *testing.T) { One() }
-- types/a.go --
package types

type T int
-- undefined/a.go --
package undefined

func One() int { return 1 }
-- undefined/a_test.go --
package undefined

var _ = Two
"#;

/// The document has the output of tests unchanged.
#[test]
fn failures_are_as_the_schema_says_and_the_same_twice() {
    let module = Module::new(FAILING);
    let check = |options: &[&str]| {
        let ran = module.check(&[&["--report=json"], options].concat()).exits(1);
        (valid(&ran.stdout), ran.stdout)
    };
    let (report, _) = check(&[]);
    let outcome = |index: usize| report["packages"][index]["outcome"].as_str().unwrap();
    let outcomes = ["tests-failed", "covered", "no-statements", "build-failed"];
    assert_eq!([0, 1, 2, 3].map(outcome), outcomes);
    assert_eq!(report["packages"][1]["files"][0]["path"], "passes/a b.go");
    let output = report["packages"][0]["output"].as_str().unwrap();
    assert!(output.contains("\u{1b}[31mred"), "{output}");

    let (_, first) = check(&["--no-timings"]);
    let (_, second) = check(&["--no-timings"]);
    assert_eq!(first, second);
    let (_, fanout) = check(&["--no-timings", "--engine=fanout"]);
    assert_eq!(first, fanout.replace(r#""engine":"fanout""#, r#""engine":"auto""#));
}

const SHOP: &str = "-- go.mod --
module example.com/shop

go 1.22
-- cart/cart_test.go --
package cart

import \"testing\"

func TestTotal(t *testing.T) {
	if Total([]int{3, 4}, 2) != 5 {
		t.Error(\"wrong\")
	}
}
";

/// The first block of code of a language in a section of docs/reports.md.
fn example(section: &str, language: &str) -> String {
    let docs = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reports.md"));
    let (_, section) = docs.split_once(section).unwrap();
    let (_, code) = section.split_once(&format!("\n```{language}\n")).unwrap();
    let (code, _) = code.split_once("```\n").unwrap();
    code.to_owned()
}

/// They are from a go up to 1.26: since 1.27, a block begins at its first statement.
#[test]
fn the_examples_in_the_documentation_are_real() {
    if *GO_MINOR > 26 {
        return;
    }
    let module = Module::new(SHOP);
    module.write("cart/cart.go", &example("# Reports\n", "go"));
    let reports = report(&module, &["-p2", "--default-threshold=80"]);
    assert_eq!(example("## `lcov`\n", "text"), reports["lcov"]);
    assert_eq!(example("## `profile`\n", "text"), reports["profile"]);
    let version = concat!("version=\"", env!("CARGO_PKG_VERSION"), "\"");
    let cobertura = example("## `cobertura`\n", "xml").replace("version=\"0.1.0\"", version);
    assert_eq!(cobertura, reports["cobertura"]);
    let mut json = valid(&example("## `json`\n", "json"));
    let real = valid(&reports["json"]);
    for differs in ["covgate", "go"] {
        json[differs] = real[differs].clone();
    }
    assert_eq!(json, real);
}
