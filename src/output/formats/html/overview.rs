//! Owns the first view: the verdict, the totals, what closes the gate, the treemap and the table of
//! packages. It is complete without a script.
//! Must not know sources.

use maud::{Markup, html};

use super::say::{self, UNKNOWN};
use super::shown::Shown;
use super::{chart, id, link};
use crate::domain::verdict::Status;
use crate::output::document::{Document, PackageRecord};
use crate::output::formats::problem::Problem;

/// How many packages without output are listed above the treemap; the table has all.
const MOST_LISTED: usize = 12;
/// If there are no more outputs than this, they are open at first.
const MOST_OPEN: usize = 3;

/// The head of the page.
pub(super) fn banner(document: &Document) -> Markup {
    let commit = document.commit.as_ref().map(|commit| commit.chars().take(12).collect::<String>());
    let shard =
        document.shard.as_ref().map(|shard| format!("part {} of {}", shard.index, shard.count));
    let made = [
        commit.map(|commit| format!("commit {commit}")),
        shard,
        Some(document.go.clone()),
        Some(format!("covgate {}", document.covgate)),
    ];
    let made: Vec<String> = made.into_iter().flatten().collect();
    html! {
        header.banner {
            div {
                h1 { (Shown::line(&document.name())) }
                p.quiet { (Shown::line(&made.join(" · "))) }
            }
            @if document.open {
                strong.gate.is-pass { "Gate open" }
            } @else {
                strong.gate.is-fail { "Gate closed" }
            }
            button #theme type="button" hidden {}
        }
    }
}

/// Everything but single packages.
pub(super) fn overview(document: &Document) -> Markup {
    html! {
        div #overview {
            (totals(document))
            (attention(document))
            section aria-labelledby="map-title" {
                h2 #map-title { "Where the statements are" }
                p.quiet { "Area is statements, colour is coverage. " (left_out(document)) }
                (chart::treemap(document))
                (chart::legend())
            }
            (table(document))
            (conditions(document))
        }
    }
}

fn totals(document: &Document) -> Markup {
    let totals = &document.totals;
    let counted = |count: usize, word: &str| (count > 0).then(|| format!("{count} {word}"));
    let parts = [
        counted(totals.passed, "pass"),
        counted(totals.failed, "fail"),
        counted(totals.loose, "loose"),
    ];
    let missing: u64 = document.packages.iter().map(|package| package.missing).sum();
    html! {
        section.totals aria-label="Totals" {
            div {
                h2 { "Coverage" }
                p.figure { (say::maybe_percent(totals.percent)) }
                (chart::bar(totals.percent, None, Status::Pass))
            }
            div {
                h2 { "Statements" }
                p.figure { (say::number(totals.statements)) }
                p.quiet { (say::number(totals.covered)) " covered" }
            }
            div {
                h2 { "Packages" }
                p.figure { (say::number(as_count(totals.packages))) }
                p.quiet { (parts.into_iter().flatten().collect::<Vec<_>>().join(", ")) }
            }
            div {
                h2 { "Short of floors" }
                p.figure { (say::number(missing)) }
                p.quiet { "statements to cover" }
            }
            @if let Some(phases) = &document.phases {
                div {
                    h2 { "Test runs" }
                    p.figure { (say::seconds(phases.runs.wall)) }
                    p.quiet { (say::seconds(phases.runs.cpu)) " of CPU time" }
                }
            }
        }
    }
}

/// Why some packages are not in the treemap.
fn left_out(document: &Document) -> String {
    let unknown = document.packages.iter().filter(|package| package.statements.is_none()).count();
    let empty = document.packages.iter().filter(|package| package.statements == Some(0)).count();
    let said = |count: usize, why: &str| (count > 0).then(|| format!("{count} {why}"));
    let parts = [said(unknown, "of unknown size"), said(empty, "without statements")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("Not drawn: {}.", parts.join(", ")) }
}

