//! Owns what is wrong with a package, in the words that reports for people and for CI share, and
//! where it lacks coverage.
//! Must not know how a report looks.

use std::cmp::Reverse;

use crate::domain::choice::Tightness;
use crate::domain::counted::more_statements;
use crate::domain::uncovered::Range;
use crate::domain::verdict::Status;
use crate::output::document::{Document, OutcomeKind, PackageRecord};
use crate::output::foreign;

/// What is wrong with a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its tests fail, do not build or give no result: there is no number to compare.
    Unmeasured,
    /// Below its floor.
    Below,
    /// Its floor lags.
    Loose,
}

/// A package with which something is wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Problem<'a> {
    pub(super) package: &'a PackageRecord,
    pub(super) kind: Kind,
    /// Whether it closes the gate; a floor that lags may be only a warning.
    pub(super) closes: bool,
}

/// A range of lines, and the path of its file in the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) range: Range,
}

impl<'a> Problem<'a> {
    /// What is wrong with this package, if anything.
    pub(super) fn of(document: &Document, package: &'a PackageRecord) -> Option<Self> {
        let kind = match (package.status, package.outcome) {
            (Status::Pass, _) => return None,
            (Status::Loose, _) => Kind::Loose,
            (Status::Fail, OutcomeKind::Covered) => Kind::Below,
            (Status::Fail, _) => Kind::Unmeasured,
        };
        let closes = kind != Kind::Loose || document.settings.tightness == Tightness::Fail;
        Some(Self { package, kind, closes })
    }

    /// All problems, in the order of the packages.
    pub(super) fn all(document: &'a Document) -> Vec<Self> {
        document.packages.iter().filter_map(|package| Self::of(document, package)).collect()
    }

    /// The name of the package for readers: its path in the module, or the module's own path.
    pub(super) fn name(&self) -> &'a str {
        name(self.package)
    }

    /// What is wrong, in one line.
    pub(super) fn message(&self) -> String {
        let package = self.package;
        let why = self.why();
        match self.kind {
            Kind::Unmeasured => why,
            Kind::Below | Kind::Loose => {
                let coverage = percent(package.percent);
                format!(
                    "coverage {coverage}, floor {}: {why}",
                    percent(Some(package.floor.percent))
                )
            }
        }
    }

    /// What is wrong, in words that assume the numbers stand beside it.
    pub(super) fn why(&self) -> String {
        match (self.kind, &self.package.reason) {
            (Kind::Below, reason) => {
                let reason = reason.as_ref().map(|reason| format!(" ({})", foreign::line(reason)));
                let needs = more_statements(self.package.missing);
                format!("needs {needs}{}", reason.unwrap_or_default())
            }
            (_, Some(reason)) => foreign::line(reason),
            (Kind::Loose, None) => "its floor lags".to_owned(),
            (Kind::Unmeasured, None) => "not measured".to_owned(),
        }
    }

    /// The lines that no test runs, by file and line.
    pub(super) fn places(&self) -> Vec<Place<'a>> {
        let of = |file: &'a crate::output::document::FileRecord| {
            let ranges = file.uncovered_ranges().into_iter();
            ranges.map(|range| Place { file: &file.path, range })
        };
        self.package.files.iter().flat_map(of).collect()
    }

    /// The same ranges, those with the most statements first.
    pub(super) fn largest(&self) -> Vec<Place<'a>> {
        let mut places = self.places();
        places.sort_by_key(|place| Reverse(place.range.statements));
        places
    }
}

/// A package's path in the module. For the module's root, where that path would be a dot, it is the
/// module's own path.
pub(super) fn name(package: &PackageRecord) -> &str {
    if package.path == "." { &package.import_path } else { &package.path }
}

/// A percentage as the text report shows it: to one decimal, rounded as go does.
pub(super) fn percent(percent: Option<f64>) -> String {
    percent.map_or_else(|| "---".to_owned(), |percent| format!("{percent:.1}%"))
}
