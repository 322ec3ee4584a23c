//! Owns the options that shape a measurement, the same for every command that
//! measures, and those that name a part of one.
//! Must not know the commands.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::document::{Document, read};
use crate::error::{Error, Result};
use crate::limit::{self, Limit};
use crate::percent::Percent;
use crate::settings::{ColorChoice, EngineChoice, Layer, Prewarm, ShardBy, Tightness};
use crate::shard::{Dealing, Part, Sharding, Timings};

/// What stands above the options that need not be on the command line.
pub(super) const SETTINGS: &str =
    "Settings, also in covgate.toml, and in the environment as COVGATE_<NAME>";

/// Stands last among a command's arguments: the heading is for all that follow.
#[derive(Debug, Args)]
#[command(next_help_heading = SETTINGS)]
pub(super) struct Options {
    /// Run as if started there
    // It leads to the covgate.toml that it would stand in.
    #[arg(short = 'C', long, value_name = "DIR", help_heading = None)]
    pub(super) chdir: Option<Utf8PathBuf>,
    /// Packages, as `go list` takes them; repeatable
    #[arg(long = "packages", value_name = "PATTERN")]
    packages: Vec<String>,
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
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", hide_possible_values = true)]
    no_timings: Option<bool>,
    /// Colours in the report: auto, always or never [default: auto]
    #[arg(long, value_name = "WHEN")]
    color: Option<ColorChoice>,
    /// The go command [default: go on PATH]
    #[arg(long, value_name = "PATH")]
    go: Option<String>,
    /// Respect a go.work instead of running go with GOWORK=off
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", hide_possible_values = true)]
    workspace: Option<bool>,
    /// How long a go command may be silent before it counts as hung, such as 90s or 1h; 0 = for
    /// ever [default: 30m, or 5m more than go test's -timeout]
    #[arg(long, value_name = "DURATION")]
    stall_timeout: Option<Limit>,
}

impl Options {
    pub(super) fn into_layer(self) -> Layer {
        let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
        Layer {
            packages: some(self.packages),
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
            scope: None,
            go_test_flags: None,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ShardArgs {
    /// Gate only part K of N of the packages; `covgate merge` joins the reports of all parts
    #[arg(long, value_name = "K/N")]
    shard: Option<Part>,
    /// What packages are dealt out by: hash (of the import path) or time (see --timings)
    /// [default: hash]
    #[arg(long, value_name = "WHAT", requires = "shard")]
    shard_by: Option<ShardBy>,
    /// An earlier json report, whose durations --shard-by time balances; the same for all shards
    #[arg(long, value_name = "FILE", requires = "shard")]
    timings: Option<Utf8PathBuf>,
}

impl ShardArgs {
    /// The part that is asked for, if one is.
    pub(super) fn read(self) -> Result<Option<Sharding>> {
        let Some(part) = self.shard else {
            return Ok(None);
        };
        let dealing = match (self.shard_by.unwrap_or(ShardBy::Hash), self.timings) {
            (ShardBy::Hash, None) => Dealing::Hash,
            (ShardBy::Time, Some(path)) => Dealing::Time(timings(&path)?),
            (ShardBy::Time, None) => {
                return Err(Error::usage("--shard-by time needs the durations of an earlier run")
                    .hint("name its json report with --timings"));
            }
            (ShardBy::Hash, Some(_)) => {
                return Err(Error::usage("--timings has no use without --shard-by time"));
            }
        };
        Ok(Some(Sharding { part, dealing }))
    }
}

fn timings(path: &Utf8Path) -> Result<Timings> {
    let document = read::file(path).map_err(|error| error.context("wrong --timings"))?;
    if document.phases.is_none() {
        return Err(Error::usage(format!("wrong --timings: {path} holds no durations"))
            .hint("it was written with --no-timings"));
    }
    Ok(Timings::new(durations(document)))
}

/// What tests took; those that go did not run, because it had their result, tell nothing.
fn durations(document: Document) -> impl Iterator<Item = (String, Duration)> {
    let ran = document.packages.into_iter().filter(|package| package.cached != Some(true));
    ran.filter_map(|package| Some((package.import_path, limit::seconds(package.seconds?)?)))
}
