//! Owns what the page says of parts that do not count: where each is, by whose word, and why.
//! Must not know how lines are marked, or how much of a package counts.

use maud::{Markup, html};
use serde::Serialize;

use super::say;
use super::shown::Shown;
use crate::domain::ignores::Kind;
use crate::domain::paths;
use crate::domain::shorten::at_the_end;
use crate::domain::statements::Area;
use crate::output::document::{IgnoreRecord, PackageRecord};

/// The longest reason in the page, in bytes. `json` has all of it.
const REASON: usize = 1000;

/// A part that does not count, for the script.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Ignored {
    /// Its file's place among those of the package; none if the file is not in the page.
    file: Option<usize>,
    /// The file's name, and the line of the directive.
    place: Shown,
    what: String,
    by: &'static str,
    why: Shown,
    statements: String,
    /// The first and last line; none for a whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<(u32, u32)>,
}

/// All of a package, in the document's order.
pub(super) fn of(package: &PackageRecord) -> Vec<Ignored> {
    package.ignores.iter().map(|ignore| one(ignore, package)).collect()
}

fn one(ignore: &IgnoreRecord, package: &PackageRecord) -> Ignored {
    let IgnoreRecord { kind, path, line, reason, statements, covered, .. } = ignore;
    let (by, why) = match kind {
        Kind::ExcludedFile => ("exclude-files", "a glob in the settings names the file"),
        Kind::GeneratedFile => ("exclude-generated", "the file says that it is generated"),
        Kind::Statement | Kind::Block | Kind::Case | Kind::Function | Kind::File => {
            ("directive", reason.as_str())
        }
    };
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    let area = ignore.place();
    let last = match area.end.column {
        0 | 1 => area.end.line.saturating_sub(1).max(area.start.line),
        _ => area.end.line,
    };
    let statements = match covered {
        Some(covered) => {
            format!("{} of {} covered", say::number(*covered), say::number(*statements))
        }
        None => say::count(*statements, "statement", "statements"),
    };
    Ignored {
        file: package.files.iter().position(|file| file.path == *path),
        place: Shown::line(&format!("{}{line}", paths::last(path))),
        what: kind.to_string(),
        by,
        why: Shown::line(&at_the_end(why, REASON)),
        statements,
        lines: (area != Area::WHOLE).then_some((area.start.line, last)),
    }
}

/// The empty table; the script fills it.
pub(super) fn table() -> Markup {
    html! {
        section #package-ignored hidden {
            h3 { "What does not count" }
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "Where" }
                            th scope="col" { "What" }
                            th scope="col" { "By" }
                            th scope="col" { "Statements" }
                            th scope="col" { "Why" }
                        }
                    }
                    tbody {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::document::AreaRecord;
    use crate::output::formats::sample::passing;

    fn record(kind: Kind, line: Option<u32>, reason: &str) -> IgnoreRecord {
        IgnoreRecord {
            kind,
            path: "p/a.go".to_owned(),
            line,
            reason: reason.to_owned(),
            area: None,
            statements: 1200,
            covered: Some(0),
        }
    }

    #[test]
    fn each_has_its_place_and_its_reason() {
        let area = Some(AreaRecord(4, 2, 6, 1));
        let directive = IgnoreRecord { area, ..record(Kind::Block, Some(4), "a\u{1b}b") };
        let unknown = IgnoreRecord { covered: None, ..record(Kind::ExcludedFile, None, "x") };
        let elsewhere = IgnoreRecord {
            path: "p/gone.go".to_owned(),
            ..record(Kind::GeneratedFile, None, "exclude-generated")
        };
        let package =
            PackageRecord { ignores: vec![directive, unknown, elsewhere], ..passing("p") };
        let all = of(&package);
        let said: Vec<String> = all
            .iter()
            .map(|one| {
                let (place, why) = (one.place.as_str(), one.why.as_str());
                format!("{place} {} {} {}: {why}", one.what, one.by, one.statements)
            })
            .collect();
        assert_eq!(
            said,
            [
                "a.go:4 block directive 0 of 1,200 covered: a␛b",
                "a.go file exclude-files 1,200 statements: a glob in the settings names the file",
                "gone.go file exclude-generated 0 of 1,200 covered: the file says that it is generated",
            ]
        );
        let places: Vec<_> = all.iter().map(|one| (one.file, one.lines)).collect();
        assert_eq!(places, [(Some(0), Some((4, 5))), (Some(0), None), (None, None)]);
    }

    #[test]
    fn a_long_reason_is_cut() {
        let long = record(Kind::File, Some(1), &"long ".repeat(2000));
        let all = of(&PackageRecord { ignores: vec![long], ..passing("p") });
        assert!(all[0].why.as_str().len() <= REASON && all[0].why.as_str().ends_with('…'));
    }
}
