//! Usage, configuration and environment: errors are found before any test runs, and the sources
//! have the right order.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::fake::{Fake, Run, make_fifo, pkg};

fn two() -> Fake {
    Fake::new([pkg("a", 3, 4), pkg("b", 3, 4)])
}

/// Checks for an error on stderr, with nothing warmed and nothing tested.
#[track_caller]
fn refused(run: &Run, code: i32) {
    assert!(run.exits(code).stderr.starts_with("error: "), "{}", run.stderr);
    let ran: Vec<_> =
        run.phases().into_iter().filter(|phase| ["warm", "test"].contains(phase)).collect();
    assert_eq!(ran, [""; 0], "{}", run.stderr);
}

#[test]
fn wrong_options() {
    for args in [
        &["--defualt-threshold=80"][..],
        &["--default-threshold=101"],
        &["--default-threshold=-1"],
        &["--default-threshold=80%"],
        &["--default-threshold=80.123"],
        &["--default-threshold=nan"],
        &["--tightness=maybe"],
        &["--engine=turbo"],
        &["--prewarm=sometimes"],
        &["--parallelism=-1"],
        &["--parallelism=many"],
        &["--stall-timeout=5"],
        &["--stall-timeout=99999999999999999h"],
        &["--color=red"],
        &["--test-dir=../x"],
        &["--test-dir=/x"],
        &["--test-dir=."],
        &["--exclude=../x"],
        &["-C", "nowhere"],
    ] {
        let run = two().check(args);
        refused(&run, 2);
        assert_eq!((&*run.stdout, run.calls.len()), ("", 0), "{args:?}");
    }
}

/// A floor is never silently replaced by the default.
#[test]
fn malformed_floors() {
    let utf16: Vec<u8> = "80\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let huge = vec![b'8'; 4 * 1024 * 1024];
    for content in [
        &b""[..],
        b"\n",
        b"\n80\n",
        b"80%\n",
        b"eighty\n",
        b"80 # why\n",
        b"-1\n",
        b"100.01\n",
        b"80.123\n",
        b"1e1\n",
        b"\xef\xbb\xbf80\n",
        b"\xff\xfe\x00\x01",
        &utf16,
        &huge,
        b"80,5\n",
        b"nan\n",
        b"80\r81\n",
    ] {
        let run = two().file("b/.covgate", content).check(&["-p2"]);
        refused(&run, 2);
        assert!(
            run.stderr
                .starts_with("error: [DIR]/module/b/.covgate:1: expected a number from 0 to 100"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.len() < 500, "{}", run.stderr);
        assert!(run.stderr.contains("\nhint: the first line of a .covgate is a number"));
        assert_eq!(run.stdout, "");
    }
}

/// Nobody sees it: what is found looks like a number.
#[test]
fn a_floor_behind_a_byte_order_mark() {
    let utf16: Vec<u8> = "\u{feff}80\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for content in ["\u{feff}80\n".as_bytes(), &utf16] {
        let run = two().file("b/.covgate", content).check(&[]);
        refused(&run, 2);
        run.complains(&[
            "error: [DIR]/module/b/.covgate:1: expected a number from 0 to 100 with at most two \
             decimals, found a byte order mark; save the file as UTF-8 without one",
            "hint: the first line of a .covgate is a number such as 80 or 72.5; later lines are notes",
        ]);
    }
}

/// A pipe would be waited for, for ever.
#[test]
fn a_configuration_that_is_no_file() {
    let pipe = two();
    make_fifo(&pipe.module().join("covgate.toml"));
    let folder = two();
    fs::create_dir(folder.module().join("covgate.toml")).unwrap();
    for fake in [pipe, folder] {
        let run = fake.check(&[]);
        refused(&run, 2);
        run.complains(&[
            "error: cannot read [DIR]/module/covgate.toml",
            "  caused by: not a regular file",
        ]);
    }
}

