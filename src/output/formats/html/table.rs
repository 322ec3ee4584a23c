//! Owns the table of packages, and the controls that filter it. It is complete without a script.
//! Must not know what else is on the page.

use maud::{Markup, html};

use super::changed::{self, Changed};
use super::deltas::Deltas;
use super::say::{self, UNKNOWN};
use super::shown::Shown;
use super::{chart, id, link};
use crate::domain::percent::Coverage;
use crate::domain::verdict::Status;
use crate::output::document::{Document, PackageRecord};

/// The columns that not every run has.
struct Columns<'a> {
    changed: Option<&'a Changed>,
    deltas: Option<&'a Deltas>,
    has_times: bool,
}

/// All packages, and what sorts and filters them.
pub(super) fn table(
    document: &Document,
    changed: Option<&Changed>,
    deltas: Option<&Deltas>,
) -> Markup {
    let has_times = document.packages.iter().any(|package| package.seconds.is_some());
    let columns = Columns { changed, deltas, has_times };
    html! {
        section #packages aria-labelledby="packages-title" tabindex="-1" {
            h2 #packages-title { "Packages" }
            (filters(document, changed))
            div.scroll {
                table #table {
                    thead { tr {
                        (column("Status", "ascending", ""))
                        (column("Package", "ascending", ""))
                        (column("Coverage", "ascending", ""))
                        @if columns.deltas.is_some() {
                            (column("Change", "ascending", "number"))
                        }
                        (column("Floor", "descending", "number"))
                        (column("Missing", "descending", "number"))
                        @if columns.changed.is_some() {
                            (column("Changed", "descending", "number"))
                        }
                        (column("Statements", "descending", "number"))
                        @if has_times { (column("Time", "descending", "number")) }
                    } }
                    tbody {
                        @for (index, package) in document.packages.iter().enumerate() {
                            (row(index, package, &columns))
                        }
                    }
                }
            }
        }
    }
}

fn filters(document: &Document, changed: Option<&Changed>) -> Markup {
    let totals = &document.totals;
    html! {
        div #filters.tools hidden {
            label {
                "Filter "
                input #filter type="search" placeholder="part of a path" autocomplete="off"
                    spellcheck="false";
            }
            label { "Status "
                select #status autocomplete="off" {
                    option value="" { "all (" (totals.packages) ")" }
                    option value="fail" { "FAIL (" (totals.failed) ")" }
                    option value="loose" { "LOOSE (" (totals.loose) ")" }
                    option value="pass" { "PASS (" (totals.passed) ")" }
                }
            }
            @if changed.is_some() {
                label { input #only-changed type="checkbox" autocomplete="off"; " Changed only" }
            }
            output #shown {}
        }
    }
}

/// A column of the table; `first` is the sort order of the first press, which puts first what needs
/// attention.
fn column(name: &str, first: &str, class: &str) -> Markup {
    html! {
        th.{ (class) } scope="col" aria-sort="none" data-first=(first) {
            // A script, if it runs, turns this into a button.
            (name)
        }
    }
}

fn row(index: usize, package: &PackageRecord, columns: &Columns<'_>) -> Markup {
    let (status, _) = say::status(package.status);
    let rank = match package.status {
        Status::Fail => 0,
        Status::Loose => 1,
        Status::Pass => 2,
    };
    let is_measured = package.statements != Some(0);
    let floor = is_measured.then_some(package.floor.percent);
    let changed = columns.changed.and_then(|changed| changed.package(&package.path));
    let number = |value: Option<u64>| value.map_or_else(|| UNKNOWN.to_owned(), say::number);
    html! {
        tr id=(id("p", index)) data-status=(status) data-changed[changed.is_some()] {
            td data-key=(rank) { (badge(package.status)) }
            th scope="row" data-key=(index) { (link(index, &Shown::line(&package.path))) }
            td.coverage data-key=[package.percent] {
                span { (say::maybe_percent(package.percent)) } " "
                (chart::bar(package.percent, floor, package.status))
            }
            @if let Some(deltas) = columns.deltas {
                td.number data-key=[deltas.of_package(&package.path)] {
                    (deltas.cell(&package.path))
                }
            }
            td.number data-key=[floor] { (say::maybe_percent(floor)) }
            td.number data-key=[package.percent.map(|_| package.missing)] {
                @match package.percent {
                    None => (UNKNOWN),
                    Some(_) if package.missing == 0 => span.quiet { "0" },
                    Some(_) => (say::number(package.missing)),
                }
            }
            @if columns.changed.is_some() { (changed_cell(changed)) }
            td.number data-key=[package.statements] { (number(package.statements)) }
            @if columns.has_times {
                td.number data-key=[package.seconds] {
                    (package.seconds.map_or_else(|| UNKNOWN.to_owned(), say::seconds))
                }
            }
        }
    }
}

/// Most uncovered comes first, as in the column of what is missing.
fn changed_cell(changed: Option<Coverage>) -> Markup {
    let uncovered = changed.map(|changed| changed.total.saturating_sub(changed.covered));
    html! {
        td.number data-key=[uncovered] {
            @match changed {
                None => span.quiet { (UNKNOWN) },
                Some(changed) if uncovered == Some(0) => span.quiet { (changed::said(changed)) },
                Some(changed) => (changed::said(changed)),
            }
        }
    }
}

/// A status as a word on its colour.
pub(super) fn badge(status: Status) -> Markup {
    let (class, word) = say::status(status);
    html! { span.badge.{ "is-" (class) } { (word) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::formats::html::changed::tests::changed;
    use crate::output::formats::html::deltas::tests::compared;
    use crate::output::formats::sample::{document, passing};

    fn shown(document: &Document) -> String {
        let changed = Changed::of(document);
        table(document, changed.as_ref(), Deltas::of(document).as_ref()).into_string()
    }

    #[test]
    fn a_change_has_a_column_and_a_filter() {
        let table = shown(&changed());
        assert!(
            table.contains("id=\"only-changed\"") && table.contains(">Changed</th>"),
            "{table}"
        );
        let row = |id: &str| table.split("<tr ").find(|row| row.contains(id)).unwrap();
        assert!(row("id=\"p1\"").contains("<td class=\"number\" data-key=\"4\">2 of 6</td>"));
        assert!(row("id=\"p1\"").starts_with("id=\"p1\" data-status=\"fail\" data-changed>"));
        assert!(row("id=\"p0\"").contains("data-key=\"0\"><span class=\"quiet\">1,200 of 1,200"));
        assert!(!row("id=\"p2\"").contains("data-changed"));
    }

    #[test]
    fn an_earlier_run_has_a_column() {
        let table = shown(&compared());
        assert!(table.contains(">Change</th>"), "{table}");
        let up = "<td class=\"number\" data-key=\"12\"><span aria-hidden=\"true\">+1.2</span>";
        assert!(table.contains(up) && table.contains("<td class=\"number\">new</td>"), "{table}");
    }

    #[test]
    fn what_no_run_was_compared_with_is_not_there() {
        let table = shown(&document(vec![passing("fine")]));
        assert!(!table.contains("hanged") && !table.contains("Change"), "{table}");
    }
}
