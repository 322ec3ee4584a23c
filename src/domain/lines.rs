//! Owns which lines of a file count and which of them ran. Go measures blocks; formats from other
//! languages know lines.
//! Must not know any format.
//!
//! The rule is that of gcov2lcov: a line counts if a block with statements touches it, and it ran
//! if any of these blocks ran. So a line that two blocks share, such as `if err != nil {`, ran if
//! its condition ran. (gocover-cobertura uses the lower count there, and shows that line as
//! missed.)

use super::blocks::Block;

/// No real block has more lines. A `//line` directive can claim any number, and each line takes
/// memory.
const LONGEST: u32 = 100_000;

/// A line that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    /// From 1.
    pub number: u32,
    /// Whether a test ran any of it.
    pub ran: bool,
}

/// How many lines count, and how many of these ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Those that ran.
    pub ran: usize,
    /// All lines.
    pub all: usize,
}

/// The lines that count in a file with these blocks, from top to bottom.
#[must_use]
pub(crate) fn lines(blocks: &[Block]) -> Vec<Line> {
    let with_statements = blocks.iter().filter(|block| block.statements > 0);
    let mut lines: Vec<Line> = with_statements
        .flat_map(|block| {
            let ran = block.covered;
            // A //line directive inside a block can place its end above its start.
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
    /// Counts lines.
    #[must_use]
    pub(crate) fn of(lines: &[Line]) -> Self {
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

    use super::*;

    /// First line, last line, statements.
    fn block(start_line: u32, end_line: u32, statements: u32, covered: bool) -> Block {
        let (start_column, end_column) = (1, 2);
        let (file, ignored) = (0, 0);
        Block { file, start_line, start_column, end_line, end_column, statements, covered, ignored }
    }

    fn numbers(lines: &[Line], ran: bool) -> Vec<u32> {
        lines.iter().filter(|line| line.ran == ran).map(|line| line.number).collect()
    }

    #[test]
    fn a_shared_line_ran_if_one_of_its_blocks_did() {
        let condition = block(3, 5, 2, true);
        let branch = block(5, 7, 1, false);
        let lines = lines(&[condition, branch]);
        assert_eq!(numbers(&lines, true), [3, 4, 5]);
        assert_eq!(numbers(&lines, false), [6, 7]);
        assert_eq!(Tally::of(&lines), Tally { ran: 3, all: 5 });
    }

    #[test]
    fn a_block_without_statements_touches_no_line() {
        let lines = lines(&[block(3, 4, 0, false), block(9, 9, 1, true)]);
        assert_eq!(numbers(&lines, true), [9]);
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn a_block_that_ends_above_its_start_touches_the_line_where_it_starts() {
        let lines = lines(&[block(30, 4, 1, false)]);
        assert_eq!(numbers(&lines, false), [30]);
    }

    fn any_block() -> impl Strategy<Value = Block> {
        (1u32..40, 0u32..6, 0u32..3, any::<bool>()).prop_map(|(line, more, statements, covered)| {
            block(line, line + more, statements, covered)
        })
    }

    proptest! {
        #[test]
        fn every_line_counts_once_and_ran_where_a_block_did(
            blocks in proptest::collection::vec(any_block(), 0..24),
        ) {
            let found = lines(&blocks);
            let touch = |number: u32| {
                let mut counts = blocks.iter().filter(|block| block.statements > 0).filter(
                    |block| (block.start_line..=block.end_line).contains(&number)).peekable();
                counts.peek().is_some().then(|| counts.any(|block| block.covered))
            };
            let expected: Vec<Line> =
                (1..60).filter_map(|number| Some(Line { number, ran: touch(number)? })).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
