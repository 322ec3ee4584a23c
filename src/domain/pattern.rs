//! Owns package patterns for excludes and overrides: those of `go help packages` (`...` matches
//! anything, `x/...` also `x`), and also `*` and `?` inside one path element.
//! Must not know the module's packages; it is asked about one at a time.

use std::fmt;

use regex_lite::Regex;

/// One pattern, matched against the names of a package.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
    start: Start,
}

/// Where a pattern starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// In the folder of the run's `covgate.toml`.
    Gate,
    /// There, or where labels start: people paste those.
    GateOrLabel,
    /// At the root of the package's own module.
    Module,
}

/// What a pattern may call a package. The paths have slashes; a dot is where they start.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Its import path.
    pub import_path: &'a str,
    /// As the report shows it.
    pub label: &'a str,
    /// From the folder of the run's `covgate.toml`; none if it lies elsewhere.
    pub from_gate: Option<&'a str>,
    /// From the root of its module.
    pub in_module: &'a str,
}

/// The pattern cannot match any package of the module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// `../x` from the module's root.
    #[error("pattern `{0}` leads out of the module")]
    OutsideModule(String),
    /// An empty pattern, or one that cannot be understood.
    #[error("`{0}` is not a package pattern")]
    NotAPattern(String),
}

impl Pattern {
    /// Reads a pattern. One that starts with `./` or `../` is relative to `base`, a slash-separated
    /// path from the module's root (empty for the root itself).
    ///
    /// # Errors
    /// When it leads out of the module or is empty.
    pub fn parse(text: &str, base: &str) -> Result<Self, PatternError> {
        if text.trim().is_empty() {
            return Err(PatternError::NotAPattern(text.to_owned()));
        }
        let rooted =
            root(text, base).ok_or_else(|| PatternError::OutsideModule(text.to_owned()))?;
        let regex = Regex::new(&to_regex(&rooted))
            .map_err(|_| PatternError::NotAPattern(text.to_owned()))?;
        Ok(Self { text: text.to_owned(), regex, start: Start::Gate })
    }

    /// The same pattern, from the root of each package's own module.
    #[must_use]
    pub fn of_module(self) -> Self {
        Self { start: Start::Module, ..self }
    }

    /// The same pattern, which may also be a label.
    #[must_use]
    pub fn or_label(self) -> Self {
        Self { start: Start::GateOrLabel, ..self }
    }

    /// Whether the pattern matches the package with these names.
    #[must_use]
    pub fn matches(&self, names: Names<'_>) -> bool {
        let Names { import_path, label, from_gate, in_module } = names;
        let paths = match self.start {
            Start::Gate => [from_gate, None],
            Start::GateOrLabel => [from_gate, Some(label)],
            Start::Module => [Some(in_module), None],
        };
        let mut names = paths.into_iter().flatten().chain([import_path]);
        names.any(|name| self.regex.is_match(name))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A package's path from its module's root, `.` for the root itself; the whole import path if it
/// belongs to another module.
#[must_use]
pub(crate) fn relative<'a>(module: &str, import_path: &'a str) -> &'a str {
    match import_path.strip_prefix(module) {
        Some("") => ".",
        Some(rest) => rest.strip_prefix('/').unwrap_or(import_path),
        None => import_path,
    }
}

/// Rewrites a pattern of the folder `base` so that it means the same from the module's root;
/// unchanged if it leaves the module.
#[must_use]
pub(crate) fn from_root(text: &str, base: &str) -> String {
    match root(text, base) {
        Some(path) if path == text => path,
        Some(path) => format!("./{path}"),
        None => text.to_owned(),
    }
}

/// Resolves `./` and `../` against `base`; `None` if that leaves the module.
fn root(text: &str, base: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let is_relative =
        matches!(text, "." | "..") || text.starts_with("./") || text.starts_with("../");
    if !is_relative {
        return Some(text.to_owned());
    }
    let mut elements: Vec<&str> = base.split('/').filter(|element| !element.is_empty()).collect();
    for element in text.split('/') {
        match element {
            "." | "" => {}
            ".." => {
                elements.pop()?;
            }
            other => elements.push(other),
        }
    }
    if elements.is_empty() {
        elements.push(".");
    }
    Some(elements.join("/"))
}

