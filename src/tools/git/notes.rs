//! Owns how git keeps and gives back covgate's notes: their ref, and a note that is written without
//! losing what another process writes at the same time.
//! Must not know what is in a note.

use camino::Utf8Path;
use xshell::cmd;

use super::{Git, failed};
use crate::error::{Error, Result};
use crate::tools::process::shell;

/// Where covgate's notes are.
pub(crate) const NOTES: &str = "refs/notes/covgate";

/// What to do in a clone without notes.
pub(crate) fn way_to_notes() -> String {
    format!("`git fetch origin {NOTES}:{NOTES}` brings them; `covgate check --record` writes one")
}

/// How often a note is written anew because another process was faster. One of all that write at once
/// gets through each time.
const TRIES: usize = 100;

/// Notes are covgate's own words, and a CI job has no name.
const WHO: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "covgate"),
    ("GIT_AUTHOR_EMAIL", "covgate@localhost"),
    ("GIT_COMMITTER_NAME", "covgate"),
    ("GIT_COMMITTER_EMAIL", "covgate@localhost"),
];

/// A commit with a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) commit: String,
    /// When it was committed: year, month, day.
    pub(crate) date: String,
    /// The note's text.
    pub(crate) text: String,
}

impl Git<'_> {
    /// A file that differs from HEAD, or that git neither knows nor ignores; none in a clean work tree.
    ///
    /// # Errors
    /// When git cannot say.
    pub(crate) fn unclean(&self) -> Result<Option<String>> {
        let shell = shell::at(&self.folder)?;
        let answer = self.ask_bytes(cmd!(
            shell,
            "git status --porcelain=v1 -z --no-renames --untracked-files=normal --ignore-submodules=none"
        ))?;
        let first = answer.split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(first.get(3..).map(|path| String::from_utf8_lossy(path).into_owned()))
    }

    /// The commits with a note, from one back along first parents, among as many as `most`.
    ///
    /// # Errors
    /// When git cannot say.
    pub(crate) fn noted_commits(&self, from: &str, most: Option<u32>) -> Result<Vec<Noted>> {
        let shell = shell::at(&self.folder)?;
        let fields = "--format=%H%x00%cs%x00%N";
        let most = most.map(|most| format!("--max-count={most}"));
        let answer = self.ask_bytes(cmd!(
            shell,
            "git log -z --first-parent --no-show-signature --no-color --notes={NOTES} {fields} {most...} {from} --"
        ))?;
        // git ends a text at its first zero byte, so none of the fields has one.
        let answer = String::from_utf8_lossy(&answer);
        let fields: Vec<&str> = answer.split('\0').collect();
        let commits = fields.chunks_exact(3).filter(|commit| !commit[2].trim().is_empty());
        Ok(commits
            .map(|commit| Noted {
                commit: commit[0].to_owned(),
                date: commit[1].to_owned(),
                text: commit[2].to_owned(),
            })
            .collect())
    }

    /// Gives a commit the note that `write` makes of the one that it has. Where another process writes
    /// notes meanwhile, it is asked again. `scratch` is a folder for files that are of no use afterwards.
    ///
    /// # Errors
    /// When git cannot write.
    pub(crate) fn set_note(
        &self,
        commit: &str,
        scratch: &Utf8Path,
        write: &dyn Fn(&str) -> String,
    ) -> Result<()> {
        let shell = shell::at(&self.folder)?;
        let (index, file) = (scratch.join("notes-index"), scratch.join("note"));
        let mut said = Vec::new();
        for _ in 0..TRIES {
            let old = self.resolve(NOTES)?;
            let there = match &old {
                Some(notes) => self.note_in(notes, commit)?,
                None => None,
            };
            let (path, text) = there.unwrap_or_else(|| (fanned_out(commit), String::new()));
            std::fs::write(&file, write(&text))
                .map_err(|error| Error::environment(error).context("cannot write a note"))?;
            let blob = self.ask(cmd!(shell, "git hash-object -w --no-filters {file}"))?;
            let entry = format!("100644,{},{path}", blob.trim());
            let indexed = |command: xshell::Cmd<'_>| {
                self.ask(command.env("GIT_INDEX_FILE", &index))
                    .map(|answer| answer.trim().to_owned())
            };
            let start = old.as_deref().unwrap_or("--empty");
            indexed(cmd!(shell, "git -c core.splitIndex=false read-tree {start}"))?;
            indexed(cmd!(
                shell,
                "git -c core.splitIndex=false -c core.fsmonitor=false update-index --add --cacheinfo {entry}"
            ))?;
            let tree = indexed(cmd!(shell, "git write-tree"))?;
            let message = format!("Record the coverage of {commit}");
            let parent = old.iter().flat_map(|old| ["-p", old.as_str()]);
            let made = cmd!(shell, "git commit-tree {tree} {parent...} -m {message}").envs(WHO);
            let new = self.ask(made)?;
            let (new, none) = (new.trim(), "0".repeat(commit.len()));
            let old = old.as_deref().unwrap_or(&none);
            let (code, _, stderr) = self
                .capture(cmd!(shell, "git update-ref -m covgate {NOTES} {new} {old}").envs(WHO))?;
            if code == Some(0) {
                return Ok(());
            }
            said = stderr;
        }
        Err(failed(&format!("git update-ref {NOTES}"), &said))
    }

    /// The note of a commit in a tree of notes: its path, which may have slashes anywhere
    /// (`git help notes`), and its text.
    fn note_in(&self, notes: &str, commit: &str) -> Result<Option<(String, String)>> {
        let shell = shell::at(&self.folder)?;
        let listing = self.ask_bytes(cmd!(shell, "git ls-tree -r -z --full-tree {notes}"))?;
        let listing = String::from_utf8_lossy(&listing);
        let entries = listing.split('\0').filter_map(|entry| {
            let (kind, path) = entry.split_once('\t')?;
            Some((kind.rsplit(' ').next()?, path))
        });
        let mut of_commit = entries.filter(|(_, path)| path.replace('/', "") == commit);
        let Some((blob, path)) = of_commit.next() else { return Ok(None) };
        let text = self.ask_bytes(cmd!(shell, "git cat-file blob {blob}"))?;
        Ok(Some((path.to_owned(), String::from_utf8_lossy(&text).into_owned())))
    }
}

