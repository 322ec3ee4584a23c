//! Owns joining the packages of several modules, each built by itself or with others, into one list.
//! Must not know what is done with the packages.

use std::collections::HashSet;
use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Build, idle, narrow, needs_fresh_runs, with_hint};
use crate::choose::affected::{self, Reach};
use crate::choose::listing::{Answer, Asking, replaced, replaced_on_disk};
use crate::choose::modules::Group;
use crate::choose::select::{Member, Selected, nothing, select};
use crate::choose::since::{Difference, Scope};
use crate::choose::sources;
use crate::domain::package::{Module, Selection};
use crate::domain::paths::normal;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::settings::{FILE_NAME, Floors, OF_MODULE};
use crate::tools::go::list::Listed;
use crate::tools::go::mod_file::replaced_folders;
use crate::tools::go::{Go, workspace};

/// The packages of a repository's modules. Where some cannot be asked, the others are measured all the same.
pub(super) fn packages(
    asking: Asking<'_>,
    root: Utf8PathBuf,
    groups: &[Group],
    err: &mut dyn Write,
) -> Result<(Selection, Vec<Build>)> {
    let mut joined = Joined::new(asking, root);
    for (group, answer) in groups.iter().zip(asking.all(groups)) {
        match answer.map_err(|error| with_hint(error, &group.go)) {
            Ok(answer) => joined.add(group, answer, err)?,
            Err(error) if groups.len() == 1 || matches!(error.exit(), Exit::Signal(_)) => {
                return Err(error);
            }
            Err(error) => joined.lose(group, error),
        }
    }
    joined.finish()
}

/// What is known of the groups that have answered.
struct Joined<'a> {
    asking: Asking<'a>,
    selection: Selection,
    builds: Vec<Build>,
    /// Which patterns of each module's floors named a package.
    used: Vec<Vec<bool>>,
    /// Which of the user's patterns named a package.
    matched: Vec<bool>,
    /// Why the first group that is lost could not be asked.
    failed: Option<Error>,
}

impl<'a> Joined<'a> {
    fn new(asking: Asking<'a>, root: Utf8PathBuf) -> Self {
        let gate = asking.settings.gate.strip_prefix(&root).unwrap_or("".into()).to_owned();
        Self {
            asking,
            selection: Selection { root, gate, ..Selection::default() },
            builds: Vec::new(),
            used: Vec::new(),
            matched: vec![false; asking.settings.options().packages.len()],
            failed: None,
        }
    }

    /// Adds what go says of a group.
    fn add(&mut self, group: &Group, answer: Answer, err: &mut dyn Write) -> Result<()> {
        for asked in &group.patterns {
            let is_its = |package: &Listed| package.matched.contains(&asked.pattern);
            self.matched[asked.of] |= answer.listed.iter().any(is_its);
        }
        let members = self.asking.members(group, &answer.listed, err)?;
        if let Some(trouble) = self.known_already(&members) {
            self.selection.troubles.push(trouble);
            return Ok(());
        }
        if members.is_empty() {
            return Ok(());
        }
        let (settings, gate) = (self.asking.settings, &self.selection.gate);
        let selected = select(&answer.listed, &members, gate, settings, &answer.own)
            .map_err(|error| with_hint(error, &group.go))?;
        let (part, used) = self.asking.narrowed(group, &answer, &members, selected, err)?;
        let first = self.selection.modules.len();
        let go = self.asking.runner(group, &answer);
        let (modules, floors): (Vec<Module>, Vec<Floors>) =
            members.into_iter().map(|member| (member.module, member.floors)).unzip();
        self.used.extend(used);
        self.builds.push(Build {
            go,
            toolchain: answer.toolchain,
            modules: first..first + modules.len(),
            floors,
        });
        self.join(part, modules);
        Ok(())
    }

    /// Keeps why a group cannot be measured; that closes the gate.
    fn lose(&mut self, group: &Group, error: Error) {
        self.selection.troubles.push(not_measured(group, &format!("{error:#}")));
        self.failed.get_or_insert(error);
    }

    /// Why a module cannot be told from one that is known.
    fn known_already(&self, members: &[Member]) -> Option<String> {
        let twice = members.iter().find_map(|member| {
            let is_same = |known: &&Module| known.path == member.module.path;
            self.selection.modules.iter().find(is_same).map(|known| (known, &member.module))
        });
        twice.map(|(known, module)| {
            let (path, one, other) = (&module.path, go_mod(&known.folder), go_mod(&module.folder));
            format!("{other}: module {path} is also {one}; one of them needs another path")
        })
    }

    fn join(&mut self, mut part: Selection, modules: Vec<Module>) {
        let all = &mut self.selection;
        for package in &mut part.packages {
            package.module += all.modules.len();
        }
        all.sources.extend(part.sources);
        all.excluded.extend(part.excluded);
        all.packages.extend(part.packages);
        all.unaffected += part.unaffected;
        all.modules.extend(modules);
    }

    fn finish(mut self) -> Result<(Selection, Vec<Build>)> {
        if let (true, Some(error)) = (self.builds.is_empty(), self.failed.take()) {
            return Err(error);
        }
        self.expect_matches()?;
        let Self { mut selection, builds, used, .. } = self;
        // go lists what is built together in the order of the patterns.
        selection.packages.sort_by_key(|package| package.module);
        selection.number();
        selection.idle_patterns = idle(builds.iter().flat_map(|build| &build.floors).zip(&used));
        Ok((selection, builds))
    }

