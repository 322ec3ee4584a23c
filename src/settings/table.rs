//! Owns the settings: one row each, with name, type, documentation, default, and the group that
//! says which commands take it. Command line, environment, `covgate.toml`, `covgate config` and the
//! README are made from these rows.
//! Must not know who gives a value, or which of several values wins.

use camino::Utf8PathBuf;
use clap::{Arg, ArgAction, Args, Command, FromArgMatches};
use serde::{Deserialize, Serialize};

use super::value;
use crate::domain::choice::{
    ColorChoice, EngineChoice, FloorGuard, IdleIgnores, ModulesChoice, Prewarm, ScopeChoice,
    Tightness,
};
use crate::domain::limit::Limit;
use crate::domain::percent::Percent;

/// The positional argument that names packages, as `--packages` does.
pub(crate) const PATTERNS: &str = "patterns";

const PACKAGES: &str = "Packages";
const FLOORS: &str = "Floors";
const IGNORES: &str = "What does not count";
const MEASURING: &str = "Measuring";
const OUTPUT: &str = "Output";
const CHANGES: &str = "Changes (--since, and the hook)";
const HOOK: &str = "The hook";
const FLAGS: &str = "Flags for go test";

/// The groups, as help shows them, and the commands that take the settings of each.
const GROUPS: [(&str, &[&str]); 8] = [
    (PACKAGES, &["init", "check", "watch", "ratchet", "audit", "pre-push", "config"]),
    (FLOORS, &["init", "check", "watch", "ratchet", "audit", "pre-push", "config"]),
    (IGNORES, &["init", "check", "watch", "ratchet", "audit", "pre-push", "config"]),
    (MEASURING, &["init", "check", "watch", "ratchet", "audit", "pre-push", "config"]),
    (OUTPUT, &["init", "check", "watch", "ratchet", "audit", "pre-push", "config", "merge"]),
    (CHANGES, &["init", "check", "watch", "pre-push", "config"]),
    (HOOK, &["init", "pre-push", "config"]),
    (FLAGS, &["init", "check", "watch", "ratchet", "audit", "config"]),
];

/// The groups' names, in the order in which help shows them.
pub(crate) fn groups() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().map(|(group, _)| *group)
}

/// The commands that take settings; some more than once.
#[cfg(test)]
pub(crate) fn takers() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().flat_map(|(_, takers)| takers.iter().copied())
}

