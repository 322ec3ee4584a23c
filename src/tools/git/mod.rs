//! Owns everything covgate knows about git: its command lines and what they print. This is the only
//! place that builds a git command.
//! Must not know packages, floors or the gate, and must not start a process itself.

pub(crate) mod changes;
mod history;
pub(crate) mod hunks;
pub(crate) mod notes;
pub(crate) mod refs;
mod trees;
mod worktree;

pub(crate) use self::changes::{Contents, is_skipped};

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use xshell::cmd;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::process::{Ended, Output, Supervisor, shell};

/// What is pushed is what objects hold, whatever stands in for them here (`git help replace`).
const NO_REPLACE: &str = "GIT_NO_REPLACE_OBJECTS";

/// A repository, asked from one folder.
#[derive(Debug, Clone)]
pub(crate) struct Git<'a> {
    supervisor: &'a Supervisor,
    folder: Utf8PathBuf,
}

/// The absolute paths of a repository's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Whether it has no work tree of its own.
    pub bare: bool,
    /// Whether the folder asked from is in a work tree, not in a git directory.
    pub in_work_tree: bool,
    /// This work tree's own git directory.
    pub git_dir: Utf8PathBuf,
    /// The git directory that all work trees share.
    pub common_dir: Utf8PathBuf,
    /// Where git looks for hooks.
    pub hooks: Utf8PathBuf,
    /// The folder asked from, relative to the work tree's root: empty, or with a slash at its end.
    pub prefix: Utf8PathBuf,
    /// Environment variables that tie a process to this repository: children must not inherit them.
    pub local_variables: Vec<String>,
}

impl Layout {
    /// The root of the work tree that holds the folder asked from, whose path must be free of
    /// symbolic links unless it is the root.
    #[must_use]
    pub(crate) fn root<'p>(&self, folder: &'p Utf8Path) -> &'p Utf8Path {
        folder.ancestors().nth(self.prefix.components().count()).unwrap_or(folder)
    }
}

impl<'a> Git<'a> {
    /// Asks from `folder`.
    #[must_use]
    pub(crate) fn new(supervisor: &'a Supervisor, folder: &Utf8Path) -> Self {
        Self { supervisor, folder: folder.to_owned() }
    }

    /// The same or another repository, asked from another folder.
    #[must_use]
    pub(crate) fn at(&self, folder: &Utf8Path) -> Self {
        Self::new(self.supervisor, folder)
    }

    /// Finds all paths of a repository, in one call (`git help rev-parse`).
    ///
    /// # Errors
    /// When there is no git, or no repository here (exit 4).
    pub(crate) fn layout(&self) -> Result<Layout> {
        let shell = shell::at(&self.folder)?;
        let answer = self
            .ask(cmd!(
                shell,
                "git rev-parse --path-format=absolute --is-bare-repository --is-inside-work-tree
                 --absolute-git-dir --git-common-dir --git-path hooks --show-prefix --local-env-vars"
            ))
            .map_err(|error| {
                error.context(format!(
                    "{} is not in a git repository that git can read",
                    self.folder
                ))
            })?;
        let mut lines = answer.lines().map(str::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        let layout = Layout {
            bare: next() == "true",
            in_work_tree: next() == "true",
            git_dir: next().into(),
            common_dir: next().into(),
            hooks: next().into(),
            prefix: next().into(),
            // The first carries credentials for private modules, the second is set for every git here;
            // neither names a repository.
            local_variables: lines
                .filter(|name| !["GIT_CONFIG_COUNT", NO_REPLACE].contains(&name.as_str()))
                .collect(),
        };
        Ok(layout)
    }

    /// The object name of a revision such as `HEAD^{tree}`; `None` if there is no such object, or
    /// one of another kind.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn resolve(&self, revision: &str) -> Result<Option<String>> {
        let shell = shell::at(&self.folder)?;
        self.ask_quietly(cmd!(shell, "git rev-parse --verify --quiet --end-of-options {revision}"))
    }

