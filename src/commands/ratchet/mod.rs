//! Owns `covgate ratchet`: measures, and raises floors.
//! Must not know how coverage is measured or how a file is written.

pub(crate) mod floor_file;
mod wobble;

use std::io::{self, Write};

use camino::Utf8Path;

use self::wobble::Repeats;
use crate::choose::since::Scope;
use crate::commands::check::gate;
use crate::commands::ratchet::floor_file::Edit;
use crate::commands::session::Session;
use crate::domain::blocks::PackageBlocks;
use crate::domain::choice::Tightness;
use crate::domain::counted::counted;
use crate::domain::floor::{self, Source};
use crate::domain::outcome::Measured;
use crate::domain::package::{Package, Selection};
use crate::domain::paths;
use crate::domain::percent::{Coverage, Percent};
use crate::domain::reruns::{TooMany, suffix};
use crate::domain::step::{Step, StepRule};
use crate::domain::verdict::Reason;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::text::flaky::Flaky;
use crate::output::text::idle::Idle;
use crate::output::text::last_words::Reader;
use crate::output::text::{RatchetTable, Style, Tally};
use crate::settings::Settings;
use crate::tools::process::Supervisor;

/// The options of a ratchet besides the settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// Write nothing; show what would be written.
    pub dry_run: bool,
    /// Write nothing; close the gate if a floor could rise.
    pub check: bool,
    /// Create no new files.
    pub only_existing: bool,
    /// Room between floor and coverage.
    pub slack: Option<Percent>,
    /// The one package whose floor may fall, and why.
    pub lower: Option<(String, String)>,
    /// How often to measure; the lowest result is kept.
    pub repeat: usize,
}

impl Request {
    /// What a person would type to write the floors: the options except those that prevent writing.
    fn words(&self) -> Vec<String> {
        let option = |name: &str, value: String| vec![name.to_owned(), value];
        let slack = self.slack.map(|slack| option("--slack", slack.to_string()));
        let repeat = (self.repeat > 1).then(|| option("--repeat", self.repeat.to_string()));
        let lower = self.lower.clone().map(|(package, reason)| {
            [option("--lower", package), option("--reason", reason)].concat()
        });
        let existing = self.only_existing.then(|| vec!["--only-existing".to_owned()]);
        [existing, slack, lower, repeat].into_iter().flatten().flatten().collect()
    }
}

/// Raises floors to the coverage; writes the report to `out` and errors to `err`.
///
/// # Errors
/// When nothing could be measured. Failing packages are not an error but [`Exit::GateClosed`].
pub(crate) fn run(
    settings: &Settings,
    request: &Request,
    supervisor: &Supervisor,
    style: Style,
    out: impl Write,
    err: &mut dyn Write,
) -> Result<Exit> {
    let rule = rule(settings, request)?;
    let mut session = Session::open(settings, &Scope::All, supervisor, err)?;
    if let Some((wanted, _)) = &request.lower {
        only(&mut session, wanted, &settings.working_directory)?;
    }
    if session.selection.packages.is_empty() {
        return Err(gate::nothing(&session.selection));
    }
    let ignored = session.selection.ignored();
    let mut table =
        RatchetTable::start(out, style, settings.rules(), ignored).map_err(Error::report)?;
    if let Some(set) = session.warm_set() {
        table.warm(set.paths.len(), || session.warm(set))?;
    }
    table.head().map_err(Error::report)?;
    let mut repeats = Repeats::new(session.selection.packages.len());
    for _ in 1..request.repeat.max(1) {
        repeats.add(&measured(&session, &mut |_, _| Ok(()))?.0);
    }
    let mut work = Work {
        request,
        rule,
        table,
        tally: Tally::default(),
        details: Vec::new(),
        diffs: Vec::new(),
        errors: Vec::new(),
        reader: Reader::of(settings),
        below: Vec::new(),
        held: Vec::new(),
        idle: Idle::new(settings.options().idle_ignores),
        closed: false,
        flaky: Flaky::default(),
    };
    let packages = &session.selection.packages;
    let (last, too_many) = measured(&session, &mut |index, measured| {
        let lowest = repeats.lowest(index, measured);
        work.package(&packages[index], &lowest).map_err(Error::report)
    })?;
    work.flaky.not_run_again(too_many);
    repeats.add(&last);
    work.finish(&repeats, &session.selection, err)
}

