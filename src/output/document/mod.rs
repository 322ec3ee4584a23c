//! Owns the document: everything that a run found, in a form for scripts. Every report is made from
//! it, the `json` report writes it, and `merge` reads it back.
//! Must not know how anything was measured, or how it is shown.
//!
//! The promise: within one [`FORMAT`], fields are added but never removed, renamed or given another
//! meaning. Readers ignore fields that they do not know.

mod baseline;
mod change;
mod ignored;
pub mod read;
mod recorded;
mod write;

use camino::Utf8Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::recorded::Recorded;
use crate::domain::blocks::Block;
use crate::domain::choice::{
    EngineChoice, FloorGuard, IdleIgnores, ModulesChoice, Prewarm, Tightness,
};
use crate::domain::floor::Source;
use crate::domain::ignores;
use crate::domain::percent::Coverage;
use crate::domain::uncovered;
use crate::domain::verdict::Status;
use crate::settings::Options;

/// The version of the document's format.
pub const FORMAT: u32 = 2;

/// Everything that a run of covgate found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// The version of this format: 2.
    pub format: u32,
    /// The version of covgate that wrote it.
    pub covgate: String,
    /// The go that measured, in its own words, such as `go1.26.8`.
    pub go: String,
    /// The modules of the run, in the order of their folders.
    pub modules: Vec<ModuleRecord>,
    /// Where all paths of this document start: a folder of the repository, with slashes; empty for its
    /// root. With one module it is that module's folder, with several the repository's root.
    pub root: String,
    /// The commit that is checked out; null outside a repository.
    pub commit: Option<String>,
    /// The part of the packages that was measured; null for all.
    pub shard: Option<Shard>,
    /// The settings that decide what is measured and what passes.
    pub settings: RunSettings,
    /// How long each phase took; null with `--no-timings`, and if no test was run.
    pub phases: Option<PhaseTimes>,
    /// Whether the gate is open. An audit gates nothing; here it says what `check` would decide.
    pub open: bool,
    /// What closes the gate besides the packages, such as a profile that was cut off.
    pub troubles: Vec<String>,
    /// Sums over all packages.
    pub totals: Totals,
    /// What the change since the base of `--since` adds or edits; null without a base.
    #[serde(default)]
    pub change: Option<ChangeRecord>,
    /// How the run differs from the earlier one that `--baseline` names; null without one.
    #[serde(default)]
    pub baseline: Option<BaselineRecord>,
    /// The measured packages, in the order of `go list`.
    pub packages: Vec<PackageRecord>,
    /// Paths of the packages that were excluded, from `root`.
    pub excluded: Vec<String>,
    /// How many packages were left out because nothing that changed affects them.
    pub unaffected: usize,
}

/// One module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModuleRecord {
    /// Its path, as its `go.mod` says.
    pub path: String,
    /// Its folder in the repository, with slashes; empty at the repository's root or without one.
    pub dir: String,
}

/// Part `index` of `count`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// Its number, from 1.
    pub index: usize,
    /// How many parts there are.
    pub count: usize,
    /// How the packages were divided: `hash` or `time`.
    pub by: String,
    /// How many packages all parts have together.
    pub packages: usize,
    /// A digest of which package falls into which part. All parts of one run have the same.
    pub deal: String,
    /// A digest of the sources: go.mod, go.sum, and the Go files of all packages of all parts. The
    /// parts of one run have the same, with a commit or without.
    pub sources: String,
}

