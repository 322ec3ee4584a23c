//! Coverage from elsewhere that counts together with what the tests cover (`with`).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::module::{GO, Module, Ran};

const MODULE: &str = r#"-- go.mod --
module example.com/served

go 1.22
-- cmd/served/main.go --
package main

import (
	"fmt"
	"net"
	"net/http"

	"example.com/served/server"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	done := make(chan bool)
	http.Handle("/", server.Handler())
	http.HandleFunc("/quit", func(http.ResponseWriter, *http.Request) { done <- true })
	go http.Serve(listener, nil)
	<-done
}
-- server/server.go --
package server

import "net/http"

func Unit() int { return 1 }

func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no" {
			http.NotFound(w, r)
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}
-- server/server_test.go --
package server

import "testing"

func TestUnit(t *testing.T) { Unit() }
-- e2e/e2e_test.go --
package e2e

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestServer(t *testing.T) {
	command := exec.Command(os.Getenv("SERVED"))
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/quit"} {
		if _, err := http.Get("http://" + strings.TrimSpace(address) + path); err != nil {
			t.Log(err)
		}
	}
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
}
"#;

const SMALL: &str = r#"-- go.mod --
module example.com/small

go 1.22
-- a/a.go --
package a

func One() int { return 1 }

func Two() int { return 2 }
-- a/a_test.go --
package a

import "testing"

func TestOne(t *testing.T) { One() }
-- b/b.go --
package b

func One() int { return 1 }
-- b/b_test.go --
package b

import "testing"

func TestOne(t *testing.T) { One() }
"#;

const PLAIN: [&str; 3] = ["--no-timings", "--prewarm=never", "--default-threshold=50"];

fn check(module: &Module, args: &[&str]) -> Ran {
    module.check(&[&PLAIN, args].concat())
}

/// The profile of another test run of `a`, in which the other function ran.
fn profile(module: &Module, name: &str) {
    let profile = module.plain(&["./a"]).profile;
    let swap = |line: &str| match line.rsplit_once(' ') {
        Some((block, "0")) => format!("{block} 1\n"),
        Some((block, "1")) => format!("{block} 0\n"),
        _ => format!("{line}\n"),
    };
    module.write(name, &profile.lines().map(swap).collect::<String>());
}

/// A server that a test drives raises the row of what it runs.
#[test]
fn a_server_that_a_test_drives_raises_its_row() {
    let module = Module::new(MODULE);
    module.go(&["build", "-cover", "-o", "served", "./cmd/served"]).exits(0);
    fs::create_dir(module.path().join("data")).unwrap();
    let go =
        format!("SERVED=\"$PWD/served\" GOCOVERDIR=\"$PWD/data\" '{}' test -count=1 ./e2e", *GO);
    module.paste("", &go).exits(0);
    let packages = ["./server", "./cmd/..."];
    let without = module.check(&[&["--default-threshold=70"], &packages[..]].concat()).exits(1);
    assert_eq!(without.row("server").coverage, "16.7", "{without}");
    assert_eq!(without.row("cmd/served").coverage, "0.0", "{without}");
    let with = [&["--default-threshold=60", "--with", "data"], &packages[..]].concat();
    let ran = module.check(&with).exits(0);
    assert_eq!(ran.row("server").coverage, "66.7", "{ran}");
    assert_eq!(ran.row("cmd/served").coverage, "90.0", "{ran}");
    let header = "...\n\nWith coverage from 1 other source(s)\nPre-warming";
    assert!(ran.stdout.contains(header), "{ran}");
    // Nothing of the tests is left out, and no test runs for a profile.
    let textfmt = ["tool", "covdata", "textfmt", "-i=data", "-o=e2e.out"];
    module.go(&textfmt).exits(0);
    let judged = [&["--profile=e2e.out", "--default-threshold=40"], &packages[..]].concat();
    assert_eq!(module.check(&judged).exits(0).row("server").coverage, "50.0");
}

