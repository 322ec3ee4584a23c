//! Owns which commits a push brings, and from which tree, known to pass, each is compared.
//! Must not know where or how they are tested.

use super::PushGate;
use crate::commands::hook::memory::Key;
use crate::error::{Error, Result};
use crate::tools::git::changes::Change;
use crate::tools::git::refs::PushedRef;

/// How many of the trees that passed last are looked at for a base.
const NEWEST: usize = 6;

/// A commit to gate, once however many refs it is pushed to.
pub(super) struct Tip {
    pub(super) commit: String,
    pub(super) tree: String,
}

/// A tree that is known to pass, and what differs from it.
pub(super) struct Base {
    pub(super) tree: String,
    pub(super) changes: Vec<Change>,
}

/// The remote's default branch, as this clone knows it.
pub(super) struct DefaultBranch {
    /// Its full name here.
    name: String,
    /// The trees of its tip, and of those before it that the reflog knows.
    trees: Vec<String>,
}

impl DefaultBranch {
    /// The tree of its tip.
    pub(super) fn tip(&self) -> Option<&str> {
        self.trees.first().map(String::as_str)
    }
}

impl PushGate<'_> {
    /// The default branch of the remote that is pushed to; none where this clone does not know it.
    pub(super) fn default_branch(&self) -> Result<Option<DefaultBranch>> {
        let Some(name) = self.git.default_branch(self.push.remote)? else { return Ok(None) };
        let trees = self.git.trees_of(&name)?;
        Ok(Some(DefaultBranch { name, trees }))
    }

    /// The distinct commits; deletions, and what is or was the tip of the default branch, left out.
    pub(super) fn tips(
        &self,
        refs: &[PushedRef],
        default: Option<&DefaultBranch>,
    ) -> Result<Vec<Tip>> {
        let mut tips: Vec<Tip> = Vec::new();
        for pushed in refs.iter().filter(|pushed| !pushed.is_deletion()) {
            let Some(commit) = self.git.resolve(&format!("{}^{{commit}}", pushed.local_oid))?
            else {
                if self.git.is_no_commit(&pushed.local_oid)? {
                    continue;
                }
                let what = format!("{} is no commit that git can read", pushed.local);
                return Err(Error::environment(what));
            };
            let tree = self.git.resolve(&format!("{commit}^{{tree}}"))?;
            let tree =
                tree.ok_or_else(|| Error::environment(format!("commit {commit} has no tree")))?;
            let is_known = default.is_some_and(|default| default.trees.contains(&tree));
            if !is_known && !tips.iter().any(|tip| tip.tree == tree) {
                tips.push(Tip { commit, tree });
            }
        }
        Ok(tips)
    }

    /// Of the trees that are known to pass, the one from which the least differs: what is or was the tip of
    /// the remote's default branch, and what passed here under the same settings and go. None where there is
    /// none: an ancestor of a tip, or a branch of somebody's, was gated by nobody.
    pub(super) fn base(
        &self,
        tip: &Tip,
        default: Option<&DefaultBranch>,
        key: Option<&Key>,
    ) -> Result<Option<Base>> {
        let mut trees: Vec<String> = Vec::new();
        if let Some(default) = default {
            trees.extend(self.git.fork_tree(&default.name, &tip.commit)?);
            trees.extend(default.tip().map(str::to_owned));
        }
        if let Some(key) = key {
            let newest = self.memory.newest(NEWEST).into_iter();
            trees.extend(newest.filter(|tree| self.memory.knows(&key.of_tree(tree))));
        }
        let mut best: Option<Base> = None;
        for (index, tree) in trees.iter().enumerate() {
            // That the tree itself has passed is no news where it is tested all the same.
            if *tree == tip.tree || trees[..index].contains(tree) {
                continue;
            }
            // Trees that nothing names any more may be gone.
            let Ok(changes) = self.git.changes_between(tree, &tip.tree) else { continue };
            if best.as_ref().is_none_or(|best| changes.len() < best.changes.len()) {
                best = Some(Base { tree: tree.clone(), changes });
            }
        }
        Ok(best)
    }
}
