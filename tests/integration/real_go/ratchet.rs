//! `covgate ratchet`: floors rise to the coverage, and check passes with them.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::support::module::Module;

const MODULE: &str = r#"-- go.mod --
module example.com/ratchet

go 1.22
-- same/same.go --
package same

func One() int { return 1 }
-- same/same_test.go --
package same

import "testing"

func TestOne(t *testing.T) { One() }
-- same/.covgate --
100
-- up/up.go --
package up

func One() int { return 1 }

func Two() int { return 2 }

func Three() int { return 3 }
-- up/up_test.go --
package up

import "testing"

func TestOne(t *testing.T) { One() }
-- up/.covgate --
10.25
why: note
-- fresh/fresh.go --
package fresh

func One() int { return 1 }

func Two() int { return 2 }
-- fresh/fresh_test.go --
package fresh

import "testing"

func TestOne(t *testing.T) { One() }
-- types/types.go --
package types

type T int
"#;

const FAILING: (&str, &str) = (
    "up/fails_test.go",
    "package up\n\nimport \"testing\"\n\nfunc TestFails(t *testing.T) { t.Error(\"no\") }\n",
);

fn floor(module: &Module, package: &str) -> Option<String> {
    fs::read_to_string(module.path().join(package).join(".covgate")).ok()
}

#[test]
fn the_report_to_the_byte_and_check_passes() {
    let module = Module::new(MODULE);
    let ran = module.covgate("ratchet", &["--no-timings"]).exits(0);
    assert_eq!(
        ran.stdout,
        "Updating .covgate files (ratchet up only)...\n\n\
         Pre-warming build cache (4 packages)...\n\
         Pre-warm complete in ---\n\n\
         STATUS  PREVIOUS   CURRENT  PACKAGE\n\
         ------  --------  --------  -------\n\
         NEW            —     50.0%  fresh\n\
         OK        100.0%    100.0%  same\n\
         OK             —       ---  types\n\
         UP         10.2%     33.3%  up\n\
         \n\
         Done. Updated: 2, Unchanged: 2, Failed: 0\n"
    );
    assert_eq!(floor(&module, "up").unwrap(), "33.3\nwhy: note\n");
    assert_eq!(floor(&module, "fresh").unwrap(), "50.0\n");
    assert_eq!(floor(&module, "types"), None);
    module.check(&[]).exits(0);
    let again = module.covgate("ratchet", &[]).exits(0);
    assert!(again.stdout.ends_with("Done. Updated: 0, Unchanged: 4, Failed: 0\n"), "{again}");
}

#[test]
fn nothing_is_written_when_nothing_shall_be() {
    let module = Module::new(MODULE);
    let dry = module.covgate("ratchet", &["--dry-run", "--no-timings"]).exits(0);
    let diff = "--- a/up/.covgate\n+++ b/up/.covgate\n@@ -1,2 +1,2 @@\n-10.25\n+33.3\n why: note\n";
    assert!(dry.stdout.contains(diff), "{dry}");
    assert!(
        dry.stdout.contains("--- /dev/null\n+++ b/fresh/.covgate\n@@ -0,0 +1 @@\n+50.0\n"),
        "{dry}"
    );
    assert!(dry.stdout.ends_with("Dry run. Would update: 2, Unchanged: 2, Failed: 0\n"), "{dry}");
    module.covgate("ratchet", &["--check"]).exits(1);
    assert_eq!(floor(&module, "up").unwrap(), "10.25\nwhy: note\n");
    assert_eq!(floor(&module, "fresh"), None);
    module.covgate("ratchet", &["--only-existing"]).exits(0);
    assert_eq!(floor(&module, "fresh"), None);
    module.covgate("ratchet", &["--check", "--only-existing"]).exits(0);
}

#[test]
fn a_package_that_fails_keeps_its_floor() {
    let module = Module::new(MODULE);
    module.write(FAILING.0, FAILING.1);
    let ran = module.covgate("ratchet", &["--no-timings"]).exits(1);
    assert!(ran.stdout.contains("FAIL       10.2%       ---  up\n"), "{ran}");
    assert!(ran.stdout.contains("--- FAIL: TestFails (---)\n    fails_test.go:5: no\n"), "{ran}");
    assert!(ran.stdout.ends_with("Done. Updated: 1, Unchanged: 2, Failed: 1\n"), "{ran}");
    assert_eq!(floor(&module, "up").unwrap(), "10.25\nwhy: note\n");
    assert_eq!(floor(&module, "fresh").unwrap(), "50.0\n");
}

