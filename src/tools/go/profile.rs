//! Owns the reading of coverage profiles, as bytes arrive.
//!
//! The format is that of `runtime/coverage` and cmd/cover in the Go source: a line `mode:
//! set|count|atomic`, then a line `file:line.col,line.col statements count` per block.
//! Must not know processes, or which packages were asked for.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};

use camino::Utf8Path;
use memchr::{memchr, memrchr};

use crate::domain::blocks::{Block, PackageBlocks};

/// No real line is longer, in bytes.
const LINE_CAP: usize = 64 * 1024;

/// A line that does not belong in a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("coverage profile, line {line}: {problem}: `{text}`")]
pub struct ProfileError {
    line: u64,
    problem: Cow<'static, str>,
    text: String,
}

impl ProfileError {
    /// The error in a profile that somebody named.
    #[must_use]
    pub(crate) fn in_profile(&self, name: &str) -> String {
        let Self { line, problem, text } = self;
        format!("{name}, line {line}: {problem}: `{text}`")
    }
}

/// What takes the blocks of a profile, each with the name of its file; the error says what is wrong
/// with the line.
pub(crate) type Take<'a> = dyn FnMut(&[u8], Block) -> Result<(), Cow<'static, str>> + 'a;

/// Splits a profile into its blocks, piece by piece.
#[derive(Debug, Default)]
pub(crate) struct BlockReader {
    partial: Vec<u8>,
    line: u64,
    error: Option<ProfileError>,
}

impl BlockReader {
    /// Takes bytes as they come. Stops at the first bad line: what would follow cannot be known.
    pub(crate) fn push(&mut self, mut bytes: &[u8], take: &mut Take<'_>) {
        while self.error.is_none()
            && let Some(newline) = memchr(b'\n', bytes)
        {
            let (line, rest) = bytes.split_at(newline);
            bytes = &rest[1..];
            if self.partial.is_empty() {
                self.line(line, take);
            } else {
                self.partial.extend_from_slice(line);
                let line = std::mem::take(&mut self.partial);
                self.line(&line, take);
            }
        }
        if self.error.is_none() {
            self.partial.extend_from_slice(bytes);
            if self.partial.len() > LINE_CAP {
                self.line += 1;
                let text = std::mem::take(&mut self.partial);
                self.fail("a line without end", &text);
            }
        }
    }

    /// The profile is complete: a line without its newline was cut off.
    pub(crate) fn finish(&mut self) {
        if self.error.is_none() && !self.partial.is_empty() {
            self.line += 1;
            let text = std::mem::take(&mut self.partial);
            self.fail("cut off in the middle of a line", &text);
        }
    }

    /// What was wrong with it, if anything was.
    #[must_use]
    pub(crate) fn error(&self) -> Option<&ProfileError> {
        self.error.as_ref()
    }

    /// Whether there was no line at all.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.line == 0
    }

    fn line(&mut self, line: &[u8], take: &mut Take<'_>) {
        self.line += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"mode: ") || line.is_empty() {
            return;
        }
        if self.line == 1 {
            return self.fail("not a coverage profile", line);
        }
        let Some((name, block)) = parse_block(line) else {
            return self.fail("not a block", line);
        };
        if let Err(problem) = take(name, block) {
            self.fail(problem, line);
        }
    }

    fn fail(&mut self, problem: impl Into<Cow<'static, str>>, text: &[u8]) {
        let text = String::from_utf8_lossy(&text[..text.len().min(120)]).into_owned();
        self.error = Some(ProfileError { line: self.line, problem: problem.into(), text });
    }
}

/// Reads a profile piece by piece and sorts its blocks by package.
#[derive(Debug, Default)]
pub struct ProfileReader {
    blocks: BlockReader,
    sorted: Sorted,
}

#[derive(Debug, Default)]
struct Sorted {
    packages: HashMap<String, PackageBlocks>,
    /// Consecutive lines name the same file, so its package and index are looked up once.
    current: Option<(String, String, u32)>,
}

impl ProfileReader {
    /// Takes bytes as they come. Stops at the first bad line: what would follow cannot be known.
    pub fn push(&mut self, bytes: &[u8]) {
        let Self { blocks, sorted } = self;
        blocks.push(bytes, &mut |name, block| {
            sorted.add(name, block).ok_or(Cow::Borrowed("not a block"))
        });
    }

