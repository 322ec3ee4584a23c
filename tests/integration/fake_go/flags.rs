//! Which go command gets which flags, and which flags are refused.

use std::path::PathBuf;

use serde_json::json;

use crate::support::fake::{Call, Fake, MODULE, Run, pkg};

fn outside() -> Fake {
    let tests = pkg("tests/b", 1, 0).set("tests-only", true);
    Fake::new([pkg("pkg/a", 1, 1), pkg("pkg/b", 1, 1), tests])
}

/// Both engines in one run, and a warm pass.
const BOTH: [&str; 2] = ["-p2", "--test-dir=tests"];

#[test]
fn build_flags_go_everywhere_others_to_the_tests() {
    let build = ["-tags", "a,b", "-race", "--mod=vendor", "-gcflags=all=-N -l"];
    let others = ["-run", "^TestA", "-short", "-count=1", "-timeout=5s", "-myflag=x"];
    let last = ["-args", "-p", "7", "./x"];
    let args = [&BOTH[..], &["--"], &build, &others, &last].concat();
    let run = outside().check(&args);
    let windows =
        |call: &Call, flags: &[&str]| call.args.windows(flags.len()).any(|window| window == flags);
    for phase in ["list", "warm", "test"] {
        for call in run.exits(0).of(phase) {
            assert!(windows(call, &build), "{phase}: {:?}", call.args);
            let has_others = windows(call, &others);
            assert_eq!(has_others, phase == "test", "{phase}: {:?}", call.args);
            assert_eq!(call.args.ends_with(&last.map(str::to_owned)), phase == "test");
        }
    }
    assert_eq!(run.of("test").len(), 2);
    assert_eq!(
        run.of("env")[0].args,
        ["env", "-json", "GOVERSION", "GOMOD", "GOFLAGS", "GOTMPDIR"]
    );
}

#[test]
fn flags_may_come_from_the_file_and_the_environment() {
    let toml = "go-test-flags = [\"-tags\", \"file\"]\n";
    let run = outside().file("covgate.toml", toml).check(&BOTH);
    assert!(run.exits(0).of("list")[0].has("file"));
    let fake = outside().file("covgate.toml", toml).env("COVGATE_GO_TEST_FLAGS", "-tags env");
    assert!(fake.check(&BOTH).exits(0).of("list")[0].has("env"));
}

#[test]
fn workspaces_are_off_for_every_command() {
    let gowork = |args: &[&str]| {
        let run = outside().env("GOWORK", "/elsewhere/go.work").check(args);
        let mut phases = run.exits(0).phases();
        phases.dedup();
        assert_eq!(phases, ["env", "list", "warm", "test"]);
        let mut values: Vec<_> = run.calls.into_iter().map(|call| call.gowork.unwrap()).collect();
        values.dedup();
        values
    };
    assert_eq!(gowork(&BOTH), ["off"]);
}

/// What go leaves when it is killed goes with covgate's own folder, see `signals.rs`. Where the user
/// has named a folder for go, covgate's lies in that one: tests may not be allowed to run elsewhere.
#[test]
fn temporary_folders_of_go_lie_in_covgates_own() {
    let folders = |run: &Run| -> Vec<PathBuf> {
        let builds = run.calls.iter().filter(|call| ["warm", "test"].contains(&&*call.phase));
        builds.map(|call| call.gotmpdir.clone().unwrap()).collect()
    };
    let unusable = outside().env("GOTMPDIR", "/nowhere/at/all");
    for fake in [outside(), outside().env("GOTMPDIR", ""), unusable] {
        for folder in folders(fake.check(&BOTH).exits(0)) {
            assert_eq!(folder.parent().unwrap(), fake.path("tmp"), "{folder:?}");
        }
    }
    let fake = outside();
    let named = fake.path("bin/own");
    std::fs::create_dir(&named).unwrap();
    let fake = fake.env("GOTMPDIR", named.to_str().unwrap());
    for folder in folders(fake.check(&BOTH).exits(0)) {
        assert_eq!(folder.parent().unwrap(), named);
        assert!(!folder.exists());
    }
}

#[test]
fn every_command_runs_where_covgate_was_started() {
    let fake = outside();
    let there = fake.module().join("pkg/a").canonicalize().unwrap();
    let run = fake.check(&["-p2", "-C", "pkg/a", "./..."]);
    // The fake's patterns start at the root; only the folder matters.
    assert!(run.exits(0).calls.iter().all(|call| call.cwd == there), "{:?}", run.calls);
}

