//! Owns the reading of `go list -json`: one JSON object after another, no commas.
//! Must not know which packages are wanted.

use camino::Utf8PathBuf;
use serde::Deserialize;

/// A package as `go list` describes it (type Package in `go help list`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Listed {
    /// Its folder; empty where go found none.
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
    /// What the tests import.
    pub test_imports: Vec<String>,
    /// What the `_test` package imports.
    pub x_test_imports: Vec<String>,
    /// What is wrong with it.
    pub error: Option<ListError>,
}

/// The module of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Module {
    /// Its path.
    pub path: String,
    /// Whether it is the main module.
    pub main: bool,
    /// Its folder.
    pub dir: Utf8PathBuf,
}

/// Why go could not load a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListError {
    /// What is wrong, in go's words.
    pub err: String,
}

impl Listed {
    /// Whether there is anything to build or test.
    #[must_use]
    pub fn has_go_files(&self) -> bool {
        self.has_code() || !self.test_go_files.is_empty() || !self.x_test_go_files.is_empty()
    }

    /// Whether it has Go files that are not tests.
    #[must_use]
    pub fn has_code(&self) -> bool {
        !self.go_files.is_empty() || !self.cgo_files.is_empty()
    }
}

/// The fields to ask for; go skips work for those that nobody asks for.
#[must_use]
pub(super) fn fields(imports: bool) -> &'static str {
    if imports {
        "Dir,ImportPath,Module,Match,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,TestImports,XTestImports,Error"
    } else {
        "Dir,ImportPath,Module,Match,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Error"
    }
}

/// Reads all packages, in go's order.
///
/// # Errors
/// When the bytes are not a sequence of such objects.
pub fn parse(output: &[u8]) -> Result<Vec<Listed>, serde_json::Error> {
    serde_json::Deserializer::from_slice(output).into_iter().collect()
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
        let packages = parse(output).unwrap();
        assert_eq!(packages.len(), 2);
        assert!(packages[0].has_code());
        assert!(!packages[1].has_go_files());
        assert_eq!(packages[1].error.as_ref().unwrap().err, "directory not found");
    }

    #[test]
    fn an_empty_answer_is_no_package() {
        assert_eq!(parse(b"").unwrap(), []);
    }

    proptest! {
        #[test]
        fn any_bytes_are_packages_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
