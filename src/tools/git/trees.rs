//! Owns the questions of what a tree, the index or the work tree holds, and how they differ.
//! Must not know what a change means for a package.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use xshell::cmd;

use super::changes::{self, Contents};
use super::{Git, garbled};
use crate::error::Result;
use crate::tools::process::shell;

impl Git<'_> {
    /// What differs between two trees (`git help diff-tree`, raw format).
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn changes_between(&self, base: &str, tip: &str) -> Result<Vec<changes::Change>> {
        let shell = shell::at(&self.folder)?;
        let command =
            cmd!(shell, "git diff-tree -r -z --raw --no-renames --end-of-options {base} {tip}");
        changes::parse(&self.ask_bytes(command)?).ok_or_else(|| garbled("git diff-tree"))
    }

    /// What differs between a commit and the work tree with everything that lies in it: files that
    /// git does not know or ignores, where they are `wanted`, those that it was told to overlook (`update-index
    /// --assume-unchanged`, `--skip-worktree`, sparse checkouts), and those that it converts. A folder
    /// without a file that git knows is named as one.
    ///
    /// # Errors
    /// When git cannot say.
    pub(crate) fn changes_since(
        &self,
        base: &str,
        wanted: impl Fn(&Utf8Path) -> bool,
    ) -> Result<Vec<changes::Change>> {
        let shell = shell::at(&self.folder)?;
        let command = cmd!(
            shell,
            "git diff --raw -z --no-renames --no-relative --no-ext-diff --no-textconv
             --ignore-submodules=none --end-of-options {base} --"
        );
        let mut changes =
            changes::parse(&self.ask_bytes(command)?).ok_or_else(|| garbled("git diff"))?;
        let others =
            cmd!(shell, "git ls-files --others --directory --no-empty-directory -z --full-name :/");
        let others = self.ask_bytes(others)?;
        let overlooked = self.ask_bytes(cmd!(shell, "git ls-files -v -z --full-name :/"))?;
        let others = changes::parse_names(&others).filter(|path| wanted(path));
        let names = others.chain(changes::parse_overlooked(&overlooked)).chain(self.converted()?);
        changes.extend(names.map(changes::Change::of));
        Ok(changes)
    }

    /// The files that can hold other bytes than a checkout would, while git takes them for the same
    /// (`git help attributes`): those that a filter cleans, and those with other line ends.
    fn converted(&self) -> Result<Vec<Utf8PathBuf>> {
        let settings = self.config_matching(r"^(core\.autocrlf|filter\..*\.(clean|process))$")?;
        let filters = settings.iter().filter_map(|(key, _)| {
            let (name, _) = key.strip_prefix("filter.")?.rsplit_once('.')?;
            Some(format!(":(top,attr:filter={name})"))
        });
        let filters: Vec<String> = filters.collect();
        let shell = shell::at(&self.folder)?;
        let mut names = Vec::new();
        if !filters.is_empty() {
            let command = cmd!(shell, "git ls-files -z --full-name -- {filters...}");
            names.extend(changes::parse_names(&self.ask_bytes(command)?));
        }
        // Only what git converts is read.
        let everywhere = settings.iter().any(|(key, value)| {
            key == "core.autocrlf" && ["true", "input"].contains(&value.as_str())
        });
        let texts = match everywhere {
            true => ":/",
            false => {
                ":(top,attr:text) :(top,attr:text=auto) :(top,attr:eol=lf) :(top,attr:eol=crlf)"
            }
        };
        let texts = texts.split(' ');
        let command = cmd!(shell, "git ls-files --eol -z --full-name -- {texts...}");
        names.extend(changes::parse_line_ends(&self.ask_bytes(command)?));
        Ok(names)
    }

    /// A file of a commit or tree, by its path from the root; none where there is no such file.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn file(&self, revision: &str, path: &Utf8Path) -> Result<Option<Vec<u8>>> {
        let shell = shell::at(&self.folder)?;
        let name = format!("{revision}:{path}");
        let (code, stdout, _) = self.capture(cmd!(shell, "git cat-file blob {name}"))?;
        Ok((code == Some(0)).then_some(stdout))
    }

    /// The contents of a tree (`git help ls-tree`).
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn contents(&self, tree: &str) -> Result<Contents> {
        let shell = shell::at(&self.folder)?;
        let listing = self.ask_bytes(cmd!(shell, "git ls-tree -r -z --full-tree {tree}"))?;
        Ok(changes::parse_tree(&listing))
    }

    /// The contents of the index, as [`Self::contents`] describes those of a tree.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn staged(&self) -> Result<Contents> {
        let shell = shell::at(&self.folder)?;
        Ok(changes::parse_tree(&self.ask_bytes(cmd!(shell, "git ls-files -s -z --full-name :/"))?))
    }

    /// What git ignores, from the repository's root: files, and folders in which it ignores everything.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn all_ignored(&self) -> Result<BTreeSet<Utf8PathBuf>> {
        let shell = shell::at(&self.folder)?;
        let command = cmd!(
            shell,
            "git ls-files --others --ignored --exclude-standard --directory -z --full-name :/"
        );
        Ok(changes::parse_names(&self.ask_bytes(command)?).collect())
    }

    /// Those of some files that git ignores, so that nobody would commit them.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn ignored(&self, files: &[Utf8PathBuf]) -> Result<Vec<Utf8PathBuf>> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let shell = shell::at(&self.folder)?;
        let command = cmd!(shell, "git -c core.quotePath=false check-ignore -- {files...}");
        let (_, stdout, _) = self.capture(command)?;
        Ok(String::from_utf8_lossy(&stdout).lines().map(Utf8PathBuf::from).collect())
    }

    /// The folders of the Go modules that git tracks in this folder and below, from the repository's
    /// root, without those that go itself skips.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn modules_below(&self) -> Result<Vec<Utf8PathBuf>> {
        let shell = shell::at(&self.folder)?;
        let pattern = ":(glob)**/go.mod";
        let command = cmd!(shell, "git ls-files -s -z --full-name -- {pattern}");
        Ok(changes::parse_tree(&self.ask_bytes(command)?).modules)
    }
}
