//! Owns the last lines of a closed `check`: what each package below its floor is missing, where
//! most of that is, and the command that shows more.
//! Must not know how anything was measured.

use std::io::{self, Write};

use camino::Utf8Path;

use crate::domain::counted::{self, counted, more_statements};
use crate::domain::findings::Finding;
use crate::domain::paths;
use crate::domain::percent::Tenths;
use crate::domain::shell;
use crate::domain::uncovered::{self, Range};
use crate::settings::{Repeat, Settings};

/// How many ranges of a package are named.
const RANGES: usize = 3;
/// How many packages are named.
const PACKAGES: usize = 10;

/// What the text needs to know about its reader.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The folder where their relative paths start.
    pub folder: &'a Utf8Path,
    /// What they would type to repeat the measurement.
    pub repeat: &'a Repeat,
}

impl<'a> Reader<'a> {
    /// The reader who started a run with these settings.
    #[must_use]
    pub fn of(settings: &'a Settings) -> Self {
        Self { folder: &settings.working_directory, repeat: &settings.repeat }
    }
}

/// A package below its floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    label: String,
    /// Its pattern for go, from the folder where covgate was started.
    pattern: String,
    /// How many statements are missing.
    missing: u64,
    required: Tenths,
    /// Its largest uncovered ranges.
    places: Vec<(String, Range)>,
    /// How many more ranges there are.
    more: usize,
}

impl Shortfall {
    /// What a package is missing, if anything.
    #[must_use]
    pub fn of(finding: &Finding, reader: Reader<'_>) -> Option<Self> {
        let (missing, required) = (finding.missing()?, finding.verdict.required?);
        let package = &finding.package;
        let from_here = package.dir.strip_prefix(reader.folder).ok();
        let path = |file: &str| match from_here {
            Some(folder) => folder.join(paths::last(file)).into_string(),
            None => package.path_of(file),
        };
        let mut places = uncovered::largest(&finding.measured.blocks);
        let more = places.len().saturating_sub(RANGES);
        places.truncate(RANGES);
        Some(Self {
            label: package.label.clone(),
            pattern: match from_here {
                Some(folder) if folder.as_str().is_empty() => ".".to_owned(),
                Some(folder) => shell::pattern(folder.as_str()),
                None => package.import_path.clone(),
            },
            missing,
            required,
            places: places.into_iter().map(|place| (path(&place.file), place.range)).collect(),
            more,
        })
    }
}

/// Writes what the packages are missing; nothing if there are none.
///
/// # Errors
/// When the writer fails.
pub fn write(shortfalls: &[Shortfall], reader: Reader<'_>, err: &mut dyn Write) -> io::Result<()> {
    if shortfalls.is_empty() {
        return Ok(());
    }
    writeln!(err)?;
    let shown = &shortfalls[..shortfalls.len().min(PACKAGES)];
    for shortfall in shown {
        let Shortfall { label, missing, required, .. } = shortfall;
        writeln!(err, "{label} needs {} for {required}%; not covered:", more_statements(*missing))?;
        write_places(shortfall, err)?;
    }
    let hidden = shortfalls.len() - shown.len();
    if hidden > 0 {
        let ending = if hidden == 1 { "is below its floor" } else { "are below their floors" };
        writeln!(err, "and {} {ending}", counted(hidden as u64, "more package"))?;
    }
    let patterns: Vec<String> = match (hidden, shown) {
        (0, shown) => shown.iter().map(|shortfall| shortfall.pattern.clone()).collect(),
        _ => Vec::new(),
    };
    writeln!(err, "see all of it: {}", reader.repeat.command("audit", &patterns))
}

fn write_places(shortfall: &Shortfall, err: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<(String, u64)> = shortfall
        .places
        .iter()
        .map(|(path, range)| (format!("{path}:{range}"), range.statements))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::percent::Percent;

    fn said(count: usize) -> String {
        let shortfall = |number: usize| Shortfall {
            label: format!("p{number}"),
            pattern: format!("./p{number}"),
            missing: 1,
            required: Percent::from_hundredths(8000).unwrap().shown(),
            places: Vec::new(),
            more: 0,
        };
        let shortfalls: Vec<_> = (0..count).map(shortfall).collect();
        let (mut said, repeat) = (Vec::new(), Repeat::default());
        let reader = Reader { folder: Utf8Path::new("/"), repeat: &repeat };
        write(&shortfalls, reader, &mut said).unwrap();
        String::from_utf8(said).unwrap()
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let ending = |count| {
            let lines: Vec<_> = said(count).lines().skip(1 + PACKAGES).map(str::to_owned).collect();
            lines.join("\n")
        };
        let shown: String = (0..PACKAGES).map(|number| format!(" ./p{number}")).collect();
        assert_eq!(ending(PACKAGES), format!("see all of it: covgate audit{shown}"));
        let all = "see all of it: covgate audit";
        assert_eq!(ending(PACKAGES + 1), format!("and 1 more package is below its floor\n{all}"));
        assert_eq!(
            ending(PACKAGES + 2),
            format!("and 2 more packages are below their floors\n{all}")
        );
    }
}
