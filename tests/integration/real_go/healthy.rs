//! Packages whose tests pass: every way to be covered, or to have nothing to cover.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use covgate::output::formats;

use super::measured::Measured;
use crate::support::module::Module;
use crate::support::{ENGINES, every_report};

/// The module, measured, with every report of both engines.
pub(super) struct Healthy {
    pub(super) module: Module,
    pub(super) measured: Measured,
    pub(super) batch: Reports,
    pub(super) fanout: Reports,
}

/// Texts by format.
pub(super) type Reports = BTreeMap<&'static str, String>;

/// Measured once for all tests of rows and of reports: it is the largest fixture.
pub(super) static HEALTHY: LazyLock<Healthy> = LazyLock::new(|| {
    let module = module();
    let folder = tempfile::tempdir().unwrap();
    let of = |engine: &str| {
        fs::create_dir(folder.path().join(engine)).unwrap();
        every_report(&folder.path().join(engine))
    };
    // No test here is about vet, and it takes its time.
    let options = ["-p2", "--default-threshold=0", "--", "-vet=off"];
    let measured = Measured::reporting(&module, &options, &["-vet=off", "./..."], of);
    let read = |engine: &str| {
        let text = |name| fs::read_to_string(folder.path().join(engine).join(name)).unwrap();
        formats::names().map(|name| (name, text(name))).collect()
    };
    Healthy { measured, batch: read("batch"), fanout: read("fanout"), module }
});

/// A package for every way to be covered.
fn module() -> Module {
    let module = Module::new(include_str!("healthy.txtar"));
    // One of many statements is not covered: go rounds that to 100.0.
    let most = format!(
        "package almost\n\nfunc Most() (n int) {{\n{}\treturn\n}}\n",
        "\tn++\n".repeat(2100)
    );
    module.write("almost/most.go", &most);
    module
}

#[test]
fn the_report_is_this_to_the_byte() {
    let expected = "\
Checking per-package coverage (default minimum: 0.0%)...

Pre-warming build cache (24 packages)...
Pre-warm complete in ---

STATUS   COVERAGE  REQUIRED      TIME  PACKAGE
-------  --------  --------  --------  -------
PASS        66.7%      0.0%       ---  .
PASS        60.0%      0.0%       ---  a/util
PASS         0.0%      0.0%       ---  allskipped
PASS        99.9%      0.0%       ---  almost
PASS        75.0%      0.0%       ---  b/util
PASS        66.7%      0.0%       ---  both
PASS        58.3%      0.0%       ---  branches
PASS        50.0%      0.0%       ---  cmd/tool
PASS         0.0%      0.0%       ---  cmd/untested (no test files)
PASS         0.0%      0.0%       ---  constrainedtests (no test files)
PASS        50.0%      0.0%       ---  examples
PASS        63.6%      0.0%       ---  generic
PASS       100.0%      0.0%       ---  importer
PASS        71.4%      0.0%       ---  linedirective
PASS        50.0%      0.0%       ---  noisy
PASS          ---       ---       ---  nostatements (no statements)
PASS         0.0%      0.0%       ---  notests (no test files)
PASS          ---       ---       ---  onlytests (no statements)
PASS        33.3%      0.0%       ---  outer
PASS        50.0%      0.0%       ---  partly
PASS        75.0%      0.0%       ---  stdin
PASS        66.7%      0.0%       ---  testmain
PASS          ---       ---       ---  typestested (no statements)
PASS        66.7%      0.0%       ---  vendored

Total time: ---
All packages meet minimum coverage requirement
";
    assert_eq!(HEALTHY.measured.batch.clone().exits(0).stdout, expected);
    assert_eq!(HEALTHY.measured.batch.stderr, "");
}

#[test]
fn both_engines_print_the_same_bytes_and_so_does_a_second_run() {
    HEALTHY.measured.agrees();
}

#[test]
fn every_number_is_the_one_that_go_has() {
    HEALTHY.measured.numbers_are_right();
    let statements = HEALTHY.measured.statements();
    assert_eq!(statements["almost"], (2101, 2102), "go itself rounds this to 100.0");
    assert!(statements.iter().all(|(label, (_, all))| *label == "almost" || *all < 1000));
}

/// Before go 1.24, one go test over both counts what `before` runs of `dependency` as covered, and
/// prints other percentages than its profile has (golang/go#70244).
#[test]
fn a_dependency_without_tests_is_covered_by_nobody_elses() {
    let module = Module::new(
        r#"
-- go.mod --
module example.com/untested

go 1.22
-- dependency/dependency.go --
package dependency

func Half(n int) int {
	if n > 10 {
		return n
	}
	n++
	n++
	return n / 2
}

func Unused() int { return 1 }
"#,
    );
    // The order in which go sees them matters.
    for user in ["before", "later"] {
        let import = "import \"example.com/untested/dependency\"";
        let code = "if n > 0 {\n\t\treturn dependency.Half(n)\n\t}\n\treturn 1";
        let code = format!("package {user}\n\n{import}\n\nfunc User(n int) int {{\n\t{code}\n}}\n");
        module.write(&format!("{user}/{user}.go"), &code);
        let test = "import \"testing\"\n\nfunc TestUser(t *testing.T) { User(1) }\n";
        module.write(&format!("{user}/{user}_test.go"), &format!("package {user}\n\n{test}"));
    }
    for engine in ENGINES {
        let ran = module.check(&[engine, "--default-threshold=0"]);
        let rows: Vec<String> =
            ran.rows().iter().map(|row| format!("{} {}", row.label, row.coverage)).collect();
        assert_eq!(rows, ["before 66.7", "dependency 0.0", "later 66.7"], "{ran}");
    }
}
