//! Owns the list of packages that passed only when they were run again, with what their failed runs printed.
//! Must not know what closes the gate.

use maud::{Markup, html};

use super::link;
use super::shown::Shown;
use super::table::badge;
use crate::output::document::Document;
use crate::output::formats::flaky::{FlakyPass, heading};

/// The list; nothing where there is none.
pub(super) fn flaky(document: &Document) -> Markup {
    let passes = FlakyPass::all(document);
    html! {
        @if !passes.is_empty() {
            section #flaky aria-labelledby="flaky-title" {
                h2 #flaky-title { (heading(&passes)) }
                p.quiet { "What counts is the coverage of the run that passed." }
                ul.findings { @for pass in &passes { li { (one(pass)) } } }
            }
        }
    }
}

fn one(pass: &FlakyPass<'_>) -> Markup {
    let path = Shown::line(&pass.package.path);
    html! {
        (badge(pass.package.status)) " " (link(pass.index, &path)) " " span { (pass.how()) }
        @for (run, output) in pass.failed_runs() {
            details {
                summary { "Output of run " (run) }
                pre.output tabindex="0" role="region"
                    aria-label={ "Output of run " (run) " of " (path) } {
                    // A parser drops a line break here and nowhere else.
                    "\n" (Shown::output(output))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::formats::sample::{document, flaky as flaky_package, passing};

    #[test]
    fn each_has_the_output_of_its_failed_runs() {
        assert_eq!(flaky(&document(vec![passing("a")])).into_string(), "");
        let runs = ["\n</pre><b>\u{1b}[1m", ""];
        let page = flaky(&document(vec![passing("a"), flaky_package("b", &runs)])).into_string();
        assert!(page.contains(">1 package passed only when run again</h2>"), "{page}");
        assert!(page.contains("href=\"#p1\">b</a> <span>passed on run 3</span>"), "{page}");
        assert!(page.contains("\">\n\n&lt;/pre&gt;&lt;b&gt;"), "{page}");
        assert_eq!(page.matches("<details><summary>Output of run ").count(), 1, "{page}");
    }
}
