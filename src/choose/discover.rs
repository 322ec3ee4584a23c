//! Owns the questions to go before anything runs: which go this is, and which packages there are.
//! Must not know what the answers are used for.

use std::collections::HashSet;
use std::io::Write;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use crate::choose::affected::{self, Reach};
use crate::choose::listing::{Answer, Asking, Printed, replaced, replaced_on_disk};
use crate::choose::modules::{self, Group, Layout, Place};
use crate::choose::select::{Member, Selected, no_package, nothing, patterns, select};
use crate::choose::since::{Difference, Scope};
use crate::choose::{guard, sources};
use crate::domain::package::{Module, Package, Selection};
use crate::domain::paths::normal;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::settings::{FILE_NAME, Floors, OF_MODULE, Settings};
use crate::tools::git::Git;
use crate::tools::git::changes::Change;
use crate::tools::go::list::{self, Depth, Listed};
use crate::tools::go::mod_file::replaced_folders;
use crate::tools::go::toolchain::Toolchain;
use crate::tools::go::{Go, workspace};
use crate::tools::process::Supervisor;

/// Modules that are built together: one after another in the run's order.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    pub(crate) go: Go,
    pub(crate) toolchain: Toolchain,
    /// Their indices among the modules of the run.
    pub(crate) modules: Range<usize>,
    /// What holds in each of them.
    pub(crate) floors: Vec<Floors>,
}

impl Build {
    /// What holds in a module; none for one of another build.
    pub(crate) fn floors_of(&self, module: usize) -> Option<&Floors> {
        self.floors.get(module.checked_sub(self.modules.start)?)
    }
}

/// Asks go for the packages and reads their floors; says on `err` which modules are left out, and why a
/// scope was widened.
///
/// # Errors
/// When go cannot list them, no package matches, or a floor is unusable.
pub(crate) fn packages(
    supervisor: &Supervisor,
    settings: &Settings,
    scope: &Scope,
    err: &mut dyn Write,
) -> Result<(Selection, Vec<Build>)> {
    let asking = Asking { supervisor, settings, scope };
    let (mut selection, builds) = match modules::find(settings, supervisor, err)? {
        Layout::One(go) => asking.one(go, err)?,
        Layout::Many { root, groups } => asking.many(root, &groups, err)?,
    };
    if let Scope::Since(difference) = scope {
        let git = Git::new(supervisor, &selection.root);
        guard::guard(&mut selection, &difference.relevant(settings), settings, &git, err)?;
    }
    for build in &builds {
        asking.link(build, &mut selection)?;
    }
    Ok((selection, builds))
}

