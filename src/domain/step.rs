//! Owns the decision how one package's floor changes.
//! Must not know files, or how coverage was measured. It sees only tenths and hundredths.

use crate::domain::outcome::Outcome;
use crate::domain::percent::{Percent, Tenths};

/// How a floor changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There was no floor; this is the first.
    New(Percent),
    /// It rises.
    Up(Percent),
    /// It falls, because somebody named the package and a reason.
    Down(Percent),
    /// It stays, or there is still none.
    Same,
    /// The package could not be measured; its floor stays.
    Failed,
}

/// How floors may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRule {
    /// Room between floor and coverage, in percentage points.
    pub slack: Percent,
    /// Whether packages without a floor get none.
    pub only_existing: bool,
    /// Whether this package's floor may fall.
    pub lower: bool,
}

impl StepRule {
    /// Decides for a package with this committed floor.
    #[must_use]
    pub fn step(self, outcome: &Outcome, committed: Option<Percent>) -> Step {
        let Some(coverage) = outcome.coverage() else {
            return Step::Failed;
        };
        let Some(target) = coverage.shown().and_then(|shown| self.target(shown)) else {
            return Step::Same;
        };
        match committed {
            None if self.only_existing => Step::Same,
            None => Step::New(target),
            Some(floor) if target > floor => Step::Up(target),
            Some(floor) if self.lower && target < floor => Step::Down(target),
            Some(_) => Step::Same,
        }
    }

    /// The floor for the coverage shown. It is never above that coverage, so that the same tree
    /// passes again. It is rounded up to a tenth, so that it lags by no more than the slack.
    fn target(self, shown: Tenths) -> Option<Percent> {
        let tenths = (shown.get() * 10).saturating_sub(self.slack.hundredths()).div_ceil(10);
        Percent::from_hundredths(tenths * 10)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::choice::Tightness;
    use crate::domain::floor::{Floor, Source};
    use crate::domain::percent::Coverage;
    use crate::domain::verdict::{Policy, Status};

    const RULE: StepRule = StepRule {
        slack: Percent::from_hundredths(0).unwrap(),
        only_existing: false,
        lower: false,
    };

    fn step(rule: StepRule, covered: u64, floor: Option<&str>) -> Step {
        let outcome = Outcome::Covered(Coverage { covered, total: 1000 });
        rule.step(&outcome, floor.map(|text| text.parse().unwrap()))
    }

    fn percent(text: &str) -> Percent {
        text.parse().unwrap()
    }

    #[test]
    fn floors_only_rise() {
        assert_eq!(step(RULE, 912, None), Step::New(percent("91.2")));
        assert_eq!(step(RULE, 912, Some("80")), Step::Up(percent("91.2")));
        assert_eq!(step(RULE, 912, Some("91.2")), Step::Same);
        assert_eq!(step(RULE, 912, Some("91.25")), Step::Same);
        assert_eq!(step(RULE, 912, Some("95")), Step::Same);
    }

    #[test]
    fn one_may_fall() {
        let rule = StepRule { lower: true, ..RULE };
        assert_eq!(step(rule, 912, Some("95")), Step::Down(percent("91.2")));
        assert_eq!(step(rule, 912, Some("80")), Step::Up(percent("91.2")));
    }

    #[test]
    fn slack_leaves_room() {
        let rule = StepRule { slack: percent("0.25"), ..RULE };
        assert_eq!(step(rule, 912, None), Step::New(percent("91.0")));
        assert_eq!(step(rule, 912, Some("91.0")), Step::Same);
        assert_eq!(step(rule, 1, None), Step::New(percent("0.0")));
    }

    #[test]
    fn what_is_not_known_is_not_written() {
        assert_eq!(RULE.step(&Outcome::TestsFailed, None), Step::Failed);
        assert_eq!(RULE.step(&Outcome::NoCoverageData, Some(percent("1"))), Step::Failed);
        assert_eq!(RULE.step(&Outcome::NoStatements, None), Step::Same);
        let rule = StepRule { only_existing: true, ..RULE };
        assert_eq!(step(rule, 912, None), Step::Same);
        assert_eq!(step(rule, 912, Some("80")), Step::Up(percent("91.2")));
    }

    proptest! {
        #[test]
        fn what_is_written_passes_and_is_not_loose(
            total in 1u64..5000, covered in 0u64..5000, slack in 0u16..=50, floor in proptest::option::of(0u16..=10_000),
        ) {
            let coverage = Coverage { covered: covered.min(total), total };
            let outcome = Outcome::Covered(coverage);
            let rule = StepRule { slack: Percent::from_hundredths(slack).unwrap(), ..RULE };
            let floor = floor.and_then(Percent::from_hundredths);
            if let Step::New(to) | Step::Up(to) = rule.step(&outcome, floor) {
                prop_assert!(floor.is_none_or(|floor| to > floor));
                let policy = Policy::new(Tightness::Fail, Percent::from_hundredths(50).unwrap());
                let verdict = policy.judge(&outcome, &Floor { percent: to, source: Source::Committed, fell_from: None });
                prop_assert_eq!(verdict.status, Status::Pass);
            }
        }
    }
}
