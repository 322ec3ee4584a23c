//! Owns which of the listed packages are measured, which are excluded, which tests outside belong
//! to which package, each package's floor, and which listings cannot be gated.
//! Must not know how packages are listed or measured.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use camino::Utf8Path;

use crate::choose::committed::committed;
use crate::domain::floor::{Floor, Source};
use crate::domain::package::{self, Module, Package};
use crate::domain::pattern::{Names, Pattern, relative};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::settings::{ExternalTests, Floors, OverrideAction, Settings};
use crate::tools::go::list::Listed;

/// A module of a run, and the floors in it.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) module: Module,
    pub(crate) floors: Floors,
}

/// Which patterns named a package, in the order of [`patterns`].
type Used = Vec<bool>;

/// What is selected from one listing.
#[derive(Debug, Default)]
pub(crate) struct Selected {
    pub(crate) packages: Vec<Package>,
    /// Labels of the excluded packages.
    pub(crate) excluded: Vec<String>,
    /// For each member, which of its patterns named a package.
    pub(crate) used: Vec<Used>,
}

/// Selects from the listing of what is built together. `members` are the modules of the run, `gate` the
/// folder of its `covgate.toml`, `own` the patterns that covgate added to the user's.
///
/// # Errors
/// When a pattern matches no package, or a `.covgate` cannot be used.
pub(crate) fn select(
    listed: &[Listed],
    members: &[Member],
    gate: &Utf8Path,
    settings: &Settings,
    own: &[String],
) -> Result<Selected> {
    let run = Run { members, gate, settings };
    let mut meant =
        listed.iter().filter(|package| !(package.is_malformed() && run.excludes(package)));
    if let Some(error) = meant.find_map(|package| without_package(package, listed, &run, own)) {
        return Err(error);
    }
    let mut paths = HashSet::new();
    if let Some(twice) = listed.iter().find(|package| !paths.insert(&package.import_path)) {
        // A gate could not tell them apart.
        let path = &twice.import_path;
        return Err(Error::environment(format!("go list names package {path} twice")));
    }
    let external = External::find(listed, &run, own);
    let used = members.iter().map(|member| vec![false; patterns(&member.floors).count()]);
    let mut selected = Selected { used: used.collect(), ..Selected::default() };
    let mut floors = Vec::new();
    for package in listed.iter().filter(|package| external.is_measured(package)) {
        let Place { module, label } = run.place(package);
        let member = &members[module];
        let names = package::names(&package.import_path, &label, &member.module, gate);
        let patterns = patterns(&member.floors).map(|pattern| pattern.matches(names));
        selected.used[module].iter_mut().zip(patterns).for_each(|(used, now)| *used |= now);
        if member.floors.excludes(names) {
            selected.excluded.push(label);
            continue;
        }
        // Its name may not be UTF-8.
        std::fs::metadata(&package.dir).map_err(|error| {
            let path = &package.import_path;
            Error::environment(format!("cannot read the folder of package {path}: {error}"))
        })?;
        match floor(&package.dir, &member.floors, names) {
            Ok(floor) => selected.packages.push(Package {
                position: selected.packages.len(),
                module,
                import_path: package.import_path.clone(),
                label,
                dir: package.dir.clone(),
                external_tests: external
                    .tests(package, settings)
                    .map(|tests| tests.import_path.clone()),
                tested: package.has_tests(),
                external_links: None,
                test_imports: external.test_imports(package, settings),
                floor,
            }),
            Err(error) => floors.push(error),
        }
    }
    if !floors.is_empty() {
        return Err(unusable(&floors));
    }
    Ok(selected)
}

/// The patterns that floors and exclusions name packages with.
pub(crate) fn patterns(floors: &Floors) -> impl Iterator<Item = &Pattern> {
    floors.exclude.iter().chain(floors.overrides.iter().map(|table| &table.pattern))
}

/// What selecting needs to know of a run.
struct Run<'a> {
    members: &'a [Member],
    gate: &'a Utf8Path,
    settings: &'a Settings,
}

/// Where a package belongs.
struct Place {
    /// The index of its module.
    module: usize,
    label: String,
}

impl Run<'_> {
    /// The innermost module that holds a package; the first for a package of none of them.
    fn place(&self, package: &Listed) -> Place {
        let path = module_path(package);
        let module = self.members.iter().position(|member| member.module.path == path);
        let module = module.unwrap_or_default();
        let folder = self.members.get(module).map_or("", |member| member.module.folder.as_str());
        let inside = relative(path, &package.import_path);
        let label = match (folder, inside) {
            ("", _) => inside.to_owned(),
            (_, ".") => folder.to_owned(),
            _ => format!("{folder}/{inside}"),
        };
        Place { module, label }
    }

    fn excludes(&self, package: &Listed) -> bool {
        let Place { module, label } = self.place(package);
        self.members.get(module).is_some_and(|member| {
            let names = package::names(&package.import_path, &label, &member.module, self.gate);
            member.floors.excludes(names)
        })
    }
}

/// The error for floors that cannot be used. It names all of them: nobody wants to find one per
/// run.
fn unusable(floors: &[String]) -> Error {
    let error = Error::usage(floors.join("\n"));
    let error = match floors.len() {
        1 => error,
        count => error.context(format!("{count} unusable floors")),
    };
    error.hint("the first line of a .covgate is a number such as 80 or 72.5; later lines are notes")
}

