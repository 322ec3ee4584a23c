//! Owns what init says at its end: the recipe for CI, what was done, and how to undo it.
//! Must not know how any of it was done.

use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};

use super::ci::{self, Platform};
use super::survey::{Place, Survey};
use super::text::wrapped;
use super::{NewFloor, Request, Work, is_new};
use crate::commands::hook::install::Outcome;
use crate::domain::counted::counted;
use crate::domain::package::Package;
use crate::domain::shell;
use crate::domain::visible;
use crate::exit::Exit;
use crate::output::text::last_words::Reader;
use crate::settings::{FILE_NAME, Settings};

/// How many packages are named.
const NAMED: usize = 4;
const WIDTH: usize = 80;
const LABEL: usize = 14;

/// What there is to say of the hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hook {
    /// Nobody asked for it, and a push is not gated.
    Absent,
    /// Nobody asked for it, and a push is gated.
    There,
    /// It was asked for: what came of it, and in its own words.
    Rehearsed(Outcome, String),
}

/// All that is known at the end.
pub(super) struct Report<'a> {
    pub place: &'a Place,
    pub survey: &'a Survey,
    pub work: &'a Work<'a>,
    pub hook: Hook,
    pub platform: Platform,
    pub go_file: Utf8PathBuf,
    /// New files that git ignores.
    pub ignored: Vec<Utf8PathBuf>,
    pub request: &'a Request,
    pub settings: &'a Settings,
}

