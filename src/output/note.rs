//! Owns what a git note keeps of a run: one line of compact JSON for each run of the commit, and its
//! schema.
//! Must not know how git keeps a note.
//!
//! The promise is that of the document: within one [`FORMAT`], fields are added, never changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::{Document, ModuleRecord};
use super::schema;
use crate::domain::percent::Coverage;
use crate::domain::verdict::Status;

/// The version of a note's lines.
pub const FORMAT: u32 = 1;

/// The numbers of one whole run on a commit. A note has one line for each: those of a repository with several
/// modules may be recorded one by one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// The version of this format: 1.
    pub note: u32,
    /// The version of covgate that wrote it.
    pub covgate: String,
    /// The go that measured, in its own words.
    pub go: String,
    /// Where all paths start: a folder of the repository, with slashes; empty for its root.
    pub root: String,
    /// The modules of the run, in the order of their folders.
    pub modules: Vec<ModuleRecord>,
    /// Whether the gate was open.
    pub open: bool,
    /// The least coverage asked of all packages together, in percent; null if none was.
    pub total_threshold: Option<f64>,
    /// The measured packages, in the order of `go list`.
    pub packages: Vec<PackageNote>,
}

/// The numbers of a package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PackageNote {
    /// Its folder from `root`, with slashes; `.` for the root itself.
    pub path: String,
    /// Whether it closed the gate.
    pub status: Status,
    /// How many of its statements are covered; null if this is not known.
    pub covered: Option<u64>,
    /// How many statements it has; null if this is not known.
    pub statements: Option<u64>,
    /// What it had to reach, in percent.
    pub floor: f64,
}

impl Note {
    /// What a note keeps of a run.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let packages = document.packages.iter().map(|package| PackageNote {
            path: package.path.clone(),
            status: package.status,
            covered: package.covered,
            statements: package.statements,
            floor: package.floor.percent,
        });
        Self {
            note: FORMAT,
            covgate: document.covgate.clone(),
            go: document.go.clone(),
            root: document.root.clone(),
            modules: document.modules.clone(),
            open: document.open,
            total_threshold: document.settings.total_threshold,
            packages: packages.collect(),
        }
    }

    /// The packages, by their folder in the repository.
    pub fn in_repository(&self) -> impl Iterator<Item = (String, &PackageNote)> {
        self.packages.iter().map(|package| (joined(&self.root, &package.path), package))
    }

    /// Whether another run is about the same modules.
    #[must_use]
    pub fn is_about(&self, root: &str, modules: &[ModuleRecord]) -> bool {
        self.root == root && self.modules == modules
    }

    /// A note's text with this run in it. It takes the place of a run of the same modules; every other line
    /// stays as it is.
    #[must_use]
    pub fn put_into(&self, text: &str) -> String {
        let same =
            |line: &str| read(line).is_some_and(|other| other.is_about(&self.root, &self.modules));
        let mut lines: Vec<String> =
            text.lines().filter(|line| !same(line)).map(str::to_owned).collect();
        lines.push(serde_json::to_string(self).unwrap_or_default());
        lines.join("\n") + "\n"
    }
}

impl PackageNote {
    /// Its coverage, if it is known.
    #[must_use]
    pub fn coverage(&self) -> Option<Coverage> {
        Some(Coverage { covered: self.covered?, total: self.statements? })
    }
}

/// A folder in a folder of the repository, where a dot is the root of either.
fn joined(root: &str, path: &str) -> String {
    match (root, path) {
        ("", path) => path.to_owned(),
        (root, ".") => root.to_owned(),
        _ => format!("{root}/{path}"),
    }
}

/// The runs that a note holds, and whether it has lines besides that are not covgate's.
#[must_use]
pub fn runs(text: &str) -> (Vec<Note>, bool) {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let runs: Vec<Note> = lines.iter().filter_map(|line| read(line)).collect();
    let foreign = runs.len() < lines.len();
    (runs, foreign)
}

/// A line of a note; none where it is not covgate's, or of a later format.
#[must_use]
pub fn read(line: &str) -> Option<Note> {
    serde_json::from_str::<Note>(line).ok().filter(|note| note.note == FORMAT)
}

/// The JSON Schema of a line (draft 2020-12).
#[must_use]
pub fn schema() -> String {
    schema::of::<Note>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(root: &str, open: bool) -> Note {
        Note {
            note: FORMAT,
            covgate: "1".to_owned(),
            go: "go1".to_owned(),
            root: root.to_owned(),
            modules: Vec::new(),
            open,
            total_threshold: None,
            packages: Vec::new(),
        }
    }

    #[test]
    fn a_run_takes_the_place_of_its_like_and_leaves_every_other_line() {
        let text = note("a", true).put_into("somebody's words\n");
        let text = note("b", true).put_into(&text);
        let text = note("a", false).put_into(&text);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "somebody's words");
        let read: Vec<Note> = lines.iter().filter_map(|line| read(line)).collect();
        assert_eq!(read, [note("b", true), note("a", false)]);
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_later_format_is_not_read() {
        let later = Note { note: FORMAT + 1, ..note("", true) };
        assert_eq!(read(&serde_json::to_string(&later).unwrap()), None);
    }
}
