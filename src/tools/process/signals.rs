//! Owns what happens on SIGINT, SIGTERM, SIGHUP and SIGQUIT: the children get the signal, and
//! SIGKILL after ten seconds; a second signal kills at once.
//! Must not know the run: it only sees the supervisor's groups and scratch folders.

use std::io;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{Stop, Supervisor};

/// How long children may take to end after the first signal.
const GRACE: Duration = Duration::from_secs(10);
/// How long covgate itself may take to end after its children were killed. It may hang in a write.
const LAST_GRACE: Duration = Duration::from_secs(3);

pub(super) fn watch(supervisor: &Supervisor) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])?;
    let supervisor = supervisor.clone();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut first = None;
        for signal in &mut signals {
            if first.is_some() {
                kill(&supervisor);
                continue;
            }
            first = Some(signal);
            forward(&supervisor, signal);
            let supervisor = supervisor.clone();
            let _ = thread::Builder::new()
                .name("last-resort".to_owned())
                .spawn(move || insist(&supervisor, signal));
        }
    })?;
    Ok(())
}

fn forward(supervisor: &Supervisor, number: i32) {
    let mut state = supervisor.state();
    // The end of a run that was given up is not the end of a signal.
    if !matches!(state.stopped, Some(Stop::Signal(_))) {
        state.stopped = Some(Stop::Signal(number));
    }
    supervisor.0.changed.notify_all();
    let signal = match number {
        SIGINT => Signal::INT,
        SIGHUP => Signal::HUP,
        SIGQUIT => Signal::QUIT,
        _ => Signal::TERM,
    };
    state.signal_all(signal);
}

fn kill(supervisor: &Supervisor) {
    supervisor.state().signal_all(Signal::KILL);
}

/// Waits until the children end, then kills them, then ends covgate itself.
fn insist(supervisor: &Supervisor, number: i32) {
    supervisor.wait_for_none(GRACE);
    kill(supervisor);
    thread::sleep(LAST_GRACE);
    if supervisor.0.finished.load(Ordering::SeqCst) {
        return;
    }
    for folder in supervisor.state().scratch.drain(..) {
        let _ = std::fs::remove_dir_all(folder);
    }
    #[expect(clippy::exit, reason = "the main thread hangs, in a write that nobody reads")]
    std::process::exit(i32::from(crate::exit::Exit::Signal(number).code()));
}
