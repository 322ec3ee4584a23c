//! The warm pass: when it runs, what it compiles, and what a broken build does.

use serde_json::json;

use crate::support::ENGINES;
use crate::support::fake::{Fake, MODULE, Run, pkg};

fn two() -> Fake {
    Fake::new([pkg("a", 1, 1), pkg("b", 1, 1)])
}

fn paths(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{MODULE}/{name}")).collect()
}

/// Checks that there was one warm pass, and that it ended before the first run.
#[track_caller]
fn warmed_once_before_any_run(run: &Run) {
    let calls: Vec<_> = run.calls.iter().map(|call| (&*call.phase, &*call.at)).collect();
    let warm: Vec<_> = (0..calls.len()).filter(|index| calls[*index].0 == "warm").collect();
    let [start, end] = warm[..] else { panic!("not one warm pass: {calls:?}") };
    assert_eq!((calls[start].1, calls[end].1), ("start", "end"));
    let first = calls.iter().position(|(phase, _)| *phase == "test");
    assert!(first.is_some_and(|first| end < first), "{calls:?}");
}

#[test]
fn once_before_any_run() {
    for engine in ENGINES {
        let run = two().check(&["-p2", engine]);
        warmed_once_before_any_run(run.exits(0));
        let [warm] = run.of("warm")[..] else { panic!() };
        assert_eq!(warm.operands(), paths(&["a", "b"]));
        assert!(warm.has("-p=2"));
    }
}

/// The paths that the runs of a package build: the package and its tests outside. What only tests
/// import is shared by processes, so it is warmed, too, if each package has its own process.
#[test]
fn the_union_in_order_without_duplicates() {
    let outside = |path: &str| {
        pkg(path, 1, 0).set("tests-only", true).set("imports", json!(["os/exec", "C"]))
    };
    let http = json!(["net/http", format!("{MODULE}/pkg/a")]);
    let fake = Fake::new([
        pkg("cmd", 1, 1).set("imports", json!(["expvar"])),
        pkg("pkg/b", 1, 1).set("imports", http.clone()),
        pkg("pkg/a", 1, 1).set("imports", http),
        outside("tests/a"),
        outside("tests/b"),
    ]);
    let built = paths(&["cmd", "pkg/b", "tests/b", "pkg/a", "tests/a"]);
    let imports = ["expvar", "net/http", "os/exec"].map(str::to_owned);
    for (engine, warmed) in
        std::iter::zip(ENGINES, [built.clone(), [&built[..], &imports].concat()])
    {
        let run = fake.check(&["-p2", "--test-dir=tests", engine]);
        warmed_once_before_any_run(run.exits(0));
        let [warm] = run.of("warm")[..] else { panic!() };
        assert_eq!(warm.operands(), warmed, "{engine}");
        assert!(run.stdout.contains("Pre-warming build cache (5 packages)...\n"));
        // The runs build those paths and no others.
        let mut paths: Vec<_> = run
            .of("test")
            .iter()
            .flat_map(|call| call.args.iter().filter(|arg| arg.starts_with(MODULE)).cloned())
            .collect();
        paths.sort();
        let mut built = built.clone();
        built.sort();
        assert_eq!(paths, built, "{engine}");
    }
}

#[test]
fn nothing_is_warmed_that_is_not_shared() {
    let one = || Fake::new([pkg("a", 1, 1)]);
    for (fake, args) in [
        (two(), ["-p1", "--prewarm=auto"]),
        (one(), ["-p2", "--prewarm=auto"]),
        (two(), ["-p2", "--prewarm=never"]),
    ] {
        let run = fake.check(&args);
        assert_eq!(run.exits(0).phases(), ["env", "list", "test"], "{args:?}");
        assert!(!run.stdout.contains("warm"), "{}", run.stdout);
    }
}

#[test]
fn always_means_always() {
    for args in [["-p1", "--prewarm=always"], ["-p2", "--prewarm=always"]] {
        let run = Fake::new([pkg("a", 1, 1)]).check(&args);
        warmed_once_before_any_run(run.exits(0));
    }
}

#[test]
fn excluded_packages_are_not_warmed() {
    let run =
        Fake::new([pkg("a", 1, 1), pkg("b", 1, 1), pkg("c", 1, 1)]).check(&["-p2", "--exclude=b"]);
    assert_eq!(run.exits(0).of("warm")[0].operands(), paths(&["a", "c"]));
}

#[test]
fn a_broken_build_is_fatal() {
    let errors = "# m.example/shop/a\na/a.go:7:2: undefined: x\na/a.go:9:2: undefined: y\n\
                  # m.example/shop/b\nb/b.go:1:1: expected 'package'\n";
    let fake = two().phase("warm", json!([{ "stderr": { "text": errors } }, { "exit": 1 }]));
    let run = fake.check(&["-p2"]);
    run.exits(3)
        .prints(&[
            "Checking per-package coverage (default minimum: 80.0%)...",
            "",
            "Pre-warming build cache (2 packages)...",
        ])
        .complains(&[
            "error: the build is broken; nothing was measured",
            "  caused by: # m.example/shop/a",
            "  a/a.go:7:2: undefined: x",
            "  a/a.go:9:2: undefined: y",
            "  # m.example/shop/b",
            "  b/b.go:1:1: expected 'package'",
            "hint: `go build ./...` shows the same errors",
        ]);
    assert_eq!(run.phases(), ["env", "list", "warm"]);
}

/// Everything is shown, up to a limit far above what a person reads.
#[test]
fn a_broken_build_is_shown_whole() {
    let step = |line: usize| json!({ "stderr": { "text": format!("a.go:{line}:1: wrong\n") } });
    let mut steps: Vec<_> = (1..=2000).map(step).collect();
    steps.push(json!({ "exit": 1 }));
    let run = two().phase("warm", json!(steps)).check(&["-p2"]);
    run.exits(3);
    for line in [1, 1000, 2000] {
        assert!(run.stderr.contains(&format!("a.go:{line}:1: wrong\n")), "line {line}");
    }
    assert_eq!(run.stderr.lines().count(), 2002);
}

#[test]
fn a_warm_pass_that_only_warns_is_none_that_failed() {
    let fake = two()
        .phase("warm", json!([{ "stderr": { "text": "go: downloading x v1.0.0\n" } }, "answer"]));
    fake.check(&["-p2"]).exits(0).complains(&[]);
}