/// The value of every setting. A row is a field: its first comment is what help says, `default_value`
/// the default, `help_heading` the group. A `hide_short_help` row stands in `--help` alone.
#[derive(Debug, Clone, PartialEq, Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Options {
    /// Packages to measure, as patterns for `go list`; repeatable
    #[arg(long, value_name = "PATTERN", default_value = "./...", help_heading = PACKAGES,
          hide_short_help = true)]
    #[serde(deserialize_with = "value::one_or_many")]
    pub packages: Vec<String>,

    /// Modules to gate: this (the one around), workspace (those of go.work, built together), or all
    /// (those that git tracks from here on down)
    /// [default: this; outside of a module workspace, without a go.work all]
    #[arg(long, value_name = "WHICH", help_heading = PACKAGES, hide_short_help = true)]
    pub modules: Option<ModulesChoice>,

    /// Packages not to measure, shown as SKIPPED; repeatable, or one comma-separated list
    #[arg(long, value_name = "PATTERN", help_heading = PACKAGES)]
    #[serde(deserialize_with = "value::one_or_many")]
    pub exclude: Vec<String>,

    /// Floor of a package without a .covgate, in percent
    #[arg(long, value_name = "PCT", default_value = "80.0", help_heading = FLOORS)]
    pub default_threshold: Percent,

    /// Least coverage of all measured packages together, in percent; not with --since
    #[arg(long, value_name = "PCT", help_heading = FLOORS)]
    pub total_threshold: Option<Percent>,

    /// Folder of tests kept outside their package: DIR/a/b also tests PREFIX/a/b
    #[arg(long, value_name = "DIR", help_heading = PACKAGES, hide_short_help = true)]
    pub test_dir: Option<Utf8PathBuf>,

    /// The PREFIX that --test-dir replaces in a package's path
    #[arg(long, value_name = "PREFIX", default_value = "pkg", help_heading = PACKAGES,
          hide_short_help = true)]
    pub src_prefix: Utf8PathBuf,

    /// How to treat a committed floor that lags behind coverage: fail, warn or off
    #[arg(long, value_name = "WHAT", default_value = "fail", help_heading = FLOORS)]
    pub tightness: Tightness,

    /// How far a floor may lag behind coverage, in percentage points
    #[arg(long, value_name = "PP", default_value = "0.5", help_heading = FLOORS,
          hide_short_help = true)]
    pub tightness_tolerance: Percent,

    /// Files whose statements do not count, such as *.pb.go or gen/**; repeatable
    #[arg(long, value_name = "GLOB", help_heading = IGNORES)]
    #[serde(deserialize_with = "value::one_or_many")]
    pub exclude_files: Vec<String>,

    /// Leave out the statements of files with go's line `Code generated … DO NOT EDIT.`
    #[arg(long, value_name = "BOOL", default_value = "false", help_heading = IGNORES,
          num_args = 0..=1, require_equals = true,
          default_missing_value = "true", hide_default_value = true, action = ArgAction::Set, value_parser = value::switch)]
    pub exclude_generated: bool,

    /// How to treat a //covgate:ignore whose statements are all covered: fail, warn or off
    #[arg(long, value_name = "WHAT", default_value = "warn", help_heading = IGNORES,
          hide_short_help = true)]
    pub idle_ignores: IdleIgnores,

    /// Count everything, whatever //covgate:ignore and the options above say
    #[arg(long, value_name = "BOOL", default_value = "false", help_heading = IGNORES,
          hide_short_help = true, num_args = 0..=1, require_equals = true,
          default_missing_value = "true", hide_default_value = true, action = ArgAction::Set, value_parser = value::switch)]
    pub no_ignores: bool,

    /// How many packages to measure at once; 0 = one per CPU, with progress rows
    #[arg(short, long, value_name = "N", default_value = "0", help_heading = MEASURING,
          value_parser = value::count)]
    #[serde(deserialize_with = "value::whole_number")]
    pub parallelism: usize,

    /// Run go test once for all packages (batch), once per package (fanout), or what fits (auto)
    #[arg(long, value_name = "ENGINE", default_value = "auto", help_heading = MEASURING,
          hide_short_help = true)]
    pub engine: EngineChoice,

    /// When to compile all packages before any test runs: auto, always or never
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = MEASURING,
          hide_short_help = true)]
    pub prewarm: Prewarm,

    /// The go command: a name on PATH, or a path
    #[arg(long, value_name = "PATH", default_value = "go", help_heading = MEASURING,
          hide_short_help = true)]
    pub go: String,

    /// Deprecated: the same as --modules=workspace
    #[arg(long, value_name = "BOOL", default_value = "false", help_heading = MEASURING,
          hide_short_help = true, num_args = 0..=1, require_equals = true,
          default_missing_value = "true", hide_default_value = true, action = ArgAction::Set, value_parser = value::switch)]
    pub workspace: bool,

    /// How long go may print nothing before it counts as hung, such as 90s; 0 = no limit
    /// [default: 30m, or go test's -timeout plus 5m if that is longer]
    #[arg(long, value_name = "DURATION", help_heading = MEASURING, hide_short_help = true)]
    pub stall_timeout: Option<Limit>,

    /// Run packages whose tests fail again, up to N times; a pass then counts, and is shown as flaky
    #[arg(long, value_name = "N", default_value = "0", help_heading = MEASURING,
          value_parser = value::count)]
    #[serde(deserialize_with = "value::whole_number")]
    pub rerun_fails: usize,

    /// How many packages may fail for --rerun-fails; if more do, none is run again
    #[arg(long, value_name = "N", default_value = "10", help_heading = MEASURING,
          hide_short_help = true, value_parser = value::count)]
    #[serde(deserialize_with = "value::whole_number")]
    pub rerun_limit: usize,

    /// Coverage from elsewhere that counts, too: a profile, or a folder of go's coverage data (GOCOVERDIR);
    /// repeatable
    #[arg(long, value_name = "PATH", help_heading = MEASURING, hide_short_help = true)]
    #[serde(deserialize_with = "value::one_or_many")]
    pub with: Vec<String>,

    /// Print --- for every duration, so that two runs over the same tree print the same bytes
    #[arg(long, value_name = "BOOL", default_value = "false", help_heading = OUTPUT,
          hide_short_help = true, num_args = 0..=1, require_equals = true,
          default_missing_value = "true", hide_default_value = true, action = ArgAction::Set, value_parser = value::switch)]
    pub no_timings: bool,

    /// When to use colours: auto, always or never
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT,
          hide_short_help = true)]
    pub color: ColorChoice,

    /// Least coverage of the statements that a change adds or edits, in percent
    #[arg(long, value_name = "PCT", help_heading = CHANGES)]
    pub patch_threshold: Option<Percent>,

    /// How to treat a floor that fell without a reason: fail, warn or off
    #[arg(long, value_name = "WHAT", default_value = "fail", help_heading = CHANGES,
          hide_short_help = true)]
    pub floor_guard: FloorGuard,

    /// Files that no test reads, such as *.md or docs/**; repeatable
    #[arg(long, value_name = "GLOB", help_heading = CHANGES, hide_short_help = true)]
    #[serde(deserialize_with = "value::one_or_many")]
    pub irrelevant: Vec<String>,

    /// A command that makes the sources that are not committed; a word each
    #[arg(long, value_name = "WORD", help_heading = HOOK, allow_hyphen_values = true)]
    #[serde(deserialize_with = "value::one_or_many")]
    pub prepare: Vec<String>,

    /// What a push gates: affected (packages whose result can have changed) or all
    #[arg(long, value_name = "SCOPE", default_value = "affected", help_heading = HOOK)]
    pub scope: ScopeChoice,

    // This must be the last row: on a command line, nothing can follow it.
    /// Flags for go test; build flags (-tags, -race, -mod, …) apply to go list and the warm pass, too
    #[arg(last = true, value_name = "GO_TEST_FLAGS", help_heading = FLAGS)]
    #[serde(deserialize_with = "value::one_or_many")]
    pub go_test_flags: Vec<String>,
}

