//! A go that hangs, crashes, lies, floods or prints garbage leads to a closed gate or a clear
//! error. It never leads to a pass or a hang, and nothing is left behind (`finish` checks that
//! after every run).

use serde_json::{Value, json};

use crate::support::ENGINES;
use crate::support::fake::{Fake, MODULE, Package, Run, pkg};

const PLAIN: [&str; 2] = ["-p1", "--no-timings"];

/// Packages `a` and `c` are fine, `b` has a problem.
fn around(b: Package) -> Fake {
    Fake::new([pkg("a", 1, 1), b, pkg("c", 1, 1)])
}

/// Runs in one engine.
fn check(fake: &Fake, engine: &str) -> Run {
    fake.check(&[PLAIN[0], PLAIN[1], engine])
}

/// Silence this long counts as a hang. It is longer than a busy machine keeps a process waiting.
const STALL: &str = "--stall-timeout=3s";

/// Runs all at the same time, since each waits for the limit.
fn check_hanging<const N: usize>(runs: [(Fake, &str); N]) -> [Run; N] {
    std::thread::scope(|scope| {
        runs.map(|(fake, more)| scope.spawn(move || fake.check(&["--no-timings", STALL, more])))
            .map(|run| run.join().unwrap())
    })
}

/// Checks that the gate is closed, `b` has this suffix, and its detail contains this.
#[track_caller]
fn closed(run: &Run, suffix: &str, detail: &str) {
    let row = format!("\nFAIL          ---       ---       ---  b ({suffix})\n");
    let Run { stdout, stderr, .. } = run;
    assert!(run.exits(1).stdout.contains(&row), "{stdout}");
    assert!(stdout.contains(detail) || stderr.contains(detail), "{stdout}\n{stderr}");
    assert!(stdout.contains("\nERROR: One or more packages"), "{stdout}");
}

#[track_caller]
fn row_of(run: &Run, package: &str) -> String {
    let end = format!("  {package}");
    let row = run.stdout.lines().find(|line| line.contains(&end) && !line.starts_with('\t'));
    row.unwrap_or_else(|| panic!("no row of {package}: {}", run.stdout)).to_owned()
}

#[test]
fn a_hang_before_anything_ran() {
    let hang_in = |phase| (around(pkg("b", 1, 1)).phase(phase, json!(["hang"])), "-p2");
    for run in check_hanging(["env", "list", "warm"].map(hang_in)) {
        assert!(run.exits(4).stderr.contains("was silent for too long"), "{}", run.stderr);
        assert!(run.stderr.ends_with("hint: --stall-timeout sets the limit\n"), "{}", run.stderr);
        assert!(run.of("test").is_empty());
    }
}

/// The second one ignores every signal that can be ignored.
#[test]
fn a_hang_in_the_batch() {
    let hang = |steps| (around(pkg("b", 1, 1).set("steps", steps)), "--engine=batch");
    for run in check_hanging([json!(["hang"]), json!(["deaf", "hang"])].map(hang)) {
        closed_in_progress(&run, "[2/3]", "b");
        closed_in_progress(&run, "[3/3]", "c");
        assert!(run.stdout.contains("\n[1/3]  PASS       100.0%     80.0%       ---  a\n"));
        run.complains(&[
            "error: go test was silent for too long and was stopped (--stall-timeout sets the limit)",
            "",
            "2 packages timed out",
        ]);
    }
}

/// The others are still measured.
#[test]
fn a_hang_in_the_fanout() {
    let hang = |steps| (around(pkg("b", 1, 1).set("steps", steps)), "--engine=fanout");
    for run in check_hanging([json!(["hang"]), json!(["deaf", "hang"])].map(hang)) {
        closed_in_progress(&run, "[2/3]", "b");
        for row in [
            "[1/3]  PASS       100.0%     80.0%       ---  a",
            "[3/3]  PASS       100.0%     80.0%       ---  c",
        ] {
            assert!(run.stdout.contains(row), "{}", run.stdout);
        }
    }
}

