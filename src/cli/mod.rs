//! Owns the command line: its options, their help, and how they become settings.
//! Must not know what a command does.

mod options;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use self::options::Options;
use crate::affected::Scope;
use crate::error::{Error, Result};
use crate::exit::{self, Exit};
use crate::git::refs;
use crate::hook::run::Push;
use crate::hook::{self, install, precommit, status};
use crate::percent::Percent;
use crate::process::Supervisor;
use crate::ratchet::{self, Request};
use crate::report::Style;
use crate::settings::{self, ColorChoice, Layer, OPTION_NAMES, ScopeChoice, Settings};

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
    #[command(after_help = exit::HELP, after_long_help = check_help())]
    Check(Box<CheckArgs>),
    /// Raise floors to what is covered now
    #[command(after_help = exit::HELP)]
    Ratchet(Box<RatchetArgs>),
    /// The git pre-push hook
    #[command(subcommand)]
    Hook(HookCommand),
}

const CHECK_HELP: &str = "\
Every option can also stand in covgate.toml at the module's root, under the same name, and in \
the environment as COVGATE_<NAME>. The command line goes over the environment, that over the \
file, that over the default.

A package's floor is the first line of its .covgate file; without one, the last [[package]] of \
covgate.toml that names it; without one, the default threshold.

Flags after -- go to `go test`; the build flags among them (-tags, -race, -mod, …) shape the \
listing and the warm pass too.";

fn check_help() -> String {
    format!("{CHECK_HELP}\n\n{}", exit::HELP)
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Packages, as `go list` takes them [default: ./...]
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
    #[command(flatten)]
    options: Options,
    /// Gate only packages whose result can have changed since this commit, and what depends on them
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Flags for go test
    #[arg(last = true, value_name = "GO_TEST_FLAGS")]
    go_test_flags: Vec<String>,
}

