//! Owns the questions to go about packages: which go this is, and what it lists, for several groups of
//! modules side by side.
//! Must not know what the answers are used for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};

use crate::choose::affected;
use crate::choose::ask::ask;
use crate::choose::modules::{Asked, Group, Place, is_local};
use crate::choose::since::Scope;
use crate::domain::choice::EngineChoice;
use crate::domain::paths::normal;
use crate::domain::pattern::relative;
use crate::domain::shell;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::settings::{FILE_NAME, Settings};
use crate::tools::git::changes::{ATTRIBUTES, Change};
use crate::tools::go::Go;
use crate::tools::go::goflags::{self, Refused};
use crate::tools::go::list::{self, Depth, Listed};
use crate::tools::go::mod_file::replaced_folders;
use crate::tools::go::toolchain::{OLDEST, Toolchain};
use crate::tools::process::Supervisor;

/// What go says of modules that are built together.
pub(super) struct Answer {
    pub(super) toolchain: Toolchain,
    pub(super) listed: Vec<Listed>,
    /// The patterns that covgate added to the user's.
    pub(super) own: Vec<String>,
    /// Whether nothing that differs can reach these modules. Then not much is known of the packages.
    pub(super) untouched: bool,
}

/// What go printed.
pub(super) struct Printed {
    pub(super) listed: Vec<Listed>,
    pub(super) warnings: String,
    /// The patterns that covgate added to the user's.
    pub(super) own: Vec<String>,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) supervisor: &'a Supervisor,
    pub(super) settings: &'a Settings,
    pub(super) scope: &'a Scope,
}

impl Asking<'_> {
    pub(super) fn ask(&self, command: std::process::Command) -> Result<(Vec<u8>, String)> {
        ask(command, self.supervisor, self.settings)
    }

    /// Asks all groups, side by side.
    pub(super) fn all(&self, groups: &[Group]) -> Vec<Result<Answer>> {
        let next = AtomicUsize::new(0);
        let answers: Vec<Mutex<Option<Result<Answer>>>> =
            groups.iter().map(|_| Mutex::new(None)).collect();
        let work = || {
            while let Some((group, answer)) = {
                let index = next.fetch_add(1, Ordering::Relaxed);
                groups.get(index).zip(answers.get(index))
            } {
                let asked = self.group(group);
                *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
            }
        };
        thread::scope(|scope| {
            let others = self.settings.parallelism.jobs.get().min(groups.len());
            for _ in 1..others {
                scope.spawn(work);
            }
            work();
        });
        let answers = answers.into_iter().map(|answer| {
            let answer = answer.into_inner().unwrap_or_else(PoisonError::into_inner);
            answer.unwrap_or_else(|| Err(Error::broken_down()))
        });
        answers.collect()
    }

    fn group(&self, group: &Group) -> Result<Answer> {
        let gone = group.places.iter().any(|place| !place.root.join("go.mod").is_file());
        if gone && group.go.workspace().is_none() {
            return Err(Error::environment("git tracks this file, but it is not here"));
        }
        let toolchain = self.toolchain(&group.go)?;
        let asked: Vec<String> =
            group.patterns.iter().map(|Asked { pattern, .. }| pattern.clone()).collect();
        let places: Vec<&Place> = group.places.iter().collect();
        let mut depth = self.depth(&places);
        // Otherwise only who can see far is reached, and most modules hold no such source.
        let sees_far = || {
            group.places.iter().any(|place| {
                affected::sees_far_below(&place.root) != (false, false)
                    || replaced_on_disk(place).any(|folder| affected::sees_far_below(&folder).0)
            })
        };
        let untouched = depth == Depth::Graph && self.touches_nothing_of(group) && !sees_far();
        if untouched {
            depth = Depth::Names;
        }
        let printed = self.listed(&group.go, &asked, &group.places, depth)?;
        let Printed { mut listed, own, .. } = printed;
        keep_own(&mut listed, group);
        Ok(Answer { toolchain, listed, own, untouched })
    }

    /// Whether no change lies where a group is built from.
    fn touches_nothing_of(&self, group: &Group) -> bool {
        let Scope::Since(difference) = self.scope else { return false };
        let difference = difference.relevant(self.settings);
        // One is the run's own.
        let file = difference.prefix.join(FILE_NAME);
        let near = |path: &Utf8Path, place: &Place| {
            let replaced = replaced(&place.root, &place.folder);
            path == file
                || path.starts_with(&place.folder)
                || replaced.iter().any(|folder| path.starts_with(folder))
        };
        let touches = |change: &Change| {
            // A link leads anywhere, and attributes are of all files below them.
            !change.ordinary
                || change.path.file_name() == Some(ATTRIBUTES)
                || group.places.iter().any(|place| near(&change.path, place))
        };
        group.go.workspace().is_none() && !difference.changes.iter().any(touches)
    }

    /// Asks go for its version and module.
    pub(super) fn toolchain(&self, go: &Go) -> Result<Toolchain> {
        let (output, _) = self.ask(go.env()?)?;
        let toolchain =
            Toolchain::parse(&output).map_err(|error| Error::new(Exit::Environment, error))?;
        if toolchain.version < OLDEST {
            return Err(Error::environment(format!(
                "{} is too old: covgate needs go {OLDEST} or newer",
                toolchain.name
            ))
            .hint("name another go with --go or COVGATE_GO"));
        }
        goflags::check(&toolchain.go_flags).map_err(|refused| standing_flag(&refused))?;
        Ok(toolchain)
    }

    /// How much must be known of packages.
    pub(super) fn depth(&self, places: &[&Place]) -> Depth {
        let has_tests =
            || places.iter().any(|place| tests_pattern(self.settings, &place.root).is_some());
        match self.scope {
            Scope::Since(_) => Depth::Graph,
            // Only processes of their own need to know what tests import; see WarmSet.
            Scope::All if self.settings.options().engine == EngineChoice::Fanout => {
                Depth::TestImports
            }
            Scope::All if has_tests() => Depth::TestImports,
            Scope::All => Depth::Names,
        }
    }

    /// Lists what patterns name, and what covgate itself needs to know.
    pub(super) fn listed(
        &self,
        go: &Go,
        asked: &[String],
        places: &[Place],
        depth: Depth,
    ) -> Result<Printed> {
        let tests = places.iter().filter_map(|place| tests_pattern(self.settings, &place.root));
        let whole = places
            .iter()
            .filter(|_| depth == Depth::Graph)
            .map(|place| format!("{}/...", place.root));
        let own: Vec<String> = tests.chain(whole).filter(|own| !asked.contains(own)).collect();
        let patterns = [asked, &own].concat();
        let (output, warnings) = self.ask(go.list(&patterns, depth)?)?;
        let mut listed: Vec<Listed> = list::parse(&output).map_err(|error| {
            Error::new(Exit::Environment, error).context("go list printed what is not its JSON")
        })?;
        adopt(&mut listed);
        Ok(Printed { listed, warnings, own })
    }
}

