//! Owns the last lines of a refused push: what failed, how to see it again.
//! Must not know why it failed.

use std::io::Write;

/// The last lines of a refused push: git's own "failed to push" follows.
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
    let packages = failed.iter().take(SHOWN).map(|label| pattern(label));
    let words = chdir.into_iter().flatten().chain(options.iter().cloned()).chain(packages);
    let command: String = words.map(|word| format!(" {}", quote(&word))).collect();
    let _ = writeln!(err, "covgate: push of {} refused: {what}", short(commit));
    let _ = writeln!(err, "covgate: see it again with: covgate check{command}");
    let _ = writeln!(
        err,
        "covgate: git push --no-verify goes past this hook, but CI runs the same gate"
    );
}

/// A word as a POSIX shell takes it.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn pattern(label: &str) -> String {
    if label == "." { label.to_owned() } else { format!("./{label}") }
}

/// An object's name, as people read it.
pub(super) fn short(oid: &str) -> &str {
    oid.get(..12).unwrap_or(oid)
}
