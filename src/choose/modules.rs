//! Owns which modules a run is about, which of them are built together, and which patterns each is
//! asked for.
//! Must not know which packages they hold.

use std::io::Write;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::choose::ask::ask;
use crate::domain::choice::ModulesChoice;
use crate::domain::counted::counted;
use crate::error::{Error, Result};
use crate::settings::{Settings, Source};
use crate::tools::git::{Git, is_skipped};
use crate::tools::go::list::{self, Module};
use crate::tools::go::{Go, workspace};
use crate::tools::process::Supervisor;

/// Where a module lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its folder, from the repository's root.
    pub(crate) folder: Utf8PathBuf,
    /// The same on disk.
    pub(crate) root: Utf8PathBuf,
}

/// A pattern for go, and the index of the user's pattern that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) pattern: String,
    pub(crate) of: usize,
}

/// Modules that are built together, and the go that builds them.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) go: Go,
    pub(crate) places: Vec<Place>,
    /// Folders, from the repository's root, of modules that are built with, but not gated.
    pub(crate) others: Vec<Utf8PathBuf>,
    pub(crate) patterns: Vec<Asked>,
}

/// The modules of a run.
#[derive(Debug)]
pub(crate) enum Layout {
    /// The one around the working directory. go says where it lies.
    One(Go),
    /// Those of a repository, from its root.
    Many {
        /// The repository's root; without one, the folder of `go.work`.
        root: Utf8PathBuf,
        /// What is built together, in the order of the folders.
        groups: Vec<Group>,
    },
}

/// Finds the modules that the settings ask for; says on `err` which ones they leave out.
///
/// # Errors
/// When there are none, or git or go cannot say.
pub(crate) fn find(
    settings: &Settings,
    supervisor: &Supervisor,
    err: &mut dyn Write,
) -> Result<Layout> {
    if settings.modules != Some(ModulesChoice::This)
        && let Some(pattern) = settings.options().packages.iter().find(|one| is_vague(one))
    {
        return Err(Error::usage(format!(
            "with several modules, `...` stands alone at the end of a path: {pattern}"
        ))
        .hint("name the folders, such as ./services/..., or import paths"));
    }
    match settings.modules {
        Some(ModulesChoice::This) => {
            tell_of_others(settings, supervisor, err);
            Ok(Layout::One(go(settings, &settings.directory, None)))
        }
        Some(ModulesChoice::Workspace) => together(settings, supervisor, err),
        Some(ModulesChoice::All) => apart(settings, supervisor)?
            .ok_or_else(|| no_module(settings).hint("`git add` each go.mod that is to be gated")),
        None => match apart(settings, supervisor) {
            Ok(Some(layout)) => Ok(layout),
            _ => {
                Err(no_module(settings).hint("start covgate inside a module, or name one with -C"))
            }
        },
    }
}

fn no_module(settings: &Settings) -> Error {
    Error::environment(format!("{} is not in a Go module", settings.directory))
}

/// The go that the settings name.
fn go(settings: &Settings, directory: &Utf8Path, workspace: Option<&Utf8Path>) -> Go {
    Go::new(&settings.go, directory, &settings.test_flags, workspace)
}

/// The modules that git tracks from the working directory on down, with the one around it; none if there
/// is none. Each is built by itself.
fn apart(settings: &Settings, supervisor: &Supervisor) -> Result<Option<Layout>> {
    let here = &settings.directory;
    let git = Git::new(supervisor, here);
    let root = git.layout()?.root(here).to_owned();
    let mut places: Vec<Place> = git
        .modules_below()?
        .into_iter()
        .map(|folder| Place { root: inside(&root, &folder), folder })
        .collect();
    // Packages below the working directory can belong to a module that begins above it.
    if let Some(around) = settings.module_root.as_ref().filter(|around| *around != here)
        && let Ok(folder) = around.strip_prefix(&root)
    {
        places.push(Place { folder: folder.to_owned(), root: around.clone() });
    }
    places.sort_by(|one, other| one.folder.cmp(&other.folder));
    if places.is_empty() {
        return Ok(None);
    }
    let groups = places.iter().map(|place| Group {
        go: go(settings, &place.root, None),
        patterns: patterns(settings, place, &places, false),
        places: vec![place.clone()],
        others: Vec::new(),
    });
    let groups = groups.filter(|group| !group.patterns.is_empty()).collect();
    Ok(Some(Layout::Many { root, groups }))
}

