//! With a fake go that hangs: what happens to a run that is in the way. `finish` checks that no process
//! and no temporary file is left.

use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::json;

use crate::support::fake::{Fake, Running, pkg};

/// Tests that hang in the first run.
fn hanging() -> (Fake, Running) {
    let fake = Fake::new([pkg("a", 1, 1)]).command("watch");
    let fake = fake.steps("a", json!([{ "reach": "here" }, "hang"]));
    let path = format!("{}:{}", fake.path("bin").display(), std::env::var("PATH").unwrap());
    let fake = fake.file("a/a.go", "package a\n").env("PATH", &path);
    let fake = fake.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for args in
        ["init --quiet", "add --all", "-c user.name=A -c user.email=a@b commit --quiet --message=x"]
    {
        let mut git = Command::new("git");
        git.args(args.split(' ')).current_dir(fake.module()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        #[expect(clippy::disallowed_methods, reason = "tests start git")]
        let status = git.status().unwrap();
        assert!(status.success());
    }
    let fake = fake.file("a/more.go", "package a\n");
    let mut running = fake.start_with(&["-p1"], Stdio::piped(), Stdio::piped());
    running.reached("here");
    (fake, running)
}

#[test]
fn a_signal_in_the_middle_of_a_run_leaves_nothing() {
    for (signal, code) in [(Signal::INT, 0), (Signal::TERM, 143)] {
        let (_fake, mut running) = hanging();
        running.keep_stdout();
        running.signal(signal);
        let run = running.finish();
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
        run.exits(code);
    }
}

#[test]
fn a_save_overtakes_the_run() {
    let (fake, mut running) = hanging();
    let saved = fake.path("saved");
    std::fs::write(&saved, "package a\n\nvar x int\n").unwrap();
    std::fs::rename(saved, fake.module().join("a/more.go")).unwrap();
    // Of the second run; the first one hangs for ever.
    running.reached("here");
    running.keep_stdout();
    running.signal(Signal::INT);
    let run = running.finish();
    assert_eq!(run.of("test").len(), 2);
    assert_eq!(run.exits(0).stdout, "", "what was overtaken says nothing");
}