#[test]
fn floors_that_are_no_files() {
    let fake = two();
    fs::create_dir(fake.module().join("b/.covgate")).unwrap();
    let run = fake.check(&[]);
    refused(&run, 2);
    assert!(
        run.stderr.starts_with("error: cannot read [DIR]/module/b/.covgate: not a regular file\n")
    );

    let fake = two();
    std::os::unix::fs::symlink("nowhere", fake.module().join("b/.covgate")).unwrap();
    refused(&fake.check(&[]), 2);

    let fake = two().file("b/.covgate", "80\n");
    fs::set_permissions(fake.module().join("b/.covgate"), fs::Permissions::from_mode(0o000))
        .unwrap();
    // root can read every file.
    if fs::read(fake.module().join("b/.covgate")).is_err() {
        refused(&fake.check(&[]), 2);
    }
}

/// All of them at once: nobody wants to find one per run.
#[test]
fn every_malformed_floor_is_named() {
    let run = two().file("a/.covgate", "x").file("b/.covgate", "y").check(&[]);
    refused(&run, 2);
    run.complains(&[
        "error: 2 unusable floors",
        "  caused by: [DIR]/module/a/.covgate:1: expected a number from 0 to 100 with at most two decimals, found `x`",
        "  [DIR]/module/b/.covgate:1: expected a number from 0 to 100 with at most two decimals, found `y`",
        "hint: the first line of a .covgate is a number such as 80 or 72.5; later lines are notes",
    ]);
}

/// The floor of a package that is not measured does not matter.
#[test]
fn floors_of_excluded_packages_are_not_read() {
    two().file("b/.covgate", "x").check(&["--exclude=b", "--default-threshold=75"]).exits(0);
}

#[test]
fn mistakes_in_the_file() {
    for (text, error) in [
        (
            "defualt-threshold = 80\n",
            "1:1: unknown key `defualt-threshold`\nhint: did you mean `default-threshold`?\n",
        ),
        (
            "\n  test_dir = 'tests'\n",
            "2:3: unknown key `test_dir`\nhint: did you mean `test-dir`?\n",
        ),
        (
            "[[package]]\npath = 'a'\ntreshold = 3\n",
            "3:1: unknown key `treshold`\nhint: did you mean `threshold`?\n",
        ),
        (
            "default-threshold = 101\n",
            "1:21: wrong default-threshold: expected a number from 0 to 100 with at most two decimals, found `101`",
        ),
        ("default-threshold = 'much'\n", "1:21: wrong default-threshold: expected a number"),
        ("parallelism = 'x'\n", "1:15: wrong parallelism: invalid type"),
        (
            "engine = 'turbo'\n",
            "1:10: wrong engine: expected auto, batch or fanout, found `turbo`\n",
        ),
        ("chdir = 'x'\n", "1:1: `chdir` cannot stand in covgate.toml"),
        (
            "[[package]]\npath = 'a'\n",
            "1:1: package `a` needs either `threshold` or `exclude = true`\n",
        ),
        (
            "[[package]]\npath = '../a'\nexclude = true\n",
            "1:1: pattern `../a` leads out of the module\n",
        ),
        ("exclude = [\n", "1:"),
        ("exclude = 'a'\nexclude = 'b'\n", "2:1: duplicate key"),
    ] {
        let run = two().file("covgate.toml", text).check(&[]);
        refused(&run, 2);
        let expected = format!("error: [DIR]/module/covgate.toml:{error}");
        assert!(run.stderr.starts_with(&expected), "{text}\n{}", run.stderr);
        assert_eq!(run.calls.len(), 0);
    }
    let run = two().file("covgate.toml", b"exclude = '\xff'\n").check(&[]);
    refused(&run, 2);
    assert!(run.stderr.starts_with("error: [DIR]/module/covgate.toml:1:12: not UTF-8 text\n"));
}

