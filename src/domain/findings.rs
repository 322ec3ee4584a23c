//! Owns what a measurement found. Audits and reports are made from it.
//! Must not know how it was measured, or how it is shown.

use crate::domain::baseline::Comparison;
use crate::domain::outcome::Measured;
use crate::domain::percent::Coverage;
use std::time::Duration;

use crate::domain::package::Package;
use crate::domain::patch::Patch;
use crate::domain::verdict::{Policy, Reason, Verdict};

/// All that a run found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Every measured package, as listed.
    pub packages: Vec<Finding>,
    /// Labels of the excluded packages.
    pub excluded: Vec<String>,
    /// How many were left out because nothing that changed affects them.
    pub unaffected: usize,
    /// What the change since a base does, if there is a base.
    pub patch: Option<Patch>,
    /// How it differs from an earlier run, if one was named.
    pub comparison: Option<Comparison>,
    /// What closes the gate besides the rows.
    pub troubles: Vec<String>,
    /// How long each phase took.
    pub phases: Phases,
}

/// How long a phase took.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// From its start to its end.
    pub wall: Duration,
    /// CPU time of covgate's children and their children, over all CPUs.
    pub cpu: Duration,
}

/// The phases of a run.
#[derive(Debug, Default, Clone, Copy)]
pub struct Phases {
    /// Asking go which packages there are.
    pub list: Spent,
    /// The warm pass, if there was one.
    pub warm: Option<Spent>,
    /// The coverage runs.
    pub runs: Spent,
}

/// One package.
#[derive(Debug)]
pub struct Finding {
    /// The package, with its floor.
    pub package: Package,
    /// What was measured.
    pub measured: Measured,
    /// How the result compares with the floor.
    pub verdict: Verdict,
}

impl Finding {
    /// Combines what was measured with its verdict.
    #[must_use]
    pub fn judged(policy: Policy, package: &Package, measured: Measured) -> Self {
        let verdict = policy.judge(&measured.outcome, &package.floor);
        let mut finding = Self { package: package.clone(), measured, verdict };
        // A floor of 0 would pass it without a word. No floor lags what is not covered at all.
        if finding.is_untested() && finding.verdict.reason.is_none() {
            finding.verdict.reason = Some(Reason::NoTestFiles);
        }
        finding
    }

    /// Whether it is known to have statements, and nothing that tests it.
    #[must_use]
    pub fn is_untested(&self) -> bool {
        self.package.is_untested(self.measured.outcome)
    }

    /// Its statements, if they are known.
    #[must_use]
    pub fn coverage(&self) -> Option<Coverage> {
        self.measured.outcome.coverage()
    }

    /// How many more statements must be covered to reach the floor; none if it is reached or the
    /// coverage is not known.
    #[must_use]
    pub fn missing(&self) -> Option<u64> {
        let missing = self.coverage()?.missing(self.verdict.required?);
        (missing > 0).then_some(missing)
    }

    /// Whether its coverage is known.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.coverage().is_some()
    }
}

impl Findings {
    /// All statements of the packages whose coverage is known.
    #[must_use]
    pub fn total(&self) -> Coverage {
        self.packages.iter().filter_map(Finding::coverage).sum()
    }

    /// The same with those that do not count.
    #[must_use]
    pub fn raw_total(&self) -> Coverage {
        self.packages.iter().filter_map(|finding| finding.measured.raw()).sum()
    }
}
