//! Owns what coverage, floors and verdicts are: whole numbers, lists and rules.
//! Must not know files, processes, go or git, or how results are shown.

pub(crate) mod baseline;
pub mod blocks;
pub mod choice;
pub(crate) mod commit;
pub(crate) mod counted;
pub(crate) mod findings;
pub mod floor;
pub mod ignores;
pub(crate) mod limit;
pub(crate) mod lines;
pub(crate) mod outcome;
pub(crate) mod package;
pub mod patch;
pub(crate) mod paths;
pub(crate) mod pattern;
pub(crate) mod percent;
pub(crate) mod reruns;
pub(crate) mod rules;
pub(crate) mod shell;
pub(crate) mod shorten;
pub mod statements;
pub(crate) mod step;
pub mod sums;
pub(crate) mod uncovered;
pub mod verdict;
pub(crate) mod visible;
