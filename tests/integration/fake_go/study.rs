//! `covgate audit --prewarm-study`: four cold runs, none in the user's build cache.

use std::collections::HashSet;

use serde_json::json;

use crate::support::fake::{Fake, pkg};

fn two() -> Fake {
    Fake::new([pkg("a", 1, 2), pkg("b", 2, 2)]).command("audit")
}

#[test]
fn each_run_is_cold() {
    let fake = two().env("GOCACHE", "/users/own").env("GOCACHEPROG", "/users/program");
    let run = fake.check(&["--prewarm-study"]);
    run.exits(0).complains(&[]);
    assert_eq!(
        run.phases(),
        [
            "env",
            "list",
            "cacheprog", // Then the estimate:
            "sources",
            "sources",
            "warm", // Batch, with the warm pass and without:
            "warm",
            "test",
            "test", // Fanout, with the warm pass and without:
            "warm",
            "test",
            "test",
            "test",
            "test"
        ]
    );
    // The compiles do not use the user's cache. The cache folders have the same path, since each is
    // removed before the next run.
    let compiles = run.calls.iter().filter(|call| ["warm", "test"].contains(&call.phase.as_str()));
    let caches: HashSet<_> =
        compiles.map(|call| (call.gocache.clone().unwrap(), call.gocacheprog.clone())).collect();
    assert_eq!(caches.len(), 1, "{caches:?}");
    let (cache, program) = caches.into_iter().next().unwrap();
    assert!(cache.starts_with(fake.path("tmp").to_str().unwrap()), "{cache}");
    assert_eq!(program, None);
    for call in run.calls.iter().filter(|call| ["warm", "test"].contains(&call.phase.as_str())) {
        assert!(call.gotmpdir.as_ref().unwrap().starts_with(fake.path("tmp")), "{call:?}");
    }
}

#[test]
fn the_table_to_the_byte() {
    let run = two().check(&["--prewarm-study"]);
    let durations = regex_lite::Regex::new(r" *\b\d+\.\d+s").unwrap();
    let ratios = regex_lite::Regex::new(r"\d+\.\d\d times").unwrap();
    let report = durations.replace_all(&run.stdout, " [TIME]");
    let report = ratios.replace_all(&report, "[RATIO] times");
    assert_eq!(
        report,
        "\
Measuring what the warm pass buys: 4 cold runs over 2 package(s), each in an
empty build cache of its own; yours is not touched. Ctrl-C ends it at any time.
Compiling alone takes about [TIME] in all; linking and running the tests comes on top.

ENGINE  PRE-WARM      WARM      RUNS     TOTAL       CPU
------  --------  --------  --------  --------  --------
batch   always [TIME] [TIME] [TIME] [TIME]
batch   never          --- [TIME] [TIME] [TIME]
fanout  always [TIME] [TIME] [TIME] [TIME]
fanout  never          --- [TIME] [TIME] [TIME]

With the warm pass, batch is [RATIO] times as fast.
With the warm pass, fanout is [RATIO] times as fast.
"
    );
}

/// go itself would read it from the file of `go env -w`.
#[test]
fn a_cache_program_that_go_itself_knows_of_is_in_the_way() {
    let run = two()
        .phase("cacheprog", json!([{ "stdout": { "text": "cacher --remote\n" } }]))
        .check(&["--prewarm-study"]);
    run.exits(4).complains(&[
        "error: `go env -w` has set GOCACHEPROG to `cacher --remote`, which overrides the study's own cache",
        "hint: unset it with `go env -u GOCACHEPROG`",
    ]);
    assert!(run.of("test").is_empty());
}

#[test]
fn tests_that_fail_are_named_in_their_run() {
    let fake = Fake::new([pkg("a", 1, 2).kind("fail"), pkg("b", 2, 2)]).command("audit");
    let run = fake.check(&["--prewarm-study"]);
    run.exits(1);
    assert_eq!(run.stdout.matches("1 not measured").count(), 4, "{}", run.stdout);
}