/// The settings that decide what is measured and what passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSettings {
    /// The patterns for `go list`.
    pub patterns: Vec<String>,
    /// Patterns of packages that are not measured.
    pub exclude: Vec<String>,
    /// Floor of a package without one of its own, in percent.
    pub default_threshold: f64,
    /// Least coverage of all packages together, in percent; null if none is asked for.
    #[serde(default)]
    pub total_threshold: Option<f64>,
    /// Least coverage of the statements that changed since the base of `--since`, in percent; null if none
    /// is asked for.
    #[serde(default)]
    pub patch_threshold: Option<f64>,
    /// How a floor that lags behind coverage is treated: `fail`, `warn` or `off`.
    #[schemars(with = "String")]
    pub tightness: Tightness,
    /// How far a floor may lag behind coverage, in percentage points.
    pub tightness_tolerance: f64,
    /// Folder of tests kept outside their package; null if there is none.
    pub test_dir: Option<String>,
    /// What `test_dir` replaces in a package's path; null if there is none.
    pub src_prefix: Option<String>,
    /// `auto`, `batch` or `fanout`.
    #[schemars(with = "String")]
    pub engine: EngineChoice,
    /// `auto`, `always` or `never`.
    #[schemars(with = "String")]
    pub prewarm: Prewarm,
    /// How many packages are measured at once.
    pub parallelism: usize,
    /// Whether that number was given explicitly; the text report is then a plain table.
    pub plain: bool,
    /// Which modules the run is about: `this`, `workspace` (those of `go.work`, built together) or `all`.
    #[schemars(with = "String")]
    pub modules: ModulesChoice,
    /// How a floor is treated that fell since the base of `--since`: `fail`, `warn` or `off`.
    #[serde(default = "built_in_guard")]
    #[schemars(with = "String")]
    pub floor_guard: FloorGuard,
    /// Globs of files that no test reads.
    #[serde(default)]
    pub irrelevant: Vec<String>,
    /// Globs of files whose statements do not count.
    #[serde(default)]
    pub exclude_files: Vec<String>,
    /// Whether the statements of generated files do not count.
    #[serde(default)]
    pub exclude_generated: bool,
    /// How a `//covgate:ignore` is treated whose statements are all covered: `fail`, `warn` or `off`.
    #[serde(default = "built_in_idle")]
    #[schemars(with = "String")]
    pub idle_ignores: IdleIgnores,
    /// Whether everything counts, whatever directives and settings say.
    #[serde(default)]
    pub no_ignores: bool,
    /// How often packages whose tests fail may be run again.
    #[serde(default)]
    pub rerun_fails: usize,
    /// How many packages may fail for that.
    #[serde(default = "built_in_limit")]
    pub rerun_limit: usize,
    /// Flags for `go test`.
    pub go_test_flags: Vec<String>,
    /// A digest of each profile that was judged in the place of a run (`--profile`); none for a run.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// A digest of each source of coverage that counts besides (`with`): of a profile's bytes, for a folder
    /// of go's coverage data as `go tool covdata textfmt` prints it.
    #[serde(default)]
    pub with: Vec<String>,
}

fn built_in_idle() -> IdleIgnores {
    IdleIgnores::Warn
}

fn built_in_limit() -> usize {
    Options::default().rerun_limit
}

fn one() -> usize {
    1
}

fn built_in_guard() -> FloorGuard {
    FloorGuard::Fail
}

/// How long each phase took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseTimes {
    /// Asking go which packages there are.
    pub list: Times,
    /// The warm pass; null if there was none.
    pub prewarm: Option<Times>,
    /// The coverage runs.
    pub runs: Times,
}

/// Times in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Times {
    /// Wall-clock time.
    pub wall: f64,
    /// CPU time, over all CPUs.
    pub cpu: f64,
}

/// Sums over all packages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// How many packages were measured.
    pub packages: usize,
    /// How many of them pass.
    pub passed: usize,
    /// How many of them fail.
    pub failed: usize,
    /// How many of them have a floor that lags.
    pub loose: usize,
    /// Of how many the tests passed only when they were run again.
    #[serde(default)]
    pub flaky: usize,
    /// How many statements count, in packages where this is known.
    pub statements: u64,
    /// How many of these are covered.
    pub covered: u64,
    /// The share that is covered, in percent, to one decimal; null without statements.
    pub percent: Option<f64>,
    /// The same as go counts, with what does not count for the gate; null in reports of an older covgate.
    #[serde(default)]
    pub raw: Option<RawRecord>,
}

