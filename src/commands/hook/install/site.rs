//! Owns where a repository's pre-push hook is, and what is there now.

use std::fs;
use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::managers::{self, Manager};
use super::super::script::{self, Origin};
use crate::error::{Error, Result};
use crate::tools::git::{Git, Layout};
use crate::tools::process::{Supervisor, is_program};

/// What an installation needs to know about a repository.
#[derive(Debug)]
pub(crate) struct Site {
    /// The work tree's root; none if the repository is bare.
    pub root: Option<Utf8PathBuf>,
    /// The paths of its parts.
    pub layout: Layout,
    /// `core.hooksPath`: where it is set (`global`), and its value.
    pub hooks_path: Option<(String, String)>,
    /// covgate's hook, or where it would go.
    pub hook: Utf8PathBuf,
    /// What is there, if anything is.
    pub found: Option<Hook>,
    /// Where a hook that was here before is kept, under its own name: it may look for parts of its
    /// own by that. The folder is beside that of the hooks, as deep as it.
    pub kept: Utf8PathBuf,
    /// Where one is; covgate's first hook kept it under another name.
    pub before: Option<Utf8PathBuf>,
    /// The hook manager in charge.
    pub manager: Option<Manager>,
}

/// A hook file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hook {
    /// Who wrote it.
    pub origin: Origin,
    /// Whether git would run it.
    pub executable: bool,
    /// Its content, as far as it is text.
    pub text: String,
}

impl Hook {
    fn is_covgate(&self) -> bool {
        matches!(self.origin, Origin::Covgate { .. })
    }
}

impl Site {
    /// Looks at the repository.
    ///
    /// # Errors
    /// When this is not a repository, or what is there cannot be read.
    pub(crate) fn find(supervisor: &Supervisor, folder: &Utf8Path) -> Result<Self> {
        let git = Git::new(supervisor, folder);
        let layout = git.layout()?;
        Self::of(layout, folder, git.config("core.hooksPath")?)
    }

    /// The same where git was asked already.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub(crate) fn of(
        layout: Layout,
        folder: &Utf8Path,
        hooks_path: Option<(String, String)>,
    ) -> Result<Self> {
        if !layout.in_work_tree && !layout.bare {
            return Err(Error::usage(format!("{folder} is inside a git directory"))
                .hint("run covgate hook in the work tree"));
        }
        // git names the hooks folder without symbolic links. The paths in the work tree use the
        // same root.
        let real = folder.canonicalize_utf8().unwrap_or_else(|_| folder.to_owned());
        let root = layout.in_work_tree.then(|| layout.root(&real).to_owned());
        let hooks = &layout.hooks;
        let (hook, found) = find_hook(hooks)?;
        let text = read(&hooks.join(script::NAME))?.map(|hook| hook.text).unwrap_or_default();
        let folder = format!("{}{}", hooks.file_name().unwrap_or_default(), script::ASIDE);
        let kept = hooks.with_file_name(folder).join(script::NAME);
        let renamed = hooks.join(format!("{}{}", script::NAME, script::ASIDE));
        let is_there = |path: &&Utf8PathBuf| path.symlink_metadata().is_ok();
        let before = [&kept, &renamed].into_iter().find(is_there).cloned();
        Ok(Self {
            hooks_path,
            manager: root.as_ref().and_then(|root| managers::find(root, hooks, &text)),
            before,
            root,
            layout,
            hook,
            found,
            kept,
        })
    }

    /// Whether git runs covgate on a push, by its own hook or by another.
    #[must_use]
    pub(crate) fn gates_pushes(&self) -> bool {
        let runs = |hook: &Hook| {
            hook.executable && (hook.is_covgate() || managers::runs_covgate(&hook.text))
        };
        let managed =
            |manager: &Manager| manager.next().is_none() && manager.runs_covgate().unwrap_or(false);
        self.found.as_ref().is_some_and(runs) || self.manager.as_ref().is_some_and(managed)
    }

    /// Whether the hooks folder that is configured can exist.
    #[must_use]
    pub(crate) fn has_hooks_folder(&self) -> bool {
        let hooks = &self.layout.hooks;
        hooks.is_dir() || hooks.symlink_metadata().is_err()
    }

    /// Whether covgate's hook is here, edited or not.
    #[must_use]
    pub(crate) fn is_installed(&self) -> bool {
        self.found.as_ref().is_some_and(Hook::is_covgate)
    }
}

/// Finds covgate's hook. pre-commit and prek may have moved it to their own name for old hooks.
fn find_hook(hooks: &Utf8Path) -> Result<(Utf8PathBuf, Option<Hook>)> {
    let hook = hooks.join(script::NAME);
    let found = read(&hook)?;
    let legacy = hooks.join("pre-push.legacy");
    if found.as_ref().is_some_and(|hook| !hook.is_covgate())
        && let Some(moved) = read(&legacy)?.filter(Hook::is_covgate)
    {
        return Ok((legacy, Some(moved)));
    }
    Ok((hook, found))
}

fn read(hook: &Utf8Path) -> Result<Option<Hook>> {
    let failed = |error| Error::environment(error).context(format!("cannot read {hook}"));
    let itself = match hook.symlink_metadata() {
        Ok(itself) => itself,
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    let bytes = match fs::metadata(hook) {
        Ok(meta) if meta.is_dir() => {
            return Err(Error::usage(format!("{hook} is a folder, not a hook"))
                .hint("move it away; git runs nothing from it"));
        }
        Ok(_) => fs::read(hook).map_err(failed)?,
        // A symbolic link to nowhere still belongs to somebody.
        Err(_) if itself.is_symlink() => Vec::new(),
        Err(error) => return Err(failed(error)),
    };
    let origin = match script::origin(&bytes) {
        // covgate writes no links, and the target of one may be shared.
        Origin::Covgate { version, .. } if itself.is_symlink() => {
            Origin::Covgate { version, edited: true }
        }
        origin => origin,
    };
    let (executable, text) = (is_program(hook), String::from_utf8_lossy(&bytes).into_owned());
    Ok(Some(Hook { origin, executable, text }))
}
