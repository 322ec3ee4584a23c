//! Owns `covgate init`: from a repository that nobody gates to one that is, in one run.
//! Must not know how coverage is measured, how a floor is decided, or how a hook is installed.
//!
//! Nothing is written before everything is known: whoever stops it while it measures has lost nothing.

mod ci;
mod file;
mod said;
mod survey;
mod text;
mod undo;

use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};

use self::said::{Hook, Report};
use self::survey::{Place, Survey};
use self::undo::Change;
use crate::choose::since::Scope;
use crate::commands::check::gate;
use crate::commands::hook::install::site::Site;
use crate::commands::hook::install::{self, How, Outcome};
use crate::commands::hook::script;
use crate::commands::ratchet::{self, diff, floor_file::Edit, unified};
use crate::commands::session::Session;
use crate::domain::counted::counted;
use crate::domain::floor;
use crate::domain::package::{Package, Selection};
use crate::domain::paths;
use crate::domain::percent::Percent;
use crate::domain::step::Step;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::settings::{FILE_NAME, Layer, Settings};
use crate::tools::files;
use crate::tools::git::Git;
use crate::tools::process::{RunError, Supervisor};

/// What a person asked for.
#[derive(Debug)]
pub(crate) struct Request {
    /// Install the hook, too.
    pub hook: bool,
    /// Show all of it and change nothing.
    pub dry_run: bool,
    /// The working directory.
    pub folder: Utf8PathBuf,
    /// `-C`, if it was given.
    pub chdir: Option<Utf8PathBuf>,
    /// The settings on the command line.
    pub command_line: Layer,
    /// The settings in the environment.
    pub environment: Layer,
}

