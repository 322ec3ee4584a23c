//! Parallel runs: N at once, never more.

use serde_json::json;

use crate::support::fake::{Fake, MODULE, Run, pkg};

/// Runs six packages, each of which waits until the test releases it; `at_once` of them must run
/// before the first is released.
fn six(args: &[&str], at_once: usize) -> Run {
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut fake = Fake::new(names.map(|name| pkg(name, 1, 1)));
    for name in names {
        let steps = json!([{ "reach": "one is there" }, fake.gate()]);
        fake = fake.steps(name, steps);
    }
    let mut running = fake.start(args);
    for _ in 0..at_once {
        running.reached("one is there");
    }
    for _ in at_once..names.len() {
        running.release(1);
        running.reached("one is there");
    }
    running.release(at_once);
    running.finish()
}

/// The highest number of runs at the same time.
fn most_at_once(run: &Run) -> usize {
    let mut now = 0;
    let mut most = 0;
    for call in run.calls.iter().filter(|call| call.phase == "test") {
        now = if call.at == "start" { now + 1 } else { now - 1 };
        most = most.max(now);
    }
    most
}

#[test]
fn so_many_at_once_and_never_more() {
    for at_once in [1, 2, 5] {
        let run = six(&["--engine=fanout", &format!("-p{at_once}")], at_once);
        assert_eq!(run.exits(0).of("test").len(), 6);
        assert_eq!(most_at_once(&run), at_once);
    }
}

#[test]
fn never_more_than_there_are_packages() {
    let run = six(&["--engine=fanout", "-p64"], 6);
    assert_eq!(most_at_once(run.exits(0)), 6);
}

#[test]
fn by_default_as_many_as_there_are_cpus() {
    let cpus = std::thread::available_parallelism().unwrap().get();
    let run = six(&["--engine=fanout"], cpus.min(6));
    assert_eq!(most_at_once(run.exits(0)), cpus.min(6));
}

/// There is one go test, whose own scheduler runs N packages.
#[test]
fn the_batch_is_one_process() {
    let run = Fake::new(["a", "b", "c"].map(|name| pkg(name, 1, 1))).check(&["-p3"]);
    let [test] = run.exits(0).of("test")[..] else { panic!() };
    assert!(test.has("-p=3") && test.has("-cover") && test.has("-json"));
    assert!(["a", "b", "c"].iter().all(|name| test.has(&format!("{MODULE}/{name}"))));
    assert!(!test.args.iter().any(|arg| arg.starts_with("-coverpkg")));
}

/// Each process covers its own package, with its own profile.
#[test]
fn a_process_a_package() {
    let run =
        Fake::new(["a", "b", "c"].map(|name| pkg(name, 1, 1))).check(&["-p2", "--engine=fanout"]);
    let mut seen: Vec<_> = run.exits(0).of("test").iter().map(|call| call.args.clone()).collect();
    seen.sort_by_key(|args| args.last().cloned());
    let mut profiles = Vec::new();
    for (args, name) in std::iter::zip(seen, ["a", "b", "c"]) {
        let path = format!("{MODULE}/{name}");
        let [test, json, profile, package, last] = &args[..] else { panic!("{args:?}") };
        assert_eq!((&**test, &**json), ("test", "-json"));
        assert_eq!((package, last), (&format!("-coverpkg={path}"), &path));
        profiles.push(profile.strip_prefix("-coverprofile=").unwrap().to_owned());
    }
    profiles.dedup();
    assert_eq!(profiles.len(), 3);
}

/// A worker whose package fails continues with the next.
#[test]
fn failures_do_not_end_the_run() {
    let run = Fake::new([
        pkg("a", 1, 1).kind("fail"),
        pkg("b", 1, 1).kind("build-failed"),
        pkg("c", 1, 1).kind("lost"),
        pkg("d", 1, 1),
    ])
    .check(&["-p1", "--engine=fanout"]);
    assert_eq!(run.exits(1).of("test").len(), 4);
    assert!(run.stdout.contains("\nPASS       100.0%     80.0%      0.3s  d\n"));
}
