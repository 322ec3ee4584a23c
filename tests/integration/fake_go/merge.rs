//! `covgate merge`: one machine's report from those of many, without a go.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use super::report::every_kind;
use crate::support::fake::{Fake, Run, make_fifo, pkg};

/// The reports of all shards, and of the run without shards.
struct Reports {
    fake: Fake,
    whole: Run,
    whole_json: String,
    shards: Vec<String>,
}

fn reports(fake: Fake, count: usize, args: &[&str]) -> Reports {
    let path = |name: &str| fake.path(name).display().to_string();
    let check = |args: &[&str], more: &[&str]| fake.check(&[args, more].concat());
    let whole_json = path("whole.json");
    let whole = check(args, &["--report", &format!("json={whole_json}")]);
    let shards = (1..=count).map(|index| {
        let file = path(&format!("shard-{index}.json"));
        let shard = format!("{index}/{count}");
        let run = check(args, &["--shard", &shard, "--report", &format!("json={file}")]);
        assert!([0, 1].contains(&run.code), "{}", run.stderr);
        file
    });
    let shards = shards.collect();
    Reports { fake: fake.command("merge"), whole, whole_json, shards }
}

impl Reports {
    fn merge(&self, files: &[String], args: &[&str]) -> Run {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        self.fake.check(&[args, &files].concat())
    }

    fn edit(&self, index: usize, edit: impl Fn(&mut Value)) {
        let mut report = read(&self.shards[index]);
        edit(&mut report);
        fs::write(&self.shards[index], report.to_string()).unwrap();
    }

    /// The refusal, with the files as the test named them, without their folder.
    #[track_caller]
    fn refused(&self, files: &[String]) -> String {
        let run = self.merge(files, &[]);
        assert_eq!((run.exits(2).stdout.as_str(), run.calls.len()), ("", 0));
        let first = run.stderr.lines().next().unwrap();
        first.strip_prefix("error: ").unwrap().replace("[DIR]/", "")
    }

    /// The hint of a refusal; empty if there is none.
    fn hint(&self, files: &[String]) -> String {
        let stderr = self.merge(files, &[]).exits(2).stderr.clone();
        stderr.split_once("\nhint: ").map_or("", |(_, hint)| hint.trim_end()).to_owned()
    }
}

fn read(path: impl AsRef<Path>) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The last words but the commands, which repeat options of the command line.
fn tail(run: &Run) -> &str {
    run.stderr.split_once("see all of it: ").map_or(&run.stderr, |(tail, _)| tail)
}

/// Every status, every detail, in both shapes of the table, however it is split.
#[test]
fn shards_merge_to_the_report_of_one_machine() {
    let plain = ["-p1", "--no-timings", "--exclude", "gen, vendorish"];
    let counted = ["--no-timings", "--exclude", "gen, vendorish", "--prewarm=always"];
    for args in [&plain, &counted] {
        for count in 1..=4 {
            let reports = reports(every_kind(), count, args);
            let mut files = reports.shards.clone();
            files.reverse();
            let merged = reports.merge(&files, &[]);
            assert_eq!(merged.exits(1).stdout, reports.whole.stdout);
            assert_eq!(tail(&merged), tail(&reports.whole));
            assert!(merged.calls.is_empty(), "a merge needs no go");
            let json = reports.merge(&files, &["--report", "json"]).stdout;
            assert_eq!(json, fs::read_to_string(&reports.whole_json).unwrap());
        }
    }
}

#[test]
fn one_report_of_a_whole_run_is_rendered_again() {
    let reports = reports(every_kind(), 1, &["-p1"]);
    let again = reports.fake.path("again.json");
    let report = format!("json={}", again.display());
    let run = reports.merge(std::slice::from_ref(&reports.whole_json), &["--report", &report]);
    let time = |text: &str| text.lines().filter(|line| !line.starts_with("Total time: ")).count();
    assert_eq!(time(&run.exits(1).stdout), time(&reports.whole.stdout));
    assert_eq!(read(again), read(&reports.whole_json));
    // Durations can be left out, but not invented.
    let without = ["--no-timings", "--color=always"];
    let run = reports.merge(std::slice::from_ref(&reports.whole_json), &without);
    assert!(run.stdout.contains("\nTotal time: ---\n"), "{}", run.stdout);
    assert!(run.stdout.contains("\u{1b}[32mPASS"), "{}", run.stdout);
}

/// Whoever wrote the report, and whatever links stand in the tree: the page goes to others.
#[test]
fn the_page_shows_no_file_from_elsewhere() {
    let reports = reports(Fake::new([pkg("a", 1, 2), pkg("b", 1, 2)]), 1, &["-p1"]);
    let (module, elsewhere) = (reports.fake.module(), reports.fake.path("elsewhere"));
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("a.go"), "a secret\n").unwrap();
    fs::write(module.join("real.go"), "a source\n").unwrap();
    let page = |report: &Value| {
        let file = reports.fake.path("edited.json").display().to_string();
        fs::write(&file, report.to_string()).unwrap();
        reports.merge(&[file], &["--report", "html"]).stdout
    };
    let report = read(&reports.whole_json);
    symlink("../real.go", module.join("a/a.go")).unwrap();
    assert!(page(&report).contains("a source"), "a link inside the module");
    fs::remove_file(module.join("a/a.go")).unwrap();
    symlink(elsewhere.join("a.go"), module.join("a/a.go")).unwrap();
    fs::remove_dir(module.join("b")).unwrap();
    symlink(&elsewhere, module.join("b")).unwrap();
    fs::rename(elsewhere.join("a.go"), elsewhere.join("b.go")).unwrap();
    symlink("b.go", elsewhere.join("a.go")).unwrap();
    let links = page(&report);
    assert!(links.contains("could not be read"), "{links}");
    assert!(!links.contains("a secret"), "{links}");
    // Nor does it wait for a pipe.
    fs::remove_file(module.join("a/a.go")).unwrap();
    make_fifo(&module.join("a/a.go"));
    assert!(!page(&report).contains("a secret"));
}

