//! Owns the judgement: compares coverage with floors, in whole tenths.
//! Must not know how it was measured or how it is shown.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::choice::Tightness;
use crate::domain::floor::{Floor, Source};
use crate::domain::outcome::Outcome;
use crate::domain::percent::{Percent, Tenths};

/// The judgement on one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The row's status.
    pub status: Status,
    /// The coverage, if it is known.
    pub coverage: Option<Tenths>,
    /// The required coverage, if it was compared.
    pub required: Option<Tenths>,
    /// The reason, if the numbers do not show it.
    pub reason: Option<Reason>,
}

/// A row's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "RowStatus")]
pub enum Status {
    /// At or above its floor.
    Pass,
    /// Below its floor, or not measured.
    Fail,
    /// Above its floor by more than the tolerance.
    Loose,
}

/// The text in brackets after the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing to cover.
    NoStatements,
    /// Its tests fail.
    TestsFailed,
    /// It, or its tests, do not build.
    BuildFailed,
    /// Its tests, or go, took too long.
    TimedOut,
    /// Its tests passed, or go ended, without telling the coverage.
    NoCoverageData,
    /// There is something to cover, and nothing that tests it.
    NoTestFiles,
    /// Its floor lags.
    Lags {
        /// How far it lags.
        gap: Tenths,
        /// The lowest floor that does not lag.
        advice: Tenths,
    },
    /// Its floor fell since the base, and nobody said why.
    Fell {
        /// What it was.
        from: Percent,
        /// What it is.
        to: Percent,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStatements => f.write_str("no statements"),
            Self::TestsFailed => f.write_str("tests failed"),
            Self::BuildFailed => f.write_str("build failed"),
            Self::TimedOut => f.write_str("timed out"),
            Self::NoCoverageData => f.write_str("no coverage data"),
            Self::NoTestFiles => f.write_str("no test files"),
            Self::Lags { gap, advice } => {
                write!(f, "required lags actual by {gap}pp; update .covgate to >= {advice}")
            }
            Self::Fell { from, to } => {
                write!(f, "floor fell from {from} to {to} without a reason")
            }
        }
    }
}

/// When a floor lags, and how that is treated.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    tightness: Tightness,
    tolerance: Percent,
}

impl Policy {
    /// From the settings `tightness` and `tightness-tolerance`.
    #[must_use]
    pub const fn new(tightness: Tightness, tolerance: Percent) -> Self {
        Self { tightness, tolerance }
    }

    /// Judges one package.
    #[must_use]
    pub fn judge(self, outcome: &Outcome, floor: &Floor) -> Verdict {
        let reason = match outcome {
            Outcome::Covered(coverage) => match coverage.shown() {
                Some(shown) => return self.compare(shown, floor),
                None => Reason::NoStatements,
            },
            Outcome::NoStatements => Reason::NoStatements,
            Outcome::TestsFailed => Reason::TestsFailed,
            Outcome::BuildFailed => Reason::BuildFailed,
            Outcome::TimedOut => Reason::TimedOut,
            Outcome::NoCoverageData => Reason::NoCoverageData,
        };
        let status = match reason {
            Reason::NoStatements => Status::Pass,
            _ => Status::Fail,
        };
        Verdict { status, coverage: None, required: None, reason: Some(reason) }
    }

    /// Whether a status closes the gate.
    #[must_use]
    pub fn closes(self, status: Status) -> bool {
        match status {
            Status::Pass => false,
            Status::Fail => true,
            Status::Loose => self.tightness == Tightness::Fail,
        }
    }

    fn compare(self, coverage: Tenths, floor: &Floor) -> Verdict {
        let required = floor.percent.shown();
        let lag = (self.tightness != Tightness::Off && floor.source == Source::Committed)
            .then(|| self.lag(coverage, required))
            .flatten();
        if let Some(from) = floor.fell_from {
            let reason = Some(Reason::Fell { from, to: floor.percent });
            let (coverage, required) = (Some(coverage), Some(required));
            return Verdict { status: Status::Fail, coverage, required, reason };
        }
        let status = match lag {
            _ if coverage < required => Status::Fail,
            Some(_) => Status::Loose,
            None => Status::Pass,
        };
        Verdict { status, coverage: Some(coverage), required: Some(required), reason: lag }
    }

