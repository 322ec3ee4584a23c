//! One part of the packages: what is measured, what is printed, and what is refused.

use serde_json::{Value, json};

use crate::support::fake::{Fake, Run, make_fifo, pkg};

fn three() -> Fake {
    Fake::new([pkg("a", 1, 1), pkg("b", 1, 2), pkg("c", 1, 1), pkg("gen", 0, 1)])
}

const PLAIN: [&str; 4] = ["-p1", "--no-timings", "--exclude=gen", "--default-threshold=50"];

fn shard(fake: &Fake, args: &[&str]) -> Run {
    fake.check(&[&PLAIN[..], args].concat())
}

/// Labels of the rows.
fn measured(run: &Run) -> Vec<String> {
    let rows = run.stdout.lines().filter(|line| line.starts_with("PASS "));
    rows.map(|row| row.rsplit(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_shard_shows_its_own_rows() {
    let fake = three();
    let run = shard(&fake, &["--shard=1/2"]);
    run.exits(0).complains(&[]).prints(&[
        "Checking per-package coverage (default minimum: 50.0%)...",
        "",
        "Excluded 1 package(s) from coverage measurement",
        "Shard 1/2: 2 of 3 package(s)",
        "",
        "STATUS   COVERAGE  REQUIRED      TIME  PACKAGE",
        "-------  --------  --------  --------  -------",
        "PASS        50.0%     50.0%       ---  b",
        "PASS       100.0%     50.0%       ---  c",
        "SKIPPED       ---       ---       ---  gen",
        "",
        "Total time: ---",
        "All packages meet minimum coverage requirement",
    ]);
    let test = run.of("test")[0];
    assert!(!test.has("m.example/shop/a") && test.has("m.example/shop/b"), "{test:?}");
    assert_eq!(measured(&shard(&fake, &["--shard", "2/2"])), ["a"]);
}

#[test]
fn a_shard_without_packages_passes_and_says_so() {
    let fake = Fake::new([pkg("a", 1, 1)]);
    let path = fake.path("empty.json");
    let report = format!("--report=json={}", path.display());
    let run = ["1/2", "2/2"]
        .into_iter()
        .map(|part| fake.check(&["-p1", "--no-timings", "--shard", part, &report]))
        .find(|run| measured(run).is_empty());
    let report: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let run = run.unwrap();
    let part = report["shard"]["index"].as_u64().unwrap();
    run.exits(0).complains(&[]).prints(&[
        "Checking per-package coverage (default minimum: 80.0%)...",
        "",
        &format!("Shard {part}/2: 0 of 1 package(s)"),
        "",
        &format!("No package falls into shard {part}/2; nothing to measure"),
    ]);
    assert_eq!(run.phases(), ["env", "list"]);
    assert_eq!(report["open"], true);
    assert_eq!(report["packages"], json!([]));
    assert_eq!(report["shard"]["packages"], 1);
}

/// Every shard computes the whole division from the same file.
#[test]
fn an_earlier_report_balances_times() {
    let fake = Fake::new(
        [("a", 1.0), ("b", 9.0), ("c", 2.0), ("d", 3.0), ("e", 2.5), ("f", 0.5)]
            .map(|(path, time)| pkg(path, 1, 1).set("elapsed", time)),
    );
    let earlier = fake.path("earlier.json").display().to_string();
    fake.check(&["-p1", "--report", &format!("json={earlier}")]).exits(0);
    let by_time = |part| {
        let shard = ["--shard", part, "--shard-by=time", "--timings", &earlier];
        let run = fake.check(&[&["-p1", "--no-timings"], &shard[..]].concat());
        measured(run.exits(0))
    };
    assert_eq!(by_time("1/2"), ["b"]);
    assert_eq!(by_time("2/2"), ["a", "c", "d", "e", "f"]);
    assert_eq!(by_time("1/3"), ["b"]);
    // Like every other path, it starts in the folder of -C.
    let there =
        ["-C", "a", "-p1", "--shard=2/2", "--shard-by=time", "--timings=../../earlier.json"];
    fake.check(&there).exits(0);
}

/// A result from go's cache took no time, so it gives no duration.
#[test]
fn a_cached_result_is_no_duration() {
    let times = [pkg("a", 1, 1).set("elapsed", 4), pkg("c", 1, 1).set("elapsed", 4)];
    let [a, c] = times;
    let fake = Fake::new([a, pkg("b", 1, 1).set("cached", true).set("elapsed", 0), c]);
    let earlier = fake.path("earlier.json").display().to_string();
    fake.check(&["-p1", "--report", &format!("json={earlier}")]).exits(0);
    let shard = ["-p1", "--no-timings", "--shard=1/2", "--shard-by=time", "--timings", &earlier];
    assert_eq!(measured(fake.check(&shard).exits(0)), ["a", "c"]);
}

/// Neither go's own numbers nor those of an edited file need be valid durations.
#[test]
fn an_absurd_duration_is_none() {
    let fake = Fake::new(["a", "b", "c"].map(|path| pkg(path, 1, 1).set("elapsed", 4)));
    let earlier = fake.path("earlier.json").display().to_string();
    let reports = ["-p1", "--report", &format!("json={earlier}"), "--report=junit=junit.xml"];
    fake.check(&reports).exits(0);
    let json = std::fs::read_to_string(&earlier).unwrap();
    std::fs::write(&earlier, json.replacen("\"seconds\":4.0", "\"seconds\":1e20", 1)).unwrap();
    let shard = ["-p1", "--no-timings", "--shard=2/2", "--shard-by=time", "--timings", &earlier];
    assert_eq!(measured(fake.check(&shard).exits(0)), ["b"]);

    for absurd in [1e300, 1e20, -1.0] {
        let fake = Fake::new([pkg("a", 1, 1).set("elapsed", absurd)]);
        let run = fake.check(&reports);
        assert!(run.exits(0).stdout.contains("  0.0s  a\n"), "{absurd}: {}", run.stdout);
    }
}

#[test]
fn what_is_no_shard_is_refused() {
    let fake = three();
    let quiet = fake.path("quiet.json").display().to_string();
    shard(&fake, &["--report", &format!("json={quiet}")]).exits(0);
    std::fs::write(fake.path("cut.json"), "{\"format\": 1,\n\"covgate\": \"0.").unwrap();
    let cut = fake.path("cut.json").display().to_string();
    make_fifo(&fake.path("pipe.json"));
    let pipe = fake.path("pipe.json").display().to_string();
    for (args, said) in [
        (
            &["--shard", "0/3"][..],
            "invalid value '0/3' for '--shard <K/N>': parts count from 1 to 3",
        ),
        (&["--shard", "4/3"], "invalid value '4/3' for '--shard <K/N>': parts count from 1 to 3"),
        (&["--shard", "1/0"], "there must be at least one part"),
        (
            &["--shard", "junk"],
            "invalid value 'junk' for '--shard <K/N>': expected K/N, such as 2/4",
        ),
        (&["--shard-by", "hash"], "--shard <K/N>"),
        (&["--shard=1/2", "--shard-by=size"], "expected hash or time, found `size`"),
        (
            &["--shard=1/2", "--shard-by=time"],
            "--shard-by time needs the durations of an earlier run",
        ),
        (&["--shard=1/2", "--timings=x"], "--timings has no use without --shard-by time"),
        (&["--shard=1/2", "--shard-by=time", "--timings=gone"], "cannot read gone"),
        (&["--shard=1/2", "--shard-by=time", "--timings", &quiet], "quiet.json holds no durations"),
        (
            &["--shard=1/2", "--shard-by=time", "--timings", &cut],
            "cut.json:2:14: EOF while parsing",
        ),
        (&["--shard=1/2", "--shard-by=time", "--timings", &pipe], "caused by: not a regular file"),
    ] {
        let run = shard(&fake, args);
        assert!(run.exits(2).stderr.contains(said), "{args:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: ") && run.calls.is_empty(), "{}", run.stderr);
    }
}

#[test]
fn the_hook_takes_no_shard() {
    let run = three().command("hook").check(&["run", "pre-push", "--shard=1/2"]);
    assert!(run.exits(2).stderr.contains("unexpected argument '--shard'"), "{}", run.stderr);
}
