//! Owns which lines of a package no test runs: its uncovered blocks, joined to ranges of lines.
//! Must not know source text, or how ranges are shown.

use std::fmt;

use crate::domain::blocks::{Block, PackageBlocks};
use crate::domain::percent::Tenths;

/// A range of lines in which no statement is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Its first line, from 1.
    pub first: u32,
    /// Its last line.
    pub last: u32,
    /// How many statements in it are not covered.
    pub statements: u64,
}

impl fmt::Display for Range {
    /// As editors and compilers name lines: `12`, or `12-14`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => f.pad(&self.first.to_string()),
            false => f.pad(&format!("{}-{}", self.first, self.last)),
        }
    }
}

/// A function that is not fully covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its file, by its path in the module.
    pub path: String,
    /// Its lines, and how many statements in them are not covered.
    pub range: Range,
    /// Its name, without the receiver.
    pub name: String,
    /// Its coverage, as go prints it.
    pub coverage: Tenths,
}

/// A range and its file, named as in the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Import path, slash, file.
    pub file: String,
    /// The lines.
    pub range: Range,
}

/// Two blocks with at most one line between them (usually an empty one) form one range.
const BRIDGED: u32 = 2;

/// The ranges of one file, from top to bottom; `blocks` are sorted the same way.
#[must_use]
pub(crate) fn ranges(blocks: &[Block]) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    let mut joins = false;
    for block in blocks.iter().filter(|block| block.statements > 0) {
        if block.covered {
            joins = false;
            continue;
        }
        let statements = u64::from(block.statements);
        match ranges.last_mut() {
            Some(last) if joins && block.start_line <= last.last.saturating_add(BRIDGED) => {
                last.last = last.last.max(block.end_line);
                last.statements += statements;
            }
            _ => ranges.push(Range { first: block.start_line, last: block.end_line, statements }),
        }
        joins = true;
    }
    ranges
}

/// All ranges of a package; those with the most statements come first.
#[must_use]
pub(crate) fn largest(blocks: &PackageBlocks) -> Vec<Place> {
    let mut places: Vec<Place> = blocks
        .files()
        .flat_map(|(file, blocks)| {
            ranges(blocks).into_iter().map(|range| Place { file: file.to_owned(), range })
        })
        .collect();
    // The sort is stable: equal ranges stay sorted by file and line.
    places.sort_by_key(|place| std::cmp::Reverse(place.range.statements));
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tools::go::profile::ProfileReader;

    fn blocks(profile: &str) -> PackageBlocks {
        let mut reader = ProfileReader::default();
        reader.push(format!("mode: set\n{profile}").as_bytes());
        let mut blocks = reader.take("m");
        blocks.coverage();
        blocks
    }

    fn shown(profile: &str) -> Vec<String> {
        let place = |Place { file, range }: Place| format!("{file}:{range} {}", range.statements);
        largest(&blocks(profile)).into_iter().map(place).collect()
    }

    #[test]
    fn neighbours_are_one_range() {
        let profile = "m/a.go:1.1,3.2 2 0\nm/a.go:3.2,4.5 1 0\nm/a.go:6.1,7.2 1 0\n";
        assert_eq!(shown(profile), ["m/a.go:1-7 4"]);
    }

    #[test]
    fn what_is_covered_between_parts_two_ranges() {
        let profile = "m/a.go:1.1,3.2 1 0\nm/a.go:3.2,4.5 1 1\nm/a.go:4.5,7.2 5 0\n";
        assert_eq!(shown(profile), ["m/a.go:4-7 5", "m/a.go:1-3 1"]);
    }

    #[test]
    fn a_block_without_statements_says_nothing() {
        let profile = "m/a.go:1.1,3.2 1 0\nm/a.go:3.2,4.5 0 1\nm/a.go:4.5,7.2 1 0\n";
        assert_eq!(shown(profile), ["m/a.go:1-7 2"]);
        assert!(shown("m/a.go:1.1,3.2 0 0\n").is_empty());
    }

    #[test]
    fn far_ones_stay_apart() {
        let profile = "m/a.go:1.1,3.2 1 0\nm/a.go:6.1,7.2 1 0\nm/b.go:1.1,2.2 1 0\n";
        assert_eq!(shown(profile), ["m/a.go:1-3 1", "m/a.go:6-7 1", "m/b.go:1-2 1"]);
    }

    proptest! {
        #[test]
        fn every_uncovered_statement_is_in_one_range(
            lines in proptest::collection::vec((0u32..4, 0u32..3, any::<bool>(), 0u32..4), 0..40),
        ) {
            let (mut profile, mut at) = (String::new(), 1);
            for (gap, length, covered, statements) in lines {
                let start = at + gap;
                at = start + length;
                let count = u8::from(covered);
                profile.push_str(&format!("m/a.go:{start}.1,{at}.9 {statements} {count}\n"));
                at += 1;
            }
            let mut blocks = blocks(&profile);
            let coverage = blocks.coverage();
            let places = largest(&blocks);
            let sum: u64 = places.iter().map(|place| place.range.statements).sum();
            prop_assert_eq!(sum, coverage.total - coverage.covered);
            prop_assert!(places.iter().all(|place| place.range.first <= place.range.last));
        }
    }
}