    /// The profile is complete: a line without its newline was cut off.
    pub fn finish(&mut self) {
        self.blocks.finish();
    }

    /// What was wrong with it, if anything was.
    #[must_use]
    pub fn error(&self) -> Option<&ProfileError> {
        self.blocks.error()
    }

    /// Takes out the blocks of a package.
    pub fn take(&mut self, import_path: &str) -> PackageBlocks {
        self.sorted.current = None;
        self.sorted.packages.remove(import_path).unwrap_or_default()
    }
}

impl Sorted {
    fn add(&mut self, name: &[u8], mut block: Block) -> Option<()> {
        let (package, file) = self.locate(name)?;
        block.file = file;
        package.blocks.push(block);
        Some(())
    }

    /// The package of a file and the file's index in it.
    fn locate(&mut self, name: &[u8]) -> Option<(&mut PackageBlocks, u32)> {
        let known = self.current.as_ref().is_some_and(|(file, ..)| file.as_bytes() == name);
        if !known {
            let name = std::str::from_utf8(name).ok()?;
            let package = name.rsplit_once('/').map_or(".", |(package, _)| package);
            let files = &mut self.packages.entry(package.to_owned()).or_default().files;
            let index = files.iter().position(|file| file == name).unwrap_or_else(|| {
                files.push(name.to_owned());
                files.len() - 1
            });
            self.current = Some((name.to_owned(), package.to_owned(), u32::try_from(index).ok()?));
        }
        let (_, package, index) = self.current.as_ref()?;
        Some((self.packages.get_mut(package)?, *index))
    }
}

/// Reads `file:12.34,56.78 statements count` from the right, because a file name can hold any byte.
fn parse_block(line: &[u8]) -> Option<(&[u8], Block)> {
    let (line, count) = split_right(line, b' ')?;
    let (line, statements) = split_right(line, b' ')?;
    let (name, range) = split_right(line, b':')?;
    let (start, end) = split_right(range, b',')?;
    let (start_line, start_column) = split_right(start, b'.')?;
    let (end_line, end_column) = split_right(end, b'.')?;
    // A count may be larger than any integer type; only whether it is zero matters.
    let counted = !count.is_empty() && count.iter().all(u8::is_ascii_digit);
    if name.is_empty() || !counted {
        return None;
    }
    let block = Block {
        file: 0,
        start_line: number(start_line)?,
        start_column: number(start_column)?,
        end_line: number(end_line)?,
        end_column: number(end_column)?,
        statements: number(statements)?,
        covered: count.iter().any(|digit| *digit != b'0'),
        ignored: 0,
    };
    Some((name, block))
}

fn split_right(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let index = memrchr(at, text)?;
    Some((&text[..index], &text[index + 1..]))
}

fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// Follows a profile that go is still writing.
#[derive(Debug)]
pub struct ProfileTail {
    file: File,
    reader: ProfileReader,
    buffer: Vec<u8>,
}