/// Statements as go counts them, with those that do not count for the gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RawRecord {
    /// How many statements there are.
    pub statements: u64,
    /// How many of these are covered.
    pub covered: u64,
    /// The share that is covered, in percent, to one decimal; null without statements.
    pub percent: Option<f64>,
}

/// The statements that a change adds or edits, in files of measured packages. A statement is changed if
/// one of its lines is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeRecord {
    /// The commit or tree that it is compared with.
    pub base: String,
    /// How many statements are changed.
    pub statements: u64,
    /// How many of these are covered.
    pub covered: u64,
    /// The share that is covered, in percent, to one decimal; null if no statement is changed.
    pub percent: Option<f64>,
    /// The files with changed statements, by path.
    pub files: Vec<ChangedFileRecord>,
}

/// The changed statements of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedFileRecord {
    /// Its path from the document's `root`, with slashes.
    pub path: String,
    /// The changed statements that no test runs, from top to bottom.
    pub uncovered: Vec<PieceRecord>,
    /// The changed statements that tests run, from top to bottom.
    pub covered: Vec<PieceRecord>,
}

/// How a run differs from an earlier one. Packages whose coverage is not known in one of the two, as where
/// tests fail, are in no sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineRecord {
    /// What `--baseline` named: a file, or a revision.
    pub name: String,
    /// The commit of the earlier run; null if it is not known.
    pub commit: Option<String>,
    /// The sums of the earlier run.
    pub then: SumRecord,
    /// The sums of this run.
    pub now: SumRecord,
    /// By how much the share rose, in percentage points; null if there is none in one of the two.
    pub change: Option<f64>,
    /// The packages whose coverage as shown rose or fell, that are new, or gone.
    pub packages: Vec<PackageChangeRecord>,
}

/// Statements of several packages.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SumRecord {
    /// How many statements there are.
    pub statements: u64,
    /// How many of these are covered.
    pub covered: u64,
    /// The share that is covered, in percent, to one decimal; null without statements.
    pub percent: Option<f64>,
}

/// A package that differs from the earlier run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PackageChangeRecord {
    /// Its folder from the document's `root`, with slashes; `.` for the root itself.
    pub path: String,
    /// Its coverage then, in percent, to one decimal; null if it is new, or had no statements.
    pub then: Option<f64>,
    /// Its coverage now, in percent, to one decimal; null if it is gone, or has no statements.
    pub now: Option<f64>,
    /// By how much it rose, in percentage points; null if it is new or gone.
    pub change: Option<f64>,
}

/// Changed lines, first and last, and how many statements are on them: one, or all those of a block whose
/// places are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PieceRecord(pub u32, pub u32, pub u32);

/// One package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PackageRecord {
    /// Its index among the packages of all shards, from 0.
    pub position: usize,
    /// The path of its module. With the import path, it says which package this is.
    pub module: String,
    /// Its import path.
    pub import_path: String,
    /// Its folder from the document's `root`, with slashes; `.` for the root itself. No two packages have
    /// the same.
    pub path: String,
    /// Whether it closes the gate.
    pub status: Status,
    /// The reason, if the numbers do not show it, in the report's words, such as `tests failed`.
    pub reason: Option<String>,
    /// How measuring it went.
    pub outcome: OutcomeKind,
    /// How many of its statements count; null if this is not known.
    pub statements: Option<u64>,
    /// How many of these are covered.
    pub covered: Option<u64>,
    /// Its coverage as shown and compared, in percent, to one decimal; null without statements.
    pub percent: Option<f64>,
    /// The same as go counts it, with what does not count for the gate; null if this is not known.
    #[serde(default)]
    pub raw: Option<RawRecord>,
    /// What does not count in it, by directives and settings, with reasons.
    #[serde(default)]
    pub ignores: Vec<IgnoreRecord>,
    /// What it must reach.
    pub floor: FloorRecord,
    /// How many more statements must be covered to reach its floor; 0 if it is reached.
    pub missing: u64,
    /// Whether it has tests in its own folder.
    pub tested: bool,
    /// The import path of its tests outside its folder; null if there are none.
    pub external_tests: Option<String>,
    /// How long its tests took, in seconds; null with `--no-timings`, and if
    /// covgate did not run them.
    pub seconds: Option<f64>,
    /// Whether go served the result from its test cache; null with `--no-timings`, and if
    /// covgate did not ask for it.
    pub cached: Option<bool>,
    /// What plain `go test` prints for it, if measuring it failed; unchanged, with control
    /// characters.
    pub output: String,
    /// How often its tests were run: more than once only if they failed, and were run again
    /// (`rerun_fails`). The numbers are those of the last run.
    #[serde(default = "one")]
    pub runs: usize,
    /// Whether its tests passed, but only when they were run again.
    #[serde(default)]
    pub flaky: bool,
    /// What plain `go test` printed in each of its other runs, all of which failed, cut where it is long;
    /// unchanged, with control characters. If the package failed in all runs, `output` is of one of them.
    #[serde(default)]
    pub failed_runs: Vec<String>,
    /// Its files with statements, by name.
    pub files: Vec<FileRecord>,
}