#[test]
fn flags_that_would_break_the_measurement_are_refused() {
    for flag in [
        "-coverprofile=x",
        "-coverpkg=./...",
        "-cover",
        "-json",
        "-c",
        "-o=x",
        "-p=3",
        "-n",
        "-C=x",
        "-list=.",
        "-exec=true",
        "-fuzz=Fuzz",
        "-outputdir=x",
        "--test.coverprofile=x",
    ] {
        let run = outside().check(&["--", flag]);
        assert!(run.exits(2).stderr.starts_with("error: `-"), "{flag}: {}", run.stderr);
        assert!(run.stderr.contains("\nhint: "), "{flag}: {}", run.stderr);
        assert_eq!((&*run.stdout, run.calls.len()), ("", 0), "{flag}");
    }
}

/// Each is refused where a go command would find it by itself, before any other question to go.
#[test]
fn nor_may_they_stand_for_every_command() {
    for flag in [
        "-coverprofile=x",
        "-coverpkg=./...",
        "-cover",
        "-covermode=atomic",
        "-json",
        "-c",
        "-o=x",
        "-n",
        "-exec=true",
        "--list=.",
        "-fuzz=Fuzz",
        "-outputdir=x",
        "-deps",
    ] {
        for command in ["check", "ratchet", "audit"] {
            let goflags = format!("-mod=mod '-tags=a b' {flag}");
            let run = outside().command(command).env("GOFLAGS", &goflags).check(&[]);
            let words = format!("error: `{flag}` cannot stand in GOFLAGS (the environment): ");
            assert!(run.exits(2).stderr.starts_with(&words), "{flag}: {}", run.stderr);
            let way_out = r"hint: take it out: export 'GOFLAGS=-mod=mod '\''-tags=a b'\'''";
            assert!(run.stderr.ends_with(&format!("\n{way_out}\n")), "{flag}: {}", run.stderr);
            assert_eq!((&*run.stdout, run.phases()), ("", vec!["env"]), "{flag}");
        }
    }
    let harmless = "-mod=vendor -tags=x -trimpath -buildvcs=false -vet=off -race -count=1 -short \
                    -timeout=5s -run=^TestA '-ldflags=-X a=-json'";
    outside().env("GOFLAGS", harmless).check(&BOTH).exits(0);
}

#[test]
fn what_is_no_flag_is_refused() {
    outside().check(&["--", "./pkg/..."]).exits(2).complains(&[
        "error: `./pkg/...` after -- is not a flag of go test",
        "hint: packages go before --, flags of go test after it",
    ]);
    outside()
        .check(&["--", "-run"])
        .exits(2)
        .complains(&["error: `-run` needs a value", "hint: write it as -flag=value"]);
}

/// Flags written as for go test, but before the dashes.
#[test]
fn flags_of_go_before_the_dashes() {
    let run = outside().check(&["-race", "./..."]);
    assert!(run.exits(2).stderr.starts_with("error: unexpected argument '-race' found\n"));
    let tip = "  tip: flags of go test go last, after `--`: covgate check -- -race\n";
    assert!(run.stderr.contains(tip), "{}", run.stderr);
    assert_eq!((&*run.stdout, run.calls.len()), ("", 0));
}

/// go itself refuses them: its message, as wrong usage, not environment.
#[test]
fn flags_that_go_does_not_know() {
    let words = "flag provided but not defined: -mood\nusage: go list …\n";
    let steps = json!([{ "stderr": { "text": words } }, { "exit": 2 }]);
    let run = outside().phase("list", steps).check(&["--", "-mod=good"]);
    assert!(run.exits(2).stderr.contains("flag provided but not defined: -mood\n"));
    assert_eq!(run.phases(), ["env", "list"]);
}

/// The patterns reach go unchanged; covgate also asks for the tests outside.
#[test]
fn patterns_go_to_the_listing() {
    let run = outside().check(&["-p1", "./pkg/a", "--packages", "./pkg/b"]);
    assert_eq!(run.exits(0).of("list")[0].operands(), ["./pkg/a", "./pkg/b"]);
    let fake = outside();
    let tests = format!("{}/tests/...", fake.module().display());
    let run = fake.check(&["-p1", "--test-dir=tests", "./pkg/b"]);
    assert_eq!(run.exits(0).of("list")[0].operands(), ["./pkg/b", &tests]);
    let [test] = run.of("test")[..] else { panic!() };
    assert!(test.has(&format!("-coverpkg={MODULE}/pkg/b")));
    assert!(test.has(&format!("{MODULE}/tests/b")));
}