/// The path of a new note.
fn fanned_out(commit: &str) -> String {
    let (folder, name) = commit.split_at(2.min(commit.len()));
    format!("{folder}/{name}")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::tools::process::Supervisor;

    /// While one note is written, another process writes one, too: first on another commit, then on the same.
    #[test]
    fn a_note_that_comes_in_between_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let scratches = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [mine, others] =
            [0, 1].map(|index| Utf8Path::from_path(scratches[index].path()).unwrap());
        let supervisor = Supervisor::default();
        let git = Git::new(&supervisor, root);
        let shell = shell::at(root).unwrap();
        git.ask(cmd!(shell, "git init --quiet")).unwrap();
        git.ask(cmd!(shell, "git read-tree --empty")).unwrap();
        let tree = git.ask(cmd!(shell, "git write-tree")).unwrap();
        let tree = tree.trim();
        let commit = |message: &str| {
            let made = cmd!(shell, "git commit-tree {tree} -m {message}").envs(WHO);
            git.ask(made).unwrap().trim().to_owned()
        };
        let [one, other] = ["one", "other"].map(commit);
        let calls = Cell::new(0);
        let write = |text: &str| {
            calls.set(calls.get() + 1);
            let between = match calls.get() {
                1 => Some(&other),
                2 => Some(&one),
                _ => None,
            };
            if let Some(commit) = between {
                git.set_note(commit, others, &|text| format!("{text}between\n")).unwrap();
            }
            format!("{text}mine\n")
        };
        git.set_note(&one, mine, &write).unwrap();
        assert_eq!(calls.get(), 3);
        let text = |commit: &str| {
            let notes = git.resolve(NOTES).unwrap().unwrap();
            git.note_in(&notes, commit).unwrap().unwrap().1
        };
        assert_eq!((text(&one).as_str(), text(&other).as_str()), ("between\nmine\n", "between\n"));
    }
}
