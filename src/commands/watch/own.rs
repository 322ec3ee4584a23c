//! Owns the guess which files the tests themselves write, so that a test that writes something new each
//! time does not make them run for ever.
//! Must not know how one looks at files, or how tests are run.
//!
//! Nobody can say who wrote a file. But a person stops writing: what changes in one run after another,
//! while nothing else starts them, is taken for the tests' own, and starts no further run. As soon as it
//! changes while no test runs, it counts again.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::choose::seen::{Moved, Place};

/// In how many runs in a row a file may change until it is the tests' own.
const RUNS: usize = 3;
/// The same for what go builds: seldom do tests write that, and often people save while tests run.
const RUNS_OF_READ: usize = 10;

/// What changed while tests ran.
#[derive(Debug, Default)]
pub(crate) struct Own {
    /// In how many runs in a row.
    runs: BTreeMap<Place, usize>,
}

impl Own {
    /// Whether a change during a run makes that run useless: sources are others now. What else changed can
    /// be the tests' own, and is looked at when they have ended.
    pub(crate) fn overtakes(&mut self, moved: &Moved) -> bool {
        let read = moved.places.iter().filter(|place| place.is_read && !self.is_own(place));
        let read: Vec<Place> = read.cloned().collect();
        let overtakes = moved.rebased || !read.is_empty();
        read.into_iter().for_each(|place| *self.runs.entry(place).or_default() += 1);
        overtakes
    }

    /// Whether what changed in a run that has ended needs another one.
    pub(crate) fn needs_another(&mut self, moved: &Moved) -> bool {
        self.runs.retain(|place, _| moved.places.contains(place));
        for place in &moved.places {
            *self.runs.entry(place.clone()).or_default() += 1;
        }
        moved.rebased || moved.places.iter().any(|place| !self.is_own(place))
    }

    /// What changed while no test ran is a person's.
    pub(crate) fn forget(&mut self, moved: &Moved) {
        self.runs.retain(|place, _| !moved.places.contains(place));
    }

    /// The files that start no run.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Utf8Path> {
        let own = self.runs.keys().filter(|place| self.is_own(place));
        own.map(|place| place.path.as_path())
    }

    fn is_own(&self, place: &Place) -> bool {
        let limit = if place.is_read { RUNS_OF_READ } else { RUNS };
        self.runs.get(place).is_some_and(|runs| *runs >= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(paths: &[&str]) -> Moved {
        let place = |path: &&str| Place { path: path.into(), is_read: path.ends_with(".go") };
        Moved { rebased: false, places: paths.iter().map(place).collect() }
    }

    #[test]
    fn what_changes_in_each_run_is_the_tests_own() {
        let mut own = Own::default();
        let written = moved(&["out.txt"]);
        for run in 1..=4 {
            assert!(!own.overtakes(&written));
            assert_eq!(own.needs_another(&written), run < RUNS, "run {run}");
        }
        assert_eq!(own.paths().collect::<Vec<_>>(), ["out.txt"]);
        assert!(own.needs_another(&moved(&["out.txt", "other.txt"])), "a person's");
        assert!(!own.needs_another(&written), "still the tests'");
    }

    #[test]
    fn it_counts_again_once_it_changes_by_itself_or_a_run_leaves_it_alone() {
        let left_alone = |own: &mut Own, _: &Moved| assert!(!own.needs_another(&moved(&[])));
        for end in [Own::forget, left_alone] {
            let mut own = Own::default();
            let written = moved(&["out.txt"]);
            for run in 1..=RUNS {
                assert_eq!(own.needs_another(&written), run < RUNS);
            }
            assert_eq!(own.paths().count(), 1);
            end(&mut own, &written);
            assert_eq!(own.paths().count(), 0);
            assert!(own.needs_another(&written));
        }
    }

    #[test]
    fn sources_overtake_a_run_but_not_for_ever() {
        let mut own = Own::default();
        let saved = moved(&["a.go", "out.txt"]);
        for _ in 0..RUNS_OF_READ {
            assert!(own.overtakes(&saved));
        }
        assert!(!own.overtakes(&saved));
        assert!(own.overtakes(&moved(&["b.go"])));
        assert!(own.overtakes(&Moved { rebased: true, ..Moved::default() }));
    }
}