/// Sets a repository up.
///
/// # Errors
/// When this is no place for it, something is in the way of the hook, or nothing could be measured; then
/// nothing was written. Packages that fail are not an error but [`Exit::GateClosed`].
pub(crate) fn run(
    supervisor: &Supervisor,
    request: &Request,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit> {
    let place = Place::find(supervisor, &request.folder)?;
    let before = hook_before(supervisor, request)?;
    let mut survey = Survey::new(supervisor, &place, request, err)?;
    let settings = &survey.settings.clone();
    let session = Session::open(settings, &Scope::All, supervisor, err)?;
    survey.finish(&session.selection);
    if let Some(trouble) = session.selection.troubles.first() {
        return Err(Error::environment(trouble)
            .hint("nothing was written; --modules=this sets up the module around alone"));
    }
    if session.selection.packages.is_empty() {
        return Err(gate::nothing(&session.selection));
    }
    let packages = counted(session.selection.packages.len() as u64, "package");
    say(out, format!("Measuring {packages}, to set the floors...\n"))?;
    let steps = steps(settings, &session)?;
    let mut work = Work::new(&place, &survey, &session, &steps)?;
    if request.dry_run {
        let diffs = work.diffs() + &hook_diff(supervisor, &place, &before, &request.folder);
        if !diffs.is_empty() {
            say(out, visible::lines(&diffs))?;
        }
    } else {
        if let Some(stop) = supervisor.stopped() {
            return Err(RunError::Stopped(stop).told("git", ""));
        }
        work.write(&place)?;
    }
    let hook = match before {
        Hook::Rehearsed(outcome, said) if request.dry_run => Ok(Hook::Rehearsed(outcome, said)),
        Hook::Rehearsed(..) => put_hook(supervisor, &request.folder, false),
        hook => Ok(hook),
    };
    // What was written stands, whatever became of the hook.
    let (hook, failed) = match hook {
        Ok(hook) => (hook, None),
        Err(error) => (Hook::Absent, Some(error)),
    };
    let git = Git::new(supervisor, &place.root);
    let report = Report {
        place: &place,
        survey: &survey,
        work: &work,
        hook,
        platform: ci::platform(&git, &place.root)?,
        go_file: go_file(&place, &session.selection),
        ignored: git.ignored(&work.created())?,
        request,
        settings,
    };
    report.write(out).map_err(Error::output)?;
    for error in &work.errors {
        let _ = writeln!(err, "error: {}", visible::lines(error));
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(report.exit()),
    }
}

/// What there is to say of the hook before anything is measured. What is in its way ends the run here.
fn hook_before(supervisor: &Supervisor, request: &Request) -> Result<Hook> {
    if request.hook {
        return put_hook(supervisor, &request.folder, true);
    }
    // Nobody asked for it, so nothing about it is an error.
    let site = Site::find(supervisor, &request.folder);
    Ok(if site.is_ok_and(|site| site.gates_pushes()) { Hook::There } else { Hook::Absent })
}

fn put_hook(supervisor: &Supervisor, folder: &Utf8Path, dry_run: bool) -> Result<Hook> {
    let mut said = Vec::new();
    let how = How { force: false, dry_run };
    let outcome = install::install(supervisor, folder, how, &mut said)?;
    let said = String::from_utf8_lossy(&said).trim_end().to_owned();
    Ok(Hook::Rehearsed(outcome, said))
}

/// A new hook, as `diff -u` prints it.
fn hook_diff(supervisor: &Supervisor, place: &Place, hook: &Hook, folder: &Utf8Path) -> String {
    match (hook, Site::find(supervisor, folder)) {
        (Hook::Rehearsed(Outcome::New, _), Ok(site)) => {
            let path = site.hook.strip_prefix(&place.root).unwrap_or(&site.hook);
            unified(path.as_str(), "", script::TEXT)
        }
        _ => String::new(),
    }
}

/// Measures once; what becomes of each package's floor, in the order of the packages.
fn steps(settings: &Settings, session: &Session<'_>) -> Result<Vec<Step>> {
    let rule = ratchet::rule(settings, &ratchet::Request::default())?;
    let packages = &session.selection.packages;
    let untouched = |error: Error| {
        match error.exit() {
        Exit::BuildBroken => error.hint(
            "nothing was written; leave out what cannot be built with --exclude, or build tags with -- -tags",
        ),
        _ => error,
    }
    };
    if let Some(set) = session.warm_set() {
        session.warm(set).map_err(untouched)?;
    }
    let mut steps = vec![Step::Failed; packages.len()];
    ratchet::measured(session, &mut |index, measured| {
        steps[index] = rule.of(measured, &packages[index].floor);
        Ok(())
    })?;
    Ok(steps)
}

/// From which file a job in CI learns the version of go.
fn go_file(place: &Place, selection: &Selection) -> Utf8PathBuf {
    let in_gate = ["go.mod", "go.work"].into_iter().find(|name| place.gate.join(name).is_file());
    let folder = place.inside.clone();
    match (in_gate, selection.modules.first()) {
        (None, Some(module)) => module.folder.join("go.mod"),
        (name, _) => folder.join(name.unwrap_or("go.mod")),
    }
}

/// A new floor.
pub(super) struct NewFloor {
    path: Utf8PathBuf,
    edit: Edit,
    to: Percent,
    /// Whether the package had none.
    is_new: bool,
    diff: String,
    is_written: bool,
}

/// What is to be done, and what was.
pub(super) struct Work<'a> {
    /// The text of `covgate.toml`, if there is none.
    file: Option<&'a str>,
    file_path: Utf8PathBuf,
    floors: Vec<NewFloor>,
    /// Packages that could not be measured.
    failed: Vec<&'a Package>,
    /// Packages below the floor that they have.
    below: Vec<&'a Package>,
    /// How many floors were there, and stay.
    kept: usize,
    errors: Vec<String>,
}

