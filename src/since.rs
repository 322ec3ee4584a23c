//! Owns the scope of `covgate check --since REV`: what differs between a commit
//! and the work tree.
//! Must not know which packages that affects.

use camino::Utf8Path;

use crate::affected::Scope;
use crate::error::{Error, Result};
use crate::git::Git;
use crate::process::Supervisor;

/// The scope of what has changed since `revision`, for the module in `folder`.
///
/// # Errors
/// When there is no git repository (exit 4) or no such revision in it (exit 2).
pub fn since(supervisor: &Supervisor, folder: &Utf8Path, revision: &str) -> Result<Scope> {
    let git = Git::new(supervisor, folder);
    let layout = git.layout()?;
    let Some(commit) = git.resolve(&format!("{revision}^{{commit}}"))? else {
        return Err(Error::usage(format!("--since {revision}: no such commit in this repository"))
            .hint("a shallow clone lacks older commits: fetch them, or gate all packages"));
    };
    Ok(Scope::Affected { changes: git.changes_since(&commit)?, prefix: layout.prefix })
}