impl Default for Options {
    /// The defaults.
    fn default() -> Self {
        Self::parse(&[]).unwrap_or_else(|wrong| unreachable!("a default is wrong: {wrong}"))
    }
}

impl Options {
    /// Reads options from the words of a command line.
    pub(super) fn parse(words: &[String]) -> Result<Self, clap::Error> {
        let matches = grammar().try_get_matches_from(words)?;
        Self::from_arg_matches(&matches)
    }
}

/// All settings, without a command.
pub(super) fn grammar() -> Command {
    Options::augment_args(Command::new("settings").no_binary_name(true).disable_help_flag(true))
}

/// Their names, in the rows' order.
pub(crate) fn names() -> Vec<String> {
    grammar().get_arguments().map(name).collect()
}

/// The name of a setting on the command line, in `covgate.toml` and in messages.
pub(super) fn name(row: &Arg) -> String {
    row.get_id().as_str().replace('_', "-")
}

/// The group of a setting, as help shows it.
pub(super) fn group(row: &Arg) -> &str {
    row.get_help_heading().unwrap_or_default()
}

/// Whether a setting takes several values.
pub(super) fn is_list(row: &Arg) -> bool {
    row.is_positional() || matches!(row.get_action(), ArgAction::Append)
}

/// Adds the settings that a command takes.
pub(crate) fn add_to(command: Command) -> Command {
    let name = command.get_name().to_owned();
    let takes = |group: &str| {
        GROUPS.iter().any(|(known, takers)| *known == group && takers.contains(&name.as_str()))
    };
    let rows = grammar();
    let rows = rows.get_arguments().filter(|row| takes(group(row))).cloned();
    let patterns = takes(FLAGS).then(|| {
        Arg::new(PATTERNS)
            .value_name("PATTERN")
            .num_args(0..)
            .help("Packages to measure, as patterns for `go list` [default: ./...]")
    });
    let command = command.args(patterns);
    // Settings come after the command's own options, and the flags after the patterns.
    rows.enumerate().fold(command, |command, (index, row)| {
        let row = row.display_order(100 + index);
        command.arg(if row.is_positional() { row.index(2) } else { row })
    })
}
