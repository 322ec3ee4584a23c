//! Owns the one answer to the question what differs: between two trees for the hook, between a commit and
//! the work tree for `check --since`.
//! Must not know which packages that reaches.

use camino::{Utf8Path, Utf8PathBuf};

use crate::domain::floor;
use crate::domain::paths::normal;
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::tools::git::Git;
use crate::tools::git::changes::{Change, Contents};
use crate::tools::go::source::is_hidden;
use crate::tools::process::Supervisor;

/// Which packages a run is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All that the patterns name.
    All,
    /// Of those, the ones that a difference can reach.
    Since(Box<Difference>),
}

/// What differs from a base that is known to pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The commit or tree that everything is compared with.
    pub base: String,
    /// The files that differ.
    pub changes: Vec<Change>,
    /// The folder of `covgate.toml`, which with one module is that module's, from the repository's root.
    pub prefix: Utf8PathBuf,
    /// The folders of all `go.mod` files, from the repository's root.
    pub nested: Vec<Utf8PathBuf>,
    /// Whether packages are left out. If not, only floors are compared with the base.
    pub narrows: bool,
}

/// What differs between a revision and the work tree, for a run whose `covgate.toml` lies in `folder`. The base is the newest
/// commit that the revision and HEAD have in common: what others did since is not measured. From here on
/// no child sees git's local variables: covgate may itself run in a git hook.
///
/// # Errors
/// When there is no git repository (exit 4), no such revision in it, or nothing in common with HEAD
/// (exit 2).
pub(crate) fn since(
    supervisor: &Supervisor,
    folder: &Utf8Path,
    revision: &str,
) -> Result<Difference> {
    let git = Git::new(supervisor, folder);
    let layout = git.layout()?;
    let base = base(&git, "--since", revision)?;
    let changes = git.changes_since(&base, is_visible)?;
    let contents = git.staged()?;
    supervisor.scrub(layout.local_variables);
    Ok(Difference::new(base, changes, contents, folder, layout.prefix))
}

/// The newest commit that a revision, the value of `option`, has in common with HEAD.
///
/// # Errors
/// When there is no such revision, or nothing in common (exit 2).
pub(crate) fn base(git: &Git<'_>, option: &str, revision: &str) -> Result<String> {
    let commit = git.commit(revision)?.map_err(|said| no_commit(option, revision, &said))?;
    git.merge_base(&commit, "HEAD")?.ok_or_else(|| {
        Error::usage(format!("{option} {revision}: it has no commit in common with HEAD")).hint(
            format!(
                "a shallow clone lacks older commits: `git fetch --unshallow` brings them; or leave out {option}"
            ),
        )
    })
}

/// In CI a revision is made of variables, and outside of pull requests these are empty.
fn no_commit(option: &str, revision: &str, said: &str) -> Error {
    let hint = match revision.trim() {
        name if name.is_empty() || name.ends_with('/') => {
            "a CI variable in it is probably empty, as those of pull requests are on other events"
        }
        name if name.len() >= FULL_NAME && name.bytes().all(|byte| byte == b'0') => {
            "all zeros means no commit, as before the first push of a branch"
        }
        _ => "a shallow clone lacks older commits: fetch them",
    };
    let hint = format!("{hint}; or leave out {option} there");
    let message = match revision.trim() {
        "" => format!("{option}: the revision is empty"),
        _ => format!("{option} {revision}: no such commit in this repository"),
    };
    let error = match said {
        "" => Error::usage(message),
        _ => Error::usage(said).context(message),
    };
    error.hint(hint)
}

/// The length of a commit's full name with SHA-1, the shorter kind.
const FULL_NAME: usize = 40;

/// Whether go, a test or covgate would read an untracked file: what lies in hidden folders is of editors and
/// other tools.
fn is_visible(path: &Utf8Path) -> bool {
    let is_folder = path.as_str().ends_with('/');
    let folder = if is_folder { Some(path) } else { path.parent() };
    path.file_name() == Some(floor::FILE_NAME) || !folder.is_some_and(is_hidden)
}

