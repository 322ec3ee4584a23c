//! Owns what go answers when all is well: the JSON of `env` and `list`, the events of `test -json`
//! (`go doc test2json`) and the coverage profile.
//! Must not know misbehaviour, except for what a package's script says about its profile.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::{Fake, Kind, Package, Profile, Script, eprint};

const TIME: &str = "2026-01-02T03:04:05.678901234Z";

impl Fake {
    pub(super) fn answer(&mut self) -> i32 {
        match self.phase {
            "env" => self.env(),
            "list" => return self.list(),
            "warm" => self.warm(),
            "links" => self.links(),
            "test" => return self.test(),
            // Nothing is set, and there is nothing to compile.
            "cacheprog" | "sources" => {}
            _ => return 2,
        }
        0
    }

    fn env(&mut self) {
        let go_mod = self.script.root.join("go.mod");
        let answer = json!({
            "GOMOD": go_mod,
            "GOVERSION": self.script.version,
            "GOFLAGS": std::env::var("GOFLAGS").unwrap_or_default(),
            "GOTMPDIR": std::env::var("GOTMPDIR").unwrap_or_default(),
        });
        self.say(&format!("{answer:#}\n"));
    }

    /// With `-e`, a name without a package is an answer, too; a `...` that matches nothing is a
    /// warning.
    fn list(&mut self) -> i32 {
        let after = self.args.iter().position(|arg| arg == "--").expect("patterns after --");
        let patterns = self.args[after + 1..].to_vec();
        let mut answers = Vec::new();
        let mut used = vec![false; patterns.len()];
        for package in &self.script.packages {
            let matching: Vec<usize> = (0..patterns.len())
                .filter(|index| matches(&self.script, &patterns[*index], package))
                .collect();
            matching.iter().for_each(|index| used[*index] = true);
            let matched: Vec<&str> = matching.iter().map(|index| &*patterns[*index]).collect();
            if !matched.is_empty() {
                answers.push(listed(&self.script, package, &matched));
            }
        }
        for (pattern, used) in std::iter::zip(&patterns, used) {
            if used {
                continue;
            }
            if pattern.contains("...") {
                eprint(&format!("go: warning: \"{pattern}\" matched no packages\n"));
            } else {
                let error =
                    json!({ "Err": format!("no required module provides package {pattern}") });
                answers.push(json!({ "ImportPath": pattern, "Match": [pattern], "Error": error }));
            }
        }
        answers.iter().for_each(|answer| self.say(&format!("{answer:#}\n")));
        0
    }

    fn warm(&mut self) {
        let names: String = self.script.packages.iter().map(|_| "name\n").collect();
        self.say(&names);
    }

    /// What each test binary links: only what its tests import.
    fn links(&mut self) {
        let linked = |package: &Package| {
            let path = self.script.import_path(package);
            let imports: String = package.imports.iter().map(|path| format!("\t{path}")).collect();
            self.args.contains(&path).then(|| format!("{path}.test{imports}\n"))
        };
        let binaries: String = self.script.packages.iter().filter_map(linked).collect();
        self.say(&binaries);
    }

    fn test(&mut self) -> i32 {
        let option =
            |name: &str| self.args.iter().find_map(|arg| arg.strip_prefix(name)).map(str::to_owned);
        let profile = option("-coverprofile=").expect("covgate wants a profile");
        let target = option("-coverpkg=");
        fs::write(&profile, "mode: set\n").expect("the profile can be written");
        let packages = std::mem::take(&mut self.script.packages);
        let mut code = 0;
        for package in &packages {
            let path = self.script.import_path(package);
            if self.args.contains(&path) {
                // Of several packages, the one that the tests import; of one, in any case that.
                let is_covered = |other: &&Package| {
                    let other = self.script.import_path(other);
                    let mut targets = target.iter().flat_map(|target| target.split(','));
                    target.as_ref() == Some(&other)
                        || targets.any(|target| target == other) && package.imports.contains(&other)
                };
                let covers = packages.iter().find(is_covered).unwrap_or(package);
                code = code.max(self.test_package(package, covers, &profile, target.as_deref()));
            }
        }
        code
    }

