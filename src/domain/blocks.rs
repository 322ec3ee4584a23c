//! Owns blocks, the unit in which go counts coverage, and how many statements of a package they
//! hold.
//! Must not know where they come from, or how a profile is written.

use std::io::{self, Write};

use super::percent::Coverage;

/// One block of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// Index into the package's files.
    pub(crate) file: u32,
    /// First line, from 1.
    pub start_line: u32,
    /// First column, from 1, in bytes.
    pub start_column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after its last byte.
    pub end_column: u32,
    /// How many of its statements count.
    pub statements: u32,
    /// Whether it ran at least once.
    pub covered: bool,
    /// How many of its statements do not count; none before `domain::ignores` has looked at it.
    pub ignored: u32,
}

impl Block {
    /// How many statements it holds, those that do not count too.
    #[must_use]
    pub fn raw(&self) -> u32 {
        self.statements.saturating_add(self.ignored)
    }

    /// Takes statements out of what counts.
    pub(crate) fn ignore(&mut self, statements: u32) {
        let statements = statements.min(self.statements);
        self.statements -= statements;
        self.ignored += statements;
    }

    /// Writes the block as a line of a profile in mode `set`: as go counted it.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&self, file: &str, out: &mut dyn Write) -> io::Result<()> {
        let Self { start_line, start_column, end_line, end_column, .. } = self;
        let statements = self.raw();
        let count = u8::from(self.covered);
        writeln!(
            out,
            "{file}:{start_line}.{start_column},{end_line}.{end_column} {statements} {count}"
        )
    }
}

/// The blocks of one package.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct PackageBlocks {
    /// By name.
    pub(crate) files: Vec<String>,
    /// Unsorted and with copies until they are counted.
    pub(crate) blocks: Vec<Block>,
}

impl PackageBlocks {
    /// Takes blocks that are sorted already, each once, file by file.
    #[must_use]
    pub fn from_files(files: Vec<(String, Vec<Block>)>) -> Self {
        let mut all = Self::default();
        for (index, (name, blocks)) in (0u32..).zip(files) {
            all.files.push(name);
            all.blocks.extend(blocks.into_iter().map(|block| Block { file: index, ..block }));
        }
        all.settle();
        all
    }

    /// The files that hold statements, by name, each with its blocks from top to bottom. Files are
    /// named as go names them: the package's import path, a slash, the file.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[Block])> {
        let same_file = |one: &Block, other: &Block| one.file == other.file;
        self.blocks.chunk_by(same_file).filter_map(|blocks| {
            let index = usize::try_from(blocks.first()?.file).ok()?;
            Some((self.files.get(index)?.as_str(), blocks))
        })
    }

    /// The same, to take statements out of what counts.
    pub(crate) fn files_mut(&mut self) -> impl Iterator<Item = (&str, &mut [Block])> {
        let Self { files, blocks } = self;
        let same_file = |one: &Block, other: &Block| one.file == other.file;
        blocks.chunk_by_mut(same_file).filter_map(|blocks| {
            let index = usize::try_from(blocks.first()?.file).ok()?;
            Some((files.get(index)?.as_str(), blocks))
        })
    }

    /// How many statements there are, and how many are covered, with those that do not count.
    #[must_use]
    pub(crate) fn raw(&self) -> Coverage {
        sum(self.blocks.iter().map(|block| (block.raw(), block.covered)))
    }

    /// Marks every block as not covered.
    pub fn uncover(&mut self) {
        for block in &mut self.blocks {
            block.covered = false;
        }
    }

    /// Sorts the files and their blocks and keeps each once. A block is covered if any of its
    /// copies is. Returns whether the copies of each agree.
    ///
    /// Copies come from several test binaries over one package, and from cached profiles that go
    /// wrote twice (golang/go#81824).
    pub fn settle(&mut self) -> bool {
        self.sort_files();
        self.blocks.sort_unstable();
        let mut agree = true;
        self.blocks.dedup_by(|next, kept| {
            let same = Block { covered: kept.covered, ..*next } == *kept;
            agree &= !same || next.covered == kept.covered;
            kept.covered |= same && next.covered;
            same
        });
        agree
    }

    /// Adds blocks of the same package.
    pub fn unite(&mut self, other: Self) {
        if self.blocks.is_empty() {
            *self = other;
            return;
        }
        let mut places = Vec::new();
        for name in other.files {
            let known = self.files.iter().position(|file| *file == name);
            let place = known.unwrap_or_else(|| {
                self.files.push(name);
                self.files.len() - 1
            });
            places.extend(u32::try_from(place));
        }
        let place = |index: u32| places.get(usize::try_from(index).ok()?).copied();
        let blocks = other.blocks.into_iter();
        self.blocks
            .extend(blocks.filter_map(|block| Some(Block { file: place(block.file)?, ..block })));
    }

    /// Numbers the files by name: go writes them in the order in which it compiled them.
    fn sort_files(&mut self) {
        if self.files.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..self.files.len()).collect();
        order.sort_unstable_by(|one, other| self.files[*one].cmp(&self.files[*other]));
        let mut places = vec![0; order.len()];
        for (place, old) in (0u32..).zip(&order) {
            places[*old] = place;
        }
        for block in &mut self.blocks {
            if let Some(place) = usize::try_from(block.file).ok().and_then(|old| places.get(old)) {
                block.file = *place;
            }
        }
        self.files.sort_unstable();
    }

    /// How many statements there are and how many are covered, with each block counted once.
    pub fn coverage(&mut self) -> Coverage {
        self.settle();
        count(&self.blocks)
    }
}

/// Counts the statements of blocks without copies: those that count.
#[must_use]
pub(crate) fn count(blocks: &[Block]) -> Coverage {
    sum(blocks.iter().map(|block| (block.statements, block.covered)))
}

fn sum(blocks: impl Iterator<Item = (u32, bool)>) -> Coverage {
    blocks.fold(Coverage::default(), |sum, (statements, covered)| {
        let statements = u64::from(statements);
        Coverage {
            covered: sum.covered + if covered { statements } else { 0 },
            total: sum.total + statements,
        }
    })
}
