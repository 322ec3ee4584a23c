//! Owns the reading of `go list -json`: one JSON object after another, no commas.
//! Must not know which packages are wanted.

use std::collections::{HashMap, HashSet};

use camino::Utf8PathBuf;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A package as `go list` describes it (type Package in `go help list`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Listed {
    /// Its folder; empty if go found none.
    pub dir: Utf8PathBuf,
    /// Its import path.
    pub import_path: String,
    /// The module it belongs to.
    pub module: Option<Module>,
    /// The patterns that named it.
    #[serde(rename = "Match")]
    pub matched: Vec<String>,
    /// Go files that are built.
    pub go_files: Vec<String>,
    /// Go files that import "C".
    pub cgo_files: Vec<String>,
    /// Tests in the package.
    pub test_go_files: Vec<String>,
    /// Tests in the package's `_test` package.
    pub x_test_go_files: Vec<String>,
    /// What the package imports.
    pub imports: Vec<String>,
    /// What the tests import.
    pub test_imports: Vec<String>,
    /// What the `_test` package imports.
    pub x_test_imports: Vec<String>,
    /// Files that the package embeds, from its folder.
    pub embed_files: Vec<String>,
    /// Files that its tests embed.
    pub test_embed_files: Vec<String>,
    /// Files that its `_test` package embeds.
    pub x_test_embed_files: Vec<String>,
    /// What is wrong with it.
    pub error: Option<ListError>,
}

/// The module of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Module {
    /// Its path.
    pub path: String,
    /// Its folder; empty if go does not have it.
    pub dir: Utf8PathBuf,
    /// Whether it is what go builds, not only what that needs.
    pub main: bool,
}

/// Why go could not load a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ListError {
    /// What is wrong, in go's words.
    pub err: String,
}

impl Listed {
    /// Whether go does not accept its path as an import path (a blank in a folder's name is
    /// enough). go then lists it with an error, and without its folder and files.
    #[must_use]
    pub(crate) fn is_malformed(&self) -> bool {
        let said = self.error.as_ref().map_or("", |error| &error.err);
        self.dir.as_str().is_empty() && said.starts_with("malformed import path ")
    }

    /// Whether there is anything to build or test.
    #[must_use]
    pub(crate) fn has_go_files(&self) -> bool {
        self.has_code() || self.has_tests()
    }

    /// Whether it has test files.
    #[must_use]
    pub(crate) fn has_tests(&self) -> bool {
        !self.test_go_files.is_empty() || !self.x_test_go_files.is_empty()
    }

    /// Whether it has Go files that are not tests.
    #[must_use]
    pub(crate) fn has_code(&self) -> bool {
        !self.go_files.is_empty() || !self.cgo_files.is_empty()
    }
}

/// How much go is asked for. It skips work for fields that nobody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Names and files: go need not resolve any imports.
    Names,
    /// Also what tests import.
    TestImports,
    /// Also what the import graph needs.
    Graph,
}

impl Depth {
    pub(super) fn fields(self) -> String {
        let mut fields =
            "Dir,ImportPath,Module,Match,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Error"
                .to_owned();
        if self != Self::Names {
            fields.push_str(",TestImports,XTestImports");
        }
        if self == Self::Graph {
            fields.push_str(",Imports,EmbedFiles,TestEmbedFiles,XTestEmbedFiles");
        }
        fields
    }
}

/// Reads all packages, or modules, in go's order.
///
/// # Errors
/// When the bytes are not a sequence of such objects.
pub(crate) fn parse<T: DeserializeOwned>(output: &[u8]) -> Result<Vec<T>, serde_json::Error> {
    serde_json::Deserializer::from_slice(output).into_iter().collect()
}

/// Reads what `go list -test` prints of test binaries (see `Go::links`): for each package, by import
/// path, what its test binary links.
pub(crate) fn links(output: &str) -> HashMap<&str, HashSet<&str>> {
    let binary = |line| {
        let mut fields = str::split(line, '\t');
        let package = fields.next()?.strip_suffix(".test")?;
        // What is compiled again for the test is `path [package.test]`.
        let path = |field: &'_ str| field.split_once(" [").map_or(field, |(path, _)| path).len();
        Some((package, fields.map(|field| &field[..path(field)]).collect()))
    };
    output.lines().filter_map(binary).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn objects_follow_one_another() {
        let output =
            br#"{"ImportPath":"m/a","Dir":"/m/a","GoFiles":["a.go"],"Match":["./..."],"Unknown":1}
            {"ImportPath":"./nope","Error":{"Err":"directory not found"}}"#;
        let packages: Vec<Listed> = parse(output).unwrap();
        assert_eq!(packages.len(), 2);
        assert!(packages[0].has_code());
        assert!(!packages[1].has_go_files());
        assert_eq!(packages[1].error.as_ref().unwrap().err, "directory not found");
    }

    #[test]
    fn an_empty_answer_is_no_package() {
        assert_eq!(parse::<Listed>(b"").unwrap(), []);
    }

    #[test]
    fn test_binaries_name_what_they_link() {
        let output = "m/cmd\tm/a\nm/t.test\tm/a\tm/b [m/t.test]\tm/t [m/t.test]\nm/u.test\n";
        let links = links(output);
        assert_eq!(links.len(), 2);
        assert_eq!(links["m/t"], HashSet::from(["m/a", "m/b", "m/t"]));
        assert_eq!(links["m/u"], HashSet::new());
    }

    proptest! {
        #[test]
        fn any_bytes_are_packages_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse::<Listed>(&bytes);
        }
    }
}