    /// One package's events; `covers` is the package whose statements count.
    fn test_package(
        &mut self,
        package: &Package,
        covers: &Package,
        profile: &str,
        target: Option<&str>,
    ) -> i32 {
        let path = self.script.import_path(package);
        if matches!(package.kind, Kind::BuildFailed | Kind::BuildFailedPlain) {
            return self.build_failed(&path, package.kind);
        }
        self.emit(&json!({ "Time": TIME, "Action": "start", "Package": path }));
        for step in &package.steps {
            self.step(step, Some(&path));
        }
        if package.kind == Kind::Lost {
            return 1;
        }
        let blocks = blocks(&self.script.import_path(covers), package, covers);
        write_profile(Path::new(profile), &blocks, package);
        let failed = matches!(package.kind, Kind::Fail | Kind::TimedOut);
        let action = match package.kind {
            _ if failed => "fail",
            Kind::NoFiles => "skip",
            _ => "pass",
        };
        self.tests(&path, package);
        let summary = summary(&path, package, covers, target);
        // The test binary prints it first (package testing), go repeats it in its own line.
        if let Some(("ok", said)) =
            summary.split_once("\tcoverage: ").map(|(ok, said)| (&ok[..2], said))
        {
            self.event(&path, None, &format!("coverage: {said}"));
        }
        self.event(&path, None, &summary);
        self.emit(&json!({
            "Time": TIME, "Action": action, "Package": path, "Elapsed": package.elapsed,
        }));
        self.flush();
        i32::from(failed)
    }

    /// The output of the tests themselves.
    fn tests(&mut self, path: &str, package: &Package) {
        if matches!(package.kind, Kind::NoTests | Kind::NoFiles | Kind::EarlyExit) {
            return;
        }
        let test = Some("TestPrints");
        self.emit(&json!({ "Time": TIME, "Action": "run", "Package": path, "Test": test }));
        self.event(path, test, "=== RUN   TestPrints\n");
        for piece in &package.prints {
            self.event(path, test, piece);
        }
        if package.kind == Kind::TimedOut {
            self.event(path, test, "panic: test timed out after 1s\n");
            return;
        }
        let (word, action) = match package.kind {
            Kind::Fail => ("FAIL", "fail"),
            _ => ("PASS", "pass"),
        };
        self.event(path, test, &format!("--- {word}: TestPrints (0.25s)\n"));
        self.emit(&json!({
            "Time": TIME, "Action": action, "Package": path, "Test": test, "Elapsed": 0.25,
        }));
        self.event(path, None, &format!("{word}\n"));
    }

    fn build_failed(&mut self, path: &str, kind: Kind) -> i32 {
        let build = format!("{path} [{path}.test]");
        let file = path.rsplit('/').next().unwrap_or(path);
        let lines = [format!("# {build}\n"), format!("{file}/a_test.go:3:27: undefined: B\n")];
        let plain = kind == Kind::BuildFailedPlain;
        for line in &lines {
            if plain {
                eprint(line);
            } else {
                self.emit(&json!({
                    "ImportPath": build, "Action": "build-output", "Output": line,
                }));
            }
        }
        let failed_build = (!plain).then_some(&build);
        if !plain {
            self.emit(&json!({ "ImportPath": build, "Action": "build-fail" }));
        }
        self.emit(&json!({ "Time": TIME, "Action": "start", "Package": path }));
        self.event(path, None, &format!("FAIL\t{path} [build failed]\n"));
        let mut end = json!({ "Time": TIME, "Action": "fail", "Package": path, "Elapsed": 0 });
        if let Some(build) = failed_build {
            end["FailedBuild"] = json!(build);
        }
        self.emit(&end);
        self.flush();
        1
    }

    /// A piece of output.
    pub(super) fn event(&mut self, path: &str, test: Option<&str>, text: &str) {
        let mut event =
            json!({ "Time": TIME, "Action": "output", "Package": path, "Output": text });
        if let Some(test) = test {
            event["Test"] = json!(test);
        }
        self.emit(&event);
    }

