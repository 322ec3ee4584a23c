//! Owns the ways out of this program: go and git, processes, files.
//! Must not know what is asked of them, or why.

pub mod files;
pub mod git;
pub mod go;
pub mod process;
