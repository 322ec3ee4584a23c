//! Owns what a run is asked to do: the layers (command line over environment over `covgate.toml`
//! over default) and the `Settings` made from them.
//! Must not know packages, processes or the report.

mod file;
mod floors;
mod globs;
mod layers;
mod place;
mod repeat;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::num::NonZeroUsize;
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};

pub use self::file::{ConfigError, Contents, parse as parse_config};
pub(crate) use self::floors::OF_MODULE;
use self::floors::floors;
pub use self::floors::{Floors, Override, OverrideAction};
pub use self::globs::FileGlobs;
use self::globs::file_globs;
pub(crate) use self::layers::{Layer, Resolved, Row, Source, rows, variable};
pub(crate) use self::place::{find_module_root, find_repository, home, names_with};
pub use self::repeat::Repeat;
pub(crate) use self::table::Options;
#[cfg(test)]
pub(crate) use self::table::takers;
pub(crate) use self::table::{add_to, groups, names};
pub(crate) use self::value::{count, switch};
use crate::domain::choice::ModulesChoice;
use crate::domain::limit::Limit;
use crate::domain::paths::stays_inside;
use crate::domain::rules::{Parallelism, Rules};
use crate::domain::sums::Minimums;
use crate::domain::verdict::Policy;
use crate::error::{Error, Result};
use crate::tools::files::read_regular;
use crate::tools::go::flags::TestFlags;
use crate::tools::go::workspace;

/// The configuration file's name, at the module's root.
pub const FILE_NAME: &str = "covgate.toml";

/// The name of stdin among profiles.
pub(crate) const STDIN: &str = "-";

/// Tests that live outside their package: `src_prefix/a/b` is also tested by `test_dir/a/b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalTests {
    /// Slash-separated, from the module's root.
    pub test_dir: Utf8PathBuf,
    /// Slash-separated, from the module's root; empty for the root itself.
    pub src_prefix: Utf8PathBuf,
}

/// Everything a run is asked to do.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Every setting's value, and who gave it.
    pub resolved: Resolved,
    /// The `covgate.toml` of the run.
    pub file: Contents,
    /// The go command: a name on PATH or a path, wherever it is run.
    pub go: String,
    /// Where `go list` runs: the working directory, or the folder of `covgate.toml` for patterns from
    /// that file.
    pub directory: Utf8PathBuf,
    /// The working directory, where relative paths of the user start.
    pub working_directory: Utf8PathBuf,
    /// What a person would type to repeat the run.
    pub repeat: Repeat,
    /// The folder of `covgate.toml`, whether there is one or not.
    pub gate: Utf8PathBuf,
    /// The root of the module around the working directory, which holds `go.mod`; none outside a
    /// module.
    pub module_root: Option<Utf8PathBuf>,
    /// The modules that the run is about; none if nobody said so and no `go.mod` or `go.work` is around.
    pub modules: Option<ModulesChoice>,
    /// Whether the patterns are the default `./...`, asked from the folder of `covgate.toml`.
    pub whole: bool,
    /// The floors and exclusions where a module has none of its own.
    pub floors: Floors,
    /// Files that no test reads.
    pub irrelevant: FileGlobs,
    /// Tests outside their packages.
    pub external_tests: Option<ExternalTests>,
    /// How many packages are measured at once.
    pub parallelism: Parallelism,
    /// How long a go command may be silent before it counts as hung.
    pub stall_timeout: Limit,
    /// Flags for `go test`.
    pub test_flags: TestFlags,
    /// What counts together with the runs: profiles, and folders of go's coverage data.
    pub with: Vec<Utf8PathBuf>,
    /// Profiles that are judged in the place of a run, from the working directory; none for a run.
    pub profiles: Vec<String>,
}

impl Settings {
    /// Joins the layers with the `covgate.toml` of `directory`, which is the absolute working
    /// directory.
    ///
    /// # Errors
    /// When `covgate.toml` cannot be read or is wrong, or a value makes no sense.
    pub fn resolve(command_line: Layer, environment: Layer, directory: &Utf8Path) -> Result<Self> {
        let gate = home(directory).unwrap_or_else(|| directory.to_owned());
        let file = read_file(&gate.join(FILE_NAME))?;
        Self::with_file(command_line, environment, directory, gate, file)
    }

