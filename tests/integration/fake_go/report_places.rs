//! Where reports go, and what happens if they cannot be written there.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use rustix::io::Errno;
use serde_json::json;

use super::reports::{SMALL_ON_GITHUB, plain, read, small};
use crate::support::fake::{make_fifo, open_to_read};

/// The names in a folder of the module.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn two_reports_in_one_place() {
    for (first, second, place) in [
        ("json", "junit", "stdout"),
        ("github", "auto=-", "stdout"),
        ("auto", "auto", "stderr"),
        ("junit=x", "markdown=x", "x"),
        ("json=-", "lcov=/dev/stdout", "stdout"),
        ("json=/dev/stdout", "lcov", "stdout"),
        ("auto", "json=/dev/stderr", "stderr"),
    ] {
        let fake = small();
        let run = fake.check(&["--report", first, "--report", second]);
        run.exits(2).prints(&[]).complains(&[
            &format!("error: two reports would be written to {place}"),
            "hint: give each a file of its own: --report FORMAT=PATH",
        ]);
        assert!(run.phases().is_empty());
    }
}

/// Errors that are known before anything runs.
#[test]
fn no_place_for_a_report() {
    let missing = "[DIR]/module/missing: ";
    for (path, before, cause, way_out) in [
        ("missing/x.xml", missing, Errno::NOENT, "make its folder first, or name another file"),
        ("go.mod/x.xml", "", Errno::NOTDIR, "make its folder first, or name another file"),
        ("a", "", Errno::ISDIR, "name another file"),
        ("new/", "", Errno::ISDIR, "name another file"),
        ("loop", "", Errno::LOOP, "name another file"),
        (&"x".repeat(300), "", Errno::NAMETOOLONG, "name another file"),
    ] {
        let fake = small();
        symlink("loop", fake.module().join("loop")).unwrap();
        let untouched = names(&fake.module());
        let bad = format!("--report=junit={path}");
        let run = plain(&fake, &["--report=github=x.txt", &bad, "--report=markdown=x.md"]);
        run.exits(2).prints(&[]).complains(&[
            &format!("error: cannot write the report junit={path}"),
            &format!("  caused by: {before}{}", std::io::Error::from(cause)),
            &format!("hint: {way_out}: --report junit=PATH"),
        ]);
        assert!(run.phases().is_empty());
        assert_eq!(names(&fake.module()), untouched);
    }
}

#[test]
fn a_link_that_leads_nowhere() {
    let fake = small();
    symlink("later.xml", fake.module().join("lost")).unwrap();
    let run = plain(&fake, &["--report=junit=lost"]);
    run.exits(2).prints(&[]).complains(&[
        "error: cannot write the report junit=lost",
        "  caused by: it is a symbolic link that leads nowhere",
        "hint: make its folder first, or name another file: --report junit=PATH",
    ]);
    assert!(run.phases().is_empty());
}

/// A report that is not written needs no place.
#[test]
fn auto_needs_a_place_on_github_alone() {
    plain(&small(), &["--report=auto=missing/x"]).exits(1);
    plain(&small().env("GITHUB_ACTIONS", "true"), &["--report=auto=missing/x"]).exits(2);
}

/// Errors that come only at the end: the other reports are written, and no error is lost.
#[test]
fn a_place_that_is_lost_under_way() {
    let fake = small();
    let steps = json!([{ "reach": "under way" }, fake.gate()]);
    let fake = fake.steps("a", steps);
    let module = fake.module();
    for folder in ["one", "two"] {
        fs::create_dir(module.join(folder)).unwrap();
    }
    let mut running = fake.start(&[
        "-p1",
        "--report=junit=one/x",
        "--report=github=x.txt",
        "--report=json=two/x",
        "--report=markdown=a/../x.md",
    ]);
    running.reached("under way");
    for folder in ["one", "two"] {
        fs::remove_dir(module.join(folder)).unwrap();
    }
    fs::create_dir(module.join("x.txt")).unwrap();
    running.release(1);
    let run = running.finish();
    let cause = |cause: Errno| format!("\n  caused by: {}\n", std::io::Error::from(cause));
    let errors = [
        ("github=x.txt", Errno::ISDIR),
        ("json=two/x", Errno::NOENT),
        // The error that ends the run comes last.
        ("junit=one/x", Errno::NOENT),
    ];
    let errors = errors
        .map(|(report, errno)| format!("error: cannot write the report {report}{}", cause(errno)));
    assert!(run.exits(4).stderr.ends_with(&errors.concat()), "{}", run.stderr);
    assert!(read(&fake, "x.md").starts_with("### Coverage gate: closed\n"));
    assert_eq!(names(&module), ["a", "go.mod", "x.md", "x.txt"]);
}