impl Difference {
    /// The difference without files that no test reads.
    #[must_use]
    pub(crate) fn relevant(&self, settings: &Settings) -> Self {
        let mut relevant = self.clone();
        relevant.changes.retain(|change| !settings.irrelevant.mean(&change.path, &self.prefix));
        relevant
    }

    /// The files that differ in the tree that is checked out; `folder` is that of `covgate.toml` on disk,
    /// `prefix` the same from the tree's root.
    #[must_use]
    pub(crate) fn new(
        base: String,
        mut changes: Vec<Change>,
        contents: Contents,
        folder: &Utf8Path,
        prefix: Utf8PathBuf,
    ) -> Self {
        let real = folder.canonicalize_utf8().unwrap_or_else(|_| folder.to_owned());
        let root = real.ancestors().nth(prefix.components().count()).unwrap_or(&real);
        // What a link leads to changes with it.
        let changed = |link: &Utf8PathBuf| {
            targets(root, link)
                .iter()
                .any(|target| changes.iter().any(|change| change.path.starts_with(target)))
        };
        let links: Vec<_> = contents.links.into_iter().filter(changed).collect();
        changes
            .extend(links.into_iter().map(|link| Change { ordinary: false, ..Change::of(link) }));
        Self { base, changes, prefix, nested: contents.nested, narrows: true }
    }
}

/// Where a link leads, from the tree's root: by its text, which may name what is gone, and on disk, through
/// other links. What lies outside of the tree does not differ in it.
fn targets(root: &Utf8Path, link: &Utf8Path) -> Vec<Utf8PathBuf> {
    let text = root.join(link).read_link_utf8().unwrap_or_default();
    let by_text = match text.strip_prefix(root) {
        Ok(inside) => Some(inside.to_owned()),
        Err(_) if text.is_absolute() => None,
        Err(_) => normal(&link.parent().unwrap_or(Utf8Path::new("")).join(text)),
    };
    let on_disk = root.join(link).canonicalize_utf8().ok();
    let on_disk = on_disk.and_then(|real| real.strip_prefix(root).map(ToOwned::to_owned).ok());
    [by_text, on_disk].into_iter().flatten().collect()
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
            ("d/loop", "loop", false),
            ("d/gone", "../c/gone.go", true),
            ("d/nowhere", "../c/never.go", false),
            ("d/out", "/", false),
            ("d/root", "..", true),
        ];
        // From here on, the tree has a second name, as it can have in a shell.
        symlink(root, root.join("named")).unwrap();
        for (link, leads, changed) in links {
            symlink(leads, root.join(link)).unwrap();
            let contents = Contents { links: vec![link.into()], ..Contents::default() };
            let gone = Change { deleted: true, ..Change::of("c/gone.go".into()) };
            let changes = vec![Change::of("c/x.go".into()), gone];
            for (folder, prefix) in [(root.to_owned(), ""), (root.join("named/sub"), "sub/")] {
                let contents = contents.clone();
                let difference = Difference::new(
                    "x".to_owned(),
                    changes.clone(),
                    contents,
                    &folder,
                    prefix.into(),
                );
                let is_link = |change: &Change| change.path == link && !change.ordinary;
                assert_eq!(difference.changes.iter().any(is_link), changed, "{link} from {folder}");
            }
        }
    }

    #[test]
    fn what_lies_in_hidden_folders_is_not_seen() {
        for (path, visible) in [
            ("a/x.dat", true),
            ("gen/", true),
            (".env", true),
            ("a/.covgate", true),
            (".idea/x.go", false),
            (".idea/", false),
            ("a/_old/x.go", false),
        ] {
            assert_eq!(is_visible(path.into()), visible, "{path}");
        }
    }
}
