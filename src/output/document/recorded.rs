//! Owns the way back from the document to what was measured. It does not trust the document: it
//! computes again everything that can be computed.
//! Must not know how many documents there are, or what they are used for.

use std::num::NonZeroUsize;

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    ChangeRecord, Document, FloorRecord, IgnoreRecord, ModuleRecord, OutcomeKind, PackageRecord,
    RawRecord, RunSettings, Times,
};
use crate::choose::plan::Plan;
use crate::domain::blocks::PackageBlocks;
use crate::domain::findings::Phases;
use crate::domain::findings::Spent;
use crate::domain::floor::Floor;
use crate::domain::limit;
use crate::domain::outcome::{Measured, Outcome};
use crate::domain::package::{Module, Package, Selection};
use crate::domain::patch::Patch;
use crate::domain::paths;
use crate::domain::paths::stays_inside;
use crate::domain::percent::{Coverage, Percent, PercentError};
use crate::domain::rules::Parallelism;
use crate::domain::rules::Rules;
use crate::domain::sums::Minimums;
use crate::domain::verdict::Policy;

/// A document, turned back into the types of a run.
#[derive(Debug)]
pub struct Recorded {
    /// What decides the verdicts and the look of the report.
    pub rules: Rules,
    /// The packages, with those that were left out.
    pub selection: Selection,
    /// The result of each package.
    pub measured: Vec<Measured>,
    /// How long each phase took; zero if that was not to be shown.
    pub phases: Phases,
    /// What closes the gate besides the packages.
    pub troubles: Vec<String>,
    /// The change since a base, if there was one.
    pub patch: Option<Patch>,
}

impl Recorded {
    /// Reads a document back. `root` is the folder that would hold the module.
    ///
    /// # Errors
    /// When its parts contradict each other, with a message.
    pub fn new(document: &Document, root: &Utf8Path) -> Result<Self, String> {
        let read = document.packages.iter().map(|record| {
            let module = document.modules.iter().position(|module| module.path == record.module);
            let module = module.ok_or_else(|| format!("its module {} is missing", record.module));
            let result = module.and_then(|module| package(record, module, root));
            let result = result.and_then(|package| {
                let measured = measured(record, &package)?;
                Ok((package, measured))
            });
            result.map_err(|wrong| format!("package {}: {wrong}", record.import_path))
        });
        let (packages, measured): (Vec<_>, _) =
            read.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let rules = rules(&document.settings, document.phases.is_some())?;
        Ok(Self {
            rules,
            selection: Selection {
                root: root.to_owned(),
                modules: document.modules.iter().map(module).collect(),
                packages,
                excluded: document.excluded.clone(),
                unaffected: document.unaffected,
                ..Selection::default()
            },
            measured,
            phases: phases(document)?,
            troubles: document.troubles.clone(),
            patch: document.change.as_ref().map(ChangeRecord::patch).transpose()?,
        })
    }

    /// How many paths the warm pass compiles if one machine measures all packages; none if there is
    /// no pass. A shard with one package needs none.
    #[must_use]
    pub fn warmed(&self, settings: &RunSettings) -> Option<usize> {
        if !settings.profiles.is_empty() {
            return None;
        }
        let RunSettings { engine, prewarm, .. } = *settings;
        let (packages, parallelism) = (&self.selection.packages, self.rules.parallelism);
        // The engine for packages without tests does not change the paths.
        let all: Vec<usize> = (0..packages.len()).collect();
        let plan = Plan::new(packages, &all, engine, prewarm, parallelism, true);
        plan.warm.map(|set| set.paths.len())
    }
}

fn rules(settings: &RunSettings, timings: bool) -> Result<Rules, String> {
    let tolerance = setting("tightness_tolerance", settings.tightness_tolerance)?;
    let jobs = NonZeroUsize::new(settings.parallelism)
        .ok_or("settings.parallelism: expected 1 or more")?;
    Ok(Rules {
        policy: Policy::new(settings.tightness, tolerance),
        default_threshold: setting("default_threshold", settings.default_threshold)?,
        minimums: Minimums {
            patch: minimum("patch_threshold", settings.patch_threshold)?,
            total: minimum("total_threshold", settings.total_threshold)?,
        },
        idle_ignores: settings.idle_ignores,
        parallelism: Parallelism { jobs, explicit: settings.plain },
        timings,
        with: settings.with.len(),
    })
}

fn setting(name: &'static str, number: f64) -> Result<Percent, String> {
    number.try_into().map_err(|wrong: PercentError| format!("settings.{name}: {wrong}"))
}

fn minimum(name: &'static str, number: Option<f64>) -> Result<Option<Percent>, String> {
    number.map(|number| setting(name, number)).transpose()
}

