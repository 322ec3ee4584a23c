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
        let [test, json, package, profile, last] = &args[..] else { panic!("{args:?}") };
        assert_eq!((&**test, &**json), ("test", "-json"));
        assert_eq!((package, last), (&format!("-coverpkg={path}"), &path));
        profiles.push(profile.strip_prefix("-coverprofile=").unwrap().to_owned());
    }
    profiles.dedup();
    assert_eq!(profiles.len(), 3);
}

/// Tests outside share a process unless their test binaries link one another's packages; it covers
/// these packages and no others, and tests nothing else.
#[test]
fn a_process_for_many_packages_with_tests_outside() {
    let path = |name: &str| format!("{MODULE}/{name}");
    let outside = |name: &str, links: &[&str]| {
        let links: Vec<String> = links.iter().map(|link| path(&format!("pkg/{link}"))).collect();
        pkg(&format!("tests/{name}"), 1, 0).set("tests-only", true).set("imports", json!(links))
    };
    let run = Fake::new([
        pkg("cmd", 1, 1),
        pkg("pkg/a", 1, 2),
        pkg("pkg/b", 1, 2),
        pkg("pkg/c", 1, 2),
        outside("a", &["a", "b"]),
        outside("b", &["b"]),
        outside("c", &["c"]),
    ])
    .check(&["-p2", "--test-dir=tests", "--default-threshold=0"]);
    assert_eq!(run.exits(0).of("links").len(), 1);
    let tests: Vec<_> = run.of("test").iter().map(|call| call.args.clone()).collect();
    let operands = |args: &[String]| -> Vec<String> {
        args.iter().filter(|arg| arg.starts_with(MODULE)).cloned().collect()
    };
    let operands: Vec<_> = tests.iter().map(|args| operands(args)).collect();
    let paths = |names: &[&str]| -> Vec<String> { names.iter().map(|name| path(name)).collect() };
    assert_eq!(
        operands,
        [
            paths(&["cmd", "pkg/a", "pkg/b", "pkg/c"]),
            paths(&["tests/b", "tests/c"]),
            paths(&["tests/a"])
        ]
    );
    let covers = |args: &Vec<String>, list: &str| args.contains(&list.to_owned());
    assert!(covers(&tests[0], "-cover"), "{tests:?}");
    let list = format!("-coverpkg={MODULE}/pkg/b,{MODULE}/pkg/c");
    assert!(covers(&tests[1], &list) && covers(&tests[1], "-p=2"), "{tests:?}");
    assert!(covers(&tests[2], &format!("-coverpkg={MODULE}/pkg/a")), "{tests:?}");
}

/// Nobody is in the way of one, and the old way has a process for each.
#[test]
fn nobody_asks_who_links_whom_in_vain() {
    let outside = |name: &str| pkg(&format!("tests/{name}"), 1, 0).set("tests-only", true);
    let one = Fake::new([pkg("pkg/a", 1, 1), outside("a"), pkg("pkg/b", 1, 1)]);
    assert!(one.check(&["-p2", "--test-dir=tests"]).exits(0).of("links").is_empty());
    assert!(one.check(&["-p2"]).exits(0).of("links").is_empty());
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
