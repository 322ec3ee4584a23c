//! Owns how the packages of a run are divided into shards, so that machines that do not talk to
//! each other agree.
//! Must not know files or processes, or how a shard is used.
//!
//! The promise: the division is stable. The same import paths (and timings) fall into the same
//! parts with every version of covgate, on every machine.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::domain::choice::ShardBy;

/// One of several parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    index: usize,
    count: usize,
}

/// The text does not name a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PartError {
    /// Not two whole numbers with a slash between them.
    #[error("expected K/N, such as 2/4")]
    Syntax,
    /// There is no such part.
    #[error("parts count from 1 to {0}")]
    Outside(usize),
    /// The number of parts is 0.
    #[error("there must be at least one part")]
    NoParts,
}

impl Part {
    /// Part `index` of `count`; none if there is no such part.
    #[must_use]
    pub(crate) fn new(index: usize, count: usize) -> Option<Self> {
        (1..=count).contains(&index).then_some(Self { index, count })
    }

    /// From 1.
    #[must_use]
    pub(crate) fn index(self) -> usize {
        self.index
    }

    /// How many parts there are.
    #[must_use]
    pub(crate) fn count(self) -> usize {
        self.count
    }
}

impl FromStr for Part {
    type Err = PartError;

    fn from_str(text: &str) -> Result<Self, PartError> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
        let (index, count) = text.split_once('/').ok_or(PartError::Syntax)?;
        let (index, count) = number(index).zip(number(count)).ok_or(PartError::Syntax)?;
        match count {
            0 => Err(PartError::NoParts),
            _ => Self::new(index, count).ok_or(PartError::Outside(count)),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// How long packages took, by import path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Timings {
    /// In milliseconds.
    known: HashMap<String, u64>,
    /// The time for an unknown package: the median of the known ones.
    unknown: u64,
}

impl Timings {
    /// Takes the durations of an earlier run.
    #[must_use]
    pub(crate) fn new(durations: impl IntoIterator<Item = (String, Duration)>) -> Self {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let known: HashMap<String, u64> =
            durations.into_iter().map(|(path, time)| (path, millis(time))).collect();
        let mut sorted: Vec<u64> = known.values().copied().collect();
        sorted.sort_unstable();
        // With two in the middle, the lower one: whole numbers are the same on every machine.
        let unknown = sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or_default();
        Self { known, unknown }
    }

    fn of(&self, path: &str) -> u64 {
        self.known.get(path).copied().unwrap_or(self.unknown)
    }
}

/// How packages are divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dealing {
    /// By their import paths, each on its own: other packages change nothing.
    Hash,
    /// By the time they took, so that all parts take about the same time.
    Time(Timings),
}

impl Dealing {
    /// As `--shard-by` names it.
    #[must_use]
    pub(crate) fn by(&self) -> ShardBy {
        match self {
            Self::Hash => ShardBy::Hash,
            Self::Time(_) => ShardBy::Time,
        }
    }

    /// Which part, from 1, each package falls into.
    #[must_use]
    pub(crate) fn deal(&self, paths: &[&str], count: usize) -> Vec<usize> {
        match self {
            Self::Hash => paths.iter().map(|path| by_hash(path, count)).collect(),
            Self::Time(timings) => by_time(paths, count, timings),
        }
    }
}

/// What is asked for: a part, and how to divide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sharding {
    /// Which part.
    pub part: Part,
    /// How to divide.
    pub dealing: Dealing,
}

/// A part, and how many packages all parts have together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    /// Which part.
    pub part: Part,
    /// The number of packages.
    pub of: usize,
}

/// A digest of a division: which package falls into which part.
#[must_use]
pub(crate) fn digest<'a>(dealt: impl IntoIterator<Item = (&'a str, usize)>) -> String {
    let text: String = dealt.into_iter().map(|(path, part)| format!("{path}\n{part}\n")).collect();
    format!("{:016x}", hash(text.as_bytes()))
}

fn by_hash(path: &str, count: usize) -> usize {
    let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
    usize::try_from(hash(path.as_bytes()) % count).map_or(1, |part| part + 1)
}

/// Takes the slowest package first; each goes to the part with the least time so far.
fn by_time(paths: &[&str], count: usize, timings: &Timings) -> Vec<usize> {
    let mut order: Vec<usize> = (0..paths.len()).collect();
    order.sort_unstable_by_key(|index| (Reverse(timings.of(paths[*index])), paths[*index]));
    // If times are equal, takes the part with fewer packages, then the first. An empty part comes
    // before all others, so parts beyond the number of packages stay empty and need no place here.
    let parts = 1..=count.min(paths.len());
    let mut loads: BinaryHeap<_> = parts.map(|part| Reverse((0u64, 0usize, part))).collect();
    let mut dealt = vec![1; paths.len()];
    for index in order {
        if let Some(mut least) = loads.peek_mut() {
            let Reverse((load, packages, part)) = *least;
            dealt[index] = part;
            *least = Reverse((load.saturating_add(timings.of(paths[index])), packages + 1, part));
        }
    }
    dealt
}

