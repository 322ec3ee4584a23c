//! Owns what does not count: which statements are ignored, by whose word, and what is left of blocks.
//! Whoever asks what counts asks here; all sums are made of the blocks that this leaves.
//! Must not know how a directive is written, or which files there are.
//!
//! As with changed statements, a parser says where statements stand, and is believed for a block only if
//! it finds as many there as go. Elsewhere a block is ignored only if all of it is.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::blocks::{Block, PackageBlocks};
use super::paths;
use super::statements::{Area, Position, Statement};

/// What is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Statements, with all that they hold: `//covgate:ignore`.
    Statement,
    /// What a pair of braces holds: `//covgate:ignore`.
    Block,
    /// A case of a switch or select: `//covgate:ignore`.
    Case,
    /// A function or method: `//covgate:ignore`.
    Function,
    /// A whole file: `//covgate:ignore-file`.
    File,
    /// A whole file that the setting `exclude-files` names.
    ExcludedFile,
    /// A whole generated file, with the setting `exclude-generated`.
    GeneratedFile,
}

impl Kind {
    /// Whether it is a whole file.
    #[must_use]
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::ExcludedFile | Self::GeneratedFile)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Statement => "statement",
            Self::Block => "block",
            Self::Case => "case",
            Self::Function => "function",
            Self::File | Self::ExcludedFile | Self::GeneratedFile => "file",
        })
    }
}

/// A part of a file that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    /// What it is.
    pub kind: Kind,
    /// The file, as reports name it.
    pub path: String,
    /// The line of its directive; none if a setting says so.
    pub line: Option<u32>,
    /// Why it does not count.
    pub reason: String,
    /// Where it is.
    pub area: Area,
    /// How many statements it takes out, without those that an earlier one takes out.
    pub statements: u64,
    /// How many of these are covered; none if that is not known.
    pub covered: Option<u64>,
}

impl Ignore {
    /// Whether it is a directive that could go: tests run all that it takes out.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.line.is_some() && self.covered == Some(self.statements)
    }
}

/// A file in which something does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoringFile {
    /// What a profile may call it, without folders: its name, and those that `//line` directives give it.
    names: Vec<String>,
    /// Those that go counts, by their start.
    statements: Vec<Statement>,
    /// From top to bottom; what is in another comes behind that.
    ignores: Vec<Ignore>,
}

impl IgnoringFile {
    /// A file with these statements, by their start.
    #[must_use]
    pub fn new(names: Vec<String>, statements: Vec<Statement>, mut ignores: Vec<Ignore>) -> Self {
        ignores.sort_by_key(|ignore| (ignore.area.start, std::cmp::Reverse(ignore.area.end)));
        for ignore in &mut ignores {
            ignore.statements = 0;
        }
        let mut file = Self { names, statements, ignores };
        for index in 0..file.statements.len() {
            let owner = file.owner(|area| area.holds(file.statements[index].start));
            if let Some(ignore) = owner.and_then(|owner| file.ignores.get_mut(owner)) {
                ignore.statements += 1;
            }
        }
        file
    }

    /// What is ignored in it.
    #[must_use]
    pub fn ignores(&self) -> &[Ignore] {
        &self.ignores
    }

    /// Whether a profile may call it so.
    #[must_use]
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == paths::last(name))
    }

    /// Whether a statement that starts there counts.
    #[must_use]
    pub(crate) fn counts(&self, start: Position) -> bool {
        self.owner(|area| area.holds(start)).is_none()
    }

    /// The first ignored part that holds something.
    fn owner(&self, holds: impl Fn(Area) -> bool) -> Option<usize> {
        self.ignores.iter().position(|ignore| holds(ignore.area))
    }

    /// Takes out of a block what does not count; adds to `uncovered`, for each ignored part, what it takes
    /// that no test runs.
    fn count_out(&self, block: &mut Block, uncovered: &mut [u64]) {
        let mut taken = Vec::new();
        let whole = self.ignores.first().is_some_and(|ignore| ignore.area == Area::WHOLE);
        match block.held(&self.statements).filter(|_| !whole) {
            Some(held) => {
                let owners = held.iter().map(|one| self.owner(|area| area.holds(one.start)));
                taken.extend(owners.flatten().map(|owner| (owner, 1)));
            }
            None => {
                let owner = self.owner(|area| area.holds_block(block));
                taken.extend(owner.map(|owner| (owner, block.raw())));
            }
        }
        for (owner, statements) in taken {
            block.ignore(statements);
            if let Some(sum) = uncovered.get_mut(owner).filter(|_| !block.covered) {
                *sum += u64::from(statements);
            }
        }
    }
}

