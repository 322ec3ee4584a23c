//! Owns how a scope is made: from the differences between two trees, or between a commit and the
//! work tree, with those behind symbolic links and in files that git does not track.
//! Must not know which packages the changes affect.

use camino::{Utf8Path, Utf8PathBuf};

use crate::choose::affected::Scope;
use crate::domain::floor;
use crate::error::{Error, Result};
use crate::settings;
use crate::tools::git::Git;
use crate::tools::git::changes::{Change, Contents};
use crate::tools::go::source::{self, is_hidden};
use crate::tools::process::Supervisor;

/// The scope of what has changed since `revision`, for the module in `folder`; `workspace` says
/// whether go reads a `go.work`. From here on, no child gets git's local variables: covgate may
/// itself run in a git hook.
///
/// # Errors
/// When there is no git repository (exit 4) or no such revision in it (exit 2).
pub fn since(
    supervisor: &Supervisor,
    folder: &Utf8Path,
    revision: &str,
    workspace: bool,
) -> Result<Scope> {
    let git = Git::new(supervisor, folder);
    let layout = git.layout()?;
    let commit = match git.resolve(revision)? {
        Some(object) => git.resolve(&format!("{object}^{{commit}}"))?,
        None => None,
    };
    let Some(commit) = commit else {
        return Err(no_commit(revision));
    };
    let mut changes = git.changes_since(&commit)?;
    changes.extend(ignored(&git, workspace)?.into_iter().map(Change::of));
    let contents = git.staged()?;
    supervisor.scrub(layout.local_variables);
    Ok(scope(changes, contents, folder, layout.prefix))
}

/// In CI, a revision comes from variables, which are empty outside of pull requests.
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

const UNSET: &str = "a CI variable in it is probably empty, as those of pull requests are on other \
     events; leave out --since there to gate all packages";
const NO_BASE: &str = "all zeros means no commit, as before the first push of a branch; leave out \
     --since there to gate all packages";
/// The length of a commit's full name with SHA-1, the shorter kind.
const FULL_NAME: usize = 40;

/// The files that git ignores but go or covgate reads. git cannot say when they changed.
///
/// # Errors
/// When git fails.
pub fn ignored(git: &Git<'_>, workspace: bool) -> Result<Vec<Utf8PathBuf>> {
    let mut names: Vec<String> = source::ENDINGS.map(|ending| format!("*.{ending}")).to_vec();
    names.extend(["go.mod", "go.sum", floor::FILE_NAME, settings::FILE_NAME].map(str::to_owned));
    if workspace {
        names.extend(["go.work", "go.work.sum"].map(str::to_owned));
    }
    let found = git.ignored(&names)?;
    Ok(found.into_iter().filter(|path| is_visible(path)).collect())
}

/// Whether go or covgate looks at a path. go alone would skip the name of a floor file.
pub fn is_visible(path: &Utf8Path) -> bool {
    match path.file_name() {
        Some(floor::FILE_NAME) => !path.parent().is_some_and(is_hidden),
        _ => !is_hidden(path),
    }
}

/// Makes a scope from the files that differ in the tree that is checked out; `folder` is the
/// module's on disk, `prefix` the same from the tree's root.
#[must_use]
pub fn scope(
    mut changes: Vec<Change>,
    contents: Contents,
    folder: &Utf8Path,
    prefix: Utf8PathBuf,
) -> Scope {
    let real = folder.canonicalize_utf8().unwrap_or_else(|_| folder.to_owned());
    let root = real.ancestors().nth(prefix.components().count()).unwrap_or(&real);
    // If the target of a link changes, the link changes. A link that leads out of the tree, or to
    // nothing, may have led to anything.
    let changed = |link: &Utf8PathBuf| {
        let target = root.join(link).canonicalize_utf8().unwrap_or_default();
        let inside = target.strip_prefix(root);
        inside.map_or(true, |target| changes.iter().any(|change| change.path.starts_with(target)))
    };
    let link = contents.links.into_iter().find(changed);
    changes.extend(link.map(|link| Change { ordinary: false, ..Change::of(link) }));
    Scope::Affected { changes, prefix, nested: contents.nested }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_changes_with_what_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for package in ["c", "d", "sub/e"] {
            fs::create_dir_all(root.join(package)).unwrap();
            fs::write(root.join(package).join("y.go"), "").unwrap();
        }
        fs::write(root.join("c/x.go"), "").unwrap();
        let links = [
            ("d/file", "../c/x.go", true),
            ("d/other", "../c/y.go", false),
            ("d/folder", "../c", true),
            ("d/elsewhere", "../sub", false),
            ("d/chain", "file", true),
            ("d/loop", "loop", true),
            ("d/nowhere", "../c/gone.go", true),
            ("d/out", "/", true),
            ("d/root", "..", true),
        ];
        // From here on, the tree has a second name, as it can have in a shell.
        symlink(root, root.join("named")).unwrap();
        for (link, leads, changed) in links {
            symlink(leads, root.join(link)).unwrap();
            let contents = Contents { links: vec![link.into()], ..Contents::default() };
            let change = Change::of("c/x.go".into());
            for (folder, prefix) in [(root.to_owned(), ""), (root.join("named/sub"), "sub/")] {
                let scope = scope(vec![change.clone()], contents.clone(), &folder, prefix.into());
                let Scope::Affected { changes, .. } = scope else { panic!("a scope of changes") };
                let found = changes.iter().any(|change| change.path == link && !change.ordinary);
                assert_eq!(found, changed, "{link} from {folder}");
            }
        }
    }
}
