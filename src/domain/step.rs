//! Owns the decision how one package's floor changes.
//! Must not know files, or how coverage was measured. It sees only tenths and hundredths.

use crate::domain::floor::{Floor, Source};
use crate::domain::outcome::{Measured, Outcome};
use crate::domain::percent::{Percent, Tenths};

/// How a floor changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// There was no floor; this is the first.
    New(Percent),
    /// It rises.
    Up(Percent),
    /// It falls, because somebody named the package and a reason.
    Down(Percent),
    /// It stays, although less is covered.
    Below,
    /// It stays, or there is none to be.
    Same,
    /// The package could not be measured; its floor stays.
    Failed,
}

impl Step {
    /// Whether it changes the floor.
    #[must_use]
    pub(crate) fn is_change(self) -> bool {
        matches!(self, Self::New(_) | Self::Up(_) | Self::Down(_))
    }
}

/// How floors may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepRule {
    /// Room between floor and coverage, in percentage points.
    pub slack: Percent,
    /// Whether packages without a floor get none.
    pub only_existing: bool,
    /// Whether this package's floor may fall.
    pub lower: bool,
}

impl StepRule {
    /// Decides by what was measured. Tests that passed only when they were run again change no floor: it is
    /// for everybody from then on.
    #[must_use]
    pub(crate) fn of(self, measured: &Measured, floor: &Floor) -> Step {
        match self.step(&measured.outcome, floor) {
            step if step.is_change() && measured.flaky().is_some() => Step::Same,
            step => step,
        }
    }

    /// Decides for a package with this floor. Only one that is committed rises; to another, a file
    /// is added, which takes the place of what `covgate.toml` sets for the package: no file below
    /// that, unless on purpose.
    #[must_use]
    pub(crate) fn step(self, outcome: &Outcome, floor: &Floor) -> Step {
        let Some(coverage) = outcome.coverage() else {
            return Step::Failed;
        };
        let Some((shown, target)) =
            coverage.shown().and_then(|shown| Some((shown, self.target(shown)?)))
        else {
            return Step::Same;
        };
        let undercuts = floor.source == Source::Override && target < floor.percent;
        match floor.source {
            Source::Committed if target > floor.percent => Step::Up(target),
            Source::Committed if self.lower && target < floor.percent => Step::Down(target),
            Source::Default | Source::Override
                if !self.only_existing && (self.lower || !undercuts) =>
            {
                Step::New(target)
            }
            _ if shown < floor.percent.shown() => Step::Below,
            _ => Step::Same,
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
    use crate::domain::percent::Coverage;
    use crate::domain::verdict::{Policy, Status};

    const RULE: StepRule = StepRule {
        slack: Percent::from_hundredths(0).unwrap(),
        only_existing: false,
        lower: false,
    };

    fn step(rule: StepRule, covered: u64, floor: &str, source: Source) -> Step {
        let outcome = Outcome::Covered(Coverage { covered, total: 1000 });
        rule.step(&outcome, &Floor { percent: percent(floor), source, fell_from: None })
    }

    fn percent(text: &str) -> Percent {
        text.parse().unwrap()
    }

    use Source::{Committed, Default, Override};

    #[test]
    fn floors_only_rise() {
        assert_eq!(step(RULE, 912, "95", Default), Step::New(percent("91.2")));
        assert_eq!(step(RULE, 912, "80", Committed), Step::Up(percent("91.2")));
        assert_eq!(step(RULE, 912, "91.2", Committed), Step::Same);
        assert_eq!(step(RULE, 912, "91.25", Committed), Step::Same);
        assert_eq!(step(RULE, 912, "91.3", Committed), Step::Below);
        assert_eq!(step(RULE, 912, "95", Committed), Step::Below);
    }

    #[test]
    fn what_the_configuration_sets_is_not_undercut() {
        assert_eq!(step(RULE, 912, "95", Override), Step::Below);
        assert_eq!(step(RULE, 912, "80", Override), Step::New(percent("91.2")));
    }

    #[test]
    fn one_may_fall() {
        let rule = StepRule { lower: true, ..RULE };
        assert_eq!(step(rule, 912, "95", Committed), Step::Down(percent("91.2")));
        assert_eq!(step(rule, 912, "80", Committed), Step::Up(percent("91.2")));
        assert_eq!(step(rule, 912, "95", Override), Step::New(percent("91.2")));
    }

    #[test]
    fn slack_leaves_room() {
        let rule = StepRule { slack: percent("0.25"), ..RULE };
        assert_eq!(step(rule, 912, "80", Default), Step::New(percent("91.0")));
        assert_eq!(step(rule, 912, "91.0", Committed), Step::Same);
        assert_eq!(step(rule, 912, "91.1", Committed), Step::Same);
        assert_eq!(step(rule, 1, "80", Default), Step::New(percent("0.0")));
    }

    #[test]
    fn what_is_not_known_is_not_written() {
        let floor = |source| Floor { percent: percent("1"), source, fell_from: None };
        assert_eq!(RULE.step(&Outcome::TestsFailed, &floor(Default)), Step::Failed);
        assert_eq!(RULE.step(&Outcome::NoCoverageData, &floor(Committed)), Step::Failed);
        assert_eq!(RULE.step(&Outcome::NoStatements, &floor(Default)), Step::Same);
        let rule = StepRule { only_existing: true, ..RULE };
        assert_eq!(step(rule, 912, "80", Default), Step::Same);
        assert_eq!(step(rule, 912, "95", Default), Step::Below);
        assert_eq!(step(rule, 912, "80", Committed), Step::Up(percent("91.2")));
    }

    proptest! {
        #[test]
        fn what_is_written_passes_and_is_not_loose(
            total in 1u64..5000, covered in 0u64..5000, slack in 0u16..=50, floor in 0u16..=10_000, committed in any::<bool>(),
        ) {
            let coverage = Coverage { covered: covered.min(total), total };
            let outcome = Outcome::Covered(coverage);
            let rule = StepRule { slack: Percent::from_hundredths(slack).unwrap(), ..RULE };
            let source = if committed { Committed } else { Default };
            let floor = Floor { percent: Percent::from_hundredths(floor).unwrap(), source, fell_from: None };
            let step = rule.step(&outcome, &floor);
            if let Step::Up(to) = step {
                prop_assert!(to > floor.percent);
            }
            if let Step::New(to) | Step::Up(to) = step {
                let policy = Policy::new(Tightness::Fail, Percent::from_hundredths(50).unwrap());
                let verdict = policy.judge(&outcome, &Floor { percent: to, source: Committed, fell_from: None });
                prop_assert_eq!(verdict.status, Status::Pass);
            }
        }
    }
}