fn to_regex(pattern: &str) -> String {
    // A name may have any character, a line end too.
    let mut regex = String::from("(?s)^(?:");
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        if rest == "/..." {
            regex.push_str("(?:/.*)?");
            rest = "";
        } else if let Some(after) = rest.strip_prefix("...") {
            regex.push_str(".*");
            rest = after;
        } else {
            match next {
                '*' => regex.push_str("[^/]*"),
                '?' => regex.push_str("[^/]"),
                other => regex.push_str(&regex_lite::escape(other.encode_utf8(&mut [0; 4]))),
            }
            rest = &rest[next.len_utf8()..];
        }
    }
    regex.push_str(")$");
    regex
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The names of a package in the only module.
    fn alone(import_path: &str) -> Names<'_> {
        let path = relative("example.com/m", import_path);
        Names { import_path, label: path, from_gate: Some(path), in_module: path }
    }

    fn matches(pattern: &str, package: &str) -> bool {
        let import_path = match package {
            "." => "example.com/m".to_owned(),
            other => format!("example.com/m/{other}"),
        };
        Pattern::parse(pattern, "").unwrap().matches(alone(&import_path))
    }

    #[test]
    fn a_pattern_starts_where_its_file_lies() {
        let names = Names {
            import_path: "example.com/m/x",
            label: "go/m/x",
            from_gate: Some("m/x"),
            in_module: "x",
        };
        for (text, of_gate, of_module) in [
            ("example.com/m/x", true, true),
            ("go/m/x", true, false),
            ("./m/x", true, false),
            ("m/...", true, false),
            ("x", false, true),
            ("./...", true, true),
        ] {
            let pattern = Pattern::parse(text, "").unwrap();
            let is_label = text == names.label;
            assert_eq!(pattern.clone().or_label().matches(names), of_gate, "{text} as a label");
            assert_eq!(pattern.matches(names), of_gate && !is_label, "{text} of the gate");
            assert_eq!(pattern.of_module().matches(names), of_module, "{text} of the module");
        }
    }

    #[test]
    fn dots_match_as_in_go() {
        assert!(matches("./internal/gen/...", "internal/gen"));
        assert!(matches("./internal/gen/...", "internal/gen/a/b"));
        assert!(!matches("./internal/gen/...", "internal/generated"));
        assert!(matches("internal/gen...", "internal/generated"));
        assert!(matches("./...", "."));
        assert!(matches("...", "internal/api"));
        assert!(matches(".../mocks", "internal/api/mocks"));
        assert!(matches("example.com/m/internal/...", "internal/api"));
        assert!(matches(".", "."));
        assert!(!matches(".", "internal"));
    }

    #[test]
    fn a_plain_pattern_is_one_package() {
        assert!(matches("internal/gen", "internal/gen"));
        assert!(!matches("internal/gen", "internal/gen/a"));
        assert!(!matches("gen", "internal/gen"));
    }

    #[test]
    fn stars_stay_in_one_element() {
        assert!(matches("internal/*", "internal/gen"));
        assert!(!matches("internal/*", "internal/gen/a"));
        assert!(matches("internal/v?", "internal/v1"));
        assert!(!matches("internal.gen", "internal/gen"));
    }

    #[test]
    fn relative_patterns_start_where_they_were_written() {
        let from_internal = Pattern::parse("./gen/...", "internal").unwrap();
        assert!(from_internal.matches(alone("example.com/m/internal/gen")));
        let up = Pattern::parse("../cmd", "internal").unwrap();
        assert!(up.matches(alone("example.com/m/cmd")));
        assert_eq!(
            Pattern::parse("../../x", "internal").unwrap_err(),
            PatternError::OutsideModule("../../x".to_owned())
        );
    }

    #[test]
    fn other_modules_keep_their_import_path() {
        assert_eq!(relative("example.com/m", "example.com/mother/a"), "example.com/mother/a");
        assert_eq!(relative("example.com/m", "example.com/m"), ".");
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_an_error(text in "\\PC*", package in "[a-z/]{1,12}") {
            if let Ok(pattern) = Pattern::parse(&text, "a/b") {
                let _ = pattern.matches(alone(&package));
            }
        }
    }
}
