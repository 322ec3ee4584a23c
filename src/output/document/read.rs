//! Owns the reading of a document from bytes, with errors that name the place.
//! Must not know what the document is read for.

use std::collections::HashSet;
use std::{fmt, io};

use camino::Utf8Path;
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::{Value, json};

use super::{Document, FORMAT};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::tools::files::read_regular;

/// Why this covgate cannot read the bytes as a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// Line and column, from 1, in bytes; none if all of it is wrong.
    place: Option<(usize, usize)>,
    /// What is wrong there.
    message: String,
    /// What to do about it.
    way_out: &'static str,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "{line}:{column}: ")?;
        }
        f.write_str(&self.message)
    }
}

const CUT: &str = "did the job that writes it come to its end, and was all of it copied?";

fn of_all(message: impl Into<String>, way_out: &'static str) -> ReadError {
    ReadError { place: None, message: message.into(), way_out }
}

fn foreign() -> ReadError {
    of_all("no report of covgate", "`covgate check --report json=FILE` writes one")
}

/// The fields that identify a document in any format.
#[derive(Deserialize)]
struct Head {
    format: Option<u32>,
    covgate: Option<String>,
}

/// Reads a document.
///
/// # Errors
/// When the bytes are not a document, or one in a later format.
pub fn parse(bytes: &[u8]) -> Result<Document, ReadError> {
    if bytes.trim_ascii().is_empty() {
        return Err(of_all("the file is empty", CUT));
    }
    let head: Head = match serde_json::from_slice(bytes) {
        Ok(head) => head,
        Err(wrong) if wrong.classify() == Category::Data => return Err(foreign()),
        Err(wrong) => return Err(at(&wrong)),
    };
    // serde would read a list as an object with its fields in order. covgate writes no such report.
    let object = bytes.trim_ascii_start().first() == Some(&b'{');
    match head {
        Head { format: Some(1..=FORMAT), covgate: Some(_) } if object => {}
        Head { format: Some(format), .. } if object && format > FORMAT => {
            let message =
                format!("format {format} is newer than this covgate, which reads format {FORMAT}");
            return Err(of_all(message, "install the covgate that wrote it, or a newer one"));
        }
        _ => return Err(foreign()),
    }
    match head.format {
        Some(1) => serde_json::from_slice(bytes).map_err(|wrong| at(&wrong)).and_then(from_first),
        _ => serde_json::from_slice(bytes).map_err(|wrong| at(&wrong)),
    }
}

/// Turns a document of format 1, which knew one module, into one of this format.
fn from_first(mut document: Value) -> Result<Document, ReadError> {
    let text =
        |document: &Value, field: &str| document[field].as_str().unwrap_or_default().to_owned();
    let (module, dir) = (text(&document, "module"), text(&document, "module_dir"));
    let packages = document["packages"].as_array().into_iter().flatten();
    let mut paths = HashSet::new();
    if packages.map(|package| package["path"].clone()).any(|path| !paths.insert(path.to_string())) {
        let message = "format 1 cannot tell the packages of several modules apart";
        return Err(of_all(message, "measure again with this covgate"));
    }
    let workspace = document["settings"]["workspace"].as_bool().unwrap_or_default();
    for package in document["packages"].as_array_mut().into_iter().flatten() {
        if let Some(package) = package.as_object_mut() {
            package.insert("module".to_owned(), module.clone().into());
        }
    }
    if let Some(settings) = document["settings"].as_object_mut() {
        settings.insert("modules".to_owned(), if workspace { "workspace" } else { "this" }.into());
    }
    if let Some(document) = document.as_object_mut() {
        document.insert("modules".to_owned(), json!([{ "path": module, "dir": dir }]));
        document.insert("root".to_owned(), dir.into());
    }
    serde_json::from_value(document).map_err(|wrong| of_all(wrong.to_string(), CUT))
}

