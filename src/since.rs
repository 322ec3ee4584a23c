//! Owns the making of a scope: what differs between two trees, or a commit and
//! the work tree, with what symbolic links add to that.
//! Must not know which packages that affects.

use std::fs;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::affected::Scope;
use crate::error::{Error, Result};
use crate::git::Git;
use crate::git::changes::{Change, Contents};
use crate::process::Supervisor;

/// The scope of what has changed since `revision`, for the module in `folder`. From here on no
/// child sees git's local variables: covgate may itself run in a git hook.
///
/// # Errors
/// When there is no git repository (exit 4) or no such revision in it (exit 2).
pub fn since(supervisor: &Supervisor, folder: &Utf8Path, revision: &str) -> Result<Scope> {
    let git = Git::new(supervisor, folder);
    let layout = git.layout()?;
    let commit = match git.resolve(revision)? {
        Some(object) => git.resolve(&format!("{object}^{{commit}}"))?,
        None => None,
    };
    let Some(commit) = commit else {
        return Err(no_commit(revision));
    };
    let changes = git.changes_since(&commit)?;
    let contents = git.staged()?;
    supervisor.scrub(layout.inherited_variables());
    Ok(scope(changes, contents, layout.root(folder), layout.prefix.clone()))
}

/// In CI a revision is made of variables, and outside of pull requests these are empty.
fn no_commit(revision: &str) -> Error {
    let hint = match revision.trim() {
        name if name.is_empty() || name.ends_with('/') => UNSET,
        name if name.len() >= FULL_NAME && name.bytes().all(|byte| byte == b'0') => NO_BASE,
        _ => "a shallow clone lacks older commits: fetch them, or gate all packages",
    };
    let message = match revision.trim() {
        "" => "--since: the revision is empty".to_owned(),
        _ => format!("--since {revision}: no such commit in this repository"),
    };
    Error::usage(message).hint(hint)
}

const UNSET: &str = "a variable of CI in it is likely empty, as those of pull requests are on other \
     events: leave out --since there, and all packages are gated";
const NO_BASE: &str = "all zeros is how git and CI name no commit, as before the first push of a \
     branch: leave out --since there, and all packages are gated";
/// The length of a commit's whole name where it is short.
const FULL_NAME: usize = 40;

/// A scope from the files that differ in the tree that is checked out in `root`; `module` is the
/// module's folder in it.
#[must_use]
pub fn scope(
    mut changes: Vec<Change>,
    contents: Contents,
    root: &Utf8Path,
    module: Utf8PathBuf,
) -> Scope {
    let links = contents.links.into_iter();
    let targets: Vec<_> = links.filter_map(|link| Some((target(root, &link)?, link))).collect();
    // A link to a link to a file: once round for each link is enough.
    for _ in 0..targets.len() {
        let known = changes.len();
        for (target, link) in &targets {
            let seen = changes.iter().any(|change| change.path == *link);
            let hit = changes.iter().find(|change| change.path.starts_with(target));
            if let Some(hit) = hit.filter(|_| !seen) {
                // A link to a folder leads to more than one package can be said to own.
                let ordinary = hit.path == *target;
                changes.push(Change { path: link.clone(), ordinary, deleted: false });
            }
        }
        if changes.len() == known {
            break;
        }
    }
    Scope::Affected { changes, prefix: module, nested: contents.nested }
}

/// Where a link leads, from the repository's root; none where that is outside.
fn target(root: &Utf8Path, link: &Utf8Path) -> Option<Utf8PathBuf> {
    let leads = Utf8PathBuf::from_path_buf(fs::read_link(root.join(link)).ok()?).ok()?;
    let from = match leads.is_absolute() {
        true => leads.strip_prefix(root).ok()?.to_owned(),
        false => link.parent()?.join(leads),
    };
    let mut clean = Utf8PathBuf::new();
    for component in from.components() {
        match component {
            Utf8Component::Normal(element) => clean.push(element),
            Utf8Component::ParentDir => clean.pop().then_some(())?,
            _ => {}
        }
    }
    Some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_link_leads_to_changes_the_link() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for name in ["c", "d", "e"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        std::os::unix::fs::symlink("../c/x.go", root.join("d/x.go")).unwrap();
        std::os::unix::fs::symlink("../d/x.go", root.join("e/x.go")).unwrap();
        std::os::unix::fs::symlink("c", root.join("all")).unwrap();
        std::os::unix::fs::symlink("/elsewhere", root.join("out")).unwrap();
        let links = ["all", "d/x.go", "e/x.go", "out"].map(Utf8PathBuf::from).to_vec();
        let contents = Contents { links, ..Contents::default() };
        let change = Change { path: "c/x.go".into(), ordinary: true, deleted: false };
        let Scope::Affected { changes, .. } = scope(vec![change], contents, root, "".into()) else {
            panic!("a scope of changes");
        };
        let mut found: Vec<_> =
            changes.iter().map(|change| (change.path.as_str(), change.ordinary)).collect();
        found.sort_unstable();
        assert_eq!(found, [("all", false), ("c/x.go", true), ("d/x.go", true), ("e/x.go", true)]);
    }
}