/// What closes the gate, with the output of tests; below it, in its own list, what is only a
/// warning.
fn attention(document: &Document) -> Markup {
    let numbered = document.packages.iter().enumerate();
    let problems = numbered.filter_map(|(index, package)| {
        Problem::of(document, package).map(|problem| (index, problem))
    });
    let (closing, warnings): (Vec<_>, Vec<_>) = problems.partition(|(_, problem)| problem.closes);
    let troubles = &document.troubles;
    html! {
        @if !closing.is_empty() || !troubles.is_empty() {
            section #attention aria-labelledby="attention-title" {
                h2 #attention-title { "What closes the gate" }
                @if !troubles.is_empty() {
                    ul.troubles {
                        @for trouble in troubles { li { (Shown::output(trouble)) } }
                    }
                }
                (findings(&closing))
            }
        }
        @if !warnings.is_empty() {
            section #warnings aria-labelledby="warnings-title" {
                h2 #warnings-title { "Floors that lag" }
                p.quiet { "A warning: they do not close the gate." }
                (findings(&warnings))
            }
        }
    }
}

/// Packages with output, and as many of the others as one looks at.
fn findings(problems: &[(usize, Problem<'_>)]) -> Markup {
    let has_output = |problem: &Problem<'_>| !problem.package.output.is_empty();
    let with_output = problems.iter().filter(|(_, problem)| has_output(problem)).count();
    let mut without = 0;
    let is_listed = |(_, problem): &&(usize, Problem<'_>)| {
        without += usize::from(!has_output(problem));
        has_output(problem) || without <= MOST_LISTED
    };
    let shown: Vec<_> = problems.iter().filter(is_listed).collect();
    let left = problems.len() - shown.len();
    html! {
        ul.findings {
            @for (index, problem) in shown {
                li { (finding(*index, problem, with_output <= MOST_OPEN)) }
            }
        }
        @if left > 0 {
            p.quiet { "And " (left) " more: see " a href="#packages" { "the table" } "." }
        }
    }
}

fn finding(index: usize, problem: &Problem<'_>, is_open: bool) -> Markup {
    let package = problem.package;
    html! {
        (badge(package.status)) " "
        (link(index, &Shown::line(&package.path))) " "
        span { (Shown::line(&problem.message())) }
        @if !package.output.is_empty() {
            details open[is_open] {
                summary { "Test output" }
                pre.output id=(id("o", index)) tabindex="0" role="region"
                    aria-label={ "Test output of " (Shown::line(&package.path)) } {
                    // A parser drops a line break here and nowhere else.
                    "\n" (Shown::output(&package.output))
                }
            }
        }
    }
}

fn badge(status: Status) -> Markup {
    let (class, word) = say::status(status);
    html! { span.badge.{ "is-" (class) } { (word) } }
}

fn table(document: &Document) -> Markup {
    let has_times = document.packages.iter().any(|package| package.seconds.is_some());
    let totals = &document.totals;
    html! {
        section #packages aria-labelledby="packages-title" tabindex="-1" {
            h2 #packages-title { "Packages" }
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
                output #shown {}
            }
            div.scroll {
                table #table {
                    thead { tr {
                        (column("Status", "ascending", ""))
                        (column("Package", "ascending", ""))
                        (column("Coverage", "ascending", ""))
                        (column("Floor", "descending", "number"))
                        (column("Missing", "descending", "number"))
                        (column("Statements", "descending", "number"))
                        @if has_times { (column("Time", "descending", "number")) }
                    } }
                    tbody {
                        @for (index, package) in document.packages.iter().enumerate() {
                            (row(index, package, has_times))
                        }
                    }
                }
            }
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

fn row(index: usize, package: &PackageRecord, has_times: bool) -> Markup {
    let (status, _) = say::status(package.status);
    let rank = match package.status {
        Status::Fail => 0,
        Status::Loose => 1,
        Status::Pass => 2,
    };
    let is_measured = package.statements != Some(0);
    let floor = is_measured.then_some(package.floor.percent);
    let number = |value: Option<u64>| value.map_or_else(|| UNKNOWN.to_owned(), say::number);
    html! {
        tr id=(id("p", index)) data-status=(status) {
            td data-key=(rank) { (badge(package.status)) }
            th scope="row" data-key=(index) { (link(index, &Shown::line(&package.path))) }
            td.coverage data-key=[package.percent] {
                span { (say::maybe_percent(package.percent)) } " "
                (chart::bar(package.percent, floor, package.status))
            }
            td.number data-key=[floor] { (say::maybe_percent(floor)) }
            td.number data-key=[package.percent.map(|_| package.missing)] {
                @match package.percent {
                    None => (UNKNOWN),
                    Some(_) if package.missing == 0 => span.quiet { "0" },
                    Some(_) => (say::number(package.missing)),
                }
            }
            td.number data-key=[package.statements] { (number(package.statements)) }
            @if has_times {
                td.number data-key=[package.seconds] {
                    (package.seconds.map_or_else(|| UNKNOWN.to_owned(), say::seconds))
                }
            }
        }
    }
}

/// The rest: packages that were left out, and the settings that decide.
fn conditions(document: &Document) -> Markup {
    let settings = &document.settings;
    let floor = say::percent(settings.default_threshold);
    let tightness = format!("{}, from {} points", settings.tightness, settings.tightness_tolerance);
    let flags = settings.go_test_flags.join(" ");
    let facts = [
        ("Packages asked for", settings.patterns.join(" ")),
        ("Default floor", floor),
        ("Floors that lag", tightness),
        ("Flags for go test", if flags.is_empty() { "none".to_owned() } else { flags }),
    ];
    let unaffected = say::count(as_count(document.unaffected), "package", "packages");
    html! {
        section aria-labelledby="conditions-title" {
            h2 #conditions-title { "How it was measured" }
            dl.facts {
                @for (name, text) in facts { dt { (name) } dd { (Shown::line(&text)) } }
                @if document.unaffected > 0 {
                    dt { "Left out" }
                    dd { (unaffected) " that no change affects" }
                }
            }
            @if !document.excluded.is_empty() {
                details {
                    summary { "Excluded: " (document.excluded.len()) }
                    ul { @for path in &document.excluded { li { (Shown::line(path)) } } }
                }
            }
        }
    }
}

fn as_count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::choice::Tightness;
    use crate::output::document::OutcomeKind;
    use crate::output::formats::sample::{below, broken, document, loose, passing};

    /// The parts of the page above the treemap: what closes the gate, and what is a warning.
    fn lists(document: &Document) -> (String, String) {
        let page = attention(document).into_string();
        let (closing, warnings) =
            page.split_once("<section id=\"warnings\"").unwrap_or((&page, ""));
        (closing.to_owned(), warnings.to_owned())
    }

    #[test]
    fn what_is_only_warned_of_does_not_close_the_gate() {
        let mut run = document(vec![passing("fine"), below("short"), loose("lags")]);
        let (closing, warnings) = lists(&run);
        assert!(closing.contains("What closes the gate"), "{closing}");
        assert!(closing.contains(">short</a>") && closing.contains(">lags</a>"), "{closing}");
        assert_eq!(warnings, "");

        run.settings.tightness = Tightness::Warn;
        let (closing, warnings) = lists(&run);
        assert!(closing.contains(">short</a>") && !closing.contains("lags"), "{closing}");
        assert!(warnings.contains("Floors that lag") && warnings.contains(">lags</a>"));
        let said = "coverage 100.0%, floor 80.0%: required lags actual by 20.0pp";
        assert!(warnings.contains(said) && !warnings.contains("short"), "{warnings}");

        run.packages.remove(1);
        let (closing, warnings) = lists(&run);
        assert_eq!(closing, "", "nothing closes the gate");
        assert!(warnings.contains(">lags</a>"));
        run.troubles = vec!["a profile was cut off".to_owned()];
        assert!(lists(&run).0.contains("<li>a profile was cut off</li>"));
    }

    #[test]
    fn a_long_list_is_cut_but_for_what_tests_printed() {
        let mut packages = vec![below("short"); MOST_LISTED + 3];
        packages.push(broken("last", OutcomeKind::TestsFailed, "no\n"));
        let (closing, _) = lists(&document(packages));
        assert_eq!(closing.matches(">short</a>").count(), MOST_LISTED);
        assert!(closing.contains(">last</a>"));
        assert!(closing.contains("And 3 more: see <a href=\"#packages\">the table</a>."));
        let (closing, _) = lists(&document(vec![below("short"); MOST_LISTED]));
        assert!(!closing.contains("more: see"), "{closing}");
    }
}
