//! Owns which functions are not covered, from go's names and the profile's statements.
//! Must not know how functions are shown.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use camino::{Utf8Path, Utf8PathBuf};

use crate::commands::session::Session;
use crate::domain::blocks::Block;
use crate::domain::blocks::count;
use crate::domain::findings::{Finding, Findings};
use crate::domain::percent::Coverage;
use crate::domain::uncovered::{Function, Range};
use crate::error::{Error, Result};
use crate::tools::files::scratch_error;
use crate::tools::go::functions::{Named, parse};

/// A file of a package: its path for go's cover tool, its path in the module, its blocks.
struct Source<'a> {
    on_disk: Utf8PathBuf,
    path: String,
    blocks: &'a [Block],
}

/// The files that go's cover tool can read. A `//line` directive may name one that does not exist
/// or is not Go.
fn sources(finding: &Finding) -> impl Iterator<Item = Source<'_>> {
    let package = &finding.package;
    finding.measured.blocks.files().filter_map(|(file, blocks)| {
        let path = package.path_of(file);
        let name = Utf8Path::new(&path).file_name()?;
        let on_disk = package.dir.join(name);
        let is_go = on_disk.extension() == Some("go") && on_disk.is_file();
        is_go.then_some(Source { on_disk, path, blocks })
    })
}

/// The functions with statements that are not covered; those with the most come first. One call of
/// go's cover tool names them, or none if everything is covered.
///
/// # Errors
/// When go's cover tool cannot name them.
pub(super) fn uncovered(session: &Session<'_>, findings: &Findings) -> Result<Vec<Function>> {
    let total = findings.total();
    if total.covered == total.total {
        return Ok(Vec::new());
    }
    let sources: Vec<Source<'_>> = findings.packages.iter().flat_map(sources).collect();
    let profile = session.scratch().join("all.cov");
    write_profile(&sources, &profile).map_err(scratch_error)?;
    let named = parse(&session.cover_functions(&profile)?).map_err(Error::environment)?;
    Ok(partly_covered(&sources, &named))
}

/// Writes one profile of all packages, with each block once and files named by their absolute
/// paths. go's cover tool then need not ask `go list` where they are.
fn write_profile(sources: &[Source<'_>], profile: &Utf8Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(profile)?);
    writeln!(out, "mode: set")?;
    for source in sources {
        for block in source.blocks {
            block.write(source.on_disk.as_str(), &mut out)?;
        }
    }
    out.flush()
}

fn partly_covered(sources: &[Source<'_>], named: &[Named]) -> Vec<Function> {
    let mut by_file: HashMap<&str, Vec<&Named>> = HashMap::new();
    for function in named {
        by_file.entry(&function.file).or_default().push(function);
    }
    let of_source = |source: &Source<'_>| {
        of_file(source, by_file.get(source.on_disk.as_str()).map_or(&[][..], Vec::as_slice))
    };
    let mut functions: Vec<Function> = sources.iter().flat_map(of_source).collect();
    functions.sort_by_key(|function| std::cmp::Reverse(function.range.statements));
    functions
}

/// The functions of a file. go says where a function starts, not where it ends, so its blocks are
/// those up to the next function. Function literals between the two are left out.
fn of_file(source: &Source<'_>, named: &[&Named]) -> Vec<Function> {
    if source.blocks.iter().all(|block| block.covered) {
        return Vec::new();
    }
    let text = std::fs::read_to_string(&source.on_disk).unwrap_or_default();
    let ends = closing_lines(&text);
    let functions = named.iter().enumerate().filter_map(|(index, function)| {
        let next = named.get(index + 1).map_or(u32::MAX, |next| next.line);
        let closing = ends.get(ends.partition_point(|line| *line < function.line));
        let (blocks, last) = extent(source.blocks, function, closing.copied(), next)?;
        let Coverage { covered, total } = count(blocks);
        (covered < total).then(|| Function {
            path: source.path.clone(),
            range: Range { first: function.line, last, statements: total - covered },
            name: function.name.clone(),
            coverage: function.coverage,
        })
    });
    functions.collect()
}

/// A function's blocks and its last line: up to where the source seems to close it if that gives
/// go's percentage, and otherwise up to the next function.
fn extent<'b>(
    blocks: &'b [Block],
    function: &Named,
    closing: Option<u32>,
    next: u32,
) -> Option<(&'b [Block], u32)> {
    let from = blocks.partition_point(|block| block.start_line < function.line);
    let before = |line: u32| {
        let to = blocks.partition_point(|block| block.start_line < line);
        &blocks[from..to.max(from)]
    };
    if let Some(closing) = closing.filter(|closing| *closing < next) {
        let own = before(closing.saturating_add(1));
        if count(own).as_go_prints() == Some(function.coverage) {
            return Some((own, closing));
        }
    }
    let all = before(next);
    Some((all, all.iter().map(|block| block.end_line).max()?))
}

/// The lines that end something which starts in the first column, as gofmt writes it: with a brace
/// in the first column, or on its first line.
fn closing_lines(text: &str) -> Vec<u32> {
    let is_end = |line: &str| {
        line.starts_with('}') || (line.starts_with("func ") && line.trim_end().ends_with('}'))
    };
    let numbered = (1u32..).zip(text.lines());
    numbered.filter(|(_, line)| is_end(line)).map(|(number, _)| number).collect()
}
