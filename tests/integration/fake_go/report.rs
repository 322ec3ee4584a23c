//! Whole reports, to the byte.

use serde_json::json;

use crate::support::fake::{Fake, Package, pkg};

const OPEN: &str = "All packages meet minimum coverage requirement";
const CLOSED: &str = "ERROR: One or more packages failed tests, are below their minimum coverage, or have loose .covgate thresholds";

/// Every status and every suffix.
pub(super) fn every_kind() -> Fake {
    Fake::new([
        pkg("", 5, 5).set("elapsed", 61.2),
        pkg("cached", 9, 10).set("cached", true).set("elapsed", 0),
        pkg("almost", 9996, 10_000).set("elapsed", 1.44),
        pkg("below", 2, 3).set("elapsed", 0.05),
        pkg("below-own", 61, 100).set("elapsed", 59.95),
        pkg("build", 1, 2).kind("build-failed"),
        pkg("early", 1, 2).kind("early-exit"),
        pkg("failing", 1, 2)
            .kind("fail")
            .set("prints", json!(["    a_test.go:4: got 1, want 2\n", "said on stdout\n"])),
        pkg("gen", 0, 1),
        pkg("loose", 88, 100).set("elapsed", 0.2),
        pkg("none", 0, 0),
        pkg("notests", 0, 7).kind("no-tests").set("elapsed", 0),
        pkg("nofiles", 0, 0).kind("no-files").set("elapsed", 0),
        pkg("slow", 1, 2).kind("timed-out").set("elapsed", 119.6),
        pkg("vendorish", 0, 1),
    ])
    .file(".covgate", "100\n")
    .file("below-own/.covgate", "75.5\nraised after the outage\n")
    .file("loose/.covgate", "70\n")
    .file("almost/.covgate", "100.00\n")
}

/// What follows on stderr: what closes the gate, what packages below their floors lack, and commands
/// with the same options.
fn tail(options: &str) -> String {
    format!(
        "
4 packages below their floor, 1 with failing tests, 1 that does not build, 1 timed out, 1 without coverage data, 1 loose
almost needs 4 more statements for 100.0%; not covered:
  almost/a.go:9997-10000  4 statements
below needs 1 more statement for 80.0%; not covered:
  below/a.go:3  1 statement
below-own needs 15 more statements for 75.5%; not covered:
  below-own/a.go:62-100  39 statements
notests needs 6 more statements for 80.0%; not covered:
  notests/a.go:1-7  7 statements
see all of it: covgate audit {options} ./almost ./below ./below-own ./notests
raise what is loose: covgate ratchet {options} ./loose
lower one floor on purpose, such as: covgate ratchet {options} --lower ./almost --reason \"why\"
"
    )
}

#[test]
fn plain_table() {
    let run = every_kind().check(&["-p", "1", "--exclude", "gen, vendorish"]);
    let tail = tail("--exclude 'gen, vendorish' --parallelism 1");
    run.exits(1).complains(&tail.lines().collect::<Vec<_>>()).prints(&[
        "Checking per-package coverage (default minimum: 80.0%)...",
        "",
        "Excluded 2 package(s) from coverage measurement",
        "",
        "STATUS   COVERAGE  REQUIRED      TIME  PACKAGE",
        "-------  --------  --------  --------  -------",
        "PASS       100.0%    100.0%     1m01s  .",
        "PASS        90.0%     80.0%  (cached)  cached",
        "FAIL        99.9%    100.0%      1.4s  almost",
        "FAIL        66.7%     80.0%      0.1s  below",
        "FAIL        61.0%     75.5%     1m00s  below-own",
        "FAIL          ---       ---      0.0s  build (build failed)",
        "",
        "# m.example/shop/build [m.example/shop/build.test]",
        "build/a_test.go:3:27: undefined: B",
        "FAIL\tm.example/shop/build [build failed]",
        "",
        "FAIL          ---       ---      0.3s  early (no coverage data)",
        "",
        "ok  \tm.example/shop/early\t0.250s",
        "covgate: the tests passed but left no coverage data; does TestMain call os.Exit before m.Run has returned?",
        "",
        "FAIL          ---       ---      0.3s  failing (tests failed)",
        "",
        "said on stdout",
        "--- FAIL: TestPrints (0.25s)",
        "    a_test.go:4: got 1, want 2",
        "FAIL",
        "FAIL\tm.example/shop/failing\t0.250s",
        "",
        "LOOSE       88.0%     70.0%      0.2s  loose (required lags actual by 18.0pp; update .covgate to >= 87.5)",
        "PASS          ---       ---      0.3s  none (no statements)",
        "FAIL         0.0%     80.0%      0.0s  notests (no test files)",
        "PASS          ---       ---      0.0s  nofiles (no statements)",
        "FAIL          ---       ---     2m00s  slow (timed out)",
        "",
        "panic: test timed out after 1s",
        "FAIL\tm.example/shop/slow\t119.600s",
        "",
        "SKIPPED       ---       ---       ---  gen",
        "SKIPPED       ---       ---       ---  vendorish",
        "",
        "Total time: [TIME]",
        CLOSED,
    ]);
}