/// The modules of `go.work`, which are built together.
fn together(settings: &Settings, supervisor: &Supervisor, err: &mut dyn Write) -> Result<Layout> {
    let here = &settings.directory;
    let file = workspace::find(here).ok_or_else(|| {
        Error::environment(format!(
            "modules = \"workspace\": there is no go.work in {here}, nor above it in the repository"
        ))
        .hint("`go work init` makes one; --modules=all gates modules without one")
    })?;
    let go = go(settings, here, Some(&file));
    let (output, _) = ask(go.modules()?, supervisor, settings)?;
    let modules: Vec<Module> = list::parse(&output).map_err(|error| {
        Error::environment(error).context("go list -m printed what is not its JSON")
    })?;
    let beside = file.parent().unwrap_or(here);
    let layout = Git::new(supervisor, beside).layout().ok();
    let root = layout.map_or(beside, |layout| layout.root(beside)).to_owned();
    let (mut places, mut others) = (Vec::new(), Vec::new());
    for module in modules {
        match module.dir.strip_prefix(&root) {
            Ok(folder) if is_skipped(folder) => others.push(folder.to_owned()),
            Ok(folder) => {
                let folder = folder.to_owned();
                places.push(Place { folder, root: module.dir });
            }
            Err(_) => {
                let (path, dir) = (module.path, module.dir);
                let _ = writeln!(
                    err,
                    "note: module {path} is not gated: {dir} lies outside of the repository"
                );
            }
        }
    }
    places.sort_by(|one, other| one.folder.cmp(&other.folder));
    // The default is all of them, wherever somebody stands.
    tell_of_unused(&Git::new(supervisor, &root), &places, err);
    let whole = settings.resolved.source("packages") == Source::BuiltIn;
    let mut asked: Vec<Asked> = Vec::new();
    for place in &places {
        match whole {
            true => asked.push(Asked { pattern: format!("{}/...", place.root), of: 0 }),
            false => asked.extend(patterns(settings, place, &places, true)),
        }
    }
    // An import path is asked for once, whoever has it.
    let mut seen = std::collections::HashSet::new();
    asked.retain(|asked| seen.insert(asked.pattern.clone()));
    Ok(Layout::Many { root, groups: vec![Group { go, places, others, patterns: asked }] })
}

/// Says how many modules `go.work` does not name.
fn tell_of_unused(git: &Git<'_>, places: &[Place], err: &mut dyn Write) {
    let folders = git.modules_below().unwrap_or_default();
    let is_used = |folder: &&Utf8PathBuf| places.iter().any(|place| place.folder == **folder);
    let unused = folders.iter().filter(|folder| !is_used(folder)).count();
    if unused > 0 {
        let (are, them) = if unused == 1 { ("is", "it") } else { ("are", "them") };
        let _ = writeln!(
            err,
            "note: {} {are} not in go.work and not gated: --modules=all gates {them}, too",
            counted(unused as u64, "module")
        );
    }
}

/// Says how many modules a run leaves out that is about one. Where git cannot say, nobody asked.
fn tell_of_others(settings: &Settings, supervisor: &Supervisor, err: &mut dyn Write) {
    let git = Git::new(supervisor, &settings.directory);
    let folders = git.modules_below().unwrap_or_default();
    let around = settings.module_root.as_deref() == Some(&settings.directory);
    let others = folders.len().saturating_sub(usize::from(around));
    if others == 0 {
        return;
    }
    let (are, them) = if others == 1 { ("is", "it") } else { ("are", "them") };
    let workspace = match workspace::find(&settings.directory) {
        Some(_) => ", --modules=workspace those of go.work",
        None => "",
    };
    let _ = writeln!(
        err,
        "note: {} in this folder {are} not gated: --modules=all gates {them}, too{workspace}",
        counted(others as u64, "other module")
    );
}

