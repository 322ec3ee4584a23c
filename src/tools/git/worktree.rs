//! Owns making, changing and removing the work trees that are not the user's own.
//! Must not know what they are for.

use camino::Utf8Path;
use xshell::cmd;

use super::changes::ATTRIBUTES;
use super::{Git, failed};
use crate::error::Result;
use crate::tools::process::shell;

impl Git<'_> {
    /// Makes a detached work tree.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn add_worktree(&self, path: &Utf8Path, commit: &str) -> Result<()> {
        let shell = shell::at(&self.folder)?;
        // Without hooks: a post-checkout hook is for people's own work trees.
        let command = cmd!(
            shell,
            "git -c core.hooksPath=/dev/null -c core.sparseCheckout=false worktree add --detach --force --force {path} {commit}"
        );
        self.ask(command).map(drop)
    }

    /// Removes a work tree that is missing or broken.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn drop_worktree(&self, path: &Utf8Path) -> Result<()> {
        let shell = shell::at(&self.folder)?;
        // It does not matter whether git knew it. Nothing is pruned: other work trees may be on a
        // disk that is not mounted now.
        self.capture(cmd!(shell, "git worktree remove --force --force {path}")).map(drop)
    }

    /// Checks out a commit in this work tree, whatever it held.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn checkout(&self, commit: &str) -> Result<()> {
        let shell = shell::at(&self.folder)?;
        let attributes = format!(":(top,glob)**/{ATTRIBUTES}");
        let command = cmd!(shell, "git diff-tree -r --quiet HEAD {commit} -- {attributes}");
        let line = command.to_string();
        match self.capture(command)? {
            (Some(0), ..) => {}
            // What does not differ git would leave as it is, though it would write it otherwise now.
            (Some(1), ..) => self.ask(cmd!(shell, "git read-tree --empty")).map(drop)?,
            (.., stderr) => return Err(failed(&line, &stderr)),
        }
        // If the commit has no `.gitattributes`, git follows one that it finds on disk.
        let clean = || self.ask(cmd!(shell, "git clean -ffdxq")).map(drop);
        clean()?;
        self.ask(cmd!(
            shell,
            "git -c core.hooksPath=/dev/null -c core.sparseCheckout=false -c advice.detachedHead=false
             checkout --force --detach --quiet {commit}"
        ))?;
        // The checkout leaves the folder of a former submodule.
        clean()
    }

    /// Checks this work tree's submodules out, from the clones that the repository keeps in `modules`.
    ///
    /// # Errors
    /// When git cannot, as where a submodule was never fetched here.
    pub(crate) fn update_submodules(&self, modules: &Utf8Path) -> Result<()> {
        let shell = shell::at(&self.folder)?;
        let pattern = r"^submodule\..*\.path$";
        let (_, stdout, _) =
            self.capture(cmd!(shell, "git config -z --file .gitmodules --get-regexp {pattern}"))?;
        let answer = String::from_utf8_lossy(&stdout).into_owned();
        let keys = answer.split_terminator('\0').filter_map(|pair| pair.split('\n').next());
        let names = keys.filter_map(|key| key.strip_prefix("submodule.")?.strip_suffix(".path"));
        let urls = names.flat_map(|name| {
            ["-c".to_owned(), format!("submodule.{name}.url={}", modules.join(name))]
        });
        self.ask(cmd!(
            shell,
            "git -c core.hooksPath=/dev/null -c protocol.file.allow=always {urls...}
             submodule --quiet update --init --force --checkout"
        ))
        .map(drop)
        .map_err(|error| error.hint("`git submodule update --init` fetches submodules"))
    }
}
