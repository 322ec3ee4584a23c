//! Owns what git notes tell of coverage over commits: the numbers of each, as a list for people and as
//! JSON for scripts, with its schema.
//! Must not know how git keeps a note.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::document::ModuleRecord;
use super::note;
use super::schema;
use crate::domain::commit::short;
use crate::domain::counted::counted;
use crate::domain::pattern::{Names, Pattern};
use crate::domain::percent::{Coverage, Tenths};

/// The version of the JSON.
const FORMAT: u32 = 1;

/// The recorded commits, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct History {
    /// The version of this format: 1.
    format: u32,
    /// The version of covgate that wrote it.
    covgate: &'static str,
    /// The patterns of the packages; empty for all.
    pub(super) patterns: Vec<String>,
    /// The commits that have numbers, the newest first.
    pub commits: Vec<Point>,
}

/// The numbers of a commit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Point {
    /// Its full id.
    pub(super) commit: String,
    /// When it was committed: `YYYY-MM-DD`.
    pub(super) date: String,
    /// Whether the gate was open, in all runs of the commit.
    pub(super) open: bool,
    /// How many statements the packages have, where this is known.
    pub(super) statements: u64,
    /// How many of these are covered.
    pub(super) covered: u64,
    /// The share that is covered, in percent, to one decimal; null without statements.
    pub(super) percent: Option<f64>,
    /// By how much that differs from the recorded commit before, in percentage points.
    pub(super) change: Option<f64>,
    /// The least that was asked of all packages together, in percent; null if nothing was, or for a pattern.
    pub(super) total_threshold: Option<f64>,
    /// How many packages have no known coverage, as where tests failed.
    unknown: usize,
    /// The packages of all runs of the commit.
    pub(super) packages: Vec<PackagePoint>,
}

/// The numbers of a package at a commit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PackagePoint {
    /// Its folder in the repository; `.` for the root.
    pub(super) path: String,
    /// How many statements it has; null if this is not known.
    pub(super) statements: Option<u64>,
    /// How many of these are covered; null if this is not known.
    pub(super) covered: Option<u64>,
    /// The share that is covered, in percent, to one decimal; null if it is not known, or without statements.
    pub(super) percent: Option<f64>,
    /// What it had to reach, in percent.
    pub(super) floor: f64,
}

impl History {
    /// A history without commits yet, of the packages that the patterns match; all without patterns.
    #[must_use]
    pub fn of(patterns: &[Pattern]) -> Self {
        let patterns = patterns.iter().map(ToString::to_string).collect();
        Self { format: FORMAT, covgate: env!("CARGO_PKG_VERSION"), patterns, commits: Vec::new() }
    }

    /// Says by how much each commit differs from the recorded one before it.
    pub fn compare(&mut self) {
        let before: Vec<Option<Tenths>> = self.commits.iter().map(Point::shown).collect();
        for (point, before) in self.commits.iter_mut().zip(before.into_iter().skip(1)) {
            let change = point.shown().zip(before);
            point.change = change.map(|(now, then)| f64::from(now.rise_from(then)) / 10.0);
        }
    }

    /// The packages of all commits, by path.
    #[must_use]
    pub fn paths(&self) -> BTreeSet<&str> {
        let packages = self.commits.iter().flat_map(|point| &point.packages);
        packages.map(|package| package.path.as_str()).collect()
    }