/// The rows are counted, details follow the table, and nothing else differs.
#[test]
fn progress_rows() {
    let run = every_kind().check(&["--prewarm", "always", "--exclude", "gen, vendorish"]);
    let cpus = std::thread::available_parallelism().unwrap();
    let running = format!("Running 13 packages with parallelism={cpus}; progress:");
    let tail = tail("--exclude 'gen, vendorish' --prewarm always");
    run.exits(1).complains(&tail.lines().collect::<Vec<_>>()).prints(&[
        "Checking per-package coverage (default minimum: 80.0%)...",
        "",
        "Excluded 2 package(s) from coverage measurement",
        "Pre-warming build cache (13 packages)...",
        "Pre-warm complete in [TIME]",
        "",
        &running,
        "COUNT    STATUS   COVERAGE  REQUIRED      TIME  PACKAGE",
        "-------  -------  --------  --------  --------  -------",
        "[ 1/13]  PASS       100.0%    100.0%     1m01s  .",
        "[ 2/13]  PASS        90.0%     80.0%  (cached)  cached",
        "[ 3/13]  FAIL        99.9%    100.0%      1.4s  almost",
        "[ 4/13]  FAIL        66.7%     80.0%      0.1s  below",
        "[ 5/13]  FAIL        61.0%     75.5%     1m00s  below-own",
        "[ 6/13]  FAIL          ---       ---      0.0s  build (build failed)",
        "[ 7/13]  FAIL          ---       ---      0.3s  early (no coverage data)",
        "[ 8/13]  FAIL          ---       ---      0.3s  failing (tests failed)",
        "[ 9/13]  LOOSE       88.0%     70.0%      0.2s  loose (required lags actual by 18.0pp; update .covgate to >= 87.5)",
        "[10/13]  PASS          ---       ---      0.3s  none (no statements)",
        "[11/13]  FAIL         0.0%     80.0%      0.0s  notests (no test files)",
        "[12/13]  PASS          ---       ---      0.0s  nofiles (no statements)",
        "[13/13]  FAIL          ---       ---     2m00s  slow (timed out)",
        "         SKIPPED       ---       ---       ---  gen",
        "         SKIPPED       ---       ---       ---  vendorish",
        "",
        "# m.example/shop/build [m.example/shop/build.test]",
        "build/a_test.go:3:27: undefined: B",
        "FAIL\tm.example/shop/build [build failed]",
        "",
        "",
        "ok  \tm.example/shop/early\t0.250s",
        "covgate: the tests passed but left no coverage data; does TestMain call os.Exit before m.Run has returned?",
        "",
        "",
        "said on stdout",
        "--- FAIL: TestPrints (0.25s)",
        "    a_test.go:4: got 1, want 2",
        "FAIL",
        "FAIL\tm.example/shop/failing\t0.250s",
        "",
        "",
        "panic: test timed out after 1s",
        "FAIL\tm.example/shop/slow\t119.600s",
        "",
        "",
        "Total time: [TIME]",
        CLOSED,
    ]);
}

/// The rows of a report; the engines may phrase summaries of failures differently.
fn rows(report: &str) -> Vec<&str> {
    let is_row =
        |line: &&str| ["PASS ", "FAIL  ", "LOOSE"].iter().any(|word| line.starts_with(word));
    report.lines().filter(is_row).collect()
}

