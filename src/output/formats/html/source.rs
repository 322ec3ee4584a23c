//! Owns one file as the page shows it: its text, and which of its lines, and which parts of them,
//! tests run or do not count.
//! Must not know where the bytes come from, or how the page is made.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::shown::Shown;
use crate::domain::blocks::Block;
use crate::domain::statements::Area;

/// The longest text that is shown. Only generated files are longer, and nobody reads them to the
/// end.
const MOST_BYTES: usize = 1024 * 1024;
/// The most lines that are shown: a browser lays out this many without a pause.
const MOST_LINES: usize = 20_000;

/// A file's text and marks.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Source {
    text: Shown,
    /// One character for each line: see [`State::letter`].
    marks: String,
    /// Lines that are only partly covered, by number from 1, in pieces.
    parts: BTreeMap<usize, Vec<(char, Shown)>>,
    /// What is not shown unchanged, and why.
    note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Holds no statement.
    Plain,
    /// Holds statements that do not count.
    Ignored,
    Covered,
    Uncovered,
    /// Partly covered.
    Partly,
}

impl State {
    fn letter(self) -> char {
        match self {
            Self::Plain => '.',
            Self::Ignored => 'i',
            Self::Covered => 'c',
            Self::Uncovered => 'u',
            Self::Partly => 'p',
        }
    }

    fn of(block: &Block) -> Self {
        match (block.statements, block.covered) {
            (0, _) => Self::Ignored,
            (_, true) => Self::Covered,
            (_, false) => Self::Uncovered,
        }
    }
}

impl Source {
    /// Marks the bytes of a file; `blocks` are sorted from top to bottom, and what stands in `ignored` does
    /// not count.
    pub(super) fn new(bytes: &[u8], blocks: &[Block], ignored: &[Area]) -> Self {
        let (lines, note) = lines(bytes);
        let mut blocks = blocks.iter().filter(|block| block.raw() > 0).peekable();
        let mut open: Vec<&Block> = Vec::new();
        let (mut marks, mut parts) = (String::with_capacity(lines.len()), BTreeMap::new());
        for (number, line) in (1..).zip(&lines) {
            open.retain(|block| as_index(block.end_line) >= number);
            while let Some(block) = blocks.next_if(|block| as_index(block.start_line) <= number) {
                open.push(block);
            }
            let pieces = pieces(line, number, &open, ignored);
            let state = state(&pieces);
            marks.push(state.letter());
            if state == State::Partly {
                let shown = |(state, bytes): (State, &[u8])| (state.letter(), shown(bytes));
                parts.insert(number, pieces.into_iter().map(shown).collect());
            }
        }
        Self { text: shown(&lines.join(&b'\n')), marks, parts, note }
    }

    /// About how much room it takes in the page.
    pub(super) fn size(&self) -> usize {
        self.text.as_str().len() + self.marks.len()
    }
}

/// The lines that are shown, without their line ends, and a note about the others.
fn lines(bytes: &[u8]) -> (Vec<&[u8]>, Option<String>) {
    let kept = &bytes[..bytes.len().min(MOST_BYTES)];
    let text = kept.strip_suffix(b"\n").unwrap_or(kept);
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let is_cut = kept.len() < bytes.len() || lines.len() > MOST_LINES;
    lines.truncate(MOST_LINES);
    for line in &mut lines {
        *line = line.strip_suffix(b"\r").unwrap_or(line);
    }
    let mut notes = Vec::new();
    if is_cut {
        let count = lines.len();
        notes
            .push(format!("The file is too long for this page: its first {count} lines are here."));
    }
    if std::str::from_utf8(text).is_err() {
        notes.push("Bytes that are not UTF-8 are shown as �.".to_owned());
    }
    (lines, (!notes.is_empty()).then(|| notes.join(" ")))
}

/// The line, split where its state changes.
fn pieces<'l>(
    line: &'l [u8],
    number: usize,
    open: &[&Block],
    ignored: &[Area],
) -> Vec<(State, &'l [u8])> {
    let mut states = vec![State::Plain; line.len()];
    for block in open {
        if let Some(states) = states.get_mut(columns(block.area(), number, line.len())) {
            states.fill(State::of(block));
        }
    }
    let is_here = |area: &&Area| (area.start.line..=area.end.line).contains(&as_line(number));
    for area in ignored.iter().filter(is_here) {
        let states = states.get_mut(columns(*area, number, line.len())).unwrap_or_default();
        for state in states.iter_mut().filter(|state| **state != State::Plain) {
            *state = State::Ignored;
        }
    }
    let mut at = 0;
    let pieces = states.chunk_by(PartialEq::eq).map(|run| {
        let piece = &line[at..at + run.len()];
        at += run.len();
        (run[0], piece)
    });
    pieces.collect()
}

/// Which bytes of a line lie in an area that it is part of.
fn columns(area: Area, number: usize, length: usize) -> Range<usize> {
    let Area { start, end } = area;
    let at = |column: u32| as_index(column).saturating_sub(1).min(length);
    let first = if as_index(start.line) == number { at(start.column) } else { 0 };
    let last = if as_index(end.line) == number { at(end.column) } else { length };
    first..last
}

