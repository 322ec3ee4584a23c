//! Ctrl-C in the middle: the push is refused, nothing is left locked.

#![expect(clippy::unwrap_used, clippy::panic, reason = "support of tests")]

use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::sync::mpsc;
use std::thread;

use camino::Utf8PathBuf;
use rustix::process::{Pid, Signal};

use super::repository::{Repository, finish, start};

/// While the FIFO exists: reports through it, then hangs on the other one.
const TEST: &str = r#"package c

import (
	"os"
	"testing"
)

func TestHang(t *testing.T) {
	if file, err := os.OpenFile("HERE", os.O_WRONLY, 0); err == nil {
		file.WriteString("here")
		file.Close()
		os.Open("NEVER")
	}
}
"#;

/// A push whose test hangs.
struct Hanging {
    repository: Repository,
    push: Child,
    covgate: Pid,
    here: Utf8PathBuf,
    never: Utf8PathBuf,
    news: mpsc::Receiver<News>,
}

enum News {
    Here,
    Ended(String),
}

impl Hanging {
    /// Returns when the test has started.
    fn new() -> Self {
        let repository = Repository::module();
        let [here, never, pid] = ["here", "never", "pid"].map(|name| repository.root().join(name));
        for fifo in [&here, &never] {
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            rustix::fs::mkfifoat(rustix::fs::CWD, fifo.as_std_path(), mode).unwrap();
        }
        let test = TEST.replace("HERE", here.as_str()).replace("NEVER", never.as_str());
        repository.write("c/hang_test.go", &test);
        repository.commit();
        // With this, covgate uses its own work tree, which is locked.
        repository.write("c/dirt.go", "package c\n");
        let script =
            format!("#!/bin/sh\necho $$ >'{pid}'\nexec \"$COVGATE\" hook run pre-push \"$@\"\n");
        repository.hook(&script);
        // As in a shell, Ctrl-C reaches the whole group.
        let mut push = start(repository.push_command(&["origin", "main"]).process_group(0));
        let news = wait_for(&here, &mut push);
        let covgate = fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
        let covgate = Pid::from_raw(covgate).unwrap();
        Self { repository, push, covgate, here, never, news }
    }

    /// Returns what the push prints until its end; a second push must work.
    fn ends(self) -> String {
        let ended = finish(self.push);
        let Ok(News::Ended(said)) = self.news.recv() else { panic!("the test began twice") };
        assert!(!ended.status.success(), "{said}");
        assert_eq!(self.repository.remote_refs(), "", "{said}");
        fs::remove_file(&self.here).unwrap();
        // Ends the test if covgate had no time to do so.
        drop(fs::File::options().read(true).write(true).open(&self.never).unwrap());
        let again = self.repository.push(&["origin", "main"]).succeeds();
        assert!(again.rows().contains(&"PASS c".to_owned()), "not remembered as passed:\n{again}");
        said
    }
}

/// Waits until the test starts or the push ends.
fn wait_for(here: &Utf8PathBuf, push: &mut Child) -> mpsc::Receiver<News> {
    let (news, heard) = mpsc::channel();
    let mut stderr = push.stderr.take().unwrap();
    let ended = news.clone();
    thread::spawn(move || {
        let mut said = String::new();
        let _ = stderr.read_to_string(&mut said);
        let _ = ended.send(News::Ended(said));
    });
    // Held open for writing, too, so that opening never blocks.
    let fifo = fs::File::options().read(true).write(true).open(here).unwrap();
    thread::spawn(move || {
        let mut word = [0; 4];
        if (&fifo).read_exact(&mut word).is_ok() {
            let _ = news.send(News::Here);
        }
    });
    match heard.recv().unwrap() {
        News::Here => heard,
        News::Ended(said) => panic!("the push ended before its test began:\n{said}"),
    }
}

#[test]
fn of_the_whole_group() {
    let hanging = Hanging::new();
    let group = Pid::from_child(&hanging.push);
    rustix::process::kill_process_group(group, Signal::INT).unwrap();
    let said = hanging.ends();
    assert!(said.contains("stopped by signal 2"), "{said}");
}

#[test]
fn of_covgate_alone() {
    let hanging = Hanging::new();
    rustix::process::kill_process(hanging.covgate, Signal::INT).unwrap();
    let said = hanging.ends();
    assert!(said.contains("stopped by signal 2"), "{said}");
    assert!(said.contains("failed to push some refs"), "git itself was not stopped:\n{said}");
}

/// This signal cannot be handled by covgate.
#[test]
fn a_kill_leaves_no_lock() {
    let hanging = Hanging::new();
    rustix::process::kill_process(hanging.covgate, Signal::KILL).unwrap();
    hanging.ends();
}
