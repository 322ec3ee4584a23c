//! Owns the conclusion from how tests ended and what the profile holds: there is a number only if
//! the two agree.
//! Must not know where either came from.

use std::time::Duration;

use super::stream::{Ending, PackageEnd};
use crate::domain::blocks::PackageBlocks;
use crate::domain::outcome::{Measured, Outcome};
use crate::tools::go::{NO_COVDATA, lacks_covdata};

/// What one run says of a package.
#[derive(Debug)]
pub(super) struct PartEnd {
    /// How the tests of each of its paths ended.
    pub(super) ends: Vec<PackageEnd>,
    /// The package's blocks in the run's profile.
    pub(super) blocks: PackageBlocks,
    /// What is wrong with the profile so far.
    pub(super) wrong: Option<String>,
}

/// Concludes on a package after all of its parts have ended. The first one holds the tests in its own
/// folder.
pub(super) fn conclude(mut parts: Vec<PartEnd>) -> Measured {
    let ends = || parts.iter().flat_map(|part| &part.ends);
    // go can print any number here, so a plain sum could panic.
    let elapsed = ends().fold(Duration::ZERO, |sum, end| sum.saturating_add(end.elapsed));
    let cached = ends().any(|end| end.cached) && ends().all(|end| end.cached || !end.tested);
    let from_worst =
        [Ending::BuildFailed, Ending::TimedOut, Ending::Crashed, Ending::Failed, Ending::Lost];
    let bad = from_worst.into_iter().find(|bad| ends().any(|end| end.ending == *bad));
    let result = match bad {
        None => united(&mut parts).map_err(|note| (Outcome::NoCoverageData, Some(note))),
        Some(Ending::BuildFailed) => Err((Outcome::BuildFailed, None)),
        Some(Ending::TimedOut) => Err((Outcome::TimedOut, None)),
        Some(Ending::Lost) => Err((Outcome::NoCoverageData, None)),
        Some(_) => Err((Outcome::TestsFailed, None)),
    };
    match result {
        Ok(mut blocks) => {
            let coverage = blocks.coverage();
            let some = coverage.total > 0;
            let outcome = if some { Outcome::Covered(coverage) } else { Outcome::NoStatements };
            Measured {
                elapsed,
                cached,
                blocks,
                ..Measured::without_coverage(outcome, String::new())
            }
        }
        Err((outcome, note)) => {
            let detail = detail(parts, outcome, bad.is_some(), note);
            Measured { elapsed, ..Measured::without_coverage(outcome, detail) }
        }
    }
}

/// Whether a package failed by its tests alone: if they are run again, they may pass.
pub(super) fn failed_by_tests(parts: &[PartEnd]) -> bool {
    let endings = || parts.iter().flat_map(|part| &part.ends).map(|end| end.ending);
    endings().any(|ending| ending == Ending::Failed)
        && endings().all(|ending| matches!(ending, Ending::Passed | Ending::Failed))
}

/// What is worth reading if there is no number.
fn detail(parts: Vec<PartEnd>, outcome: Outcome, failed: bool, note: Option<String>) -> String {
    let mut wrong = None;
    let mut detail = String::new();
    for part in parts {
        // If there are several paths, only the output of those that failed.
        let said = part.ends.into_iter().filter(|end| !failed || end.ending != Ending::Passed);
        detail.extend(said.map(|end| end.text));
        wrong = wrong.or(part.wrong);
    }
    let wrong = wrong.filter(|_| outcome == Outcome::NoCoverageData);
    for note in note.or_else(|| known_cause(&detail)).into_iter().chain(wrong) {
        detail.push_str(&format!("covgate: {note}\n"));
    }
    detail
}

/// Explains an error that go's own output does not explain.
fn known_cause(detail: &str) -> Option<String> {
    // It is the tool that reports 0.0% for a package without tests.
    lacks_covdata(detail).then(|| {
        format!(
            "{NO_COVDATA}; install that version of go and set GOTOOLCHAIN=local, or give the package a \
             test file"
        )
    })
}

/// All paths passed: what the parts cover together, if each agrees with go's own words, and all of
/// them on what there is to cover.
fn united(parts: &mut [PartEnd]) -> Result<PackageBlocks, String> {
    let mut all = PackageBlocks::default();
    let mut totals = Vec::new();
    for (index, part) in parts.iter_mut().enumerate() {
        // Tests outside need not link the package, and its own are not there to be counted.
        let may_be_empty = index > 0 || part.ends.iter().all(|end| !end.tested);
        let (blocks, total) = part.measured()?;
        all.unite(blocks);
        totals.push((total, may_be_empty));
    }
    let total = all.coverage().total;
    if !totals.iter().all(|(part, may_be_empty)| *part == total || (*may_be_empty && *part == 0)) {
        let each: Vec<_> = totals.iter().map(|(part, _)| part.to_string()).collect();
        return Err(format!(
            "its coverage profiles do not hold the same statements ({})",
            each.join(" and ")
        ));
    }
    Ok(all)
}

