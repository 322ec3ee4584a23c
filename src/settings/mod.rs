//! Owns what a run is asked to do: the layers (command line over environment
//! over `covgate.toml` over built-in) and the one `Settings` they make.
//! Must not know packages, processes or the report.

mod env;
mod file;
mod value;

use std::fs;
use std::num::NonZeroUsize;
use std::thread;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

pub use self::env::read as read_environment;
pub(crate) use self::env::{NAMES as OPTION_NAMES, lookup_switch, variable};
pub use self::file::{ConfigError, parse as parse_config};
pub use self::value::{
    ColorChoice, EngineChoice, Prewarm, ScopeChoice, ShardBy, Tightness, Unknown,
};
use crate::error::{Error, Result};
use crate::go::flags::TestFlags;
use crate::limit::Limit;
use crate::pattern::Pattern;
use crate::percent::Percent;
use crate::shell;

/// The configuration file's name, at the module's root.
pub const FILE_NAME: &str = "covgate.toml";

/// What one source (command line, environment, file) says; `None` where it is silent.
#[derive(Debug, Default, Clone)]
pub struct Layer {
    /// What `go list` is asked for.
    pub packages: Option<Vec<String>>,
    /// Patterns of packages that are not measured.
    pub exclude: Option<Vec<String>>,
    /// Floor of a package without a `.covgate`.
    pub default_threshold: Option<Percent>,
    /// Where tests live that are not in their package.
    pub test_dir: Option<Utf8PathBuf>,
    /// The part of a package's path that `test_dir` replaces.
    pub src_prefix: Option<Utf8PathBuf>,
    /// What a floor that lags is.
    pub tightness: Option<Tightness>,
    /// How far it may lag, in percentage points.
    pub tightness_tolerance: Option<Percent>,
    /// Packages measured at once; 0 = all CPUs, with progress rows.
    pub parallelism: Option<usize>,
    /// How packages are measured.
    pub engine: Option<EngineChoice>,
    /// When the warm pass runs.
    pub prewarm: Option<Prewarm>,
    /// Durations print as `---`.
    pub no_timings: Option<bool>,
    /// When the report has colours.
    pub color: Option<ColorChoice>,
    /// The go command.
    pub go: Option<String>,
    /// Whether a `go.work` is respected.
    pub workspace: Option<bool>,
    /// How long a go command may be silent.
    pub stall_timeout: Option<Limit>,
    /// Which packages the pre-push hook gates.
    pub scope: Option<ScopeChoice>,
    /// Flags for `go test`.
    pub go_test_flags: Option<Vec<String>>,
}

/// A floor or an exclusion for the packages a pattern names, from `[[package]]`.
#[derive(Debug, Clone)]
pub struct Override {
    /// Which packages.
    pub pattern: Pattern,
    /// What happens to them.
    pub action: OverrideAction,
}

/// What a `[[package]]` table asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverrideAction {
    /// Their floor where they have no `.covgate`.
    Threshold(Percent),
    /// They are not measured.
    Exclude,
}

/// Tests that live outside their package: `src_prefix/a/b` is also tested by `test_dir/a/b`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalTests {
    /// Slash-separated, from the module's root.
    pub test_dir: Utf8PathBuf,
    /// Slash-separated, from the module's root; empty for the root itself.
    pub src_prefix: Utf8PathBuf,
}

/// How many packages are measured at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parallelism {
    /// At least one.
    pub jobs: NonZeroUsize,
    /// Whether the user named the number, which asks for the plain table.
    pub explicit: bool,
}

/// The command line's own part of the settings, for commands that a person can repeat.
#[derive(Debug, Clone, Default)]
pub struct Repeat {
    /// `-C`, where it was given.
    pub chdir: Option<Utf8PathBuf>,
    /// Options, without patterns.
    pub options: Vec<String>,
    /// What stands after `--`.
    pub go_test_flags: Vec<String>,
}

