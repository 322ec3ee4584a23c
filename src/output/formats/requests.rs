//! Owns which reports were asked for: reads `--report`, writes each report to its place, and
//! refuses two for one place.
//! Must not know what is in a report.

use std::io::{self, Write};
use std::str::FromStr;

use camino::Utf8Path;

use super::destination::{Place, Target};
use super::{AUTO, AUTO_ON_GITHUB, FORMATS, Format, LinkBase, Sources, choices};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::document::Document;

/// `FORMAT[=PATH]`, as `--report` takes it.
#[derive(Debug, Clone)]
pub struct Request {
    asked: String,
    choice: Choice,
    target: Target,
}

#[derive(Debug, Clone, Copy)]
enum Choice {
    One(&'static Format),
    /// A format on GitHub, nothing elsewhere.
    Auto,
}

impl Choice {
    fn named(name: &str) -> Option<Self> {
        match name {
            AUTO => Some(Self::Auto),
            _ => named(name).map(Self::One),
        }
    }

    fn format(self, on_github: bool) -> Option<&'static Format> {
        match self {
            Self::One(format) => Some(format),
            Self::Auto => named(AUTO_ON_GITHUB).filter(|_| on_github),
        }
    }
}

fn named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// All choices, for messages.
fn known() -> String {
    choices().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}

/// The text does not ask for a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There is no such format.
    #[error("no such format: `{0}`; there are {known}", known = known())]
    Format(String),
    /// There is nothing after the equals sign.
    #[error("`{0}=` names no file")]
    NoPath(String),
}

impl FromStr for Request {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        let (name, path) = split(text);
        let choice = Choice::named(name);
        let choice = choice.ok_or_else(|| RequestError::Format(name.to_owned()))?;
        let target = match (path, choice) {
            (Some(""), _) => return Err(RequestError::NoPath(name.to_owned())),
            // GitHub reads both streams, and the log keeps its text.
            (None, Choice::Auto) => Target::Stderr,
            (None | Some("-" | "/dev/stdout"), _) => Target::Stdout,
            (Some("/dev/stderr"), _) => Target::Stderr,
            (Some(path), _) => Target::Path(path.into()),
        };
        Ok(Self { asked: text.to_owned(), choice, target })
    }
}

/// `FORMAT` and `PATH`.
fn split(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((name, path)) => (name, Some(path)),
        None => (text, None),
    }
}

/// All reports that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Requests {
    reports: Vec<Report>,
    web: Option<LinkBase>,
}

#[derive(Debug, Clone)]
struct Report {
    format: &'static Format,
    /// The text of the option.
    asked: String,
    place: Place,
}

impl Requests {
    /// Takes the values of `--report`; relative paths start in `folder`, and `variable` reads the
    /// environment.
    ///
    /// # Errors
    /// When one cannot be written, or two would be mixed on stdout or in one file (exit 2).
    pub fn new(
        requests: Vec<Request>,
        folder: &Utf8Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let on_github = variable("GITHUB_ACTIONS").as_deref() == Some("true");
        let (mut taken, mut reports) = (Vec::<Place>::new(), Vec::new());
        for Request { asked, choice, target } in requests {
            let format = choice.format(on_github);
            let place = match (Place::of(&target, folder), format) {
                (Ok(place), _) => place,
                // A report that is not written here needs no place here.
                (Err(_), None) => continue,
                (Err(cause), Some(_)) => return Err(unfit(&asked, cause)),
            };
            if taken.iter().any(|other| other.is(&place)) {
                return Err(twice(&asked, &place));
            }
            if place.is_redirected_to() {
                return Err(Error::usage(format!(
                    "the report {asked} would take the place of the file that stdout or stderr goes to"
                ))
                .hint("name another file, or leave the redirection out"));
            }
            taken.push(place.clone());
            reports.extend(format.map(|format| Report { format, asked, place }));
        }
        for Report { asked, place, .. } in &reports {
            place.try_out().map_err(|cause| unfit(asked, cause))?;
        }
        Ok(Self { reports, web: None })
    }

    /// The same, with links to lines where the repository's files are on the web.
    #[must_use]
    pub fn linked(self, web: Option<LinkBase>) -> Self {
        Self { web, ..self }
    }

    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reports.is_empty()
    }

    /// Where the text goes: to stdout, unless a report takes its place.
    pub fn text<'w>(&self, out: &'w mut dyn Write) -> Box<dyn Write + 'w> {
        match self.reports.iter().any(|report| report.place == Place::Stdout) {
            true => Box::new(io::sink()),
            false => Box::new(out),
        }
    }

    /// Writes all of them, each completely or not at all. Sources lie in `root`.
    ///
    /// # Errors
    /// When reports can no longer be written, for the first of them, after all others were tried.
    /// Further errors go to `err`.
    pub fn write(
        &self,
        document: &Document,
        root: &Utf8Path,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<()> {
        let sources = Sources { root: root.to_owned(), web: self.web.clone() };
        let mut written = Ok(());
        for report in &self.reports {
            let rendered = (report.format.render)(document, &sources);
            let one = report.place.write(&rendered, out, err);
            let one = one.map_err(|cause| match report.place {
                Place::Stdout | Place::Stderr => Error::report(cause),
                _ => Error::new(Exit::Environment, cause).context(cannot_write(&report.asked)),
            });
            match (&written, one) {
                // Only one can be the run's own error; the others must not get lost.
                (Err(_), Err(another)) => drop(another.write_to(err)),
                (Ok(()), one) => written = one,
                (Err(_), Ok(())) => {}
            }
        }
        written
    }
}

fn cannot_write(asked: &str) -> String {
    format!("cannot write the report {asked}")
}

/// The error for a report that cannot be written there, known before anything runs.
fn unfit(asked: &str, cause: io::Error) -> Error {
    use io::ErrorKind::{NotADirectory, NotFound};
    let (name, _) = split(asked);
    let way_out = match cause.kind() {
        NotFound | NotADirectory => "make its folder first, or name another file",
        _ => "name another file",
    };
    Error::new(Exit::Usage, cause)
        .context(cannot_write(asked))
        .hint(format!("{way_out}: --report {name}=PATH"))
}

/// The error if two reports would be mixed, or one of them lost.
fn twice(asked: &str, place: &Place) -> Error {
    let (_, path) = split(asked);
    let name = match place {
        Place::Stdout => "stdout",
        Place::Stderr => "stderr",
        Place::Open(_) | Place::File(_) => path.unwrap_or_default(),
    };
    Error::usage(format!("two reports would be written to {name}"))
        .hint("give each a file of its own: --report FORMAT=PATH")
}