impl PartEnd {
    /// The blocks of one run, and how many statements they hold, if they agree with go's own summary
    /// lines.
    fn measured(&mut self) -> Result<(PackageBlocks, u64), String> {
        let Self { ends, blocks, .. } = self;
        let mut blocks = std::mem::take(blocks);
        if ends.iter().all(|end| !end.tested) {
            // go 1.22 and 1.23 instrument a package without tests in the test binaries of others,
            // too, and put what those ran into the shared profile; go itself says 0.0%.
            blocks.uncover();
        }
        // If the tests in one folder never ran, tests in another do not make up for it.
        if ends.iter().any(|end| end.tested && end.coverage.is_silent()) {
            return Err(SILENT.to_owned());
        }
        let copies_agree = blocks.settle();
        let coverage = blocks.coverage();
        let Some(measured) = coverage.as_go_prints() else {
            if ends.iter().any(|end| end.coverage.is_silent()) {
                return Err(SILENT.to_owned());
            }
            if ends.iter().any(|end| !end.coverage.no_statements) {
                let note = "the tests passed, but the coverage profile says nothing of the package";
                return Err(note.to_owned());
            }
            return Ok((blocks, 0));
        };
        // One test binary counts each block once. Copies of it that differ come from another one,
        // whose tests are not this package's.
        if ends.len() == 1 && !copies_agree {
            return Err("tests of another package count for it, too".to_owned());
        }
        // A single test binary covers exactly what it says, since it computes both numbers from the
        // same counts; several together cover at least what each one covers.
        let agrees = |end: &&PackageEnd| match ends.len() {
            1 => end.coverage.percents.contains(&measured),
            _ => end.coverage.percents.iter().any(|said| *said <= measured),
        };
        let says_some = |end: &&PackageEnd| !end.coverage.percents.is_empty();
        let disagrees = ends.iter().filter(says_some).find(|end| !agrees(end));
        if let Some(said) = disagrees.and_then(|end| end.coverage.percents.last()) {
            return Err(format!(
                "go test says {said}% is covered, its coverage profile {measured}%: the profile is not whole"
            ));
        }
        Ok((blocks, coverage.total))
    }
}

const SILENT: &str = "the tests passed but left no coverage data; does TestMain call os.Exit \
     before m.Run has returned?";

#[cfg(test)]
mod tests {
    use super::super::stream::Said;
    use super::*;
    use crate::domain::percent::{Coverage, Tenths};
    use crate::tools::go::profile::ProfileReader;

    fn end(ending: Ending, coverage: Said) -> PackageEnd {
        PackageEnd {
            ending,
            elapsed: Duration::from_secs(1),
            cached: false,
            tested: true,
            coverage,
            text: "ok  \tm\t1s\n".to_owned(),
        }
    }

    fn part(ends: Vec<PackageEnd>, profile: &str) -> PartEnd {
        let mut reader = ProfileReader::default();
        reader.push(format!("mode: set\n{profile}").as_bytes());
        PartEnd { ends, blocks: reader.take("m"), wrong: None }
    }

    fn outcome(ends: Vec<PackageEnd>, profile: &str) -> Outcome {
        conclude(vec![part(ends, profile)]).outcome
    }

    fn percent(tenths: u16) -> Said {
        Said { percents: vec![Tenths::new(tenths).unwrap()], no_statements: false }
    }

    fn none() -> Said {
        Said { no_statements: true, percents: vec![] }
    }

    const HALF: &str = "m/a.go:1.1,2.2 1 1\nm/a.go:3.1,4.2 1 0\n";

    #[test]
    fn the_profile_and_the_summary_agree() {
        let passed = |said| vec![end(Ending::Passed, said)];
        let half = Outcome::Covered(Coverage { covered: 1, total: 2 });
        assert_eq!(outcome(passed(percent(500)), HALF), half);
        assert_eq!(outcome(passed(percent(501)), HALF), Outcome::NoCoverageData);
        assert_eq!(outcome(passed(percent(499)), HALF), Outcome::NoCoverageData);
        assert_eq!(outcome(passed(percent(500)), ""), Outcome::NoCoverageData);
    }

    #[test]
    fn a_toolchain_without_covdata_is_explained() {
        let mut failed = end(Ending::Failed, Said::default());
        failed.text = "go: no such tool \"covdata\"\n".to_owned();
        let measured = conclude(vec![part(vec![failed], "")]);
        assert!(measured.detail.contains("GOTOOLCHAIN=local"), "{}", measured.detail);
    }

