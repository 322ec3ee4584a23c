//! Owns the view of one package: the data that waits in the page until it is opened, and the empty
//! frame that the script fills with it.
//! Must not know the overview.

use maud::{Markup, html};
use serde::Serialize;

use super::changed::{self, Changed, ChangedLines};
use super::ignored::{self, Ignored};
use super::say;
use super::shown::Shown;
use super::source::Source;
use crate::domain::paths;
use crate::domain::statements::Area;
use crate::domain::verdict::Status;
use crate::output::document::{Document, FileRecord, IgnoreRecord, PackageRecord};
use crate::output::formats::Sources;

/// The room for the sources of all packages together. A browser reads this much in well under a
/// second.
const MOST_BYTES: usize = 48 * 1024 * 1024;

/// What the script shows of a package.
#[derive(Debug, Serialize)]
pub(super) struct Data {
    path: Shown,
    status: &'static str,
    word: &'static str,
    facts: Vec<(&'static str, Shown)>,
    /// What does not count in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<Ignored>,
    files: Vec<File>,
}

#[derive(Debug, Serialize)]
struct File {
    path: Shown,
    /// The last element of its path.
    name: Shown,
    percent: String,
    statements: String,
    /// Whether any statement of it counts.
    counts: bool,
    /// The first and last line of each range that no test runs.
    uncovered: Vec<(u32, u32)>,
    /// What a change did to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<ChangedLines>,
    source: Option<Source>,
    /// Why there is no source.
    missing: Option<&'static str>,
}

/// The data of every package, in the document's order.
pub(super) fn data(document: &Document, changed: Option<&Changed>, sources: &Sources) -> Vec<Data> {
    let mut all: Vec<Data> =
        document.packages.iter().map(|package| head(document, changed, package)).collect();
    // Packages that close the gate come first: if the room ends, it ends for those that pass.
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|index| document.packages[*index].status == Status::Pass);
    let mut room = MOST_BYTES;
    for index in order {
        let package = &document.packages[index];
        let files = package.files.iter();
        all[index].files =
            files.map(|record| file(record, package, changed, sources, &mut room)).collect();
    }
    all
}

fn head(document: &Document, changed: Option<&Changed>, package: &PackageRecord) -> Data {
    let (status, word) = say::status(package.status);
    Data {
        path: Shown::line(&package.path),
        status,
        word,
        facts: facts(document, changed, package),
        ignored: ignored::of(package),
        files: Vec::new(),
    }
}

fn facts(
    document: &Document,
    changed: Option<&Changed>,
    package: &PackageRecord,
) -> Vec<(&'static str, Shown)> {
    let floor = say::percent(package.floor.percent);
    let statements = match (package.covered, package.statements) {
        (Some(covered), Some(all)) => {
            format!("{} of {} covered", say::number(covered), say::number(all))
        }
        _ => "not known".to_owned(),
    };
    let tests = match (&package.external_tests, package.tested) {
        (Some(path), true) => format!("its own, and {path}"),
        (Some(path), false) => path.clone(),
        (None, true) => "its own".to_owned(),
        (None, false) => "none".to_owned(),
    };
    let time = package.seconds.map(|seconds| {
        let cached = if package.cached == Some(true) { ", from go's test cache" } else { "" };
        ("Time", format!("{}{cached}", say::seconds(seconds)))
    });
    let facts = [
        ("Result", say::summary(document, package)),
        ("Import path", package.import_path.clone()),
        ("Statements", statements),
        ("Floor", format!("{floor}, from {}", say::floor_source(package.floor.source))),
        ("Tests", tests),
    ];
    let changed = changed
        .and_then(|changed| changed.package(&package.path))
        .map(|coverage| ("Changed statements", format!("{} covered", changed::said(coverage))));
    let raw = package.raw.as_ref().and_then(|raw| {
        let ignored = raw.statements.checked_sub(package.statements?).filter(|count| *count > 0)?;
        let (ignored, all) = (say::number(ignored), say::number(raw.statements));
        Some(("Ignored", format!("{ignored} of {all} statements do not count")))
    });
    facts
        .into_iter()
        .chain(changed)
        .chain(raw)
        .chain(time)
        .map(|(name, text)| (name, Shown::line(&text)))
        .collect()
}

fn file(
    record: &FileRecord,
    package: &PackageRecord,
    changed: Option<&Changed>,
    sources: &Sources,
    room: &mut usize,
) -> File {
    let coverage = record.coverage();
    let ignores = package.ignores.iter().filter(|ignore| ignore.path == record.path);
    let ignored: Vec<Area> = ignores.map(IgnoreRecord::place).collect();
    let (source, missing) = match sources.read(&record.path) {
        None => (None, Some("This file could not be read when the report was written.")),
        Some(bytes) => {
            let source = Source::new(&bytes, &record.blocks(), &ignored);
            match room.checked_sub(source.size()) {
                None => (None, Some("The page has no room for more sources.")),
                Some(left) => {
                    *room = left;
                    (Some(source), None)
                }
            }
        }
    };
    let percent = coverage.shown().map(|tenths| f64::from(tenths.get()) / 10.0);
    File {
        path: Shown::line(&record.path),
        name: Shown::line(paths::last(&record.path)),
        percent: say::maybe_percent(percent),
        statements: format!("{} of {}", say::number(coverage.covered), say::number(coverage.total)),
        counts: coverage.total > 0,
        uncovered: record
            .uncovered_ranges()
            .iter()
            .map(|range| (range.first, range.last))
            .collect(),
        changed: changed.and_then(|changed| changed.file(&record.path)),
        source,
        missing,
    }
}

/// The empty frame; `has_change` if lines may be changed.
pub(super) fn view(has_change: bool) -> Markup {
    html! {
        article #package hidden {
            p { a href="#packages" { "← All packages" } " " span.quiet { "(Escape)" } }
            h2 #package-name tabindex="-1" {}
            dl #package-facts.facts {}
            section #package-output hidden {
                h3 { "Test output" }
                pre.output tabindex="0" role="region" aria-label="Test output" {}
            }
            (ignored::table())
            nav #package-files aria-label="Files" {}
            section #file hidden {
                h3 #file-name {}
                p #file-note.note hidden {}
                div #file-tools.tools {
                    button type="button" data-step="-1" { "↑ Previous uncovered" }
                    button type="button" data-step="1" { "↓ Next uncovered" }
                    @if has_change {
                        button #next-changed type="button" hidden { "↓ Next changed, not covered" }
                    }
                    output #file-place {}
                    ul.legend aria-label="Legend" {
                        li { span.sample data-mark="c" {} "covered" }
                        li { span.sample data-mark="u" {} "not covered" }
                        li { span.sample data-mark="p" {} "partly covered" }
                        @if has_change { li { span.sample.is-changed {} "changed statement" } }
                        li { span.sample data-mark="i" {} "does not count" }
                    }
                }
                pre #source tabindex="0" role="region" {}
            }
        }
    }
}
