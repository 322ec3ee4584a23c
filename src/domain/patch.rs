//! Owns the statements that a change adds or edits, and how many of them are covered.
//! Must not know how lines are compared, or who asks.
//!
//! A statement is changed if one of its own lines is. Where it is not known which statements a block
//! holds, all of them are, if one of the block's lines is. What does not count is left out.

use super::blocks::Block;
use super::ignores::IgnoringFile;
use super::percent::Coverage;
use super::statements::Statement;

/// Lines of a file, as ranges from first to last.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Lines(Vec<(u32, u32)>);

impl Lines {
    /// All lines that a file can have.
    #[must_use]
    pub fn all() -> Self {
        Self(vec![(1, u32::MAX)])
    }

    /// Adds lines that lie below those that are there.
    pub fn add(&mut self, first: u32, last: u32) {
        if first <= last {
            self.0.push((first, last));
        }
    }

    /// The first and the last of these lines in a range; none if there is no such line.
    fn within(&self, first: u32, last: u32) -> Option<(u32, u32)> {
        let from = self.0.partition_point(|range| range.1 < first);
        let to = self.0.partition_point(|range| range.0 <= last);
        let (start, end) = (self.0.get(from..to)?.first()?.0, self.0[to - 1].1);
        Some((start.max(first), end.min(last)))
    }

    /// The same for several ranges, from top to bottom.
    fn within_any(&self, ranges: &[(u32, u32)]) -> Option<(u32, u32)> {
        let mut found = ranges.iter().filter_map(|(first, last)| self.within(*first, *last));
        let (first, last) = found.next()?;
        Some((first, found.next_back().map_or(last, |(_, last)| last)))
    }
}

/// Changed lines, and the statements on them: one, or several of one block whose places are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    /// The first changed line.
    pub first: u32,
    /// The last changed line.
    pub last: u32,
    /// How many statements.
    pub statements: u32,
}

/// What a change does to a file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// Its path, as reports name it.
    pub path: String,
    /// Changed statements that no test runs, from top to bottom.
    pub uncovered: Vec<Piece>,
    /// Changed statements that tests run, from top to bottom.
    pub covered: Vec<Piece>,
}

/// What a change does to the measured packages.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Patch {
    /// What it is compared with: a commit or tree.
    pub base: String,
    /// The files with changed statements, by path once all are there.
    pub files: Vec<ChangedFile>,
}

impl Patch {
    /// Adds files.
    pub fn add(&mut self, files: Vec<ChangedFile>) {
        self.files.extend(files);
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
    }

    /// How many statements are changed, and how many of these are covered.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        self.files.iter().map(ChangedFile::coverage).sum()
    }
}

impl ChangedFile {
    /// The changed statements of a file with these blocks, all from top to bottom. `ignoring` says which do
    /// not count, if there are any.
    #[must_use]
    pub fn measured(
        path: String,
        blocks: &[Block],
        statements: &[Statement],
        changed: &Lines,
        ignoring: Option<&IgnoringFile>,
    ) -> Self {
        let mut file = Self { path, ..Self::default() };
        for block in blocks {
            let pieces = if block.covered { &mut file.covered } else { &mut file.uncovered };
            match block.held(statements) {
                _ if block.statements == 0 && block.ignored > 0 => {}
                Some(held) => pieces.extend(pieces_of(held, changed, ignoring)),
                // A `//line` directive inside a block can place its end above its start.
                None => pieces.extend(
                    changed
                        .within(block.start_line, block.end_line.max(block.start_line))
                        .map(|(first, last)| Piece { first, last, statements: block.statements }),
                ),
            }
        }
        file.covered.sort_unstable();
        file.uncovered.sort_unstable();
        file
    }

    /// The changed statements of a file that could not be measured: none is covered.
    #[must_use]
    pub fn unmeasured(
        path: String,
        statements: &[Statement],
        changed: &Lines,
        ignoring: Option<&IgnoringFile>,
    ) -> Self {
        let uncovered = pieces_of(statements, changed, ignoring).collect();
        Self { path, uncovered, covered: Vec::new() }
    }

    /// Whether it has no changed statement.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.coverage().total == 0
    }

    /// How many of its statements are changed, and how many of these are covered.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let sum = |pieces: &[Piece]| pieces.iter().map(|piece| u64::from(piece.statements)).sum();
        let (covered, uncovered): (u64, u64) = (sum(&self.covered), sum(&self.uncovered));
        Coverage { covered, total: covered + uncovered }
    }

    /// The changed lines that no test runs; neighbours are one range.
    #[must_use]
    pub fn uncovered_lines(&self) -> Vec<Piece> {
        let mut joined: Vec<Piece> = Vec::new();
        for piece in self.uncovered.iter().filter(|piece| piece.statements > 0) {
            match joined.last_mut() {
                Some(before) if piece.first <= before.last.saturating_add(1) => {
                    before.last = before.last.max(piece.last);
                    before.statements = before.statements.saturating_add(piece.statements);
                }
                _ => joined.push(*piece),
            }
        }
        joined
    }
}