/// The error for an entry that go lists, with `-e`, for a pattern without a package or for a
/// malformed path.
fn without_package(
    package: &Listed,
    listed: &[Listed],
    run: &Run<'_>,
    own: &[String],
) -> Option<Error> {
    let error = package.error.as_ref().filter(|_| !package.has_go_files())?;
    let error = error.err.trim().to_owned();
    if package.is_malformed() {
        let exclude = with_placeholders(&run.place(package).label);
        let hint = format!("rename its folder, or leave it out with --exclude='{exclude}'");
        let error = format!("go cannot test every package: {error}");
        return Some(Error::environment(error).hint(hint));
    }
    let is_same = |pattern: &String| package.matched.contains(pattern);
    let mut others = listed.iter().filter(|other| other.has_go_files());
    if !others.any(|other| other.matched.iter().any(is_same)) {
        let error = no_package(error, listed, own);
        return Some(match folder_as_path(run.settings) {
            Some(folder) => error.hint(format!("go takes a folder as ./{folder}")),
            None => error,
        });
    }
    let error = Error::environment(format!("go cannot list every package: {error}"));
    Some(error.hint("leave what it names out of the patterns, or rename it"))
}

/// A pattern of the user's named no package. Where others did, there is something to measure, but not
/// all that was asked for: the question is wrong.
pub(super) fn no_package(reason: impl Display, listed: &[Listed], own: &[String]) -> Error {
    let asked_for = |package: &&Listed| package.matched.iter().any(|by| !own.contains(by));
    match listed.iter().filter(asked_for).any(Listed::has_go_files) {
        true => Error::usage(format!("a pattern names no package: {reason}")).hint(WHAT_GO_SEES),
        false => nothing(reason),
    }
}

/// A pattern that go reads as an import path, although a folder has that name.
fn folder_as_path(settings: &Settings) -> Option<&str> {
    let is_folder = |pattern: &&String| {
        let folder = pattern.trim_end_matches("...");
        let relative = !pattern.starts_with(['.', '/']) && !folder.is_empty();
        relative && settings.directory.join(folder).is_dir()
    };
    settings.options().packages.iter().find(is_folder).map(String::as_str)
}

pub(super) fn nothing(message: impl Display) -> Error {
    Error::new(Exit::NothingToMeasure, anyhow::anyhow!("nothing to measure: {message}"))
        .hint(WHAT_GO_SEES)
}

const WHAT_GO_SEES: &str = "`go list ./...` shows the packages that go sees here";

/// A pattern for the package without characters that are special in a shell or a list.
fn with_placeholders(label: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    label.chars().map(|c| if plain(c) { c } else { '?' }).collect()
}

fn floor(folder: &Utf8Path, floors: &Floors, names: Names<'_>) -> Result<Floor, String> {
    let action = floors.table(names).map(|table| table.action);
    let (percent, source) = match (committed(folder)?, action) {
        (Some(percent), _) => (percent, Source::Committed),
        (None, Some(OverrideAction::Threshold(percent))) => (percent, Source::Override),
        (None, _) => (floors.default_threshold, Source::Default),
    };
    Ok(Floor { percent, source, fell_from: None })
}

fn module_path(package: &Listed) -> &str {
    package.module.as_ref().map_or("", |module| &module.path)
}

/// Tests that live outside their packages.
struct External<'a> {
    by_path: HashMap<&'a str, &'a Listed>,
    /// Folders that hold only tests, which belong to a measured package.
    folded: Vec<&'a str>,
    /// covgate's own patterns: the user did not ask for packages that only these match.
    own: &'a [String],
}

impl<'a> External<'a> {
    fn find(listed: &'a [Listed], run: &Run<'_>, own: &'a [String]) -> Self {
        let mut external = Self { by_path: HashMap::new(), folded: Vec::new(), own };
        let Some(tests) = &run.settings.external_tests else {
            return external;
        };
        external.by_path =
            listed.iter().map(|package| (package.import_path.as_str(), package)).collect();
        let owners =
            listed.iter().filter(|package| external.asked_for(package) && !run.excludes(package));
        let folded = owners
            .filter_map(|package| external.by_path.get(tests_path(package, tests)?.as_str()))
            .filter(|tests| !tests.has_code())
            .map(|tests| tests.import_path.as_str())
            .collect();
        external.folded = folded;
        external
    }

    /// Whether the user asked for the package, and it is not only the tests of another package,
    /// which run with that one.
    fn is_measured(&self, package: &Listed) -> bool {
        self.asked_for(package) && !self.folded.contains(&package.import_path.as_str())
    }

    /// Whether the user asked for the package. Compares with covgate's own patterns, because go
    /// changes the spelling of the user's (`./a/` becomes `./a`).
    fn asked_for(&self, package: &Listed) -> bool {
        self.own.is_empty() || package.matched.iter().any(|pattern| !self.own.contains(pattern))
    }

    fn tests(&self, package: &Listed, settings: &Settings) -> Option<&'a Listed> {
        let path = tests_path(package, settings.external_tests.as_ref()?)?;
        let tests = self.by_path.get(path.as_str())?;
        tests.has_go_files().then_some(*tests)
    }

    fn test_imports(&self, package: &Listed, settings: &Settings) -> Vec<String> {
        std::iter::once(package)
            .chain(self.tests(package, settings))
            .flat_map(|package| package.test_imports.iter().chain(&package.x_test_imports))
            .filter(|path| *path != "C")
            .cloned()
            .collect()
    }
}

/// The import path of the tests that belong to a package, if its path has the prefix.
fn tests_path(package: &Listed, tests: &ExternalTests) -> Option<String> {
    let module = module_path(package);
    let label = relative(module, &package.import_path);
    let rest = Utf8Path::new(label).strip_prefix(&tests.src_prefix).ok()?;
    let inside_tests = label == tests.test_dir || Utf8Path::new(label).starts_with(&tests.test_dir);
    if rest.as_str().is_empty() || rest == "." || inside_tests {
        return None;
    }
    Some(format!("{module}/{}/{rest}", tests.test_dir))
}
