//! Owns a running `covgate watch` whose reports are read one by one.
//! Must not know covgate's library.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::process::Child;

use camino::Utf8PathBuf;
use rustix::process::{Pid, Signal};

use crate::pre_push::repository::{Repository, executable, finish, start};
use crate::support::fake::{make_fifo, wait_readable};

/// A repository, and covgate watching it.
pub(super) struct Watching {
    pub(super) repository: Repository,
    child: Child,
    looks: File,
}

/// What git is asked last in each look.
const LAST_QUESTION: &str = "ls-files -s ";

impl Watching {
    /// Starts covgate in a repository; returns the first report, too.
    pub(super) fn start(repository: Repository, args: &[&str]) -> (Self, String) {
        let root = repository.root();
        let looks = root.join("looks");
        make_fifo(looks.as_std_path());
        let git = real_git();
        let script = format!(
            "#!/bin/sh\n'{git}' \"$@\"\ncode=$?\ncase \"$*\" in '{LAST_QUESTION}'*) echo >'{looks}';; esac\nexit $code\n"
        );
        std::fs::create_dir(root.join("watched-by")).unwrap();
        executable(&root.join("watched-by/git"), &script);
        let path = format!(
            "{}:{}:{}",
            root.join("watched-by"),
            root.join("bin"),
            std::env::var("PATH").unwrap()
        );
        // Held open for writing, too, so that nobody waits for anybody to open it.
        let looks = File::options().read(true).write(true).open(looks).unwrap();
        let mut command = repository.command("covgate", &[&["watch"], args].concat());
        let child = start(command.env("PATH", path));
        let mut watching = Self { repository, child, looks };
        let first = watching.report();
        (watching, first)
    }

    /// The next report, with its last line.
    pub(super) fn report(&mut self) -> String {
        let stdout = self.child.stdout.as_mut().unwrap();
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !is_whole(&text) {
            let so_far = String::from_utf8_lossy(&text).into_owned();
            wait_readable(&[stdout.as_fd()], &format!("the rest of a report: {so_far}"));
            assert_eq!(stdout.read(&mut byte).unwrap(), 1, "covgate ended: {so_far}");
            text.push(byte[0]);
        }
        String::from_utf8(text).unwrap()
    }

    /// Forgets that covgate has looked; what it does from here on is seen by [`Self::looked`].
    pub(super) fn forget_looks(&mut self) {
        let mut many = [0; 4096];
        let now = rustix::event::Timespec::default();
        let is_readable = |file: &File| {
            let mut fds = [rustix::event::PollFd::new(file, rustix::event::PollFlags::IN)];
            rustix::event::poll(&mut fds, Some(&now)).unwrap() > 0
        };
        while is_readable(&self.looks) {
            let _ = self.looks.read(&mut many).unwrap();
        }
    }

    /// Waits until covgate has looked what differs.
    pub(super) fn looked(&mut self) {
        wait_readable(&[self.looks.as_fd()], "covgate to look");
        let _ = self.looks.read(&mut [0]).unwrap();
    }

    /// Writes files so that covgate sees all of it or nothing, however slow the machine is.
    pub(super) fn at_once(&self, write: impl FnOnce(&Repository)) {
        self.signal(Signal::STOP);
        write(&self.repository);
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends it as a person does; returns what came after the last report.
    pub(super) fn ends(self) -> String {
        self.signal(Signal::INT);
        let ran = finish(self.child);
        assert_eq!((ran.status.code(), ran.stderr.as_str()), (Some(0), ""), "{ran}");
        ran.stdout
    }
}

fn is_whole(text: &[u8]) -> bool {
    let text = text.strip_suffix(b"\n\n").unwrap_or_default();
    let last = text.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    last.starts_with(b"watching")
}

/// The git of the tests, as an absolute path.
fn real_git() -> Utf8PathBuf {
    let path = std::env::var("PATH").unwrap();
    let mut places = path.split(':').map(|folder| Utf8PathBuf::from(folder).join("git"));
    places.find(|git| git.is_file()).unwrap_or_else(|| panic!("no git on PATH"))
}
