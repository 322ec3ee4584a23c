//! Owns what a package is to a gate: its names, its tests, its floor.
//! Must not know how packages are found.

use std::collections::HashSet;

use camino::Utf8PathBuf;

use super::floor::Floor;
use super::outcome::Outcome;
use super::paths;

/// A package to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its index among all packages of the run, before some are left out.
    pub position: usize,
    /// Its import path.
    pub import_path: String,
    /// Its path in the module, `.` for the module's root. The report shows this.
    pub label: String,
    /// Its folder.
    pub dir: Utf8PathBuf,
    /// The import path of its tests outside its folder, if there are any.
    pub external_tests: Option<String>,
    /// Which packages with tests outside those tests link, by import path; none if it is not known.
    pub external_links: Option<HashSet<String>>,
    /// Whether it has tests in its own folder.
    pub tested: bool,
    /// What only its tests import.
    pub test_imports: Vec<String>,
    /// What it must reach.
    pub floor: Floor,
}

impl Package {
    /// Whether anything tests it, in its own folder or outside.
    #[must_use]
    pub fn has_tests(&self) -> bool {
        self.tested || self.external_tests.is_some()
    }

    /// Whether it is known to have something to cover, and nothing tests it.
    #[must_use]
    pub fn is_untested(&self, outcome: Outcome) -> bool {
        outcome.coverage().is_some_and(|coverage| coverage.total > 0) && !self.has_tests()
    }

    /// A file of the package, named as the profile does it, by its path in the module.
    #[must_use]
    pub fn path_of(&self, file: &str) -> String {
        paths::inside(&self.label, paths::last(file))
    }
}

/// The packages of a run, in go's order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The main module's path; in a workspace with several, the first package's module.
    pub module: String,
    /// The packages to measure.
    pub packages: Vec<Package>,
    /// Labels of the excluded packages.
    pub excluded: Vec<String>,
    /// How many packages are left out because nothing that changed can affect them.
    pub unaffected: usize,
    /// The Go files of all that was listed: names that are the same on every machine, and paths.
    pub sources: Vec<(String, Utf8PathBuf)>,
    /// Patterns that named no package, for a warning.
    pub idle_patterns: Vec<String>,
}

impl Selection {
    /// Keeps only packages that are affected, themselves or through their tests outside.
    pub fn narrow(&mut self, affected: &HashSet<String>) {
        let before = self.packages.len();
        self.packages.retain(|package| {
            std::iter::once(&package.import_path)
                .chain(&package.external_tests)
                .any(|path| affected.contains(path))
        });
        self.unaffected = before - self.packages.len();
        for (position, package) in self.packages.iter_mut().enumerate() {
            package.position = position;
        }
    }
}