/// Takes out of a package's blocks what does not count; returns what is ignored, each with how much of it
/// is covered. Blocks of a package that could not be measured are none, and nothing is known of them.
#[must_use]
pub(crate) fn count_out(
    files: &[IgnoringFile],
    blocks: &mut PackageBlocks,
    is_known: bool,
) -> Vec<Ignore> {
    let mut uncovered: Vec<Vec<u64>> =
        files.iter().map(|file| vec![0; file.ignores.len()]).collect();
    for (name, blocks) in blocks.files_mut() {
        let file = files.iter().zip(&mut uncovered).find(|(file, _)| file.is_called(name));
        if let Some((file, uncovered)) = file {
            blocks.iter_mut().for_each(|block| file.count_out(block, uncovered));
        }
    }
    let ignores = files.iter().zip(uncovered).flat_map(|(file, uncovered)| {
        file.ignores.iter().zip(uncovered).map(move |(ignore, uncovered)| {
            let covered = is_known.then(|| ignore.statements.saturating_sub(uncovered));
            Ignore { covered, ..ignore.clone() }
        })
    });
    ignores.collect()
}

/// How much is ignored.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Ignored {
    /// How many statements, as the parser sees them.
    pub statements: u64,
    /// By how many directives on parts of files.
    pub directives: usize,
    /// In how many whole files.
    pub files: usize,
}

