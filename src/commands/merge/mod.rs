//! Owns joining the reports of shards into the one that a single machine would have written, and
//! the differences between a merge and a run.
//! Must not know how a report is shown, or how to judge: the verdicts are made again.

mod refusal;
#[cfg(test)]
mod tests;

use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};

use super::baseline;
use super::check::gate::{Gate, Verdicts};
use crate::domain::choice::ModulesChoice;
use crate::domain::findings::Phases;
use crate::domain::findings::Spent;
use crate::domain::ignores::Ignored;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::document::{Document, FORMAT, Origin, Recorded, RunSettings, read};
use crate::output::formats::Requests;
use crate::output::text::last_words::Reader;
use crate::output::text::patch::write as write_uncovered;
use crate::output::text::{Style, Table};
use crate::settings::{self, Layer, Options, Repeat};
use crate::tools::process::Supervisor;

/// A report, and its name.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its file.
    pub name: String,
    /// Its content.
    pub document: Document,
}

/// Reads the reports.
///
/// # Errors
/// When one cannot be read, or is not a report (exit 2).
pub fn read(files: &[Utf8PathBuf]) -> Result<Vec<Given>> {
    let given = files.iter().map(|file| {
        let document = read::file(file)?;
        Ok(Given { name: file.to_string(), document })
    });
    given.collect()
}

/// How a merge is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// The working directory.
    pub folder: &'a Utf8Path,
    /// Whether durations are shown; it can only hide them.
    pub timings: bool,
    /// An earlier run to compare with: a report or a revision, which git is asked for.
    pub baseline: Option<(&'a str, &'a Supervisor)>,
}

/// Joins the reports of shards, and writes what one machine would have written: the same table, the
/// same verdict, the same reports. `folder` is the working directory. `timings` can only hide
/// durations.
///
/// # Errors
/// When the reports do not belong together or contradict themselves (exit 2), or nothing was
/// measured.
pub fn run(
    given: Vec<Given>,
    folder: &Utf8Path,
    timings: bool,
    reports: &Requests,
    style: Style,
    out: impl Write,
    err: &mut dyn Write,
) -> Result<Verdicts> {
    merge(given, Wish { folder, timings, baseline: None }, reports, style, out, err)
}

/// As [`run`], and compares the whole with an earlier run if one is asked for.
pub(crate) fn merge(
    given: Vec<Given>,
    wish: Wish<'_>,
    reports: &Requests,
    style: Style,
    mut out: impl Write,
    err: &mut dyn Write,
) -> Result<Verdicts> {
    let Wish { folder, timings, baseline } = wish;
    tell_of_old(&given, err);
    let root = root(&given, folder);
    let mut whole = join(given, &root)?;
    whole.recorded.rules.timings &= timings;
    let repeat = repeat(&whole, settings::names_with(&root));
    let Whole { origin, settings, recorded, warmed } = whole;
    let Recorded { mut rules, selection, measured, phases, troubles, patch } = recorded;
    if patch.is_some() {
        rules.minimums.total = None;
    }
    let earlier = baseline.map(|(asked, supervisor)| {
        let whole = selection.unaffected == 0 && settings.is_of_all();
        baseline::load(supervisor, folder, asked, &origin, whole, err)
    });
    let earlier = earlier.transpose()?.flatten();
    let ignored = Ignored::of(measured.iter().flat_map(|measured| &measured.ignored));
    let mut table = Table::start(reports.text(&mut out), style, rules, &selection, None, ignored)
        .map_err(Error::report)?;
    let keeps = !reports.is_empty() || earlier.is_some();
    let reader = Reader { folder, repeat: &repeat };
    let mut gate = Gate::new(rules, reader, &selection, keeps);
    if selection.packages.is_empty() && troubles.is_empty() {
        gate.nothing_left(None, patch.as_ref(), &mut table)?;
    } else {
        if let Some((paths, spent)) = warmed.zip(phases.warm) {
            table.warm(paths, || Ok(spent))?;
        }
        table.head().map_err(Error::report)?;
        for (index, measured) in measured.into_iter().enumerate() {
            gate.row(index, measured, &mut table)?;
        }
        gate.close(troubles, phases, patch.as_ref(), &mut table, err)?;
    }
    drop(table);
    if let Some(patch) = &patch {
        let _ = write_uncovered(patch, &root, folder, err);
    }
    let (verdicts, mut findings) = gate.decided();
    findings.patch = patch;
    findings.comparison = earlier.map(|earlier| earlier.compare(&findings));
    baseline::tell(findings.comparison.as_ref(), err);
    let open = verdicts.exit == Exit::Pass;
    let document = Document::of(&findings, settings, rules.timings, origin, open);
    reports.write(&document, &root, &mut out, err)?;
    Ok(verdicts)
}

/// Says which reports are in the format before this one.
fn tell_of_old(given: &[Given], err: &mut dyn Write) {
    for Given { name, document } in given.iter().filter(|one| one.document.format < FORMAT) {
        let format = document.format;
        let _ = writeln!(err, "note: {name} is of format {format}; an older covgate wrote it");
    }
}

/// The folder on disk where the paths of the reports start: with one module its root, else the
/// repository's.
fn root(given: &[Given], folder: &Utf8Path) -> Utf8PathBuf {
    let several = given.iter().any(|one| one.document.settings.modules != ModulesChoice::This);
    let found = match several {
        true => settings::find_repository(folder),
        false => settings::find_module_root(folder),
    };
    found.unwrap_or_else(|| folder.to_owned())
}

