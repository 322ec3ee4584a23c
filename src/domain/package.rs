//! Owns what a package is to a gate: its names, its tests, its floor.
//! Must not know how packages are found.

use std::collections::{HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::floor::Floor;
use super::ignores::{Ignored, IgnoringFile};
use super::outcome::Outcome;
use super::paths;
use super::pattern::{Names, relative};

/// A Go module whose packages are measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Module {
    /// Its path, as its `go.mod` says.
    pub path: String,
    /// Its folder, from the root of the run; empty there, and so with one module.
    pub folder: Utf8PathBuf,
}

/// A package to measure. Its module and import path together say which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its index among all packages of the run, before some are left out.
    pub position: usize,
    /// The index of its module among those of the run.
    pub module: usize,
    /// Its import path.
    pub import_path: String,
    /// Its folder from the root of the run, `.` for the root itself. The report shows this. No two
    /// packages have the same.
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

    /// A file of the package, named as the profile does it, by its path from the root of the run.
    #[must_use]
    pub fn path_of(&self, file: &str) -> String {
        paths::inside(&self.label, paths::last(file))
    }
}

/// The packages of a run: those of one module after those of another, and of each in go's order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Where labels start, on disk: the module's root; with several modules, the repository's.
    pub root: Utf8PathBuf,
    /// The modules, in the order of their folders.
    pub modules: Vec<Module>,
    /// The folder of the run's `covgate.toml`, from the root.
    pub gate: Utf8PathBuf,
    /// The packages to measure.
    pub packages: Vec<Package>,
    /// Labels of the excluded packages.
    pub excluded: Vec<String>,
    /// How many packages are left out because nothing that changed can affect them.
    pub unaffected: usize,
    /// The Go files of all that was listed: names that are the same on every machine, and paths.
    pub sources: Vec<(String, Utf8PathBuf)>,
    /// The files in which something does not count, by the position of their package.
    pub ignoring: HashMap<usize, Vec<IgnoringFile>>,
    /// Patterns that named no package, for a warning.
    pub idle_patterns: Vec<String>,
    /// Globs of files that do not count, and that meant no file, for a warning.
    pub idle_globs: Vec<String>,
    /// Why modules are not measured that should be.
    pub troubles: Vec<String>,
}

impl Selection {
    /// The module of a package.
    #[must_use]
    pub fn module_of(&self, package: &Package) -> &Module {
        &self.modules[package.module]
    }

    /// The files of a package in which something does not count.
    #[must_use]
    pub fn ignoring(&self, package: &Package) -> &[IgnoringFile] {
        self.ignoring.get(&package.position).map_or(&[], Vec::as_slice)
    }

    /// How much does not count in all packages.
    #[must_use]
    pub fn ignored(&self) -> Ignored {
        let files = self.packages.iter().flat_map(|package| self.ignoring(package));
        Ignored::of(files.flat_map(IgnoringFile::ignores))
    }

    /// What patterns may call a package.
    #[must_use]
    pub fn names<'a>(&'a self, package: &'a Package) -> Names<'a> {
        names(&package.import_path, &package.label, self.module_of(package), &self.gate)
    }

    /// Gives each package the position that it has now.
    pub fn number(&mut self) {
        for (position, package) in self.packages.iter_mut().enumerate() {
            package.position = position;
        }
    }

    /// Keeps only packages that are affected, themselves or through their tests outside.
    pub fn narrow(&mut self, affected: &HashSet<String>) {
        let before = self.packages.len();
        self.packages.retain(|package| {
            std::iter::once(&package.import_path)
                .chain(&package.external_tests)
                .any(|path| affected.contains(path))
        });
        self.unaffected += before - self.packages.len();
        self.number();
    }
}

/// What patterns may call a package of a module, in a run whose `covgate.toml` lies in `gate`.
#[must_use]
pub(crate) fn names<'a>(
    import_path: &'a str,
    label: &'a str,
    module: &Module,
    gate: &Utf8Path,
) -> Names<'a> {
    let from_gate = Utf8Path::new(label).strip_prefix(gate).ok().map(Utf8Path::as_str);
    let from_gate = from_gate.map(|path| if path.is_empty() { "." } else { path });
    Names { import_path, label, from_gate, in_module: relative(&module.path, import_path) }
}
