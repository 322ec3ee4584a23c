//! Owns reports for machines: the table of formats, one row each. What `--report` takes, help, the
//! words of errors, the README's list and the lists of the tests are made from these rows.
//! Must not know how anything was measured: a renderer sees one [`Document`], and the sources where
//! it shows them.

mod badge;
mod change;
mod cobertura;
mod destination;
mod file_names;
mod flaky;
mod github;
mod html;
mod json;
mod junit;
mod lcov;
mod links;
mod markdown;
mod problem;
mod profile;
mod requests;
#[cfg(test)]
pub(crate) mod sample;
mod scale;
mod spots;
#[cfg(test)]
mod tests;

use camino::{Utf8Path, Utf8PathBuf};

pub use self::json::schema;
pub use self::links::LinkBase;
pub use self::requests::{Request, RequestError, Requests};
use crate::domain::paths::stays_inside;
use crate::output::document::Document;
use crate::output::history::History;
use crate::tools::files::read_regular;

/// A kind of report.
#[derive(Debug)]
struct Format {
    /// As `--report` takes it, and as docs/reports.md names its section.
    name: &'static str,
    /// What help and the README say of it.
    about: &'static str,
    render: fn(&Document, &Sources) -> Vec<u8>,
}

/// Every format, in the order in which help shows them.
static FORMATS: &[Format] = &[
    Format {
        name: "badge",
        about: "one small SVG with the total, for a README",
        render: |document, _| badge::render(document),
    },
    Format {
        name: "cobertura",
        about: "XML for GitLab, Jenkins and Azure",
        render: |document, _| cobertura::render(document),
    },
    Format {
        name: "github",
        about: "annotations in a pull request on GitHub",
        render: |document, _| github::render(document),
    },
    Format {
        name: "html",
        about: "one page for people: a treemap, a table, the sources",
        render: html::render,
    },
    Format {
        name: "json",
        about: "everything, for scripts and for `covgate merge`",
        render: |document, _| json::render(document),
    },
    Format {
        name: "junit",
        about: "packages as test cases, for CI servers",
        render: |document, _| junit::render(document),
    },
    Format {
        name: "lcov",
        about: "an LCOV tracefile, for services and editors",
        render: |document, _| lcov::render(document),
    },
    Format {
        name: "markdown",
        about: "for $GITHUB_STEP_SUMMARY, or a comment",
        render: markdown::render,
    },
    Format {
        name: "profile",
        about: "a coverage profile, for `go tool cover`",
        render: |document, _| profile::render(document),
    },
];

/// What `--report` takes besides: no format of its own, but the one that suits the place.
const AUTO: &str = "auto";
const AUTO_ON_GITHUB: &str = "github";
const ABOUT_AUTO: &str = "github in GitHub Actions, on stderr; else nothing";

/// The page of a history.
#[must_use]
pub fn history_page(history: &History) -> Vec<u8> {
    html::history::render(history)
}

/// What `--report` takes, and what is said of it.
fn choices() -> impl Iterator<Item = (&'static str, &'static str)> {
    let formats = FORMATS.iter().map(|format| (format.name, format.about));
    [(AUTO, ABOUT_AUTO)].into_iter().chain(formats)
}

/// The names of all formats.
pub fn names() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.name)
}

/// What `--help` says of `--report`.
#[must_use]
pub fn help() -> String {
    let width = choices().map(|(name, _)| name.len()).max().unwrap_or_default();
    let list: String =
        choices().map(|(name, about)| format!("\n  {name:<width$}  {about}")).collect();
    format!(
        "Write a report besides the text; repeatable. Without PATH, or with -, it takes the place \
         of the text on stdout.\n{list}"
    )
}

/// The choices as the README lists them.
#[must_use]
pub fn reference() -> String {
    choices()
        .map(|(name, about)| format!("- [`{name}`](docs/reports.md#{name}): {about}\n"))
        .collect()
}

/// Where the sources are that a report may show.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The module's root.
    pub root: Utf8PathBuf,
    /// Where they are on the web, if that is known.
    pub web: Option<LinkBase>,
}

impl Sources {
    /// A file's bytes, by its path in the module; none where it cannot be read. The path comes from a
    /// report, and the page goes to others: what lies elsewhere, or is a link that leads there, is none
    /// of their business.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        let root = self.root.canonicalize_utf8().ok()?;
        let real = root.join(stays_inside(Utf8Path::new(path))?).canonicalize_utf8().ok()?;
        let inside = real.starts_with(&root);
        inside.then(|| read_regular(real.as_std_path()).ok())?
    }
}
