//! Folders whose path go does not accept as an import path: an error, unless they are excluded.

use std::fs;

use crate::support::module::Module;

const MODULE: &str = r#"-- go.mod --
module example.com/names

go 1.22
-- fine/fine.go --
package fine

func One() int { return 1 }
-- fine/fine_test.go --
package fine

import "testing"

func Test(t *testing.T) { One() }
-- a b/x.go --
package x

func One() int { return 1 }
-- a b/x_test.go --
package x

import "testing"

func Test(t *testing.T) { One() }
"#;

/// Names of every kind, accepted and not: as elements of a path, before others and after them.
const NAMES: &str = "a b/below|ü|it's|(x)|a,b|a=b|x.|a..b|com1|com10|Aux.d|console|lpt0|x~1|x~1a|x~\
    |x.d~1|above/c d|a-b_c~d+e|v2.0";

/// What `go list` says about every package: its path in the module, and whether it has an error.
fn listed(module: &Module) -> (Vec<String>, Vec<String>) {
    let format = r#"{{if .Error}}malformed{{end}}{{"\t"}}{{.ImportPath}}"#;
    let answer = module.go(&["list", "-e", "-f", format, "./..."]).exits(0).stdout;
    let lines = answer.lines().map(|line| line.split_once('\t').unwrap());
    let label = |path: &str| path.strip_prefix("example.com/names/").unwrap().to_owned();
    let (malformed, fine): (Vec<_>, Vec<_>) = lines.partition(|(error, _)| !error.is_empty());
    let labels = |lines: Vec<(&str, &str)>| lines.iter().map(|(_, path)| label(path)).collect();
    (labels(malformed), labels(fine))
}

fn with_placeholders(label: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    label.replace(|c| !plain(c), "?")
}

#[test]
fn what_go_takes_is_tested_and_nothing_else_vanishes() {
    let module = Module::new(MODULE);
    for name in NAMES.split('|') {
        module.write(&format!("{name}/x.go"), "package x\n\nfunc One() int { return 1 }\n");
    }
    let (malformed, fine) = listed(&module);
    assert_eq!(malformed.len() + fine.len(), NAMES.split('|').count() + 2);
    // Excludes them one by one, as the errors name them.
    let mut excluded: Vec<String> = Vec::new();
    for label in &malformed {
        let exclude = format!("--exclude={}", with_placeholders(label));
        let known: Vec<&str> = excluded.iter().map(String::as_str).collect();
        if !excluded.contains(&exclude) {
            let ran = module.check(&known).exits(4);
            let error = format!(
                "error: go cannot test every package: \
                 malformed import path \"example.com/names/{label}\": "
            );
            assert!(ran.stderr.starts_with(&error), "{label}: {ran}");
            let hint = format!(
                "\nhint: rename its folder, or leave it out with --exclude='{}'\n",
                &exclude[10..]
            );
            assert!(ran.stderr.ends_with(&hint), "{label}: {ran}");
            assert_eq!(ran.stdout, "", "nothing is measured");
            excluded.push(exclude);
        }
    }
    let mut args = vec!["--default-threshold=0"];
    args.extend(excluded.iter().map(String::as_str));
    let ran = module.check(&args).exits(0);
    let rows = ran.rows();
    let tested = rows.iter().filter(|row| row.status != "SKIPPED").map(|row| &row.label);
    assert!(tested.eq(&fine), "{ran}");
    for label in malformed {
        let row = format!("SKIPPED       ---       ---       ---  {label}\n");
        assert!(ran.stdout.contains(&row), "{label}: {ran}");
    }
}

/// Neither a row nor a terminal is what the name makes of it.
#[test]
fn a_name_is_no_row() {
    let module = Module::new(MODULE);
    fs::remove_dir_all(module.path().join("a b")).unwrap();
    let name = "x\n       SKIPPED       ---       ---       ---  y\u{1b}[2J\u{202e}";
    module.write(&format!("{name}/x.go"), "package x\n");
    let is_hidden = |c: char| c == '\u{202e}' || (c.is_control() && c != '\n');
    let ran = module.check(&[]).exits(4);
    assert!(!ran.stderr.contains(is_hidden), "{ran}");
    let ran = module.check(&["--exclude=x*"]).exits(0);
    let row = r"---  x\n       SKIPPED       ---       ---       ---  y\u{1b}[2J\u{202e}";
    assert!(ran.stdout.contains(row), "{ran}");
    assert!(!ran.stdout.contains(is_hidden), "{ran}");
    assert_eq!(ran.rows().len(), 2, "{ran}");
}

/// Wherever it is asked for, alone or with others, directly or through another command.
#[test]
fn it_is_never_left_out_by_itself() {
    let module = Module::new(MODULE);
    let said = ": malformed import path \"example.com/names/a b\": invalid char ' '\n";
    let fails = |folder: &str, args: &[&str]| {
        let ran = module.check_in(folder, args).exits(4);
        assert!(ran.stderr.contains(said), "{args:?} {ran}");
    };
    fails("", &[]);
    fails("", &["--engine=fanout", "--prewarm=never"]);
    fails("", &["./a b"]);
    fails("", &["example.com/names/a b"]);
    fails("a b", &["."]);
    fails("", &["--test-dir=a b", "--src-prefix=.", "./fine"]);
    fails("", &["--exclude=fine"]);
    for command in ["audit", "ratchet"] {
        let ran = module.covgate(command, &[]).exits(4);
        assert!(ran.stderr.contains(said), "{command} {ran}");
    }
    fs::remove_dir_all(module.path().join("fine")).unwrap();
    fails("", &[]);
}

/// In a workspace, it belongs to the module whose path its own begins with.
#[test]
fn a_workspace_has_several_modules() {
    let module = Module::new(MODULE);
    module.write("go.work", "go 1.22\n\nuse (\n\t.\n\t./inner\n)\n");
    module.write("inner/go.mod", "module example.com/names/inner\n\ngo 1.22\n");
    module.write("inner/x.go", "package inner\n\nfunc One() int { return 1 }\n");
    module.write("inner/c d/x.go", "package x\n\nfunc One() int { return 1 }\n");
    let args = ["--modules=workspace", "--default-threshold=0", "--exclude=a?b"];
    let ran = module.check(&args).exits(4);
    let error = "error: go cannot test every package: malformed import path \"example.com/names/inner/c d\": ";
    assert!(ran.stderr.starts_with(error), "{ran}");
    module.check(&[&args[..], &["--exclude=inner/c?d"]].concat()).exits(0);
}

/// go gives up on a pattern that leads to such a folder, so the rest of the listing is not
/// complete.
#[test]
fn what_go_cannot_list_is_an_error() {
    let module = Module::new(MODULE);
    module.write("a@b/x.go", "package x\n");
    let ran = module.check(&["--exclude=a?b"]).exits(4);
    let said =
        "error: go cannot list every package: pattern ./...: directory a@b outside main module";
    assert!(ran.stderr.starts_with(said), "{ran}");
    assert_eq!(ran.stdout, "", "nothing is measured");
    module.check(&["./fine"]).exits(0);
}
