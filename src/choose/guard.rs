//! Owns the question whether floors fell since a base, and whether somebody said why.
//! Must not know what coverage is.

use std::collections::HashSet;
use std::fs;
use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};

use super::since::Difference;
use crate::domain::choice::FloorGuard;
use crate::domain::floor::{self, Source};
use crate::domain::package::{Package, Selection};
use crate::domain::percent::Percent;
use crate::error::Result;
use crate::settings::{Contents, FILE_NAME, Override, OverrideAction, Settings, parse_config};
use crate::tools::git::Git;
use crate::tools::go::source;

/// Compares the floor of each package with the one that it had at the base, and marks those that fell
/// without a reason; with `floor-guard = "warn"` says so on `err` instead.
///
/// # Errors
/// When git cannot be run.
pub(super) fn guard(
    selection: &mut Selection,
    difference: &Difference,
    settings: &Settings,
    git: &Git<'_>,
    err: &mut dyn Write,
) -> Result<()> {
    let changed: HashSet<&Utf8Path> =
        difference.changes.iter().map(|change| change.path.as_path()).collect();
    let file = difference.prefix.join(FILE_NAME);
    let is_floor = |path: &&Utf8Path| path.file_name() == Some(floor::FILE_NAME);
    let guard = settings.options().floor_guard;
    if guard == FloorGuard::Off
        || !changed.contains(file.as_path()) && !changed.iter().any(is_floor)
    {
        return Ok(());
    }
    // Who adopts covgate starts at the floors that are there.
    let names = git.contents(&difference.base)?.names;
    if ![floor::FILE_NAME, FILE_NAME].iter().any(|name| names.contains(*name)) {
        return Ok(());
    }
    // What was no covgate.toml then gave no floors.
    let before = git.file(&difference.base, &file)?.and_then(|bytes| parse_config(&bytes).ok());
    let (before, module) = (before.unwrap_or_default(), selection.module.clone());
    let base = Base { difference, settings, git, before, module: &module };
    for package in &mut selection.packages {
        let Some(from) = base.fell(package, &changed)? else { continue };
        match guard {
            FloorGuard::Warn => {
                let (label, to) = (&package.label, package.floor.percent);
                let _ = writeln!(
                    err,
                    "warning: {label}: the floor fell from {from} to {to} without a reason"
                );
            }
            _ => package.floor.fell_from = Some(from),
        }
    }
    Ok(())
}

/// Floors as they were.
struct Base<'a> {
    difference: &'a Difference,
    settings: &'a Settings,
    git: &'a Git<'a>,
    /// The `covgate.toml` of the base.
    before: Contents,
    /// The path of the module.
    module: &'a str,
}

impl Base<'_> {
    /// What a package's floor was, where it fell and nobody said why.
    fn fell(&self, package: &Package, changed: &HashSet<&Utf8Path>) -> Result<Option<Percent>> {
        let folder = match package.label.as_str() {
            "." => self.difference.prefix.clone(),
            label => self.difference.prefix.join(label),
        };
        let path = folder.join(floor::FILE_NAME);
        let now = (package.floor.source == Source::Committed).then(|| notes(&package.dir));
        let then = match changed.contains(path.as_path()) {
            true => self.git.file(&self.difference.base, &path)?,
            false => now.clone(),
        };
        let table_then = table(&self.before.overrides, package, self.module);
        let was = match (&then, table_then.map(|table| table.action)) {
            (Some(text), _) => floor::parse(text).ok(),
            (None, Some(OverrideAction::Threshold(percent))) => Some(percent),
            (None, Some(OverrideAction::Exclude)) => None,
            (None, None) => {
                let options = self.settings.resolved.with_file(self.before.layer.clone());
                Some(options.default_threshold)
            }
        };
        let Some(was) = was.filter(|was| *was > package.floor.percent) else { return Ok(None) };
        let table_now = table(&self.settings.overrides, package, self.module);
        let said = match (package.floor.source, now) {
            (Source::Committed, Some(now)) => adds_a_note(&then.unwrap_or_default(), &now),
            (Source::Override, _) => {
                let reason = table_now.and_then(|table| table.reason.as_ref());
                reason.is_some() && reason != table_then.and_then(|table| table.reason.as_ref())
            }
            _ => self.settings.reason.is_some() && self.settings.reason != self.before.reason,
        };
        Ok((!said && self.existed(package, &folder)).then_some(was))
    }

    /// Whether the base had the package: any Go file in its folder that is not new.
    fn existed(&self, package: &Package, folder: &Utf8Path) -> bool {
        let added: HashSet<&Utf8PathBuf> = self
            .difference
            .changes
            .iter()
            .filter(|change| change.added)
            .map(|change| &change.path)
            .collect();
        let entries = package.dir.read_dir_utf8().into_iter().flatten().flatten();
        entries
            .filter(|entry| source::is_source(entry.path()))
            .any(|entry| !added.contains(&folder.join(entry.file_name())))
    }
}

/// The last table that names a package.
fn table<'a>(tables: &'a [Override], package: &Package, module: &str) -> Option<&'a Override> {
    tables.iter().rev().find(|table| table.pattern.matches(module, &package.import_path))
}

/// A `.covgate` with its notes; it was read before, as a floor.
fn notes(folder: &Utf8Path) -> Vec<u8> {
    fs::read(folder.join(floor::FILE_NAME)).unwrap_or_default()
}

/// Whether a `.covgate` has a note that it did not have before.
fn adds_a_note(then: &[u8], now: &[u8]) -> bool {
    let notes = |text: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(text).into_owned();
        let lines = text.lines().skip(1).map(|line| line.trim().to_owned());
        lines.filter(|line| !line.is_empty()).collect()
    };
    let then = notes(then);
    notes(now).iter().any(|note| !then.contains(note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_new_line() {
        for (then, now, said) in [
            ("90\n", "80\n", false),
            ("90\n", "80\nwhy\n", true),
            ("90\nwhy\n", "80\nwhy\n", false),
            ("90\nwhy\n", "80\n  why  \n\n", false),
            ("90\nwhy\n", "80\nwhy\nand why\n", true),
            ("90", "80 why", false),
        ] {
            assert_eq!(adds_a_note(then.as_bytes(), now.as_bytes()), said, "{then:?} {now:?}");
        }
    }
}