/// The state of a line is that of its words, of those that count if there are any. The brace of
/// `if failed {` belongs to the block that it opens, and counts only if nothing else is on the line.
fn state(pieces: &[(State, &[u8])]) -> State {
    let is_said = |bytes: &[u8]| bytes.iter().any(|byte| !b" \t{}();,".contains(byte));
    let marked = || pieces.iter().filter(|(state, _)| *state != State::Plain);
    let words = || marked().filter(|(_, bytes)| is_said(bytes)).map(|(state, _)| *state);
    let mut words_that_count = words().filter(|state| *state != State::Ignored);
    if let Some(first) = words_that_count.next() {
        let same = words_that_count.all(|state| state == first);
        return if same { first } else { State::Partly };
    }
    if words().next().is_some() {
        return State::Ignored;
    }
    let mut braces = marked().map(|(state, _)| *state);
    match braces.next() {
        Some(first) if braces.all(|state| state == first) => first,
        _ => State::Plain,
    }
}

fn shown(bytes: &[u8]) -> Shown {
    Shown::lines(&String::from_utf8_lossy(bytes))
}

fn as_line(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn as_index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::statements::Position;

    fn block(at: [u32; 4], covered: bool) -> Block {
        let [start_line, start_column, end_line, end_column] = at;
        let (file, statements, ignored) = (0, 1, 0);
        Block { file, start_line, start_column, end_line, end_column, statements, covered, ignored }
    }

    fn marks(text: &str, blocks: &[Block]) -> String {
        Source::new(text.as_bytes(), blocks, &[]).marks
    }

    #[test]
    fn a_brace_does_not_speak_for_its_line() {
        let text = "func f() {\n\tif g() {\n\t\tpanic(1)\n\t}\n\n\treturn\n}\n";
        let blocks =
            [block([1, 10, 2, 9], true), block([2, 9, 4, 3], false), block([6, 2, 6, 8], true)];
        assert_eq!(marks(text, &blocks), "ccuu.c.");
    }

    #[test]
    fn a_line_of_both_is_in_pieces() {
        let text = "x := f(); if x { return }\n";
        let source = Source::new(
            text.as_bytes(),
            &[block([1, 1, 1, 16], true), block([1, 16, 1, 26], false)],
            &[],
        );
        assert_eq!(source.marks, "p");
        let pieces = [('c', Shown::lines("x := f(); if x ")), ('u', Shown::lines("{ return }"))];
        assert_eq!(source.parts[&1], pieces);
    }

    #[test]
    fn what_does_not_count_is_told_apart() {
        let text = "func f() {\n\tif g() { // x\n\t\tpanic(1)\n\t}\n\ta()\n\n\tb()\n}\n";
        let out = Block { statements: 0, ignored: 1, ..block([2, 9, 4, 3], false) };
        let blocks = [block([1, 10, 2, 9], true), out, block([5, 2, 7, 5], false)];
        let at = |line, column| Position { line, column };
        let area = Area { start: at(7, 2), end: at(7, 5) };
        let marks = Source::new(text.as_bytes(), &blocks, &[area]).marks;
        assert_eq!(marks, "cciiu.i.");
        let whole = Source::new(text.as_bytes(), &blocks, &[Area::WHOLE]).marks;
        assert_eq!(whole, "iiiii.i.");
    }

    #[test]
    fn a_block_without_statements_marks_nothing() {
        let empty = Block { statements: 0, ..block([1, 1, 1, 9], false) };
        assert_eq!(marks("return 1\n", &[empty]), ".");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_and_noted() {
        let source = Source::new(b"a\xff\r\nb\x1b\n", &[], &[]);
        assert_eq!(source.text, Shown::lines("a�\nb\x1b"));
        assert_eq!(source.note.as_deref(), Some("Bytes that are not UTF-8 are shown as �."));
    }

    #[test]
    fn a_long_file_is_cut_and_says_so() {
        let text = "x\n".repeat(MOST_LINES + 1);
        let source = Source::new(text.as_bytes(), &[], &[]);
        assert_eq!(source.marks.len(), MOST_LINES);
        assert!(source.note.unwrap().starts_with("The file is too long"));
        let source = Source::new(&text.as_bytes()[2..], &[], &[]);
        assert_eq!(source.note, None);
        let one_line = Source::new(&vec![b'x'; MOST_BYTES + 1], &[], &[]);
        assert_eq!(one_line.text.as_str().len(), MOST_BYTES);
        assert!(one_line.note.is_some());
    }

    #[test]
    fn windows_line_ends_are_no_loss() {
        let source = Source::new(b"a\r\nb\r\nc\r\n", &[], &[]);
        assert_eq!((source.text.as_str(), source.note), ("a\nb\nc", None));
    }

    proptest! {
        /// The file may have changed since the profile was written.
        #[test]
        fn any_blocks_fit_any_text(
            text in proptest::collection::vec(any::<u8>(), 0..200),
            blocks in proptest::collection::vec((any::<[u8; 4]>(), any::<bool>()), 0..20),
            ignored in proptest::collection::vec(any::<[u8; 4]>(), 0..4),
        ) {
            let blocks: Vec<Block> =
                blocks.into_iter().map(|(at, covered)| block(at.map(u32::from), covered)).collect();
            let area = |at: [u8; 4]| block(at.map(u32::from), true).area();
            let ignored: Vec<Area> = ignored.into_iter().map(area).collect();
            let source = Source::new(&text, &blocks, &ignored);
            let lines: Vec<&str> = source.text.as_str().split('\n').collect();
            prop_assert_eq!(source.marks.len(), lines.len());
            for (number, pieces) in source.parts {
                let joined: String = pieces.iter().map(|(_, text)| text.as_str()).collect();
                // A piece may end inside a character.
                if !joined.contains('�') {
                    prop_assert_eq!(joined.as_str(), lines[number - 1]);
                }
            }
        }
    }
}