#[track_caller]
fn closed_in_progress(run: &Run, count: &str, package: &str) {
    let row = format!("\n{count}  FAIL          ---       ---       ---  {package} (timed out)\n");
    assert!(run.exits(1).stdout.contains(&row), "{}", run.stdout);
}

#[test]
fn a_crash() {
    for engine in ENGINES {
        let run = check(&around(pkg("b", 1, 1).set("steps", json!(["abort"]))), engine);
        closed(&run, "no coverage data", "go test ended with signal: 6 (SIGABRT)");
    }
    let run = around(pkg("b", 1, 1)).phase("warm", json!(["abort"])).check(&["-p2"]);
    assert!(run.exits(3).stderr.contains("signal: 6 (SIGABRT)"), "{}", run.stderr);
    assert!(run.of("test").is_empty());
    for phase in ["env", "list"] {
        let run = around(pkg("b", 1, 1)).phase(phase, json!(["abort"])).check(&PLAIN);
        assert!(run.exits(4).stderr.contains("signal: 6 (SIGABRT)"), "{}", run.stderr);
    }
}

#[test]
fn garbage_instead_of_answers() {
    for (phase, words) in [
        ("env", "go env -json printed what is not its JSON"),
        ("list", "go list printed what is not its JSON"),
    ] {
        for text in ["\u{0}\u{1}{{{", "{\"Dir\":3}", "{\"ImportPath\":\"a\"", "null"] {
            let steps = json!([{ "stdout": { "text": text } }]);
            let run = around(pkg("b", 1, 1)).phase(phase, steps).check(&PLAIN);
            assert!(run.exits(4).stderr.contains(words), "{phase}: {}", run.stderr);
            assert!(run.of("test").is_empty());
        }
    }
}

#[test]
fn garbage_instead_of_events() {
    let garbage = json!([{ "stdout": { "text": "\u{0}{\"Action\":\n[]\n{}\n", "times": 50 } }]);
    for engine in ENGINES {
        let run = check(&around(pkg("b", 1, 1)).phase("test", garbage.clone()), engine);
        closed(&run, "no coverage data", "");
        assert!(["a", "c"].iter().all(|name| row_of(&run, name).starts_with("FAIL")));
    }
}

/// Stray lines between events belong to no package.
#[test]
fn garbage_between_events() {
    let strays = json!([{ "stdout": { "text": "go: a word between events\n{\"Action\":1}\n" } }]);
    for engine in ENGINES {
        let run = check(&around(pkg("b", 1, 1).set("steps", strays.clone())), engine);
        run.exits(0);
    }
}

#[test]
fn a_profile_that_is_not_whole() {
    for (profile, detail) in [
        ("cut-in-line", "coverage profile"),
        ("cut-at-line", "the profile is not whole"),
        ("missing", ""),
        ("empty", "the coverage profile says nothing of the package"),
        ("garbage", "not a block"),
    ] {
        for engine in ENGINES {
            let run = check(&around(pkg("b", 2, 3).set("profile", profile)), engine);
            if profile == "garbage" {
                // b's own lines came before: they are complete and agree with go. What follows in
                // the same profile is lost.
                assert!(run.exits(1).stderr.contains(detail), "{}", run.stderr);
                let shared = engine == ENGINES[0];
                assert_eq!(row_of(&run, "c").ends_with("c (no coverage data)"), shared);
            } else {
                closed(&run, "no coverage data", detail);
            }
            assert!(row_of(&run, "a").starts_with("PASS"), "{profile} {engine}");
        }
    }
}

/// One line of thousands changes no percentage that is shown, so the cut itself must be noticed.
fn a_large_profile_that_is_cut(engine: &str) {
    let run = check(&Fake::new([pkg("b", 4500, 5000).set("profile", "cut-in-line")]), engine);
    let said = [&*run.exits(1).stdout, &*run.stderr].concat();
    assert!(said.contains("cut off in the middle of a line"), "{said}");
}

#[test]
fn a_large_profile_that_is_cut_in_the_fanout() {
    a_large_profile_that_is_cut("--engine=fanout");
}

