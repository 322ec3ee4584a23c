//! Owns the question whether floors fell since a base, and whether somebody said why.
//! Must not know what coverage is.

use std::collections::HashSet;
use std::fs;
use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};

use super::since::Difference;
use crate::domain::choice::FloorGuard;
use crate::domain::floor::{self, Source};
use crate::domain::package::{self, Package, Selection};
use crate::domain::pattern::Names;
use crate::domain::percent::Percent;
use crate::error::Result;
use crate::settings::{Contents, FILE_NAME, Floors, OverrideAction, Settings, parse_config};
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
    let is_floor =
        |path: &&Utf8Path| [floor::FILE_NAME, FILE_NAME].contains(&path.file_name().unwrap_or(""));
    let guard = settings.options().floor_guard;
    if guard == FloorGuard::Off || !changed.iter().any(is_floor) {
        return Ok(());
    }
    // Who adopts covgate starts at the floors that are there.
    let names = git.contents(&difference.base)?.names;
    if ![floor::FILE_NAME, FILE_NAME].iter().any(|name| names.contains(*name)) {
        return Ok(());
    }
    let base = Base::new(selection, difference, settings, git)?;
    let (modules, gate) = (selection.modules.clone(), selection.gate.clone());
    for package in &mut selection.packages {
        let names =
            package::names(&package.import_path, &package.label, &modules[package.module], &gate);
        let Some(from) = base.fell(package, names, &changed)? else { continue };
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
    git: &'a Git<'a>,
    /// Where labels start, from the repository's root.
    root: Utf8PathBuf,
    /// What holds in each module, now and at the base.
    floors: Vec<(Floors, Floors)>,
}

impl<'a> Base<'a> {
    fn new(
        selection: &Selection,
        difference: &'a Difference,
        settings: &Settings,
        git: &'a Git<'a>,
    ) -> Result<Self> {
        // What was no covgate.toml then gave no floors.
        let then = |folder: &Utf8Path| -> Result<Option<Contents>> {
            let bytes = git.file(&difference.base, &folder.join(FILE_NAME))?;
            Ok(bytes.and_then(|bytes| parse_config(&bytes).ok()))
        };
        let prefix = &difference.prefix;
        let depth = prefix.components().count() - selection.gate.components().count();
        let root: Utf8PathBuf = prefix.components().take(depth).collect();
        let before = then(prefix)?.unwrap_or_default();
        let floors = selection.modules.iter().map(|module| {
            let (mut now, mut own) = (None, None);
            let folder = root.join(&module.folder);
            if folder != *prefix {
                now = settings.file_of(&selection.root.join(&module.folder))?;
                own = then(&folder)?;
            }
            let now = settings.floors_with(&settings.file, now.as_ref())?;
            Ok((now, settings.floors_with(&before, own.as_ref())?))
        });
        let floors = floors.collect::<Result<_>>()?;
        Ok(Self { difference, git, root, floors })
    }

    /// What a package's floor was, where it fell and nobody said why.
    fn fell(
        &self,
        package: &Package,
        names: Names<'_>,
        changed: &HashSet<&Utf8Path>,
    ) -> Result<Option<Percent>> {
        let folder = match package.label.as_str() {
            "." => self.root.clone(),
            label => self.root.join(label),
        };
        let (floors_now, floors_then) = &self.floors[package.module];
        let path = folder.join(floor::FILE_NAME);
        let now = (package.floor.source == Source::Committed).then(|| notes(&package.dir));
        let then = match changed.contains(path.as_path()) {
            true => self.git.file(&self.difference.base, &path)?,
            false => now.clone(),
        };
        let table_then = floors_then.table(names);
        let was = match (&then, table_then.map(|table| table.action)) {
            (Some(text), _) => floor::parse(text).ok(),
            (None, Some(OverrideAction::Threshold(percent))) => Some(percent),
            (None, Some(OverrideAction::Exclude)) => None,
            (None, None) => Some(floors_then.default_threshold),
        };
        let Some(was) = was.filter(|was| *was > package.floor.percent) else { return Ok(None) };
        let said = match (package.floor.source, now) {
            (Source::Committed, Some(now)) => adds_a_note(&then.unwrap_or_default(), &now),
            (Source::Override, _) => {
                let reason = floors_now.table(names).and_then(|table| table.reason.as_ref());
                reason.is_some() && reason != table_then.and_then(|table| table.reason.as_ref())
            }
            _ => floors_now.reason.is_some() && floors_now.reason != floors_then.reason,
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
