//! Owns the command line: its options, their help, and how they become settings.
//! Must not know what a command does.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::affected::Scope;
use crate::error::{Error, Result};
use crate::exit::{self, Exit};
use crate::percent::Percent;
use crate::process::Supervisor;
use crate::report::Style;
use crate::settings::{
    self, ColorChoice, EngineChoice, Layer, Limit, OPTION_NAMES, Prewarm, Settings, Tightness,
};

/// A coverage gate for Go: measures every package, in parallel, and holds it against its floor.
#[derive(Debug, Parser)]
#[command(name = "covgate", version, after_help = exit::HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Gate every package: the main job
    #[command(after_help = exit::HELP, after_long_help = CHECK_HELP)]
    Check(Box<CheckArgs>),
}

const CHECK_HELP: &str = "\
Every option can also stand in covgate.toml at the module's root, under the same name, and in \
the environment as COVGATE_<NAME>. The command line goes over the environment, that over the \
file, that over the default.

A package's floor is the first line of its .covgate file; without one, the last [[package]] of \
covgate.toml that names it; without one, the default threshold.

Flags after -- go to `go test`; the build flags among them (-tags, -race, -mod, …) shape the \
listing and the warm pass too.

Exit codes:
  0      every package passes
  1      the gate is closed: a row is FAIL or LOOSE
  2      usage or configuration, a malformed .covgate included
  3      the build broke in the warm pass; nothing was measured
  4      the environment: no go, a go that is too old, not in a module, disk or pipe trouble
  5      nothing to measure: the patterns matched no package, or all are excluded
  128+n  ended by signal n";

/// Options that shape a measurement.
#[derive(Debug, Args)]
struct CheckArgs {
    /// Packages, as `go list` takes them [default: ./...]
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
    /// Packages, as `go list` takes them; the same as PATTERN
    #[arg(long = "packages", value_name = "PATTERN")]
    packages: Vec<String>,
    /// Run as if started there
    #[arg(short = 'C', long, value_name = "DIR")]
    chdir: Option<Utf8PathBuf>,
    /// Packages not to measure, reported as SKIPPED; repeatable, or one comma-separated list
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Floor, in percent, of a package with no .covgate [default: 80.0]
    #[arg(long, value_name = "PCT")]
    default_threshold: Option<Percent>,
    /// Where tests live that are not in their package: PREFIX/a/b is also tested by DIR/a/b
    #[arg(long, value_name = "DIR")]
    test_dir: Option<Utf8PathBuf>,
    /// What --test-dir replaces in a package's path [default: pkg]
    #[arg(long, value_name = "PREFIX")]
    src_prefix: Option<Utf8PathBuf>,
    /// What a committed floor is that lags coverage: fail, warn or off [default: fail]
    #[arg(long, value_name = "WHAT")]
    tightness: Option<Tightness>,
    /// How far a floor may lag, in percentage points [default: 0.5]
    #[arg(long, value_name = "PP")]
    tightness_tolerance: Option<Percent>,
    /// Packages measured at once; 0 = all CPUs, with progress rows [default: 0]
    #[arg(short, long, value_name = "N")]
    parallelism: Option<usize>,
    /// One go test for all (batch), one a package (fanout), or what fits (auto) [default: auto]
    #[arg(long, value_name = "ENGINE")]
    engine: Option<EngineChoice>,
    /// When to compile what the runs share first: auto, always or never [default: auto]
    #[arg(long, value_name = "WHEN")]
    prewarm: Option<Prewarm>,
    /// Print every duration as ---, so that two runs over one tree print the same bytes
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_timings: Option<bool>,
    /// Colours in the report: auto, always or never [default: auto]
    #[arg(long, value_name = "WHEN")]
    color: Option<ColorChoice>,
    /// The go command [default: go on PATH]
    #[arg(long, value_name = "PATH")]
    go: Option<String>,
    /// Respect a go.work instead of running go with GOWORK=off
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    workspace: Option<bool>,
    /// How long a go command may be silent before it counts as hung; 0 = for ever
    /// [default: 30m, or 5m more than go test's -timeout]
    #[arg(long, value_name = "DURATION")]
    stall_timeout: Option<Limit>,
    /// Gate only packages whose result can have changed since this commit, and what depends on them
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Flags for go test
    #[arg(last = true, value_name = "GO_TEST_FLAGS")]
    go_test_flags: Vec<String>,
}