impl Asking<'_> {
    /// The module around the working directory.
    fn one(&self, mut go: Go, err: &mut dyn Write) -> Result<(Selection, Vec<Build>)> {
        let settings = self.settings;
        let toolchain = self.toolchain(&go)?;
        let root = toolchain.root().ok_or_else(|| no_module(settings))?.to_owned();
        let here = Place { folder: Utf8PathBuf::new(), root: root.clone() };
        let asked = settings.options().packages.clone();
        let places = std::slice::from_ref(&here);
        let selected = self.listed(&go, &asked, places, self.depth(&[&here]));
        let selected = selected.and_then(|printed| {
            let (listed, own) = expect_packages(printed, &asked, settings)?;
            let mut paths = listed.iter().filter_map(|package| package.module.as_ref());
            let path = paths.find(|module| !module.path.is_empty());
            let path = path.map(|module| module.path.clone()).unwrap_or_default();
            let module = Module { path, folder: Utf8PathBuf::new() };
            let member = Member { module, floors: settings.floors.clone() };
            let selected =
                select(&listed, std::slice::from_ref(&member), "".into(), settings, &own)?;
            Ok((listed, member, selected))
        });
        let (listed, member, selected) = selected.map_err(|error| with_hint(error, &go))?;
        let mut selection = Selection {
            root: root.clone(),
            modules: vec![member.module],
            packages: selected.packages,
            excluded: selected.excluded,
            sources: sources::files(&listed),
            idle_patterns: idle(&[(member.floors.clone(), selected.used.concat())]),
            ..Selection::default()
        };
        if let Scope::Since(difference) = self.scope
            && difference.narrows
        {
            let difference = difference.relevant(settings);
            let replaced = replaced(&root, &difference.prefix);
            let place = Place { folder: difference.prefix.clone(), root: root.clone() };
            if needs_fresh_runs(&difference, &[place], &listed) {
                go.without_test_cache();
            }
            let reach = self.reach(&go, &difference, listed, &root, &replaced)?;
            narrow(&mut selection, reach, settings, err);
        }
        let build = Build { go, toolchain, modules: 0..1, floors: vec![member.floors] };
        Ok((selection, vec![build]))
    }

    /// Modules of a repository. Where some cannot be asked, the others are measured all the same.
    fn many(
        &self,
        root: Utf8PathBuf,
        groups: &[Group],
        err: &mut dyn Write,
    ) -> Result<(Selection, Vec<Build>)> {
        let settings = self.settings;
        let gate = settings.gate.strip_prefix(&root).unwrap_or("".into()).to_owned();
        let mut selection = Selection { root, gate, ..Selection::default() };
        let mut builds: Vec<Build> = Vec::new();
        let mut floors: Vec<(Floors, Vec<bool>)> = Vec::new();
        let mut failed: Option<Error> = None;
        let mut matched = vec![false; settings.options().packages.len()];
        let answers = self.all(groups);
        for (group, answer) in groups.iter().zip(answers) {
            let answer = match answer.map_err(|error| with_hint(error, &group.go)) {
                Ok(answer) => answer,
                Err(error) if groups.len() == 1 || matches!(error.exit(), Exit::Signal(_)) => {
                    return Err(error);
                }
                Err(error) => {
                    selection.troubles.push(not_measured(group, &format!("{error:#}")));
                    failed.get_or_insert(error);
                    continue;
                }
            };
            for asked in &group.patterns {
                let is_its = |package: &Listed| package.matched.contains(&asked.pattern);
                matched[asked.of] |= answer.listed.iter().any(is_its);
            }
            let first = selection.modules.len();
            let known = selection.modules.clone();
            let members = self.members(group, &answer.listed, err)?;
            let twice = members.iter().find_map(|member| {
                let same = |known: &&Module| known.path == member.module.path;
                known.iter().find(same).map(|known| (known, &member.module))
            });
            if let Some((known, module)) = twice {
                let (path, one, other) =
                    (&module.path, go_mod(&known.folder), go_mod(&module.folder));
                selection.troubles.push(format!(
                    "{other}: module {path} is also {one}; one of them needs another path"
                ));
                continue;
            }
            if members.is_empty() {
                continue;
            }
            let selected = select(&answer.listed, &members, &selection.gate, settings, &answer.own)
                .map_err(|error| with_hint(error, &group.go))?;
            let modules = first..first + members.len();
            let part = self.narrowed(group, &answer, &members, selected, err)?;
            let (mut part, used) = part;
            for package in &mut part.packages {
                package.module += first;
            }
            selection.sources.extend(part.sources);
            selection.excluded.extend(part.excluded);
            selection.packages.extend(part.packages);
            selection.unaffected += part.unaffected;
            let of_members: Vec<Floors> = members.iter().map(|one| one.floors.clone()).collect();
            floors.extend(of_members.iter().cloned().zip(used));
            selection.modules.extend(members.into_iter().map(|member| member.module));
            let mut go = group.go.clone();
            if let Scope::Since(difference) = self.scope
                && difference.narrows
                && !answer.untouched
                && needs_fresh_runs(&difference.relevant(settings), &group.places, &answer.listed)
            {
                go.without_test_cache();
            }
            builds.push(Build { go, toolchain: answer.toolchain, modules, floors: of_members });
        }
        if let (true, Some(error)) = (builds.is_empty(), failed) {
            return Err(error);
        }
        self.expect_matches(&matched, &selection)?;
        // go lists what is built together in the order of the patterns.
        selection.packages.sort_by_key(|package| package.module);
        selection.number();
        selection.idle_patterns = idle(&floors);
        Ok((selection, builds))
    }

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
            let reach = match answer.untouched || difference.changes.is_empty() {
                true => Reach::Packages(HashSet::new()),
                false if built_with_far(group).is_some() => {
                    Reach::All(built_with_far(group).unwrap_or_default())
                }
                false => {
                    let file = difference.prefix.join(FILE_NAME);
                    let (difference, root) = of_group(difference, group);
                    let replaced = [built_with(group, &root), vec![file]].concat();
                    let listed = answer.listed.clone();
                    self.reach(&group.go, &difference, listed, &root, &replaced)?
                }
            };
            narrow(&mut part, reach, self.settings, err);
        }
        Ok((part, selected.used))
    }

    /// Whom a difference reaches, with the packages that only others' imports name. `replaced` are the
    /// folders, from the repository's root, that all is built with.
    fn reach(
        &self,
        go: &Go,
        difference: &Difference,
        mut listed: Vec<Listed>,
        root: &Utf8Path,
        replaced: &[Utf8PathBuf],
    ) -> Result<Reach> {
        loop {
            let hidden = affected::hidden_imports(&listed);
            if hidden.is_empty() {
                break;
            }
            let (output, _) = self.ask(go.list(&hidden, Depth::Graph)?)?;
            let known = listed.len();
            listed.extend(list::parse(&output).unwrap_or_default());
            if listed.len() == known {
                break;
            }
        }
        Ok(affected::reach(difference, &listed, root, replaced))
    }

    /// Learns which packages with tests outside the tests of others link, too. One alone is in nobody's
    /// way. If go does not know, each is measured by itself.
    fn link(&self, build: &Build, selection: &mut Selection) -> Result<()> {
        let is_here = |package: &&mut Package| {
            build.modules.contains(&package.module) && package.external_tests.is_some()
        };
        let mut outside: Vec<&mut Package> =
            selection.packages.iter_mut().filter(is_here).collect();
        if outside.len() < 2 {
            return Ok(());
        }
        let tests: Vec<String> =
            outside.iter().flat_map(|package| package.external_tests.clone()).collect();
        let paths: HashSet<String> =
            outside.iter().map(|package| package.import_path.clone()).collect();
        let (output, _) = self.ask(build.go.links(&tests)?)?;
        let output = String::from_utf8_lossy(&output);
        let links = list::links(&output);
        for package in &mut outside {
            let linked = package.external_tests.as_deref().and_then(|tests| links.get(tests));
            let is_outside = |path: &&str| paths.contains(*path);
            package.external_links = linked.map(|linked| {
                linked.iter().copied().filter(is_outside).map(str::to_owned).collect()
            });
        }
        Ok(())
    }

    /// A user's pattern that names nothing in any module is wrong.
    fn expect_matches(&self, matched: &[bool], selection: &Selection) -> Result<()> {
        let patterns = &self.settings.options().packages;
        let idle = patterns.iter().zip(matched).find(|(_, matched)| !**matched);
        let Some((pattern, _)) = idle.filter(|_| selection.troubles.is_empty()) else {
            return Ok(());
        };
        let reason = format!("no package matches {pattern} in {}", self.settings.directory);
        Err(match matched.contains(&true) {
            true => Error::usage(format!("a pattern names no package: {reason}"))
                .hint("is it a folder or an import path of one of the modules?"),
            false => nothing(reason),
        })
    }
}