#[test]
fn one_package_may_fall_for_a_reason() {
    let module = Module::new(MODULE);
    module.write("up/.covgate", "90\nnote\n");
    module.write("fresh/.covgate", "90\n");
    let ran = module.covgate("ratchet", &["--lower", "up", "--reason", "rewrite"]).exits(0);
    assert!(ran.stdout.contains("DOWN       90.0%     33.3%  up\n"), "{ran}");
    assert_eq!(floor(&module, "up").unwrap(), "33.3\nnote\nLowered from 90.0 to 33.3: rewrite\n");
    assert_eq!(floor(&module, "fresh").unwrap(), "90\n");
    module.covgate("ratchet", &["--lower", "up"]).exits(2);
    module.covgate("ratchet", &["--lower", "up", "--reason", ""]).exits(2);
    module.covgate("ratchet", &["--lower", "nowhere", "--reason", "x"]).exits(2);
}

/// A floor of 0 passes what nobody tests, but never without a word.
#[test]
fn an_untested_package_says_so_in_every_row() {
    let module = Module::new(MODULE);
    module.write("bare/bare.go", "package bare\n\nfunc One() int { return 1 }\n");
    let ran = module.covgate("ratchet", &["--no-timings"]).exits(0);
    assert!(ran.stdout.contains("\nNEW            —      0.0%  bare (no test files)\n"), "{ran}");
    let again = module.covgate("ratchet", &["--no-timings"]).exits(0);
    assert!(
        again.stdout.contains("\nOK          0.0%      0.0%  bare (no test files)\n"),
        "{again}"
    );
    let ran = module.check(&["--no-timings", "-p1"]).exits(0);
    let row = "\nPASS         0.0%      0.0%       ---  bare (no test files)\n";
    assert!(ran.stdout.contains(row), "{ran}");
    let json = module.check(&["--report", "json"]).exits(0).stdout;
    let said = r#""path":"bare","status":"pass","reason":"no test files""#;
    assert!(json.contains(said), "{json}");
    module.write("bare/.covgate", "1\n");
    let ran = module.check(&["--no-timings", "-p1"]).exits(1);
    let row = "\nFAIL         0.0%      1.0%       ---  bare (no test files)\n";
    assert!(ran.stdout.contains(row), "{ran}");
}

/// Floors that stay although less is covered, whoever set them, and the way down.
#[test]
fn a_package_below_its_floor_is_not_ok() {
    let module = Module::new(MODULE);
    module.write("up/.covgate", "90.25\n");
    let ran = module.covgate("ratchet", &["--no-timings", "./up"]).exits(0);
    assert!(ran.stdout.contains("\nBELOW      90.2%     33.3%  up\n"), "{ran}");
    assert!(ran.stdout.ends_with("Done. Updated: 0, Unchanged: 1, Failed: 0\n"), "{ran}");
    let lead = "./up stays below its floor; to lower that on purpose: ";
    let command = ran.stderr.strip_prefix(lead).unwrap_or_default();
    assert!(command.ends_with(" --lower ./up --reason \"why\" ./up\n"), "{ran}");
    let table = "[[package]]\npath = \"fresh\"\nthreshold = 90.0\n";
    module.write("covgate.toml", table);
    let both = module.covgate("ratchet", &["--check"]).exits(0);
    assert!(both.stdout.contains("\nBELOW      90.0%     50.0%  fresh\n"), "{both}");
    assert!(both.stderr.starts_with("2 packages stay below their floors; to lower one "), "{both}");
    module.paste("", command).exits(0);
    assert_eq!(floor(&module, "up").unwrap(), "33.3\nLowered from 90.25 to 33.3: why\n");
}

/// A default, or a `[[package]]`, is lowered for one package by a file of its own.
#[test]
fn a_floor_that_no_file_sets_may_fall_too() {
    for config in ["", "[[package]]\npath = \"up\"\nthreshold = 80.0\n"] {
        let module = Module::new(MODULE);
        fs::remove_file(module.path().join("up/.covgate")).unwrap();
        module.write("covgate.toml", config);
        let args = ["--lower", "./up", "--reason", "rewrite"];
        module.covgate("ratchet", &args).exits(0);
        assert_eq!(floor(&module, "up").unwrap(), "33.3\nLowered from 80.0 to 33.3: rewrite\n");
        assert_eq!(floor(&module, "fresh"), None);
    }
}