#[derive(Debug, Args)]
struct RatchetArgs {
    /// Packages, as `go list` takes them [default: ./...]
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
    #[command(flatten)]
    options: Options,
    /// Write nothing; show what would be written as a diff
    #[arg(long)]
    dry_run: bool,
    /// Write nothing; exit 1 where a floor could rise
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Make no new .covgate files
    #[arg(long)]
    only_existing: bool,
    /// Leave so much room below what is covered, in percentage points [default: 0]
    #[arg(long, value_name = "PP")]
    slack: Option<Percent>,
    /// The one way down: let this package's floor fall to what is covered now
    #[arg(long, value_name = "PACKAGE", requires = "reason")]
    lower: Option<String>,
    /// Why a floor falls; kept as a note in the file
    #[arg(long, value_name = "TEXT", requires = "lower",
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: Option<String>,
    /// Measure so often, without go's test cache; the lowest counts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    repeat: u16,
    /// Flags for go test
    #[arg(last = true, value_name = "GO_TEST_FLAGS")]
    go_test_flags: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum HookCommand {
    /// Put the hook in place, so that every git push passes the gate
    Install {
        /// Also where a global hooks folder, or an edited hook, stands in the way
        #[arg(long)]
        force: bool,
        /// Add covgate to another hook manager's file, where that is a plain edit
        #[arg(long)]
        write: bool,
    },
    /// Take the hook away and put back what was there
    Uninstall {
        /// Also a hook that somebody edited
        #[arg(long)]
        force: bool,
    },
    /// Say what is installed, where, and what would run
    Status,
    /// What the hook calls
    #[command(subcommand)]
    Run(HookRun),
}

#[derive(Debug, Subcommand)]
enum HookRun {
    /// Gate the commits that git push is about to send; reads their refs from stdin
    PrePush(Box<PrePushArgs>),
}

#[derive(Debug, Args)]
struct PrePushArgs {
    /// The remote's name
    remote: Option<String>,
    /// The remote's URL
    url: Option<String>,
    /// Which packages: affected (by what the remote does not have yet) or all [default: affected]
    #[arg(long, value_name = "SCOPE")]
    scope: Option<ScopeChoice>,
    /// Test again what has passed before
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    options: Options,
}

/// The options' layer, with what stands beside them on the command line.
fn layer(options: Options, patterns: Vec<String>, go_test_flags: Vec<String>) -> Layer {
    let mut layer = options.into_layer();
    let patterns = [patterns, layer.packages.take().unwrap_or_default()].concat();
    layer.packages = (!patterns.is_empty()).then_some(patterns);
    layer.go_test_flags = (!go_test_flags.is_empty()).then_some(go_test_flags);
    layer
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
    let outcome = match cli.command {
        Command::Check(args) => check(&supervisor, *args, err),
        Command::Ratchet(args) => ratchet(&supervisor, *args, err),
        Command::Hook(command) => hook(&supervisor, command, err),
    };
    supervisor.finished();
    outcome
}

fn check(supervisor: &Supervisor, mut args: CheckArgs, err: &mut dyn Write) -> Result<Exit> {
    enter(args.options.chdir.take())?;
    let since = args.since.take();
    let command_line = layer(args.options, args.patterns, args.go_test_flags);
    let settings = Settings::resolve(command_line, environment(err)?, &working_directory()?)?;
    let scope = match since {
        Some(revision) => {
            let folder = settings.module_root.as_ref().unwrap_or(&settings.directory);
            crate::since::since(supervisor, folder, &revision)?
        }
        None => Scope::All,
    };
    let style = Style::new(has_colors(settings.color, io::stdout().is_terminal()));
    let verdicts = crate::check(&settings, &scope, supervisor, style, io::stdout().lock(), err)?;
    Ok(verdicts.exit)
}

fn ratchet(supervisor: &Supervisor, mut args: RatchetArgs, err: &mut dyn Write) -> Result<Exit> {
    enter(args.options.chdir.take())?;
    let request = Request {
        dry_run: args.dry_run,
        check: args.check,
        only_existing: args.only_existing,
        slack: args.slack,
        lower: args.lower.zip(args.reason),
        repeat: args.repeat.into(),
    };
    let command_line = layer(args.options, args.patterns, args.go_test_flags);
    let mut settings = Settings::resolve(command_line, environment(err)?, &working_directory()?)?;
    if request.repeat > 1 {
        settings.test_flags = settings.test_flags.without_cache();
    }
    let style = Style::new(has_colors(settings.color, io::stdout().is_terminal()));
    ratchet::run(&settings, &request, supervisor, style, io::stdout().lock(), err)
}

fn hook(supervisor: &Supervisor, command: HookCommand, err: &mut dyn Write) -> Result<Exit> {
    let folder = working_directory()?;
    let mut out = io::stdout().lock();
    match command {
        HookCommand::Install { force, write } => {
            let options = install::Options { force, write };
            install::install(supervisor, &folder, options, &mut out)
        }
        HookCommand::Uninstall { force } => {
            install::uninstall(supervisor, &folder, force, &mut out)
        }
        HookCommand::Status => status::status(supervisor, &folder, &mut out),
        HookCommand::Run(HookRun::PrePush(args)) => pre_push(supervisor, *args, err),
    }
}

fn pre_push(supervisor: &Supervisor, mut args: PrePushArgs, err: &mut dyn Write) -> Result<Exit> {
    // First of all: git waits until all of it is read.
    let mut stdin = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut stdin)
        .map_err(|error| Error::environment(error).context("cannot read the refs on stdin"))?;
    let refs = refs::parse(&stdin).map_err(|error| {
        Error::usage(error)
            .hint("`covgate hook run pre-push` is for git to call; see `covgate hook install`")
    })?;
    let refs = match refs.as_slice() {
        [] => precommit::pushed(variable).into_iter().collect(),
        _ => refs,
    };
    let remote = args.remote.or_else(|| precommit::remote(variable)).unwrap_or_default();
    let fresh = settings::lookup_switch(variable, "fresh")?.unwrap_or(false) || args.fresh;
    let folder = working_directory()?;
    let module = chdir(args.options.chdir.take())
        .map(|module| hook::run::module_in_tree(&module, &folder))
        .transpose()?;
    let environment = environment(err)?;
    let command_line = Layer { scope: args.scope, ..args.options.into_layer() };
    let color = command_line.color.or(environment.color).unwrap_or(ColorChoice::Auto);
    let push = Push {
        remote: &remote,
        refs: &refs,
        folder: &folder,
        module,
        command_line,
        environment,
        fresh,
    };
    let style = Style::new(has_colors(color, io::stderr().is_terminal()));
    hook::run::pre_push(supervisor, &push, style, err)
}

fn variable(name: &str) -> Option<String> {
    // What is not UTF-8 must be an error of its option, not a silent default.
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn environment(err: &mut dyn Write) -> Result<Layer> {
    warn_of_unknown_variables(err);
    settings::read_environment(variable)
}

/// `-C`, or its variable.
fn chdir(asked: Option<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    let from_environment =
        || variable(&settings::variable("chdir")).filter(|value| !value.is_empty()).map(Into::into);
    asked.or_else(from_environment)
}

fn enter(asked: Option<Utf8PathBuf>) -> Result<()> {
    match chdir(asked) {
        Some(folder) => std::env::set_current_dir(&folder)
            .map_err(|error| Error::usage(error).context(format!("cannot enter {folder}"))),
        None => Ok(()),
    }
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

fn has_colors(choice: ColorChoice, terminal: bool) -> bool {
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