/// A flag for every go command that covgate cannot have. go reads what `go env -w` wrote only where
/// the variable is empty.
fn standing_flag(Refused { flag, why, rest }: &Refused) -> Error {
    let is_set = std::env::var_os("GOFLAGS").is_some_and(|value| !value.is_empty());
    let place = if is_set { "the environment" } else { "go env -w" };
    let keep = format!("GOFLAGS={rest}");
    let words: &[&str] = match (is_set, rest.is_empty()) {
        (true, true) => &["unset", "GOFLAGS"],
        (true, false) => &["export", &keep],
        (false, true) => &["go", "env", "-u", "GOFLAGS"],
        (false, false) => &["go", "env", "-w", &keep],
    };
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    Error::usage(format!("`{flag}` cannot stand in GOFLAGS ({place}): {why}"))
        .hint(format!("take it out: {}", shell::command(&words)))
}

/// Gives packages with a malformed path the innermost module whose path theirs begins with: go
/// names none for them, and excludes are relative to a module.
fn adopt(listed: &mut [Listed]) {
    if !listed.iter().any(Listed::is_malformed) {
        return;
    }
    let modules: Vec<_> = listed.iter().filter_map(|package| package.module.clone()).collect();
    for package in listed.iter_mut().filter(|package| package.is_malformed()) {
        let path = &package.import_path;
        let inside = modules.iter().filter(|module| relative(&module.path, path) != path);
        package.module = inside.max_by_key(|module| module.path.len()).cloned();
    }
}

/// The folder with the tests outside, as a pattern; none if it does not exist.
fn tests_pattern(settings: &Settings, root: &Utf8Path) -> Option<String> {
    let tests = settings.external_tests.as_ref()?;
    let folder = root.join(&tests.test_dir);
    folder.is_dir().then(|| format!("{folder}/..."))
}

/// Drops what belongs to other modules: import paths are asked for everywhere, and a local pattern can
/// only name what is here.
fn keep_own(listed: &mut Vec<Listed>, group: &Group) {
    let is_here = |dir: &Utf8Path| group.places.iter().any(|place| place.root == dir);
    let alone = group.go.workspace().is_none();
    let asked_here = |package: &Listed| package.matched.iter().any(|pattern| is_local(pattern));
    listed.retain(|package| match &package.module {
        Some(module) => module.main && (alone || is_here(&module.dir)),
        None => asked_here(package),
    });
}

/// The folders, from the repository's root, whose modules stand in for others where the one in `folder` is
/// built.
pub(super) fn replaced(root: &Utf8Path, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let text = std::fs::read_to_string(root.join("go.mod")).unwrap_or_default();
    replaced_folders(&text).filter_map(|target| normal(&folder.join(target))).collect()
}

/// The same folders on disk.
pub(super) fn replaced_on_disk(place: &Place) -> impl Iterator<Item = Utf8PathBuf> {
    let text = std::fs::read_to_string(place.root.join("go.mod")).unwrap_or_default();
    let folders: Vec<Utf8PathBuf> =
        replaced_folders(&text).map(|target| place.root.join(target)).collect();
    folders.into_iter()
}
