//! Owns the last lines of a refused push: what failed, and how to see it again.
//! Must not know why it failed.

use std::io::Write;

use crate::domain::shell;

/// Writes the last lines of a refused push; git's own "failed to push" follows.
pub(super) fn refuse(
    commit: &str,
    folder: &str,
    options: &[String],
    failed: &[String],
    err: &mut dyn Write,
) {
    const SHOWN: usize = 5;
    let what = match failed.len() {
        0 => "the gate could not decide".to_owned(),
        count if count <= SHOWN => failed.join(", "),
        count => format!("{} and {} more", failed[..SHOWN].join(", "), count - SHOWN),
    };
    let chdir = (!folder.is_empty()).then(|| ["-C".to_owned(), folder.to_owned()]);
    let packages = failed.iter().take(SHOWN).map(|label| shell::pattern(label));
    let check = ["covgate", "check"].map(str::to_owned);
    let words = check.into_iter().chain(chdir.into_iter().flatten());
    let words: Vec<String> = words.chain(options.iter().cloned()).chain(packages).collect();
    let command = shell::command(&words);
    let _ = writeln!(err, "covgate: push of {} refused: {what}", short(commit));
    let _ = writeln!(err, "covgate: see it again with: {command}");
    let _ = writeln!(err, "covgate: git push --no-verify goes past this hook");
}

/// An object's name, short enough to read.
pub(super) fn short(oid: &str) -> &str {
    oid.get(..12).unwrap_or(oid)
}
