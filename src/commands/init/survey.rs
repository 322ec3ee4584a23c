//! Owns what init finds out before it measures: where it is, and which settings the repository needs.
//! Must not know what is measured with them.

use std::fs;
use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};

use super::file::{self, Choice, Draft, draft};
use super::{Request, undo};
use crate::commands::config::saved;
use crate::domain::counted::counted;
use crate::domain::ignores::{Ignore, IgnoringFile, Kind};
use crate::domain::package::Selection;
use crate::error::{Error, Result};
use crate::settings::{self, Contents, FILE_NAME, Row, Settings, parse_config, read_file, rows};
use crate::tools::files::{Mode, replace};
use crate::tools::git::Git;
use crate::tools::go::workspace;
use crate::tools::process::Supervisor;

const WHY_WARN: &str = "\
warn, for the first weeks: the gate closes where coverage falls, and not where it rises and a floor stays \
behind. fail, once everybody knows `covgate ratchet`: a drop that no floor notices is worth nothing.";

/// Where init is.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The root of the work tree.
    pub root: Utf8PathBuf,
    /// The folder of `covgate.toml`.
    pub gate: Utf8PathBuf,
    /// The same from the root.
    pub inside: Utf8PathBuf,
    /// The git directory of the work tree.
    git_dir: Utf8PathBuf,
}

impl Place {
    /// Finds the repository, and where in it covgate looks for its file.
    pub(super) fn find(supervisor: &Supervisor, folder: &Utf8Path) -> Result<Self> {
        let layout = Git::new(supervisor, folder).layout().map_err(|error| {
            error.hint_if_none("`git init` makes a repository; floors are files that belong in one")
        })?;
        if !layout.in_work_tree {
            let what = if layout.bare { "a bare repository" } else { "inside a git directory" };
            return Err(Error::environment(format!(
                "{folder} is {what}: there are no files to gate"
            ))
            .hint("run covgate init in a work tree"));
        }
        let root = layout.root(folder).to_owned();
        let gate = settings::home(folder).unwrap_or_else(|| root.clone());
        let Ok(inside) = gate.strip_prefix(&root) else {
            return Err(Error::environment(format!(
                "the Go module around {folder} lies in {gate}, outside of the repository"
            ))
            .hint("`go mod init` makes a module here"));
        };
        Ok(Self { inside: inside.to_owned(), git_dir: layout.git_dir, root, gate })
    }

    /// A folder from the root of the work tree; go may name it otherwise than the user.
    pub(super) fn inside_root(&self, folder: &Utf8Path) -> Result<Utf8PathBuf> {
        let real = |path: &Utf8Path| path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
        let inside = folder.strip_prefix(&self.root).map(Utf8Path::to_owned);
        inside
            .or_else(|_| real(folder).strip_prefix(real(&self.root)).map(Utf8Path::to_owned))
            .map_err(|_| {
                Error::environment(format!("{folder} lies outside of the repository {}", self.root))
            })
    }

    /// Where the patch is that undoes it.
    pub(super) fn patch(&self) -> Utf8PathBuf {
        self.git_dir.join(undo::PATCH)
    }

    /// Keeps the patch.
    pub(super) fn keep(&self, patch: &[u8]) -> Result<()> {
        let path = self.patch();
        replace(path.as_std_path(), patch, Mode::Kept).map_err(|error| {
            Error::environment(error)
                .context(format!("cannot write {path}, with which init can be undone"))
        })
    }

    /// Removes the patch: there is nothing to undo.
    pub(super) fn forget(&self) {
        let _ = fs::remove_file(self.patch());
    }
}

/// What is measured, and the file that says so.
#[derive(Debug)]
pub(super) struct Survey {
    pub settings: Settings,
    /// The file to be written; none if there is one.
    pub draft: Option<Draft>,
    rows: Vec<Row>,
    choices: Vec<Choice>,
}