/// How floors may change.
pub(crate) fn rule(settings: &Settings, request: &Request) -> Result<StepRule> {
    let slack = request.slack.unwrap_or(NO_SLACK);
    let options = settings.options();
    if options.tightness == Tightness::Fail && slack > options.tightness_tolerance {
        return Err(Error::usage(format!(
            "--slack {slack} is more than the tightness tolerance {}: the floors would be LOOSE at once",
            options.tightness_tolerance
        ))
        .hint("raise --tightness-tolerance, or set --tightness to warn or off, for check and ratchet alike"));
    }
    Ok(StepRule { slack, only_existing: request.only_existing, lower: request.lower.is_some() })
}

const NO_SLACK: Percent = match Percent::from_hundredths(0) {
    Some(percent) => percent,
    None => unreachable!(),
};

/// Only the package that may fall is measured.
fn only(session: &mut Session<'_>, wanted: &str, folder: &Utf8Path) -> Result<()> {
    // As commands to paste name it: from here. As the report does it: from the root of the run.
    let folder = folder.strip_prefix(session.root()).unwrap_or(Utf8Path::new("")).as_str();
    let from_here = paths::from_folder(folder, wanted).filter(|_| wanted.starts_with('.'));
    let label = wanted.strip_prefix("./").unwrap_or(wanted).trim_end_matches('/');
    let packages = &session.selection.packages;
    let is_here = |package: &Package| from_here.as_ref() == Some(&package.label);
    let position = packages.iter().position(is_here).or_else(|| {
        packages.iter().position(|package| package.label == label || package.import_path == label)
    });
    let Some(position) = position else {
        return Err(Error::usage(format!("--lower {wanted}: no such package"))
            .hint("name one package as the report does, such as internal/store"));
    };
    let position = packages[position].position;
    session.keep(|package| package.position == position);
    Ok(())
}

/// Measures once; passes the packages to `row` in the order of the listing, as soon as they are
/// known. A floor rises only if its number is certain.
pub(crate) fn measured(
    session: &Session<'_>,
    row: &mut dyn FnMut(usize, &Measured) -> Result<()>,
) -> Result<(Vec<Measured>, Option<TooMany>)> {
    let mut all = Vec::new();
    let ran = session.measure(&mut |index, measured| {
        row(index, &measured)?;
        all.push(Measured { blocks: PackageBlocks::default(), ..measured });
        Ok(())
    })?;
    match ran.troubles.into_iter().next() {
        Some(trouble) => Err(Error::environment(trouble)),
        None => Ok((all, ran.too_many)),
    }
}

struct Work<'a, W> {
    request: &'a Request,
    rule: StepRule,
    table: RatchetTable<W>,
    tally: Tally,
    details: Vec<String>,
    diffs: Vec<String>,
    errors: Vec<String>,
    reader: Reader<'a>,
    /// The names of packages below their floors.
    below: Vec<String>,
    /// The names of packages whose floors would change, had their tests passed in the first run.
    held: Vec<String>,
    idle: Idle,
    /// Whether an idle directive closes the gate.
    closed: bool,
    flaky: Flaky,
}

