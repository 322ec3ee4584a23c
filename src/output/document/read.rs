//! Owns the reading of a document from bytes, and errors that name the place.
//! Must not know what the document is read for.

use std::{fmt, fs, io};

use camino::Utf8Path;
use serde::Deserialize;
use serde_json::error::Category;

use super::{Document, FORMAT};
use crate::error::{Error, Result};
use crate::exit::Exit;

/// The bytes are no document that this covgate can read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing is there.
    #[error("the file is empty")]
    Empty,
    /// JSON without its end.
    #[error("{0}")]
    Cut(Place),
    /// Not JSON.
    #[error("{0}")]
    NoJson(Place),
    /// JSON that lacks something, or that has something of another kind.
    #[error("{0}")]
    Shape(Place),
    /// JSON of something else.
    #[error("no report of covgate")]
    Foreign,
    /// A document of a later covgate.
    #[error("format {0} is newer than this covgate, which reads format {FORMAT}")]
    Newer(u32),
}

/// Where a document is broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    line: usize,
    /// From 1, in bytes.
    column: usize,
    /// What is wrong there.
    message: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl ReadError {
    /// What to do about it.
    fn way_out(&self) -> &'static str {
        match self {
            Self::Empty | Self::Cut(_) => {
                "did the job that writes it come to its end, and was all of it copied?"
            }
            Self::NoJson(_) => {
                "this is no JSON; `covgate check --report json=FILE` writes a report"
            }
            Self::Shape(_) => "is the file whole, and of this covgate?",
            Self::Foreign => "`covgate check --report json=FILE` writes one",
            Self::Newer(_) => "install the covgate that wrote it, or a newer one",
        }
    }
}

/// What tells a document from other JSON, whatever its format.
#[derive(Deserialize)]
struct Head {
    format: Option<u32>,
    covgate: Option<String>,
}

/// Reads a document.
///
/// # Errors
/// When the bytes are none, or one of a format to come.
pub fn parse(bytes: &[u8]) -> Result<Document, ReadError> {
    if bytes.trim_ascii().is_empty() {
        return Err(ReadError::Empty);
    }
    let head: Head = match serde_json::from_slice(bytes) {
        Ok(head) => head,
        Err(wrong) if wrong.classify() == Category::Data => return Err(ReadError::Foreign),
        Err(wrong) => return Err(at(&wrong)),
    };
    // A list is read as an object whose fields come in order: no report of covgate's.
    let object = bytes.trim_ascii_start().first() == Some(&b'{');
    match head {
        Head { format: Some(1..=FORMAT), covgate: Some(_) } if object => {}
        Head { format: Some(format), .. } if object && format > FORMAT => {
            return Err(ReadError::Newer(format));
        }
        _ => return Err(ReadError::Foreign),
    }
    serde_json::from_slice(bytes).map_err(|wrong| at(&wrong))
}

/// Reads a document from a file.
///
/// # Errors
/// When the file cannot be read, or holds none (exit 2).
pub fn file(path: &Utf8Path) -> Result<Document> {
    let bytes = fs::read(path).map_err(|cause| unreadable(path, cause))?;
    parse(&bytes).map_err(|wrong| {
        let hint = wrong.way_out();
        let place = match wrong {
            ReadError::Cut(_) | ReadError::NoJson(_) | ReadError::Shape(_) => format!("{path}:"),
            ReadError::Empty | ReadError::Foreign | ReadError::Newer(_) => format!("{path}: "),
        };
        Error::usage(format!("{place}{wrong}")).hint(hint)
    })
}

fn unreadable(path: &Utf8Path, cause: io::Error) -> Error {
    let is_pattern = path.as_str().contains(['*', '?', '[']);
    let matches_nothing = is_pattern && cause.kind() == io::ErrorKind::NotFound;
    let error = Error::new(Exit::Usage, cause).context(format!("cannot read {path}"));
    if matches_nothing {
        return error.hint("the pattern matches no file: a shell hands on such a one as it is");
    }
    error
}

fn at(wrong: &serde_json::Error) -> ReadError {
    let said = wrong.to_string();
    let message = said.rsplit_once(" at line ").map_or(said.as_str(), |(message, _)| message);
    // Before the first byte, serde_json counts from 0.
    let (line, column) = (wrong.line().max(1), wrong.column().max(1));
    let place = Place { line, column, message: message.to_owned() };
    match wrong.classify() {
        Category::Eof => ReadError::Cut(place),
        Category::Data => ReadError::Shape(place),
        Category::Syntax | Category::Io => ReadError::NoJson(place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_document_is_told_apart() {
        let wrong = |text: &str| parse(text.as_bytes()).unwrap_err();
        for foreign in ["{}", "[]", "7", r#"{"format":"1"}"#, r#"{"format":1}"#, r#"[1,"0.1.0"]"#] {
            assert_eq!(wrong(foreign), ReadError::Foreign, "{foreign}");
        }
        assert_eq!(wrong(r#"{"format":0,"covgate":"0"}"#), ReadError::Foreign);
        assert_eq!(wrong(r#"{"format":2,"covgate":"9.0.0","new":[]}"#), ReadError::Newer(2));
        assert_eq!(wrong(r#"{"format":3}"#), ReadError::Newer(3));
    }

    #[test]
    fn what_is_broken_is_shown_where() {
        let wrong = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!((wrong(""), wrong(" \n")), (ReadError::Empty.to_string(), wrong("")));
        assert_eq!(wrong("{\n  \"format\": 1,\n  ]"), "3:3: key must be a string");
        assert_eq!(wrong("{\"format\":1,\"covgate\":\"0"), "1:24: EOF while parsing a string");
        let text = "{\"format\":1,\n\"covgate\":\"0\",\n\"go\":7}";
        assert_eq!(wrong(text), "3:6: invalid type: integer `7`, expected a string");
        assert!(wrong("{\"format\":1,\"covgate\":\"0\"}").ends_with("missing field `go`"));
    }
}