/// Only root can write there.
#[test]
fn what_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let fake = small();
    let (folder, pipe) = (fake.module().join("a"), fake.module().join("pipe"));
    make_fifo(&pipe);
    let _reader = open_to_read(&pipe);
    let set = |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for (report, path, cause) in [("a/x.xml", &folder, "[DIR]/module/a: "), ("pipe", &pipe, "")] {
        set(path, 0o555);
        let bad = format!("--report=junit={report}");
        let run = plain(&fake, &[&bad, "--report=github=x.txt"]);
        set(path, 0o755);
        if rustix::process::geteuid().is_root() {
            run.exits(1);
            continue;
        }
        run.exits(2).prints(&[]).complains(&[
            &format!("error: cannot write the report junit={report}"),
            &format!("  caused by: {cause}Permission denied (os error 13)"),
            "hint: name another file: --report junit=PATH",
        ]);
        assert!(run.phases().is_empty() && names(&folder).is_empty());
        assert!(!fake.module().join("x.txt").exists());
    }
}

/// Every command that writes reports refuses the same before anything runs.
#[test]
fn a_folder_that_takes_no_file() {
    let fake = small();
    plain(&fake, &["--report=json=one.json"]).exits(1);
    for (command, args) in [("check", [].as_slice()), ("audit", &[]), ("merge", &["one.json"])] {
        let fake = small().command(command).file("one.json", read(&fake, "one.json"));
        let run = fake.check(&[&["--report=lcov=x", "--report=junit=/proc/x.xml"], args].concat());
        let first = "error: cannot write the report junit=/proc/x.xml\n  caused by: /proc: ";
        assert!(run.exits(2).stderr.starts_with(first), "{}", run.stderr);
        assert!(run.phases().is_empty() && run.stdout.is_empty());
        assert_eq!(names(&fake.module()), ["a", "go.mod", "one.json"]);
    }
}

/// If a run ends without a verdict, nothing of a report is left.
#[test]
fn no_trace_of_reports_that_are_not_written() {
    let fake = small().file("x.md", "before");
    let run = fake.check(&["--exclude=a", "--report=junit=x.xml", "--report=markdown=x.md"]);
    run.exits(5);
    assert_eq!(names(&fake.module()), ["a", "go.mod", "x.md"]);
    assert_eq!(read(&fake, "x.md"), "before");
}

/// An old report is replaced completely, and stays if the new one cannot be written.
#[test]
fn an_earlier_report() {
    let fake = small().file("x.xml", "an earlier report, longer than the new one".repeat(1000));
    plain(&fake, &["--report=junit=x.xml"]).exits(1);
    assert_eq!(read(&fake, "x.xml"), plain(&fake, &["--report=junit"]).stdout);
    assert_eq!(names(&fake.module()), ["a", "go.mod", "x.xml"]);
}

#[test]
fn what_a_link_leads_to_is_replaced() {
    let fake = small().file("real.xml", "before");
    symlink("real.xml", fake.module().join("link.xml")).unwrap();
    plain(&fake, &["--report=junit=link.xml"]).exits(1);
    assert!(read(&fake, "real.xml").starts_with("<?xml"));
    assert!(fake.module().join("link.xml").is_symlink());
}

