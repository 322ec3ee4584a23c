//! Owns the grammar of the command line: commands, their options, their help.
//! Must not know what the commands do.

use camino::Utf8PathBuf;
use clap::{Args, CommandFactory, Parser, Subcommand};

use super::below;
use super::packaging;
use super::shards::ShardArgs;
use crate::commands::watch;
use crate::domain::percent::Percent;
use crate::output::formats;
use crate::settings::{self, count};

/// What `--version` says, while `-V` is for scripts: also the commit, where it is known, and the target.
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("COVGATE_BUILD"), ")");

/// A coverage gate for Go: measures every package, in parallel, and checks it against its floor.
#[derive(Debug, Parser)]
#[command(name = "covgate", version, long_version = LONG_VERSION, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

impl Cli {
    /// The whole grammar: each command with its settings and the text below its options.
    pub(super) fn grammar() -> clap::Command {
        whole(Self::command())
    }
}

fn whole(command: clap::Command) -> clap::Command {
    below::add_to(settings::add_to(command.mut_subcommands(whole)))
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Set a repository up: settings, a floor for each package, and a recipe for CI
    Init(InitArgs),
    /// Measure every package and check it against its floor
    Check(Box<CheckArgs>),
    /// Gate what each save affects, as long as it runs
    Watch(WatchArgs),
    /// Raise floors to the coverage measured now
    Ratchet(Box<RatchetArgs>),
    /// Measure and show what is not covered, without gating
    Audit(Box<AuditArgs>),
    /// Install, check, remove or run the git pre-push hook
    #[command(subcommand)]
    Hook(HookCommand),
    /// Join the json reports of all shards into one verdict
    Merge(MergeArgs),
    /// Show the coverage of recorded commits, from HEAD back along first parents
    History(HistoryArgs),
    /// Print every setting, its value and where it comes from, as a covgate.toml
    Config(Folder),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: packaging::Shell,
    },
    /// Print the manual page, as roff
    Man,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Also install the git pre-push hook, as `covgate hook install` does
    #[arg(long)]
    pub(super) hook: bool,
    /// Measure and show all that would be written, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) folder: Folder,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Gate only packages that the changes since this commit can affect
    #[arg(long, value_name = "REV")]
    pub(super) since: Option<String>,
    /// Keep the numbers as a git note on HEAD, for `covgate history`; for whole runs of a clean work tree
    #[arg(long, conflicts_with_all = ["since", "shard", "profiles"])]
    pub(super) record: bool,
    #[command(flatten)]
    pub(super) judged: ProfileArgs,
    #[command(flatten)]
    pub(super) shard: ShardArgs,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
    #[command(flatten)]
    pub(super) folder: Folder,
}

#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    /// Gate the packages that the changes since this commit can affect
    #[arg(long, value_name = "REV", default_value = watch::HEAD)]
    pub(super) since: String,
    /// Look for changes every N seconds, where the system does not tell of them (network drives, limits)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) poll: Option<u64>,
    #[command(flatten)]
    pub(super) folder: Folder,
}

/// Where a command runs. It is not a setting: it decides which `covgate.toml` is read.
#[derive(Debug, Args)]
pub(super) struct Folder {
    /// Run as if started in DIR
    #[arg(short = 'C', long, value_name = "DIR")]
    pub(super) chdir: Option<Utf8PathBuf>,
}

/// What a command judges in the place of a run.
#[derive(Debug, Args)]
pub(super) struct ProfileArgs {
    /// Run no test: judge this coverage profile, whoever made it; - is stdin; repeatable
    #[arg(long = "profile", value_name = "FILE", conflicts_with_all = ["engine", "prewarm", "rerun_fails", "rerun_limit"],
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) profiles: Vec<String>,
}

