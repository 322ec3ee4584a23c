//! Owns what covgate uses outside itself: go and git, processes, files, news of saves.
//! Must not know why they are used.

pub(crate) mod files;
pub(crate) mod git;
pub mod go;
pub(crate) mod process;
pub(crate) mod watcher;
