//! Owns the questions to go before anything runs: which go this is, and which packages there are.
//! Must not know what the answers are used for.

mod many;

use std::collections::HashSet;
use std::io::Write;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use crate::choose::affected::{self, Reach};
use crate::choose::listing::{Asking, Printed, replaced};
use crate::choose::modules::{self, Layout, Place};
use crate::choose::select::{Member, no_package, nothing, patterns, select};
use crate::choose::since::{Difference, Scope};
use crate::choose::{guard, sources};
use crate::domain::package::{Module, Package, Selection};
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::settings::{Floors, Settings};
use crate::tools::git::Git;
use crate::tools::git::changes::Change;
use crate::tools::go::Go;
use crate::tools::go::list::{self, Depth, Listed};
use crate::tools::go::toolchain::Toolchain;
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
        Layout::Many { root, groups } => many::packages(asking, root, &groups, err)?,
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
            idle_patterns: idle(std::iter::once((&member.floors, &selected.used.concat()))),
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

/// Patterns that named no package, from the floors of modules with what each pattern did.
fn idle<'f>(floors: impl Iterator<Item = (&'f Floors, &'f Vec<bool>)>) -> Vec<String> {
    let named = |(floors, used): (&'f Floors, &'f Vec<bool>)| {
        patterns(floors).map(ToString::to_string).zip(used.clone()).collect::<Vec<_>>()
    };
    never_used(floors.flat_map(named))
}

/// The names that are used nowhere, each once, in the order in which they come first.
pub(crate) fn never_used(named: impl Iterator<Item = (String, bool)>) -> Vec<String> {
    let mut all: Vec<(String, bool)> = Vec::new();
    for (name, used) in named {
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known |= used,
            None => all.push((name, used)),
        }
    }
    all.into_iter().filter(|(_, used)| !used).map(|(name, _)| name).collect()
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
