//! Owns the grammar of the command line: commands, their options, their help.
//! Must not know what becomes of them.

use camino::Utf8PathBuf;
use clap::{Args, CommandFactory, Parser, Subcommand};

use super::below;
use super::packaging;
use super::shards::ShardArgs;
use crate::domain::percent::Percent;
use crate::output::formats;
use crate::settings::{self, count};

/// A coverage gate for Go: measures every package, in parallel, and holds it against its floor.
#[derive(Debug, Parser)]
#[command(name = "covgate", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

impl Cli {
    /// The whole grammar: commands with the settings that each takes, and what stands below them.
    pub(super) fn grammar() -> clap::Command {
        whole(Self::command())
    }
}

fn whole(command: clap::Command) -> clap::Command {
    below::add_to(settings::add_to(command.mut_subcommands(whole)))
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Gate every package: the main job
    Check(Box<CheckArgs>),
    /// Raise floors to what is covered now
    Ratchet(Box<RatchetArgs>),
    /// Measure and explain; gate nothing
    Audit(Box<AuditArgs>),
    /// The git pre-push hook
    #[command(subcommand)]
    Hook(HookCommand),
    /// Join the json reports of all shards into one verdict
    Merge(MergeArgs),
    /// Print every setting, its value and where it comes from, as a covgate.toml
    Config(Folder),
    /// Write a shell's completions to stdout
    Completions {
        /// For which shell
        shell: packaging::Shell,
    },
    /// Write the manual page to stdout, as roff
    Man,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Gate only packages whose result can have changed since this commit, and what depends on them
    #[arg(long, value_name = "REV")]
    pub(super) since: Option<String>,
    #[command(flatten)]
    pub(super) shard: ShardArgs,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
    #[command(flatten)]
    pub(super) folder: Folder,
}

/// Where a command runs. It leads to the `covgate.toml` that it would stand in, so it is no setting.
#[derive(Debug, Args)]
pub(super) struct Folder {
    /// Run as if started there
    #[arg(short = 'C', long, value_name = "DIR")]
    pub(super) chdir: Option<Utf8PathBuf>,
}

/// Of commands whose result can be written in other formats.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Write a report besides, or without PATH in place of the text on stdout; repeatable
    #[arg(long = "report", value_name = "FORMAT[=PATH]", long_help = formats::help())]
    pub(super) reports: Vec<formats::Request>,
}

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// The json reports of all shards of one run, or the one of a run that was not split
    #[arg(value_name = "REPORT.json", required = true)]
    pub(super) files: Vec<Utf8PathBuf>,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
}

#[derive(Debug, Args)]
pub(super) struct RatchetArgs {
    /// Write nothing; show what would be written as a diff
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Write nothing; exit 1 where a floor could rise
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) check: bool,
    /// Make no new .covgate files
    #[arg(long)]
    pub(super) only_existing: bool,
    /// Leave so much room below what is covered, in percentage points [default: 0]
    #[arg(long, value_name = "PP")]
    pub(super) slack: Option<Percent>,
    /// The one way down: let this package's floor fall to what is covered now
    #[arg(long, value_name = "PACKAGE", requires = "reason")]
    pub(super) lower: Option<String>,
    /// Why a floor falls; kept as a note in the file
    #[arg(long, value_name = "TEXT", requires = "lower",
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) reason: Option<String>,
    /// Measure N times without go's test cache and keep the lowest result
    #[arg(long, value_name = "N", default_value = "1", value_parser = times)]
    pub(super) repeat: usize,
    #[command(flatten)]
    pub(super) folder: Folder,
}

/// A number of times: one at least.
fn times(text: &str) -> Result<usize, String> {
    count(text)
        .ok()
        .filter(|times| *times > 0)
        .ok_or_else(|| format!("expected a whole number from 1, found `{text}`"))
}

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Show the uncovered lines of every file
    #[arg(long)]
    pub(super) files: bool,
    /// Show their source, too
    #[arg(long)]
    pub(super) source: bool,
    /// How many rows a list has at most; 0 = all
    #[arg(long, value_name = "N", default_value = "10", value_parser = count)]
    pub(super) top: usize,
    /// Run cold, with the warm pass and without, in both engines, and say what it buys here; takes
    /// minutes, and leaves your build cache alone
    #[arg(long, conflicts_with_all = ["files", "source", "top", "reports", "no_timings", "engine", "prewarm"])]
    pub(super) prewarm_study: bool,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
    #[command(flatten)]
    pub(super) folder: Folder,
}

#[derive(Debug, Subcommand)]
pub(super) enum HookCommand {
    /// Put the hook in place, so that every git push passes the gate
    Install {
        /// Also where a global hooks folder, or an edited hook, stands in the way
        #[arg(long)]
        force: bool,
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
pub(super) enum HookRun {
    /// Gate the commits that git push is about to send; reads their refs from stdin
    PrePush(Box<PrePushArgs>),
}

#[derive(Debug, Args)]
pub(super) struct PrePushArgs {
    /// The remote's name
    pub(super) remote: Option<String>,
    /// The remote's URL
    pub(super) url: Option<String>,
    /// Test again what has passed before
    #[arg(long)]
    pub(super) fresh: bool,
    #[command(flatten)]
    pub(super) folder: Folder,
}
