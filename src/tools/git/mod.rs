//! Owns everything covgate knows about git: its command lines and what they print. This is the only
//! place that builds a git command.
//! Must not know packages, floors or the gate, and must not start a process itself.

pub(crate) mod changes;
pub(crate) mod hunks;
pub(crate) mod notes;
pub(crate) mod refs;

use self::changes::ATTRIBUTES;
pub(crate) use self::changes::{Contents, is_skipped};

use std::collections::BTreeSet;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use xshell::cmd;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::process::{Ended, Output, Supervisor, shell};

/// What is pushed is what objects hold, whatever stands in for them here (`git help replace`).
const NO_REPLACE: &str = "GIT_NO_REPLACE_OBJECTS";

/// How far back a reflog is read.
const REFLOG: &str = "100";

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
        let command = cmd!(shell, "git rev-parse --verify --quiet --end-of-options {revision}");
        let line = command.to_string();
        let (code, stdout, stderr) = self.capture(command)?;
        match code {
            Some(0) => Ok(Some(String::from_utf8_lossy(&stdout).trim().to_owned())),
            Some(1) => Ok(None),
            _ => Err(failed(&line, &stderr)),
        }
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

    /// What git ignores, from the repository's root: files, and folders in which it ignores everything.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn ignored(&self) -> Result<BTreeSet<Utf8PathBuf>> {
        let shell = shell::at(&self.folder)?;
        let command = cmd!(
            shell,
            "git ls-files --others --ignored --exclude-standard --directory -z --full-name :/"
        );
        Ok(changes::parse_names(&self.ask_bytes(command)?).collect())
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

    /// The full name of the branch that a remote's HEAD names, as this clone knows it.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn default_branch(&self, remote: &str) -> Result<Option<String>> {
        let shell = shell::at(&self.folder)?;
        let head = format!("refs/remotes/{remote}/HEAD");
        let (code, stdout, _) = self.capture(cmd!(shell, "git symbolic-ref --quiet {head}"))?;
        let name = String::from_utf8_lossy(&stdout).trim().to_owned();
        Ok((code == Some(0) && !name.is_empty()).then_some(name))
    }

    /// The trees of what a ref names and, as far as its reflog tells, has named; the newest first.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn trees_of(&self, reference: &str) -> Result<Vec<String>> {
        let shell = shell::at(&self.folder)?;
        let mut trees: Vec<String> =
            self.resolve(&format!("{reference}^{{tree}}"))?.into_iter().collect();
        let (_, stdout, _) = self.capture(cmd!(
            shell,
            "git log --walk-reflogs --format=%T --max-count={REFLOG} {reference} --"
        ))?;
        let logged =
            String::from_utf8_lossy(&stdout).lines().map(str::to_owned).collect::<Vec<_>>();
        trees.extend(logged);
        Ok(trees)
    }

    /// The tree that a ref named last of those from which a commit grew; none where the reflog does
    /// not tell (`git help merge-base`, --fork-point).
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn fork_tree(&self, reference: &str, commit: &str) -> Result<Option<String>> {
        let shell = shell::at(&self.folder)?;
        let (code, stdout, _) =
            self.capture(cmd!(shell, "git merge-base --fork-point {reference} {commit}"))?;
        match code {
            Some(0) => {
                self.resolve(&format!("{}^{{tree}}", String::from_utf8_lossy(&stdout).trim()))
            }
            _ => Ok(None),
        }
    }

    /// The newest commit that two have in common.
    ///
    /// # Errors
    /// When git cannot say.
    pub(crate) fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>> {
        let shell = shell::at(&self.folder)?;
        let command = cmd!(shell, "git merge-base {one} {other}");
        let line = command.to_string();
        let (code, stdout, stderr) = self.capture(command)?;
        match code {
            Some(0) => Ok(Some(String::from_utf8_lossy(&stdout).trim().to_owned())),
            Some(1) => Ok(None),
            _ => Err(failed(&line, &stderr)),
        }
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

    /// The contents of the index, as [`Self::contents`] describes those of a tree.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn staged(&self) -> Result<Contents> {
        let shell = shell::at(&self.folder)?;
        Ok(changes::parse_tree(&self.ask_bytes(cmd!(shell, "git ls-files -s -z --full-name :/"))?))
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

    /// Makes a detached work tree.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn add_worktree(&self, path: &Utf8Path, commit: &str) -> Result<()> {
        let shell = shell::at(&self.folder)?;
        // Without hooks: a post-checkout hook is for people's own work trees.
        let command = cmd!(
            shell,
            "git -c core.hooksPath=/dev/null -c core.sparseCheckout=false worktree add --detach --force --force {path} {commit}"
        );
        self.ask(command).map(drop)
    }

    /// Removes a work tree that is missing or broken.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn drop_worktree(&self, path: &Utf8Path) -> Result<()> {
        let shell = shell::at(&self.folder)?;
        // It does not matter whether git knew it. Nothing is pruned: other work trees may be on a
        // disk that is not mounted now.
        self.capture(cmd!(shell, "git worktree remove --force --force {path}")).map(drop)
    }

    /// Checks out a commit in this work tree, whatever it held.
    ///
    /// # Errors
    /// When git fails.
    pub(crate) fn checkout(&self, commit: &str) -> Result<()> {
        let shell = shell::at(&self.folder)?;
        let attributes = format!(":(top,glob)**/{ATTRIBUTES}");
        let command = cmd!(shell, "git diff-tree -r --quiet HEAD {commit} -- {attributes}");
        let line = command.to_string();
        match self.capture(command)? {
            (Some(0), ..) => {}
            // What does not differ git would leave as it is, though it would write it otherwise now.
            (Some(1), ..) => self.ask(cmd!(shell, "git read-tree --empty")).map(drop)?,
            (.., stderr) => return Err(failed(&line, &stderr)),
        }
        // If the commit has no `.gitattributes`, git follows one that it finds on disk.
        let clean = || self.ask(cmd!(shell, "git clean -ffdxq")).map(drop);
        clean()?;
        self.ask(cmd!(
            shell,
            "git -c core.hooksPath=/dev/null -c core.sparseCheckout=false -c advice.detachedHead=false
             checkout --force --detach --quiet {commit}"
        ))?;
        // The checkout leaves the folder of a former submodule.
        clean()
    }

    /// Checks this work tree's submodules out, from the clones that the repository keeps in `modules`.
    ///
    /// # Errors
    /// When git cannot, as where a submodule was never fetched here.
    pub(crate) fn update_submodules(&self, modules: &Utf8Path) -> Result<()> {
        let shell = shell::at(&self.folder)?;
        let pattern = r"^submodule\..*\.path$";
        let (_, stdout, _) =
            self.capture(cmd!(shell, "git config -z --file .gitmodules --get-regexp {pattern}"))?;
        let answer = String::from_utf8_lossy(&stdout).into_owned();
        let keys = answer.split_terminator('\0').filter_map(|pair| pair.split('\n').next());
        let names = keys.filter_map(|key| key.strip_prefix("submodule.")?.strip_suffix(".path"));
        let urls = names.flat_map(|name| {
            ["-c".to_owned(), format!("submodule.{name}.url={}", modules.join(name))]
        });
        self.ask(cmd!(
            shell,
            "git -c core.hooksPath=/dev/null -c protocol.file.allow=always {urls...}
             submodule --quiet update --init --force --checkout"
        ))
        .map(drop)
        .map_err(|error| error.hint("`git submodule update --init` fetches submodules"))
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

    fn ask(&self, command: xshell::Cmd<'_>) -> Result<String> {
        let answer = self.ask_bytes(command)?;
        String::from_utf8(answer).map_err(|_| garbled("git"))
    }

    fn ask_bytes(&self, command: xshell::Cmd<'_>) -> Result<Vec<u8>> {
        let line = command.to_string();
        let (code, stdout, stderr) = self.capture(command)?;
        if code == Some(0) { Ok(stdout) } else { Err(failed(&line, &stderr)) }
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
