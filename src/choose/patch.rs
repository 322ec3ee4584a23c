//! Owns which lines of which Go files a change adds, for packages that were measured.
//! Must not know how a gate judges that, or who is shown it.
//!
//! The lines are those that git calls new, between the base of a run and the work tree, the same two that
//! `since` compares; with files that git does not know, unless it ignores them: what is ignored is made,
//! and no part of a change.

use std::collections::{HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::since::Difference;
use crate::domain::outcome::{Measured, Outcome};
use crate::domain::package::{Package, Selection};
use crate::domain::patch::{ChangedFile, Lines, Patch};
use crate::domain::paths;
use crate::error::Result;
use crate::tools::files::read_regular;
use crate::tools::git::Git;
use crate::tools::go::syntax::Syntax;

/// All that go may build, as git finds it from the repository's root.
const SOURCES: &str = ":(top,glob)**/*.go";

/// The lines that a change adds.
#[derive(Debug)]
pub(crate) struct Change {
    /// What it is compared with.
    base: String,
    /// The repository's root.
    root: Utf8PathBuf,
    /// New lines by file, from the root.
    files: HashMap<Utf8PathBuf, Lines>,
}

impl Change {
    /// Asks git for the lines; `gate` is the folder of `covgate.toml` on disk.
    ///
    /// # Errors
    /// When git cannot say.
    pub(crate) fn since(git: &Git<'_>, difference: &Difference, gate: &Utf8Path) -> Result<Self> {
        let above = difference.prefix.components().count();
        let root = gate.ancestors().nth(above).unwrap_or(gate).to_owned();
        let mut files = git.lines_since(&difference.base, SOURCES)?;
        for path in git.untracked(SOURCES)? {
            files.insert(path, Lines::all());
        }
        // What a command of the hook made is no part of the push.
        let known: HashSet<&Utf8Path> =
            difference.changes.iter().map(|change| change.path.as_path()).collect();
        files.retain(|path, _| path.ancestors().any(|above| known.contains(above)));
        Ok(Self { base: difference.base.clone(), root, files })
    }

    /// The patch, before any package was measured.
    pub(crate) fn nothing_yet(&self) -> Patch {
        Patch { base: self.base.clone(), files: Vec::new() }
    }

    /// The changed statements of a package. If its tests failed or the like, it is not known which run, so
    /// none does.
    pub(crate) fn of(
        &self,
        package: &Package,
        measured: &Measured,
        selection: &Selection,
    ) -> Vec<ChangedFile> {
        let ignoring = selection.ignoring(package);
        let ignoring = |file: &str| ignoring.iter().find(|known| known.is_called(file));
        let files: Vec<ChangedFile> = match measured.outcome {
            Outcome::Covered(_) => {
                let files = measured.blocks.files().filter_map(|(file, blocks)| {
                    let (syntax, lines) = self.read(&package.dir.join(paths::last(file)))?;
                    let path = package.path_of(file);
                    let statements = &syntax.statements;
                    Some(ChangedFile::measured(path, blocks, statements, lines, ignoring(file)))
                });
                files.collect()
            }
            Outcome::NoStatements => Vec::new(),
            _ => {
                let own = selection.sources.iter().filter(|(_, path)| {
                    path.parent() == Some(&package.dir) && !path.as_str().ends_with("_test.go")
                });
                let files = own.filter_map(|(file, path)| {
                    let (syntax, lines) = self.read(path)?;
                    let path = package.path_of(file);
                    let statements = &syntax.statements;
                    Some(ChangedFile::unmeasured(path, statements, lines, ignoring(file)))
                });
                files.collect()
            }
        };
        files.into_iter().filter(|file| !file.is_empty()).collect()
    }

    /// A changed file's syntax, and its new lines. A file that cannot be read any more has no statements,
    /// so its blocks count whole.
    fn read(&self, path: &Utf8Path) -> Option<(Syntax, &Lines)> {
        let lines = self.files.get(path.strip_prefix(&self.root).ok()?)?;
        let source = read_regular(path.as_std_path()).unwrap_or_default();
        Some((Syntax::read(&source), lines))
    }
}