fn no_module(settings: &Settings) -> Error {
    Error::environment(format!("{} is not in a Go module", settings.directory))
        .hint("start covgate inside a module, or name one with -C")
}

/// go's own words do not name the file that it was not to read.
fn with_hint(error: Error, go: &Go) -> Error {
    match go.workspace_hint(&format!("{error:#}")) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// What go printed, if every pattern named a package; a gate on nothing would always pass.
fn expect_packages(
    printed: Printed,
    asked: &[String],
    settings: &Settings,
) -> Result<(Vec<Listed>, Vec<String>)> {
    let Printed { listed, warnings, own } = printed;
    if listed.is_empty() {
        let (patterns, folder) = (asked.join(" "), &settings.directory);
        return Err(nothing(format!("no package matches {patterns} in {folder}")));
    }
    // go only warns about a pattern that names nothing.
    let idle = |line: &&str| {
        line.contains("matched no packages") && !own.iter().any(|own| line.contains(own.as_str()))
    };
    match warnings.lines().find(idle) {
        Some(warning) => {
            let warning = warning.strip_prefix("go: warning: ").unwrap_or(warning);
            Err(no_package(warning, &listed, &own))
        }
        None => Ok((listed, own)),
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

/// Patterns that named no package.
fn idle(floors: &[(Floors, Vec<bool>)]) -> Vec<String> {
    let mut named: Vec<(String, bool)> = Vec::new();
    for (floors, used) in floors {
        for (pattern, used) in patterns(floors).zip(used) {
            let pattern = pattern.to_string();
            match named.iter_mut().find(|(known, _)| *known == pattern) {
                Some((_, known)) => *known |= *used,
                None => named.push((pattern, *used)),
            }
        }
    }
    named.into_iter().filter(|(_, used)| !used).map(|(pattern, _)| pattern).collect()
}

/// Leaves out what a difference cannot reach.
fn narrow(selection: &mut Selection, reach: Reach, settings: &Settings, err: &mut dyn Write) {
    // What the base had of it is not known.
    let reach = match settings.with.is_empty() {
        true => reach,
        false => Reach::All("coverage from elsewhere (`with`) can be that of any".to_owned()),
    };
    match reach {
        Reach::Packages(affected) => selection.narrow(&affected),
        Reach::All(why) => {
            let _ = writeln!(
                err,
                "note: gating every package{}: {}",
                of(selection),
                visible::line(&why)
            );
        }
    }
}

/// Names the module of a part of a run with several.
fn of(part: &Selection) -> String {
    match part.modules.as_slice() {
        [module] if !module.folder.as_str().is_empty() => {
            format!(" of {}", visible::line(module.folder.as_str()))
        }
        _ => String::new(),
    }
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

/// Whether packages are to run without go's test cache: it knows the files that a test opened in its
/// module, but not those outside (`computeTestInputsID` in cmd/go/internal/test).
fn needs_fresh_runs(difference: &Difference, places: &[Place], listed: &[Listed]) -> bool {
    let is_outside = |change: &Change| match places {
        [place] => !change.path.starts_with(&place.folder),
        // What lies inside one lies outside of the others.
        _ => true,
    };
    difference.changes.iter().any(is_outside) && affected::see_far(listed)
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