fn pieces_of(
    statements: &[Statement],
    changed: &Lines,
    ignoring: Option<&IgnoringFile>,
) -> impl Iterator<Item = Piece> {
    let counts = move |one: &&Statement| ignoring.is_none_or(|ignoring| ignoring.counts(one.start));
    statements.iter().filter(counts).filter_map(|statement| {
        let (first, last) = changed.within_any(&statement.lines)?;
        Some(Piece { first, last, statements: 1 })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::statements::Position;

    fn lines(ranges: &[(u32, u32)]) -> Lines {
        let mut lines = Lines::default();
        ranges.iter().for_each(|(first, last)| lines.add(*first, *last));
        lines
    }

    fn statement(lines: &[(u32, u32)]) -> Statement {
        let start = Position { line: lines[0].0, column: 2 };
        Statement { start, end: start, lines: lines.to_vec(), edge: false }
    }

    fn block(start_line: u32, end_line: u32, statements: u32, covered: bool) -> Block {
        let (start_column, end_column) = (1, 9);
        let (file, ignored) = (0, 0);
        Block { file, start_line, start_column, end_line, end_column, statements, covered, ignored }
    }

    fn piece(first: u32, last: u32, statements: u32) -> Piece {
        Piece { first, last, statements }
    }

    #[test]
    fn lines_are_found_in_ranges() {
        let changed = lines(&[(3, 4), (8, 8)]);
        for (first, last, found) in [
            (1, 2, None),
            (1, 3, Some((3, 3))),
            (4, 8, Some((4, 8))),
            (5, 7, None),
            (8, 20, Some((8, 8))),
            (9, 20, None),
        ] {
            assert_eq!(changed.within(first, last), found, "{first}-{last}");
        }
        assert_eq!(changed.within_any(&[(1, 1), (4, 5), (6, 6), (8, 9)]), Some((4, 8)));
        assert_eq!(changed.within_any(&[(1, 1), (5, 7)]), None);
        assert_eq!(Lines::default().within(1, 9), None);
        assert_eq!(Lines::all().within(7, 9), Some((7, 9)));
    }

    #[test]
    fn a_statement_is_changed_if_one_of_its_lines_is() {
        let all = [statement(&[(2, 2)]), statement(&[(3, 3), (7, 8)]), statement(&[(5, 5)])];
        let blocks = [block(1, 4, 2, true), block(5, 6, 1, false)];
        let of =
            |ranges| ChangedFile::measured("f".to_owned(), &blocks, &all, &lines(ranges), None);
        assert!(of(&[(1, 1), (4, 4), (6, 6)]).is_empty());
        assert_eq!(of(&[(7, 7)]).covered, [piece(7, 7, 1)]);
        assert_eq!(of(&[(2, 3)]).covered, [piece(2, 2, 1), piece(3, 3, 1)]);
        let both = of(&[(3, 8)]);
        assert_eq!(
            (both.covered.as_slice(), both.uncovered.as_slice()),
            (&[piece(3, 8, 1)][..], &[piece(5, 5, 1)][..])
        );
        assert_eq!(both.coverage(), Coverage { covered: 1, total: 2 });
    }

    #[test]
    fn a_block_counts_whole_where_the_parser_sees_another_number() {
        let all = [statement(&[(2, 2)])];
        let blocks = [block(1, 9, 4, false), block(9, 9, 0, true)];
        let file =
            ChangedFile::measured("f".to_owned(), &blocks, &all, &lines(&[(4, 5), (12, 13)]), None);
        assert_eq!(file.uncovered, [piece(4, 5, 4)]);
        assert!(
            ChangedFile::measured("f".to_owned(), &blocks, &all, &lines(&[(10, 99)]), None)
                .is_empty()
        );
    }

    #[test]
    fn neighbours_are_named_together() {
        let uncovered = vec![piece(1, 2, 1), piece(2, 2, 1), piece(3, 5, 2), piece(7, 7, 1)];
        let file = ChangedFile { uncovered, ..ChangedFile::default() };
        assert_eq!(file.uncovered_lines(), [piece(1, 5, 4), piece(7, 7, 1)]);
    }

    proptest! {
        /// The other way round: line by line, what stands there.
        #[test]
        fn as_counted_line_by_line(
            kinds in proptest::collection::vec((any::<bool>(), 1u32..4, 0u32..3), 1..20),
            marks in proptest::collection::vec(any::<bool>(), 90),
        ) {
            let (mut at, mut all, mut blocks) = (1, Vec::new(), Vec::new());
            for (covered, long, count) in kinds {
                let first = at;
                for _ in 0..count {
                    all.push(statement(&[(at, at + long - 1)]));
                    at += long;
                }
                blocks.push(block(first, at, count, covered));
                at += 1;
            }
            let is_changed = |line: u32| marks.get(line as usize % 90).copied().unwrap_or(false);
            let mut changed = Lines::default();
            (1..at).filter(|line| is_changed(*line)).for_each(|line| changed.add(line, line));
            let found = ChangedFile::measured("f".to_owned(), &blocks, &all, &changed, None).coverage();
            let counts = all.iter().filter(|one| (one.lines[0].0..=one.lines[0].1).any(is_changed));
            let is_covered = |one: &&Statement| blocks.iter().any(|block| {
                block.covered && (block.start_line..block.end_line).contains(&one.start.line)
            });
            prop_assert_eq!(found.total, counts.clone().count() as u64);
            prop_assert_eq!(found.covered, counts.filter(is_covered).count() as u64);
        }
    }
}
