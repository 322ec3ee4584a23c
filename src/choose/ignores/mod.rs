//! Owns which files of the measured packages hold something that does not count, by directives in them and
//! by settings.
//! Must not know what a directive looks like, or what is made of it.
//!
//! Read are the files that go compiles here, without tests. A file is parsed only if it names covgate or a
//! setting leaves it out.

pub mod directive;
mod excluded;

use std::collections::HashMap;
use std::io::Write;
use std::panic::resume_unwind;
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use memchr::memmem;

use self::directive::{Problem, Target};
use crate::choose::discover::Build;
use crate::domain::ignores::{Ignore, IgnoringFile, Kind};
use crate::domain::package::{Package, Selection};
use crate::domain::paths;
use crate::domain::statements::Area;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::settings::{Floors, Settings};
use crate::tools::files::read_regular;
use crate::tools::go::syntax::Syntax;

/// What every directive holds.
const MENTION: &[u8] = b"covgate:";

/// What every line of go's for generated files ends with.
const GENERATED: &[u8] = b"DO NOT EDIT.";

/// Reads what does not count in the packages of a selection, which `builds` measure; says on `err` what is
/// wrong with directives in files that are not quite Go.
///
/// # Errors
/// When a directive has no reason, is on nothing, or is misspelt (exit 2).
pub(crate) fn read(
    selection: &mut Selection,
    builds: &[Build],
    settings: &Settings,
    err: &mut dyn Write,
) -> Result<()> {
    if settings.options().no_ignores {
        return Ok(());
    }
    let mut sources: HashMap<&Utf8Path, Vec<&Utf8PathBuf>> = HashMap::new();
    for (_, path) in &selection.sources {
        if let Some(folder) = path.parent().filter(|_| !path.as_str().ends_with("_test.go")) {
            sources.entry(folder).or_default().push(path);
        }
    }
    let (mut ignoring, mut wrong) = (HashMap::new(), Vec::new());
    for (package, reads) in
        selection.packages.iter().zip(all(selection, builds, settings, &sources))
    {
        let mut files = Vec::new();
        for Read { file, problems, is_whole } in reads {
            files.extend(file);
            match is_whole {
                true => wrong.extend(problems),
                // go will say what is wrong with it, or knows more than the parser.
                false => problems.iter().for_each(|problem| {
                    let _ = writeln!(err, "warning: {problem}");
                }),
            }
        }
        if !files.is_empty() {
            ignoring.insert(package.position, files);
        }
    }
    selection.ignoring = ignoring;
    selection.idle_globs = excluded::idle(selection, builds);
    if wrong.is_empty() { Ok(()) } else { Err(unusable(&wrong)) }
}

/// The files of every package with something that does not count, read side by side: generated code can
/// be long.
fn all(
    selection: &Selection,
    builds: &[Build],
    settings: &Settings,
    sources: &HashMap<&Utf8Path, Vec<&Utf8PathBuf>>,
) -> Vec<Vec<Read>> {
    let read = |package: &Package| -> Vec<Read> {
        let all = sources.get(package.dir.as_path()).map_or(&[][..], Vec::as_slice);
        let floors = floors_of(package, builds).unwrap_or(&settings.floors);
        let folder = &settings.working_directory;
        let reading =
            |path: &&Utf8PathBuf| Reading { selection, floors, folder, package, path, all }.read();
        all.iter().filter_map(reading).collect()
    };
    let packages = &selection.packages;
    let share = packages.len().div_ceil(settings.parallelism.jobs.get()).max(1);
    thread::scope(|scope| {
        let part = |part: &'_ [Package]| part.iter().map(read).collect::<Vec<_>>();
        let threads: Vec<_> =
            packages.chunks(share).map(|packages| scope.spawn(move || part(packages))).collect();
        let parts = threads.into_iter().map(thread::ScopedJoinHandle::join);
        parts.flat_map(|part| part.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// What holds in the module of a package.
fn floors_of<'b>(package: &Package, builds: &'b [Build]) -> Option<&'b Floors> {
    builds.iter().find_map(|build| build.floors_of(package.module))
}

/// The error for directives that cannot be used. It names all of them: nobody wants to find one per run.
fn unusable(wrong: &[String]) -> Error {
    let error = Error::usage(wrong.join("\n"));
    let error = match wrong.len() {
        1 => error,
        count => error.context(format!("{count} unusable directives")),
    };
    error.hint(
        "`//covgate:ignore REASON` stands behind a statement, block, case or function, or alone \
         directly above it; `//covgate:ignore-file REASON` above the package clause",
    )
}

/// A file to read.
struct Reading<'a> {
    selection: &'a Selection,
    /// What holds in its module.
    floors: &'a Floors,
    /// The working directory, where the user's paths start.
    folder: &'a Utf8Path,
    package: &'a Package,
    path: &'a Utf8Path,
    /// All files of the package.
    all: &'a [&'a Utf8PathBuf],
}

