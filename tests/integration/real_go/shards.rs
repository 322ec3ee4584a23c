//! A module in parts: however it is split, the parts merge to the result of one machine.

use std::fs;

use camino::Utf8PathBuf;

use crate::support::module::{Module, Ran, redact};

const PLAIN: [&str; 4] = ["-p2", "--no-timings", "--default-threshold=50", "--exclude=./outer"];

/// A folder for reports, beside the module: a file in it would change what is measured.
struct Reports(tempfile::TempDir);

impl Reports {
    fn new() -> Self {
        Self(tempfile::Builder::new().prefix("covgate-reports-").tempdir().unwrap())
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.0.path().join(name)).unwrap()
    }

    /// Runs a covgate command; returns the result and the json report.
    fn run(&self, module: &Module, args: &[&str], name: &str) -> (Ran, String) {
        let path = self.path(name);
        let report = format!("--report=json={path}");
        let ran = module.check(&[args, &[&report]].concat());
        let json = fs::read_to_string(path).expect("a report");
        (ran, json)
    }

    /// The merged result of several machines, as text and as json, with these arguments for each.
    fn merged(&self, module: &Module, args: &[&str], count: usize) -> [Ran; 2] {
        let files = (1..=count).rev().map(|index| {
            let name = format!("{index}-of-{count}.json");
            let shard = format!("--shard={index}/{count}");
            self.run(module, &[args, &[&shard]].concat(), &name);
            self.path(&name).into_string()
        });
        let files: Vec<String> = files.collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        [&[][..], &["--report=json"]]
            .map(|args| module.plain_covgate("merge", &[args, &files].concat()))
    }

    fn compare_all(&self, module: &Module, args: &[&str]) {
        let (whole, document) = self.run(module, args, "whole.json");
        for count in 1..=4 {
            let [text, json] = self.merged(module, args, count);
            assert_eq!(redact(&text.stdout), redact(&whole.stdout), "{count} shards");
            assert_eq!(redact(&json.stdout), redact(&document), "{count} shards");
            assert_eq!((text.code, json.code), (whole.code, whole.code), "{count} shards");
            assert_eq!(tail(&text), tail(&whole), "{count} shards");
        }
    }
}

/// The end of stderr, without the command, which repeats options.
fn tail(ran: &Ran) -> &str {
    ran.stderr.split("see all of it").next().unwrap_or_default()
}

#[test]
fn a_healthy_module() {
    let module = Module::new(include_str!("healthy.txtar"));
    Reports::new().compare_all(&module, &PLAIN);
}

#[test]
fn a_sick_module() {
    let module = Module::new(include_str!("sick.txtar"));
    // The parallel tests of that package end in any order.
    let args = ["-p2", "--no-timings", "--prewarm=never", "--exclude=./parallel"];
    Reports::new().compare_all(&module, &args);
}

#[test]
fn tests_outside() {
    let module = Module::new(super::outside::MODULE);
    let args = ["--no-timings", "--test-dir=tests", "--src-prefix=pkg"];
    Reports::new().compare_all(&module, &args);
}

/// With durations from a run of its own: the division differs, the report is the same.
#[test]
fn dealt_by_time() {
    let module = Module::new(super::outside::MODULE);
    let reports = Reports::new();
    reports.run(&module, &["--test-dir=tests"], "earlier.json");
    let earlier = reports.path("earlier.json");
    let args = ["--test-dir=tests", "--no-timings"];
    let (_, document) = reports.run(&module, &args, "whole.json");
    let by_time = [&args[..], &["--shard-by=time", "--timings", earlier.as_str()]].concat();
    for count in 1..=3 {
        let [_, json] = reports.merged(&module, &by_time, count);
        assert_eq!(json.stdout, document);
    }
}

/// Where no commit tells machines with other sources apart, a digest does.
#[test]
fn shards_of_other_sources_are_refused() {
    let reports = Reports::new();
    let shard = |module: &Module, index: usize| {
        let (name, shard) = (format!("{index}.json"), format!("--shard={index}/2"));
        let (_, json) = reports.run(module, &["--no-timings", &shard], &name);
        let document: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(document["commit"].is_null(), "{document}");
        document["shard"]["sources"].as_str().unwrap().to_owned()
    };
    let module = Module::new(super::outside::MODULE);
    let files = [1, 2].map(|index| reports.path(&format!("{index}.json")).into_string());
    let [one, two] = &files;
    let merge = || module.plain_covgate("merge", &[one, two]);
    // The same sources in another folder are the same.
    let first = shard(&module, 1);
    assert_eq!(shard(&Module::new(super::outside::MODULE), 2), first);
    assert_ne!(merge().code, 2);
    // Whichever part the package falls into, and what the module requires.
    for file in ["pkg/own/new.go", "pkg/both/new.go", "pkg/own/new_test.go", "go.sum"] {
        let edited = Module::new(super::outside::MODULE);
        let text = match file.split('/').nth(1) {
            Some(package) => format!("package {package}\n"),
            None => "\n".to_owned(),
        };
        edited.write(file, &text);
        let second = shard(&edited, 2);
        let said =
            format!("error: {one} and {two} are not of one run: sources {first} and {second}\n");
        let refused = merge().exits(2);
        assert!(refused.stderr.starts_with(&said), "{file}: {refused}");
    }
}