    /// How far a floor lags, if that is more than the tolerance.
    fn lag(self, coverage: Tenths, required: Tenths) -> Option<Reason> {
        let gap = coverage.get().checked_sub(required.get())?;
        let tolerance = self.tolerance.hundredths();
        if gap * 10 <= tolerance {
            return None;
        }
        // Rounded up, so that the advised floor never lags by more than the tolerance.
        let advice = (coverage.get() * 10).saturating_sub(tolerance).div_ceil(10);
        Some(Reason::Lags { gap: Tenths::new(gap)?, advice: Tenths::new(advice)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::percent::Coverage;

    const POLICY: Policy =
        Policy { tightness: Tightness::Fail, tolerance: Percent::from_hundredths(50).unwrap() };

    fn judge(policy: Policy, covered: u64, floor: &str, source: Source) -> Verdict {
        let floor = Floor { percent: floor.parse().unwrap(), source, fell_from: None };
        policy.judge(&Outcome::Covered(Coverage { covered, total: 1000 }), &floor)
    }

    #[test]
    fn what_is_shown_is_compared() {
        let status = |covered, floor| judge(POLICY, covered, floor, Source::Default).status;
        assert_eq!(status(800, "80"), Status::Pass);
        assert_eq!(status(799, "80"), Status::Fail);
        assert_eq!(status(755, "75.54"), Status::Pass, "75.54 shows as 75.5");
        assert_eq!(status(999, "100"), Status::Fail);
        assert_eq!(status(0, "0"), Status::Pass);
    }

    #[test]
    fn only_committed_floors_are_loose() {
        assert_eq!(judge(POLICY, 880, "70", Source::Committed).status, Status::Loose);
        assert_eq!(judge(POLICY, 880, "70", Source::Default).status, Status::Pass);
        assert_eq!(judge(POLICY, 880, "70", Source::Override).status, Status::Pass);
        assert_eq!(judge(POLICY, 705, "70", Source::Committed).status, Status::Pass);
        assert_eq!(judge(POLICY, 706, "70", Source::Committed).status, Status::Loose);
        assert_eq!(judge(POLICY, 0, "0", Source::Committed).status, Status::Pass);
    }

    #[test]
    fn the_advice_is_what_passes() {
        let verdict = judge(POLICY, 880, "70", Source::Committed);
        let expected =
            Reason::Lags { gap: Tenths::new(180).unwrap(), advice: Tenths::new(875).unwrap() };
        assert_eq!(verdict.reason, Some(expected));
    }

    #[test]
    fn warnings_do_not_close_the_gate() {
        let warn = Policy { tightness: Tightness::Warn, ..POLICY };
        assert_eq!(judge(warn, 880, "70", Source::Committed).status, Status::Loose);
        assert!(!warn.closes(Status::Loose));
        assert!(POLICY.closes(Status::Loose));
        let off = Policy { tightness: Tightness::Off, ..POLICY };
        assert_eq!(judge(off, 880, "70", Source::Committed).status, Status::Pass);
    }

    #[test]
    fn what_is_not_known_fails() {
        let floor =
            Floor { percent: "0".parse().unwrap(), source: Source::Default, fell_from: None };
        for outcome in
            [Outcome::TestsFailed, Outcome::BuildFailed, Outcome::TimedOut, Outcome::NoCoverageData]
        {
            assert_eq!(POLICY.judge(&outcome, &floor).status, Status::Fail);
        }
        assert_eq!(POLICY.judge(&Outcome::NoStatements, &floor).status, Status::Pass);
    }

    proptest! {
        #[test]
        fn taking_the_advice_always_passes(
            covered in 0u64..=1000, floor in 0u16..=10_000, tolerance in 0u16..=10_000,
        ) {
            let tolerance = Percent::from_hundredths(tolerance).unwrap();
            let policy = Policy { tightness: Tightness::Fail, tolerance };
            let floor = Percent::from_hundredths(floor).unwrap().to_string();
            let verdict = judge(policy, covered, &floor, Source::Committed);
            if let Some(Reason::Lags { advice, .. }) = verdict.reason {
                let again = judge(policy, covered, &advice.to_string(), Source::Committed);
                prop_assert_eq!(again.status, Status::Pass);
            }
        }
    }
}
