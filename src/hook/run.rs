//! Owns what the hook does on a push: which commits are new, where each is
//! tested, and the last words of a refusal.
//! Must not know how a commit is gated; that is `check`.

use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};

use super::dirt::{self, Dirt};
use super::memory::{self, Key, Memory, Parts};
use super::refusal::{refuse, short};
use super::worktree::{self, Lock};
use crate::affected::Scope;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::gate::Verdicts;
use crate::git::changes::Change;
use crate::git::refs::PushedRef;
use crate::git::{Contents, Git, Layout};
use crate::process::Supervisor;
use crate::report::Style;
use crate::settings::{Layer, ScopeChoice, Settings, stays_inside};
use crate::since;

/// A push, as git tells the hook of it.
#[derive(Debug)]
pub struct Push<'a> {
    /// The remote's name, or its URL where it has none.
    pub remote: &'a str,
    /// What is pushed, as git wrote it to stdin.
    pub refs: &'a [PushedRef],
    /// The work tree's root, where git runs hooks.
    pub folder: &'a Utf8Path,
    /// The module, from the root; found in the pushed tree where nobody names it.
    pub module: Option<Utf8PathBuf>,
    /// What the command line asks for.
    pub command_line: Layer,
    /// What the environment asks for.
    pub environment: Layer,
    /// Whether what passed before is tested again.
    pub fresh: bool,
}

/// A commit to gate, once however many refs it is pushed to.
struct Tip {
    commit: String,
    tree: String,
    /// What the remote has already; none where that is not known.
    bases: Option<Vec<String>>,
}

/// Gates every commit that a push would bring to the remote. The report goes to `err`, which git
/// shows; stdout belongs to git's own output.
///
/// # Errors
/// When the gate could not decide; the push is refused all the same.
pub fn pre_push(
    supervisor: &Supervisor,
    push: &Push<'_>,
    style: Style,
    err: &mut dyn Write,
) -> Result<Exit> {
    let layout = Git::new(supervisor, push.folder).layout()?;
    let root = layout.root(push.folder).to_owned();
    // From here on no child may take this repository for its own, see `git help rev-parse`.
    supervisor.scrub(layout.inherited_variables());
    let here = Git::new(supervisor, &root);
    let same = || here.layout().is_ok_and(|again| again.git_dir == layout.git_dir);
    let found = !layout.bare && (!is_redirected() || same());
    let folder = if found { &root } else { &layout.common_dir };
    let session = Session {
        supervisor,
        push,
        git: Git::new(supervisor, folder),
        memory: Memory::new(&layout.common_dir),
        layout,
        root,
        found,
        style,
    };
    let tips = session.tips(push.refs)?;
    if tips.is_empty() {
        let _ = writeln!(err, "covgate: nothing to gate: the push brings no new commit");
        return Ok(Exit::Pass);
    }
    for tip in &tips {
        let exit = session.gate(tip, err).unwrap_or_else(|error| {
            let _ = error.write_to(err);
            refuse(&tip.commit, "", &push.command_line.words(), &[], err);
            error.exit()
        });
        if exit != Exit::Pass {
            return Ok(exit);
        }
    }
    Ok(Exit::Pass)
}

/// A module's folder as the pushed tree has it: relative to the work tree's root, so that it means
/// the same in covgate's own work tree.
///
/// # Errors
/// When it lies outside (exit 2).
pub fn module_in_tree(module: &Utf8Path, root: &Utf8Path) -> Result<Utf8PathBuf> {
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

/// Whether it takes variables to tie this folder to its repository, as it does for people who keep
/// the two apart. Children do not have them; git may then find another repository, or none.
fn is_redirected() -> bool {
    ["GIT_DIR", "GIT_WORK_TREE"].iter().any(|name| std::env::var_os(name).is_some())
}

struct Session<'a> {
    supervisor: &'a Supervisor,
    push: &'a Push<'a>,
    git: Git<'a>,
    layout: Layout,
    /// The root of the user's work tree.
    root: Utf8PathBuf,
    /// Whether git finds the user's work tree by itself.
    found: bool,
    memory: Memory,
    style: Style,
}