impl ProfileTail {
    /// Opens the file. It must exist: go truncates an existing file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Utf8Path) -> io::Result<Self> {
        Ok(Self {
            file: File::open(path)?,
            reader: ProfileReader::default(),
            buffer: vec![0; 256 * 1024],
        })
    }

    /// Reads what has been added, up to the file's present end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn catch_up(&mut self) -> io::Result<&mut ProfileReader> {
        loop {
            match self.file.read(&mut self.buffer) {
                Ok(0) => return Ok(&mut self.reader),
                Ok(count) => self.reader.push(&self.buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::percent::Coverage;

    fn read(text: &[u8]) -> ProfileReader {
        let mut reader = ProfileReader::default();
        reader.push(text);
        reader.finish();
        reader
    }

    fn error(text: &[u8]) -> String {
        read(text).error().unwrap().to_string()
    }

    #[test]
    fn each_block_counts_once() {
        let mut reader = read(
            b"mode: set\n\
              m/a/a.go:1.1,2.2 3 0\n\
              m/a/a.go:4.1,5.2 2 0\n\
              m/b/b.go:1.1,2.2 7 1\n\
              m/a/a.go:1.1,2.2 3 1\n\
              m/a/b.go:1.1,2.2 5 0\n\
              m/a/a.go:1.1,2.2 3 0\n",
        );
        assert_eq!(reader.error(), None);
        assert_eq!(reader.take("m/a").coverage(), Coverage { covered: 3, total: 10 });
        assert_eq!(reader.take("m/b").coverage(), Coverage { covered: 7, total: 7 });
        assert_eq!(reader.take("m/c"), PackageBlocks::default());
    }

    #[test]
    fn files_come_by_name_and_blocks_from_top_to_bottom() {
        let mut reader = read(
            b"mode: set\n\
              m/a/b.go:4.1,5.2 2 0\n\
              m/a/a.go:7.1,8.2 3 1\n\
              m/a/b.go:1.1,2.2 1 1\n",
        );
        let mut blocks = reader.take("m/a");
        assert_eq!(blocks.coverage(), Coverage { covered: 4, total: 6 });
        let lines: Vec<(&str, Vec<u32>)> = blocks
            .files()
            .map(|(file, blocks)| (file, blocks.iter().map(|block| block.start_line).collect()))
            .collect();
        assert_eq!(lines, [("m/a/a.go", vec![7]), ("m/a/b.go", vec![1, 4])]);
    }

    #[test]
    fn files_may_hold_any_character() {
        let mut reader =
            read("mode: atomic\nm/a b:c/ü 1.go:1.1,2.2 1 18446744073709551616\n".as_bytes());
        assert_eq!(reader.take("m/a b:c").coverage(), Coverage { covered: 1, total: 1 });
    }

    #[test]
    fn a_package_may_go_on_after_it_was_taken() {
        let mut reader = ProfileReader::default();
        reader.push(b"mode: set\nm/a/a.go:1.1,2.2 3 1\n");
        assert_eq!(reader.take("m/a").coverage().total, 3);
        reader.push(b"m/a/a.go:1.1,2.2 3 1\nm/b/b.go:1.1,2.2 1 1\n");
        assert_eq!(reader.take("m/b").coverage().total, 1);
    }

    #[test]
    fn what_is_no_profile_is_an_error_with_its_line() {
        assert!(error(b"hello\n").starts_with("coverage profile, line 1: not a coverage profile"));
        assert!(error(b"mode: set\nm/a.go:1.1,2.2 1\n").contains("line 2: not a block"));
        assert!(error(b"mode: set\nm/a.go:1.1,2.2 1 -1\n").contains("line 2: not a block"));
        assert!(error(b"mode: set\nm/a.go:1.1,2.2 4294967296 1\n").contains("line 2: not a block"));
        assert!(error(b"mode: set\nm/a.go:1.1,2.2 1 1\nm/a.go:1.").contains("line 3: cut off"));
        assert!(error(&vec![b'x'; LINE_CAP + 1]).contains("without end"));
    }

    #[test]
    fn an_empty_profile_is_no_error() {
        assert_eq!(read(b"").error(), None);
        assert_eq!(read(b"mode: set\n").error(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_profile_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut reader = read(&[b"mode: set\n".as_slice(), &bytes].concat());
            let _ = reader.take("m");
        }

        #[test]
        fn pieces_and_order_do_not_matter(
            blocks in proptest::collection::vec((0u32..3, 1u32..20, any::<bool>()), 1..30),
            cut in 0usize..200,
            seed in any::<u64>(),
        ) {
            let line = |(file, at, covered): &(u32, u32, bool)| {
                // The same place always has the same number of statements.
                let statements = at % 3 + 1;
                format!("m/f{file}.go:{at}.1,{at}.9 {statements} {}\n", u8::from(*covered))
            };
            let text = format!("mode: set\n{}", blocks.iter().map(line).collect::<String>());
            let mut shuffled = blocks.clone();
            shuffled.rotate_left(usize::try_from(seed % blocks.len() as u64).unwrap());
            let other = format!("mode: set\n{}", shuffled.iter().map(line).collect::<String>());

            let mut pieces = ProfileReader::default();
            let (a, b) = text.as_bytes().split_at(cut.min(text.len()));
            pieces.push(a);
            pieces.push(b);
            pieces.finish();
            prop_assert_eq!(pieces.error(), None);
            prop_assert_eq!(pieces.take("m").coverage(), read(other.as_bytes()).take("m").coverage());
        }
    }
}
