//! Owns what a run is asked to do: the layers (command line over environment over `covgate.toml`
//! over default) and the `Settings` made from them.
//! Must not know packages, processes or the report.

mod file;
mod layers;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;
use std::num::NonZeroUsize;
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

pub use self::file::{ConfigError, Contents, parse as parse_config};
pub(crate) use self::layers::{Layer, Resolved, Row, Source, rows, variable};
pub(crate) use self::table::Options;
#[cfg(test)]
pub(crate) use self::table::takers;
pub(crate) use self::table::{add_to, groups, names};
pub(crate) use self::value::{count, switch};
use crate::domain::choice::ModulesChoice;
use crate::domain::limit::Limit;
use crate::domain::paths::stays_inside;
use crate::domain::pattern::{Names, Pattern};
use crate::domain::percent::Percent;
use crate::domain::rules::{Parallelism, Rules};
use crate::domain::shell;
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

/// A floor or an exclusion for the packages a pattern names, from `[[package]]`.
#[derive(Debug, Clone)]
pub struct Override {
    /// The packages that it names.
    pub pattern: Pattern,
    /// What it does with them.
    pub action: OverrideAction,
    /// Why their threshold is what it is.
    pub reason: Option<String>,
}

impl fmt::Display for Override {
    /// Writes it as in `covgate.toml`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = toml::Value::from(self.pattern.to_string());
        writeln!(f, "[[package]]\npath = {path}")?;
        match self.action {
            OverrideAction::Threshold(percent) => writeln!(f, "threshold = {percent}"),
            OverrideAction::Exclude => writeln!(f, "exclude = true"),
        }?;
        match &self.reason {
            Some(reason) => writeln!(f, "reason = {}", toml::Value::from(reason.as_str())),
            None => Ok(()),
        }
    }
}

/// What a `[[package]]` table asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverrideAction {
    /// Sets the floor of those without a `.covgate`.
    Threshold(Percent),
    /// Excludes them.
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

/// The settings from the command line, for commands that a person can repeat.
#[derive(Debug, Clone, Default)]
pub struct Repeat {
    /// `-C`, if it was given.
    pub chdir: Option<Utf8PathBuf>,
    /// The folder that counts for commands that write floors, where what is measured is a copy in
    /// which nobody would find them; empty for the folder that the person is in.
    pub floors_in: Option<Utf8PathBuf>,
    /// Options, without patterns.
    pub options: Vec<String>,
    /// Which packages.
    pub patterns: Vec<String>,
    /// What stands after `--`.
    pub go_test_flags: Vec<String>,
}

impl Repeat {
    /// What a command line asks for; of a hook's without what only the hook knows.
    #[must_use]
    pub fn of(command_line: &Layer) -> Self {
        Self {
            options: command_line.clone().without("packages").without("scope").words(),
            patterns: command_line.patterns(),
            go_test_flags: command_line.go_test_flags(),
            ..Self::default()
        }
    }

    /// `covgate audit` with the same options, of some packages; of those of the run where none is
    /// named.
    #[must_use]
    pub fn audit(&self, packages: &[String]) -> String {
        self.command("audit", self.chdir.as_deref(), "", packages)
    }

    /// The same of `covgate ratchet`, which has options of its own.
    #[must_use]
    pub fn ratchet(&self, own: &[String], packages: &[String]) -> String {
        self.command("ratchet", self.writes_in(), &shell::command(own), packages)
    }

    /// The way down for one package. Its reason is for the person to write. The patterns of the run
    /// stand there too: among them the package is looked for.
    #[must_use]
    pub fn lower(&self, package: &str) -> String {
        let package = shell::command(&[package.to_owned()]);
        let own = format!("--lower {package} --reason \"why\"");
        self.command("ratchet", self.writes_in(), &own, &[])
    }

    fn writes_in(&self) -> Option<&Utf8Path> {
        let folder = self.floors_in.as_deref().or(self.chdir.as_deref());
        folder.filter(|folder| !folder.as_str().is_empty())
    }

