//! Owns the way from a command line to a command: makes the settings from arguments and
//! environment, runs the command, returns the exit code.
//! Must not know what a command does.

mod args;
mod below;
mod environment;
mod packaging;
mod shards;
#[cfg(test)]
mod tests;
mod tips;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};

use camino::Utf8Path;
use clap::FromArgMatches;

use self::args::{
    AuditArgs, CheckArgs, Cli, Command, Folder, HistoryArgs, HistoryReport, HookCommand, HookRun,
    InitArgs, MergeArgs, PrePushArgs, ProfileArgs, RatchetArgs, ReportArgs, WatchArgs,
};
use self::environment::{
    chdir, enter, environment, has_colors, stdout_style, variable, working_directory,
};
use crate::choose::since::{self, Scope};
use crate::commands::audit;
use crate::commands::check::{self, Extent};
use crate::commands::history;
use crate::commands::hook::run::Push;
use crate::commands::hook::{self, install, precommit, status};
use crate::commands::init;
use crate::commands::merge;
use crate::commands::next;
use crate::commands::ratchet::{self, Request};
use crate::commands::watch;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::formats::Requests;
use crate::output::text::Style;
use crate::settings::{Layer, STDIN, Settings};
use crate::tools::git::refs;
use crate::tools::process::Supervisor;

/// The whole program: reads the command line, runs it, reports errors on stderr; returns the exit
/// code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let (cli, asked) = match parse(args) {
        Ok(parsed) => parsed,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Pass };
            // A closed pipe while printing help is not an error.
            let _ = error.print();
            return exit.code();
        }
    };
    let mut err = anstream::stderr();
    match dispatch(cli, asked, &mut err) {
        Ok(exit) => exit.code(),
        Err(error) => {
            if !error.is_silent() {
                let _ = error.write_to(&mut err);
            }
            error.exit().code()
        }
    }
}

/// The command, and the settings on the same command line.
fn parse(args: impl IntoIterator<Item = OsString>) -> Result<(Cli, Layer), clap::Error> {
    let args: Vec<OsString> = args.into_iter().collect();
    let matches = Cli::grammar().try_get_matches_from(&args);
    let matches = matches.map_err(|error| tips::of_go(error, &args))?;
    let mut command = &matches;
    while let Some((_, below)) = command.subcommand() {
        command = below;
    }
    Ok((Cli::from_arg_matches(&matches)?, Layer::of_command_line(command)))
}

fn dispatch(cli: Cli, asked: Layer, err: &mut dyn Write) -> Result<Exit> {
    let supervisor = Supervisor::with_signals()
        .map_err(|error| Error::environment(error).context("cannot set signal handlers"))?;
    let Some(command) = cli.command else { return next(&supervisor, err) };
    let outcome = match command {
        Command::Init(args) => init(&supervisor, args, asked, err),
        Command::Check(args) => check(&supervisor, *args, asked, err),
        Command::Watch(args) => watch(&supervisor, args, &asked, err),
        Command::Merge(args) => merge_shards(&supervisor, &args, asked, err),
        Command::Ratchet(args) => ratchet(&supervisor, *args, asked, err),
        Command::Audit(args) => audit(&supervisor, *args, asked, err),
        Command::Hook(command) => hook(&supervisor, command, asked, err),
        Command::History(args) => history(&supervisor, args, err),
        Command::Config(folder) => config(folder, asked, err),
        Command::Completions { shell } => packaging::completions(Cli::grammar(), shell),
        Command::Man => packaging::manual(Cli::grammar()),
    };
    supervisor.finished();
    outcome
}

/// Says what to do next. No command is no gate, so it never passes.
fn next(supervisor: &Supervisor, err: &mut dyn Write) -> Result<Exit> {
    if !next::say(supervisor, &working_directory()?, err).map_err(Error::output)? {
        let help = Cli::grammar().render_help();
        let _ = write!(err, "{help}");
    }
    Ok(Exit::Usage)
}

