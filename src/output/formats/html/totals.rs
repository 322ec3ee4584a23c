//! Owns the figures at the head of the page: sums over all packages, and of the change.
//! Must not know single packages.

use maud::{Markup, html};

use super::changed;
use super::deltas::Deltas;
use super::{chart, say, shown::Shown};
use crate::domain::percent::Tenths;
use crate::domain::sums::Subject;
use crate::domain::verdict::Status;
use crate::output::document::Document;
use crate::output::formats::change;

/// All figures.
pub(super) fn totals(document: &Document, deltas: Option<&Deltas>) -> Markup {
    let totals = &document.totals;
    let counted = |count: usize, word: &str| (count > 0).then(|| format!("{count} {word}"));
    let parts = [
        counted(totals.passed, "pass"),
        counted(totals.failed, "fail"),
        counted(totals.loose, "loose"),
        counted(totals.flaky, "flaky"),
    ];
    let ignored =
        totals.raw.as_ref().map_or(0, |raw| raw.statements.saturating_sub(totals.statements));
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
                @if ignored > 0 { p.quiet { (say::number(ignored)) " do not count" } }
            }
            div {
                h2 { "Packages" }
                p.figure { (say::number(say::as_count(totals.packages))) }
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
        @if let Some(deltas) = deltas { p { (Shown::line(&deltas.said)) } }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::formats::html::changed::tests::changed;
    use crate::output::formats::html::deltas::tests::compared;

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
    fn an_earlier_run_is_named() {
        let run = compared();
        let figures = totals(&run, Deltas::of(&run).as_ref()).into_string();
        let said = "Compared with main: total coverage 87.5%, was 75.0% (+12.5); packages: 1 rose, 1 fell, 1 new, 1 gone";
        assert!(figures.contains(&format!("<p>{said}</p>")), "{figures}");
        assert!(!totals(&run, None).into_string().contains("Compared"));
    }
}
