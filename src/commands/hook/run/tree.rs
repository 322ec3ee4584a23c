//! Owns where a commit is tested: in place, or in covgate's own work tree.
//! Must not know how the commit is gated there.

use std::io::Write;

use camino::Utf8PathBuf;

use super::PushGate;
use super::tips::Tip;
use crate::choose::since;
use crate::commands::hook::dirt::{self, Dirt};
use crate::commands::hook::refusal::short;
use crate::commands::hook::worktree::{self, Lock};
use crate::error::{Error, Result};
use crate::tools::git::Contents;

/// Where a commit is tested.
pub(super) struct TestTree {
    pub(super) folder: Utf8PathBuf,
    /// The lock of covgate's own work tree, if that is used.
    pub(super) lock: Option<Lock>,
}

impl PushGate<'_> {
    /// Decides where the commit is tested: in place if the user's work tree is the same, otherwise
    /// in covgate's work tree.
    pub(super) fn place(
        &self,
        tip: &Tip,
        contents: &Contents,
        err: &mut dyn Write,
    ) -> Result<TestTree> {
        let Some(why) = self.difference(tip)? else {
            return Ok(TestTree { folder: self.root.to_owned(), lock: None });
        };
        self.own_place(tip, contents, &why, err)
    }

    /// Puts covgate's own work tree at the commit.
    pub(super) fn own_place(
        &self,
        tip: &Tip,
        contents: &Contents,
        why: &str,
        err: &mut dyn Write,
    ) -> Result<TestTree> {
        if let Some(submodule) = contents.submodules.first() {
            return Err(Error::environment(format!(
                "{} has the submodule {submodule}, which covgate's own work tree does not hold; it is needed because {why}",
                short(&tip.commit)
            ))
            .hint("commit or stash everything (git stash -u) and push what is checked out: then it is tested in place"));
        }
        let _ = writeln!(
            err,
            "covgate: testing {} in a work tree of its own: {why}",
            short(&tip.commit)
        );
        let lock = worktree::lock(&self.layout.common_dir, self.supervisor, err)?;
        let folder = worktree::prepare(&self.git, &self.layout.common_dir, &tip.commit, &lock)?;
        Ok(TestTree { folder, lock: Some(lock) })
    }

    /// How the user's work tree differs from what is pushed, if it does.
    pub(super) fn difference(&self, tip: &Tip) -> Result<Option<String>> {
        if !self.found {
            let why = match self.layout.bare {
                true => "the repository is bare",
                false => "git finds no repository here by itself",
            };
            return Ok(Some(why.to_owned()));
        }
        if self.git.resolve("HEAD^{tree}")?.as_deref() != Some(&tip.tree) {
            return Ok(Some("it is not what is checked out".to_owned()));
        }
        if let Some(path) = self.git.overlooked()? {
            return Ok(Some(format!("git was told to overlook {path}")));
        }
        // Before the settings are read, it is not known whether go uses a go.work. So it counts as
        // read.
        let read = since::ignored(&self.git, true)?;
        Ok(match dirt::find(&self.git.status()?, &read, &self.root) {
            Dirt::None => None,
            Dirt::Edited(path) => Some(format!("{path} has uncommitted changes")),
            Dirt::Untracked(path) => {
                Some(format!("{path} is not in the commit, but go would see it"))
            }
        })
    }
}