impl Ignored {
    /// The sum of these.
    pub(crate) fn of<'i>(ignores: impl IntoIterator<Item = &'i Ignore>) -> Self {
        ignores.into_iter().fold(Self::default(), |sum, ignore| Self {
            // A report can name any number.
            statements: sum.statements.saturating_add(ignore.statements),
            directives: sum.directives + usize::from(!ignore.kind.is_file()),
            files: sum.files + usize::from(ignore.kind.is_file()),
        })
    }

    /// Whether nothing is ignored.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { statements, directives, files } = self;
        write!(f, "Ignoring {statements} statement(s): {directives} directive(s), {files} file(s)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::percent::Coverage;

    fn at(line: u32) -> Position {
        Position { line, column: 1 }
    }

    /// A statement on each line of a range.
    fn statements(lines: std::ops::Range<u32>) -> Vec<Statement> {
        let one = |line| Statement {
            start: at(line),
            end: Position { line, column: 9 },
            lines: vec![(line, line)],
            edge: false,
        };
        lines.map(one).collect()
    }

    /// What stands from one line up to another.
    fn ignore(from: u32, to: u32) -> Ignore {
        Ignore {
            kind: Kind::Block,
            path: "a.go".to_owned(),
            line: Some(from),
            reason: "because".to_owned(),
            area: Area { start: at(from), end: at(to) },
            statements: 0,
            covered: None,
        }
    }

    fn block(from: u32, to: u32, statements: u32, covered: bool) -> Block {
        let (file, start_column, end_column, ignored) = (0, 1, 1, 0);
        let (start_line, end_line) = (from, to);
        Block { file, start_line, start_column, end_line, end_column, statements, covered, ignored }
    }

    fn counted(file: &IgnoringFile, blocks: Vec<Block>) -> (PackageBlocks, Vec<Ignore>) {
        let mut blocks = PackageBlocks::from_files(vec![("m/a.go".to_owned(), blocks)]);
        let ignores = count_out(std::slice::from_ref(file), &mut blocks, true);
        (blocks, ignores)
    }

    fn file(statements: Vec<Statement>, ignores: Vec<Ignore>) -> IgnoringFile {
        IgnoringFile::new(vec!["a.go".to_owned()], statements, ignores)
    }

    #[test]
    fn one_of_the_statements_of_a_block_is_taken_out() {
        let file = file(statements(1..5), vec![ignore(2, 3), ignore(4, 5)]);
        let (mut blocks, ignores) =
            counted(&file, vec![block(1, 4, 3, false), block(4, 5, 1, true)]);
        assert_eq!(blocks.coverage(), Coverage { covered: 0, total: 2 });
        assert_eq!(blocks.raw(), Coverage { covered: 1, total: 4 });
        let covered: Vec<_> = ignores.iter().map(|one| (one.covered, one.is_idle())).collect();
        assert_eq!(covered, [(Some(0), false), (Some(1), true)]);
        assert!(file.counts(at(1)) && !file.counts(at(2)) && file.counts(at(3)));
    }

    #[test]
    fn a_block_of_unknown_places_is_taken_out_whole_or_not_at_all() {
        let file = file(statements(1..9), vec![ignore(1, 5)]);
        let (mut blocks, ignores) =
            counted(&file, vec![block(1, 5, 7, false), block(5, 8, 7, false)]);
        assert_eq!(blocks.coverage(), Coverage { covered: 0, total: 7 });
        assert_eq!(ignores[0].covered, Some(0));
    }

    #[test]
    fn a_statement_is_taken_out_once() {
        let file = file(statements(1..9), vec![ignore(3, 4), ignore(1, 9)]);
        assert_eq!(file.ignores().iter().map(|one| one.statements).collect::<Vec<_>>(), [8, 0]);
        let (blocks, ignores) = counted(&file, vec![block(1, 9, 8, false)]);
        assert_eq!(blocks.raw(), Coverage { covered: 0, total: 8 });
        assert_eq!(ignores.iter().map(Ignore::is_idle).collect::<Vec<_>>(), [false, true]);
        let said = "Ignoring 8 statement(s): 2 directive(s), 0 file(s)";
        assert_eq!(Ignored::of(&ignores).to_string(), said);
    }

    #[test]
    fn a_whole_file_goes_whatever_the_parser_saw() {
        let whole = Ignore { kind: Kind::GeneratedFile, area: Area::WHOLE, ..ignore(0, 0) };
        let file = file(statements(1..3), vec![Ignore { line: None, ..whole }]);
        let (mut blocks, ignores) =
            counted(&file, vec![block(1, 4, 9, false), block(9, 2, 4, true)]);
        assert_eq!(blocks.coverage(), Coverage::default());
        assert!(!ignores[0].is_idle(), "no directive can go");
    }

    #[test]
    fn what_was_not_measured_is_not_idle() {
        let file = file(statements(1..3), vec![ignore(1, 3)]);
        let ignores = count_out(&[file], &mut PackageBlocks::default(), false);
        assert_eq!((ignores[0].covered, ignores[0].is_idle()), (None, false));
    }

    proptest! {
        /// The other way round: statement by statement.
        #[test]
        fn as_counted_one_by_one(
            sizes in proptest::collection::vec((1u32..5, any::<bool>()), 1..20),
            areas in proptest::collection::vec((1u32..60, 0u32..12), 0..6),
        ) {
            let (mut blocks, mut from) = (Vec::new(), 1);
            for (size, covered) in &sizes {
                blocks.push(block(from, from + size, *size, *covered));
                from += size;
            }
            let ignores = areas.iter().map(|(start, size)| ignore(*start, start + size)).collect();
            let file = file(statements(1..from), ignores);
            let (mut left, ignores) = counted(&file, blocks.clone());
            let is_out = |line: u32| areas.iter().any(|(start, size)| (*start..start + size).contains(&line));
            let mut expected = Coverage::default();
            for block in &blocks {
                for _ in (block.start_line..block.end_line).filter(|line| !is_out(*line)) {
                    expected.total += 1;
                    expected.covered += u64::from(block.covered);
                }
            }
            prop_assert_eq!(left.coverage(), expected);
            let raw = left.raw();
            prop_assert_eq!(raw.total, u64::from(from - 1));
            let taken = ignores.iter().map(|one| (one.covered.unwrap(), one.statements));
            let taken = taken.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            prop_assert_eq!(taken, (raw.covered - expected.covered, raw.total - expected.total));
        }
    }
}