    /// The same with what the `covgate.toml` of the folder `gate` says.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub(crate) fn with_file(
        command_line: Layer,
        environment: Layer,
        directory: &Utf8Path,
        gate: Utf8PathBuf,
        file: Contents,
    ) -> Result<Self> {
        let module_root = find_module_root(directory);
        let repeat = Repeat::of(&command_line);
        let resolved = Resolved::new(command_line, environment, file.layer.clone());
        let options = &resolved.options;
        let asked_at = |name: &str| match resolved.source(name) {
            Source::File => gate.clone(),
            _ => directory.to_owned(),
        };
        if options.packages.iter().any(|pattern| pattern.trim().is_empty()) {
            return Err(empty_pattern(resolved.source("packages")));
        }
        let test_flags = TestFlags::parse(options.go_test_flags.clone())
            .map_err(|wrong| Error::usage(&wrong).hint(wrong.way_out()))?;
        let modules = options
            .modules
            .or_else(|| options.workspace.then_some(ModulesChoice::Workspace))
            .or_else(|| module_root.as_ref().map(|_| ModulesChoice::This))
            .or_else(|| workspace::find(directory).map(|_| ModulesChoice::Workspace));
        Ok(Self {
            go: anchor(&options.go, &asked_at("go")),
            directory: asked_at("packages"),
            working_directory: directory.to_owned(),
            repeat,
            whole: resolved.source("packages") == Source::BuiltIn && gate == directory,
            floors: floors(&resolved, &file, None, &gate, directory)?,
            irrelevant: file_globs("irrelevant", &options.irrelevant)?,
            external_tests: external_tests(options)?,
            parallelism: parallelism(options.parallelism),
            with: with(&options.with, &asked_at("with"))?,
            profiles: Vec::new(),
            stall_timeout: options.stall_timeout.unwrap_or_else(|| test_flags.default_stall()),
            gate,
            file,
            module_root,
            modules,
            test_flags,
            resolved,
        })
    }

    /// The floors and exclusions of a module with a `covgate.toml` of its own. It says what it says of
    /// floors and exclusions; the rest comes from the file of the run.
    ///
    /// # Errors
    /// When a pattern cannot match.
    pub fn floors_with(&self, file: &Contents, own: Option<&Contents>) -> Result<Floors> {
        floors(&self.resolved, file, own, &self.gate, &self.working_directory)
    }

    /// The `covgate.toml` of a module, if it is not that of the run; none if there is none.
    ///
    /// # Errors
    /// When it cannot be read or is wrong.
    pub fn file_of(&self, module_root: &Utf8Path) -> Result<Option<Contents>> {
        let path = module_root.join(FILE_NAME);
        (module_root != self.gate && path.exists()).then(|| read_file(&path)).transpose()
    }

    /// The working directory, from the folder of `covgate.toml`.
    #[must_use]
    pub fn folder_in_gate(&self) -> &str {
        let folder = self.working_directory.strip_prefix(&self.gate).ok();
        folder.map_or("", Utf8Path::as_str)
    }

    /// Every setting's value, as it was given.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.resolved.options
    }

    /// When a floor lags, and how that is treated.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy::new(self.options().tightness, self.options().tightness_tolerance)
    }

    /// What decides the verdicts and the look of the report.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            policy: self.policy(),
            default_threshold: self.floors.default_threshold,
            minimums: Minimums {
                patch: self.options().patch_threshold,
                total: self.options().total_threshold,
            },
            idle_ignores: self.options().idle_ignores,
            parallelism: self.parallelism,
            timings: self.timings(),
            with: self.with.len(),
        }
    }

    /// The same settings for all that the `covgate.toml` is about, wherever somebody stands, unless
    /// packages were named.
    #[must_use]
    pub(crate) fn everywhere(mut self) -> Self {
        if self.resolved.source("packages") == Source::BuiltIn {
            self.directory = self.gate.clone();
            self.whole = true;
        }
        self
    }

    /// The same settings for judging profiles that somebody else made.
    #[must_use]
    pub fn judging(mut self, profiles: Vec<String>) -> Self {
        for profile in &profiles {
            self.repeat.options.extend(["--profile".to_owned(), profile.clone()]);
        }
        self.profiles = profiles;
        self
    }

    /// Whether durations are shown. A profile does not tell any.
    #[must_use]
    pub fn timings(&self) -> bool {
        !self.options().no_timings && self.profiles.is_empty()
    }
}

/// Resolves a path to go from the folder where it was given, wherever go runs.
fn anchor(program: &str, folder: &Utf8Path) -> String {
    match program.contains('/') {
        true => folder.join(program).into_string(),
        false => program.to_owned(),
    }
}

/// go would take it for the folder itself, or for nothing; nobody writes one on purpose.
fn empty_pattern(source: Source) -> Error {
    let place = match source {
        Source::CommandLine | Source::BuiltIn => "the command line".to_owned(),
        Source::Environment => variable("packages"),
        Source::File => FILE_NAME.to_owned(),
    };
    Error::usage(format!("a pattern in {place} is empty"))
        .hint("is a variable in it not set? `./...` names every package")
}

pub(crate) fn read_file(path: &Utf8Path) -> Result<Contents> {
    let bytes = match read_regular(path.as_std_path()) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Contents::default());
        }
        Err(error) => return Err(Error::usage(error).context(format!("cannot read {path}"))),
    };
    parse_config(&bytes).map_err(|wrong| {
        let error =
            Error::usage(format!("{path}:{}:{}: {}", wrong.line, wrong.column, wrong.message));
        match wrong.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })
}

fn external_tests(options: &Options) -> Result<Option<ExternalTests>> {
    let Some(test_dir) = &options.test_dir else {
        return Ok(None);
    };
    Ok(Some(ExternalTests {
        test_dir: inside_module("test-dir", test_dir)?,
        src_prefix: inside_module("src-prefix", &options.src_prefix)?,
    }))
}

/// A folder of the module, written from its root, without `.` elements.
fn inside_module(option: &str, path: &Utf8Path) -> Result<Utf8PathBuf> {
    let clean = stays_inside(path).ok_or_else(|| {
        Error::usage(format!("wrong {option} `{path}`: not a folder of the module"))
            .hint("write it from the module's root, such as `tests`")
    })?;
    if option == "test-dir" && clean.as_str().is_empty() {
        return Err(Error::usage("wrong test-dir: it names the module's root itself")
            .hint("name a folder, or leave test-dir out"));
    }
    Ok(clean)
}

/// The sources of coverage besides the runs, from where they were given.
fn with(paths: &[String], base: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    match paths.iter().any(|path| path.trim().is_empty()) {
        true => Err(Error::usage("wrong with: it names nothing")
            .hint("name a coverage profile, or a folder of go's coverage data")),
        false => Ok(paths.iter().map(|path| base.join(path)).collect()),
    }
}

fn parallelism(asked: usize) -> Parallelism {
    // available_parallelism respects the affinity mask and the cgroup's CPU quota.
    let jobs = NonZeroUsize::new(asked)
        .or_else(|| thread::available_parallelism().ok())
        .unwrap_or(NonZeroUsize::MIN);
    Parallelism { jobs, explicit: asked != 0 }
}