impl Repeat {
    /// Another command of covgate's with the same options, as a shell takes it.
    #[must_use]
    pub fn command(&self, command: &str, patterns: &[String]) -> String {
        let chdir = self.chdir.iter().flat_map(|folder| ["-C".to_owned(), folder.to_string()]);
        let flags = &self.go_test_flags;
        let dashes = (!flags.is_empty()).then(|| "--".to_owned());
        let words: Vec<String> = ["covgate", command]
            .map(str::to_owned)
            .into_iter()
            .chain(chdir)
            .chain(self.options.iter().cloned())
            .chain(patterns.iter().cloned())
            .chain(dashes)
            .chain(flags.iter().cloned())
            .collect();
        shell::command(&words)
    }
}

/// Everything a run is asked to do.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The go command: a name on PATH or a path.
    pub go: String,
    /// What `go list` is asked for.
    pub patterns: Vec<String>,
    /// Where `go list` is asked: the working directory, or the module's root for patterns from
    /// the file.
    pub directory: Utf8PathBuf,
    /// The working directory: where a person's relative paths start.
    pub working_directory: Utf8PathBuf,
    /// What a person would type to have the same again.
    pub repeat: Repeat,
    /// The module's root, where its `go.mod` lies; none outside a module.
    pub module_root: Option<Utf8PathBuf>,
    /// Whether the patterns are the built-in `./...` asked from the module's root.
    pub whole_module: bool,
    /// Packages that are not measured.
    pub exclude: Vec<Pattern>,
    /// Per-package floors and exclusions.
    pub overrides: Vec<Override>,
    /// Floor of a package with neither `.covgate` nor override.
    pub default_threshold: Percent,
    /// Tests outside their packages.
    pub external_tests: Option<ExternalTests>,
    /// What a floor that lags is.
    pub tightness: Tightness,
    /// How far a floor may lag.
    pub tolerance: Percent,
    /// How many packages at once.
    pub parallelism: Parallelism,
    /// How packages are measured.
    pub engine: EngineChoice,
    /// When the warm pass runs.
    pub prewarm: Prewarm,
    /// Whether durations are shown.
    pub timings: bool,
    /// When the report has colours.
    pub color: ColorChoice,
    /// Whether a `go.work` is respected.
    pub workspace: bool,
    /// How long a go command may be silent before it counts as hung.
    pub stall_timeout: Limit,
    /// Which packages the pre-push hook gates, where somebody said so.
    pub scope: Option<ScopeChoice>,
    /// Flags for `go test`.
    pub test_flags: TestFlags,
}

