//! Owns the conclusion from how tests ended and what the profile holds: there is a number only if
//! the two agree.
//! Must not know where either came from.

use std::time::Duration;

use super::stream::{Ending, PackageEnd};
use crate::domain::blocks::PackageBlocks;
use crate::domain::outcome::{Measured, Outcome};

/// Concludes on a package after all paths with its tests have ended.
pub(super) fn conclude(
    ends: Vec<PackageEnd>,
    mut blocks: PackageBlocks,
    trouble: Option<String>,
) -> Measured {
    // go can print any number here, so a plain sum could panic.
    let elapsed = ends.iter().fold(Duration::ZERO, |sum, end| sum.saturating_add(end.elapsed));
    let cached =
        ends.iter().any(|end| end.cached) && ends.iter().all(|end| end.cached || !end.tested);
    let bad = [Ending::BuildFailed, Ending::TimedOut, Ending::Failed]
        .into_iter()
        .find(|bad| ends.iter().any(|end| end.ending == *bad));
    let (outcome, note) = match (bad, trouble) {
        (Some(Ending::BuildFailed), _) => (Outcome::BuildFailed, None),
        (Some(Ending::TimedOut), _) => (Outcome::TimedOut, None),
        (Some(_), _) => (Outcome::TestsFailed, None),
        (None, Some(trouble)) => (Outcome::NoCoverageData, Some(trouble)),
        (None, None) => covered(&ends, &mut blocks),
    };
    let good = outcome.coverage().is_some();
    let mut detail = String::new();
    if !good {
        // If there are several paths, only the output of those that failed is worth reading.
        let said = ends.into_iter().filter(|end| bad.is_none() || end.ending != Ending::Passed);
        detail.extend(said.map(|end| end.text));
        let note = note.or_else(|| known_cause(&detail));
        if let Some(note) = note {
            detail.push_str(&format!("covgate: {note}\n"));
        }
    }
    let blocks = if good { blocks } else { PackageBlocks::default() };
    Measured { outcome, elapsed, cached: cached && good, detail, blocks }
}

/// Explains an error that go's own output does not explain.
fn known_cause(detail: &str) -> Option<String> {
    // golang/go#75031: toolchains that go downloads by itself lack the tool that reports 0.0% for
    // a package without tests.
    detail.contains("no such tool \"covdata\"").then(|| {
        "this go toolchain was downloaded by go itself and lacks covdata (golang/go#75031); install \
         that version of go and set GOTOOLCHAIN=local, or give the package a test file"
            .to_owned()
    })
}

/// All paths passed: the profile must agree with go's own summary lines.
fn covered(ends: &[PackageEnd], blocks: &mut PackageBlocks) -> (Outcome, Option<String>) {
    if ends.iter().all(|end| !end.tested) {
        // go 1.22 and 1.23 instrument a package without tests in the test binaries of others, too,
        // and put what those ran into the shared profile; go itself says 0.0%.
        blocks.uncover();
    }
    let coverage = blocks.coverage();
    // If the tests in one folder never ran, tests in another do not make up for it.
    if ends.iter().any(|end| end.tested && end.coverage.is_silent()) {
        return no_data(SILENT);
    }
    let says_some = |end: &&PackageEnd| !end.coverage.percents.is_empty();
    let Some(measured) = coverage.as_go_prints() else {
        if ends.iter().any(|end| end.coverage.is_silent()) {
            return no_data(SILENT);
        }
        return if ends.iter().any(|end| !end.coverage.no_statements) {
            no_data("the tests passed, but the coverage profile says nothing of the package")
        } else {
            (Outcome::NoStatements, None)
        };
    };
    // A single test binary covers exactly what it says, since it computes both numbers from the
    // same counts; several together cover at least what each one covers.
    let agrees = |end: &PackageEnd| match ends {
        [_] => end.coverage.percents.contains(&measured),
        _ => end.coverage.percents.iter().any(|said| *said <= measured),
    };
    let disagrees = ends.iter().filter(says_some).find(|end| !agrees(end));
    if let Some(said) = disagrees.and_then(|end| end.coverage.percents.last()) {
        return no_data(&format!(
            "go test says {said}% is covered, its coverage profile {measured}%: the profile is not whole"
        ));
    }
    (Outcome::Covered(coverage), None)
}

const SILENT: &str = "the tests passed but left no coverage data; does TestMain call os.Exit \
     before m.Run has returned?";

fn no_data(note: &str) -> (Outcome, Option<String>) {
    (Outcome::NoCoverageData, Some(note.to_owned()))
}

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

    fn outcome(ends: Vec<PackageEnd>, profile: &str) -> Outcome {
        let mut reader = ProfileReader::default();
        reader.push(format!("mode: set\n{profile}").as_bytes());
        conclude(ends, reader.take("m"), None).outcome
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
        let measured = conclude(vec![failed], PackageBlocks::default(), None);
        assert!(measured.detail.contains("GOTOOLCHAIN=local"), "{}", measured.detail);
    }

    #[test]
    fn silence_is_not_the_absence_of_statements() {
        let passed = |said| vec![end(Ending::Passed, said)];
        assert_eq!(outcome(passed(none()), ""), Outcome::NoStatements);
        assert_eq!(outcome(passed(Said::default()), ""), Outcome::NoCoverageData);
        assert_eq!(outcome(vec![], ""), Outcome::NoStatements);
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

    #[test]
    fn the_worst_ending_counts() {
        let ends = vec![end(Ending::Passed, percent(500)), end(Ending::Failed, Said::default())];
        assert_eq!(outcome(ends, HALF), Outcome::TestsFailed);
        let ends =
            vec![end(Ending::Failed, percent(500)), end(Ending::BuildFailed, Said::default())];
        assert_eq!(outcome(ends, HALF), Outcome::BuildFailed);
    }
}
