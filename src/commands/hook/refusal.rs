//! Owns the last lines of a refused push: what failed, and how to see it again.
//! Must not know why it failed.

use std::io::Write;

use crate::domain::commit::short;
use crate::domain::shell;
use crate::domain::sums::Subject;

/// Writes the last lines of a refused push; git's own "failed to push" follows.
pub(super) fn refuse(
    commit: &str,
    folder: &str,
    options: &[String],
    failed: &[String],
    missed: &[Subject],
    err: &mut dyn Write,
) {
    const SHOWN: usize = 5;
    let more = failed.len().saturating_sub(SHOWN);
    let mut causes: Vec<String> = failed.iter().take(SHOWN).cloned().collect();
    if more > 0 {
        let last = causes.pop().unwrap_or_default();
        causes.push(format!("{last} and {more} more"));
    }
    causes.extend(missed.iter().map(ToString::to_string));
    let what = match causes.is_empty() {
        true => "the gate could not decide".to_owned(),
        false => causes.join(", "),
    };
    let chdir = (!folder.is_empty()).then(|| ["-C".to_owned(), folder.to_owned()]);
    let packages = failed.iter().take(SHOWN).map(|label| shell::pattern(label));
    let check = ["covgate", "check"].map(str::to_owned);
    let words = check.into_iter().chain(chdir.into_iter().flatten());
    let words: Vec<String> = words.chain(options.iter().cloned()).chain(packages).collect();
    let command = shell::command(&words);
    let _ = writeln!(err, "covgate: push of {} refused: {what}", short(commit));
    // A command alone does not know what the change is; its lines stand above.
    if !failed.is_empty() || missed != [Subject::Changed] {
        let _ = writeln!(err, "covgate: see it again with: {command}");
    }
    let _ = writeln!(err, "covgate: git push --no-verify goes past this hook");
}
