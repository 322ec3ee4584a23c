//! Owns which packages passed only when they were run again, and what their other runs printed, for reports that
//! people and CI read.
//! Must not know how a report looks.

use super::problem::name;
use crate::domain::reruns::{Flaky, passed_again};
use crate::output::document::{Document, PackageRecord};

/// A package that passed only when it was run again.
#[derive(Debug, Clone, Copy)]
pub(super) struct FlakyPass<'a> {
    /// Its index in the document.
    pub(super) index: usize,
    pub(super) package: &'a PackageRecord,
}

impl<'a> FlakyPass<'a> {
    /// All of them, in the order of the packages.
    pub(super) fn all(document: &'a Document) -> Vec<Self> {
        let numbered = document.packages.iter().enumerate();
        let passes = numbered.map(|(index, package)| Self { index, package });
        passes.filter(|pass| pass.package.flaky).collect()
    }

    /// The name of the package for readers.
    pub(super) fn name(&self) -> &'a str {
        name(self.package)
    }

    /// In which run it passed.
    pub(super) fn how(&self) -> String {
        Flaky { passed_on: self.package.runs }.how()
    }

    /// What the runs that failed printed, with their numbers.
    pub(super) fn failed_runs(&self) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        let outputs = self.package.failed_runs.iter().map(String::as_str);
        (1..).zip(outputs).filter(|(_, output)| !output.is_empty())
    }
}

/// The heading of their list.
pub(super) fn heading(passes: &[FlakyPass<'_>]) -> String {
    passed_again(passes.len())
}