/// All shards together.
#[derive(Debug)]
pub struct Whole {
    /// Where they ran.
    pub origin: Origin,
    /// Their settings, as the documents have them.
    pub settings: RunSettings,
    /// Their results.
    pub recorded: Recorded,
    /// How many paths the warm pass of one machine compiles, if there is a pass.
    pub warmed: Option<usize>,
}

/// Joins all shards of one run, or takes the one report of a run without shards. `root` is the
/// folder that would hold the module.
///
/// # Errors
/// When they are not from one run, or contradict themselves (exit 2).
pub fn join(mut given: Vec<Given>, root: &Utf8Path) -> Result<Whole> {
    refusal::of_one_run(&given)?;
    refusal::of_one_deal(&given)?;
    // Sorted, so that the order of the files does not matter.
    given.sort_by_key(|one| one.document.shard.as_ref().map(|shard| shard.index));
    // Reads each on its own, so that an error can name its file.
    let read = given.into_iter().map(|Given { name, document }| {
        let recorded = Recorded::new(&document, root)
            .map_err(|wrong| Error::usage(format!("{name}: {wrong}")).hint(refusal::AS_WRITTEN))?;
        Ok((document, recorded))
    });
    let read: Vec<_> = read.collect::<Result<_>>()?;
    let united = read.into_iter().reduce(|(mut document, mut recorded), (other, of_other)| {
        let jobs = &mut document.settings.parallelism;
        *jobs = other.settings.parallelism.max(*jobs);
        unite(&mut recorded, of_other);
        (document, recorded)
    });
    let Some((document, mut recorded)) = united else {
        return Err(Error::usage("no report is given"));
    };
    in_order(&mut recorded);
    let warmed = recorded.warmed(&document.settings);
    recorded.phases.warm = warmed.map(|_| recorded.phases.warm.unwrap_or_default());
    let origin = Origin { shard: None, ..Origin::of(&document) };
    Ok(Whole { origin, settings: document.settings, recorded, warmed })
}

/// Adds the results of another shard. What depends on all packages is not computed here.
fn unite(whole: &mut Recorded, other: Recorded) {
    let jobs = &mut whole.rules.parallelism.jobs;
    *jobs = other.rules.parallelism.jobs.max(*jobs);
    // If one of them has no times, there is nothing to add up.
    whole.rules.timings &= other.rules.timings;
    whole.phases = both(&whole.phases, &other.phases);
    // A module that cannot be measured is the trouble of every shard.
    for trouble in other.troubles {
        if !whole.troubles.contains(&trouble) {
            whole.troubles.push(trouble);
        }
    }
    // They have the same base, or none.
    if let (Some(patch), Some(other)) = (&mut whole.patch, other.patch) {
        patch.add(other.files);
    }
    whole.selection.packages.extend(other.selection.packages);
    whole.measured.extend(other.measured);
}

/// Sorts packages and results in go's order.
fn in_order(whole: &mut Recorded) {
    let packages = std::mem::take(&mut whole.selection.packages);
    let mut all: Vec<_> = packages.into_iter().zip(std::mem::take(&mut whole.measured)).collect();
    all.sort_by_key(|(package, _)| package.position);
    (whole.selection.packages, whole.measured) = all.into_iter().unzip();
}

/// The times of two machines: the longer wall-clock time, and the sum of the CPU times.
fn both(one: &Phases, other: &Phases) -> Phases {
    let spent = |one: Spent, other: Spent| Spent {
        wall: one.wall.max(other.wall),
        // A sum that is not a duration could not be read again, so it counts as unknown.
        cpu: one.cpu.checked_add(other.cpu).unwrap_or_default(),
    };
    Phases {
        list: spent(one.list, other.list),
        warm: match (one.warm, other.warm) {
            (Some(one), Some(other)) => Some(spent(one, other)),
            (one, other) => one.or(other),
        },
        runs: spent(one.runs, other.runs),
    }
}

/// What a person would type in the module to measure as the shards did: the settings that differ
/// from covgate's defaults, wherever they came from. Of what was measured elsewhere, reports know no paths:
/// where `covgate.toml` does not name it either (`with_is_set`), a word stands for each to fill in.
#[must_use]
pub fn repeat(whole: &Whole, with_is_set: bool) -> Repeat {
    let settings = &whole.settings;
    let built_in = Options::default();
    let asked = Options {
        packages: settings.patterns.clone(),
        default_threshold: whole.recorded.rules.default_threshold,
        test_dir: settings.test_dir.as_ref().map(Utf8PathBuf::from),
        src_prefix: settings.src_prefix.as_ref().map_or(built_in.src_prefix, Utf8PathBuf::from),
        exclude_files: settings.exclude_files.clone(),
        exclude_generated: settings.exclude_generated,
        no_ignores: settings.no_ignores,
        rerun_fails: settings.rerun_fails,
        rerun_limit: settings.rerun_limit,
        modules: Some(settings.modules).filter(|modules| *modules != ModulesChoice::This),
        go_test_flags: settings.go_test_flags.clone(),
        ..built_in
    };
    let mut repeat = Repeat::of(&Layer::beyond_defaults(&asked));
    let with = settings.with.iter().filter(|_| !with_is_set).map(|_| "--with");
    for option in settings.profiles.iter().map(|_| "--profile").chain(with) {
        repeat.options.extend([option.to_owned(), "PATH".to_owned()]);
    }
    repeat
}
