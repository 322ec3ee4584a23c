//! Owns the first view: the verdict, the totals, what closes the gate, the treemap, and what belongs below
//! the table of packages. It is complete without a script.
//! Must not know sources.

use maud::{Markup, html};

use super::changed::{self, Changed};
use super::deltas::Deltas;
use super::say;
use super::shown::Shown;
use super::table::{badge, table};
use super::{chart, id, link};
use crate::domain::percent::Tenths;
use crate::domain::sums::{Subject, Sum};
use crate::domain::verdict::Status;
use crate::output::document::Document;
use crate::output::formats::change;
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
pub(super) fn overview(document: &Document, changed: Option<&Changed>) -> Markup {
    let deltas = Deltas::of(document);
    html! {
        div #overview {
            (totals(document))
            (attention(document))
            section aria-labelledby="map-title" {
                h2 #map-title { "Where the statements are" }
                p.quiet { "Area is statements, colour is coverage, a frame is a folder. " (left_out(document)) }
                (chart::treemap(document, &deltas))
                (chart::legend())
            }
            (table(document, changed, &deltas))
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
            (changed_statements(document))
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

/// How much of the change is covered, where the run was compared with something.
fn changed_statements(document: &Document) -> Markup {
    let sums = change::sums(document);
    let Some(sum) = sums.iter().find(|sum| sum.subject == Subject::Changed) else {
        return html! {};
    };
    let points = |tenths: Tenths| f64::from(tenths.get()) / 10.0;
    let minimum = sum.minimum.map(|minimum| points(minimum.shown()));
    let status = if sum.is_reached() { Status::Pass } else { Status::Fail };
    html! {
        div #changed-statements {
            h2 { "Changed statements" }
            @match sum.coverage.shown().map(points) {
                None => { p.figure { "0" } p.quiet { "no statement is changed" } }
                Some(percent) => {
                    p.figure { (changed::said(sum.coverage)) }
                    (chart::bar(Some(percent), minimum, status))
                    p.quiet {
                        (say::percent(percent)) " covered"
                        @if let Some(minimum) = minimum { ", minimum " (say::percent(minimum)) }
                    }
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
    let short: Vec<Sum> =
        change::sums(document).into_iter().filter(|sum| !sum.is_reached()).collect();
    html! {
        @if !closing.is_empty() || !troubles.is_empty() || !short.is_empty() {
            section #attention aria-labelledby="attention-title" {
                h2 #attention-title { "What closes the gate" }
                @if !troubles.is_empty() {
                    ul.troubles {
                        @for trouble in troubles { li { (Shown::output(trouble)) } }
                    }
                }
                @if !short.is_empty() {
                    ul.findings { @for sum in &short { li { (short_sum(sum)) } } }
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

/// All packages together, or the change, below the minimum.
fn short_sum(sum: &Sum) -> Markup {
    let needs = say::count(sum.missing(), "more statement", "more statements");
    html! { (badge(Status::Fail)) " " span { (sum.to_string()) ": needs " (needs) } }
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
        @if !shown.is_empty() {
            ul.findings {
                @for (index, problem) in shown {
                    li { (finding(*index, problem, with_output <= MOST_OPEN)) }
                }
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
    use crate::output::formats::html::changed::tests::changed;
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
    fn a_change_below_its_minimum_closes_the_gate() {
        let mut run = changed();
        run.packages.retain(|package| package.status == Status::Pass);
        run.settings.patch_threshold = Some(99.8);
        let said = "Changed statements: 1202 of 1206 covered, 99.7% (minimum 99.8%): needs 1 more statement";
        let (closing, _) = lists(&run);
        assert!(closing.contains("What closes the gate") && closing.contains(said), "{closing}");
        run.settings.patch_threshold = Some(99.0);
        assert_eq!(lists(&run).0, "");
    }

    #[test]
    fn the_changed_statements_are_a_figure() {
        let mut run = changed();
        run.settings.patch_threshold = Some(99.8);
        let figure = changed_statements(&run).into_string();
        assert!(figure.contains(">1,202 of 1,206</p>"), "{figure}");
        assert!(figure.contains("99.7% covered, minimum 99.8%") && figure.contains("is-fail"));
        run.settings.patch_threshold = None;
        let figure = changed_statements(&run).into_string();
        assert!(figure.contains("99.7% covered</p>") && figure.contains("is-pass"), "{figure}");
        run.change = None;
        assert_eq!(changed_statements(&run).into_string(), "");
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
