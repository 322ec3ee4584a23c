//! Owns finding the run that `--baseline` names: a `json` report, or the git note of a commit.
//! Must not know what is compared, or how a difference is shown.

use std::collections::BTreeMap;
use std::io::Write;

use camino::Utf8Path;

use crate::choose::since;
use crate::domain::baseline::{Comparison, Earlier};
use crate::domain::commit::short;
use crate::domain::counted::counted;
use crate::domain::visible;
use crate::error::{Error, Result};
use crate::output::document::{ModuleRecord, Origin, read};
use crate::output::note::{self, Note};
use crate::tools::git::Git;
use crate::tools::git::notes::way_to_notes;
use crate::tools::process::Supervisor;

/// How many commits before the merge base may lack a note: those whose job still runs, or failed.
const MOST: u32 = 1000;

/// Reads the earlier run that `asked` names: the report in that file, from `folder`, or else the note of
/// the newest commit that the revision and HEAD have in common. `origin` is that of this run, and `whole`
/// says whether it is about all packages. None, with a warning, where nothing is recorded yet: the first
/// pull request after a team begins to record is no reason to fail.
///
/// # Errors
/// When there is no such file or revision, or the report is about other modules (exit 2).
pub(crate) fn load(
    supervisor: &Supervisor,
    folder: &Utf8Path,
    asked: &str,
    origin: &Origin,
    whole: bool,
    err: &mut dyn Write,
) -> Result<Option<Earlier>> {
    let is_file = !asked.is_empty() && folder.join(asked).exists();
    let found = match is_file || asked.ends_with(".json") {
        true => Some(of_report(&folder.join(asked), asked, origin)?),
        false => of_commit(&Git::new(supervisor, folder), asked, origin, err)?,
    };
    let Some((commit, runs)) = found else { return Ok(None) };
    let mut packages = BTreeMap::new();
    // Of two runs with one package, the later one counts.
    for run in &runs {
        for (path, package) in run.in_repository() {
            packages.extend(label(&path, &origin.root).map(|label| (label, package.coverage())));
        }
    }
    Ok(Some(Earlier { name: asked.to_owned(), commit, packages, whole }))
}

type Found = (Option<String>, Vec<Note>);

fn of_report(file: &Utf8Path, asked: &str, origin: &Origin) -> Result<Found> {
    let document = read::file(file)?;
    let wrong = |what: String| Error::usage(format!("--baseline {asked}: {what}"));
    if let Some(shard) = &document.shard {
        return Err(wrong(format!("it is of part {} of {}", shard.index, shard.count))
            .hint("join the parts: `covgate merge --report json=FILE REPORT.json...`"));
    }
    if document.unaffected > 0 {
        let left_out = counted(document.unaffected as u64, "package");
        return Err(wrong(format!("it leaves out {left_out} that a change did not affect"))
            .hint("take the report of a run without --since"));
    }
    let is_here =
        |module: &ModuleRecord| origin.modules.iter().any(|here| here.path == module.path);
    if !document.modules.iter().any(is_here) {
        let here: Vec<&str> = origin.modules.iter().map(|module| module.path.as_str()).collect();
        let message = format!("it is about {}, not {}", document.name(), here.join(", "));
        return Err(wrong(visible::line(&message).into_owned())
            .hint("name a report of the same module, or a commit"));
    }
    let is_name = |commit: &String| commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    Ok((document.commit.clone().filter(is_name), vec![Note::of(&document)]))
}

fn of_commit(
    git: &Git<'_>,
    asked: &str,
    origin: &Origin,
    err: &mut dyn Write,
) -> Result<Option<Found>> {
    git.layout()?;
    let base = since::base(git, "--baseline", asked)?;
    let noted = git.noted_commits(&base, Some(MOST))?;
    let mut runs = noted.into_iter().map(|noted| (noted.commit, note::runs(&noted.text).0));
    // The path of a module may change, as with a new major version; its folder says which one it is.
    let is_here = |module: &ModuleRecord| origin.modules.iter().any(|here| here.dir == module.dir);
    let found = runs.find_map(|(commit, mut runs)| {
        runs.retain(|run| run.modules.iter().any(is_here));
        (!runs.is_empty()).then_some((commit, runs))
    });
    let Some((commit, runs)) = found else {
        let _ = writeln!(
            err,
            "warning: --baseline {asked}: neither {} nor a commit before it is recorded here, so nothing is \
             compared; {}",
            short(&base),
            way_to_notes()
        );
        return Ok(None);
    };
    if commit != base {
        let _ = writeln!(
            err,
            "note: --baseline {asked}: {} is not recorded; compared with {}, before it",
            short(&base),
            short(&commit)
        );
    }
    Ok(Some((Some(commit), runs)))
}

/// What a folder of the repository is called in a run whose labels start in `root`; none outside of it.
fn label(path: &str, root: &str) -> Option<String> {
    let inside = Utf8Path::new(if path == "." { "" } else { path }).strip_prefix(root).ok()?;
    Some(if inside.as_str().is_empty() { ".".to_owned() } else { inside.to_string() })
}

/// Says in a line what became of all packages together. The table is the same with a baseline and
/// without.
pub(crate) fn tell(comparison: Option<&Comparison>, err: &mut dyn Write) {
    if let Some(comparison) = comparison {
        // As with all that is said besides the verdict: that nobody reads it is no reason to fail.
        let _ = writeln!(err, "{comparison}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_start_in_the_root_of_the_run() {
        for (path, root, expected) in [
            (".", "", Some(".")),
            ("a/b", "", Some("a/b")),
            ("a", "a", Some(".")),
            ("a/b", "a", Some("b")),
            ("ab", "a", None),
            (".", "a", None),
        ] {
            assert_eq!(label(path, root).as_deref(), expected, "{path} in {root}");
        }
    }
}