fn phases(document: &Document) -> Result<Phases, String> {
    let Some(times) = &document.phases else {
        return Ok(Phases::default());
    };
    Ok(Phases {
        list: spent(times.list)?,
        warm: times.prewarm.map(spent).transpose()?,
        runs: spent(times.runs)?,
    })
}

fn spent(times: Times) -> Result<Spent, String> {
    let read =
        |number| limit::seconds(number).ok_or(format!("`{number}` is no duration in seconds"));
    Ok(Spent { wall: read(times.wall)?, cpu: read(times.cpu)? })
}

/// Its folder does not matter: paths are known.
fn module(record: &ModuleRecord) -> Module {
    Module { path: record.path.clone(), folder: Utf8PathBuf::new() }
}

fn package(record: &PackageRecord, module: usize, root: &Utf8Path) -> Result<Package, String> {
    // Reports that show sources read them from there.
    let folder = stays_inside(Utf8Path::new(&record.path))
        .ok_or_else(|| format!("`{}` leads out of the module", record.path))?;
    Ok(Package {
        position: record.position,
        module,
        import_path: record.import_path.clone(),
        label: record.path.clone(),
        dir: match folder.as_str() {
            "" => root.to_owned(),
            _ => root.join(folder),
        },
        external_tests: record.external_tests.clone(),
        tested: record.tested,
        external_links: None,
        test_imports: Vec::new(),
        floor: floor(&record.floor)?,
    })
}

fn floor(record: &FloorRecord) -> Result<Floor, String> {
    let read = |number: f64| {
        number.try_into().map_err(|wrong: PercentError| format!("its floor: {wrong}"))
    };
    Ok(Floor {
        percent: read(record.percent)?,
        fell_from: record.fell_from.map(read).transpose()?,
        source: record.source,
    })
}

fn measured(record: &PackageRecord, package: &Package) -> Result<Measured, String> {
    let mut blocks = blocks(record, package)?;
    let elapsed = record.seconds.unwrap_or_default();
    let measured = Measured {
        outcome: outcome(record, blocks.coverage())?,
        elapsed: limit::seconds(elapsed).ok_or_else(|| format!("`{elapsed}` is no duration"))?,
        cached: record.cached.unwrap_or(false),
        detail: record.output.clone(),
        failed_runs: record.failed_runs.clone(),
        blocks,
        ignored: record.ignores.iter().map(IgnoreRecord::ignore).collect(),
    };
    if record.runs != measured.runs() || record.flaky != measured.flaky().is_some() {
        return Err("`runs` and `flaky` are not what its `failed_runs` say".to_owned());
    }
    // An older covgate knew nothing that does not count.
    match record.raw.is_some() && measured.raw().map(RawRecord::new) != record.raw {
        true => Err("`raw` is not what its blocks say".to_owned()),
        false => Ok(measured),
    }
}

/// The blocks, with files named as go names them.
fn blocks(record: &PackageRecord, package: &Package) -> Result<PackageBlocks, String> {
    let files = record.files.iter().map(|file| {
        let name = format!("{}/{}", package.import_path, paths::last(&file.path));
        match package.path_of(&name) == file.path {
            true => Ok((name, file.blocks())),
            false => Err(format!("{} is no file of it", file.path)),
        }
    });
    files.collect::<Result<_, _>>().map(PackageBlocks::from_files)
}

/// The outcome, if the numbers agree with it, and the blocks with the numbers.
fn outcome(record: &PackageRecord, held: Coverage) -> Result<Outcome, String> {
    let said = match (record.covered, record.statements) {
        (Some(covered), Some(total)) => Some(Coverage { covered, total }),
        (None, None) => None,
        _ => return Err("it has only one of `statements` and `covered`".to_owned()),
    };
    let outcome = match record.outcome {
        OutcomeKind::Covered => Outcome::Covered(held),
        OutcomeKind::NoStatements => Outcome::NoStatements,
        OutcomeKind::TestsFailed => Outcome::TestsFailed,
        OutcomeKind::BuildFailed => Outcome::BuildFailed,
        OutcomeKind::TimedOut => Outcome::TimedOut,
        OutcomeKind::NoCoverageData => Outcome::NoCoverageData,
    };
    let expected = outcome.coverage();
    let known = expected.unwrap_or_default();
    if known != held {
        let words = "its blocks hold statements, which its outcome denies";
        return Err(words.to_owned());
    }
    if said == expected {
        return Ok(outcome);
    }
    let words = |coverage: Option<Coverage>| match coverage {
        Some(Coverage { covered, total }) => format!("{covered} of {total} statements"),
        None => "no statements".to_owned(),
    };
    Err(format!("it says {} are covered, its blocks say {}", words(said), words(expected)))
}
