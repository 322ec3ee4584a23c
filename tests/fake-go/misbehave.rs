//! Owns what no go should do, and how the test learns of it.
//! Must not know what a correct answer is.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{Fake, Step};

/// The first argument of the fake's own child.
pub(super) const LINGER: &str = "--linger";

impl Fake {
    pub(super) fn misbehave(&mut self, step: &Step) {
        match step {
            Step::Reach(point) => self.tell(point),
            Step::Await(fifo) => wait_for_byte(fifo),
            Step::Hang => wait_for_byte(&self.script.leash),
            Step::Deaf => self.turn_deaf(),
            Step::Abort => std::process::abort(),
            Step::Exit(code) => self.end(*code),
            Step::Grandchild { detached } => self.grandchild(*detached),
            _ => unreachable!("not a misbehaviour"),
        }
    }

    fn tell(&mut self, word: &str) {
        self.alive.write_all(format!("{word}\n").as_bytes()).expect("the test listens");
    }

    fn turn_deaf(&self) {
        let mut signals =
            Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]).expect("handlers can be set");
        let mut alive = self.alive.try_clone().expect("a descriptor is left");
        std::thread::spawn(move || {
            for signal in &mut signals {
                let _ = alive.write_all(format!("heard {signal}\n").as_bytes());
            }
        });
    }

    /// Starts a child that holds stdout, and waits until it runs.
    fn grandchild(&self, detached: bool) {
        let mut command = Command::new(std::env::current_exe().expect("/proc is there"));
        command.arg(LINGER).args([&self.script.alive, &self.script.leash]).stderr(Stdio::piped());
        if detached {
            command.process_group(0);
        }
        #[expect(
            clippy::disallowed_methods,
            clippy::zombie_processes,
            reason = "no rule of the fake's: it is to outlive its parent"
        )]
        let child = command.spawn().expect("the fake starts itself");
        let ready = BufReader::new(child.stderr.expect("it is piped")).lines().next();
        assert!(ready.is_some_and(|line| line.is_ok()), "the grandchild is there");
    }
}

/// The grandchild: ends with the test.
pub(super) fn linger(fifos: &[String]) {
    let _alive = hold(Path::new(&fifos[0]));
    super::eprint("ready\n");
    wait_for_byte(Path::new(&fifos[1]));
}

/// Opens a FIFO for writing; also for reading, so as not to wait for a reader that has gone.
pub(super) fn hold(fifo: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(fifo).expect("a FIFO")
}

/// Blocks until the test writes a byte; ends when the test is gone.
fn wait_for_byte(fifo: &Path) {
    let mut byte = [0];
    let read = File::open(fifo).and_then(|mut fifo| fifo.read(&mut byte));
    if !matches!(read, Ok(1)) {
        std::process::exit(99);
    }
}
