//! Owns how an audit shows files: their uncovered ranges, and on request the source lines of these.
//! Must not know how anything was measured.

use std::io::{self, Write};

use camino::Utf8Path;

use super::Style;
use crate::domain::blocks::count;
use crate::domain::counted::statements;
use crate::domain::findings::Finding;
use crate::domain::paths;
use crate::domain::percent::{Coverage, Tenths};
use crate::domain::uncovered::{self, Range};
use crate::domain::visible;

/// Writes the files of a package that are not fully covered.
pub(super) fn write(
    finding: &Finding,
    source: bool,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let package = &finding.package;
    for (file, blocks) in finding.measured.blocks.files() {
        let ranges = uncovered::ranges(blocks);
        if ranges.is_empty() {
            continue;
        }
        let path = package.path_of(file);
        let path = visible::line(&path);
        let Coverage { covered, total } = count(blocks);
        let shown = Coverage { covered, total }.shown().unwrap_or(Tenths::FULL);
        writeln!(out, "\n{path}: {shown}%, {} of {total} statements not covered", total - covered)?;
        let text = match source.then(|| read(&package.dir.join(paths::last(file)))) {
            Some(Err(cause)) => {
                writeln!(out, "  {}", without_source(&cause))?;
                None
            }
            Some(Ok(text)) => Some(text),
            None => None,
        };
        let lines: Option<Vec<&str>> = text.as_deref().map(|text| text.lines().collect());
        for range in &ranges {
            match &lines {
                None => writeln!(out, "  {path}:{range}  {}", statements(range.statements))?,
                Some(lines) => write_lines(range, lines, style, out)?,
            }
        }
    }
    Ok(())
}

fn read(file: &Utf8Path) -> io::Result<String> {
    std::fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The note for a file without source. go compiled it, so a missing file was only named in a
/// directive of generated code.
fn without_source(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::NotFound => {
            "its source is not here: generated code names it, in a //line directive".to_owned()
        }
        _ => format!("its source cannot be read: {cause}"),
    }
}

/// Writes the lines of a range, as a compiler shows them, with spaces for tabs.
fn write_lines(range: &Range, lines: &[&str], style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  {range}: {}", statements(range.statements))?;
    for number in range.first..=range.last {
        let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        let Some(line) = lines.get(index) else {
            break;
        };
        let line = style.bad_code(&visible::line(&line.replace('\t', "    ")));
        writeln!(out, "{}", format!("{number:>6} | {line}").trim_end())?;
    }
    Ok(())
}
