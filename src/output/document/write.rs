//! Owns the way from findings to the document.
//! Must not know what the document is used for.

use std::time::Duration;

use super::{
    BaselineRecord, BlockRecord, ChangeRecord, Document, FORMAT, FileRecord, FloorRecord,
    IgnoreRecord, Origin, OutcomeKind, PackageRecord, PhaseTimes, RawRecord, RunSettings, Times,
    Totals,
};
use crate::domain::choice::ModulesChoice;
use crate::domain::findings::Spent;
use crate::domain::findings::{Finding, Findings};
use crate::domain::outcome::Outcome;
use crate::domain::percent::{Coverage, Percent, Tenths};
use crate::domain::reruns::remark;
use crate::domain::verdict::Status;
use crate::settings::{Options, Settings};

impl Document {
    /// The document of a run.
    #[must_use]
    pub fn new(findings: &Findings, settings: &Settings, origin: Origin, open: bool) -> Self {
        let (profiles, with) = (origin.profiles.clone(), origin.with.clone());
        let run = RunSettings { profiles, with, ..RunSettings::new(settings) };
        Self::of(findings, run, settings.timings(), origin, open)
    }

    /// The document of runs whose settings come from documents.
    #[must_use]
    pub fn of(
        findings: &Findings,
        settings: RunSettings,
        timings: bool,
        origin: Origin,
        open: bool,
    ) -> Self {
        let times = |spent: Spent| Times { wall: seconds(spent.wall), cpu: seconds(spent.cpu) };
        let phases = timings.then(|| PhaseTimes {
            list: times(findings.phases.list),
            prewarm: findings.phases.warm.map(times),
            runs: times(findings.phases.runs),
        });
        let module = |finding: &Finding| {
            let module = origin.modules.get(finding.package.module);
            module.map(|module| module.path.clone()).unwrap_or_default()
        };
        let packages = findings.packages.iter();
        let packages = packages.map(|one| record(one, module(one), timings)).collect();
        Self {
            format: FORMAT,
            covgate: env!("CARGO_PKG_VERSION").to_owned(),
            go: origin.go,
            modules: origin.modules,
            root: origin.root,
            commit: origin.commit,
            shard: origin.shard,
            settings,
            phases,
            open,
            troubles: findings.troubles.clone(),
            totals: totals(findings),
            change: findings.patch.as_ref().map(ChangeRecord::new),
            baseline: findings.comparison.as_ref().map(BaselineRecord::new),
            packages,
            excluded: findings.excluded.clone(),
            unaffected: findings.unaffected,
        }
    }
}

impl RunSettings {
    /// Whether the run is about all packages, if it leaves none out for another reason.
    #[must_use]
    pub fn is_of_all(&self) -> bool {
        self.patterns == Options::default().packages
    }

    /// The settings of a run, as a document has them.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let external = settings.external_tests.as_ref();
        Self {
            patterns: settings.options().packages.clone(),
            exclude: settings.floors.exclude.iter().map(ToString::to_string).collect(),
            default_threshold: percent(settings.floors.default_threshold),
            total_threshold: settings.options().total_threshold.map(percent),
            patch_threshold: settings.options().patch_threshold.map(percent),
            tightness: settings.options().tightness,
            tightness_tolerance: percent(settings.options().tightness_tolerance),
            test_dir: external.map(|tests| tests.test_dir.to_string()),
            src_prefix: external.map(|tests| tests.src_prefix.to_string()),
            engine: settings.options().engine,
            prewarm: settings.options().prewarm,
            parallelism: settings.parallelism.jobs.get(),
            plain: settings.parallelism.explicit,
            modules: settings.modules.unwrap_or(ModulesChoice::All),
            floor_guard: settings.options().floor_guard,
            irrelevant: settings.options().irrelevant.clone(),
            exclude_files: settings.options().exclude_files.clone(),
            exclude_generated: settings.options().exclude_generated,
            idle_ignores: settings.options().idle_ignores,
            no_ignores: settings.options().no_ignores,
            rerun_fails: settings.options().rerun_fails,
            rerun_limit: settings.options().rerun_limit,
            go_test_flags: [settings.test_flags.test(), settings.test_flags.binary()].concat(),
            profiles: Vec::new(),
            with: Vec::new(),
        }
    }
}

fn totals(findings: &Findings) -> Totals {
    let count = |status| {
        findings.packages.iter().filter(|finding| finding.verdict.status == status).count()
    };
    let total = findings.total();
    Totals {
        packages: findings.packages.len(),
        passed: count(Status::Pass),
        failed: count(Status::Fail),
        loose: count(Status::Loose),
        flaky: findings.packages.iter().filter(|one| one.measured.flaky().is_some()).count(),
        statements: total.total,
        covered: total.covered,
        percent: total.shown().map(tenths),
        raw: Some(RawRecord::new(findings.raw_total())),
    }
}

fn record(finding: &Finding, module: String, timings: bool) -> PackageRecord {
    let Finding { package, measured, verdict } = finding;
    let coverage = finding.coverage();
    let files = measured.blocks.files().map(|(file, blocks)| {
        let of = |covered: bool| {
            let blocks = blocks.iter().filter(|block| block.covered == covered);
            blocks.map(BlockRecord::new).collect()
        };
        let ignored = blocks.iter().filter_map(BlockRecord::ignored).collect();
        FileRecord { path: package.path_of(file), uncovered: of(false), covered: of(true), ignored }
    });
    PackageRecord {
        position: package.position,
        module,
        import_path: package.import_path.clone(),
        path: package.label.clone(),
        status: verdict.status,
        reason: remark(verdict.reason, measured.flaky()),
        outcome: outcome(measured.outcome),
        statements: coverage.map(|coverage| coverage.total),
        covered: coverage.map(|coverage| coverage.covered),
        percent: coverage.and_then(Coverage::shown).map(tenths),
        raw: measured.raw().map(RawRecord::new),
        ignores: measured.ignored.iter().map(IgnoreRecord::new).collect(),
        floor: FloorRecord {
            percent: percent(package.floor.percent),
            source: package.floor.source,
            fell_from: package.floor.fell_from.map(percent),
        },
        missing: finding.missing().unwrap_or(0),
        tested: package.tested,
        external_tests: package.external_tests.clone(),
        seconds: timings.then(|| seconds(measured.elapsed)),
        cached: timings.then_some(measured.cached),
        output: measured.detail.clone(),
        runs: measured.runs(),
        flaky: measured.flaky().is_some(),
        failed_runs: measured.failed_runs.clone(),
        files: files.collect(),
    }
}

fn outcome(outcome: Outcome) -> OutcomeKind {
    match outcome {
        Outcome::Covered(_) => OutcomeKind::Covered,
        Outcome::NoStatements => OutcomeKind::NoStatements,
        Outcome::TestsFailed => OutcomeKind::TestsFailed,
        Outcome::BuildFailed => OutcomeKind::BuildFailed,
        Outcome::TimedOut => OutcomeKind::TimedOut,
        Outcome::NoCoverageData => OutcomeKind::NoCoverageData,
    }
}

pub(super) fn tenths(tenths: Tenths) -> f64 {
    f64::from(tenths.get()) / 10.0
}

fn percent(percent: Percent) -> f64 {
    f64::from(percent.hundredths()) / 100.0
}

/// Rounded to the millisecond: more digits are noise.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
