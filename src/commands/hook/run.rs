//! Owns what the hook does on a push: gates each new commit, remembers what passes, and ends a
//! refusal with its last lines.
//! Must not know how a commit is gated; that is `check`.

mod prepare;
mod tips;

use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};

use self::tips::{Base, DefaultBranch, Tip};
use super::memory::{self, Key, Memory, Parts};
use super::refusal::refuse;
use super::worktree::{self, WorkTree};
use crate::choose::since::{Difference, Scope};
use crate::commands::check::gate::Verdicts;
use crate::commands::check::{self, Extent};
use crate::domain::choice::{ModulesChoice, ScopeChoice};
use crate::domain::commit::short;
use crate::domain::floor;
use crate::domain::paths::stays_inside;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::formats::Requests;
use crate::output::text::Style;
use crate::settings::{FILE_NAME, Layer, Options, Settings};
use crate::tools::git::refs::PushedRef;
use crate::tools::git::{Contents, Git, Layout};
use crate::tools::go::workspace;
use crate::tools::process::Supervisor;

/// A push, as git describes it to the hook.
#[derive(Debug)]
pub(crate) struct Push<'a> {
    /// The remote's name, or its URL if it has none.
    pub remote: &'a str,
    /// What is pushed, as git wrote it to stdin.
    pub refs: &'a [PushedRef],
    /// The work tree's root, where git runs hooks.
    pub folder: &'a Utf8Path,
    /// The folder to start in, from the root; if nobody names it, it is found in the pushed tree.
    pub module: Option<Utf8PathBuf>,
    /// The settings from the command line.
    pub command_line: Layer,
    /// The settings from the environment.
    pub environment: Layer,
    /// Whether a tree that passed before is tested again.
    pub fresh: bool,
}

/// Gates every commit that a push would send to the remote. The report goes to `err`, which git
/// shows; stdout belongs to git's own output.
///
/// # Errors
/// When the gate could not decide; the push is refused then, too.
pub(crate) fn pre_push(
    supervisor: &Supervisor,
    push: &Push<'_>,
    style: Style,
    err: &mut dyn Write,
) -> Result<Exit> {
    let layout = Git::new(supervisor, push.folder).layout()?;
    let root = layout.root(push.folder).to_owned();
    // From here on, no child may use this repository as its own; see `git help rev-parse`.
    supervisor.scrub(layout.local_variables.clone());
    let here = Git::new(supervisor, &root);
    let same = || here.layout().is_ok_and(|again| again.git_dir == layout.git_dir);
    let found = !layout.bare && (!is_redirected() || same());
    let folder = if found { &root } else { &layout.common_dir };
    let session = PushGate {
        supervisor,
        push,
        git: Git::new(supervisor, folder),
        memory: Memory::new(&layout.common_dir),
        layout,
        root,
        style,
        asked: push.command_line.clone().over(push.environment.clone()).options(),
    };
    let default = session.default_branch()?;
    let tips = session.tips(push.refs, default.as_ref())?;
    if tips.is_empty() {
        let _ = writeln!(err, "covgate: nothing to gate: the push brings no new commit");
        return Ok(Exit::Pass);
    }
    for tip in &tips {
        let exit = session.gate(tip, default.as_ref(), err).unwrap_or_else(|error| {
            let _ = error.write_to(err);
            refuse(&tip.commit, "", &push.command_line.words(), &[], &[], err);
            error.exit()
        });
        if exit != Exit::Pass {
            return Ok(exit);
        }
    }
    Ok(Exit::Pass)
}

/// A module's folder relative to the work tree's root, so that it means the same in covgate's own
/// work tree.
///
/// # Errors
/// When it is outside (exit 2).
pub(crate) fn module_in_tree(module: &Utf8Path, root: &Utf8Path) -> Result<Utf8PathBuf> {
    let outside = || Error::usage(format!("-C {module}: not a folder of the repository"));
    let inside = if module.is_absolute() {
        let real = root.canonicalize_utf8().ok();
        let mut roots = [Some(root), real.as_deref()].into_iter().flatten();
        roots.find_map(|root| module.strip_prefix(root).ok()).ok_or_else(outside)?
    } else {
        module
    };
    stays_inside(inside).ok_or_else(outside)
}

/// Whether git needs variables to find the repository of this folder, for people who keep the two
/// apart. Children do not have them, so git may then find another repository, or none.
fn is_redirected() -> bool {
    ["GIT_DIR", "GIT_WORK_TREE"].iter().any(|name| std::env::var_os(name).is_some())
}