fn init(
    supervisor: &Supervisor,
    args: InitArgs,
    asked: Layer,
    err: &mut dyn Write,
) -> Result<Exit> {
    let chdir = enter(args.folder.chdir)?;
    let request = init::Request {
        hook: args.hook,
        dry_run: args.dry_run,
        folder: working_directory()?,
        chdir,
        command_line: asked,
        environment: environment(err)?,
    };
    init::run(supervisor, &request, &mut io::stdout().lock(), err)
}

fn check(
    supervisor: &Supervisor,
    args: CheckArgs,
    asked: Layer,
    err: &mut dyn Write,
) -> Result<Exit> {
    let settings = settings(args.folder, asked, err)?.judging(judged(args.judged)?);
    let reports = reports(&args.reports, &settings.working_directory)?;
    // The path of its file starts in the folder of -C.
    let shard = args.shard.read()?;
    let scope = match args.since {
        Some(revision) => {
            Scope::Since(Box::new(since::since(supervisor, &settings.gate, &revision)?))
        }
        None => Scope::All,
    };
    let style = stdout_style(&settings);
    let out = io::stdout().lock();
    let extent = Extent {
        scope: &scope,
        shard: shard.as_ref(),
        record: args.record,
        baseline: args.reports.baseline.as_deref(),
    };
    let verdicts = check::run(&settings, extent, supervisor, &reports, style, out, err)?;
    Ok(verdicts.exit)
}

fn watch(
    supervisor: &Supervisor,
    args: WatchArgs,
    asked: &Layer,
    err: &mut dyn Write,
) -> Result<Exit> {
    let chdir = enter(args.folder.chdir)?;
    let (environment, directory) = (environment(err)?, working_directory()?);
    let settings = || {
        let mut settings = Settings::resolve(asked.clone(), environment.clone(), &directory)?;
        settings.repeat.chdir.clone_from(&chdir);
        Ok(settings)
    };
    let request = watch::Request {
        since: &args.since,
        poll: args.poll,
        settings: &settings,
        style: &stdout_style,
    };
    watch::run(&request, supervisor, io::stdout().lock())
}

fn merge_shards(
    supervisor: &Supervisor,
    args: &MergeArgs,
    asked: Layer,
    err: &mut dyn Write,
) -> Result<Exit> {
    let folder = working_directory()?;
    let reports = reports(&args.reports, &folder)?;
    let options = asked.over(environment(err)?).options();
    let style = Style::new(has_colors(options.color, io::stdout().is_terminal()));
    let given = merge::read(&args.files)?;
    let out = io::stdout().lock();
    let wish = merge::Wish {
        folder: &folder,
        timings: !options.no_timings,
        baseline: args.reports.baseline.as_deref().map(|asked| (asked, supervisor)),
    };
    let verdicts = merge::merge(given, wish, &reports, style, out, err)?;
    Ok(verdicts.exit)
}

fn history(supervisor: &Supervisor, args: HistoryArgs, err: &mut dyn Write) -> Result<Exit> {
    enter(args.folder.chdir)?;
    let form = match args.report {
        None => history::Form::Text,
        Some(HistoryReport::Json) => history::Form::Json,
        Some(HistoryReport::Html) => history::Form::Html,
    };
    let out = io::stdout().lock();
    history::run(supervisor, &working_directory()?, &args.patterns, form, out, err)
}

fn ratchet(
    supervisor: &Supervisor,
    args: RatchetArgs,
    asked: Layer,
    err: &mut dyn Write,
) -> Result<Exit> {
    let request = Request {
        dry_run: args.dry_run,
        check: args.check,
        only_existing: args.only_existing,
        slack: args.slack,
        lower: args.lower.zip(args.reason),
        repeat: args.repeat,
    };
    let mut settings = settings(args.folder, asked, err)?.judging(judged(args.judged)?);
    if request.repeat > 1 {
        settings.test_flags = settings.test_flags.without_cache();
    }
    let style = stdout_style(&settings);
    ratchet::run(&settings, &request, supervisor, style, io::stdout().lock(), err)
}