    /// The list for people.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        let count = counted(self.commits.len() as u64, "recorded commit");
        writeln!(out, "{count}, from the oldest to the newest: {}\n", self.sparkline())?;
        writeln!(out, "{:<10}  {:<12}  {:>6}  {:>6}", "DATE", "COMMIT", "TOTAL", "CHANGE")?;
        for point in &self.commits {
            let (Point { date, unknown, .. }, commit) = (point, point.short());
            let percent = point.percent.map_or_else(|| "---".to_owned(), |it| format!("{it:.1}%"));
            let change = point.change.map_or_else(|| "---".to_owned(), |it| format!("{it:+.1}"));
            write!(out, "{date:<10}  {commit:<12}  {percent:>6}  {change:>6}")?;
            if *unknown > 0 {
                write!(out, "  (without {})", counted(*unknown as u64, "package"))?;
            }
            writeln!(out)?;
        }
        out.flush()
    }

    /// The history as JSON, on one line.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write_json(&self, mut out: impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut out, self)?;
        writeln!(out)?;
        out.flush()
    }

    /// The JSON Schema of that (draft 2020-12).
    #[must_use]
    pub fn schema() -> String {
        schema::of::<Self>()
    }

    /// The totals from the oldest to the newest, between the least and the most of them.
    fn sparkline(&self) -> String {
        const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let shown: Vec<Option<u16>> =
            self.commits.iter().rev().map(|point| Some(point.shown()?.get())).collect();
        let known = || shown.iter().flatten().copied();
        let (least, most) = (known().min().unwrap_or(0), known().max().unwrap_or(0));
        let step = |value: u16| match most - least {
            0 => STEPS[3],
            span => STEPS[usize::from((value - least) * 7 / span)],
        };
        shown.iter().map(|value| value.map_or(' ', step)).collect()
    }
}

impl Point {
    /// The numbers of a note, in packages that a pattern matches; none where it has no such package.
    /// Besides, whether the note has lines that are not covgate's.
    #[must_use]
    pub fn of(commit: &str, date: &str, text: &str, patterns: &[Pattern]) -> (Option<Self>, bool) {
        let (notes, foreign) = note::runs(text);
        // Of two runs with one package, the later line counts.
        let mut packages = BTreeMap::new();
        for run in &notes {
            for (path, package) in run.in_repository() {
                let import_path = import_path(&run.modules, &path);
                let names = Names {
                    import_path: &import_path,
                    label: &package.path,
                    from_gate: Some(&path),
                    in_module: &path,
                };
                if patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(names)) {
                    packages.insert(path, package);
                }
            }
        }
        if packages.is_empty() {
            return (None, foreign);
        }
        let known = packages.values().filter_map(|package| package.coverage());
        let total: Coverage = known.sum();
        let packages = packages.into_iter().map(|(path, package)| PackagePoint {
            path,
            statements: package.statements,
            covered: package.covered,
            percent: package.coverage().and_then(percent),
            floor: package.floor,
        });
        let packages: Vec<PackagePoint> = packages.collect();
        let whole = match notes.as_slice() {
            [run] if patterns.is_empty() => run.total_threshold,
            _ => None,
        };
        let point = Self {
            commit: commit.to_owned(),
            date: date.to_owned(),
            open: notes.iter().all(|run| run.open),
            statements: total.total,
            covered: total.covered,
            percent: percent(total),
            change: None,
            total_threshold: whole,
            unknown: packages.iter().filter(|package| package.statements.is_none()).count(),
            packages,
        };
        (Some(point), foreign)
    }

    /// The commit's name, as short as in the list.
    #[must_use]
    pub fn short(&self) -> &str {
        short(&self.commit)
    }

    fn shown(&self) -> Option<Tenths> {
        Coverage { covered: self.covered, total: self.statements }.shown()
    }
}

fn percent(coverage: Coverage) -> Option<f64> {
    coverage.shown().map(|shown| f64::from(shown.get()) / 10.0)
}

/// The import path of a folder, by the innermost module around it.
fn import_path(modules: &[ModuleRecord], path: &str) -> String {
    let path = if path == "." { "" } else { path };
    let inside = |module: &ModuleRecord| {
        let rest = match module.dir.as_str() {
            "" => path,
            dir => path.strip_prefix(dir)?,
        };
        match rest
            .strip_prefix('/')
            .or((module.dir.is_empty() || rest.is_empty()).then_some(rest))?
        {
            "" => Some((module.dir.len(), module.path.clone())),
            rest => Some((module.dir.len(), format!("{}/{rest}", module.path))),
        }
    };
    modules.iter().filter_map(inside).max().map_or_else(|| path.to_owned(), |(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_paths_are_those_of_the_innermost_module() {
        let module = |path: &str, dir: &str| ModuleRecord { path: path.into(), dir: dir.into() };
        let modules = [module("m", ""), module("n", "sub")];
        for (path, expected) in
            [(".", "m"), ("a", "m/a"), ("sub", "n"), ("sub/a", "n/a"), ("subway", "m/subway")]
        {
            assert_eq!(import_path(&modules, path), expected);
        }
    }
}