impl CheckArgs {
    fn into_layer(self) -> Layer {
        let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
        Layer {
            packages: some([self.patterns, self.packages].concat()),
            exclude: some(self.exclude),
            default_threshold: self.default_threshold,
            test_dir: self.test_dir,
            src_prefix: self.src_prefix,
            tightness: self.tightness,
            tightness_tolerance: self.tightness_tolerance,
            parallelism: self.parallelism,
            engine: self.engine,
            prewarm: self.prewarm,
            no_timings: self.no_timings,
            color: self.color,
            go: self.go,
            workspace: self.workspace,
            stall_timeout: self.stall_timeout,
            go_test_flags: some(self.go_test_flags),
        }
    }
}

/// The whole program: reads the command line, runs it, reports errors on stderr; returns the exit
/// code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match parse(args) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Pass };
            // A closed pipe while printing help is nobody's fault.
            let _ = error.print();
            return exit.code();
        }
    };
    let mut err = anstream::stderr();
    match dispatch(cli, &mut err) {
        Ok(exit) => exit.code(),
        Err(error) => {
            let _ = error.write_to(&mut err);
            error.exit().code()
        }
    }
}

fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches_from(args)?;
    Cli::from_arg_matches(&matches)
}

fn dispatch(cli: Cli, err: &mut dyn Write) -> Result<Exit> {
    let supervisor = Supervisor::with_signals()
        .map_err(|error| Error::environment(error).context("cannot set signal handlers"))?;
    let Command::Check(mut args) = cli.command;
    let (chdir, since) = (args.chdir.take(), args.since.take());
    let settings = resolve(chdir, args.into_layer(), err)?;
    let scope = match since {
        Some(revision) => {
            let folder = settings.module_root.as_ref().unwrap_or(&settings.directory);
            crate::since(&supervisor, folder, &revision)?
        }
        None => Scope::All,
    };
    let style = Style::new(has_colors(settings.color));
    let outcome = crate::check(&settings, &scope, &supervisor, style, io::stdout().lock(), err);
    supervisor.finished();
    outcome
}

fn resolve(
    chdir: Option<Utf8PathBuf>,
    command_line: Layer,
    err: &mut dyn Write,
) -> Result<Settings> {
    let variable = |name: &str| std::env::var(name).ok();
    let chdir = chdir.or_else(|| {
        variable(&settings::variable("chdir")).filter(|value| !value.is_empty()).map(Into::into)
    });
    if let Some(folder) = chdir {
        std::env::set_current_dir(&folder)
            .map_err(|error| Error::usage(error).context(format!("cannot enter {folder}")))?;
    }
    warn_of_unknown_variables(err);
    let environment = settings::read_environment(variable)?;
    Settings::resolve(command_line, environment, &working_directory()?)
}

/// The working directory as the shell names it where that is the same folder: go does so too, and
/// symbolic links on the way stay as the user knows them.
fn working_directory() -> Result<Utf8PathBuf> {
    let real = std::env::current_dir()
        .map_err(|error| Error::environment(error).context("cannot read the working directory"))?;
    let real = Utf8PathBuf::from_path_buf(real)
        .map_err(|path| Error::environment(format!("{} is not UTF-8", path.display())))?;
    let named = std::env::var("PWD").ok().map(Utf8PathBuf::from);
    let same = |path: &Utf8Path| {
        path.is_absolute() && path.canonicalize_utf8().is_ok_and(|path| path == real)
    };
    Ok(named.filter(|path| same(path)).unwrap_or(real))
}

/// A misspelt variable would loosen the gate without a word.
fn warn_of_unknown_variables(err: &mut dyn Write) {
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with("COVGATE_")) else {
            continue;
        };
        if !OPTION_NAMES.iter().any(|option| settings::variable(option) == name) {
            let _ = writeln!(err, "warning: {name} is no option of covgate");
        }
    }
}

fn has_colors(choice: ColorChoice) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") => false,
        ColorChoice::Auto => {
            let forced = std::env::var_os("CLICOLOR_FORCE")
                .is_some_and(|value| !value.is_empty() && value != "0");
            forced || io::stdout().is_terminal()
        }
    }
}
