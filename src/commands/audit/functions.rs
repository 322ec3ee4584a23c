//! Owns which functions are not covered: those of the sources, with the profile's blocks.
//! Must not know how functions are shown.

use std::cmp::Reverse;

use camino::Utf8Path;

use crate::domain::blocks::{Block, count};
use crate::domain::findings::{Finding, Findings};
use crate::domain::percent::Coverage;
use crate::domain::statements::between;
use crate::domain::uncovered::{Function, Range};
use crate::tools::files::read_regular;
use crate::tools::go::syntax::Syntax;

/// The functions with statements that are not covered; those with the most come first.
#[must_use]
pub(super) fn uncovered(findings: &Findings) -> Vec<Function> {
    let mut functions: Vec<Function> = findings.packages.iter().flat_map(of_package).collect();
    functions.sort_by_key(|function| Reverse(function.range.statements));
    functions
}

fn of_package(finding: &Finding) -> impl Iterator<Item = Function> {
    let package = &finding.package;
    finding.measured.blocks.files().flat_map(|(file, blocks)| {
        let path = package.path_of(file);
        let name = Utf8Path::new(&path).file_name().unwrap_or_default().to_owned();
        of_file(&package.dir.join(name), &path, blocks)
    })
}

/// The functions of a file; none if it is not there or not Go, as a `//line` directive may name one.
/// Function literals outside of functions have no name and are left out.
fn of_file(on_disk: &Utf8Path, path: &str, blocks: &[Block]) -> Vec<Function> {
    if on_disk.extension() != Some("go") || blocks.iter().all(|block| block.covered) {
        return Vec::new();
    }
    let source = read_regular(on_disk.as_std_path()).unwrap_or_default();
    let functions = Syntax::read(&source).functions.into_iter().filter_map(|function| {
        let own = between(blocks, function.start, function.end);
        let coverage = count(own);
        let Coverage { covered, total } = coverage;
        let (first, last) = (function.start.line, function.end.line);
        (covered < total).then_some(Function {
            path: path.to_owned(),
            range: Range { first, last, statements: total - covered },
            name: function.name,
            coverage: coverage.as_go_prints()?,
        })
    });
    functions.collect()
}
