//! Owns which packages are run again, and what the runs of one lead to together: a pass counts, with the
//! coverage of that run alone.
//! Must not know how a package is run, which failures may be run again, or what is shown.

use std::collections::BTreeMap;

use crate::domain::outcome::Measured;
use crate::domain::reruns::TooMany;
use crate::domain::shorten::in_the_middle;

/// How much is kept of what one failed run of a package printed, in bytes.
const RUN_CAP: usize = 64 * 1024;
/// Of how many failed runs that much is kept; of others only how much there was.
const WHOLE_RUNS: usize = 8;

/// The failures that may still turn out well.
#[derive(Debug)]
pub(crate) struct Again {
    /// How often a package may be run again.
    times: usize,
    /// How many packages may fail in the first run, whatever the reason.
    limit: usize,
    /// The number of this run, from 1.
    run: usize,
    /// How many packages failed in the first run.
    failed: usize,
    /// Whether one of them would have been run again.
    left_out: bool,
    held: BTreeMap<usize, Held>,
}

/// A package that failed by its tests in each run so far.
#[derive(Debug)]
struct Held {
    first: Measured,
    /// What the later runs printed, shortened.
    later: Vec<String>,
}

impl Again {
    /// Nothing has run yet.
    #[must_use]
    pub(crate) fn new(times: usize, limit: usize) -> Self {
        Self { times, limit, run: 1, failed: 0, left_out: false, held: BTreeMap::new() }
    }

    /// Takes a package's result in this run, which no other run can change; returns the results that
    /// are now final.
    pub(crate) fn finished(&mut self, index: usize, measured: Measured) -> Vec<(usize, Measured)> {
        match self.held.remove(&index) {
            Some(held) => vec![(index, held.then(measured))],
            None if self.count(&measured) => vec![(index, measured)],
            None => self.give_up(index, measured),
        }
    }

    /// The same of a failure that may be run again.
    pub(crate) fn failed(&mut self, index: usize, measured: Measured) -> Vec<(usize, Measured)> {
        let held = match self.held.remove(&index) {
            Some(held) => held.failed_again(&measured.detail),
            None if self.times == 0 => return vec![(index, measured)],
            None if self.count(&measured) => Held { first: measured, later: Vec::new() },
            None => {
                self.left_out = true;
                return self.give_up(index, measured);
            }
        };
        if self.run > self.times {
            return vec![(index, held.for_good())];
        }
        self.held.insert(index, held);
        Vec::new()
    }

    /// The packages of the next run, by index; none if all results are final.
    pub(crate) fn next_run(&mut self) -> Option<Vec<usize>> {
        if self.held.is_empty() || self.run > self.times {
            return None;
        }
        self.run += 1;
        Some(self.held.keys().copied().collect())
    }

    /// The number of this run, from 1.
    #[must_use]
    pub(crate) fn run(&self) -> usize {
        self.run
    }

    /// Whether so many failed that none was run again, though one could have been.
    #[must_use]
    pub(crate) fn too_many(&self) -> Option<TooMany> {
        let Self { failed, limit, .. } = *self;
        self.left_out.then_some(TooMany { failed, limit })
    }

    /// Counts a result of the first run; returns whether there are not too many failures.
    fn count(&mut self, measured: &Measured) -> bool {
        self.failed += usize::from(measured.outcome.coverage().is_none());
        self.failed <= self.limit
    }

    /// There are too many failures: all are final.
    fn give_up(&mut self, index: usize, measured: Measured) -> Vec<(usize, Measured)> {
        let held = std::mem::take(&mut self.held);
        self.left_out |= !held.is_empty();
        let held = held.into_iter().map(|(index, held)| (index, held.first));
        held.chain([(index, measured)]).collect()
    }
}

impl Held {
    fn failed_again(mut self, said: &str) -> Self {
        self.later.push(kept(said, self.later.len() + 1));
        self
    }

    /// A run that may not be followed by another one decides: it passed, or failed in a way that no run may
    /// hide.
    fn then(self, last: Measured) -> Measured {
        let first = kept(&self.first.detail, 0);
        let failed_runs: Vec<String> = [first].into_iter().chain(self.later).collect();
        let measured = Measured { failed_runs, ..last };
        match measured.outcome.coverage() {
            Some(_) => measured,
            None => with_note(measured, "last"),
        }
    }

    /// It failed in all runs. The first one is shown: it is the one that everybody knows from go.
    fn for_good(self) -> Measured {
        with_note(Measured { failed_runs: self.later, ..self.first }, "first")
    }
}

/// Says how often it failed, below the output of one run.
fn with_note(mut measured: Measured, shown: &str) -> Measured {
    let runs = match measured.runs() {
        2 => "both runs".to_owned(),
        runs => format!("all {runs} runs"),
    };
    let detail = &mut measured.detail;
    if !detail.is_empty() && !detail.ends_with('\n') {
        detail.push('\n');
    }
    detail.push_str(&format!("covgate: failed in {runs}; this is what the {shown} one printed\n"));
    measured
}