    /// A user's pattern that names nothing in any module is wrong.
    fn expect_matches(&self) -> Result<()> {
        let settings = self.asking.settings;
        let patterns = &settings.options().packages;
        let idle = patterns.iter().zip(&self.matched).find(|(_, matched)| !**matched);
        let Some((pattern, _)) = idle.filter(|_| self.selection.troubles.is_empty()) else {
            return Ok(());
        };
        let reason = format!("no package matches {pattern} in {}", settings.directory);
        Err(match self.matched.contains(&true) {
            true => Error::usage(format!("a pattern names no package: {reason}"))
                .hint("is it a folder or an import path of one of the modules?"),
            false => nothing(reason),
        })
    }
}

impl Asking<'_> {
    /// The modules of a group that hold packages, with their floors.
    fn members(
        &self,
        group: &Group,
        listed: &[Listed],
        err: &mut dyn Write,
    ) -> Result<Vec<Member>> {
        let mut members = Vec::new();
        for place in &group.places {
            let mut modules = listed.iter().filter_map(|package| package.module.as_ref());
            let alone = group.places.len() == 1;
            let Some(module) = modules.find(|module| alone || module.dir == place.root) else {
                continue;
            };
            let own = self.settings.file_of(&place.root)?;
            let others: Vec<&str> = own.as_ref().map_or_else(Vec::new, |own| {
                own.layer.names().filter(|name| !OF_MODULE.contains(name)).collect()
            });
            if !others.is_empty() {
                let file = place.folder.join(FILE_NAME);
                let _ = writeln!(
                    err,
                    "note: {file}: {} only counts where this module is gated alone",
                    others.join(", ")
                );
            }
            let floors = self.settings.floors_with(&self.settings.file, own.as_ref())?;
            let module = Module { path: module.path.clone(), folder: place.folder.clone() };
            members.push(Member { module, floors });
        }
        Ok(members)
    }

    /// What a group adds to the run, without what a difference cannot reach.
    fn narrowed(
        &self,
        group: &Group,
        answer: &Answer,
        members: &[Member],
        selected: Selected,
        err: &mut dyn Write,
    ) -> Result<(Selection, Vec<Vec<bool>>)> {
        let mut part = Selection {
            packages: selected.packages,
            excluded: selected.excluded,
            sources: sources::files(&answer.listed),
            modules: members.iter().map(|member| member.module.clone()).collect(),
            ..Selection::default()
        };
        if let Scope::Since(difference) = self.scope
            && difference.narrows
        {
            let difference = difference.relevant(self.settings);
            let reach = if answer.untouched || difference.changes.is_empty() {
                Reach::Packages(HashSet::new())
            } else if let Some(why) = built_with_far(group) {
                Reach::All(why)
            } else {
                let file = difference.prefix.join(FILE_NAME);
                let (difference, root) = of_group(difference, group);
                let replaced = [built_with(group, &root), vec![file]].concat();
                let listed = answer.listed.clone();
                self.reach(&group.go, &difference, listed, &root, &replaced)?
            };
            narrow(&mut part, reach, self.settings, err);
        }
        Ok((part, selected.used))
    }

    /// The go that runs the tests of a group.
    fn runner(&self, group: &Group, answer: &Answer) -> Go {
        let mut go = group.go.clone();
        if let Scope::Since(difference) = self.scope
            && difference.narrows
            && !answer.untouched
            && needs_fresh_runs(&difference.relevant(self.settings), &group.places, &answer.listed)
        {
            go.without_test_cache();
        }
        go
    }
}

/// Why a group is not measured, with the file that says so.
fn not_measured(group: &Group, why: &str) -> String {
    let files: Vec<String> = group.places.iter().map(|place| go_mod(&place.folder)).collect();
    format!("{}: this module is not measured: {why}", files.join(", "))
}

fn go_mod(folder: &Utf8Path) -> String {
    folder.join("go.mod").into_string()
}

/// The difference as a group sees it, and the group's root on disk.
fn of_group(mut difference: Difference, group: &Group) -> (Difference, Utf8PathBuf) {
    let [place, ..] = group.places.as_slice() else { return (difference, Utf8PathBuf::new()) };
    if group.go.workspace().is_none() {
        difference.prefix = place.folder.clone();
        return (difference, place.root.clone());
    }
    // Together they are one tree of packages, from the repository's root.
    let depth = place.folder.components().count();
    let root = place.root.ancestors().nth(depth).unwrap_or(&place.root).to_owned();
    difference.prefix = Utf8PathBuf::new();
    difference.nested.retain(|folder| !group.places.iter().any(|place| place.folder == *folder));
    (difference, root)
}

/// Why whatever differs can reach a group: code that it is built with, and that is not in its graph, can
/// see far.
fn built_with_far(group: &Group) -> Option<String> {
    let mut others = group.places.iter().flat_map(replaced_on_disk);
    let far = others.find(|folder| affected::sees_far_below(folder).0)?;
    Some(format!("{far}, which it is built with, can name any path"))
}

/// The files and folders, from the repository's root, that decide what a group is built from, besides
/// its packages.
fn built_with(group: &Group, root: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut folders: Vec<Utf8PathBuf> =
        group.places.iter().flat_map(|place| replaced(&place.root, &place.folder)).collect();
    if let Some(file) = group.go.workspace() {
        let beside = file.parent().unwrap_or(root);
        let folder = beside.strip_prefix(root).unwrap_or("".into());
        folders.push(folder.join("vendor"));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        folders.extend(replaced_folders(&text).filter_map(|target| normal(&folder.join(target))));
        folders.extend([workspace::FILE_NAME, "go.work.sum"].map(|name| folder.join(name)));
        folders.extend(group.others.iter().cloned());
        // The import graph says more about these.
        folders.retain(|folder| !group.places.iter().any(|place| place.folder == *folder));
    }
    folders
}