#[test]
fn slack_stays_within_the_tolerance() {
    let module = Module::new(MODULE);
    module.covgate("ratchet", &["--slack", "0.4"]).exits(0);
    assert_eq!(floor(&module, "up").unwrap(), "32.9\nwhy: note\n");
    module.check(&[]).exits(0);
    let ran = module.covgate("ratchet", &["--slack", "0.6"]).exits(2);
    assert!(ran.stderr.contains("--slack 0.6 is more than the tightness tolerance 0.5"), "{ran}");
    module.covgate("ratchet", &["--slack", "0.6", "--tightness", "off"]).exits(0);
}

#[test]
fn a_floor_of_the_configuration_is_not_undercut() {
    let module = Module::new(MODULE);
    module.write("covgate.toml", "[[package]]\npath = \"fresh\"\nthreshold = 80\n");
    module.covgate("ratchet", &[]).exits(0);
    assert_eq!(floor(&module, "fresh"), None);
    module.write("covgate.toml", "[[package]]\npath = \"fresh\"\nthreshold = 40\n");
    module.covgate("ratchet", &[]).exits(0);
    assert_eq!(floor(&module, "fresh").unwrap(), "50.0\n");
}

#[test]
fn what_cannot_be_written_is_one_error_and_the_others_rise() {
    let module = Module::new(MODULE);
    let path = module.path().join("up/.covgate");
    module.write("shared", "10\n");
    fs::remove_file(&path).unwrap();
    symlink("../shared", &path).unwrap();
    let ran = module.covgate("ratchet", &[]).exits(1);
    assert!(ran.stderr.contains("up/.covgate: it is a symbolic link"), "{ran}");
    assert!(ran.stdout.contains("FAIL       10.0%     33.3%  up\n"), "{ran}");
    assert_eq!(fs::read_to_string(module.path().join("shared")).unwrap(), "10\n");
    assert_eq!(floor(&module, "fresh").unwrap(), "50.0\n");
}

#[test]
fn mode_and_line_ending_stay() {
    let module = Module::new(MODULE);
    let path = module.path().join("up/.covgate");
    fs::write(&path, "10\r\nnote\r\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    module.covgate("ratchet", &[]).exits(0);
    assert_eq!(floor(&module, "up").unwrap(), "33.3\r\nnote\r\n");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
}

/// The lowest of several runs is kept, and packages that wobble are named. The test covers one more
/// function in every second run.
#[test]
fn what_wobbles_is_measured_at_its_lowest() {
    let module = Module::new(MODULE);
    module.write(
        "up/wobble_test.go",
        "package up\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestWobble(t *testing.T) {\n\tif os.Remove(\"odd\") != nil {\n\t\tos.WriteFile(\"odd\", nil, 0o600)\n\t\tTwo()\n\t}\n}\n",
    );
    let ran = module.covgate("ratchet", &["--repeat", "3", "--no-timings"]).exits(0);
    assert!(ran.stdout.contains("UP         10.2%     33.3%  up\n"), "{ran}");
    let wobble = "\nWobbles by 33.4pp over 3 runs (33.3% to 66.7%): up\n";
    assert!(ran.stdout.contains(wobble), "{ran}");
    assert_eq!(floor(&module, "up").unwrap(), "33.3\nwhy: note\n");
}

/// Runs on every fixture whose tests pass; the random modules have their own test.
#[test]
fn ratchet_then_check_passes() {
    for fixture in [MODULE, include_str!("healthy.txtar")] {
        let module = Module::new(fixture);
        // The function that this package's test calls is written by the test that measures the
        // fixture.
        module.write("almost/most.go", "package almost\n\nfunc Most() (n int) { return }\n");
        let flags = ["--", "-vet=off"];
        module.covgate("ratchet", &flags).exits(0);
        let ran = module.check(&flags).exits(0);
        assert!(ran.rows().iter().all(|row| row.status == "PASS"), "{ran}");
    }
}