/// The options of commands whose result can be written in other formats.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Also write a report to PATH; without PATH it replaces the text on stdout; repeatable
    #[arg(long = "report", value_name = "FORMAT[=PATH]", long_help = formats::help())]
    pub(super) reports: Vec<formats::Request>,
    /// Compare with an earlier run: its json report, or a commit that `check --record` recorded
    #[arg(long, value_name = "FILE|REV")]
    pub(super) baseline: Option<String>,
    /// Link lines in the markdown report to the files there: `https://github.com/OWNER/REPO/blob/COMMIT`
    #[arg(long, value_name = "URL", requires = "reports")]
    pub(super) link_base: Option<formats::LinkBase>,
}

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// The json reports of all shards of one run, or the one report of a run without shards
    #[arg(value_name = "REPORT.json", required = true)]
    pub(super) files: Vec<Utf8PathBuf>,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
}

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// Packages to sum up, as patterns for their folders or import paths [default: all]
    #[arg(value_name = "PATTERN")]
    pub(super) patterns: Vec<String>,
    /// Write the history to stdout in another form
    #[arg(long, value_name = "FORMAT")]
    pub(super) report: Option<HistoryReport>,
    #[command(flatten)]
    pub(super) folder: Folder,
}

/// The forms of a history besides the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum HistoryReport {
    /// One page for people, as coverage over commits
    Html,
    /// For scripts
    Json,
}

#[derive(Debug, Args)]
pub(super) struct RatchetArgs {
    /// Show the changes as a diff and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Write nothing; exit with 1 if a floor could rise
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) check: bool,
    /// Do not create .covgate files
    #[arg(long)]
    pub(super) only_existing: bool,
    /// Set floors PP percentage points below the coverage [default: 0]
    #[arg(long, value_name = "PP")]
    pub(super) slack: Option<Percent>,
    /// Lower this package's floor to its coverage now; nothing else lowers a floor
    #[arg(long, value_name = "PACKAGE", requires = "reason")]
    pub(super) lower: Option<String>,
    /// Why the floor is lowered; kept as a note in its .covgate
    #[arg(long, value_name = "TEXT", requires = "lower",
          value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) reason: Option<String>,
    /// Measure N times without go's test cache and keep the lowest result
    #[arg(long, value_name = "N", default_value = "1", value_parser = times, conflicts_with = "profiles")]
    pub(super) repeat: usize,
    #[command(flatten)]
    pub(super) judged: ProfileArgs,
    #[command(flatten)]
    pub(super) folder: Folder,
}

/// A number of times: at least one.
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
    /// Show the source of the uncovered lines, too
    #[arg(long)]
    pub(super) source: bool,
    /// Show at most N rows of each list; 0 = all
    #[arg(long, value_name = "N", default_value = "10", value_parser = count)]
    pub(super) top: usize,
    /// Measure what the warm pass saves here: run without a build cache, with and without the pass, in
    /// both engines. Takes minutes; your own build cache is not touched
    #[arg(long, conflicts_with_all = ["files", "source", "top", "reports", "no_timings", "engine", "prewarm", "rerun_fails", "rerun_limit", "profiles", "with"])]
    pub(super) prewarm_study: bool,
    #[command(flatten)]
    pub(super) judged: ProfileArgs,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
    #[command(flatten)]
    pub(super) folder: Folder,
}

#[derive(Debug, Subcommand)]
pub(super) enum HookCommand {
    /// Install the hook, so that every git push is gated
    Install {
        /// Install even if a global hooks folder or an edited hook is in the way
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        folder: Folder,
    },
    /// Remove the hook and restore the hook that was there before
    Uninstall {
        /// Remove the hook even if somebody edited it
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        folder: Folder,
    },
    /// Say what is installed, where, and what would run
    Status(Folder),
    /// What the hook calls
    #[command(subcommand)]
    Run(HookRun),
}

#[derive(Debug, Subcommand)]
pub(super) enum HookRun {
    /// Gate the commits that git push is about to send; reads the refs from stdin
    PrePush(Box<PrePushArgs>),
}

#[derive(Debug, Args)]
pub(super) struct PrePushArgs {
    /// The remote's name
    pub(super) remote: Option<String>,
    /// The remote's URL
    pub(super) url: Option<String>,
    /// Test again, even if the same tree has passed before
    #[arg(long)]
    pub(super) fresh: bool,
    #[command(flatten)]
    pub(super) folder: Folder,
}
