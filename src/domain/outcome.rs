//! Owns how measuring a package went.
//! Must not know who measured, or what the outcome leads to.

use std::time::Duration;

use super::blocks::{PackageBlocks, count};
use super::ignores::{self, Ignore, IgnoringFile};
use super::percent::Coverage;
use super::reruns::Flaky;

/// What is known of a package after its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// How it went.
    pub outcome: Outcome,
    /// How long its tests took, as go says.
    pub elapsed: Duration,
    /// Whether go served the result from its test cache.
    pub cached: bool,
    /// What plain `go test` prints, if measuring failed.
    pub detail: String,
    /// What plain `go test` printed in each of its other runs, in order: failing tests may be run again. All
    /// of these failed.
    pub failed_runs: Vec<String>,
    /// The blocks from which the outcome was counted, sorted; none if it is not known.
    pub blocks: PackageBlocks,
    /// What does not count in it, and is not part of the outcome.
    pub ignored: Vec<Ignore>,
}

/// How measuring a package went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its tests pass, and its coverage is known.
    Covered(Coverage),
    /// There is nothing to cover.
    NoStatements,
    /// Its tests fail.
    TestsFailed,
    /// It, or its tests, do not build.
    BuildFailed,
    /// Its tests, or go, took too long.
    TimedOut,
    /// The coverage is not known.
    NoCoverageData,
}

impl Measured {
    /// The result of a package of which only the output is known.
    #[must_use]
    pub fn without_coverage(outcome: Outcome, detail: String) -> Self {
        let (elapsed, blocks) = (Duration::ZERO, PackageBlocks::default());
        let (failed_runs, ignored) = (Vec::new(), Vec::new());
        Self { outcome, elapsed, cached: false, detail, failed_runs, blocks, ignored }
    }

    /// How often its tests were run.
    #[must_use]
    pub(crate) fn runs(&self) -> usize {
        self.failed_runs.len() + 1
    }

    /// That its tests passed only when they were run again, where they did.
    #[must_use]
    pub(crate) fn flaky(&self) -> Option<Flaky> {
        let passed = self.outcome.coverage().is_some() && !self.failed_runs.is_empty();
        passed.then(|| Flaky { passed_on: self.runs() })
    }

    /// What is left of it where some statements do not count.
    #[must_use]
    pub(crate) fn without(mut self, files: &[IgnoringFile]) -> Self {
        let is_known = self.outcome.coverage().is_some();
        self.ignored = ignores::count_out(files, &mut self.blocks, is_known);
        if let Outcome::Covered(_) = self.outcome {
            let coverage = count(&self.blocks.blocks);
            let some = coverage.total > 0;
            self.outcome = if some { Outcome::Covered(coverage) } else { Outcome::NoStatements };
        }
        self
    }

    /// Its statements with those that do not count, as go has them; none if they are not known.
    #[must_use]
    pub(crate) fn raw(&self) -> Option<Coverage> {
        self.outcome.coverage().map(|_| self.blocks.raw())
    }
}

impl Outcome {
    /// The statements, if they are known; only then did everything go well.
    #[must_use]
    pub fn coverage(self) -> Option<Coverage> {
        match self {
            Self::Covered(coverage) => Some(coverage),
            Self::NoStatements => Some(Coverage::default()),
            Self::TestsFailed | Self::BuildFailed | Self::TimedOut | Self::NoCoverageData => None,
        }
    }
}