impl Session<'_> {
    /// The distinct commits, deletions and what the remote has already left out.
    fn tips(&self, refs: &[PushedRef]) -> Result<Vec<Tip>> {
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

    /// What the remote has of this commit's history: the commit it would replace, or the edge of
    /// its branches. None where that is not one known commit.
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

    fn gate(&self, tip: &Tip, err: &mut dyn Write) -> Result<Exit> {
        let contents = self.git.contents(&tip.tree)?;
        let modules = self.modules(&contents);
        if modules.is_empty() {
            let _ = writeln!(
                err,
                "covgate: nothing to gate: {} holds no Go module",
                short(&tip.commit)
            );
            return Ok(Exit::Pass);
        }
        for module in contents.modules.iter().filter(|module| !modules.contains(module)) {
            let _ = writeln!(
                err,
                "covgate: note: the module in {module} is not gated (-C names another than the root's)"
            );
        }
        let mut place = None;
        for module in modules {
            if self.remembers(tip, &module) {
                let commit = short(&tip.commit);
                let _ = writeln!(
                    err,
                    "covgate: the tree of {commit} has passed before{}; COVGATE_FRESH=1 tests it again",
                    of(&module)
                );
                continue;
            }
            let place = match &place {
                Some(place) => place,
                None => place.insert(self.place(tip, &contents, err)?),
            };
            let mut folder = place.folder.join(&module);
            let (mut exit, mut settings) = self.gate_module(tip, &module, &contents, place, err)?;
            if exit == Exit::Pass
                && place.lock.is_none()
                && let Some(why) = self.difference(tip)?
            {
                // Somebody has gone on editing: what passed may not be what is pushed.
                let own =
                    self.own_place(tip, &contents, &format!("while it was tested, {why}"), err)?;
                folder = own.folder.join(&module);
                (exit, settings) = self.gate_module(tip, &module, &contents, &own, err)?;
            }
            if let Some(settings) = settings.filter(|_| exit == Exit::Pass) {
                self.remember(tip, &module, &folder, &settings);
            }
            if exit != Exit::Pass {
                return Ok(exit);
            }
        }
        Ok(Exit::Pass)
    }

    /// The module that was named, else the one at the root, else all.
    fn modules(&self, contents: &Contents) -> Vec<Utf8PathBuf> {
        match &self.push.module {
            Some(module) => vec![module.clone()],
            None if contents.modules.iter().any(|module| module.as_str().is_empty()) => {
                vec!["".into()]
            }
            None => contents.modules.clone(),
        }
    }

    fn remembers(&self, tip: &Tip, module: &Utf8Path) -> bool {
        let known = |bases| self.key(tip, module, bases).is_some_and(|key| self.memory.knows(&key));
        // A pass of all packages is a pass of any of them.
        !self.push.fresh && (known(None) || self.bases(tip).is_some_and(|bases| known(Some(bases))))
    }

    fn key(&self, tip: &Tip, module: &Utf8Path, bases: Option<&[String]>) -> Option<Key> {
        let go = self.push.command_line.go.as_deref().or(self.push.environment.go.as_deref());
        Key::new(Parts {
            tree: &tip.tree,
            module,
            bases,
            go: go.unwrap_or("go"),
            settings: &format!("{:?} {:?}", self.push.command_line, self.push.environment),
        })
    }

    /// What affected packages are counted from; none where all are gated.
    fn bases<'t>(&self, tip: &'t Tip) -> Option<&'t [String]> {
        let asked = self.push.command_line.scope.or(self.push.environment.scope);
        tip.bases.as_deref().filter(|_| asked != Some(ScopeChoice::All))
    }

    /// Where the commit is tested: in place where that is the same, else in covgate's work tree.
    fn place(&self, tip: &Tip, contents: &Contents, err: &mut dyn Write) -> Result<Place> {
        let Some(why) = self.difference(tip)? else {
            return Ok(Place { folder: self.root.to_owned(), lock: None });
        };
        self.own_place(tip, contents, &why, err)
    }

    /// covgate's own work tree, at the commit.
    fn own_place(
        &self,
        tip: &Tip,
        contents: &Contents,
        why: &str,
        err: &mut dyn Write,
    ) -> Result<Place> {
        if let Some(submodule) = contents.submodules.first() {
            return Err(Error::environment(format!(
                "{} has the submodule {submodule}, which covgate's own work tree does not hold; it is needed because {why}",
                short(&tip.commit)
            ))
            .hint("commit or stash everything (git stash -u) and push what is checked out: then it is tested in place"));
        }
        let _ = writeln!(
            err,
            "covgate: testing {} in a work tree of its own: {why}",
            short(&tip.commit)
        );
        let lock = worktree::lock(&self.layout.common_dir, self.supervisor, err)?;
        let folder = worktree::prepare(&self.git, &self.layout.common_dir, &tip.commit, &lock)?;
        Ok(Place { folder, lock: Some(lock) })
    }

    /// Why the user's work tree is not what is pushed, if it is not.
    fn difference(&self, tip: &Tip) -> Result<Option<String>> {
        if !self.found {
            let why = match self.layout.bare {
                true => "the repository is bare",
                false => "git finds no repository here by itself",
            };
            return Ok(Some(why.to_owned()));
        }
        if self.git.resolve("HEAD^{tree}")?.as_deref() != Some(&tip.tree) {
            return Ok(Some("it is not what is checked out".to_owned()));
        }
        if let Some(path) = self.git.overlooked()? {
            return Ok(Some(format!("git was told to overlook {path}")));
        }
        Ok(match dirt::find(&self.git.status()?, &self.root) {
            Dirt::None => None,
            Dirt::Edited(path) => Some(format!("{path} has uncommitted changes")),
            Dirt::Untracked(path) => {
                Some(format!("{path} is not in the commit, but go would see it"))
            }
        })
    }

    fn gate_module(
        &self,
        tip: &Tip,
        module: &Utf8Path,
        contents: &Contents,
        place: &Place,
        err: &mut dyn Write,
    ) -> Result<(Exit, Option<Settings>)> {
        let folder = place.folder.join(module);
        let outcome = self.check(tip, module, contents, place, err);
        let (exit, failed) = match outcome {
            Ok((Verdicts { exit: Exit::Pass, .. }, settings)) => {
                return Ok((Exit::Pass, Some(settings)));
            }
            Ok((verdicts, _)) => (verdicts.exit, verdicts.failed),
            Err(error) => {
                let exit = error.exit();
                let elsewhere = place.lock.is_some() && !matches!(exit, Exit::Signal(_));
                let error = if elsewhere { error.hint(ELSEWHERE) } else { error };
                let _ = error.write_to(err);
                (exit, Vec::new())
            }
        };
        if place.lock.is_some() && exit == Exit::GateClosed {
            let _ = writeln!(err, "hint: {ELSEWHERE}");
        }
        let options = self.push.command_line.words();
        refuse(&tip.commit, &self.shown(&folder), &options, &failed, err);
        Ok((exit, None))
    }

    fn check(
        &self,
        tip: &Tip,
        module: &Utf8Path,
        contents: &Contents,
        place: &Place,
        err: &mut dyn Write,
    ) -> Result<(Verdicts, Settings)> {
        let folder = &place.folder.join(module);
        let settings = Settings::resolve(
            self.push.command_line.clone(),
            self.push.environment.clone(),
            folder,
        )?;
        let scope = match self.bases(tip).filter(|_| settings.scope != Some(ScopeChoice::All)) {
            Some(bases) => {
                let changes = self.changes(bases, &tip.commit)?;
                since::scope(changes, contents.clone(), &place.folder, module.to_owned())
            }
            None => Scope::All,
        };
        let verdicts =
            crate::check(&settings, &scope, self.supervisor, self.style, std::io::stderr(), err)?;
        Ok((verdicts, settings))
    }

    fn changes(&self, bases: &[String], commit: &str) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        for base in bases {
            changes.extend(self.git.changes_between(base, commit)?);
        }
        Ok(changes)
    }

    fn remember(&self, tip: &Tip, module: &Utf8Path, folder: &Utf8Path, settings: &Settings) {
        // Neither what lies outside the tree nor the go that a covgate.toml names is in the key.
        if settings.workspace || memory::reaches_outside(folder) {
            return;
        }
        let named = self.push.command_line.go.as_deref().or(self.push.environment.go.as_deref());
        if settings.go != named.unwrap_or("go") {
            return;
        }
        let all = settings.scope == Some(ScopeChoice::All);
        let bases = self.bases(tip).filter(|_| !all);
        if let Some(key) = self.key(tip, module, bases) {
            self.memory.remember(&key);
        }
    }

    /// A folder as a person would type it from the work tree's root.
    fn shown(&self, folder: &Utf8Path) -> String {
        match folder.strip_prefix(&self.root) {
            Ok(inside) => inside.to_string(),
            Err(_) => folder.to_string(),
        }
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

const ELSEWHERE: &str = "this was covgate's own work tree of the pushed commit: what is not \
     committed, or lies outside the repository, is not there; commit it, or push what is checked \
     out, clean, so that it is tested in place";

/// Where a commit is tested.
struct Place {
    folder: Utf8PathBuf,
    /// Held for covgate's own work tree.
    lock: Option<Lock>,
}

fn of(module: &Utf8Path) -> String {
    if module.as_str().is_empty() { String::new() } else { format!(" (module {module})") }
}