impl<'a> Work<'a> {
    fn new(
        place: &Place,
        survey: &'a Survey,
        session: &'a Session<'_>,
        steps: &[Step],
    ) -> Result<Self> {
        let selection = &session.selection;
        let prefix = place.inside_root(&selection.root)?;
        let mut work = Self {
            file: survey.draft.as_ref().map(|draft| draft.text.as_str()),
            file_path: place.inside.join(FILE_NAME),
            floors: Vec::new(),
            failed: Vec::new(),
            below: Vec::new(),
            kept: 0,
            errors: Vec::new(),
        };
        for (package, step) in selection.packages.iter().zip(steps) {
            match *step {
                Step::New(to) | Step::Up(to) | Step::Down(to) => {
                    work.raise(package, &prefix, to, *step);
                }
                Step::Below => work.below.push(package),
                Step::Failed => work.failed.push(package),
                Step::Same => {
                    work.kept += usize::from(package.floor.source == floor::Source::Committed);
                }
            }
        }
        Ok(work)
    }

    fn raise(&mut self, package: &Package, prefix: &Utf8Path, to: Percent, step: Step) {
        match Edit::prepare(&package.dir, to, None) {
            Ok(edit) => self.floors.push(NewFloor {
                path: prefix.join(paths::inside(&package.label, floor::FILE_NAME)),
                diff: diff(&package.label, &edit),
                is_new: matches!(step, Step::New(_)),
                is_written: false,
                edit,
                to,
            }),
            Err(error) => self.errors.push(cannot_write(&package.dir, &error)),
        }
    }

    /// Everything as `diff -u` prints it.
    fn diffs(&self) -> String {
        let file = self.file.map(|text| unified(self.file_path.as_str(), "", text));
        file.into_iter().chain(self.floors.iter().map(|floor| floor.diff.clone())).collect()
    }

    /// Whether anything is to be written.
    fn is_empty(&self) -> bool {
        self.file.is_none() && self.floors.is_empty()
    }

    /// Writes everything, first of all how to undo it. What cannot be written is kept as an error.
    fn write(&mut self, place: &Place) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let all: Vec<bool> = vec![true; self.floors.len()];
        place.keep(&undo::patch(&self.changes(&all)))?;
        if let Some(text) = self.file {
            let path = place.root.join(&self.file_path);
            files::create(path.as_std_path(), text.as_bytes()).map_err(|error| {
                place.forget();
                Error::environment(error)
                    .context(format!("cannot write {path}"))
                    .hint("nothing was written")
            })?;
        }
        for floor in &mut self.floors {
            match floor.edit.write() {
                Ok(()) => floor.is_written = true,
                Err(error) => {
                    let folder = place.root.join(&floor.path);
                    self.errors.push(cannot_write(folder.parent().unwrap_or(&folder), &error));
                }
            }
        }
        let written: Vec<bool> = self.floors.iter().map(|floor| floor.is_written).collect();
        if written.contains(&false) {
            place.keep(&undo::patch(&self.changes(&written)))?;
        }
        Ok(())
    }

    /// The changes, with those floors only.
    fn changes(&self, wanted: &[bool]) -> Vec<Change> {
        let file = self.file.map(|text| Change {
            path: self.file_path.clone(),
            before: None,
            after: text.into(),
        });
        let floors = self.floors.iter().zip(wanted).filter(|(_, wanted)| **wanted);
        let floors = floors.map(|(floor, _)| Change {
            path: floor.path.clone(),
            before: (!floor.edit.before.is_empty()).then(|| floor.edit.before.clone()),
            after: floor.edit.after.clone(),
        });
        file.into_iter().chain(floors).collect()
    }

    /// The files that are new, from the repository's root.
    fn created(&self) -> Vec<Utf8PathBuf> {
        let file = self.file.map(|_| self.file_path.clone());
        let floors = self.floors.iter().filter(|floor| floor.edit.before.is_empty());
        file.into_iter().chain(floors.map(|floor| floor.path.clone())).collect()
    }
}

fn cannot_write(folder: &Utf8Path, error: &std::io::Error) -> String {
    format!("cannot write {folder}/{}: {error}", floor::FILE_NAME)
}

fn say(out: &mut dyn Write, line: impl std::fmt::Display) -> Result<()> {
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(Error::output)
}

/// Whether covgate's hook is new here.
fn is_new(outcome: Outcome) -> bool {
    outcome == Outcome::New
}
