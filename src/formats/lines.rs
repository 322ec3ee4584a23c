//! Owns which lines of a file count, and which of them ran: go measures blocks,
//! formats from other languages know lines.
//! Must not know any format.
//!
//! The rule is that of gcov2lcov: a line counts if a block with statements touches it, and ran if
//! any of these blocks ran. A line that two blocks share, such as `if err != nil {`, thus ran if its
//! condition did. (gocover-cobertura takes the lower count there, and shows that line as missed.)

use crate::document::FileRecord;

/// No real block has more lines. A `//line` directive can name any, and each takes room.
const LONGEST: u32 = 100_000;

/// A line that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: u32,
    /// Whether a test ran any of it.
    pub(super) ran: bool,
}

/// How many lines count, and how many of these ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) ran: usize,
    pub(super) all: usize,
}

/// The lines of a file, from top to bottom.
pub(super) fn lines(file: &FileRecord) -> Vec<Line> {
    let blocks = file.blocks();
    let with_statements = blocks.iter().filter(|block| block.statements > 0);
    let mut lines: Vec<Line> = with_statements
        .flat_map(|block| {
            let ran = block.covered;
            // A //line directive in a block can put its end above its start.
            let last = block.end_line.max(block.start_line);
            let last = last.min(block.start_line.saturating_add(LONGEST));
            (block.start_line..=last).map(move |number| Line { number, ran })
        })
        .collect();
    lines.sort_unstable();
    lines.dedup_by(|next, kept| {
        let same = next.number == kept.number;
        kept.ran |= same && next.ran;
        same
    });
    lines
}

impl Tally {
    pub(super) fn of(lines: &[Line]) -> Self {
        Self { ran: lines.iter().filter(|line| line.ran).count(), all: lines.len() }
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |sum, one| Self {
            ran: sum.ran + one.ran,
            all: sum.all + one.all,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::files;
    use super::*;
    use crate::document::BlockRecord;

    fn file(uncovered: &[BlockRecord], covered: &[BlockRecord]) -> FileRecord {
        files::file("a.go", uncovered, covered)
    }

    fn numbers(lines: &[Line], ran: bool) -> Vec<u32> {
        lines.iter().filter(|line| line.ran == ran).map(|line| line.number).collect()
    }

    #[test]
    fn a_shared_line_ran_if_one_of_its_blocks_did() {
        let condition = BlockRecord(3, 20, 5, 12, 2);
        let branch = BlockRecord(5, 12, 7, 3, 1);
        let lines = lines(&file(&[branch], &[condition]));
        assert_eq!(numbers(&lines, true), [3, 4, 5]);
        assert_eq!(numbers(&lines, false), [6, 7]);
        assert_eq!(Tally::of(&lines), Tally { ran: 3, all: 5 });
    }

    #[test]
    fn a_block_without_statements_touches_no_line() {
        let lines = lines(&file(&[BlockRecord(3, 1, 4, 2, 0)], &[BlockRecord(9, 1, 9, 2, 1)]));
        assert_eq!(numbers(&lines, true), [9]);
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn a_block_that_ends_above_its_start_touches_the_line_where_it_starts() {
        let lines = lines(&file(&[BlockRecord(30, 1, 4, 2, 1)], &[]));
        assert_eq!(numbers(&lines, false), [30]);
    }

    fn block() -> impl Strategy<Value = BlockRecord> {
        (1u32..40, 1u32..9, 0u32..6, 1u32..9, 0u32..3).prop_map(
            |(line, column, more, end, count)| BlockRecord(line, column, line + more, end, count),
        )
    }

    proptest! {
        #[test]
        fn every_line_counts_once_and_ran_where_a_block_did(
            uncovered in proptest::collection::vec(block(), 0..12),
            covered in proptest::collection::vec(block(), 0..12),
        ) {
            let found = lines(&file(&uncovered, &covered));
            let touches = |blocks: &[BlockRecord], number: u32| {
                let mut blocks = blocks.iter().filter(|block| block.4 > 0);
                blocks.any(|block| (block.0..=block.2).contains(&number))
            };
            let expected: Vec<Line> = (1..60)
                .filter(|number| touches(&uncovered, *number) || touches(&covered, *number))
                .map(|number| Line { number, ran: touches(&covered, number) })
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
