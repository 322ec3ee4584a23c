//! Owns the way of what does not count into the document and back.
//! Must not know what the document is used for.

use super::{AreaRecord, BlockRecord, IgnoreRecord, RawRecord};
use crate::domain::blocks::Block;
use crate::domain::ignores::Ignore;
use crate::domain::percent::Coverage;
use crate::domain::statements::{Area, Position};

impl RawRecord {
    /// The record of what go counts.
    pub(super) fn new(coverage: Coverage) -> Self {
        let percent = coverage.shown().map(super::write::tenths);
        Self { statements: coverage.total, covered: coverage.covered, percent }
    }
}

impl BlockRecord {
    /// A block with the number of its statements that do not count; none if all count.
    pub(super) fn ignored(block: &Block) -> Option<Self> {
        let Self(start, column, end, end_column, _) = Self::new(block);
        (block.ignored > 0).then_some(Self(start, column, end, end_column, block.ignored))
    }
}

impl IgnoreRecord {
    /// The record of what a run found.
    pub(super) fn new(ignore: &Ignore) -> Self {
        let Ignore { kind, path, line, reason, area, statements, covered } = ignore;
        let is_part = *area != Area::WHOLE;
        let Area { start, end } = *area;
        Self {
            kind: *kind,
            path: path.clone(),
            line: *line,
            reason: reason.clone(),
            area: is_part.then_some(AreaRecord(start.line, start.column, end.line, end.column)),
            statements: *statements,
            covered: *covered,
        }
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn place(&self) -> Area {
        let part = |AreaRecord(line, column, end_line, end_column): AreaRecord| Area {
            start: Position { line, column },
            end: Position { line: end_line, column: end_column },
        };
        self.area.map_or(Area::WHOLE, part)
    }

    /// The same as a run found it.
    pub(super) fn ignore(&self) -> Ignore {
        Ignore {
            kind: self.kind,
            path: self.path.clone(),
            line: self.line,
            reason: self.reason.clone(),
            area: self.place(),
            statements: self.statements,
            covered: self.covered,
        }
    }
}
