//! Owns globs that mean files, as `irrelevant` and `exclude-files` name them.
//! Must not know what becomes of the files.

use camino::Utf8Path;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::{Error, Result};

/// Globs of files, as in a `.gitignore`: without a slash a glob means a name anywhere.
#[derive(Debug, Clone, Default)]
pub struct FileGlobs {
    /// As they were given.
    globs: Vec<String>,
    set: GlobSet,
    /// Whether a module's own file names them.
    of_module: bool,
}

impl FileGlobs {
    /// As they were given.
    #[must_use]
    pub fn globs(&self) -> &[String] {
        &self.globs
    }

    /// The same, and whether a module's own file names them.
    pub(super) fn of_module(self, of_module: bool) -> Self {
        Self { of_module, ..self }
    }

    /// Where their paths start: in a module's folder if its own file names them, else in that of the run's
    /// `covgate.toml`.
    #[must_use]
    pub fn base<'b>(&self, module: &'b Utf8Path, gate: &'b Utf8Path) -> &'b Utf8Path {
        if self.of_module { module } else { gate }
    }

    /// The places of those that mean a file. `path` and `base`, the folder where the globs' paths start,
    /// are from the same root.
    pub fn matching(&self, path: &Utf8Path, base: &Utf8Path) -> impl Iterator<Item = usize> {
        let inside = path.strip_prefix(base).ok();
        let matches = self.set.matches(inside.unwrap_or(path));
        matches.into_iter().filter(move |glob| inside.is_some() || !is_path(&self.globs[*glob]))
    }

    /// Whether one of them means a file.
    #[must_use]
    pub fn mean(&self, path: &Utf8Path, base: &Utf8Path) -> bool {
        self.matching(path, base).next().is_some()
    }
}

/// Whether a glob is about a path, not about a name anywhere.
fn is_path(glob: &str) -> bool {
    glob.trim_end_matches('/').contains('/')
}

pub(super) fn file_globs(setting: &str, globs: &[String]) -> Result<FileGlobs> {
    let mut set = GlobSetBuilder::new();
    let wrong = |error: globset::Error| Error::usage(error).context(format!("wrong {setting}"));
    for glob in globs {
        let build = |text: &str| GlobBuilder::new(text).literal_separator(true).build();
        set.add(match is_path(glob) {
            true => build(glob.trim_start_matches('/')).map_err(wrong)?,
            false => build(&format!("**/{glob}")).map_err(wrong)?,
        });
    }
    Ok(FileGlobs { globs: globs.to_vec(), set: set.build().map_err(wrong)?, of_module: false })
}
