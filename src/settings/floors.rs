//! Owns which floors and exclusions hold in a module: those of its own `covgate.toml`, or of the run.
//! Must not know `.covgate` files, or which packages there are.

use std::fmt;

use camino::Utf8Path;

use super::globs::{FileGlobs, file_globs};
use super::{Contents, FILE_NAME, Layer, Resolved, Source, variable};
use crate::domain::pattern::{Names, Pattern};
use crate::domain::percent::Percent;
use crate::error::{Error, Result};

/// A floor or an exclusion for the packages a pattern names, from `[[package]]`.
#[derive(Debug, Clone)]
pub struct Override {
    /// The packages that it names.
    pub pattern: Pattern,
    /// What it does with them.
    pub action: OverrideAction,
    /// Why their threshold is what it is.
    pub reason: Option<String>,
}

impl fmt::Display for Override {
    /// Writes it as in `covgate.toml`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = toml::Value::from(self.pattern.to_string());
        writeln!(f, "[[package]]\npath = {path}")?;
        match self.action {
            OverrideAction::Threshold(percent) => writeln!(f, "threshold = {percent}"),
            OverrideAction::Exclude => writeln!(f, "exclude = true"),
        }?;
        match &self.reason {
            Some(reason) => writeln!(f, "reason = {}", toml::Value::from(reason.as_str())),
            None => Ok(()),
        }
    }
}

/// What a `[[package]]` table asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverrideAction {
    /// Sets the floor of those without a `.covgate`.
    Threshold(Percent),
    /// Excludes them.
    Exclude,
}

/// The floors and exclusions that hold in a module.
#[derive(Debug, Clone)]
pub struct Floors {
    /// The floor of a package that has no other.
    pub default_threshold: Percent,
    /// Why it is what it is.
    pub reason: Option<String>,
    /// Packages that are not measured.
    pub exclude: Vec<Pattern>,
    /// Per-package floors and exclusions; the last one that names a package counts.
    pub overrides: Vec<Override>,
    /// Files that do not count.
    pub exclude_files: FileGlobs,
    /// Whether generated files do not count.
    pub exclude_generated: bool,
}

impl Floors {
    /// The last table that names a package.
    #[must_use]
    pub fn table(&self, names: Names<'_>) -> Option<&Override> {
        self.overrides.iter().rev().find(|table| table.pattern.matches(names))
    }

    /// Whether a package is not measured.
    #[must_use]
    pub fn excludes(&self, names: Names<'_>) -> bool {
        self.exclude.iter().any(|pattern| pattern.matches(names))
            || self.table(names).is_some_and(|table| table.action == OverrideAction::Exclude)
    }
}

/// The settings in a module's own `covgate.toml` that hold in it when a run is about several modules.
pub(crate) const OF_MODULE: [&str; 4] =
    ["default-threshold", "exclude", "exclude-files", "exclude-generated"];

pub(super) fn floors(
    resolved: &Resolved,
    file: &Contents,
    own: Option<&Contents>,
    gate: &Utf8Path,
    directory: &Utf8Path,
) -> Result<Floors> {
    let none = Contents::default();
    let own = own.unwrap_or(&none);
    let layer = own.layer.clone().only(&OF_MODULE).over(file.layer.clone());
    let mine = own.overrides.iter().cloned().map(|mut table| {
        table.pattern = table.pattern.of_module();
        table
    });
    let has_threshold = own.layer.has("default-threshold");
    let options = resolved.with_file(layer.clone());
    let is_own = own.layer.has("exclude-files")
        && matches!(resolved.source("exclude-files"), Source::File | Source::BuiltIn);
    let exclude_files = file_globs("exclude-files", &options.exclude_files)?;
    Ok(Floors {
        default_threshold: options.default_threshold,
        exclude_files: exclude_files.of_module(is_own),
        exclude_generated: options.exclude_generated,
        reason: if has_threshold { own.reason.clone() } else { file.reason.clone() },
        exclude: excludes(resolved, &layer, own.layer.has("exclude"), gate, directory)?,
        overrides: file.overrides.iter().cloned().chain(mine).collect(),
    })
}

/// The excluded patterns. Relative ones start where they were given; for a file, that is its folder.
fn excludes(
    resolved: &Resolved,
    file: &Layer,
    of_module: bool,
    gate: &Utf8Path,
    directory: &Utf8Path,
) -> Result<Vec<Pattern>> {
    let below = || directory.strip_prefix(gate).ok().map(Utf8Path::as_str);
    let (source, base, of_module) = match resolved.source("exclude") {
        Source::CommandLine => ("--exclude".to_owned(), below(), None),
        Source::Environment => (variable("exclude"), below(), None),
        Source::File | Source::BuiltIn => (format!("{FILE_NAME}: exclude"), None, Some(of_module)),
    };
    let options = resolved.with_file(file.clone());
    let patterns = split_patterns(&options.exclude).map(|pattern| {
        let pattern = Pattern::parse(pattern, base.unwrap_or_default())
            .map_err(|error| Error::usage(error).context(format!("wrong {source}")))?;
        Ok(match of_module {
            Some(true) => pattern.of_module(),
            Some(false) => pattern,
            None => pattern.or_label(),
        })
    });
    patterns.collect()
}

/// The patterns in comma-separated lists, without blanks.
pub(super) fn split_patterns(lists: &[String]) -> impl Iterator<Item = &str> {
    let patterns = lists.iter().flat_map(|list| list.split(','));
    patterns.map(str::trim).filter(|pattern| !pattern.is_empty())
}
