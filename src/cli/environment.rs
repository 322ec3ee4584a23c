//! Owns what a process gets besides its arguments: the environment, the working directory, and
//! whether a stream is a terminal.
//! Must not know commands.

use std::io::{self, IsTerminal, Write};

use camino::{Utf8Path, Utf8PathBuf};

use crate::domain::choice::ColorChoice;
use crate::error::{Error, Result};
use crate::output::text::Style;
use crate::settings::{self, Layer, Settings};

pub(super) fn variable(name: &str) -> Option<String> {
    // Text that is not UTF-8 must be an error of its option, not a silent default.
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

pub(super) fn environment(err: &mut dyn Write) -> Result<Layer> {
    warn_of_unknown_variables(err);
    Layer::of_environment(variable)
}

/// The variables of options that are not settings.
const OTHERS: [&str; 2] = ["chdir", "fresh"];

/// Whether to test again a tree that has passed before.
pub(super) fn fresh() -> Result<bool> {
    let name = settings::variable("fresh");
    let asked = variable(&name).filter(|value| !value.trim().is_empty());
    asked.map_or(Ok(false), |value| {
        settings::switch(value.trim())
            .map_err(|wrong| Error::usage(format!("wrong {name}: {wrong}")))
    })
}

/// `-C`, or its variable.
pub(super) fn chdir(asked: Option<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    let from_environment =
        || variable(&settings::variable("chdir")).filter(|value| !value.is_empty()).map(Into::into);
    asked.or_else(from_environment)
}

/// Enters the folder of `-C`; returns it.
pub(super) fn enter(asked: Option<Utf8PathBuf>) -> Result<Option<Utf8PathBuf>> {
    let folder = chdir(asked);
    if let Some(folder) = &folder {
        std::env::set_current_dir(folder)
            .map_err(|error| Error::usage(error).context(format!("cannot enter {folder}")))?;
    }
    Ok(folder)
}

/// The working directory as the shell names it, if that is the same folder. go does so, too, and
/// symbolic links on the way stay as the user knows them.
pub(super) fn working_directory() -> Result<Utf8PathBuf> {
    let real = std::env::current_dir()
        .map_err(|error| Error::environment(error).context("cannot read the working directory"))?;
    let real = Utf8PathBuf::from_path_buf(real)
        .map_err(|path| Error::environment(format!("{} is not UTF-8", path.display())))?;
    let named = std::env::var("PWD").ok().map(Utf8PathBuf::from);
    let same = |path: &Utf8Path| {
        path.is_absolute() && path.canonicalize_utf8().is_ok_and(|path| path == real)
    };
    Ok(named.filter(|path| same(path) && is_alike(path, &real)).unwrap_or(real))
}

/// Whether a folder has the same name from the repository's root as the real one. A link inside the
/// repository leads to a folder that git knows by its real name only.
fn is_alike(named: &Utf8Path, real: &Utf8Path) -> bool {
    let inside = |path: &Utf8Path| {
        let root = settings::find_repository(path)?;
        path.strip_prefix(root).ok().map(Utf8Path::to_owned)
    };
    inside(named) == inside(real)
}

/// Warns of unknown variables: a misspelt one would silently loosen the gate.
fn warn_of_unknown_variables(err: &mut dyn Write) {
    let settings = settings::names();
    let names = settings.iter().map(String::as_str).chain(OTHERS);
    let known: Vec<String> = names.map(settings::variable).collect();
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("COVGATE_") && !known.iter().any(|known| *known == name) {
            let _ = writeln!(err, "warning: covgate does not know the variable {name}");
        }
    }
}

pub(super) fn stdout_style(settings: &Settings) -> Style {
    Style::new(has_colors(settings.options().color, io::stdout().is_terminal()))
}

pub(super) fn has_colors(choice: ColorChoice, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") => false,
        ColorChoice::Auto => {
            let force = std::env::var_os("CLICOLOR_FORCE");
            force.is_some_and(|value| !value.is_empty() && value != "0") || terminal
        }
    }
}
