//! Owns what of the settings decides and shapes what is said, whether they were
//! asked for here or stand in a document.
//! Must not know who decides or says it.

use std::num::NonZeroUsize;

use crate::domain::percent::Percent;
use crate::domain::verdict::Policy;

/// How many packages are measured at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parallelism {
    /// At least one.
    pub jobs: NonZeroUsize,
    /// Whether the user named the number, which asks for the plain table.
    pub explicit: bool,
}

/// What a run is judged and shown by.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// What a floor that lags is.
    pub policy: Policy,
    /// Floor of a package with none of its own.
    pub default_threshold: Percent,
    /// How many packages at once.
    pub parallelism: Parallelism,
    /// Whether durations are shown.
    pub timings: bool,
}