/// A part of a file that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IgnoreRecord {
    /// What it is.
    pub kind: ignores::Kind,
    /// The file's path from the document's `root`, with slashes.
    pub path: String,
    /// The line of the directive; null if a setting says so.
    pub line: Option<u32>,
    /// Why it does not count; unchanged, with control characters. The setting's name, if one says so.
    pub reason: String,
    /// Where it is; null for a whole file.
    pub area: Option<AreaRecord>,
    /// How many statements it takes out, without those that another one takes out.
    pub statements: u64,
    /// How many of these are covered; null if this is not known.
    pub covered: Option<u64>,
}

/// A part of a file: first line, first column, last line, the column after its last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AreaRecord(pub u32, pub u32, pub u32, pub u32);

/// How measuring a package went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// Its tests pass, and its coverage is known.
    Covered,
    /// There is nothing to cover.
    NoStatements,
    /// Its tests fail.
    TestsFailed,
    /// It, or its tests, do not build.
    BuildFailed,
    /// Its tests, or go, took too long.
    TimedOut,
    /// Its coverage is not known.
    NoCoverageData,
}

/// What a package must reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FloorRecord {
    /// The floor as written, in percent, with at most two decimals.
    pub percent: f64,
    /// Where it comes from.
    pub source: Source,
    /// What it was at the base of `--since`, in percent, where it fell since without a reason; else not
    /// there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fell_from: Option<f64>,
}

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileRecord {
    /// Its path from the document's `root`, with slashes.
    pub path: String,
    /// The blocks that no test runs, from top to bottom.
    pub uncovered: Vec<BlockRecord>,
    /// The blocks that tests run, from top to bottom.
    pub covered: Vec<BlockRecord>,
    /// The blocks of both lists with statements that do not count, from top to bottom, with the number of
    /// these; go's number is the sum.
    #[serde(default)]
    pub ignored: Vec<BlockRecord>,
}

/// A block of a file: first line, first column, last line, the column after its last byte (lines
/// and columns from 1, columns in bytes), and how many of its statements count.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct BlockRecord(pub u32, pub u32, pub u32, pub u32, pub u32);

impl Document {
    /// What is measured, in a few words: the module's path, or how many modules there are.
    #[must_use]
    pub fn name(&self) -> String {
        match self.modules.as_slice() {
            [module] => module.path.clone(),
            modules => format!("{} modules", modules.len()),
        }
    }

    /// The folder of a package of one of the modules, from `root`; none for other packages.
    #[must_use]
    pub fn folder_of(&self, import_path: &str) -> Option<String> {
        let inside = |module: &ModuleRecord| {
            let stays = |part: &str| !matches!(part, "" | "." | "..");
            let rest = match import_path.strip_prefix(&module.path)? {
                "" => "",
                rest => rest.strip_prefix('/').filter(|rest| rest.split('/').all(stays))?,
            };
            Some((module.path.len(), from(&self.folder(module), rest)))
        };
        let innermost = self.modules.iter().filter_map(inside).max();
        innermost.map(|(_, folder)| folder)
    }

