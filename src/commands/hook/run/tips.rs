//! Owns which commits a push sends, and what of each the remote already has.
//! Must not know where or how they are tested.

use super::PushGate;
use crate::error::{Error, Result};
use crate::tools::git::refs::PushedRef;

/// A commit to gate, listed once even if it is pushed to several refs.
pub(super) struct Tip {
    pub(super) commit: String,
    pub(super) tree: String,
    /// What the remote already has; none if that is not known.
    pub(super) bases: Option<Vec<String>>,
}

impl PushGate<'_> {
    /// The distinct commits, without deletions and commits that the remote already has.
    pub(super) fn tips(&self, refs: &[PushedRef]) -> Result<Vec<Tip>> {
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
            let base = self.base(&commit, pushed)?;
            if base.as_deref() == Some(&commit) {
                continue;
            }
            match tips.iter_mut().find(|tip| tip.commit == commit) {
                Some(tip) => tip.add(base),
                None => {
                    let tree = self.git.resolve(&format!("{commit}^{{tree}}"))?;
                    let tree = tree.ok_or_else(|| {
                        Error::environment(format!("commit {commit} has no tree"))
                    })?;
                    tips.push(Tip { commit, tree, bases: base.map(|base| vec![base]) });
                }
            }
        }
        Ok(tips)
    }

    /// What the remote has of this commit's history: the commit that the push replaces, or the last
    /// commits that its branches share with it. None unless that is exactly one known commit.
    fn base(&self, commit: &str, pushed: &PushedRef) -> Result<Option<String>> {
        if let Some(old) = pushed.remote_has()
            && let Some(old) = self.git.resolve(&format!("{old}^{{commit}}"))?
        {
            return Ok(Some(old));
        }
        if !self.git.has_tracking(self.push.remote)? {
            return Ok(None);
        }
        let (edge, new) = self.git.edge(commit, self.push.remote)?;
        Ok(match edge.as_slice() {
            _ if !new => Some(commit.to_owned()),
            [base] => Some(base.clone()),
            _ => None,
        })
    }
}

impl Tip {
    fn add(&mut self, base: Option<String>) {
        match (&mut self.bases, base) {
            (Some(bases), Some(base)) if !bases.contains(&base) => bases.push(base),
            (Some(_), Some(_)) => {}
            _ => self.bases = None,
        }
    }
}
