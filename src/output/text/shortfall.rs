//! Owns what each package below its floor lacks, and where most of that is.
//! Must not know how anything was measured, or what to do about it.

use std::io::{self, Write};

use camino::Utf8Path;

use crate::domain::counted::{self, counted, more_statements};
use crate::domain::findings::Finding;
use crate::domain::paths;
use crate::domain::percent::Tenths;
use crate::domain::uncovered::{self, Range};
use crate::domain::visible;

/// How many ranges of a package are named.
const RANGES: usize = 3;

/// A package below its floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shortfall {
    label: String,
    /// Statements.
    missing: u64,
    required: Tenths,
    /// Its largest uncovered ranges.
    places: Vec<(String, Range)>,
    /// How many more ranges there are.
    more: usize,
}

impl Shortfall {
    /// What a package lacks, if it lacks something; paths start at `folder`.
    pub(super) fn of(finding: &Finding, folder: &Utf8Path) -> Option<Self> {
        let (missing, required) = (finding.missing()?, finding.verdict.required?);
        let package = &finding.package;
        let from_here = package.dir.strip_prefix(folder).ok();
        let path = |file: &str| match from_here {
            Some(folder) => folder.join(paths::last(file)).into_string(),
            None => package.path_of(file),
        };
        let mut places = uncovered::largest(&finding.measured.blocks);
        let more = places.len().saturating_sub(RANGES);
        places.truncate(RANGES);
        Some(Self {
            label: package.label.clone(),
            missing,
            required,
            places: places.into_iter().map(|place| (path(&place.file), place.range)).collect(),
            more,
        })
    }
}

/// Writes what packages lack, which are some of `count`.
///
/// # Errors
/// When the writer fails.
pub(super) fn write(shortfalls: &[Shortfall], count: usize, err: &mut dyn Write) -> io::Result<()> {
    for shortfall in shortfalls {
        let Shortfall { label, missing, required, .. } = shortfall;
        let label = visible::line(label);
        writeln!(err, "{label} needs {} for {required}%; not covered:", more_statements(*missing))?;
        write_places(shortfall, err)?;
    }
    let hidden = count - shortfalls.len();
    if hidden > 0 {
        let ending = if hidden == 1 { "is below its floor" } else { "are below their floors" };
        writeln!(err, "and {} {ending}", counted(hidden as u64, "more package"))?;
    }
    Ok(())
}

fn write_places(shortfall: &Shortfall, err: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<(String, u64)> = shortfall
        .places
        .iter()
        .map(|(path, range)| (format!("{}:{range}", visible::line(path)), range.statements))
        .collect();
    let width = lines.iter().map(|(place, _)| place.chars().count()).max().unwrap_or(0);
    for (place, statements) in lines {
        writeln!(err, "  {place:<width$}  {}", counted::statements(statements))?;
    }
    if shortfall.more > 0 {
        writeln!(err, "  and {} smaller", shortfall.more)?;
    }
    Ok(())
}
