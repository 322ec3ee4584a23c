//! Owns reports for machines: which formats there are, and where each is written.
//! Must not know how anything was measured: a renderer sees one [`Document`], and the sources where
//! it shows them.

mod cobertura;
mod github;
mod html;
mod json;
mod junit;
mod lcov;
mod lines;
mod markdown;
mod names;
mod plain;
mod problem;
mod profile;
#[cfg(test)]
mod sample;
mod spots;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};

use crate::document::Document;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::gate::report_error;

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
    choice: Choice,
    target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    One(Format),
    /// What suits the place: `github` on GitHub, nothing elsewhere.
    Auto,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    /// In place of the text.
    Stdout,
    /// Besides the text, after all else that is said there.
    Stderr,
    File(Utf8PathBuf),
}

impl Target {
    /// The same for every spelling of one place, as far as its folder exists.
    fn place(&self, folder: &Utf8Path) -> Self {
        match self {
            Self::File(path) => Self::File(resolved(&folder.join(path))),
            other => other.clone(),
        }
    }

    /// For messages.
    fn name(&self) -> &str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::File(path) => path.as_str(),
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
    ("auto", Choice::Auto, "github where GITHUB_ACTIONS is true, on stderr; nothing elsewhere"),
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
        let (name, path) = match text.split_once('=') {
            Some((name, path)) => (name, Some(path)),
            None => (text, None),
        };
        let found = CHOICES.iter().find(|(known, ..)| *known == name);
        let choice = found.map(|(_, choice, _)| *choice);
        let choice = choice.ok_or_else(|| RequestError::Format(name.to_owned()))?;
        let target = match (path, choice) {
            (Some(""), _) => return Err(RequestError::NoPath(name.to_owned())),
            // GitHub reads both streams, and the log keeps its text.
            (None, Choice::Auto) => Target::Stderr,
            (None | Some("-"), _) => Target::Stdout,
            (Some(path), _) => Target::File(path.into()),
        };
        Ok(Self { choice, target })
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
    target: Target,
    /// Where that is.
    place: Target,
}

impl Requests {
    /// What `--report` was given; relative paths start in `folder`, and `variable` reads the
    /// environment.
    ///
    /// # Errors
    /// When two reports would be mixed on stdout, or in one file (exit 2).
    pub fn new(
        requests: Vec<Request>,
        folder: &Utf8Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let mut places: Vec<Target> = Vec::new();
        for request in &requests {
            let place = request.target.place(folder);
            if places.contains(&place) {
                let place = request.target.name();
                return Err(Error::usage(format!("two reports would be written to {place}"))
                    .hint("give each a file of its own: --report FORMAT=PATH"));
            }
            places.push(place);
        }
        let on_github = || variable("GITHUB_ACTIONS").as_deref() == Some("true");
        let reports = requests.into_iter().zip(places).filter_map(|(request, place)| {
            let Request { choice, target } = request;
            let format = match choice {
                Choice::One(format) => format,
                Choice::Auto => on_github().then_some(Format::Github)?,
            };
            Some(Report { format, target, place })
        });
        Ok(Self(reports.collect()))
    }

    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the text goes: to stdout, unless a report takes its place.
    pub fn text<'w>(&self, out: &'w mut dyn Write) -> Box<dyn Write + 'w> {
        match self.0.iter().any(|report| report.target == Target::Stdout) {
            true => Box::new(io::sink()),
            false => Box::new(out),
        }
    }

    /// Writes all of them, each whole or not at all.
    ///
    /// # Errors
    /// The first that cannot be written, after the others were; what else cannot be is said on
    /// `err`.
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
            let one = match &report.place {
                Target::Stdout => put(out, &rendered).map_err(report_error),
                Target::Stderr => put(err, &rendered).map_err(report_error),
                Target::File(path) => replace(path, &rendered).map_err(|cause| {
                    Error::new(Exit::Environment, cause)
                        .context(format!("cannot write the report {}", report.target.name()))
                }),
            };
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

/// Where the system names what is open already: renaming a file to such a name is no way to write.
fn is_device(path: &Utf8Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// Where a path leads: a link is written through, not replaced.
fn resolved(path: &Utf8Path) -> Utf8PathBuf {
    if is_device(path) {
        return path.to_owned();
    }
    if let Ok(real) = path.canonicalize_utf8() {
        return real;
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder,
        _ => Utf8Path::new("."),
    };
    // A link to what is not there yet: one step is what people make.
    if let Ok(leads) = path.read_link_utf8() {
        return folder.join(leads);
    }
    match (folder.canonicalize_utf8(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn put(stream: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
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

/// A file as a whole, or as it was: written beside it, then renamed. What is no regular file (a
/// pipe, `/dev/stderr`) is written as it is.
fn replace(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    if is_device(path) || fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let folder = path.parent().filter(|folder| !folder.as_str().is_empty());
    // As any new file: what the umask leaves of it. And an error is the system's own words, without
    // a name that nobody has heard of.
    let create = |path: &Path| fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = tempfile::Builder::new()
        .prefix(".covgate-")
        .make_in(folder.unwrap_or(Utf8Path::new(".")), create)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
