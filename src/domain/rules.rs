//! Owns the settings that decide the verdicts and shape the report, whether they come from this run
//! or from a document.
//! Must not know who judges or reports.

use std::num::NonZeroUsize;

use crate::domain::choice::IdleIgnores;
use crate::domain::percent::Percent;
use crate::domain::sums::Minimums;
use crate::domain::verdict::Policy;

/// How many packages are measured at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parallelism {
    /// At least one.
    pub jobs: NonZeroUsize,
    /// Whether the user gave the number, which selects the plain table.
    pub explicit: bool,
}

/// What decides the verdicts and the look of a report.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// How lagging floors are treated.
    pub policy: Policy,
    /// Floor of a package without one of its own.
    pub default_threshold: Percent,
    /// What is asked of all packages together.
    pub minimums: Minimums,
    /// How ignore directives are treated whose statements are all covered.
    pub idle_ignores: IdleIgnores,
    /// How many packages are measured at once.
    pub parallelism: Parallelism,
    /// Whether durations are shown.
    pub timings: bool,
    /// How many sources of coverage there are besides the runs.
    pub with: usize,
}