#[test]
fn shards_without_packages_take_part() {
    let fake = || Fake::new([pkg("a", 1, 1), pkg("b", 1, 1)]);
    let reports = reports(fake(), 5, &["--no-timings"]);
    let empty = reports.shards.iter().filter(|file| read(file)["packages"] == Value::Array(vec![]));
    assert!(empty.count() >= 3);
    let merged = reports.merge(&reports.shards, &[]);
    assert_eq!(merged.exits(0).stdout, reports.whole.stdout);
}

#[test]
fn what_does_not_belong_together_is_refused_by_name() {
    let reports = reports(every_kind(), 3, &["-p1"]);
    let [one, two, three] = [0, 1, 2].map(|index| reports.shards[index].clone());
    assert_eq!(reports.refused(&[one.clone(), three.clone()]), "shard 2/3 is missing");
    let doubled = [one.clone(), two.clone(), three, two];
    let said = "shard 2/3 is given twice, by shard-2.json and shard-2.json";
    assert_eq!(reports.refused(&doubled), said);
    let mixed = [one, reports.whole_json.clone()];
    let said = "whole.json is the report of a whole run, but there are other reports, too";
    assert_eq!(reports.refused(&mixed), said);
    reports.edit(1, |report| report["settings"]["tightness"] = "off".into());
    let said = "shard-1.json and shard-2.json are not of one run: settings.tightness fail and off";
    assert_eq!(reports.refused(&reports.shards), said);
}

#[test]
fn what_is_no_report_is_refused_by_name() {
    let reports = reports(every_kind(), 2, &["-p1"]);
    let put = |text: &str| fs::write(&reports.shards[1], text).unwrap();
    let refused = || reports.refused(&reports.shards);
    let whole = fs::read_to_string(&reports.shards[1]).unwrap();
    put(&whole[..40]);
    assert_eq!(refused(), "shard-2.json:1:40: EOF while parsing a string");
    let end = "did the job that writes it come to its end, and was all of it copied?";
    assert_eq!(reports.hint(&reports.shards), end);
    put("");
    assert_eq!(refused(), "shard-2.json: the file is empty");
    assert_eq!(reports.hint(&reports.shards), end);
    put("<html>not found</html>\n");
    assert_eq!(refused(), "shard-2.json:1:1: expected value");
    assert!(reports.hint(&reports.shards).starts_with("this is no JSON; "));
    put(&whole.replace("\"tightness\":\"fail\"", "\"tightness\":\"maybe\""));
    let said = refused();
    assert!(said.starts_with("shard-2.json:1:"), "{said}");
    assert!(said.ends_with(": expected fail, warn or off, found `maybe`"), "{said}");
    put("{\"tests\": 3}");
    assert_eq!(refused(), "shard-2.json: no report of covgate");
    put("{\"format\": 3, \"covgate\": \"9.1.0\"}");
    let said = "shard-2.json: format 3 is newer than this covgate, which reads format 2";
    assert_eq!(refused(), said);
    fs::remove_file(&reports.shards[1]).unwrap();
    assert_eq!(refused(), "cannot read shard-2.json");
    assert_eq!(reports.hint(&reports.shards), "");
    for pattern in ["shards/*.json", "shard-?.json", "shard-[0-9].json"] {
        let pattern = [pattern.to_owned()];
        assert_eq!(reports.refused(&pattern), format!("cannot read {}", pattern[0]));
        let hint = "no file matches this pattern, so the shell passed it on unchanged";
        assert_eq!(reports.hint(&pattern), hint);
    }
    // A file can have this name.
    fs::write(reports.fake.module().join("a*.json"), "{}").unwrap();
    assert_eq!(reports.refused(&["a*.json".to_owned()]), "a*.json: no report of covgate");
    // A pipe would be waited for, for ever.
    make_fifo(&reports.fake.module().join("pipe.json"));
    let pipe = ["pipe.json".to_owned()];
    reports
        .merge(&pipe, &[])
        .exits(2)
        .complains(&["error: cannot read pipe.json", "  caused by: not a regular file"]);
    let nothing = reports.merge(&[], &[]);
    assert!(nothing.exits(2).stderr.contains("<REPORT.json>"), "{}", nothing.stderr);
}

/// Floors and blocks decide what passes, not what a report says.
#[test]
fn an_edited_report_does_not_open_the_gate() {
    let below = Fake::new([pkg("a", 1, 2), pkg("b", 2, 2)]);
    let reports = reports(below, 2, &["-p1"]);
    let index = reports.shards.iter().position(|file| read(file)["open"] == false).unwrap();
    reports.edit(index, |report| {
        report["open"] = true.into();
        report["totals"]["failed"] = 0.into();
        report["packages"][0]["status"] = "pass".into();
        report["packages"][0]["percent"] = 100.0.into();
        report["packages"][0]["missing"] = 0.into();
    });
    let merged = reports.merge(&reports.shards, &[]).exits(1).stdout.clone();
    assert!(merged.contains("FAIL        50.0%     80.0%      0.3s  a\n"), "{merged}");
    reports.edit(index, |report| report["packages"][0]["covered"] = 2.into());
    let name = format!("shard-{}.json", index + 1);
    let said = "it says 2 of 2 statements are covered, its blocks say 1 of 2 statements";
    let path = "m.example/shop/a";
    assert_eq!(reports.refused(&reports.shards), format!("{name}: package {path}: {said}"));
}
