//! Owns what wakes `watch`: something was saved, a run has ended, a signal came. Many saves at once are one.
//! Must not know what was saved.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::tools::process::Supervisor;
use crate::tools::watcher::Watcher;

/// One save is several events, and a checkout thousands. They are over once it is quiet for so long.
const QUIET: Duration = Duration::from_millis(100);
/// Something that is written all the time hides nothing else for longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    /// Files may differ.
    Saved,
    /// The run has ended.
    Ended,
    /// A signal came.
    Stopped,
}

#[derive(Debug, Clone, Copy)]
enum News {
    Saved,
    /// The run of this number.
    Ended(usize),
    Stopped,
}

/// Where one waits for it.
pub(super) struct Wakes {
    sender: Sender<News>,
    news: Receiver<News>,
    /// None where one looks every now and then instead.
    watcher: Option<Watcher>,
    poll: Option<Duration>,
}

impl Wakes {
    pub(super) fn start(poll: Option<u64>, supervisor: &Supervisor) -> Result<Self> {
        let (sender, news) = channel();
        let saved = sender.clone();
        let watcher = match poll {
            None => Some(Watcher::new(move || {
                let _ = saved.send(News::Saved);
            })?),
            Some(_) => None,
        };
        let (supervisor, stopped) = (supervisor.clone(), sender.clone());
        let wait = move || {
            supervisor.wait_for_signal();
            let _ = stopped.send(News::Stopped);
        };
        thread::Builder::new()
            .name("stop-notice".to_owned())
            .spawn(wait)
            .map_err(|error| Error::environment(error).context("cannot start a thread"))?;
        Ok(Self { sender, news, watcher, poll: poll.map(Duration::from_secs) })
    }

    /// Whether folders have to be followed.
    pub(super) fn needs_folders(&self) -> bool {
        self.watcher.is_some()
    }

    /// Watches folders, and all that lies below the root where that costs nothing.
    pub(super) fn follow(
        &mut self,
        root: &Utf8Path,
        folders: impl IntoIterator<Item = Utf8PathBuf>,
    ) -> Result<()> {
        self.watcher.as_mut().map_or(Ok(()), |watcher| watcher.follow(root, folders))
    }

    /// What to call when the run of this number has ended.
    pub(super) fn when_ended(&self, run: usize) -> impl FnOnce() + Send + use<> {
        let sender = self.sender.clone();
        move || {
            let _ = sender.send(News::Ended(run));
        }
    }

    /// Waits for the next thing to happen; of runs only for the end of this one.
    pub(super) fn next(&self, run: usize) -> Wake {
        loop {
            let news = match self.poll {
                Some(poll) => self.news.recv_timeout(poll),
                None => self.news.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match news {
                Ok(News::Stopped) | Err(RecvTimeoutError::Disconnected) => return Wake::Stopped,
                Ok(News::Ended(ended)) if ended == run => return Wake::Ended,
                Ok(News::Ended(_)) => {}
                Ok(News::Saved) => return self.settled(run),
                Err(RecvTimeoutError::Timeout) => return Wake::Saved,
            }
        }
    }

    /// Waits until all is saved that is being saved.
    fn settled(&self, run: usize) -> Wake {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            match self.news.recv_timeout(QUIET) {
                Ok(News::Stopped) => return Wake::Stopped,
                Ok(News::Ended(ended)) if ended == run => return Wake::Ended,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        Wake::Saved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wakes() -> Wakes {
        let (sender, news) = channel();
        Wakes { sender, news, watcher: None, poll: None }
    }

    #[test]
    fn a_burst_is_one_save() {
        let wakes = wakes();
        (0..10_000).for_each(|_| wakes.sender.send(News::Saved).unwrap());
        assert_eq!(wakes.next(1), Wake::Saved);
        assert!(wakes.news.try_recv().is_err(), "all of it was taken");
    }

    #[test]
    fn the_end_of_an_earlier_run_is_none_of_this_one() {
        let wakes = wakes();
        wakes.when_ended(1)();
        wakes.sender.send(News::Saved).unwrap();
        wakes.when_ended(2)();
        assert_eq!(wakes.next(2), Wake::Ended);
        wakes.sender.send(News::Stopped).unwrap();
        assert_eq!(wakes.next(2), Wake::Stopped);
    }
}
