//! Owns what the hook does on a push: gates each new commit, remembers what passes, and ends a
//! refusal with its last lines.
//! Must not know how a commit is gated; that is `check`.

mod tips;
mod tree;

use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};

use self::tips::Tip;
use self::tree::TestTree;
use super::memory::{self, Key, Memory, Parts};
use super::refusal::{refuse, short};
use crate::choose::affected::Scope;
use crate::choose::since;
use crate::commands::check::gate::Verdicts;
use crate::commands::check::{self, Extent};
use crate::domain::choice::ScopeChoice;
use crate::domain::paths::stays_inside;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::formats::Requests;
use crate::output::text::Style;
use crate::settings::{Layer, Options, Settings};
use crate::tools::git::changes::Change;
use crate::tools::git::refs::PushedRef;
use crate::tools::git::{Contents, Git, Layout};
use crate::tools::process::Supervisor;

/// A push, as git describes it to the hook.
#[derive(Debug)]
pub struct Push<'a> {
    /// The remote's name, or its URL if it has none.
    pub remote: &'a str,
    /// What is pushed, as git wrote it to stdin.
    pub refs: &'a [PushedRef],
    /// The work tree's root, where git runs hooks.
    pub folder: &'a Utf8Path,
    /// The module, from the root; if nobody names it, it is found in the pushed tree.
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
pub fn pre_push(
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
        found,
        style,
        asked: push.command_line.clone().over(push.environment.clone()).options(),
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

/// A module's folder relative to the work tree's root, so that it means the same in covgate's own
/// work tree.
///
/// # Errors
/// When it is outside (exit 2).
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
    /// Whether git finds the user's work tree by itself.
    found: bool,
    memory: Memory,
    style: Style,
    /// The settings from outside the pushed tree.
    asked: Options,
}

impl PushGate<'_> {
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
                // Somebody has edited files meanwhile: what passed may not be what is pushed.
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

    /// The module that was named, otherwise the one at the root, otherwise all.
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
        // If all packages passed, any of them passed.
        !self.push.fresh && (known(None) || self.bases(tip).is_some_and(|bases| known(Some(bases))))
    }

    fn key(&self, tip: &Tip, module: &Utf8Path, bases: Option<&[String]>) -> Option<Key> {
        Key::new(Parts {
            tree: &tip.tree,
            module,
            bases,
            go: &self.asked.go,
            settings: &format!("{:?} {:?}", self.push.command_line, self.push.environment),
        })
    }

    /// The commits to compare with to find affected packages; none if all are gated.
    fn bases<'t>(&self, tip: &'t Tip) -> Option<&'t [String]> {
        tip.bases.as_deref().filter(|_| self.asked.scope == ScopeChoice::Affected)
    }

    fn gate_module(
        &self,
        tip: &Tip,
        module: &Utf8Path,
        contents: &Contents,
        place: &TestTree,
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
        place: &TestTree,
        err: &mut dyn Write,
    ) -> Result<(Verdicts, Settings)> {
        let folder = &place.folder.join(module);
        let mut settings = Settings::resolve(
            self.push.command_line.clone(),
            self.push.environment.clone(),
            folder,
        )?;
        let shown = self.shown(folder);
        settings.repeat.chdir = (!shown.is_empty()).then(|| shown.into());
        let scope =
            match self.bases(tip).filter(|_| settings.options().scope == ScopeChoice::Affected) {
                Some(bases) => {
                    let changes = self.changes(bases, &tip.commit)?;
                    since::scope(changes, contents.clone(), folder, module.to_owned())
                }
                None => Scope::All,
            };
        let (none, out) = (Requests::default(), std::io::stderr());
        let extent = Extent { scope: &scope, shard: None };
        let verdicts = check::run(&settings, extent, self.supervisor, &none, self.style, out, err)?;
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
        // The key contains neither files outside the tree nor the go that a covgate.toml names.
        let Options { workspace, .. } = *settings.options();
        if workspace || memory::reaches_outside(folder) || settings.go != self.asked.go {
            return;
        }
        let affected = settings.options().scope == ScopeChoice::Affected;
        let bases = self.bases(tip).filter(|_| affected);
        if let Some(key) = self.key(tip, module, bases) {
            self.memory.remember(&key);
        }
    }

    /// A folder as a person would type it, from the work tree's root.
    fn shown(&self, folder: &Utf8Path) -> String {
        match folder.strip_prefix(&self.root) {
            Ok(inside) => inside.to_string(),
            Err(_) => folder.to_string(),
        }
    }
}

const ELSEWHERE: &str = "the tests ran in covgate's own work tree of the pushed commit, without \
     files that are not committed or lie outside the repository; commit what is missing, or push \
     from a clean work tree, so that it is tested in place";

fn of(module: &Utf8Path) -> String {
    if module.as_str().is_empty() { String::new() } else { format!(" (module {module})") }
}
