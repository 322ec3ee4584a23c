//! Owns which files init takes for irrelevant: those of which it finds, in the Go sources, no sign that a
//! test could read them.
//! Must not know what becomes of irrelevant files.

use camino::Utf8PathBuf;

use crate::error::Result;
use crate::settings::file_globs;
use crate::tools::git::Git;

/// Globs, and a word without which no Go code names what they mean.
const CANDIDATES: [(&str, &str); 5] = [
    ("/*.md", ".md"),
    ("/LICENSE*", "LICENSE"),
    ("docs/**", "docs"),
    (".github/**", ".github"),
    ("/.gitlab-ci.yml", ".gitlab-ci"),
];

const EMBED: &str = "//go:embed";

/// The globs for `irrelevant` that mean something in the folder of `covgate.toml`, and are safe as far as
/// its Go sources tell.
pub(super) fn find(git: &Git<'_>) -> Result<Vec<&'static str>> {
    let files = git.files_below()?;
    let words: Vec<&str> = CANDIDATES.iter().map(|(_, word)| *word).chain([EMBED]).collect();
    let lines = git.go_lines_with(&words)?;
    let mut found = Vec::new();
    for (glob, word) in CANDIDATES {
        if is_of_text(glob, &files)? && !lines.lines().any(|line| names(line, word)) {
            found.push(glob);
        }
    }
    Ok(found)
}

/// Whether a glob means files, and none that go builds.
fn is_of_text(glob: &str, files: &[Utf8PathBuf]) -> Result<bool> {
    let globs = file_globs("irrelevant", &[glob.to_owned()])?;
    let mut meant = files.iter().filter(|file| globs.is_in_gate(file)).peekable();
    let is_go = |file: &&Utf8PathBuf| {
        file.extension() == Some("go") || ["go.mod", "go.sum"].contains(&file.as_str())
    };
    Ok(meant.peek().is_some() && !meant.any(|file| is_go(&file)))
}

/// Whether a line of Go could name a file with this word: in a string, or to embed it.
fn names(line: &str, word: &str) -> bool {
    let code = line.trim_start();
    if let Some(patterns) = code.strip_prefix(EMBED) {
        let is_all = |pattern: &str| ["*", "all:*", "all:."].contains(&pattern);
        return patterns.contains(word) || patterns.split_whitespace().any(is_all);
    }
    // What follows a quote or a slash is the beginning of a name, what a quote follows its end.
    let in_string = ['"', '`', '/'].iter().any(|quote| code.contains(&format!("{quote}{word}")))
        || ['"', '`', '/'].iter().any(|quote| code.contains(&format!("{word}{quote}")));
    in_string && !code.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_names_a_file_in_a_string_or_to_embed_it() {
        for line in [
            "\tos.ReadFile(\"README.md\")",
            "filepath.Glob(`../*.md`)",
            "//go:embed README.md",
            "//go:embed *",
        ] {
            assert!(names(line, ".md"), "{line}");
        }
        for line in ["// see README.md", "//go:embed *.html", "x.md5()", "a := b.md"] {
            assert!(!names(line, ".md"), "{line}");
        }
        assert!(names("open(\"../docs/x\")", "docs"));
        assert!(names("import \"m.example/docs\"", "docs"));
        assert!(!names("for _, docs := range all {", "docs"));
    }

    #[test]
    fn what_holds_go_files_is_not_irrelevant() {
        let files = |names: &[&str]| names.iter().map(Utf8PathBuf::from).collect::<Vec<_>>();
        assert!(is_of_text("docs/**", &files(&["docs/a.md", "x.go"])).unwrap());
        assert!(!is_of_text("docs/**", &files(&["docs/a.md", "docs/deep/x.go"])).unwrap());
        assert!(!is_of_text("docs/**", &files(&["x.go"])).unwrap());
        assert!(is_of_text("/*.md", &files(&["README.md", "x.go"])).unwrap());
        assert!(!is_of_text("/*.md", &files(&["deep/README.md"])).unwrap());
    }
}
