//! Owns the news that something was saved: which folders are watched, and the crate that does it.
//! Must not know what was saved, or what follows from it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use notify::event::{EventKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode};

use crate::error::Error;

/// macOS has one stream of events for all that lies below a folder. Elsewhere each folder is watched by
/// itself, so that those that are of no interest cost nothing.
const BELOW: bool = cfg!(target_os = "macos");

/// Tells when something in one of its folders has changed.
pub(crate) struct Watcher {
    watcher: RecommendedWatcher,
    watched: BTreeSet<Utf8PathBuf>,
    lost: Arc<Mutex<Lost>>,
}

/// Folders whose watch may have ended.
#[derive(Debug, Default)]
struct Lost {
    paths: Vec<PathBuf>,
    /// Events were dropped, and with them the news which.
    all: bool,
}

impl Watcher {
    /// Watches nothing yet; `news` is called in another thread, once for each event or more often.
    ///
    /// # Errors
    /// When the system has no watcher for it.
    pub(crate) fn new(news: impl Fn() + Send + 'static) -> Result<Self, Error> {
        let lost = Arc::new(Mutex::new(Lost::default()));
        let theirs = Arc::clone(&lost);
        let handler = move |event: notify::Result<Event>| match event {
            Ok(Event { kind: EventKind::Access(_), .. }) => {}
            Ok(event) => {
                theirs.lock().unwrap_or_else(PoisonError::into_inner).learn(event);
                news();
            }
            // What it is about has changed in any case.
            Err(_) => news(),
        };
        let watcher = notify::recommended_watcher(handler).map_err(unwatched)?;
        Ok(Self { watcher, watched: BTreeSet::new(), lost })
    }

    /// Watches the root and these folders, and no others that are new; what is gone meanwhile is nothing.
    ///
    /// # Errors
    /// When the system allows no more.
    pub(crate) fn follow(
        &mut self,
        root: &Utf8Path,
        folders: impl IntoIterator<Item = Utf8PathBuf>,
    ) -> Result<(), Error> {
        let lost = std::mem::take(&mut *self.lost.lock().unwrap_or_else(PoisonError::into_inner));
        self.watched.retain(|folder| !lost.holds(folder));
        let mode = if BELOW { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        for folder in folders {
            if BELOW && folder != root && folder.starts_with(root) || self.watched.contains(&folder)
            {
                continue;
            }
            match notify::Watcher::watch(&mut self.watcher, folder.as_std_path(), mode) {
                Ok(()) => drop(self.watched.insert(folder)),
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(unwatched(error)),
            }
        }
        Ok(())
    }
}

impl Lost {
    fn learn(&mut self, event: Event) {
        self.all |= event.need_rescan();
        if matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))) {
            self.paths.extend(event.paths);
        }
    }

    fn holds(&self, folder: &Utf8Path) -> bool {
        self.all || self.paths.iter().any(|lost| folder.as_std_path().starts_with(lost))
    }
}

fn is_gone(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::PathNotFound => true,
        notify::ErrorKind::Io(cause) => cause.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

/// The limits are those of Linux (`man 7 inotify`).
fn unwatched(error: notify::Error) -> Error {
    const POLL: &str = "or look every two seconds instead: covgate watch --poll 2";
    let too_many = |limit: &str, least: &str| {
        Error::environment(format!(
            "cannot watch the work tree: the system's limit fs.inotify.{limit} is reached"
        ))
        .hint(format!("raise it: sudo sysctl fs.inotify.{limit}={least}; {POLL}"))
    };
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => too_many("max_user_watches", "1048576"),
        notify::ErrorKind::Io(cause)
            if cause.raw_os_error() == Some(rustix::io::Errno::MFILE.raw_os_error()) =>
        {
            too_many("max_user_instances", "1024")
        }
        _ => Error::environment(error).context("cannot watch the work tree").hint(POLL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(error: notify::Error) -> String {
        let mut said = Vec::new();
        unwatched(error).write_to(&mut said).unwrap();
        String::from_utf8(said).unwrap()
    }

    #[test]
    fn a_limit_is_named_with_the_way_out() {
        let watches = said(notify::Error::new(notify::ErrorKind::MaxFilesWatch));
        assert_eq!(
            watches,
            "error: cannot watch the work tree: the system's limit fs.inotify.max_user_watches is reached\n\
             hint: raise it: sudo sysctl fs.inotify.max_user_watches=1048576; or look every two seconds instead: covgate watch --poll 2\n"
        );
        let instances = said(notify::Error::io(rustix::io::Errno::MFILE.into()));
        assert!(instances.contains("limit fs.inotify.max_user_instances is"), "{instances}");
        let other = said(notify::Error::generic("no such thing"));
        assert!(other.contains("caused by: no such thing\nhint: or look"), "{other}");
    }

    #[test]
    fn a_folder_that_comes_back_is_watched_anew() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        let inner = root.join("inner");
        let (sender, news) = std::sync::mpsc::channel();
        let mut watcher = Watcher::new(move || sender.send(()).unwrap_or_default()).unwrap();
        // How long a test waits that would hang otherwise.
        let hear = || news.recv_timeout(std::time::Duration::from_secs(60)).unwrap();
        for _ in 0..3 {
            std::fs::create_dir(&inner).unwrap();
            watcher.follow(&inner, [inner.clone()]).unwrap();
            std::fs::write(inner.join("file"), "").unwrap();
            hear();
            std::fs::remove_dir_all(&inner).unwrap();
            while !watcher.lost.lock().unwrap().holds(&inner) {
                hear();
            }
        }
        watcher.follow(&inner, [inner.clone()]).unwrap();
        assert!(watcher.watched.is_empty(), "what is gone is not watched");
    }
}