/// What is kept of a run, where so many are kept already.
fn kept(said: &str, earlier: usize) -> String {
    in_the_middle(said, if earlier < WHOLE_RUNS { RUN_CAP } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outcome::Outcome;
    use crate::domain::percent::Coverage;
    use crate::domain::reruns::Flaky;

    fn passed() -> Measured {
        let coverage = Coverage { covered: 1, total: 2 };
        Measured::without_coverage(Outcome::Covered(coverage), String::new())
    }

    fn failure(said: &str) -> Measured {
        Measured::without_coverage(Outcome::TestsFailed, said.to_owned())
    }

    fn only(results: Vec<(usize, Measured)>) -> Measured {
        let [(_, measured)] = <[_; 1]>::try_from(results).unwrap();
        measured
    }

    fn indices(results: &[(usize, Measured)]) -> Vec<usize> {
        results.iter().map(|(index, _)| *index).collect()
    }

    #[test]
    fn a_pass_counts_with_what_failed_before() {
        let mut again = Again::new(2, 10);
        assert_eq!(indices(&again.finished(0, passed())), [0]);
        assert_eq!(again.failed(1, failure("one\n")), []);
        assert_eq!(again.failed(2, failure("other\n")), []);
        assert_eq!(again.next_run(), Some(vec![1, 2]));
        let flaky = only(again.finished(2, passed()));
        assert_eq!((flaky.flaky(), flaky.detail.as_str()), (Some(Flaky { passed_on: 2 }), ""));
        assert_eq!(flaky.failed_runs, ["other\n"]);
        assert_eq!(again.failed(1, failure("two\n")), []);
        assert_eq!((again.next_run(), again.run()), (Some(vec![1]), 3));
        let flaky = only(again.finished(1, passed()));
        assert_eq!(flaky.flaky(), Some(Flaky { passed_on: 3 }));
        assert_eq!(flaky.failed_runs, ["one\n", "two\n"]);
        assert_eq!((again.next_run(), again.too_many()), (None, None));
    }

    #[test]
    fn a_failure_in_all_runs_shows_the_first() {
        let mut again = Again::new(2, 10);
        assert_eq!(again.failed(0, failure("one")), []);
        for said in ["two", "three"] {
            assert_eq!(again.next_run(), Some(vec![0]));
            let results = again.failed(0, failure(said));
            if said == "two" {
                assert_eq!(results, []);
                continue;
            }
            let failed = only(results);
            let note = "covgate: failed in all 3 runs; this is what the first one printed\n";
            assert_eq!(failed.detail, format!("one\n{note}"));
            assert_eq!((failed.failed_runs.len(), failed.flaky()), (2, None));
        }
        assert_eq!(again.next_run(), None);
    }

    #[test]
    fn what_no_run_may_hide_is_shown_and_ends_it() {
        let mut again = Again::new(5, 10);
        assert_eq!(again.failed(0, failure("one\n")), []);
        assert_eq!(again.next_run(), Some(vec![0]));
        let timeout = Measured::without_coverage(Outcome::TimedOut, "slow\n".to_owned());
        let slow = only(again.finished(0, timeout));
        let note = "covgate: failed in both runs; this is what the last one printed\n";
        assert_eq!((slow.outcome, slow.detail), (Outcome::TimedOut, format!("slow\n{note}")));
        assert_eq!(slow.failed_runs, ["one\n"]);
        assert_eq!(again.next_run(), None);
    }

    #[test]
    fn too_many_failures_are_final_at_once() {
        let mut again = Again::new(1, 2);
        assert_eq!(again.failed(3, failure("a")), []);
        // One that cannot be run again counts, too.
        let broken = Measured::without_coverage(Outcome::BuildFailed, String::new());
        assert_eq!(indices(&again.finished(5, broken.clone())), [5]);
        assert_eq!(indices(&again.finished(6, passed())), [6]);
        assert_eq!(indices(&again.failed(1, failure("b"))), [3, 1]);
        assert_eq!(indices(&again.failed(0, failure("c"))), [0]);
        assert_eq!(again.next_run(), None);
        assert_eq!(again.too_many(), Some(TooMany { failed: 4, limit: 2 }));
        // Nothing is said where nothing could have been run again.
        let mut again = Again::new(1, 0);
        assert_eq!(indices(&again.finished(5, broken)), [5]);
        assert_eq!(again.too_many(), None);
    }

    #[test]
    fn without_the_setting_nothing_is_held_back() {
        let mut again = Again::new(0, 0);
        assert_eq!(only(again.failed(0, failure("a"))), failure("a"));
        assert_eq!((again.next_run(), again.too_many()), (None, None));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut again = Again::new(20, 10);
        let flood = "no\n".repeat(100_000);
        let mut results = again.failed(0, failure(&flood));
        while again.next_run().is_some() {
            results = again.failed(0, failure(&flood));
        }
        let failed = only(results);
        assert_eq!(failed.failed_runs.len(), 20);
        let kept: usize = failed.failed_runs.iter().map(String::len).sum();
        assert!(kept < WHOLE_RUNS * RUN_CAP, "{kept}");
        assert!(failed.failed_runs[19].contains("300000 bytes of output cut here"));
    }
}