struct PushGate<'a> {
    supervisor: &'a Supervisor,
    push: &'a Push<'a>,
    git: Git<'a>,
    layout: Layout,
    /// The root of the user's work tree.
    root: Utf8PathBuf,
    memory: Memory,
    style: Style,
    /// The settings from outside the pushed tree.
    asked: Options,
}

impl PushGate<'_> {
    fn gate(
        &self,
        tip: &Tip,
        default: Option<&DefaultBranch>,
        err: &mut dyn Write,
    ) -> Result<Exit> {
        let contents = self.git.contents(&tip.tree)?;
        let commit = short(&tip.commit);
        if contents.modules.is_empty() {
            let _ = writeln!(err, "covgate: nothing to gate: {commit} holds no Go module");
            return Ok(Exit::Pass);
        }
        if self.is_older_than_covgate(&contents, default)? {
            let _ = writeln!(
                err,
                "covgate: note: {commit} is from before the repository adopted covgate: not gated"
            );
            return Ok(Exit::Pass);
        }
        let folder = self.folder(&contents);
        let key = self.key(tip, &folder);
        if !self.push.fresh && key.as_ref().is_some_and(|key| self.memory.knows(key)) {
            let _ = writeln!(
                err,
                "covgate: the tree of {commit} has passed before{}; COVGATE_FRESH=1 tests it again",
                of(&folder)
            );
            return Ok(Exit::Pass);
        }
        let tree = self.work_tree(tip, &contents, err)?;
        let base = self.base(tip, default, key.as_ref())?;
        self.gate_tree(tip, &folder, &contents, &tree, base, key, err)
    }

    /// The folder of the tree in which covgate starts: the one that was named, else the root; where
    /// nothing there says what to gate, the only module.
    fn folder(&self, contents: &Contents) -> Utf8PathBuf {
        let root = [FILE_NAME, workspace::FILE_NAME].map(Utf8PathBuf::from);
        match (&self.push.module, contents.modules.as_slice()) {
            (Some(folder), _) => folder.clone(),
            (None, [module]) if !root.iter().any(|file| contents.at_root.contains(file)) => {
                module.clone()
            }
            (None, _) => Utf8PathBuf::new(),
        }
    }

    /// Whether nothing of covgate's is in a tree, though the remote's default branch has it: release
    /// branches and old tags are not held to floors that came later.
    fn is_older_than_covgate(
        &self,
        contents: &Contents,
        default: Option<&DefaultBranch>,
    ) -> Result<bool> {
        let adopted = |contents: &Contents| {
            [floor::FILE_NAME, FILE_NAME].iter().any(|name| contents.names.contains(*name))
        };
        match default.and_then(DefaultBranch::tip) {
            Some(tree) if !adopted(contents) => Ok(adopted(&self.git.contents(tree)?)),
            _ => Ok(false),
        }
    }

    fn key(&self, tip: &Tip, module: &Utf8Path) -> Option<Key> {
        Key::new(Parts {
            tree: &tip.tree,
            module,
            go: &self.asked.go,
            settings: &format!("{:?} {:?}", self.push.command_line, self.push.environment),
            with: &self.asked.with,
        })
    }

    /// covgate's own work tree, at the commit: what is tested is what a fresh clone would hold.
    fn work_tree(&self, tip: &Tip, contents: &Contents, err: &mut dyn Write) -> Result<WorkTree> {
        let common_dir = &self.layout.common_dir;
        let lock = worktree::lock(common_dir, self.supervisor, err)?;
        worktree::prepare(&self.git, common_dir, &tip.commit, contents, lock, err)
    }

    #[expect(clippy::too_many_arguments, reason = "what a tip's gate knows by now")]
    fn gate_tree(
        &self,
        tip: &Tip,
        module: &Utf8Path,
        contents: &Contents,
        tree: &WorkTree,
        base: Option<Base>,
        key: Option<Key>,
        err: &mut dyn Write,
    ) -> Result<Exit> {
        let shown = self.shown(tip, module, &tree.folder.join(module))?;
        let (exit, failed, missed) = match self.check(module, contents, tree, &shown, base, err) {
            Ok((Verdicts { exit: Exit::Pass, flaky, .. }, settings)) => {
                if flaky.is_empty() {
                    self.remember(key, contents, tree, &settings);
                } else {
                    let _ = writeln!(
                        err,
                        "covgate: this pass is not remembered, since tests failed at first: the next push of the same tree is tested again"
                    );
                }
                return Ok(Exit::Pass);
            }
            Ok((verdicts, _)) => (verdicts.exit, verdicts.failed, verdicts.missed),
            Err(error) => {
                let exit = error.exit();
                let error = match exit {
                    Exit::Signal(_) => error,
                    _ => error.hint_if_none(ELSEWHERE),
                };
                let _ = error.write_to(err);
                (exit, Vec::new(), Vec::new())
            }
        };
        if exit == Exit::GateClosed {
            let _ = writeln!(err, "hint: {ELSEWHERE}");
        }
        refuse(&tip.commit, &shown, &self.push.command_line.words(), &failed, &missed, err);
        Ok(exit)
    }

    fn check(
        &self,
        module: &Utf8Path,
        contents: &Contents,
        tree: &WorkTree,
        shown: &str,
        base: Option<Base>,
        err: &mut dyn Write,
    ) -> Result<(Verdicts, Settings)> {
        let folder = &tree.folder.join(module);
        let mut settings = Settings::resolve(
            self.push.command_line.clone(),
            self.push.environment.clone(),
            folder,
        )?;
        settings.repeat.chdir = (!shown.is_empty()).then(|| shown.into());
        // Floors that are written in covgate's own work tree are gone with the next push.
        settings.repeat.floors_in = Some(module.to_owned());
        let options = settings.options();
        if !prepare::run(&options.prepare, folder, self.supervisor, err)? {
            let (failed, flaky, missed) = (Vec::new(), Vec::new(), Vec::new());
            let exit = Exit::GateClosed;
            return Ok((Verdicts { exit, failed, flaky, missed, packages: 0 }, settings));
        }
        let scope = match base {
            Some(Base { tree: base, changes }) => {
                let (contents, gate) = (contents.clone(), &settings.gate);
                let prefix = gate.strip_prefix(&tree.folder).unwrap_or(module).to_owned();
                let mut difference = Difference::new(base, changes, contents, gate, prefix);
                // What a command makes can differ without a trace in the tree.
                difference.narrows =
                    options.scope == ScopeChoice::Affected && options.prepare.is_empty();
                Scope::Since(Box::new(difference))
            }
            None => Scope::All,
        };
        let (none, out) = (Requests::default(), std::io::stderr());
        let extent = Extent { scope: &scope, shard: None, record: false, baseline: None };
        let verdicts = check::run(&settings, extent, self.supervisor, &none, self.style, out, err)?;
        Ok((verdicts, settings))
    }

    fn remember(
        &self,
        key: Option<Key>,
        contents: &Contents,
        tree: &WorkTree,
        settings: &Settings,
    ) {
        let here = settings.gate.strip_prefix(&tree.folder).unwrap_or("".into()).to_owned();
        // Neither what lies outside the tree nor the go that a covgate.toml names is in the key.
        let reaches_outside = |file: &Utf8PathBuf| memory::reaches_outside(&tree.folder, file);
        let is_known = |path: &Utf8PathBuf| {
            self.asked.with.iter().any(|asked| asked == path)
                || memory::is_in_tree(&tree.folder, path)
        };
        if !settings.with.iter().all(is_known) {
            return;
        }
        let folders = match settings.modules {
            Some(ModulesChoice::This) => std::slice::from_ref(&here),
            _ => contents.nested.as_slice(),
        };
        let of_modules = folders.iter().map(|module| module.join("go.mod"));
        let workspace = settings.modules == Some(ModulesChoice::Workspace);
        let of_workspace = workspace.then(|| workspace::find(&settings.directory)).flatten();
        let outside = match of_workspace {
            Some(file) => match file.strip_prefix(&tree.folder) {
                Ok(file) => reaches_outside(&file.to_owned()),
                Err(_) => true,
            },
            None => false,
        };
        if outside || of_modules.into_iter().any(|file| reaches_outside(&file)) {
            return;
        }
        if let Some(key) = key.filter(|_| settings.go == self.asked.go) {
            self.memory.remember(&key);
        }
    }

    /// Where a person can see it again, as they would type it: in their own work tree where that is at the
    /// same commit.
    fn shown(&self, tip: &Tip, module: &Utf8Path, folder: &Utf8Path) -> Result<String> {
        let head = self.git.resolve("HEAD^{tree}")?;
        Ok(match head.as_deref() == Some(&tip.tree) && !self.layout.bare {
            true => module.to_string(),
            false => folder.strip_prefix(&self.root).unwrap_or(folder).to_string(),
        })
    }
}

const ELSEWHERE: &str = "this was covgate's own work tree of the pushed commit, as a fresh clone would be: \
     what is not committed is not there; commit it, or let `prepare` in covgate.toml make it";

fn of(module: &Utf8Path) -> String {
    if module.as_str().is_empty() { String::new() } else { format!(" (module {module})") }
}
