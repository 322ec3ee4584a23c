//! Owns what a run takes from elsewhere: opens the profiles that are to be judged in the place of a run, and
//! the profiles and folders of coverage data that count together with it.
//! Must not know what profiles hold, or what becomes of it.

use std::fs::File;
use std::io::{self, Read};

use camino::Utf8Path;

use crate::domain::outcome::Measured;
use crate::domain::package::{Package, Selection};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::measure::Profiles;
use crate::settings::{STDIN, Settings};
use crate::tools::go::{self, Go};

/// What was measured elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere {
    /// All there is to judge; none if covgate runs tests.
    judged: Option<Profiles>,
    /// What counts together with the runs.
    with: Option<Profiles>,
    /// A digest of each profile that is judged.
    pub(crate) judged_digests: Vec<String>,
    /// A digest of each other source.
    pub(crate) with_digests: Vec<String>,
}

impl Elsewhere {
    /// Reads everything; `convert` makes a profile of a folder of go's coverage data, in the file that it
    /// names.
    ///
    /// # Errors
    /// When something is not there, cannot be read, or does not fit the sources (exit 2).
    pub(crate) fn read(
        settings: &Settings,
        selection: &Selection,
        mut convert: impl FnMut(&Utf8Path) -> Result<File>,
    ) -> Result<Self> {
        let mut elsewhere = Self::default();
        let (profiles, with) = (&settings.profiles, &settings.with);
        if !(profiles.is_empty() && with.is_empty()) {
            let mut all = Profiles::of(selection);
            for name in profiles {
                let mut profile = profile(name, &settings.working_directory)?;
                elsewhere.judged_digests.push(all.add(title(name), &mut profile)?);
            }
            for path in with {
                let name = path.strip_prefix(&settings.working_directory).unwrap_or(path);
                let mut profile = match path.is_dir() {
                    true => convert(path)?,
                    false => File::open(path).map_err(|error| unreadable(error, name.as_str()))?,
                };
                elsewhere.with_digests.push(all.add(name.as_str(), &mut profile)?);
            }
            match profiles.is_empty() {
                true => elsewhere.with = Some(all),
                false => elsewhere.judged = Some(all),
            }
        }
        Ok(elsewhere)
    }

    /// Whether no test is run.
    pub(crate) fn is_all(&self) -> bool {
        self.judged.is_some()
    }

    /// What is known of a package without a run; none if covgate runs tests.
    pub(crate) fn measured(&self, package: &Package) -> Option<Measured> {
        self.judged.as_ref().map(|profiles| profiles.measured(package))
    }

    /// The result of a run, with what else covers the package.
    pub(crate) fn add_to(&self, package: &Package, measured: Measured) -> Measured {
        match &self.with {
            Some(profiles) => profiles.add_to(package, measured),
            None => measured,
        }
    }
}

fn title(name: &str) -> &str {
    if name == STDIN { "the profile on stdin" } else { name }
}

/// A profile to judge: it may be a pipe.
fn profile(name: &str, folder: &Utf8Path) -> Result<Box<dyn Read>> {
    if name == STDIN {
        return Ok(Box::new(io::stdin().lock()));
    }
    let path = folder.join(name);
    if path.is_dir() {
        return Err(Error::usage(format!("{name} is a folder, not a coverage profile")).hint(
            format!(
                "make a profile of go's coverage data: go tool covdata textfmt -i={name} -o=FILE"
            ),
        ));
    }
    let file = File::open(&path).map_err(|error| unreadable(error, name))?;
    Ok(Box::new(file))
}

fn unreadable(error: io::Error, name: &str) -> Error {
    Error::usage(error).context(format!("cannot read {name}"))
}

/// Makes a profile of a folder of coverage data. `ask` runs go.
///
/// # Errors
/// When go cannot.
pub(crate) fn convert(
    go: &Go,
    folder: &Utf8Path,
    scratch: &Utf8Path,
    ask: impl FnOnce(std::process::Command) -> Result<()>,
) -> Result<File> {
    let profile = scratch.join("with.cov");
    let converted = ask(go.covdata(folder, &profile)?);
    converted.map_err(|error| match (go::lacks_covdata(&format!("{error:#}")), error.exit()) {
        (true, _) => Error::environment(format!("cannot convert the coverage data in {folder}: {}", go::NO_COVDATA))
            .hint(format!("install that version of go and set GOTOOLCHAIN=local, or convert it where covdata is, and name the file: go tool covdata textfmt -i={folder} -o=FILE")),
        (false, Exit::Signal(_)) => error,
        (false, _) => error.context(format!("cannot convert the coverage data in {folder}")),
    })?;
    let converted = File::open(&profile).and_then(|file| Ok((file.metadata()?.len(), file)));
    match converted {
        Ok((1.., file)) => Ok(file),
        _ => Err(Error::usage(format!("{folder} holds no coverage data")).hint(
            "a program built with `go build -cover` writes some when it ends, to the folder in GOCOVERDIR",
        )),
    }
}