#[test]
fn a_profile_is_united_with_the_run_in_every_command() {
    let module = Module::new(SMALL);
    profile(&module, "other.out");
    let plain = check(&module, &[]).exits(0);
    assert_eq!(plain.row("a").coverage, "50.0");
    let ran = check(&module, &["--with=other.out", "--with=other.out"]).exits(0);
    let expected = plain
        .stdout
        .replace("...\n\n", "...\n\nWith coverage from 2 other source(s)\n\n")
        .replace("  50.0%     50.0%       ---  a", " 100.0%     50.0%       ---  a");
    assert_eq!(ran.stdout, expected);
    // Both engines, and where go takes the result from its cache.
    let fanout = check(&module, &["--with=other.out", "--with=other.out", "--engine=fanout"]);
    assert_eq!(fanout.stdout, ran.stdout);
    let audit = module.covgate("audit", &["--with=other.out"]).exits(0);
    assert!(audit.stdout.contains("\nWith coverage from 1 other source(s)\n"), "{audit}");
    assert!(audit.stdout.contains("\nCovered                    3  100.0%\n"), "{audit}");
    let ratchet = module.covgate("ratchet", &["--with=other.out", "--dry-run"]).exits(0);
    assert!(ratchet.stdout.contains("\nNEW            —    100.0%  a\n"), "{ratchet}");
    // With a profile in the place of the run, too.
    module.go(&["test", "-coverprofile=cover.out", "./..."]).exits(0);
    let judged = check(&module, &[]);
    assert_eq!(judged.row("a").coverage, "50.0");
    let both = ["--default-threshold=50", "--profile=cover.out", "--with=other.out"];
    assert_eq!(module.check(&both).exits(0).row("a").coverage, "100.0");
}

#[test]
fn the_setting_starts_at_its_file() {
    let module = Module::new(SMALL);
    profile(&module, "e2e/other.out");
    module.write("covgate.toml", "with = [\"e2e/other.out\"]\n");
    assert_eq!(module.check_in("a", &[]).exits(0).row("a").coverage, "100.0");
    let gone = module.check_in("a", &["--with=e2e/other.out"]).exits(2);
    assert!(gone.stderr.starts_with("error: cannot read e2e/other.out\n"), "{gone}");
}

#[test]
fn what_fails_fails_whatever_ran_elsewhere() {
    let module = Module::new(SMALL);
    profile(&module, "other.out");
    let failing = "package a\n\nimport \"testing\"\n\nfunc TestNo(t *testing.T) { t.Fail() }\n";
    module.write("a/no_test.go", failing);
    let ran = check(&module, &["--with=other.out"]).exits(1);
    assert_eq!(ran.row("a").suffix, "tests failed");
}

#[test]
fn other_blocks_than_those_of_the_tests_make_no_number() {
    let module = Module::new(SMALL);
    // go starts a block at the brace or at the statement, never between.
    module.write("other.out", "mode: set\nexample.com/small/a/a.go:3.17,3.28 1 1\n");
    let ran = check(&module, &["--with=other.out"]).exits(1);
    assert_eq!(ran.row("a").suffix, "no coverage data");
    assert!(ran.details().contains("hold other blocks of it than its tests"), "{ran}");
    assert_eq!(ran.row("b").status, "PASS");
    module.write("other.out", "mode: set\nexample.com/small/a/a.go:30.17,30.28 1 1\n");
    let ran = check(&module, &["--with=other.out"]).exits(2);
    assert!(ran.stderr.starts_with("error: other.out, line 2: its file has no line 30"), "{ran}");
    assert_eq!(ran.stdout, "");
}

#[test]
fn folders_that_cannot_be_converted_are_named() {
    let module = Module::new(SMALL);
    fs::create_dir(module.path().join("data")).unwrap();
    let empty = check(&module, &["--with=data"]).exits(2);
    assert!(empty.stderr.contains("data holds no coverage data\nhint: a program"), "{empty}");
    let none = check(&module, &["--with="]).exits(2);
    assert!(none.stderr.starts_with("error: wrong with: it names nothing\n"), "{none}");
    // golang/go#75031.
    let script = format!(
        "#!/bin/sh\n[ \"$1 $2\" = 'tool covdata' ] && echo 'go: no such tool \"covdata\"' >&2 && exit 2\nexec '{}' \"$@\"\n",
        *GO
    );
    let go = module.path().join("go-without-covdata");
    fs::write(&go, script).unwrap();
    fs::set_permissions(&go, fs::Permissions::from_mode(0o755)).unwrap();
    let lacking = module.covgate_with(&go, "check", &["--with=data"]).exits(4);
    let data = module.path().join("data");
    for words in [
        format!("error: cannot convert the coverage data in {data}: this go toolchain was"),
        "hint: install that version of go and set GOTOOLCHAIN=local, or convert it where"
            .to_owned(),
        format!("go tool covdata textfmt -i={data} -o=FILE\n"),
    ] {
        assert!(lacking.stderr.contains(&words), "{words}: {lacking}");
    }
}