    /// The module that holds a folder, by its path from `root`, and the import path of what lies there.
    #[must_use]
    pub fn module_of(&self, path: &str) -> Option<(&ModuleRecord, String)> {
        let inside = |module: &'_ &ModuleRecord| {
            let folder = self.folder(module);
            folder.is_empty() || Utf8Path::new(path).starts_with(folder)
        };
        let module = self.modules.iter().filter(inside).max_by_key(|module| module.dir.len())?;
        let rest = Utf8Path::new(path).strip_prefix(self.folder(module)).unwrap_or(path.into());
        let rest = rest.as_str().trim_start_matches('.').trim_start_matches('/');
        Some((
            module,
            if rest.is_empty() { module.path.clone() } else { format!("{}/{rest}", module.path) },
        ))
    }

    /// A module's folder from `root`; empty for `root` itself.
    fn folder(&self, module: &ModuleRecord) -> String {
        let dir = Utf8Path::new(&module.dir).strip_prefix(&self.root);
        dir.map_or_else(|_| module.dir.clone(), ToString::to_string)
    }
}

/// A folder in a folder, where a dot is the root.
fn from(folder: &str, inside: &str) -> String {
    match (folder, inside) {
        ("", "") => ".".to_owned(),
        ("", inside) => inside.to_owned(),
        (folder, "") => folder.to_owned(),
        _ => format!("{folder}/{inside}"),
    }
}

impl BlockRecord {
    fn new(block: &Block) -> Self {
        let Block { start_line, start_column, end_line, end_column, statements, .. } = *block;
        Self(start_line, start_column, end_line, end_column, statements)
    }

    /// The block as in a profile.
    #[must_use]
    pub fn block(self, covered: bool) -> Block {
        let Self(start_line, start_column, end_line, end_column, statements) = self;
        let (file, ignored) = (0, 0);
        Block { file, start_line, start_column, end_line, end_column, statements, covered, ignored }
    }
}

impl FileRecord {
    /// All its blocks, from top to bottom.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let uncovered = self.uncovered.iter().map(|block| block.block(false));
        let covered = self.covered.iter().map(|block| block.block(true));
        let mut blocks: Vec<Block> = uncovered.chain(covered).collect();
        blocks.sort_unstable();
        let mut ignored = self.ignored.iter().peekable();
        for block in &mut blocks {
            // Both lists have the same order.
            let BlockRecord(start, column, end, end_column, _) = BlockRecord::new(block);
            let is_it = |record: &&BlockRecord| {
                (record.0, record.1, record.2, record.3) == (start, column, end, end_column)
            };
            if let Some(record) = ignored.next_if(is_it) {
                block.ignored = record.4;
            }
        }
        blocks
    }

    /// The ranges of lines that no test runs.
    #[must_use]
    pub fn uncovered_ranges(&self) -> Vec<uncovered::Range> {
        uncovered::ranges(&self.blocks())
    }

    /// How many statements it has and how many are covered.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let sum = |blocks: &[BlockRecord]| blocks.iter().map(|block| u64::from(block.4)).sum();
        let (covered, uncovered): (u64, u64) = (sum(&self.covered), sum(&self.uncovered));
        Coverage { covered, total: covered + uncovered }
    }
}

/// Where a run took place, which the findings themselves do not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The go, in its own words.
    pub go: String,
    /// The modules.
    pub modules: Vec<ModuleRecord>,
    /// Where paths start, in the repository.
    pub root: String,
    /// The commit that is checked out.
    pub commit: Option<String>,
    /// The part that was measured.
    pub shard: Option<Shard>,
    /// A digest of each profile that was judged.
    pub profiles: Vec<String>,
    /// A digest of each other source of coverage.
    pub with: Vec<String>,
}

impl Origin {
    /// The origin that a document names.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        Self {
            go: document.go.clone(),
            modules: document.modules.clone(),
            root: document.root.clone(),
            commit: document.commit.clone(),
            shard: document.shard.clone(),
            profiles: document.settings.profiles.clone(),
            with: document.settings.with.clone(),
        }
    }
}