/// FNV-1a with 64 bits, then the last step of `MurmurHash3`: with FNV alone, the low bits, which
/// decide a remainder, depend on few bits of the input.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn timings(seconds: &[(&str, u64)]) -> Timings {
        let known = seconds.iter();
        Timings::new(known.map(|(path, time)| ((*path).to_owned(), Duration::from_secs(*time))))
    }

    #[test]
    fn a_part_is_two_numbers() {
        assert_eq!("2/4".parse(), Ok(Part { index: 2, count: 4 }));
        assert_eq!("1/1".parse::<Part>().unwrap().to_string(), "1/1");
        for junk in ["", "2", "/", "2/", "/4", "a/4", "-1/4", "+1/4", "1/4/2", " 1/4", "1.0/4"] {
            assert_eq!(junk.parse::<Part>(), Err(PartError::Syntax), "{junk}");
        }
        assert_eq!("0/3".parse::<Part>(), Err(PartError::Outside(3)));
        assert_eq!("4/3".parse::<Part>(), Err(PartError::Outside(3)));
        assert_eq!("1/0".parse::<Part>(), Err(PartError::NoParts));
    }

    /// These values are fixed: machines with different versions of covgate must agree.
    #[test]
    fn dealing_is_stable() {
        let paths = ["example.com/a", "example.com/b", "example.com/c/d", "m", ""];
        assert_eq!(Dealing::Hash.deal(&paths, 2), [1, 1, 2, 2, 1]);
        assert_eq!(Dealing::Hash.deal(&paths, 7), [5, 3, 5, 3, 2]);
        assert_eq!(digest([("m/a", 1), ("m/b", 2)]), "4f11d6693f4ebdf8");
    }

    #[test]
    fn hashing_spreads_paths_that_hardly_differ() {
        let names: Vec<String> = (0..1000).map(|n| format!("m/internal/service{n:04}")).collect();
        let paths: Vec<&str> = names.iter().map(String::as_str).collect();
        for count in [2, 3, 4, 8] {
            let dealt = Dealing::Hash.deal(&paths, count);
            for part in 1..=count {
                let share = dealt.iter().filter(|other| **other == part).count() * count;
                assert!((700..1300).contains(&share), "{part}/{count} has {share} thousandths");
            }
        }
    }

    #[test]
    fn times_are_balanced() {
        let timings = timings(&[("a", 2), ("b", 3), ("c", 10), ("d", 4), ("e", 3)]);
        let paths = ["a", "b", "c", "d", "e"];
        assert_eq!(Dealing::Time(timings.clone()).deal(&paths, 2), [1, 2, 1, 2, 2]);
        assert_eq!(Dealing::Time(timings).deal(&paths, 3), [2, 3, 1, 2, 3]);
    }

    #[test]
    fn an_unknown_package_is_a_median_one() {
        let timings = timings(&[("a", 1), ("b", 5), ("c", 100), ("d", 6)]);
        assert_eq!(timings.of("new"), 5000);
        assert_eq!(timings.of("c"), 100_000);
        assert_eq!(Timings::default().of("new"), 0);
    }

    #[test]
    fn without_a_single_time_numbers_are_balanced() {
        let dealt = Dealing::Time(Timings::default()).deal(&["c", "a", "b", "d"], 2);
        assert_eq!(dealt, [1, 1, 2, 2]);
    }

    #[test]
    fn more_parts_than_packages() {
        for dealing in [Dealing::Hash, Dealing::Time(Timings::default())] {
            let dealt = dealing.deal(&["a", "b"], usize::MAX);
            assert!(dealt.iter().all(|part| *part >= 1), "{dealt:?}");
            assert!(dealing.deal(&[], 3).is_empty());
        }
    }

    proptest! {
        #[test]
        fn every_package_falls_into_one_part(
            times in proptest::collection::btree_map("[a-c]{1,4}", proptest::option::of(0u64..100), 0..40),
            count in 1usize..10,
        ) {
            let known: Vec<(&str, u64)> =
                times.iter().filter_map(|(path, time)| Some((path.as_str(), (*time)?))).collect();
            let paths: Vec<&str> = times.keys().map(String::as_str).collect();
            let timings = timings(&known);
            let total: u64 = paths.iter().map(|path| timings.of(path)).sum();
            let longest = paths.iter().map(|path| timings.of(path)).max().unwrap_or_default();
            for dealing in [Dealing::Hash, Dealing::Time(timings.clone())] {
                let dealt = dealing.deal(&paths, count);
                prop_assert_eq!(dealt.len(), paths.len());
                prop_assert!(dealt.iter().all(|part| (1..=count).contains(part)));
                prop_assert_eq!(&dealt, &dealing.deal(&paths, count));
                let reversed: Vec<&str> = paths.iter().rev().copied().collect();
                let mut again = dealing.deal(&reversed, count);
                again.reverse();
                prop_assert_eq!(&dealt, &again, "the order of the listing says nothing");
                if dealing.by() == ShardBy::Time {
                    for part in 1..=count {
                        let of_part = std::iter::zip(&paths, &dealt).filter(|(_, other)| **other == part);
                        let load: u64 = of_part.map(|(path, _)| timings.of(path)).sum();
                        let even = total / u64::try_from(count).unwrap();
                        prop_assert!(load <= even + longest, "{} of {}", load, total);
                    }
                }
            }
        }
    }
}
