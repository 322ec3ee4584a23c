//! Owns the transfer of a child's output: one loop that waits for its pipes, its exit and the limit
//! of its silence.
//! Must not know process groups or why a child runs.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, Signal};

/// A piece of what a child writes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Output<'a> {
    /// On its stdout.
    Stdout(&'a [u8]),
    /// On its stderr.
    Stderr(&'a [u8]),
}

const PIECE: usize = 64 * 1024;
/// Limits how long covgate reads from a descendant that keeps writing after the child's end.
const LEFT_PIECES: usize = 1024;
/// A wait that is counted in milliseconds with 32 bits ends after 24 days, so a longer one is made
/// of several.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Passes on output until the child exits. Kills its group if it is silent for too long, and
/// returns whether it did.
pub(super) fn until_exit(
    child: &mut Child,
    pid: Pid,
    mut stall: Option<Duration>,
    output: &mut dyn FnMut(Output<'_>),
) -> io::Result<bool> {
    let exit = super::exit_notice(pid)?;
    for pipe in pipes(child) {
        rustix::io::ioctl_fionbio(pipe, true)?;
    }
    let mut heard = Instant::now();
    let mut stalled = false;
    loop {
        let (gone, ready) = wait(child, exit.as_fd(), stall, heard)?;
        if gone {
            return Ok(stalled);
        }
        if ready {
            heard = Instant::now();
            move_once(child, output)?;
        } else if stall.is_some_and(|stall| heard.elapsed() >= stall) && !stalled {
            stalled = true;
            stall = None;
            let _ = rustix::process::kill_process_group(pid, Signal::KILL);
        }
    }
}

/// After the child's end: passes on what is in the pipes, without waiting for more.
pub(super) fn what_is_left(
    child: &mut Child,
    output: &mut dyn FnMut(Output<'_>),
) -> io::Result<()> {
    for _ in 0..LEFT_PIECES {
        if !move_once(child, output)? {
            break;
        }
    }
    Ok(())
}

fn pipes(child: &Child) -> impl Iterator<Item = std::os::fd::BorrowedFd<'_>> {
    let out = child.stdout.as_ref().map(AsFd::as_fd);
    let err = child.stderr.as_ref().map(AsFd::as_fd);
    out.into_iter().chain(err)
}

/// Waits for the exit, output, or the limit; returns whether the child exited and whether there is
/// output.
fn wait(
    child: &Child,
    exit: std::os::fd::BorrowedFd<'_>,
    stall: Option<Duration>,
    heard: Instant,
) -> io::Result<(bool, bool)> {
    let left = stall.map(|stall| stall.saturating_sub(heard.elapsed()).min(LONGEST_WAIT));
    let timeout = left.and_then(|left| Timespec::try_from(left).ok());
    let mut fds = vec![PollFd::from_borrowed_fd(exit, PollFlags::IN)];
    fds.extend(pipes(child).map(|pipe| PollFd::from_borrowed_fd(pipe, PollFlags::IN)));
    match rustix::event::poll(&mut fds, timeout.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let mut ready = fds.iter().map(|fd| !fd.revents().is_empty());
    Ok((ready.next() == Some(true), ready.any(|ready| ready)))
}

/// Passes on what is there: one piece of stdout, and all of stderr that was written before it.
/// Returns whether there was anything.
///
/// The order matters: go writes a compile error to stderr before it writes the event about the
/// failure to stdout. So stderr, read after stdout and passed on first, is never late.
fn move_once(child: &mut Child, output: &mut dyn FnMut(Output<'_>)) -> io::Result<bool> {
    let mut piece = [0; PIECE];
    let count = read_some(&mut child.stdout, &mut piece)?;
    let mut moved = count > 0;
    let mut errors = [0; PIECE / 8];
    for _ in 0..LEFT_PIECES {
        let count = read_some(&mut child.stderr, &mut errors)?;
        if count == 0 {
            break;
        }
        moved = true;
        output(Output::Stderr(&errors[..count]));
    }
    if count > 0 {
        output(Output::Stdout(&piece[..count]));
    }
    Ok(moved)
}

/// Reads without waiting; 0 if there is nothing. Closes a pipe at its end, so that it is not polled
/// again.
fn read_some<R: Read>(pipe: &mut Option<R>, buffer: &mut [u8]) -> io::Result<usize> {
    let Some(open) = pipe else {
        return Ok(0);
    };
    match open.read(buffer) {
        Ok(0) => {
            *pipe = None;
            Ok(0)
        }
        Ok(count) => Ok(count),
        Err(error) if is_passing(&error) => Ok(0),
        Err(error) => Err(error),
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