impl Survey {
    /// Looks at the repository; says on `err` what an existing file lacks.
    pub(super) fn new(
        supervisor: &Supervisor,
        place: &Place,
        request: &Request,
        err: &mut dyn Write,
    ) -> Result<Self> {
        let path = place.gate.join(FILE_NAME);
        let with = |file: Contents| {
            let (asked, environment) = (request.command_line.clone(), request.environment.clone());
            let folder = &request.folder;
            let settings =
                Settings::with_file(asked, environment, folder, place.gate.clone(), file)?;
            let mut settings = settings.everywhere();
            settings.repeat.chdir.clone_from(&request.chdir);
            Ok::<_, Error>(settings)
        };
        // A link to nowhere is somebody's file, too.
        if path.symlink_metadata().is_ok() {
            let settings = with(read_file(&path)?)?;
            tell_of_given(&settings, err);
            let (rows, choices) = (Vec::new(), Vec::new());
            return Ok(Self { settings, draft: None, rows, choices });
        }
        let settings = with(Contents::default())?;
        let rows = rows(&settings.resolved).into_iter().map(|row| Row {
            value: row.value.map(|value| saved(&settings, &row.name, value)),
            ..row
        });
        let rows: Vec<Row> = rows.collect();
        let git = Git::new(supervisor, &place.gate);
        let choices = choices(&git, place)?;
        let mut survey = Self { draft: None, settings, rows, choices };
        // Whether there are generated files, only the listing says. Without any, it makes no difference.
        let draft = survey.with_generated(None);
        survey.settings = with(parse_config(draft.text.as_bytes()).map_err(|wrong| {
            Error::usage(format!("{FILE_NAME}:{}: {}", wrong.line, wrong.message))
        })?)?;
        survey.draft = Some(draft);
        Ok(survey)
    }

    /// The file, now that it is known how many files are generated.
    pub(super) fn finish(&mut self, selection: &Selection) {
        let is_generated = |ignore: &&Ignore| ignore.kind == Kind::GeneratedFile;
        let ignores = selection.ignoring.values().flatten().flat_map(IgnoringFile::ignores);
        let generated = ignores.filter(is_generated).count();
        if self.draft.is_some() {
            self.draft = Some(self.with_generated(Some(generated)));
        }
    }

    fn with_generated(&self, count: Option<usize>) -> Draft {
        let mut choices = self.choices.clone();
        if count != Some(0) {
            let files = counted(count.unwrap_or_default() as u64, "generated file");
            choices.push(Choice {
                name: "exclude-generated",
                value: true.into(),
                why: format!(
                    "Chosen by covgate init: {files} here. Nobody writes tests for what a generator \
                     writes, and a new version of it would move floors."
                ),
            });
        }
        draft(&self.rows, &choices)
    }
}

/// What was given for this run and is not in the file that is there.
fn tell_of_given(settings: &Settings, err: &mut dyn Write) {
    let given = rows(&settings.resolved).into_iter().filter(file::is_given);
    let names: Vec<String> = given.map(|row| format!("`{}`", row.name)).collect();
    if !names.is_empty() {
        let _ = writeln!(
            err,
            "warning: {FILE_NAME} is there already and is left alone: {} count for this run only",
            names.join(", ")
        );
    }
}

/// The settings that this repository needs.
fn choices(git: &Git<'_>, place: &Place) -> Result<Vec<Choice>> {
    let mut choices =
        vec![Choice { name: "tightness", value: "warn".into(), why: WHY_WARN.to_owned() }];
    let modules = git.modules_below()?;
    let others = modules.iter().filter(|folder| **folder != place.inside).count();
    let is_module = place.gate.join("go.mod").is_file();
    let which = match workspace::find(&place.gate) {
        _ if is_module && others == 0 => None,
        Some(_) => Some(("workspace", "go.work joins the modules here, which are built together.")),
        None => Some(("all", "There are several modules here, or the one is in a folder.")),
    };
    if let Some((which, why)) = which {
        let why = format!("Chosen by covgate init: {why}");
        choices.push(Choice { name: "modules", value: which.into(), why });
    }
    Ok(choices)
}