#[test]
fn shards_have_the_same_other_coverage() {
    let module = Module::new(SMALL);
    profile(&module, "other.out");
    let whole = check(&module, &["--with=other.out"]).exits(0);
    let reports = tempfile::tempdir().unwrap();
    let file = |name: &str| reports.path().join(name).to_str().unwrap().to_owned();
    let shard = |index: usize, with: &[&str], name: &str| {
        let (part, report) =
            (format!("--shard={index}/2"), format!("--report=json={}", file(name)));
        check(&module, &[with, &[&part, &report]].concat()).exits(0);
        file(name)
    };
    let with = ["--with=other.out"];
    let [one, two] = [1, 2].map(|index| shard(index, &with, &index.to_string()));
    let merged = module.plain_covgate("merge", &[&one, &two]).exits(0);
    assert_eq!(merged.stdout, whole.stdout);
    module.write(
        "other.out",
        &format!("{}\n", fs::read_to_string(module.path().join("other.out")).unwrap()),
    );
    for other in [&with[..], &[]] {
        let other = shard(2, other, "other");
        let refused = module.plain_covgate("merge", &[&one, &other]).exits(2);
        assert!(refused.stderr.contains("are not of one run: settings.with ["), "{refused}");
    }
}

/// The commands for people in what a run says, with the words behind `PATH` filled in.
fn commands(ran: &Ran) -> Vec<String> {
    let commands = ran.stderr.lines().filter_map(|line| line.split_once(": covgate "));
    let filled = |command: &str| command.replace("--with PATH", "--with other.out");
    let named = |command: &str| match command.contains("--go ") {
        true => format!("covgate {}", filled(command)),
        false => format!("covgate {} --go '{}'", filled(command), *GO),
    };
    commands.map(|(_, command)| named(command)).collect()
}

/// Whether by a run or by `merge`: what is printed gives the numbers of the run.
#[test]
fn what_is_to_be_pasted_measures_the_same() {
    let module = Module::new(SMALL);
    profile(&module, "other.out");
    let more = "\n\nfunc Three() int { return 3 }\n";
    let text = fs::read_to_string(module.path().join("a/a.go")).unwrap();
    module.write("a/a.go", &format!("{}{more}", text.trim_end()));
    profile(&module, "other.out");
    let floors = || {
        module.write("a/.covgate", "90\n");
        module.write("b/.covgate", "50\n");
    };
    floors();
    // Of the third function, other.out says that it ran, as of all that the tests do not run.
    let other = fs::read_to_string(module.path().join("other.out")).unwrap();
    let third = other.lines().map(|line| match line.contains("a.go:7.") {
        true => format!("{} 0\n", line.rsplit_once(' ').unwrap().0),
        false => format!("{line}\n"),
    });
    module.write("other.out", &third.collect::<String>());
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json").display().to_string();
    let direct = module.check(&["--with=other.out", &format!("--report=json={json}")]).exits(1);
    assert_eq!(direct.row("a").coverage, "66.7", "{direct}");
    let merged = module.plain_covgate("merge", &[&json]).exits(1);
    assert!(merged.stderr.contains("covgate audit --with PATH ./a\n"), "{merged}");
    module.go(&["test", "-coverprofile=cover.out", "./..."]).exits(0);
    let judged = module.check(&["--profile=cover.out", "--with=other.out"]).exits(1);
    for ran in [direct, merged, judged] {
        let commands = commands(&ran);
        let [audit, ratchet, lower] = commands.as_slice() else { panic!("{ran}") };
        let audit = module.paste("", audit).exits(0);
        assert!(audit.stdout.contains("\nCovered                    2  66.7%\n"), "{audit}");
        module.paste("", ratchet).exits(0);
        module.paste("", lower).exits(0);
        let floor = |name: &str| fs::read_to_string(module.path().join(name)).unwrap();
        assert_eq!(floor("b/.covgate"), "100.0\n");
        assert!(floor("a/.covgate").starts_with("66.7\n"), "{}", floor("a/.covgate"));
        floors();
    }
    // Where covgate.toml names it, nothing is to be filled in.
    module.write("covgate.toml", "with = [\"other.out\"]\n");
    let merged = module.plain_covgate("merge", &[&json]).exits(1);
    assert!(merged.stderr.contains("covgate audit ./a\n"), "{merged}");
    let audit = module.paste("", &commands(&merged)[0]).exits(0);
    assert!(audit.stdout.contains("\nCovered                    2  66.7%\n"), "{audit}");
}