impl Report<'_> {
    /// As `covgate ratchet` ends, and 1 where the hook is for somebody else to install.
    pub(super) fn exit(&self) -> Exit {
        let work = self.work;
        let is_open = work.failed.is_empty() && work.errors.is_empty();
        match &self.hook {
            _ if !is_open => Exit::GateClosed,
            Hook::Rehearsed(outcome, _) => outcome.exit(),
            _ => Exit::Pass,
        }
    }

    /// Whether this run changes nothing, even if it is not a dry one.
    fn is_idle(&self) -> bool {
        let hook = matches!(self.hook, Hook::Rehearsed(Outcome::New | Outcome::Managed, _));
        self.work.is_empty() && !hook
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let already = ci::already(self.platform, &self.place.root);
        if already.is_none() && !self.is_idle() {
            self.recipe(out)?;
        }
        if let Hook::Rehearsed(Outcome::Managed, said) = &self.hook {
            writeln!(out, "{}\n", visible::lines(said))?;
        }
        writeln!(
            out,
            "{}",
            match (self.is_idle(), self.request.dry_run) {
                (true, _) => "Nothing to do:",
                (false, true) => "Dry run, nothing was changed. This would be done:",
                (false, false) => "Done:",
            }
        )?;
        let mut line = |label: &str, text: &str| entry(out, label, text);
        line(FILE_NAME, &self.file())?;
        line("floors", &self.floors())?;
        if !self.work.failed.is_empty() {
            line("no floor", &self.failed())?;
        }
        if !self.work.below.is_empty() {
            line("below", &self.below())?;
        }
        line("hook", &self.hook())?;
        if let Some(file) = already {
            line("CI", &format!("{} runs covgate already", visible::line(file.as_str())))?;
        }
        if let Some(file) = self.ignored.first() {
            line("warning", &self.of_ignored(file))?;
        }
        self.end(out)
    }

    fn recipe(&self, out: &mut dyn Write) -> io::Result<()> {
        let place = ci::Place { folder: self.place.inside.clone(), go_file: self.go_file.clone() };
        writeln!(out, "{}\n", self.platform.heading())?;
        for line in self.platform.recipe(&place).lines() {
            let line = visible::line(line);
            writeln!(out, "{}", if line.is_empty() { String::new() } else { format!("  {line}") })?;
        }
        if let Some(note) = ci::note() {
            writeln!(out, "\n{}", wrapped(note, WIDTH).join("\n"))?;
        }
        writeln!(out)
    }

    fn file(&self) -> String {
        let path = self.as_seen(&self.place.gate);
        let place = match path.as_str() {
            "" => String::new(),
            path => format!(" in {}", visible::line(path)),
        };
        match &self.survey.draft {
            None => format!("there already{place}, left alone"),
            Some(draft) => format!("created{place}: {}", draft.sets.join(", ")),
        }
    }

    fn floors(&self) -> String {
        let written = |floor: &&NewFloor| self.request.dry_run || floor.is_written;
        let floors: Vec<&NewFloor> = self.work.floors.iter().filter(written).collect();
        let new: Vec<&&NewFloor> = floors.iter().filter(|floor| floor.is_new).collect();
        let (raised, kept) = (floors.len() - new.len(), self.work.kept);
        let mut parts = Vec::new();
        let ends = (new.iter().map(|floor| floor.to).min(), new.iter().map(|floor| floor.to).max());
        if let (Some(least), Some(most)) = ends {
            let files = counted(new.len() as u64, ".covgate file");
            let range = match least == most {
                true => format!("{most}%"),
                false => format!("from {least}% to {most}%"),
            };
            parts.push(format!("{files} created, {range}: what is covered now"));
        }
        if raised > 0 {
            parts.push(format!("{raised} raised"));
        }
        if kept > 0 {
            parts.push(format!("{kept} there already"));
        }
        if parts.is_empty() {
            "none, since nothing was measured".to_owned()
        } else {
            parts.join("; ")
        }
    }

    fn failed(&self) -> String {
        let packages = counted(self.work.failed.len() as u64, "package");
        format!(
            "{packages} could not be measured, and the gate stays closed until tests pass; see why:\n  {}",
            self.check(&self.work.failed)
        )
    }

    fn below(&self) -> String {
        let packages = counted(self.work.below.len() as u64, "package");
        format!(
            "{packages} below the floor that is there; see why:\n  {}",
            self.check(&self.work.below)
        )
    }

    /// A command that shows what is wrong with some packages.
    fn check(&self, packages: &[&Package]) -> String {
        let reader = Reader::of(self.settings);
        let named = packages.iter().filter(|_| packages.len() <= NAMED);
        self.command(&["check"], named.map(|package| reader.pattern(package)))
    }

    fn hook(&self) -> String {
        let words = match &self.hook {
            Hook::Absent => format!(
                "not installed; to gate every push: {}",
                self.command(&["hook", "install"], [])
            ),
            Hook::There => "a push is gated already".to_owned(),
            Hook::Rehearsed(Outcome::Managed, _) => {
                "not installed: another tool keeps the hooks; see above".to_owned()
            }
            Hook::Rehearsed(_, said) => visible::lines(said).into_owned(),
        };
        match self.place.inside.as_str().is_empty() {
            true => words,
            // It starts at the root, with the settings that lie there.
            false => format!(
                "{words}\nA push gates from the repository's root, not this folder alone; to set all of it up:\n  \
                 covgate init -C {}",
                shell::command(&[self.place.root.to_string()])
            ),
        }
    }

    /// Says that nobody would commit the files.
    fn of_ignored(&self, file: &Utf8Path) -> String {
        let files = counted(self.ignored.len() as u64, "new file");
        let name = shell::command(&[file.to_string()]);
        format!(
            "git ignores {files}, so nobody would commit them; see why:\n  git check-ignore -v {name}"
        )
    }

    /// What to do next, and how to undo it.
    fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.is_idle() {
            return writeln!(out, "To gate every package:\n  {}", self.gate());
        }
        if self.request.dry_run {
            return writeln!(out, "To do it, leave out --dry-run.");
        }
        writeln!(out, "Commit these files. From then on, this is the gate:")?;
        writeln!(out, "  {}", self.gate())?;
        writeln!(out, "To undo all of it:")?;
        writeln!(out, "  {}", self.undo())
    }

    /// One line to paste.
    fn undo(&self) -> String {
        let patch = self.place.patch();
        let is_here = self.request.chdir.is_none() && self.request.folder == self.place.root;
        let patch = match patch.strip_prefix(&self.request.folder) {
            Ok(inside) if is_here => inside.to_owned(),
            _ => patch,
        };
        let mut git = vec!["git".to_owned()];
        if !is_here {
            git.extend(["-C".to_owned(), self.place.root.to_string()]);
        }
        git.extend(["apply".to_owned(), "-R".to_owned(), patch.into_string()]);
        let files = (!self.work.is_empty()).then(|| shell::command(&git));
        let hook = matches!(&self.hook, Hook::Rehearsed(outcome, _) if is_new(*outcome));
        let hook = hook.then(|| self.command(&["hook", "uninstall"], []));
        files.into_iter().chain(hook).collect::<Vec<_>>().join(" && ")
    }

    /// A command of covgate's, for the folder that the person is in.
    fn command(&self, words: &[&str], packages: impl IntoIterator<Item = String>) -> String {
        let chdir =
            self.request.chdir.iter().flat_map(|folder| ["-C".to_owned(), folder.to_string()]);
        let words = ["covgate"].iter().chain(words).map(|word| (*word).to_owned());
        shell::command(&words.chain(chdir).chain(packages).collect::<Vec<_>>())
    }

    /// The gate over all that was measured here.
    fn gate(&self) -> String {
        let mut words = vec!["covgate".to_owned(), "check".to_owned()];
        if self.request.chdir.is_some() || self.request.folder != self.place.gate {
            words.extend(["-C".to_owned(), self.place.gate.to_string()]);
        }
        shell::command(&words)
    }

    /// A folder as the person would name it; empty for the one that they are in.
    fn as_seen(&self, folder: &Utf8Path) -> Utf8PathBuf {
        folder.strip_prefix(&self.request.folder).unwrap_or(folder).to_owned()
    }
}

/// A labelled text, and its rest below. Lines that are indented are commands, which stay whole.
fn entry(out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    let lines = text.lines().flat_map(|line| match line.strip_prefix("  ") {
        Some(command) => vec![command.to_owned()],
        None => wrapped(line, WIDTH - LABEL - 2),
    });
    for (index, line) in lines.enumerate() {
        let label = if index == 0 { label } else { "" };
        writeln!(out, "  {label:LABEL$}{line}")?;
    }
    Ok(())
}