    fn emit(&mut self, event: &Value) {
        self.say(&format!("{event}\n"));
    }
}

fn listed(script: &Script, package: &Package, matched: &[&str]) -> Value {
    let mut answer = json!({
        "Dir": script.root.join(&package.path),
        "ImportPath": script.import_path(package),
        "Module": { "Path": script.module, "Main": true, "Dir": script.root },
        "Match": matched,
        "TestImports": package.imports,
    });
    if !matches!(package.kind, Kind::NoTests | Kind::NoFiles) {
        answer["TestGoFiles"] = json!(["a_test.go"]);
    }
    if !package.tests_only {
        answer["GoFiles"] = json!(["a.go"]);
    }
    answer
}

/// The patterns that tests use: `./x`, `./x/...`, and both as absolute folders.
fn matches(script: &Script, pattern: &str, package: &Package) -> bool {
    let root = script.root.to_str().expect("UTF-8");
    let folder = pattern.strip_prefix(root).map_or(pattern, |rest| rest.trim_start_matches('/'));
    let folder = folder.strip_prefix("./").unwrap_or(folder);
    match folder.strip_suffix("...").map(|start| start.trim_end_matches('/')) {
        Some("") => true,
        Some(start) => package
            .path
            .strip_prefix(start)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        None => package.path == folder || (folder == "." && package.path.is_empty()),
    }
}

/// Own tests run the first blocks, tests outside the last, so that together they run more than each
/// alone.
fn blocks(path: &str, package: &Package, covers: &Package) -> Vec<String> {
    let outside = package.path != covers.path;
    let runs = |index: u32| match (package.kind, outside) {
        (Kind::NoTests, _) => false,
        (_, false) => index < package.covered,
        (_, true) => index >= covers.total - package.covered,
    };
    (0..covers.total)
        .map(|index| {
            let line = index + 1;
            let count = u8::from(runs(index));
            format!("{path}/a.go:{line}.2,{line}.20 1 {count}\n")
        })
        .collect()
}

fn write_profile(profile: &Path, blocks: &[String], package: &Package) {
    let mut text = match package.kind {
        Kind::EarlyExit | Kind::NoFiles => String::new(),
        _ => blocks.concat(),
    };
    match package.profile {
        Profile::Whole => {}
        Profile::Empty => text.clear(),
        Profile::Missing => return fs::remove_file(profile).expect("it was there"),
        Profile::CutInLine => text.truncate(text.len() - 8),
        Profile::CutAtLine => text.truncate(blocks[..blocks.len() - 1].concat().len()),
        Profile::Garbage => text.push_str("\u{0}\u{1}garbage\n"),
    }
    let mut file =
        OpenOptions::new().append(true).open(profile).expect("the profile can be written");
    file.write_all(text.as_bytes()).expect("the profile can be written");
}

/// cmd/go's line for a package (cmd/go/internal/test/test.go).
fn summary(path: &str, package: &Package, covers: &Package, target: Option<&str>) -> String {
    let of = target.map(|target| format!(" in {target}")).unwrap_or_default();
    let time = match package.cached {
        true => "(cached)".to_owned(),
        false => format!("{:.3}s", package.elapsed),
    };
    let said = || match (&package.says, covers.total) {
        (Some(lie), _) => format!("{lie} of statements{of}"),
        (None, 0) => "[no statements]".to_owned(),
        (None, total) => {
            let percent = 100.0 * f64::from(package.covered) / f64::from(total);
            format!("{percent:.1}% of statements{of}")
        }
    };
    match package.kind {
        Kind::Fail | Kind::TimedOut => format!("FAIL\t{path}\t{time}\n"),
        Kind::EarlyExit => format!("ok  \t{path}\t{time}\n"),
        Kind::NoTests => format!("\t{path}\t\tcoverage: 0.0% of statements{of}\n"),
        Kind::NoFiles => format!("?   \t{path}\t[no test files]\n"),
        _ => format!("ok  \t{path}\t{time}\tcoverage: {}\n", said()),
    }
}