#[test]
fn a_large_profile_that_is_cut_in_the_batch() {
    a_large_profile_that_is_cut("--engine=batch");
}

#[test]
fn a_lie_about_what_is_covered() {
    for engine in ENGINES {
        let run = check(&around(pkg("b", 9, 10).set("says", "50.0%")), engine);
        let words = "go test says 50.0% is covered, its coverage profile 90.0%";
        closed(&run, "no coverage data", words);
        let run = check(&around(pkg("b", 9, 10).set("says", "95.0%")), engine);
        closed(&run, "no coverage data", "go test says 95.0%");
    }
}

#[test]
fn passes_without_a_word_on_coverage() {
    for engine in ENGINES {
        let run = check(&around(pkg("b", 1, 1).kind("early-exit")), engine);
        closed(&run, "no coverage data", "does TestMain call os.Exit before m.Run has returned?");
    }
}

/// go says nothing about a package, and still succeeds.
#[test]
fn silence_about_a_package() {
    for engine in ENGINES {
        let run = check(&around(pkg("b", 1, 1).kind("lost")), engine);
        closed(&run, "no coverage data", "");
        assert!(row_of(&run, "c").starts_with("PASS"));
    }
    for engine in ENGINES {
        let run = check(&around(pkg("b", 1, 1)).phase("test", json!([])), engine);
        closed(&run, "no coverage data", "");
    }
}

/// Every package passed, but go failed: the gate cannot know why, so it closes.
#[test]
fn failure_although_all_passed() {
    let steps = json!(["answer", { "stderr": { "text": "go: strange\n" } }, { "exit": 1 }]);
    for engine in ENGINES {
        let run = check(&around(pkg("b", 1, 1)).phase("test", steps.clone()), engine);
        assert!(run.exits(1).stdout.contains("\nERROR: One or more"), "{}", run.stdout);
        let said = [&*run.stdout, &*run.stderr].concat();
        assert!(said.contains("go test ended with exit status: 1"), "{said}");
        assert!(said.contains("go: strange"), "{said}");
    }
}

/// Nothing is known of the packages, whoever meets the end of the disk: go's tools, which then fail a
/// build; a test binary that writes its profile; go itself.
#[test]
fn a_full_disk() {
    let full = |run: &Run| {
        let words = "error: cannot use the folder for temporary files\n  caused by: ";
        assert!(run.exits(4).stderr.starts_with(words), "{}", run.stderr);
        let way_out = "hint: make room there, or name another one with TMPDIR\n";
        assert!(run.stderr.ends_with(way_out), "{}", run.stderr);
        assert!(run.stderr.contains("no space left on device\n"), "{}", run.stderr);
        assert!(!run.stdout.contains("ERROR"), "{}", run.stdout);
    };
    let link =
        "# m.example/shop/b.test\nlink: mapping output file failed: no space left on device\n";
    let build = format!("{MODULE}/b [{MODULE}/b.test]");
    let events = [
        json!({ "ImportPath": build, "Action": "build-output", "Output": link }),
        json!({ "ImportPath": build, "Action": "build-fail" }),
        json!({ "Package": format!("{MODULE}/b"), "Action": "fail", "FailedBuild": build }),
    ];
    let events: String = events.iter().map(|event| format!("{event}\n")).collect();
    let cover = "testing: write $GOTMPDIR/go-build1/b001/_cover_.out: no space left on device\n";
    let merge = "go: write $GOTMPDIR/batch.cov: no space left on device\n";
    for engine in ENGINES {
        let build = json!([{ "stdout": { "text": events } }, { "exit": 1 }]);
        full(&check(&around(pkg("b", 1, 1)).phase("test", build), engine));
        let test = json!([{ "print": { "text": cover } }]);
        full(&check(&around(pkg("b", 1, 1).kind("fail").set("steps", test)), engine));
        let go = json!([{ "stderr": { "text": merge } }, { "exit": 1 }]);
        full(&check(&around(pkg("b", 1, 1)).phase("test", go), engine));
    }
    let warm = json!([{ "stderr": { "text": link } }, { "exit": 1 }]);
    let run = around(pkg("b", 1, 1)).phase("warm", warm).check(&["-p2"]);
    full(&run);
    assert!(run.of("test").is_empty());
}