#[test]
fn no_go() {
    let run = two().env("PATH", "/nowhere").check(&[]);
    refused(&run, 4);
    assert!(
        run.stderr
            .contains("hint: install go (https://go.dev/dl), or name it with --go or COVGATE_GO"),
        "{}",
        run.stderr
    );
    let run = two().check(&["--go=/nowhere/go"]);
    refused(&run, 4);
    assert!(run.stderr.contains("/nowhere/go"), "{}", run.stderr);
    let fake = two();
    let file = fake.module().join("go.mod");
    let run = fake.check(&["--go", file.to_str().unwrap()]);
    refused(&run, 4);
    assert!(run.stderr.contains("is it an executable file?"), "{}", run.stderr);
}

/// If another go is named, it does the work.
#[test]
fn another_go() {
    let fake = two().env("PATH", "/nowhere");
    let go = fake.path("bin/go");
    let run = fake.check(&["--go", go.to_str().unwrap(), "--default-threshold=0"]);
    run.exits(0);
    let run = two().env("PATH", "/nowhere").env("COVGATE_GO", go.to_str().unwrap());
    run.check(&["--default-threshold=0"]).exits(0);
}

#[test]
fn go_versions() {
    for version in ["go1.21.13", "go1.9", "go1.21rc2"] {
        let run = two().version(version).check(&[]);
        refused(&run, 4);
        let words = format!("error: {version} is too old: covgate needs go 1.22 or newer\n");
        assert!(run.stderr.starts_with(&words), "{}", run.stderr);
    }
    let run = two().version("gccgo 13").check(&[]);
    refused(&run, 4);
    assert!(run.stderr.contains("`gccgo 13`"), "{}", run.stderr);
    for version in ["go1.22.0", "go1.27rc1", "devel go1.28-abc Mon"] {
        two().version(version).check(&["--default-threshold=0"]).exits(0);
    }
}

#[test]
fn outside_a_module() {
    for go_mod in ["/dev/null", ""] {
        let answer = serde_json::json!({ "GOVERSION": "go1.26.8", "GOMOD": go_mod });
        let steps = serde_json::json!([{ "stdout": { "text": answer.to_string() } }]);
        let run = two().phase("env", steps).check(&[]);
        refused(&run, 4);
        run.complains(&[
            "error: [DIR]/module is not in a Go module",
            "hint: start covgate inside a module, or name one with -C",
        ]);
    }
}

#[test]
fn no_package_matches() {
    let run = two().check(&["./nothing/..."]);
    refused(&run, 5);
    assert!(
        run.stderr.starts_with(
            "error: nothing to measure: no package matches ./nothing/... in [DIR]/module\n"
        ),
        "{}",
        run.stderr
    );
    let run = two().check(&["./nope"]);
    refused(&run, 5);
    assert!(run.stderr.contains("./nope"), "{}", run.stderr);
    let run = Fake::new([]).check(&[]);
    refused(&run, 5);
    assert!(!run.stdout.contains("All packages meet"));
}

/// There is something to measure, but the question is wrong.
#[test]
fn one_of_several_patterns_matches_no_package() {
    let hint = "hint: `go list ./...` shows the packages that go sees here";
    for (pattern, said) in [
        ("./nope", "no required module provides package ./nope"),
        ("./nope/...", "\"./nope/...\" matched no packages"),
    ] {
        for patterns in [["./a", pattern], [pattern, "./a"]] {
            let run = two().check(&patterns);
            refused(&run, 2);
            run.complains(&[&format!("error: a pattern names no package: {said}"), hint]);
        }
    }
}

/// As a variable leaves one that is not set.
#[test]
fn an_empty_pattern() {
    let hint = "hint: is a variable in it not set? `./...` names every package";
    for patterns in [&["./a", ""][..], &[""], &["--packages="], &["./a", " "]] {
        for command in ["check", "audit", "ratchet"] {
            let run = two().command(command).check(patterns);
            refused(&run, 2);
            run.complains(&["error: a pattern in the command line is empty", hint]);
            assert!(run.calls.is_empty());
        }
    }
    let run = two().file("covgate.toml", "packages = [\"./a\", \"\"]\n").check(&[]);
    refused(&run, 2);
    run.complains(&["error: a pattern in covgate.toml is empty", hint]);
}