impl Settings {
    /// Joins the layers; `directory` is the working directory, absolute.
    ///
    /// # Errors
    /// When `covgate.toml` cannot be read or is wrong, or a value makes no sense.
    pub fn resolve(
        mut command_line: Layer,
        mut environment: Layer,
        directory: &Utf8Path,
    ) -> Result<Self> {
        let module_root = find_module_root(directory);
        let (mut file, overrides) = match &module_root {
            Some(root) => read_file(&root.join(FILE_NAME))?,
            None => (Layer::default(), Vec::new()),
        };
        // A folder of the module as patterns on the command line or in the environment mean it.
        let base = module_root
            .as_deref()
            .and_then(|root| directory.strip_prefix(root).ok())
            .unwrap_or(Utf8Path::new(""));
        // A path to go means the place it was written at, wherever go is run.
        anchor(&mut command_line.go, directory);
        anchor(&mut environment.go, directory);
        anchor(&mut file.go, module_root.as_deref().unwrap_or(directory));
        let from_file = command_line.packages.is_none()
            && environment.packages.is_none()
            && file.packages.is_some();
        let repeat = Repeat {
            chdir: None,
            options: Layer { packages: None, ..command_line.clone() }.words(),
            go_test_flags: command_line.go_test_flags.clone().unwrap_or_default(),
        };
        let working_directory = directory.to_owned();
        let exclude = excludes(&command_line, &environment, &file, base)?;
        let layer = command_line.over(environment).over(file);
        let directory = match &module_root {
            Some(root) if from_file => root.clone(),
            _ => directory.to_owned(),
        };
        let whole_module =
            layer.packages.is_none() && module_root.as_deref() == Some(directory.as_path());
        let test_flags = TestFlags::parse(layer.go_test_flags.clone().unwrap_or_default())
            .map_err(|wrong| Error::usage(&wrong).hint(wrong.way_out()))?;
        Ok(Self {
            patterns: layer.packages.clone().unwrap_or_else(|| vec!["./...".to_owned()]),
            directory,
            working_directory,
            repeat,
            module_root,
            whole_module,
            exclude,
            overrides,
            default_threshold: layer.default_threshold.unwrap_or(DEFAULT_THRESHOLD),
            external_tests: external_tests(&layer)?,
            tightness: layer.tightness.unwrap_or(Tightness::Fail),
            tolerance: layer.tightness_tolerance.unwrap_or(DEFAULT_TOLERANCE),
            parallelism: parallelism(layer.parallelism.unwrap_or(0)),
            engine: layer.engine.unwrap_or(EngineChoice::Auto),
            prewarm: layer.prewarm.unwrap_or(Prewarm::Auto),
            timings: !layer.no_timings.unwrap_or(false),
            color: layer.color.unwrap_or(ColorChoice::Auto),
            workspace: layer.workspace.unwrap_or(false),
            stall_timeout: layer.stall_timeout.unwrap_or_else(|| test_flags.default_stall()),
            scope: layer.scope,
            test_flags,
            go: layer.go.unwrap_or_else(|| "go".to_owned()),
        })
    }
}

/// Floor of a package that nobody gave one.
pub(crate) const DEFAULT_THRESHOLD: Percent = match Percent::from_hundredths(8000) {
    Some(percent) => percent,
    None => unreachable!(),
};
const DEFAULT_TOLERANCE: Percent = match Percent::from_hundredths(50) {
    Some(percent) => percent,
    None => unreachable!(),
};

impl Layer {
    /// This layer where it speaks, `lower` where it does not.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        Self {
            packages: self.packages.or(lower.packages),
            exclude: self.exclude.or(lower.exclude),
            default_threshold: self.default_threshold.or(lower.default_threshold),
            test_dir: self.test_dir.or(lower.test_dir),
            src_prefix: self.src_prefix.or(lower.src_prefix),
            tightness: self.tightness.or(lower.tightness),
            tightness_tolerance: self.tightness_tolerance.or(lower.tightness_tolerance),
            parallelism: self.parallelism.or(lower.parallelism),
            engine: self.engine.or(lower.engine),
            prewarm: self.prewarm.or(lower.prewarm),
            no_timings: self.no_timings.or(lower.no_timings),
            color: self.color.or(lower.color),
            go: self.go.or(lower.go),
            workspace: self.workspace.or(lower.workspace),
            stall_timeout: self.stall_timeout.or(lower.stall_timeout),
            scope: self.scope.or(lower.scope),
            go_test_flags: self.go_test_flags.or(lower.go_test_flags),
        }
    }
}

fn anchor(program: &mut Option<String>, folder: &Utf8Path) {
    if let Some(path) = program.as_mut().filter(|path| path.contains('/')) {
        *path = folder.join(path.as_str()).into_string();
    }
}