/// Reads a document from a file.
///
/// # Errors
/// When the file cannot be read, or holds no document (exit 2).
pub fn file(path: &Utf8Path) -> Result<Document> {
    let bytes = read_regular(path.as_std_path()).map_err(|cause| unreadable(path, cause))?;
    parse(&bytes).map_err(|wrong| {
        let gap = if wrong.place.is_some() { "" } else { " " };
        Error::usage(format!("{path}:{gap}{wrong}")).hint(wrong.way_out)
    })
}

fn unreadable(path: &Utf8Path, cause: io::Error) -> Error {
    let is_pattern = path.as_str().contains(['*', '?', '[']);
    let matches_nothing = is_pattern && cause.kind() == io::ErrorKind::NotFound;
    let error = Error::new(Exit::Usage, cause).context(format!("cannot read {path}"));
    if matches_nothing {
        return error.hint("no file matches this pattern, so the shell passed it on unchanged");
    }
    error
}

fn at(wrong: &serde_json::Error) -> ReadError {
    let said = wrong.to_string();
    let message = said.rsplit_once(" at line ").map_or(said.as_str(), |(message, _)| message);
    // Before the first byte, serde_json counts from 0.
    let (line, column) = (wrong.line().max(1), wrong.column().max(1));
    let way_out = match wrong.classify() {
        Category::Eof => CUT,
        Category::Data => "is the file whole, and of this covgate?",
        Category::Syntax | Category::Io => {
            "this is no JSON; `covgate check --report json=FILE` writes a report"
        }
    };
    ReadError { place: Some((line, column)), message: message.to_owned(), way_out }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::choice::ModulesChoice;
    use crate::output::formats::sample;

    #[test]
    fn what_is_no_document_is_told_apart() {
        let wrong = |text: &str| parse(text.as_bytes()).unwrap_err();
        for text in ["{}", "[]", "7", r#"{"format":"1"}"#, r#"{"format":1}"#, r#"[1,"0.1.0"]"#] {
            assert_eq!(wrong(text), foreign(), "{text}");
        }
        assert_eq!(wrong(r#"{"format":0,"covgate":"0"}"#), foreign());
        for newer in [r#"{"format":3,"covgate":"9.0.0","new":[]}"#, r#"{"format":3}"#] {
            assert!(wrong(newer).to_string().starts_with("format 3 is newer than"), "{newer}");
        }
    }

    #[test]
    fn the_format_before_is_read() {
        let mut document = sample::document(vec![sample::below("a")]);
        document.modules[0].dir = "shop".to_owned();
        document.root = "shop".to_owned();
        document.format = 1;
        let mut old = serde_json::to_value(&document).unwrap();
        let fields = old.as_object_mut().unwrap();
        let (_, _) = (fields.remove("modules"), fields.remove("root"));
        fields.insert("module".to_owned(), document.modules[0].path.clone().into());
        fields.insert("module_dir".to_owned(), "shop".into());
        old["packages"][0].as_object_mut().unwrap().remove("module");
        for (workspace, modules) in [(false, ModulesChoice::This), (true, ModulesChoice::Workspace)]
        {
            old["settings"]["workspace"] = workspace.into();
            old["settings"].as_object_mut().unwrap().remove("modules");
            document.settings.modules = modules;
            assert_eq!(parse(old.to_string().as_bytes()).unwrap(), document);
        }
    }

    #[test]
    fn what_is_broken_is_shown_where() {
        let wrong = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!([wrong(""), wrong(" \n")], ["the file is empty"; 2]);
        assert_eq!(wrong("{\n  \"format\": 1,\n  ]"), "3:3: key must be a string");
        assert_eq!(wrong("{\"format\":1,\"covgate\":\"0"), "1:24: EOF while parsing a string");
        let text = "{\"format\":2,\n\"covgate\":\"0\",\n\"go\":7}";
        assert_eq!(wrong(text), "3:6: invalid type: integer `7`, expected a string");
        assert!(wrong("{\"format\":2,\"covgate\":\"0\"}").ends_with("missing field `go`"));
    }
}