fn audit(
    supervisor: &Supervisor,
    args: AuditArgs,
    asked: Layer,
    err: &mut dyn Write,
) -> Result<Exit> {
    let settings = settings(args.folder, asked, err)?.judging(judged(args.judged)?);
    let reports = reports(&args.reports, &settings.working_directory)?;
    let (style, out) = (stdout_style(&settings), io::stdout().lock());
    if args.prewarm_study {
        return audit::study(&settings, supervisor, style, out, err);
    }
    let request = audit::Request {
        files: args.files,
        source: args.source,
        top: (args.top > 0).then_some(args.top),
        reports,
        baseline: args.reports.baseline,
    };
    audit::run(&settings, &request, supervisor, style, out, err)
}

fn hook(
    supervisor: &Supervisor,
    command: HookCommand,
    asked: Layer,
    err: &mut dyn Write,
) -> Result<Exit> {
    let mut out = io::stdout().lock();
    let there = |folder: Folder| enter(folder.chdir).and_then(|_| working_directory());
    match command {
        HookCommand::Install { force, folder } => {
            let how = install::How { force, dry_run: false };
            Ok(install::install(supervisor, &there(folder)?, how, &mut out)?.exit())
        }
        HookCommand::Uninstall { force, folder } => {
            install::uninstall(supervisor, &there(folder)?, force, &mut out)
        }
        HookCommand::Status(folder) => status::status(supervisor, &there(folder)?, &mut out),
        HookCommand::Run(HookRun::PrePush(args)) => pre_push(supervisor, *args, asked, err),
    }
}

fn pre_push(
    supervisor: &Supervisor,
    args: PrePushArgs,
    asked: Layer,
    err: &mut dyn Write,
) -> Result<Exit> {
    // This comes first: git waits until all of stdin is read.
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
    let fresh = environment::fresh()? || args.fresh;
    let folder = working_directory()?;
    let module = chdir(args.folder.chdir)
        .map(|module| hook::run::module_in_tree(&module, &folder))
        .transpose()?;
    let environment = environment(err)?;
    let color = asked.clone().over(environment.clone()).options().color;
    let push = Push {
        remote: &remote,
        refs: &refs,
        folder: &folder,
        module,
        command_line: asked,
        environment,
        fresh,
    };
    let style = Style::new(has_colors(color, io::stderr().is_terminal()));
    hook::run::pre_push(supervisor, &push, style, err)
}

/// The reports that are asked for; relative paths start in `folder`.
fn reports(args: &ReportArgs, folder: &Utf8Path) -> Result<Requests> {
    let requests = Requests::new(args.reports.clone(), folder, variable)?;
    Ok(requests.linked(args.link_base.clone()))
}

/// The profiles to judge. stdin can be read once.
fn judged(args: ProfileArgs) -> Result<Vec<String>> {
    match args.profiles.iter().filter(|profile| *profile == STDIN).count() {
        0 | 1 => Ok(args.profiles),
        _ => Err(Error::usage("--profile - is given twice, and stdin can be read once")
            .hint("join the profiles: cat one.out other.out | covgate check --profile -")),
    }
}

/// The settings of a command that measures, in the folder that `-C` names.
fn settings(folder: Folder, asked: Layer, err: &mut dyn Write) -> Result<Settings> {
    let chdir = enter(folder.chdir)?;
    let mut settings = Settings::resolve(asked, environment(err)?, &working_directory()?)?;
    settings.repeat.chdir = chdir;
    Ok(settings)
}

fn config(folder: Folder, asked: Layer, err: &mut dyn Write) -> Result<Exit> {
    let settings = settings(folder, asked, err)?;
    let out = io::stdout().lock();
    crate::commands::config::write(&settings, out).map_err(Error::output)?;
    Ok(Exit::Pass)
}