impl Layer {
    /// The layer as options on a command line, for a command that a person can repeat. Flags for
    /// go test are not among them.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let many = |name: &str, values: &Option<Vec<String>>| -> Vec<String> {
            let values = values.iter().flatten();
            values.flat_map(|value| [format!("--{name}"), value.clone()]).collect()
        };
        let one = |name: &str, value: Option<String>| -> Vec<String> {
            value.into_iter().flat_map(|value| [format!("--{name}"), value]).collect()
        };
        let switch = |name: &str, value: Option<bool>| -> Vec<String> {
            value.into_iter().map(|value| format!("--{name}={value}")).collect()
        };
        [
            many("packages", &self.packages),
            many("exclude", &self.exclude),
            one("default-threshold", self.default_threshold.map(|value| value.to_string())),
            one("test-dir", self.test_dir.as_ref().map(ToString::to_string)),
            one("src-prefix", self.src_prefix.as_ref().map(ToString::to_string)),
            one("tightness", self.tightness.map(|value| value.to_string())),
            one("tightness-tolerance", self.tightness_tolerance.map(|value| value.to_string())),
            one("parallelism", self.parallelism.map(|value| value.to_string())),
            one("engine", self.engine.map(|value| value.to_string())),
            one("prewarm", self.prewarm.map(|value| value.to_string())),
            switch("no-timings", self.no_timings),
            one("color", self.color.map(|value| value.to_string())),
            one("go", self.go.clone()),
            switch("workspace", self.workspace),
            one("stall-timeout", self.stall_timeout.map(|value| value.to_string())),
        ]
        .concat()
    }
}

/// The nearest folder upwards with a `go.mod`: the rule go itself follows
/// (`findModuleRoot` in cmd/go/internal/modload), used where go cannot be asked: to find
/// `covgate.toml`, which may name the go, and the sources of a report that is only rendered.
pub(crate) fn find_module_root(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    directory.ancestors().find(|folder| folder.join("go.mod").is_file()).map(Utf8Path::to_owned)
}

fn read_file(path: &Utf8Path) -> Result<(Layer, Vec<Override>)> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok((Layer::default(), Vec::new()));
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

/// The excludes of the highest layer that has some; relative ones mean the place they were
/// written at, the module's root for the file.
fn excludes(
    command_line: &Layer,
    environment: &Layer,
    file: &Layer,
    base: &Utf8Path,
) -> Result<Vec<Pattern>> {
    let (patterns, base, source) =
        match (&command_line.exclude, &environment.exclude, &file.exclude) {
            (Some(patterns), _, _) => (patterns, base, "--exclude"),
            (None, Some(patterns), _) => (patterns, base, "COVGATE_EXCLUDE"),
            (None, None, Some(patterns)) => (patterns, Utf8Path::new(""), "covgate.toml: exclude"),
            (None, None, None) => return Ok(Vec::new()),
        };
    split_patterns(patterns)
        .map(|pattern| {
            Pattern::parse(pattern, base.as_str())
                .map_err(|error| Error::usage(error).context(format!("wrong {source}")))
        })
        .collect()
}

fn external_tests(layer: &Layer) -> Result<Option<ExternalTests>> {
    let Some(test_dir) = &layer.test_dir else {
        return Ok(None);
    };
    let src_prefix = layer.src_prefix.clone().unwrap_or_else(|| "pkg".into());
    Ok(Some(ExternalTests {
        test_dir: inside_module("test-dir", test_dir)?,
        src_prefix: inside_module("src-prefix", &src_prefix)?,
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

/// A relative path without `.` elements; none where it leaves, or starts outside, its folder.
pub(crate) fn stays_inside(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut clean = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::Normal(element) => clean.push(element),
            Utf8Component::CurDir => {}
            _ => return None,
        }
    }
    Some(clean)
}

/// The patterns of lists that commas separate, blanks ignored.
fn split_patterns(lists: &[String]) -> impl Iterator<Item = &str> {
    let patterns = lists.iter().flat_map(|list| list.split(','));
    patterns.map(str::trim).filter(|pattern| !pattern.is_empty())
}

fn parallelism(asked: usize) -> Parallelism {
    // available_parallelism minds the affinity mask and the cgroup's CPU quota.
    let jobs = NonZeroUsize::new(asked)
        .or_else(|| thread::available_parallelism().ok())
        .unwrap_or(NonZeroUsize::MIN);
    Parallelism { jobs, explicit: asked != 0 }
}
