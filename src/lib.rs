//! covgate: a coverage gate for Go.
//!
//! This file is the map: settings → packages and floors → plan → warm pass → coverage runs →
//! verdicts → report. Each arrow is a call to one room of ARCHITECTURE.md; nothing flows back.

pub mod affected;
pub mod cli;
pub mod error;
pub mod exit;
pub mod floor;
pub mod floor_file;
pub mod git;
pub mod go;
pub mod hook;
pub mod measure;
pub mod pattern;
pub mod percent;
pub mod plan;
pub mod process;
pub mod ratchet;
pub mod report;
pub mod select;
pub mod settings;
pub mod verdict;

pub mod check;
mod discover;
mod session;
pub mod since;