/// The floor with which package `a`, at 75 %, was compared.
fn required(fake: &Fake, args: &[&str]) -> String {
    let run = fake.check(&[&["-p1", "--no-timings"], args].concat());
    let row = run.stdout.lines().find(|line| line.ends_with("  a") || line.contains("  a ("));
    let row = row.unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    row.split_whitespace().nth(2).unwrap().to_owned()
}

#[test]
fn command_line_over_environment_over_file_over_built_in() {
    let file = || two().file("covgate.toml", "default-threshold = 60\n");
    let environment = || file().env("COVGATE_DEFAULT_THRESHOLD", "50");
    assert_eq!(required(&two(), &[]), "80.0%");
    assert_eq!(required(&file(), &[]), "60.0%");
    assert_eq!(required(&environment(), &[]), "50.0%");
    assert_eq!(required(&environment(), &["--default-threshold=40"]), "40.0%");
    // An empty variable counts as not set.
    assert_eq!(required(&file().env("COVGATE_DEFAULT_THRESHOLD", ""), &[]), "60.0%");
}

/// A package's own floor wins over an override, which wins over any default.
#[test]
fn floors_and_overrides() {
    let toml =
        "[[package]]\npath = './...'\nthreshold = 30\n[[package]]\npath = 'a'\nthreshold = 20\n";
    let file = || two().file("covgate.toml", toml);
    assert_eq!(required(&file(), &["--default-threshold=99"]), "20.0%");
    let own = file().file("a/.covgate", "74.75\n");
    assert_eq!(required(&own, &["--default-threshold=99"]), "74.8%");
}

#[test]
fn excludes_from_everywhere() {
    let toml = "exclude = ['a']\n[[package]]\npath = 'b/...'\nexclude = true\n";
    let all = Fake::new([pkg("a", 1, 1), pkg("b/c", 1, 1), pkg("d", 1, 1)]);
    let all = all.file("covgate.toml", toml);
    let run = all.check(&["-p1"]);
    assert!(run.exits(0).stdout.contains("Excluded 2 package(s)"), "{}", run.stdout);
    let run = all.check(&["-p1", "--exclude=d"]);
    assert!(run.exits(0).stdout.contains("  d\n"), "{}", run.stdout);
    assert!(run.stdout.contains("PASS       100.0%     80.0%      0.3s  a\n"), "{}", run.stdout);
    assert!(run.stdout.contains("SKIPPED       ---       ---       ---  b/c\n"), "{}", run.stdout);
}

#[test]
fn wrong_variables() {
    for (name, value) in [
        ("COVGATE_DEFAULT_THRESHOLD", "much"),
        ("COVGATE_PARALLELISM", "-2"),
        ("COVGATE_NO_TIMINGS", "maybe"),
        ("COVGATE_ENGINE", "turbo"),
        ("COVGATE_EXCLUDE", "../x"),
    ] {
        let run = two().env(name, value).check(&[]);
        refused(&run, 2);
        assert!(run.stderr.contains(name), "{}", run.stderr);
    }
}

#[test]
fn what_is_probably_misspelt_is_said() {
    let run = two().env("COVGATE_TRESHOLD", "10").check(&["-p1", "--default-threshold=0"]);
    run.exits(0).complains(&["warning: covgate does not know the variable COVGATE_TRESHOLD"]);
    let run = two().check(&["-p1", "--default-threshold=0", "--exclude=typo"]);
    let words = "warning: pattern `typo` (exclude or [[package]]) matches no package";
    run.exits(0).complains(&[words]);
}
