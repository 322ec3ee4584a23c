//! Owns statements, the unit of a change, and the question which of them a block holds; and
//! which blocks lie in a part of a file.
//! Must not know how they are found in a file.
//!
//! go tells how many statements a block has, not where they are. Whoever needs to know where asks a
//! parser, and believes it for a block only if it finds as many there.

use super::blocks::Block;

/// A place in a file: line and column from 1, the column in bytes, as in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in bytes.
    pub column: u32,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Where it starts.
    pub start: Position,
    /// Behind its last byte, with all that it holds.
    pub end: Position,
    /// Its own lines, as first and last: those of its head if it holds others in a block, never those of a
    /// function literal's body, and none with only a bracket or the like.
    pub lines: Vec<(u32, u32)>,
    /// Whether go ends a block in front of it and yet counts it there: labels, because a jump may lead to
    /// them, and blocks in braces.
    pub edge: bool,
}

impl Statement {
    /// Its first own line, and its last.
    #[must_use]
    pub fn extent(&self) -> (u32, u32) {
        let line = self.start.line;
        let first = self.lines.first().map_or(line, |(first, _)| *first);
        (first, self.lines.last().map_or(line, |(_, last)| *last))
    }
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Area {
    /// Where it starts.
    pub start: Position,
    /// Behind its last byte.
    pub end: Position,
}

impl Area {
    /// All of a file.
    pub const WHOLE: Self = Self {
        start: Position { line: 0, column: 0 },
        end: Position { line: u32::MAX, column: u32::MAX },
    };

    /// Whether it holds what starts at a place.
    #[must_use]
    pub fn holds(self, start: Position) -> bool {
        self.start <= start && start < self.end
    }

    /// Whether it holds all of a block.
    #[must_use]
    pub fn holds_block(self, block: &Block) -> bool {
        self.start <= block.start() && block.end() <= self.end
    }
}

/// The blocks of one file, from top to bottom, that lie between two places.
#[must_use]
pub(crate) fn between(blocks: &[Block], start: Position, end: Position) -> &[Block] {
    let from = blocks.partition_point(|block| block.start() < start);
    let to = blocks.partition_point(|block| block.start() < end);
    &blocks[from..to.max(from)]
}

impl Block {
    /// Where it is.
    #[must_use]
    pub fn area(&self) -> Area {
        Area { start: self.start(), end: self.end() }
    }

    fn start(&self) -> Position {
        Position { line: self.start_line, column: self.start_column }
    }

    fn end(&self) -> Position {
        Position { line: self.end_line, column: self.end_column }
    }

    /// The statements of the block, of all those of its file in order; none where the parser found another
    /// number than go.
    #[must_use]
    pub fn held<'s>(&self, statements: &'s [Statement]) -> Option<&'s [Statement]> {
        let is_edge_at =
            |at: Position| move |statement: &&Statement| statement.edge && statement.start == at;
        let from = statements.partition_point(|statement| statement.start < self.start());
        let from =
            from + usize::from(statements.get(from).filter(is_edge_at(self.start())).is_some());
        let to = statements.partition_point(|statement| statement.start < self.end()).max(from);
        let wanted = usize::try_from(self.raw()).ok()?;
        if to - from == wanted {
            return statements.get(from..to);
        }
        let with_edge =
            to + usize::from(statements.get(to).filter(is_edge_at(self.end())).is_some());
        statements.get(from..with_edge).filter(|held| held.len() == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(line: u32, column: u32, edge: bool) -> Statement {
        let start = Position { line, column };
        Statement { start, end: start, lines: vec![(line, line)], edge }
    }

    fn block(start: (u32, u32), end: (u32, u32), statements: u32) -> Block {
        let ((start_line, start_column), (end_line, end_column)) = (start, end);
        let (file, covered, ignored) = (0, false, 0);
        Block { file, start_line, start_column, end_line, end_column, statements, covered, ignored }
    }

    #[test]
    fn a_block_holds_what_starts_in_it() {
        let all = [statement(2, 2, false), statement(2, 9, false), statement(4, 2, false)];
        let held = |block: Block| block.held(&all).map(<[_]>::len);
        assert_eq!(held(block((1, 10), (5, 2), 3)), Some(3));
        assert_eq!(held(block((2, 2), (4, 2), 2)), Some(2), "its end is not in it");
        assert_eq!(held(block((2, 3), (4, 2), 1)), Some(1));
        assert_eq!(held(block((1, 10), (5, 2), 2)), None, "go counts fewer");
        assert_eq!(held(block((1, 10), (5, 2), 4)), None, "go counts more");
        assert_eq!(held(block((7, 1), (6, 1), 0)), Some(0));
        assert_eq!(held(block((7, 1), (6, 1), 1)), None);
    }

    #[test]
    fn blocks_of_neighbours_on_a_line_are_told_apart() {
        let blocks =
            [block((1, 12), (1, 20), 1), block((1, 34), (1, 40), 2), block((2, 9), (4, 2), 1)];
        let at = |line, column| Position { line, column };
        assert_eq!(between(&blocks, at(1, 1), at(1, 20)), &blocks[..1]);
        assert_eq!(between(&blocks, at(1, 22), at(1, 40)), &blocks[1..2]);
        assert_eq!(between(&blocks, at(2, 1), at(9, 9)), &blocks[2..]);
        assert_eq!(between(&blocks, at(9, 9), at(2, 1)), &[]);
    }

    #[test]
    fn a_block_in_braces_is_not_in_itself() {
        let all = [statement(2, 2, false), statement(3, 2, true), statement(4, 3, false)];
        let held = |block: Block| block.held(&all).map(<[_]>::len);
        assert_eq!(held(block((1, 10), (3, 2), 2)), Some(2));
        assert_eq!(held(block((3, 2), (5, 3), 1)), Some(1));
        assert_eq!(held(block((3, 2), (5, 3), 2)), None);
    }

    #[test]
    fn a_label_belongs_to_the_block_before_it() {
        let all = [statement(2, 2, false), statement(3, 1, true), statement(4, 2, false)];
        let held = |block: Block| block.held(&all).map(<[_]>::len);
        assert_eq!(held(block((1, 10), (3, 1), 2)), Some(2));
        assert_eq!(held(block((1, 10), (3, 1), 1)), Some(1), "as go 1.27 counts it");
        assert_eq!(held(block((4, 2), (5, 2), 1)), Some(1));
        assert_eq!(held(block((2, 2), (4, 2), 3)), None, "not one that only follows");
    }
}
