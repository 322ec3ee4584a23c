//! Owns the options that shape a measurement, the same for every command that
//! measures.
//! Must not know the commands.

use camino::Utf8PathBuf;
use clap::Args;

use crate::limit::Limit;
use crate::percent::Percent;
use crate::settings::{ColorChoice, EngineChoice, Layer, Prewarm, Tightness};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Packages, as `go list` takes them; the same as PATTERN
    #[arg(long = "packages", value_name = "PATTERN")]
    packages: Vec<String>,
    /// Run as if started there
    #[arg(short = 'C', long, value_name = "DIR")]
    pub(super) chdir: Option<Utf8PathBuf>,
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