    #[test]
    fn all_parts_decide_what_may_be_run_again() {
        use Ending::*;
        let failed = |endings: &[Ending]| {
            let part = |ending: &Ending| part(vec![end(*ending, Said::default())], "");
            failed_by_tests(&endings.iter().map(part).collect::<Vec<_>>())
        };
        assert!(failed(&[Failed]) && failed(&[Passed, Failed]) && failed(&[Failed, Failed]));
        assert!(!failed(&[Passed]), "it has not failed");
        for other in [Crashed, BuildFailed, TimedOut, Lost] {
            assert!(!failed(&[other]) && !failed(&[Failed, other]), "{other:?}");
        }
    }

    #[test]
    fn silence_is_not_the_absence_of_statements() {
        let passed = |said| vec![end(Ending::Passed, said)];
        assert_eq!(outcome(passed(none()), ""), Outcome::NoStatements);
        assert_eq!(outcome(passed(Said::default()), ""), Outcome::NoCoverageData);
    }

    #[test]
    fn what_other_packages_ran_is_not_covered() {
        let mut untested = end(Ending::Passed, percent(0));
        untested.tested = false;
        let nothing = Outcome::Covered(Coverage { covered: 0, total: 2 });
        assert_eq!(outcome(vec![untested], HALF), nothing);
    }

    #[test]
    fn several_binaries_cover_at_least_what_each_covers() {
        let two = |a, b| vec![end(Ending::Passed, a), end(Ending::Passed, b)];
        let half = Outcome::Covered(Coverage { covered: 1, total: 2 });
        assert_eq!(outcome(two(percent(0), percent(500)), HALF), half);
        assert_eq!(outcome(two(percent(0), percent(900)), HALF), Outcome::NoCoverageData);
    }

    /// Runs that cover one and the same package, each with its own tests.
    fn of_runs(runs: &[(Said, &str)]) -> Outcome {
        let runs = runs.iter().cloned();
        conclude(
            runs.map(|(said, profile)| part(vec![end(Ending::Passed, said)], profile)).collect(),
        )
        .outcome
    }

    #[test]
    fn runs_are_united_and_each_must_be_right() {
        const OTHER: &str = "m/b.go:1.1,2.2 2 0\nm/a.go:1.1,2.2 1 0\nm/a.go:3.1,4.2 1 1\n";
        const OWN: &str = "m/a.go:1.1,2.2 1 1\nm/a.go:3.1,4.2 1 0\nm/b.go:1.1,2.2 2 0\n";
        let covered = |covered| Outcome::Covered(Coverage { covered, total: 4 });
        assert_eq!(of_runs(&[(percent(250), OWN), (percent(250), OTHER)]), covered(2));
        assert_eq!(of_runs(&[(percent(250), OWN), (percent(0), OTHER)]), Outcome::NoCoverageData);
        assert_eq!(of_runs(&[(percent(500), OWN), (percent(250), OTHER)]), Outcome::NoCoverageData);
        // Tests outside that do not link the package, and tests of its own that were not counted.
        assert_eq!(of_runs(&[(percent(250), OWN), (none(), "")]), covered(1));
        assert_eq!(of_runs(&[(none(), ""), (percent(250), OTHER)]), Outcome::NoCoverageData);
        assert_eq!(of_runs(&[(none(), ""), (none(), "")]), Outcome::NoStatements);
        assert_eq!(of_runs(&[(percent(250), OWN), (Said::default(), "")]), Outcome::NoCoverageData);
        // An older profile of the same package.
        assert_eq!(of_runs(&[(percent(250), OWN), (percent(500), HALF)]), Outcome::NoCoverageData);
    }

    /// They would change the number by less than a tenth.
    #[test]
    fn what_another_test_binary_covers_is_noticed() {
        let block = |at: usize, count| format!("m/a.go:{at}.1,{at}.9 1 {count}\n");
        let own: String = (1..=5000).map(|at| block(at, u8::from(at > 2500))).collect();
        let passed = || vec![end(Ending::Passed, percent(500))];
        let half = Outcome::Covered(Coverage { covered: 2500, total: 5000 });
        assert_eq!(outcome(passed(), &own), half);
        assert_eq!(outcome(passed(), &(own.clone() + &own)), half, "a profile that go wrote twice");
        assert_eq!(outcome(passed(), &(own + &block(1, 1))), Outcome::NoCoverageData);
    }

    #[test]
    fn the_worst_ending_counts() {
        let ends = vec![end(Ending::Passed, percent(500)), end(Ending::Failed, Said::default())];
        assert_eq!(outcome(ends, HALF), Outcome::TestsFailed);
        let ends =
            vec![end(Ending::Failed, percent(500)), end(Ending::BuildFailed, Said::default())];
        assert_eq!(outcome(ends, HALF), Outcome::BuildFailed);
    }
}