    /// The commit that a revision names, or why git finds none.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn commit(&self, revision: &str) -> Result<std::result::Result<String, String>> {
        let shell = shell::at(&self.folder)?;
        let peeled = format!("{revision}^{{commit}}");
        let (code, stdout, stderr) =
            self.capture(cmd!(shell, "git rev-parse --verify --end-of-options {peeled}"))?;
        let name = String::from_utf8_lossy(&stdout).trim().to_owned();
        // `^x` names what is not in x.
        if code == Some(0) && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Ok(name));
        }
        let said = String::from_utf8_lossy(&stderr).trim().trim_start_matches("fatal: ").to_owned();
        Ok(Err(if said == "Needed a single revision" { String::new() } else { said }))
    }

    /// Whether an object, tags peeled, is a file or a tree: something that nobody can build.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn is_no_commit(&self, oid: &str) -> Result<bool> {
        let shell = shell::at(&self.folder)?;
        let peeled = format!("{oid}^{{}}");
        let kind = self.ask(cmd!(shell, "git cat-file -t {peeled}"))?;
        Ok(matches!(kind.trim(), "blob" | "tree"))
    }

    /// A setting, and where it is set: `("global", "hooks")`.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn config(&self, key: &str) -> Result<Option<(String, String)>> {
        let shell = shell::at(&self.folder)?;
        let (code, stdout, _) = self.capture(cmd!(shell, "git config --show-scope --get {key}"))?;
        let line = String::from_utf8_lossy(&stdout).trim_end_matches('\n').to_owned();
        let pair = line.split_once('\t').map(|(scope, value)| (scope.to_owned(), value.to_owned()));
        Ok(pair.filter(|_| code == Some(0)))
    }

    /// Settings whose key matches, in git's order: `("hook.lint.event", "pre-push")`.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn config_matching(&self, pattern: &str) -> Result<Vec<(String, String)>> {
        let shell = shell::at(&self.folder)?;
        let (_, stdout, _) = self.capture(cmd!(shell, "git config -z --get-regexp {pattern}"))?;
        let answer = String::from_utf8_lossy(&stdout);
        let pairs = answer.split_terminator('\0').filter_map(|pair| pair.split_once('\n'));
        Ok(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }

    fn ask(&self, command: xshell::Cmd<'_>) -> Result<String> {
        let answer = self.ask_bytes(command)?;
        String::from_utf8(answer).map_err(|_| garbled("git"))
    }

    fn ask_bytes(&self, command: xshell::Cmd<'_>) -> Result<Vec<u8>> {
        let line = command.to_string();
        let (code, stdout, stderr) = self.capture(command)?;
        if code == Some(0) { Ok(stdout) } else { Err(failed(&line, &stderr)) }
    }

    /// Asks for a name that there may not be: git then exits with 1.
    fn ask_quietly(&self, command: xshell::Cmd<'_>) -> Result<Option<String>> {
        let line = command.to_string();
        let (code, stdout, stderr) = self.capture(command)?;
        match code {
            Some(0) => Ok(Some(String::from_utf8_lossy(&stdout).trim().to_owned())),
            Some(1) => Ok(None),
            _ => Err(failed(&line, &stderr)),
        }
    }

    /// Runs git; returns its exit code, if there is one, and what it printed.
    fn capture(&self, command: xshell::Cmd<'_>) -> Result<(Option<i32>, Vec<u8>, Vec<u8>)> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let ended = self.run(command, &mut |output| match output {
            Output::Stdout(bytes) => stdout.extend_from_slice(bytes),
            Output::Stderr(bytes) => stderr.extend_from_slice(bytes),
        })?;
        Ok((ended.status.code(), stdout, stderr))
    }

    /// Runs git; passes what it writes on as it comes.
    fn run(&self, command: xshell::Cmd<'_>, output: &mut dyn FnMut(Output<'_>)) -> Result<Ended> {
        // Answers are read, not shown to people.
        let command: Command =
            command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0").env(NO_REPLACE, "1").into();
        let hint = "install git; covgate asks it what has changed";
        self.supervisor.run(command, None, output).map_err(|error| error.told("git", hint))
    }
}

fn failed(line: &str, stderr: &[u8]) -> Error {
    let said = String::from_utf8_lossy(stderr).trim().to_owned();
    Error::new(Exit::Environment, anyhow::anyhow!(said)).context(format!("`{line}` failed"))
}

fn garbled(what: &str) -> Error {
    Error::environment(format!("{what} printed what covgate cannot read"))
}