/// The user's patterns, as far as they concern a module: local ones from its root (on disk if
/// `absolute`), import paths unchanged.
fn patterns(settings: &Settings, place: &Place, places: &[Place], absolute: bool) -> Vec<Asked> {
    let deeper: Vec<&Utf8Path> = places
        .iter()
        .map(|other| other.root.as_path())
        .filter(|other| *other != place.root && other.starts_with(&place.root))
        .collect();
    let mapped = settings.options().packages.iter().enumerate().filter_map(|(of, pattern)| {
        if !is_local(pattern) {
            return Some(Asked { pattern: pattern.clone(), of });
        }
        let rest = local(pattern, &settings.directory, &place.root, &deeper)?;
        let pattern = match absolute {
            true => inside(&place.root, Utf8Path::new(&rest)).into_string(),
            false if rest.is_empty() => ".".to_owned(),
            false => format!("./{rest}"),
        };
        Some(Asked { pattern, of })
    });
    mapped.collect()
}

/// Whether go takes a pattern for a path in the file system (`IsLocalImport` in cmd/go/internal/build,
/// and absolute paths).
pub(super) fn is_local(pattern: &str) -> bool {
    matches!(pattern, "." | "..")
        || ["./", "../", "/"].iter().any(|start| pattern.starts_with(start))
}

/// Whether a local pattern could name folders of modules that are not below one folder.
fn is_vague(pattern: &str) -> bool {
    let rest = pattern.strip_suffix("/...").unwrap_or(pattern);
    is_local(pattern) && rest.contains("...")
}

/// What a local pattern, written in `base`, means from a module's root; none if it names nothing of the
/// module. `deeper` are the roots of modules inside it.
fn local(pattern: &str, base: &Utf8Path, root: &Utf8Path, deeper: &[&Utf8Path]) -> Option<String> {
    let (folder, rest) = match pattern.strip_suffix("/...") {
        Some(folder) => (folder, "..."),
        None => (pattern, ""),
    };
    let folder = absolute(&base.join(folder));
    if let Ok(below) = folder.strip_prefix(root) {
        let elsewhere = deeper.iter().any(|deeper| folder.starts_with(deeper));
        return (!elsewhere).then(|| inside(below, Utf8Path::new(rest)).into_string());
    }
    (!rest.is_empty() && root.starts_with(&folder)).then(|| rest.to_owned())
}

/// A path without `.` and `..` elements.
fn absolute(path: &Utf8Path) -> Utf8PathBuf {
    let mut clean = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    clean
}

/// A path below a folder; joining an empty one would add a slash.
fn inside(folder: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    if path.as_str().is_empty() { folder.to_owned() } else { folder.join(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_patterns_reach_the_modules_that_they_name() {
        // A module at the root, one in it, and one in that.
        let roots = ["/r", "/r/a", "/r/a/b"].map(Utf8Path::new);
        for (base, pattern, expected) in [
            ("/r", "./...", [Some("..."), Some("..."), Some("...")]),
            ("/r", ".", [Some(""), None, None]),
            ("/r", "./x", [Some("x"), None, None]),
            ("/r", "./a/...", [None, Some("..."), Some("...")]),
            ("/r", "./a", [None, Some(""), None]),
            ("/r", "./a/x/...", [None, Some("x/..."), None]),
            ("/r", "./a/b/x", [None, None, Some("x")]),
            ("/r/a", "../...", [Some("..."), Some("..."), Some("...")]),
            ("/r/a", "./x", [None, Some("x"), None]),
            ("/r/x", "./...", [Some("x/..."), None, None]),
            ("/r/x", "../a/b/...", [None, None, Some("...")]),
            ("/r", "/r/a/x", [None, Some("x"), None]),
            ("/r", "../s/...", [None, None, None]),
        ] {
            for (root, expected) in roots.iter().zip(expected) {
                let inside = |other: &&Utf8Path| other != root && other.starts_with(root);
                let deeper: Vec<_> = roots.into_iter().filter(inside).collect();
                let mapped = local(pattern, base.into(), root, &deeper);
                assert_eq!(mapped.as_deref(), expected, "{pattern} in {base}, for {root}");
            }
        }
    }

    #[test]
    fn dots_inside_a_path_are_vague() {
        for (pattern, vague) in [
            ("./...", false),
            ("../x/...", false),
            ("./x", false),
            ("./.../x", true),
            ("./x...", true),
            ("./.../x/...", true),
            ("ex.com/.../x", false),
        ] {
            assert_eq!(is_vague(pattern), vague, "{pattern}");
        }
    }
}
