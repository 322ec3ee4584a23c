//! Owns reports for machines: which formats there are, and where each is written.
//! Must not know how anything was measured: a renderer sees one [`Document`], and the sources where
//! it shows them.

mod cobertura;
mod destination;
mod file_names;
mod foreign;
mod github;
mod html;
mod json;
mod junit;
mod lcov;
mod markdown;
mod problem;
mod profile;
#[cfg(test)]
pub(crate) mod sample;
mod spots;

use std::fs;
use std::io::{self, Write};
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};

use self::destination::{Place, Target};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::output::document::Document;

pub use self::json::schema;

/// A kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// XML after Cobertura's DTD, for GitLab, Jenkins and Azure.
    Cobertura,
    /// Annotations in a pull request on GitHub.
    Github,
    /// A page for people: totals, a treemap, a table, the sources.
    Html,
    /// Everything, for scripts and for `covgate merge`.
    Json,
    /// Packages as test cases, for CI servers.
    Junit,
    /// An LCOV tracefile, for services and editors.
    Lcov,
    /// A page for a step's summary on GitHub, or for a comment.
    Markdown,
    /// A coverage profile, for `go tool cover`.
    Profile,
}

/// `FORMAT[=PATH]`, as `--report` takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    asked: String,
    choice: Choice,
    target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    One(Format),
    /// What suits the place: `github` on GitHub, nothing elsewhere.
    Auto,
}

impl Choice {
    fn format(self, on_github: bool) -> Option<Format> {
        match self {
            Self::One(format) => Some(format),
            Self::Auto => on_github.then_some(Format::Github),
        }
    }
}

/// The text asks for no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There is no such format.
    #[error("no such format: `{0}`; there are {names}", names = names())]
    Format(String),
    /// Nothing stands behind the equals sign.
    #[error("`{0}=` names no file")]
    NoPath(String),
}

/// What `--report` takes, and what `--help` says of it.
const CHOICES: [(&str, Choice, &str); 9] = [
    ("auto", Choice::Auto, "github in GitHub Actions, on stderr; else nothing"),
    ("cobertura", Choice::One(Format::Cobertura), "XML for GitLab, Jenkins and Azure"),
    ("github", Choice::One(Format::Github), "annotations in a pull request on GitHub"),
    ("html", Choice::One(Format::Html), "one page for people: a treemap, a table, the sources"),
    ("json", Choice::One(Format::Json), "everything, for scripts and for `covgate merge`"),
    ("junit", Choice::One(Format::Junit), "packages as test cases, for CI servers"),
    ("lcov", Choice::One(Format::Lcov), "an LCOV tracefile, for services and editors"),
    ("markdown", Choice::One(Format::Markdown), "for $GITHUB_STEP_SUMMARY, or a comment"),
    ("profile", Choice::One(Format::Profile), "a coverage profile, for `go tool cover`"),
];

/// The names of all formats, for messages.
fn names() -> String {
    CHOICES.map(|(name, ..)| name).join(", ")
}

/// What `--help` says of `--report`.
#[must_use]
pub fn help() -> String {
    let list = CHOICES.map(|(name, _, what)| format!("\n  {name:<9}  {what}")).concat();
    format!(
        "Write a report besides the text; repeatable. Without PATH, or with -, it takes the place \
         of the text on stdout.\n{list}"
    )
}

impl FromStr for Request {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        let (name, path) = split(text);
        let found = CHOICES.iter().find(|(known, ..)| *known == name);
        let choice = found.map(|(_, choice, _)| *choice);
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

/// Where the sources are that a report may show.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The module's root.
    pub root: Utf8PathBuf,
}

impl Sources {
    /// A file's bytes, by its path in the module; none where it cannot be read.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.root.join(path)).ok()
    }
}

/// All reports that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Requests(Vec<Report>);

#[derive(Debug, Clone)]
struct Report {
    format: Format,
    /// As it was asked for.
    asked: String,
    place: Place,
}

impl Requests {
    /// What `--report` was given; relative paths start in `folder`, and `variable` reads the
    /// environment.
    ///
    /// # Errors
    /// When one cannot be written, or two would be mixed on stdout, or in one file (exit 2).
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
                // What is not written here need not have a place here.
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
        Ok(Self(reports))
    }

    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the text goes: to stdout, unless a report takes its place.
    pub fn text<'w>(&self, out: &'w mut dyn Write) -> Box<dyn Write + 'w> {
        match self.0.iter().any(|report| report.place == Place::Stdout) {
            true => Box::new(io::sink()),
            false => Box::new(out),
        }
    }

    /// Writes all of them, each whole or not at all.
    ///
    /// # Errors
    /// The first that cannot be written any more, after the others were; what else cannot be is
    /// said on `err`.
    pub fn write(
        &self,
        document: &Document,
        sources: &Sources,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<()> {
        let mut written = Ok(());
        for report in &self.0 {
            let rendered = render(report.format, document, sources);
            let one = report.place.write(&rendered, out, err);
            let one = one.map_err(|cause| match report.place {
                Place::Stdout | Place::Stderr => Error::report(cause),
                _ => Error::new(Exit::Environment, cause).context(cannot_write(&report.asked)),
            });
            match (&written, one) {
                // Only one can be the run's own error; the others are not to be lost.
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

/// No report can go there, as is known before anything runs.
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

/// Two reports would be mixed, or one of them lost.
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

fn render(format: Format, document: &Document, sources: &Sources) -> Vec<u8> {
    match format {
        Format::Cobertura => cobertura::render(document),
        Format::Github => github::render(document),
        Format::Html => html::render(document, sources),
        Format::Json => json::render(document),
        Format::Junit => junit::render(document),
        Format::Lcov => lcov::render(document),
        Format::Markdown => markdown::render(document),
        Format::Profile => profile::render(document),
    }
}