/// The folder for temporary files has room: it is not the one that the test speaks of.
#[test]
fn a_disk_that_only_the_test_knows() {
    let words = "    b_test.go:4: write /mnt/b: no space left on device\n";
    let test = json!([{ "print": { "text": words } }]);
    for engine in ENGINES {
        let fake = around(pkg("b", 1, 1).kind("fail").set("steps", test.clone()));
        closed(&check(&fake, engine), "tests failed", words);
    }
}

/// A failing test's output is kept up to a limit, and covgate says so.
#[test]
fn a_flood_of_output() {
    let flooding = format!("{}\n", "a flood of some length ".repeat(20));
    let flood = json!([{ "print": { "text": flooding, "times": 4_000 } }]);
    for engine in ENGINES {
        let b = pkg("b", 1, 1).kind("fail").set("steps", flood.clone());
        let run = check(&around(b), engine);
        closed(&run, "tests failed", "bytes of output cut here]\n");
        assert!(run.stdout.len() < 1024 * 1024, "{}", run.stdout.len());
        assert!(run.stdout.contains("\nFAIL\tm.example/shop/b\t---\n"), "the end is kept");
        let run = check(&around(pkg("b", 1, 1).set("steps", flood.clone())), engine);
        assert!(run.exits(0).stdout.len() < 1024, "{}", run.stdout);
    }
}

/// Floods that are not events, with newlines and without, on both pipes; memory is watched.
#[test]
fn a_flood_of_garbage() {
    const MIB: usize = 1024 * 1024;
    for (text, times) in [("x".repeat(MIB), 64), (format!("{}\n", "x".repeat(1023)), 64 * 1024)] {
        let piece = json!({ "text": text, "times": times });
        let fake = around(pkg("b", 1, 1));
        let steps = json!([{ "stdout": piece }, { "stderr": { "text": text, "times": times / 4 } },
            { "stdout": { "text": "\n" } }, { "reach": "flooded" }, fake.gate(), "answer"]);
        let fake = fake.phase("test", steps);
        let mut running = fake.start(&PLAIN);
        running.reached("flooded");
        let peak = peak_kib(running.child.id());
        running.release(1);
        running.finish().exits(0);
        assert!(peak < 48 * 1024, "covgate took {peak} KiB for a flood of 80 MiB");
    }
}

fn peak_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

/// A flood is not silence.
#[test]
fn a_flood_of_stderr_in_the_warm_pass() {
    let text = format!("{}\n", "e".repeat(1023));
    let steps: Value = json!([{ "stderr": { "text": text, "times": 16 * 1024 } }, { "exit": 1 }]);
    let run = around(pkg("b", 1, 1)).phase("warm", steps).check(&["-p2"]);
    assert!(run.exits(3).stderr.len() < 8 * 1024 * 1024);
}

/// A test started a server and left it running. It holds the pipe, but must not hold up the run.
#[test]
fn a_grandchild_that_keeps_the_pipe() {
    for engine in ENGINES {
        let steps = json!([{ "grandchild": { "detached": false } }]);
        let fake = around(pkg("b", 1, 1).set("steps", steps));
        fake.check(&[&PLAIN[..], &[engine]].concat()).exits(0);
    }
    for phase in ["env", "list", "warm"] {
        let steps = json!([{ "grandchild": { "detached": false } }, "answer"]);
        around(pkg("b", 1, 1)).phase(phase, steps).check(&["-p2"]).exits(0);
    }
}

/// A process that left the group is out of reach, but still must not hold up the run.
#[test]
fn a_grandchild_of_its_own_group() {
    for engine in ENGINES {
        let steps = json!([{ "grandchild": { "detached": true } }]);
        let fake = around(pkg("b", 1, 1).set("steps", steps));
        let mut running = fake.start(&[&PLAIN[..], &[engine]].concat());
        assert_eq!(running.wait(), 0);
        running.release_all();
        running.finish().exits(0);
    }
}