#[test]
fn both_engines_print_the_same() {
    let [batch, fanout] = ["batch", "fanout"]
        .map(|engine| every_kind().check(&["-p", "1", "--no-timings", "--engine", engine]));
    assert_eq!(rows(&batch.stdout).len(), 15);
    assert_eq!(batch.stdout, fanout.stdout);
    assert_eq!((batch.of("test").len(), fanout.of("test").len()), (1, 15));
}

/// A module with what differs between two runs with the same results.
pub(super) fn timed(elapsed: f64, cached: bool) -> Fake {
    Fake::new([
        pkg("a", 3, 3).set("elapsed", elapsed).set("cached", cached),
        pkg("b", 1, 3).kind("fail").set("elapsed", elapsed * 100.0),
    ])
}

#[test]
fn without_timings_two_runs_are_the_same_bytes() {
    // Neither durations that go and the tests print, nor whether a result was cached.
    let args = ["--no-timings", "--prewarm", "always"];
    let first = timed(0.123, false).check(&args);
    let second = timed(7.89, true).check(&args);
    assert_eq!(first.stdout, second.stdout);
    let cpus = std::thread::available_parallelism().unwrap();
    let running = format!("Running 2 packages with parallelism={cpus}; progress:");
    first.exits(1).prints(&[
        "Checking per-package coverage (default minimum: 80.0%)...",
        "",
        "Pre-warming build cache (2 packages)...",
        "Pre-warm complete in ---",
        "",
        &running,
        "COUNT  STATUS   COVERAGE  REQUIRED      TIME  PACKAGE",
        "-----  -------  --------  --------  --------  -------",
        "[1/2]  PASS       100.0%     80.0%       ---  a",
        "[2/2]  FAIL          ---       ---       ---  b (tests failed)",
        "",
        "--- FAIL: TestPrints (---)",
        "FAIL",
        "FAIL\tm.example/shop/b\t---",
        "",
        "",
        "Total time: ---",
        CLOSED,
    ]);
}

fn loose() -> Fake {
    Fake::new([pkg("a", 88, 100), pkg("b", 0, 4).set("elapsed", 3.96)])
        .file("a/.covgate", "70.25")
        .file("b/.covgate", "0\n")
}

#[test]
fn loose_floors_may_only_warn() {
    loose().check(&["-p1", "--tightness", "warn"]).exits(0).complains(&[]).prints(&[
        "Checking per-package coverage (default minimum: 80.0%)...",
        "",
        "STATUS   COVERAGE  REQUIRED      TIME  PACKAGE",
        "-------  --------  --------  --------  -------",
        "LOOSE       88.0%     70.2%      0.3s  a (required lags actual by 17.8pp; update .covgate to >= 87.5)",
        "PASS         0.0%      0.0%      4.0s  b",
        "",
        "Total time: [TIME]",
        OPEN,
    ]);
}

#[test]
fn loose_floors_close_the_gate_alone() {
    let run = loose().check(&["-p1"]);
    assert!(run.exits(1).stdout.ends_with(&format!("\n{CLOSED}\n")));
    let run = loose().check(&["-p1", "--tightness=off"]);
    assert!(run.exits(0).stdout.contains("\nPASS        88.0%     70.2%      0.3s  a\n"));
    let run = loose().check(&["-p1", "--tightness-tolerance=17.8"]);
    assert!(run.exits(0).stdout.contains("\nPASS        88.0%     70.2%      0.3s  a\n"));
}

#[test]
fn one_package() {
    Fake::new([pkg("", 4, 5)]).check(&["--default-threshold", "79.99"]).exits(0).prints(&[
        "Checking per-package coverage (default minimum: 80.0%)...",
        "",
        &format!(
            "Running 1 packages with parallelism={}; progress:",
            std::thread::available_parallelism().unwrap()
        ),
        "COUNT  STATUS   COVERAGE  REQUIRED      TIME  PACKAGE",
        "-----  -------  --------  --------  --------  -------",
        "[1/1]  PASS        80.0%     80.0%      0.3s  .",
        "",
        "Total time: [TIME]",
        OPEN,
    ]);
}

