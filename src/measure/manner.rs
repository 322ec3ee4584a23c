//! Owns the manner in which a package's tests failed, as its output tells: by tests alone, which may pass
//! when they are run again, or in another way, which no later pass may hide. This is the one place that
//! decides which output may be run again.
//! Must not know events, or who runs anything again.

/// What the race detector prints, and package testing where it found something.
const RACES: [&str; 3] = [
    "WARNING: DATA RACE",
    "race detected during execution of test",
    "race detected outside of test execution",
];

/// How the last words of a program begin that does not end by itself: of go's runtime, and of go.
const DEATHS: [&str; 5] = ["panic: ", "fatal error: ", "SIG", "signal: ", "exit status "];

/// How tests failed.
#[derive(Debug, Default)]
pub(super) struct Manner {
    /// Whether go names a test that failed.
    named: bool,
    /// Whether the test binary reached its own end: it printed FAIL, and no test has printed since. One that
    /// dies of a panic does not get there.
    ended: bool,
    /// Whether its limit ended it.
    timed_out: bool,
    /// Whether there was a race, or it died after its tests.
    broken: bool,
}

impl Manner {
    /// A test failed, says go.
    pub(super) fn test_failed(&mut self) {
        self.named = true;
    }

    /// Takes a piece of the output of a test, or of the package itself.
    pub(super) fn hear(&mut self, of_test: bool, piece: &str) {
        self.timed_out |= piece.starts_with("panic: test timed out after ")
            || piece.starts_with("*** Test killed");
        let died = self.ended && !of_test && DEATHS.iter().any(|death| piece.starts_with(death));
        self.broken |= died || RACES.iter().any(|race| piece.contains(race));
        self.ended = !of_test && (self.ended || piece.trim_end() == "FAIL");
    }

    /// Whether the tests ran for longer than they may. Those of a program that a test started do not count.
    pub(super) fn timed_out(&self) -> bool {
        self.timed_out && !self.ended
    }

    /// Whether tests failed, and nothing else happened. In doubt it did.
    pub(super) fn is_by_tests(&self) -> bool {
        self.named && self.ended && !self.broken && !self.timed_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A test that failed with this output, and the output of the package itself.
    fn manner(of_test: &[&str], of_package: &[&str]) -> Manner {
        let mut manner = Manner::default();
        of_test.iter().for_each(|piece| manner.hear(true, piece));
        manner.test_failed();
        of_package.iter().for_each(|piece| manner.hear(false, piece));
        manner
    }

    const FAIL: &str = "FAIL\n";
    const LAST: &str = "FAIL\tm\t0.01s\n";

    #[test]
    fn tests_alone_may_be_run_again() {
        let by_tests =
            |of_test: &[&str], of_package: &[&str]| manner(of_test, of_package).is_by_tests();
        assert!(by_tests(
            &["    a_test.go:3: no\n"],
            &[FAIL, "coverage: 1.0% of statements\n", LAST]
        ));
        // What a test recovers from is no panic of the program.
        assert!(by_tests(&["panic: recovered\n"], &[FAIL, LAST]));
        for (of_test, of_package) in [
            (&["panic: boom\n", "goroutine 7 [running]:\n"][..], &[LAST][..]),
            (&["fatal error: concurrent map writes\n"], &[LAST]),
            (&["WARNING: DATA RACE\n"], &[FAIL, LAST]),
            (&["    testing.go:9: race detected during execution of test\n"], &[FAIL, LAST]),
            (&[], &[FAIL, "WARNING: DATA RACE\n", LAST]),
            (&[], &[FAIL, "panic: in the cleanup\n", LAST]),
            (&[], &[FAIL, "fatal error: all goroutines are asleep - deadlock!\n", LAST]),
            (&[], &[FAIL, "exit status 66\n", LAST]),
            (&["panic: test timed out after 1s\n"], &[LAST]),
            // A program that a test started may have been killed: that is not certain.
            (&["panic: test timed out after 1s\n"], &[FAIL, LAST]),
            (&["nothing\n"], &["exit status 3\n", LAST]),
            (&[], &[]),
        ] {
            assert!(!by_tests(of_test, of_package), "{of_test:?} {of_package:?}");
        }
        let mut printed_before = manner(&[], &[FAIL]);
        printed_before.hear(true, "panic: boom\n");
        assert!(!printed_before.is_by_tests(), "TestMain may print FAIL, too");
        let mut unnamed = Manner::default();
        [FAIL, LAST].iter().for_each(|piece| unnamed.hear(false, piece));
        assert!(!unnamed.is_by_tests(), "no test failed");
    }

    #[test]
    fn a_limit_is_its_own() {
        let limit = "panic: test timed out after 1s\n";
        assert!(manner(&[limit], &[LAST]).timed_out());
        assert!(!manner(&[limit], &[FAIL, LAST]).timed_out());
        assert!(!manner(&[], &[LAST]).timed_out());
    }
}
