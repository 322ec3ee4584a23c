//! Owns the two questions to go before anything runs: which go and module this is, and which
//! packages there are.
//! Must not know what the answers are used for.

use std::collections::HashSet;
use std::io::Write;

use camino::Utf8Path;

use crate::choose::affected::{self, Reach};
use crate::choose::guard;
use crate::choose::select::{no_package, nothing, select};
use crate::choose::since::{Difference, Scope};
use crate::domain::choice::EngineChoice;
use crate::domain::package::Selection;
use crate::domain::paths::normal;
use crate::domain::pattern::relative;
use crate::domain::shell;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::settings::Settings;
use crate::tools::git::Git;
use crate::tools::go::goflags::{self, Refused};
use crate::tools::go::list::{self, Depth, Listed};
use crate::tools::go::mod_file::replaced_folders;
use crate::tools::go::toolchain::{OLDEST, Toolchain};
use crate::tools::go::{Go, display};
use crate::tools::process::Supervisor;

/// The go that the settings name, which runs in the folder where they look for packages.
pub(crate) fn go(settings: &Settings) -> Go {
    let workspace = settings.options().workspace;
    Go::new(&settings.go, &settings.directory, &settings.test_flags, workspace)
}

/// Asks go for its version and module.
///
/// # Errors
/// When there is no go, it is too old, there is no module, or a flag that go gives all its commands
/// would keep tests from being measured.
pub(crate) fn toolchain(
    go: &Go,
    supervisor: &Supervisor,
    settings: &Settings,
) -> Result<Toolchain> {
    let (output, _) = ask(go.env()?, supervisor, settings)?;
    let toolchain =
        Toolchain::parse(&output).map_err(|error| Error::new(Exit::Environment, error))?;
    if toolchain.version < OLDEST {
        return Err(Error::environment(format!(
            "{} is too old: covgate needs go {OLDEST} or newer",
            toolchain.name
        ))
        .hint("name another go with --go or COVGATE_GO"));
    }
    if toolchain.go_mod.is_none() {
        return Err(Error::environment(format!("{} is not in a Go module", settings.directory))
            .hint("start covgate inside a module, or name one with -C"));
    }
    goflags::check(&toolchain.go_flags).map_err(|refused| standing_flag(&refused))?;
    Ok(toolchain)
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

/// Asks go for the packages and reads their floors; says on `err` why a scope was widened.
///
/// # Errors
/// When go cannot list them, no package matches, or a floor is unusable.
pub(crate) fn packages(
    go: &Go,
    supervisor: &Supervisor,
    settings: &Settings,
    scope: &Scope,
    toolchain: &Toolchain,
    err: &mut dyn Write,
) -> Result<Selection> {
    let root = toolchain.root().unwrap_or(&settings.directory);
    let tests = tests_pattern(settings, root);
    let depth = match scope {
        Scope::Since(_) => Depth::Graph,
        // Only processes of their own need to know what tests import; see WarmSet.
        Scope::All if settings.options().engine == EngineChoice::Fanout || tests.is_some() => {
            Depth::TestImports
        }
        Scope::All => Depth::Names,
    };
    let whole = (depth == Depth::Graph).then(|| format!("{root}/..."));
    let own: Vec<String> = tests
        .into_iter()
        .chain(whole)
        .filter(|own| !settings.options().packages.contains(own))
        .collect();
    let selected = list(go, supervisor, settings, &own, depth)
        .and_then(|listed| Ok((select(&listed, settings, &own)?, listed)));
    let (mut selection, listed) =
        selected.map_err(|error| match go.workspace_hint(&format!("{error:#}")) {
            Some(hint) => error.hint(hint),
            None => error,
        })?;
    if let Scope::Since(difference) = scope {
        let difference = relevant(difference, settings);
        if difference.narrows {
            let reach = reach(go, supervisor, settings, &difference, listed, root)?;
            match reach {
                Reach::Packages(affected) => selection.narrow(&affected),
                Reach::All(why) => {
                    let _ = writeln!(err, "note: gating every package: {}", visible::line(&why));
                }
            }
        }
        let git = Git::new(supervisor, root);
        guard::guard(&mut selection, &difference, settings, &git, err)?;
    }
    link(go, supervisor, settings, &mut selection)?;
    Ok(selection)
}

/// Learns which packages with tests outside the tests of others link, too. One alone is in nobody's
/// way. If go does not know, each is measured by itself.
fn link(
    go: &Go,
    supervisor: &Supervisor,
    settings: &Settings,
    selection: &mut Selection,
) -> Result<()> {
    let outside = || selection.packages.iter().filter(|package| package.external_tests.is_some());
    let tests: Vec<String> = outside().flat_map(|package| package.external_tests.clone()).collect();
    if tests.len() < 2 {
        return Ok(());
    }
    let paths: HashSet<String> = outside().map(|package| package.import_path.clone()).collect();
    let (output, _) = ask(go.links(&tests)?, supervisor, settings)?;
    let output = String::from_utf8_lossy(&output);
    let links = list::links(&output);
    for package in &mut selection.packages {
        let linked = package.external_tests.as_deref().and_then(|tests| links.get(tests));
        let is_outside = |path: &&str| paths.contains(*path);
        package.external_links = linked
            .map(|linked| linked.iter().copied().filter(is_outside).map(str::to_owned).collect());
    }
    Ok(())
}

/// The difference without files that no test reads.
fn relevant(difference: &Difference, settings: &Settings) -> Difference {
    let mut relevant = difference.clone();
    relevant.changes.retain(|change| match change.path.strip_prefix(&difference.prefix) {
        Ok(path) => !settings.irrelevant.is_in_module(path),
        Err(_) => !settings.irrelevant.is_elsewhere(&change.path),
    });
    relevant
}

/// Whom a difference reaches, with the packages that only others' imports name.
fn reach(
    go: &Go,
    supervisor: &Supervisor,
    settings: &Settings,
    difference: &Difference,
    mut listed: Vec<Listed>,
    root: &Utf8Path,
) -> Result<Reach> {
    loop {
        let hidden = affected::hidden_imports(&listed);
        if hidden.is_empty() {
            break;
        }
        let (output, _) = ask(go.list(&hidden, Depth::Graph)?, supervisor, settings)?;
        let known = listed.len();
        listed.extend(list::parse(&output).unwrap_or_default());
        if listed.len() == known {
            break;
        }
    }
    let text = std::fs::read_to_string(root.join("go.mod")).unwrap_or_default();
    let folders = replaced_folders(&text).map(|folder| difference.prefix.join(folder));
    let mut replaced: Vec<_> = folders.filter_map(|folder| normal(&folder)).collect();
    if settings.options().workspace {
        let others = difference.nested.iter().filter(|folder| **folder != difference.prefix);
        replaced.extend(others.cloned());
        let above = difference.prefix.ancestors();
        replaced
            .extend(above.flat_map(|folder| [folder.join("go.work"), folder.join("go.work.sum")]));
    }
    Ok(affected::reach(difference, &listed, root, &replaced))
}

fn list(
    go: &Go,
    supervisor: &Supervisor,
    settings: &Settings,
    own: &[String],
    depth: Depth,
) -> Result<Vec<Listed>> {
    let patterns = [settings.options().packages.as_slice(), own].concat();
    let (output, warnings) = ask(go.list(&patterns, depth)?, supervisor, settings)?;
    let mut listed = list::parse(&output).map_err(|error| {
        Error::new(Exit::Environment, error).context("go list printed what is not its JSON")
    })?;
    adopt(&mut listed);
    if listed.is_empty() {
        let patterns = settings.options().packages.join(" ");
        return Err(nothing(format!("no package matches {patterns} in {}", settings.directory)));
    }
    // go only warns about a pattern that names nothing; a gate on nothing would always pass.
    let idle = |line: &&str| {
        line.contains("matched no packages") && !own.iter().any(|own| line.contains(own.as_str()))
    };
    match warnings.lines().find(idle) {
        Some(warning) => {
            let warning = warning.strip_prefix("go: warning: ").unwrap_or(warning);
            Err(no_package(warning, &listed, own))
        }
        None => Ok(listed),
    }
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

/// Runs a go command whose answer is read as a whole; returns its output and its warnings.
pub(crate) fn ask(
    command: std::process::Command,
    supervisor: &Supervisor,
    settings: &Settings,
) -> Result<(Vec<u8>, String)> {
    let line = display(&command);
    let short = line.split(" -json").next().unwrap_or(&line).to_owned();
    let (ended, stdout, stderr) = supervisor
        .capture(command, settings.stall_timeout.get())
        .map_err(|error| crate::tools::go::run_error(error, &format!("`{short}`")))?;
    if ended.stalled {
        return Err(Error::environment(format!(
            "`{short}` was silent for too long and was stopped"
        ))
        .hint("--stall-timeout sets the limit"));
    }
    let said = String::from_utf8_lossy(&stderr).trim().to_owned();
    if ended.status.success() {
        return Ok((stdout, said));
    }
    // go itself ends with 2 on wrong usage, such as a flag after -- that it does not know.
    let exit = if ended.status.code() == Some(2) { Exit::Usage } else { Exit::Environment };
    Err(Error::new(exit, anyhow::anyhow!(said))
        .context(format!("`{short}` failed ({})", ended.status)))
}