    /// A command of covgate's, as a shell takes it.
    fn command(
        &self,
        command: &str,
        folder: Option<&Utf8Path>,
        own: &str,
        packages: &[String],
    ) -> String {
        let chdir = folder.into_iter().flat_map(|folder| ["-C".to_owned(), folder.to_string()]);
        let options = ["covgate", command].map(str::to_owned).into_iter().chain(chdir);
        let options: Vec<String> = options.chain(self.options.iter().cloned()).collect();
        let packages = if packages.is_empty() { self.patterns.as_slice() } else { packages };
        let flags = &self.go_test_flags;
        let dashes = (!flags.is_empty()).then(|| "--".to_owned());
        let flags: Vec<String> = dashes.into_iter().chain(flags.iter().cloned()).collect();
        let words = [shell::command(&options), own.to_owned()];
        let lists: [&[String]; 2] = [packages, &flags];
        let words = words.into_iter().chain(lists.map(shell::command));
        words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// The floors and exclusions that hold in a module.
#[derive(Debug, Clone)]
pub struct Floors {
    /// The floor of a package that has no other.
    pub default_threshold: Percent,
    /// Why it is what it is.
    pub reason: Option<String>,
    /// Packages that are not measured.
    pub exclude: Vec<Pattern>,
    /// Per-package floors and exclusions; the last one that names a package counts.
    pub overrides: Vec<Override>,
    /// Files that do not count.
    pub exclude_files: FileGlobs,
    /// Whether generated files do not count.
    pub exclude_generated: bool,
}

impl Floors {
    /// The last table that names a package.
    #[must_use]
    pub fn table(&self, names: Names<'_>) -> Option<&Override> {
        self.overrides.iter().rev().find(|table| table.pattern.matches(names))
    }

    /// Whether a package is not measured.
    #[must_use]
    pub fn excludes(&self, names: Names<'_>) -> bool {
        self.exclude.iter().any(|pattern| pattern.matches(names))
            || self.table(names).is_some_and(|table| table.action == OverrideAction::Exclude)
    }
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

/// The folder of the `covgate.toml` that counts for another folder, whether the file is there or not; none
/// where nothing but the working directory itself is left.
pub(crate) fn home(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    find_module_root(directory).or_else(|| find_gate(directory))
}

/// The nearest folder upwards that says what a run is about, up to the repository's root.
fn find_gate(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    let says = |folder: &&Utf8Path| {
        [workspace::FILE_NAME, FILE_NAME].iter().any(|name| folder.join(name).is_file())
    };
    workspace::up_to_repository(directory).find(says).map(Utf8Path::to_owned)
}

/// Resolves a path to go from the folder where it was given, wherever go runs.
fn anchor(program: &str, folder: &Utf8Path) -> String {
    match program.contains('/') {
        true => folder.join(program).into_string(),
        false => program.to_owned(),
    }
}

/// The nearest folder upwards with a `go.mod`. go itself follows this rule (`findModuleRoot` in
/// cmd/go/internal/modload). It is used where covgate cannot ask go: to find `covgate.toml`, which
/// may name the go, and the sources for a report of `merge`.
pub(crate) fn find_module_root(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    let has_module = |folder: &&Utf8Path| folder.join("go.mod").is_file();
    // Above a work tree inside a git directory, as the hook's, lies another tree.
    let found = match directory.components().any(|element| element.as_str() == ".git") {
        true => workspace::up_to_repository(directory).find(has_module),
        false => directory.ancestors().find(has_module),
    };
    found.map(Utf8Path::to_owned)
}

/// The repository's root: the nearest folder upwards with a `.git`. It is used where covgate need not ask
/// git, as for the sources of a report of `merge`.
pub(crate) fn find_repository(directory: &Utf8Path) -> Option<Utf8PathBuf> {
    directory.ancestors().find(|folder| folder.join(".git").exists()).map(Utf8Path::to_owned)
}

/// Whether the `covgate.toml` of a folder says what counts besides the runs; no if it cannot be read.
pub(crate) fn names_with(folder: &Utf8Path) -> bool {
    read_file(&folder.join(FILE_NAME)).is_ok_and(|file| file.layer.has("with"))
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

/// The settings in a module's own `covgate.toml` that hold in it when a run is about several modules.
pub(crate) const OF_MODULE: [&str; 4] =
    ["default-threshold", "exclude", "exclude-files", "exclude-generated"];

fn floors(
    resolved: &Resolved,
    file: &Contents,
    own: Option<&Contents>,
    gate: &Utf8Path,
    directory: &Utf8Path,
) -> Result<Floors> {
    let none = Contents::default();
    let own = own.unwrap_or(&none);
    let layer = own.layer.clone().only(&OF_MODULE).over(file.layer.clone());
    let mine = own.overrides.iter().cloned().map(|mut table| {
        table.pattern = table.pattern.of_module();
        table
    });
    let has_threshold = own.layer.has("default-threshold");
    let options = resolved.with_file(layer.clone());
    let is_own = own.layer.has("exclude-files")
        && matches!(resolved.source("exclude-files"), Source::File | Source::BuiltIn);
    let exclude_files = file_globs("exclude-files", &options.exclude_files)?;
    Ok(Floors {
        default_threshold: options.default_threshold,
        exclude_files: FileGlobs { of_module: is_own, ..exclude_files },
        exclude_generated: options.exclude_generated,
        reason: if has_threshold { own.reason.clone() } else { file.reason.clone() },
        exclude: excludes(resolved, &layer, own.layer.has("exclude"), gate, directory)?,
        overrides: file.overrides.iter().cloned().chain(mine).collect(),
    })
}

/// The excluded patterns. Relative ones start where they were given; for a file, that is its folder.
fn excludes(
    resolved: &Resolved,
    file: &Layer,
    of_module: bool,
    gate: &Utf8Path,
    directory: &Utf8Path,
) -> Result<Vec<Pattern>> {
    let below = || directory.strip_prefix(gate).ok().map(Utf8Path::as_str);
    let (source, base, of_module) = match resolved.source("exclude") {
        Source::CommandLine => ("--exclude".to_owned(), below(), None),
        Source::Environment => (variable("exclude"), below(), None),
        Source::File | Source::BuiltIn => (format!("{FILE_NAME}: exclude"), None, Some(of_module)),
    };
    let options = resolved.with_file(file.clone());
    let patterns = split_patterns(&options.exclude).map(|pattern| {
        let pattern = Pattern::parse(pattern, base.unwrap_or_default())
            .map_err(|error| Error::usage(error).context(format!("wrong {source}")))?;
        Ok(match of_module {
            Some(true) => pattern.of_module(),
            Some(false) => pattern,
            None => pattern.or_label(),
        })
    });
    patterns.collect()
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

/// The patterns in comma-separated lists, without blanks.
fn split_patterns(lists: &[String]) -> impl Iterator<Item = &str> {
    let patterns = lists.iter().flat_map(|list| list.split(','));
    patterns.map(str::trim).filter(|pattern| !pattern.is_empty())
}

/// Globs of files, as in a `.gitignore`: without a slash a glob means a name anywhere.
#[derive(Debug, Clone, Default)]
pub struct FileGlobs {
    /// As they were given.
    globs: Vec<String>,
    set: GlobSet,
    /// Whether a module's own file names them.
    of_module: bool,
}

impl FileGlobs {
    /// As they were given.
    #[must_use]
    pub fn globs(&self) -> &[String] {
        &self.globs
    }

    /// Where their paths start: in a module's folder if its own file names them, else in that of the run's
    /// `covgate.toml`.
    #[must_use]
    pub fn base<'b>(&self, module: &'b Utf8Path, gate: &'b Utf8Path) -> &'b Utf8Path {
        if self.of_module { module } else { gate }
    }

    /// The places of those that mean a file. `path` and `base`, the folder where the globs' paths start,
    /// are from the same root.
    pub fn matching(&self, path: &Utf8Path, base: &Utf8Path) -> impl Iterator<Item = usize> {
        let inside = path.strip_prefix(base).ok();
        let matches = self.set.matches(inside.unwrap_or(path));
        matches.into_iter().filter(move |glob| inside.is_some() || !is_path(&self.globs[*glob]))
    }

    /// Whether one of them means a file.
    #[must_use]
    pub fn mean(&self, path: &Utf8Path, base: &Utf8Path) -> bool {
        self.matching(path, base).next().is_some()
    }
}

/// Whether a glob is about a path, not about a name anywhere.
fn is_path(glob: &str) -> bool {
    glob.trim_end_matches('/').contains('/')
}

fn file_globs(setting: &str, globs: &[String]) -> Result<FileGlobs> {
    let mut set = GlobSetBuilder::new();
    let wrong = |error: globset::Error| Error::usage(error).context(format!("wrong {setting}"));
    for glob in globs {
        let build = |text: &str| GlobBuilder::new(text).literal_separator(true).build();
        set.add(match is_path(glob) {
            true => build(glob.trim_start_matches('/')).map_err(wrong)?,
            false => build(&format!("**/{glob}")).map_err(wrong)?,
        });
    }
    Ok(FileGlobs { globs: globs.to_vec(), set: set.build().map_err(wrong)?, of_module: false })
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