/// `--report json=/dev/stdout >> file`: the report goes where the text would go, after what is
/// already there.
#[test]
fn stdout_by_another_name() {
    let fake = small();
    let mut file = File::create_new(fake.path("file")).unwrap();
    file.write_all(b"before\n").unwrap();
    let args = ["-p1", "--no-timings", "--report=junit=/dev/stdout"];
    fake.start_with(&args, file.into(), Stdio::piped()).finish().exits(1);
    let expected = format!("before\n{}", fake.check(&[args[0], args[1], "--report=junit"]).stdout);
    assert_eq!(fs::read_to_string(fake.path("file")).unwrap(), expected);
}

/// `--report junit=file > file`: the table would be lost with the file that it went to.
#[test]
fn a_file_that_a_stream_goes_to() {
    let fake = small();
    let open = || File::create(fake.module().join("file")).unwrap().into();
    let args = ["--report=junit=file"];
    for (stdout, stderr) in [(open(), Stdio::piped()), (Stdio::piped(), open())] {
        let run = fake.start_with(&args, stdout, stderr).finish();
        run.exits(2);
        assert!(run.phases().is_empty());
    }
    let said = "error: the report junit=file would take the place of the file";
    assert!(fs::read_to_string(fake.module().join("file")).unwrap().starts_with(said));
    fake.start_with(&args, Stdio::null(), Stdio::piped()).finish().exits(1);
}

#[test]
fn stderr_by_another_name() {
    let fake = small();
    let (text, run) = (plain(&fake, &[]), plain(&fake, &["--report=github=/dev/stderr"]));
    assert_eq!(run.exits(1).stdout, text.stdout);
    assert_eq!(run.stderr, format!("{}{SMALL_ON_GITHUB}", text.stderr));
}

#[test]
fn a_pipe_is_written_as_it_is() {
    let fake = small();
    let pipe = fake.module().join("pipe");
    make_fifo(&pipe);
    // Short enough for the pipe, so that nobody has to read at the same time.
    let mut reader = open_to_read(&pipe);
    plain(&fake, &["--report=github=pipe"]).exits(1);
    let mut report = String::new();
    reader.read_to_string(&mut report).unwrap();
    assert_eq!(report, SMALL_ON_GITHUB);
    assert_eq!(names(&fake.module()), ["a", "go.mod", "pipe"]);
}

/// Two spellings of one place are still one place.
#[test]
fn one_place_for_two_reports() {
    let fake = small();
    let run = fake.check(&["--report=junit=x.xml", "--report=json=./a/../x.xml"]);
    let first = "error: two reports would be written to ./a/../x.xml\n";
    assert!(run.exits(2).stderr.starts_with(first), "{}", run.stderr);
    assert!(run.phases().is_empty());
}

/// Paths start in the folder of `-C`, so two of them are compared from there.
#[test]
fn one_place_is_looked_for_where_minus_c_leads() {
    for command in ["check", "audit"] {
        let fake = small().command(command);
        let module = fake.module();
        for folder in ["two", "a/one", "a/two"] {
            fs::create_dir_all(module.join(folder)).unwrap();
        }
        symlink(".", module.join("a/here")).unwrap();
        symlink("two", module.join("one")).unwrap();
        let one = ["-C", "a", "--report=junit=x.xml", "--report=json=here/x.xml"];
        let run = fake.check(&one);
        let first = "error: two reports would be written to here/x.xml\n";
        assert!(run.exits(2).stderr.starts_with(first), "{}", run.stderr);
        assert!(run.phases().is_empty());
        fake.check(&["-C", "a", "--report=junit=one/x", "--report=json=two/x"]);
        assert!(read(&fake, "a/one/x").starts_with("<?xml"));
        assert!(read(&fake, "a/two/x").starts_with("{\"format\""));
    }
}

/// `--report json --report lcov=x > x`: what goes to stdout would be lost with the old file.
#[test]
fn one_place_for_stdout_and_a_file() {
    let fake = small();
    let file = File::create_new(fake.module().join("x")).unwrap();
    let args = ["--report=json", "--report=lcov=x"];
    let run = fake.start_with(&args, file.into(), Stdio::piped()).finish();
    let first = "error: two reports would be written to x\n";
    assert!(run.exits(2).stderr.starts_with(first), "{}", run.stderr);
    assert!(run.phases().is_empty());
}
