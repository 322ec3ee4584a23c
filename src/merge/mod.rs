//! Owns the joining of shards' reports into the one that a single machine would
//! have written, and where a merge differs from a run: in what is known of the reader.
//! Must not know how a report is shown, or verdicts: those are made anew.

mod refusal;
#[cfg(test)]
mod tests;

use camino::{Utf8Path, Utf8PathBuf};

pub use self::refusal::Refusal;
use crate::document::{Document, PackageRecord, PhaseTimes, RecordError, Recorded, Times, read};
use crate::error::{Error, Result};
use crate::settings::{DEFAULT_THRESHOLD, Layer, Repeat};

/// A report, and what people call it.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its file.
    pub name: String,
    /// What it says.
    pub document: Document,
}

/// Reads the reports.
///
/// # Errors
/// When one cannot be read, or is none (exit 2).
pub fn read(files: &[Utf8PathBuf]) -> Result<Vec<Given>> {
    let given = files.iter().map(|file| {
        let document = read::file(file)?;
        Ok(Given { name: file.to_string(), document })
    });
    given.collect()
}

/// Joins all shards of one run, or takes the one report of an unsplit run; returns that, and what
/// was measured. `root` is where the module's folders would lie.
///
/// # Errors
/// When they are not that, or say what cannot be (exit 2).
pub fn join(given: Vec<Given>, root: &Utf8Path) -> Result<(Document, Recorded)> {
    refusal::of_one_run(&given).and_then(|()| refusal::of_one_deal(&given)).map_err(refused)?;
    let names: Vec<(String, Vec<String>)> = given.iter().map(paths).collect();
    let Some(whole) = unite(given.into_iter().map(|one| one.document).collect()) else {
        return Err(Error::usage("no report is given"));
    };
    let recorded = Recorded::new(&whole, root).map_err(|wrong| {
        // Every other setting and duration comes from the first as well as from the last.
        let is_its = |(_, paths): &&(String, Vec<String>)| match &wrong {
            RecordError::Package(path, _) => paths.contains(path),
            _ => true,
        };
        let name = names.iter().find(is_its).map(|(name, _)| name.as_str());
        Error::usage(format!("{}: {wrong}", name.unwrap_or_default()))
    })?;
    Ok((whole, recorded))
}

fn paths(given: &Given) -> (String, Vec<String>) {
    let paths = given.document.packages.iter().map(|package| package.import_path.clone());
    (given.name.clone(), paths.collect())
}

/// One document of many that belong together. What follows from its packages is not made anew
/// here.
fn unite(mut documents: Vec<Document>) -> Option<Document> {
    // Whatever the order of the files: as one machine would tell of it.
    documents.sort_by_key(|document| document.shard.as_ref().map(|shard| shard.index));
    let mut documents = documents.into_iter();
    let mut whole = documents.next()?;
    whole.shard = None;
    for document in documents {
        whole.settings.parallelism = whole.settings.parallelism.max(document.settings.parallelism);
        whole.phases = whole.phases.zip(document.phases).map(|(one, other)| both(&one, &other));
        whole.troubles.extend(document.troubles);
        whole.packages.extend(document.packages);
    }
    whole.packages.sort_by_key(|package: &PackageRecord| package.position);
    Some(whole)
}

/// What two machines took: side by side on the wall, together of their CPUs.
fn both(one: &PhaseTimes, other: &PhaseTimes) -> PhaseTimes {
    let times = |one: Times, other: Times| Times {
        wall: one.wall.max(other.wall),
        cpu: one.cpu + other.cpu,
    };
    PhaseTimes {
        list: times(one.list, other.list),
        prewarm: match (one.prewarm, other.prewarm) {
            (Some(one), Some(other)) => Some(times(one, other)),
            (one, other) => one.or(other),
        },
        runs: times(one.runs, other.runs),
    }
}

/// What a person would type, in the module, to measure as the shards did: what the settings say
/// beyond covgate's defaults, wherever it was written.
#[must_use]
pub fn repeat(whole: &Document, recorded: &Recorded) -> Repeat {
    let settings = &whole.settings;
    let threshold = recorded.rules.default_threshold;
    let layer = Layer {
        default_threshold: (threshold != DEFAULT_THRESHOLD).then_some(threshold),
        test_dir: settings.test_dir.as_ref().map(Utf8PathBuf::from),
        src_prefix: settings.src_prefix.as_ref().map(Utf8PathBuf::from),
        workspace: settings.workspace.then_some(true),
        ..Layer::default()
    };
    Repeat { chdir: None, options: layer.words(), go_test_flags: settings.go_test_flags.clone() }
}

fn refused(refusal: Refusal) -> Error {
    let hint = refusal.way_out();
    Error::usage(refusal).hint(hint)
}
