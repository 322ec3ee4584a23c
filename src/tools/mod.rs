//! Owns what covgate uses outside itself: go and git, processes, files.
//! Must not know why they are used.

pub mod files;
pub mod git;
pub mod go;
pub mod process;