/// What is in a file.
struct Read {
    file: Option<IgnoringFile>,
    problems: Vec<String>,
    /// Whether the parser took all of it for Go.
    is_whole: bool,
}

impl Reading<'_> {
    /// Reads the file; none if all of it counts.
    fn read(&self) -> Option<Read> {
        let exclude_generated = self.floors.exclude_generated;
        // What cannot be read is for go to complain of.
        let source = read_regular(self.path.as_std_path()).unwrap_or_default();
        let name = paths::last(self.path.as_str());
        let globs = &self.floors.exclude_files;
        let is_excluded = !excluded::by(globs, name, self.package, self.selection).is_empty();
        let maybe_generated = exclude_generated && memmem::find(&source, GENERATED).is_some();
        if !is_excluded && !maybe_generated && memmem::find(&source, MENTION).is_none() {
            return None;
        }
        let mut syntax = Syntax::read(&source);
        drop_uncounted(&mut syntax);
        let name = name.to_owned();
        let by_setting = match (is_excluded, exclude_generated && syntax.generated) {
            (true, _) => Some((Kind::ExcludedFile, "exclude-files")),
            (false, true) => Some((Kind::GeneratedFile, "exclude-generated")),
            (false, false) => None,
        };
        if let Some((kind, setting)) = by_setting {
            let whole = self.ignore(Target { kind, area: Area::WHOLE }, None, setting.to_owned());
            let names = std::iter::once(name).chain(self.other_names(&syntax)).collect();
            let file = IgnoringFile::new(names, syntax.statements, vec![whole]);
            let counts = file.ignores().iter().any(|ignore| ignore.statements > 0);
            let file = Some(file).filter(|_| counts);
            return Some(Read { file, problems: Vec::new(), is_whole: true });
        }
        let (mut ignores, mut problems, mut names) = (Vec::new(), Vec::new(), vec![name]);
        for found in directive::directives(&syntax) {
            match found {
                Ok(found) => {
                    if found.target.kind == Kind::File {
                        names.extend(self.other_names(&syntax));
                    }
                    ignores.push(self.ignore(found.target, Some(found.line), found.reason));
                }
                Err(problem) => problems.push(self.said(&problem)),
            }
        }
        let file = IgnoringFile::new(names, syntax.statements, ignores);
        let file = Some(file).filter(|file| !file.ignores().is_empty());
        Some(Read { file, problems, is_whole: syntax.whole })
    }

    /// What `//line` directives call the file, without the names of others that are there.
    fn other_names(&self, syntax: &Syntax) -> impl Iterator<Item = String> {
        let names = directive::other_names(syntax);
        names.filter(|name| !self.all.iter().any(|path| path.file_name() == Some(name)))
    }

    fn ignore(&self, target: Target, line: Option<u32>, reason: String) -> Ignore {
        let path = self.package.path_of(self.path.as_str());
        let Target { kind, area } = target;
        Ignore { kind, path, line, reason, area, statements: 0, covered: None }
    }

    /// A problem with its place, as the user would name it.
    fn said(&self, problem: &Problem) -> String {
        let path = self.path.strip_prefix(self.folder).unwrap_or(self.path);
        let Problem { line, message } = problem;
        format!("{}:{line}: {message}", visible::line(path.as_str()))
    }
}

/// Drops what the parser counts and go does not: functions that nobody can call.
fn drop_uncounted(syntax: &mut Syntax) {
    let nameless: Vec<Area> = syntax
        .functions
        .iter()
        .filter(|function| function.name == "_")
        .map(|function| Area { start: function.start, end: function.end })
        .collect();
    syntax.statements.retain(|one| !nameless.iter().any(|area| area.holds(one.start)));
}
