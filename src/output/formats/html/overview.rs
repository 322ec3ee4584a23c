//! Owns the first view: the verdict, what closes the gate, where the other parts are, and what belongs below
//! the table of packages. It is complete without a script.
//! Must not know sources.

use maud::{Markup, html};

use super::changed::Changed;
use super::deltas::Deltas;
use super::flaky::flaky;
use super::say;
use super::shown::Shown;
use super::table::{badge, table};
use super::totals::totals;
use super::{chart, id, link};
use crate::domain::commit::short;
use crate::domain::sums::Sum;
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
    let commit = document.commit.as_deref().map(short);
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
            (totals(document, deltas.as_ref()))
            (attention(document))
            (flaky(document))
            section aria-labelledby="map-title" {
                h2 #map-title { "Where the statements are" }
                p.quiet { "Area is statements, colour is coverage, a frame is a folder. " (left_out(document)) }
                (chart::treemap(document, deltas.as_ref()))
                (chart::legend())
            }
            (table(document, changed, deltas.as_ref()))
            (conditions(document, deltas.as_ref()))
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
fn conditions(document: &Document, deltas: Option<&Deltas>) -> Markup {
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
    let unaffected = say::count(say::as_count(document.unaffected), "package", "packages");
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
            (folded("Excluded", document.excluded.iter().map(String::as_str)))
            @if let Some(deltas) = deltas {
                (folded(&format!("Gone since {}", deltas.name), deltas.gone.iter().map(String::as_str)))
            }
        }
    }
}

/// Paths of packages that have no row, folded.
fn folded<'a>(what: &str, paths: impl ExactSizeIterator<Item = &'a str>) -> Markup {
    html! {
        @if paths.len() > 0 {
            details {
                summary { (Shown::line(what)) ": " (paths.len()) }
                ul { @for path in paths { li { (Shown::line(path)) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::choice::Tightness;
    use crate::output::document::OutcomeKind;
    use crate::output::formats::html::changed::tests::changed;
    use crate::output::formats::html::deltas::tests::compared;
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
    fn packages_that_are_gone_are_named() {
        let run = compared();
        let rest = conditions(&run, Deltas::of(&run).as_ref()).into_string();
        assert!(rest.contains("<summary>Gone since main: 1</summary><ul><li>old</li></ul>"));
        assert!(!conditions(&run, None).into_string().contains("<details>"));
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
