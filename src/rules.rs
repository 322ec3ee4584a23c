//! Owns what of the settings decides and shapes what is said, whether they were
//! asked for here or stand in a document.
//! Must not know who decides or says it.

use crate::percent::Percent;
use crate::settings::{Parallelism, Settings};
use crate::verdict::Policy;

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

impl Rules {
    /// As the settings ask.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            policy: Policy::new(settings),
            default_threshold: settings.options().default_threshold,
            parallelism: settings.parallelism,
            timings: settings.timings(),
        }
    }
}