impl<W: Write> Work<'_, W> {
    fn package(&mut self, package: &Package, measured: &Measured) -> io::Result<()> {
        self.closed |= self.idle.add(&measured.ignored);
        let mut step = self.rule.of(measured, &package.floor);
        self.flaky.add(&package.label, measured);
        if step != self.rule.step(&measured.outcome, &package.floor) {
            self.held.push(self.reader.pattern(package));
        }
        if let Step::New(floor) | Step::Up(floor) | Step::Down(floor) = step
            && let Err(error) = self.apply(package, floor)
        {
            self.errors.push(format!("cannot write {}/.covgate: {error}", package.dir));
            step = Step::Failed;
        }
        match step {
            Step::New(_) | Step::Up(_) | Step::Down(_) => self.tally.updated += 1,
            Step::Below => {
                self.tally.unchanged += 1;
                self.below.push(self.reader.pattern(package));
            }
            Step::Same => self.tally.unchanged += 1,
            Step::Failed => self.tally.failed += 1,
        }
        if !measured.detail.is_empty() {
            self.details.push(measured.detail.clone());
        }
        let current = measured.outcome.coverage().and_then(Coverage::shown);
        let is_shown = package.floor.source == Source::Committed || step == Step::Below;
        let previous = is_shown.then_some(package.floor.percent);
        let reason = package.is_untested(measured.outcome).then_some(Reason::NoTestFiles);
        let suffix = suffix(reason, measured.flaky());
        self.table.row(step, previous, current, &package.label, &suffix)
    }

    fn apply(&mut self, package: &Package, to: Percent) -> io::Result<()> {
        // A floor falls as well where a file takes the place of a higher default.
        let from = package.floor.percent;
        let lower = self.request.lower.as_ref().filter(|_| to < from);
        let note = lower.map(|(_, reason)| format!("Lowered from {from} to {to}: {reason}"));
        let edit = Edit::prepare(&package.dir, to, note.as_deref())?;
        if self.request.dry_run {
            self.diffs.push(diff(&package.label, &edit));
        } else if !self.request.check {
            edit.write()?;
        }
        Ok(())
    }

    fn finish(
        mut self,
        repeats: &Repeats,
        selection: &Selection,
        err: &mut dyn Write,
    ) -> Result<Exit> {
        let dry = self.request.dry_run || self.request.check;
        let wobbles = repeats.wobbles(&selection.packages);
        self.table
            .finish(&self.details, &self.diffs, &wobbles, self.tally, dry)
            .map_err(Error::report)?;
        for error in &self.errors {
            let _ = writeln!(err, "error: {}", visible::lines(error));
        }
        // That nobody reads it is no reason to fail.
        let _ = self.idle.write(&selection.root, self.reader.folder, err);
        let _ = self.flaky.write(err);
        if !self.held.is_empty() {
            let _ = writeln!(err, "{}", self.held_back());
        }
        let could_rise = self.request.check && self.tally.updated > 0;
        if could_rise {
            let _ = writeln!(err, "{}", self.way_out());
        }
        if let Some(package) = self.below.first() {
            let lower = self.reader.repeat.lower(package);
            let _ = match self.below.len() {
                1 => writeln!(
                    err,
                    "{package} stays below its floor; to lower that on purpose: {lower}"
                ),
                count => writeln!(
                    err,
                    "{count} packages stay below their floors; to lower one on purpose, such as: {lower}"
                ),
            };
        }
        Ok(if self.tally.failed > 0 || could_rise || self.closed {
            Exit::GateClosed
        } else {
            Exit::Pass
        })
    }

    /// What changes the floors that a flaky pass has not changed.
    fn held_back(&self) -> String {
        let (stay, changes) = match self.held.len() {
            1 => ("1 floor stays as it is after a flaky pass".to_owned(), "it"),
            count => (format!("{count} floors stay as they are after flaky passes"), "them"),
        };
        // Many are not named; the packages of the run are among them.
        let named = if self.held.len() <= NAMED { self.held.as_slice() } else { &[] };
        let command = self.reader.repeat.ratchet(&self.request.words(), named);
        format!("{stay}; this changes {changes} if the tests pass in their first run: {command}")
    }

    /// What opens a gate that `--check` has closed.
    fn way_out(&self) -> String {
        let floors = counted(self.tally.updated as u64, "floor");
        let way = if self.request.lower.is_some() { "fall" } else { "rise" };
        let command = self.reader.repeat.ratchet(&self.request.words(), &[]);
        format!(
            "{floors} could {way}; run this, and commit every .covgate that it writes: {command}"
        )
    }
}

/// How many packages a command names.
const NAMED: usize = 10;

/// A change of a package's floor, as `diff -u` prints it.
pub(crate) fn diff(label: &str, edit: &Edit) -> String {
    let before = String::from_utf8_lossy(&edit.before).into_owned();
    let after = String::from_utf8_lossy(&edit.after).into_owned();
    unified(&paths::inside(&visible::line(label), floor::FILE_NAME), &before, &after)
}

/// A change of a file, as `diff -u` prints it; one that held nothing is new.
pub(crate) fn unified(path: &str, before: &str, after: &str) -> String {
    let old = if before.is_empty() { "/dev/null".to_owned() } else { format!("a/{path}") };
    similar::TextDiff::from_lines(before, after)
        .unified_diff()
        .header(&old, &format!("b/{path}"))
        .to_string()
}