#[test]
fn a_thousand_packages() {
    let packages = || (1..=1000).map(|number| pkg(&format!("p{number:04}"), 3, 4));
    let cpus = std::thread::available_parallelism().unwrap();
    let mut lines: Vec<String> = [
        "Checking per-package coverage (default minimum: 75.0%)...",
        "",
        &format!("Running 1000 packages with parallelism={cpus}; progress:"),
        "COUNT        STATUS   COVERAGE  REQUIRED      TIME  PACKAGE",
        "-----------  -------  --------  --------  --------  -------",
    ]
    .map(str::to_owned)
    .into();
    for number in 1..=1000 {
        lines.push(format!(
            "[{number:>4}/1000]  PASS        75.0%     75.0%      0.3s  p{number:04}"
        ));
    }
    lines.extend(["", "Total time: [TIME]", OPEN].map(str::to_owned));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let run = Fake::new(packages()).check(&["--prewarm=never", "--default-threshold=75"]);
    run.exits(0).complains(&[]).prints(&lines);
}

#[test]
fn no_package_is_left() {
    let fake = || Fake::new([pkg("a", 1, 1), pkg("b/c", 1, 1)]);
    let run = fake().check(&["-p1", "--exclude=a,b/..."]);
    run.exits(5)
        .prints(&[
            "Checking per-package coverage (default minimum: 80.0%)...",
            "",
            "Excluded 2 package(s) from coverage measurement",
            "",
            "STATUS   COVERAGE  REQUIRED      TIME  PACKAGE",
            "-------  --------  --------  --------  -------",
            "SKIPPED       ---       ---       ---  a",
            "SKIPPED       ---       ---       ---  b/c",
            "",
            "No packages left to measure",
        ])
        .complains(&[
            "error: nothing to measure: all 2 package(s) are excluded",
            "hint: see --exclude, COVGATE_EXCLUDE and covgate.toml",
        ]);
    assert_eq!(run.phases(), ["env", "list"]);
}

/// Rows come in the order of the listing, whatever ends first.
#[test]
fn rows_come_in_list_order() {
    let fake = Fake::new([pkg("a", 1, 1), pkg("b", 1, 1), pkg("c", 1, 1)]);
    let steps = json!([{ "reach": "a waits" }, fake.gate()]);
    let fake = fake.steps("a", steps).steps("c", json!([{ "reach": "c runs" }]));
    let mut running = fake.start(&["-p2", "--engine=fanout"]);
    running.reached("a waits");
    // The other process has measured b by now, and row 2 waits for row 1.
    running.reached("c runs");
    running.release(1);
    let run = running.finish();
    let labels = |row: &&str| row.rsplit(' ').next().unwrap().to_owned();
    assert_eq!(rows(&run.exits(0).stdout).iter().map(labels).collect::<Vec<_>>(), ["a", "b", "c"]);
}

/// Tests in two places together cover more than each alone.
#[test]
fn tests_outside_count() {
    let outside: Package = pkg("tests/a", 2, 0).set("tests-only", true);
    let run = Fake::new([pkg("pkg/a", 2, 5), outside, pkg("pkg/b", 4, 5)]).check(&[
        "-p1",
        "--test-dir=tests",
        "--no-timings",
    ]);
    run.exits(0).complains(&[]).prints(&[
        "Checking per-package coverage (default minimum: 80.0%)...",
        "",
        "STATUS   COVERAGE  REQUIRED      TIME  PACKAGE",
        "-------  --------  --------  --------  -------",
        "PASS        80.0%     80.0%       ---  pkg/a",
        "PASS        80.0%     80.0%       ---  pkg/b",
        "",
        "Total time: ---",
        OPEN,
    ]);
}

/// go tests both places at the same time: the output has the order of the places, not of their
/// ends.
#[test]
fn failures_in_two_places_come_in_one_order() {
    let prints = |package: Package, text: &str| {
        let line = format!("    a_test.go:3: {text}\n");
        package.kind("fail").set("prints", json!([line]))
    };
    let inside = prints(pkg("pkg/a", 2, 5), "inside");
    let outside = prints(pkg("tests/a", 2, 0), "outside").set("tests-only", true);
    for packages in [[inside.clone(), outside.clone()], [outside, inside]] {
        let run = Fake::new(packages).check(&["--test-dir=tests", "--no-timings"]);
        let said: Vec<_> =
            run.exits(1).stdout.lines().filter(|line| line.contains("a_test.go")).collect();
        assert_eq!(said.len(), 2, "{}", run.stdout);
        assert!(said[0].ends_with("inside") && said[1].ends_with("outside"), "{}", run.stdout);
    }
}
