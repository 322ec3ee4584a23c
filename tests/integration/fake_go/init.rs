//! `covgate init` at the worst moments.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;

use crate::support::fake::{Fake, Running, pkg};

/// A repository with two packages; the tests of the second wait.
fn waiting() -> Fake {
    let fake = Fake::new([pkg("a", 1, 2), pkg("b", 1, 2)]).command("init");
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", fake.path("bin").display());
    let fake = fake.env("PATH", &path).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let gate = fake.gate();
    #[expect(clippy::disallowed_methods, reason = "the tests' own way to start programs")]
    let made = Command::new("git").args(["init", "-q"]).arg(fake.module()).status().unwrap();
    assert!(made.success());
    fake.steps("b", json!([{ "reach": "here" }, gate]))
}

fn start(fake: &Fake) -> Running {
    let mut running = fake.start(&["-p1", "--prewarm=never"]);
    running.reached("here");
    running
}

/// Everything in the module, and in the git directory itself.
fn names(fake: &Fake) -> BTreeSet<String> {
    let folders = ["", "a", "b", ".git"].map(|folder| fake.module().join(folder));
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
    entries.map(|entry| entry.unwrap().path().display().to_string()).collect()
}

#[test]
fn whoever_stops_it_has_lost_nothing() {
    let fake = waiting();
    let before = names(&fake);
    let running = start(&fake);
    running.signal(Signal::INT);
    let run = running.finish();
    assert!(run.exits(130).stderr.starts_with("error: stopped by signal 2"), "{}", run.stderr);
    assert_eq!(names(&fake), before);
}

/// Somebody else was faster: their file stays, and nothing else is written.
#[test]
fn a_file_that_appears_meanwhile_is_not_written_over() {
    let fake = waiting();
    let mut running = start(&fake);
    fs::write(fake.module().join("covgate.toml"), "parallelism = 1\n").unwrap();
    let before = names(&fake);
    running.release(1);
    let run = running.finish();
    assert_eq!(
        run.exits(4).stderr,
        "error: cannot write [DIR]/module/covgate.toml\n  caused by: File exists (os error 17)\n\
         hint: nothing was written\n"
    );
    assert_eq!(names(&fake), before);
    assert_eq!(fs::read(fake.module().join("covgate.toml")).unwrap(), b"parallelism = 1\n");
}

/// One floor cannot be written: the others stand, and the patch is of these.
#[test]
fn a_floor_that_cannot_be_written_is_named() {
    let fake = waiting();
    let mut running = start(&fake);
    fs::remove_dir_all(fake.module().join("a")).unwrap();
    running.release(1);
    let run = running.finish();
    let cause = "No such file or directory (os error 2)";
    assert_eq!(
        run.exits(1).stderr,
        format!("error: cannot write [DIR]/module/a/.covgate: {cause}\n")
    );
    assert!(
        run.stdout.contains("  floors        1 .covgate file created, 50.0%"),
        "{}",
        run.stdout
    );
    let patch = fs::read_to_string(fake.module().join(".git/covgate-init.patch")).unwrap();
    assert!(patch.contains("+++ b/b/.covgate\n") && !patch.contains("a/.covgate b/a"), "{patch}");
    let shown = run.stdout.trim_end().rsplit('\n').next().unwrap().trim().to_owned();
    let mut shell = Command::new("/bin/sh");
    #[expect(clippy::disallowed_methods, reason = "the tests' own way to start programs")]
    let undone = shell.args(["-c", &shown]).current_dir(fake.module()).status().unwrap();
    assert!(undone.success());
    assert!(!fake.module().join("covgate.toml").exists());
}
