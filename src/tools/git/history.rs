//! Owns the questions of how commits grew from one another, and what branches have named.
//! Must not know which of the answers is a base.

use xshell::cmd;

use super::Git;
use crate::error::Result;
use crate::tools::process::shell;

/// How far back a reflog is read.
const REFLOG: &str = "100";

impl Git<'_> {
    /// The full name of the branch that a remote's HEAD names, as this clone knows it.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn default_branch(&self, remote: &str) -> Result<Option<String>> {
        let shell = shell::at(&self.folder)?;
        let head = format!("refs/remotes/{remote}/HEAD");
        let (code, stdout, _) = self.capture(cmd!(shell, "git symbolic-ref --quiet {head}"))?;
        let name = String::from_utf8_lossy(&stdout).trim().to_owned();
        Ok((code == Some(0) && !name.is_empty()).then_some(name))
    }

    /// The trees of what a ref names and, as far as its reflog tells, has named; the newest first.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn trees_of(&self, reference: &str) -> Result<Vec<String>> {
        let shell = shell::at(&self.folder)?;
        let mut trees: Vec<String> =
            self.resolve(&format!("{reference}^{{tree}}"))?.into_iter().collect();
        let (_, stdout, _) = self.capture(cmd!(
            shell,
            "git log --walk-reflogs --format=%T --max-count={REFLOG} {reference} --"
        ))?;
        let logged =
            String::from_utf8_lossy(&stdout).lines().map(str::to_owned).collect::<Vec<_>>();
        trees.extend(logged);
        Ok(trees)
    }

    /// The tree that a ref named last of those from which a commit grew; none where the reflog does
    /// not tell (`git help merge-base`, --fork-point).
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn fork_tree(&self, reference: &str, commit: &str) -> Result<Option<String>> {
        let shell = shell::at(&self.folder)?;
        let (code, stdout, _) =
            self.capture(cmd!(shell, "git merge-base --fork-point {reference} {commit}"))?;
        match code {
            Some(0) => {
                self.resolve(&format!("{}^{{tree}}", String::from_utf8_lossy(&stdout).trim()))
            }
            _ => Ok(None),
        }
    }

    /// The newest commit that two have in common.
    ///
    /// # Errors
    /// When git cannot say.
    pub(crate) fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>> {
        let shell = shell::at(&self.folder)?;
        self.ask_quietly(cmd!(shell, "git merge-base {one} {other}"))
    }
}
