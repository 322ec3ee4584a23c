//! Owns what coverage, floors and verdicts are: whole numbers, lists and rules.
//! Must not know files, processes, go or git, or how results are shown.

pub mod blocks;
pub mod choice;
pub mod counted;
pub mod findings;
pub mod floor;
pub mod limit;
pub mod lines;
pub mod outcome;
pub mod package;
pub mod paths;
pub mod pattern;
pub mod percent;
pub mod rules;
pub mod shell;
pub mod step;
pub mod uncovered;
pub mod verdict;
