//! Owns the `markdown` report, for a step's summary and a comment on GitHub.
//! Must not know where it is written.
//!
//! All quoted text is in code: there GitHub makes no markup and no links, and notifies nobody.

use super::file_names::in_repository;
use super::flaky::{self, FlakyPass};
use super::links::LinkBase;
use super::problem::{Kind, Place, Problem, name, percent};
use super::{Sources, change};
use crate::domain::baseline::{Comparison, signed};
use crate::domain::counted::counted;
use crate::domain::percent::Tenths;
use crate::domain::shorten::{at_the_end, in_the_middle};
use crate::domain::verdict::Status;
use crate::domain::visible;
use crate::output::document::Document;
use crate::output::foreign;

/// The largest page: GitHub shows nothing of a larger summary of a step (1 MiB: `AttachmentSizeLimit` in the
/// runner's `FileCommandManager.cs`), and GitLab takes no larger comment (a million characters, its docs on
/// instance limits say).
const PAGE: usize = 1_000_000;
/// The largest comment that GitHub takes, in characters. What says what a change did is meant for one.
const COMMENT: usize = 65_536;
/// How much of one package's output is shown: nobody reads more in a browser.
const OUTPUT: usize = 64 * 1024;
/// How much is shown of each of a run's troubles.
const TROUBLE: usize = 1024;
/// How many places are named where what changed is not covered.
const CHANGED: usize = 20;
/// How many packages are named that rose, and that fell.
const COMPARED: usize = 5;
/// How many uncovered ranges of a package are named.
const RANGES: usize = 3;

/// Writes the verdict, what a change did, what needs attention, the output of failing packages, what passed
/// only when it was run again, and all others. Where it says what a change did, all but that and the verdict is folded.
pub(super) fn render(document: &Document, sources: &Sources) -> Vec<u8> {
    let limit = if is_of_change(document) { COMMENT } else { PAGE };
    within(document, sources.web.as_ref(), limit).into_bytes()
}

fn is_of_change(document: &Document) -> bool {
    document.change.is_some() || document.baseline.is_some()
}

fn within(document: &Document, web: Option<&LinkBase>, limit: usize) -> String {
    let problems = Problem::all(document);
    let mut page = Page::new(limit);
    page.put(&verdict(document));
    compared(document, &mut page);
    page.list("\nChanged and not covered:\n\n", uncovered(document, web), "");
    page.list("\n", document.troubles.iter().map(|text| trouble(text)), "");
    let folded = is_of_change(document).then(|| {
        let count = counted(problems.len() as u64, "package");
        let open = if document.open { "" } else { " open" };
        format!("\n<details{open}><summary>{count} in need of attention</summary>\n{ATTENTION}")
    });
    let (opening, closing) = match &folded {
        Some(opening) => (opening.as_str(), "\n</details>\n"),
        None => (ATTENTION, ""),
    };
    page.list(opening, problems.iter().map(attention), closing);
    failures(&problems, &mut page);
    flaky(document, &mut page);
    differing(document, &mut page);
    rest(document, &mut page);
    page.finish()
}

/// What rose and fell since an earlier run: a line for all together, one each for the packages that fell
/// and rose most, and all of them in a table.
fn compared(document: &Document, page: &mut Page) {
    let Some(baseline) = &document.baseline else { return };
    let comparison = baseline.comparison();
    page.put(&format!("\n{}\n", sentence(&comparison)));
    for (what, rose) in [("Fell", false), ("Rose", true)] {
        let packages = comparison.sorted(rose);
        let named = packages.iter().take(COMPARED).filter_map(|one| {
            Some(format!("{} {} ({})", code(&one.label), points(one.now), signed(one.change()?)))
        });
        let named: Vec<String> = named.collect();
        let more = match packages.len().saturating_sub(COMPARED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        if !named.is_empty() {
            page.put(&format!("\n{what}: {}{more}.\n", named.join(", ")));
        }
    }
}

/// The table of all packages that differ, folded.
fn differing(document: &Document, page: &mut Page) {
    let Some(baseline) = &document.baseline else { return };
    let comparison = baseline.comparison();
    let rows = comparison.packages.iter().map(|one| {
        let (change, then, now) = (one.word(), points(one.then), points(one.now));
        format!("| {} | {change} | {then} | {now} | |\n", cell(&one.label))
    });
    let count = counted(comparison.packages.len() as u64, "package");
    let opening = format!(
        "\n<details><summary>{count} with another coverage than before</summary>\n
| Package | Change | Before | Now | |\n| --- | ---: | ---: | ---: | --- |\n"
    );
    page.list(&opening, rows, "\n</details>\n");
}

/// The line for all together, with what was asked for in code.
fn sentence(comparison: &Comparison) -> String {
    let (name, text) = (visible::line(&comparison.name), comparison.to_string());
    match text.strip_prefix("Compared with ").and_then(|rest| rest.strip_prefix(name.as_ref())) {
        Some(rest) => format!("Compared with {}{rest}.", code(&comparison.name)),
        None => format!("{}.", code(&text)),
    }
}

fn points(shown: Option<Tenths>) -> String {
    shown.map_or_else(|| "---".to_owned(), |shown| format!("{shown}%"))
}

const ATTENTION: &str = "
| Package | Status | Coverage | Floor | What is wrong |
| --- | --- | ---: | ---: | --- |
";

fn verdict(document: &Document) -> String {
    let totals = &document.totals;
    let verdict = if document.open { "open" } else { "closed" };
    let mut text = format!("### Coverage gate: {verdict}\n\n");
    let count = |count: usize, what: &str| counted(count as u64, what);
    text.push_str(&format!("{} measured", count(totals.packages, "package")));
    let kinds = [(totals.passed, "pass"), (totals.failed, "fail"), (totals.loose, "loose")];
    for (index, (count, what)) in kinds.into_iter().filter(|(count, _)| *count > 0).enumerate() {
        text.push_str(&format!("{} {count} {what}", if index == 0 { ":" } else { "," }));
    }
    text.push('.');
    if let Some(covered) = totals.percent {
        let statements = counted(totals.statements, "statement");
        text.push_str(&format!(" {} of {statements} covered.", percent(Some(covered))));
    }
    if totals.flaky > 0 {
        text.push_str(&format!(" {} flaky.", count(totals.flaky, "package")));
    }
    if document.unaffected > 0 {
        text.push_str(&format!(" {} not affected.", count(document.unaffected, "package")));
    }
    if let Some(shard) = &document.shard {
        text.push_str(&format!(" Shard {} of {}.", shard.index, shard.count));
    }
    text.push('\n');
    for sum in change::sums(document) {
        text.push_str(&format!("\n{sum}\n"));
    }
    text
}

/// The changed lines that no test runs.
fn uncovered(document: &Document, web: Option<&LinkBase>) -> impl Iterator<Item = String> + Clone {
    let all = change::uncovered(document);
    let more = all.len().saturating_sub(CHANGED);
    let more = (more > 0).then(|| format!("- and {}\n", counted(more as u64, "more place")));
    let shown = all.into_iter().take(CHANGED).map(|(path, piece)| {
        let place = format!("{path}:{}-{}", piece.first, piece.last);
        let statements = counted(piece.statements.into(), "statement");
        let place = code(&place);
        let place = match web {
            None => place,
            Some(web) => {
                let path = in_repository(document, path);
                format!("[{place}]({})", web.of(&path, piece.first, piece.last))
            }
        };
        format!("- {place} ({statements})\n")
    });
    shown.collect::<Vec<_>>().into_iter().chain(more)
}

fn trouble(text: &str) -> String {
    format!("- {}\n", code(&at_the_end(text, TROUBLE)))
}

/// A row for a package that needs attention.
fn attention(problem: &Problem<'_>) -> String {
    let package = problem.package;
    let word = if problem.kind == Kind::Loose { "LOOSE" } else { "FAIL" };
    let floor = match problem.kind {
        Kind::Unmeasured => None,
        Kind::Below | Kind::Loose => Some(package.floor.percent),
    };
    let why = match problem.kind {
        Kind::Unmeasured | Kind::Loose => cell(&problem.why()),
        Kind::Below => format!("{}{}", problem.why(), places(problem)),
    };
    let (coverage, floor) = (percent(package.percent), percent(floor));
    format!("| {} | {word} | {coverage} | {floor} | {why} |\n", cell(problem.name()))
}

/// The largest ranges that no test runs.
fn places(problem: &Problem<'_>) -> String {
    let places = problem.largest();
    let shown = |place: &Place<'_>| cell(&format!("{}:{}", place.file, place.range));
    let named: Vec<String> = places.iter().take(RANGES).map(shown).collect();
    match places.len().saturating_sub(RANGES) {
        _ if named.is_empty() => String::new(),
        0 => format!("; not covered: {}", named.join(", ")),
        more => format!("; not covered: {} and {more} smaller", named.join(", ")),
    }
}

/// The output for each package that could not be measured.
fn failures(problems: &[Problem<'_>], page: &mut Page) {
    let failing = problems.iter().map(|problem| problem.package);
    let telling = failing.filter(|package| !package.output.is_empty());
    let all: Vec<_> = telling.map(|package| (title(name(package)), &*package.output)).collect();
    outputs(&all, page);
}

/// The packages that passed only when they were run again, and what their failed runs printed.
fn flaky(document: &Document, page: &mut Page) {
    let passes = FlakyPass::all(document);
    let rows = passes.iter().map(|pass| format!("- {}: {}\n", code(pass.name()), pass.how()));
    let heading = flaky::heading(&passes);
    let (opening, closing) = if is_of_change(document) {
        (format!("\n<details><summary>{heading}</summary>\n\n"), "\n</details>\n")
    } else {
        (format!("\n{heading}:\n\n"), "")
    };
    page.list(&opening, rows, closing);
    let runs = passes.iter().flat_map(|pass| {
        let name = title(pass.name());
        pass.failed_runs().map(move |(run, output)| (format!("{name}, run {run}"), output))
    });
    outputs(&runs.collect::<Vec<_>>(), page);
}

/// Where an output is from, in HTML.
fn title(name: &str) -> String {
    format!("Output of <code>{}</code>", html(&foreign::line(name)))
}

/// Outputs with their titles; each gets the same share of the room.
fn outputs(all: &[(String, &str)], page: &mut Page) {
    for (index, (title, text)) in all.iter().enumerate() {
        let share = OUTPUT.min(page.room() / (all.len() - index));
        match output(title, text, share) {
            Some(text) if page.put(&text) => {}
            _ => page.outputs += 1,
        }
    }
}

/// One output, folded; none if not even a part of it fits.
fn output(title: &str, text: &str, room: usize) -> Option<String> {
    let all = foreign::text(text);
    let folded = |limit| {
        let shown = in_the_middle(all.trim_end(), limit);
        // No run of backticks in the text is as long as this, so nothing in it ends the block.
        let fence = "`".repeat(longest_run(&shown).max(2) + 1);
        format!(
            "\n<details><summary>{title}</summary>\n\n{fence}text\n{shown}\n{fence}\n\n</details>\n"
        )
    };
    // The worst case is output of nothing but backticks, which needs a fence as long at either end.
    let limits = [OUTPUT, room.saturating_sub(256), room.saturating_sub(256) / 3];
    limits.into_iter().filter(|limit| *limit > 0).map(folded).find(|text| text.len() <= room)
}

/// All packages that need no attention.
fn rest(document: &Document, page: &mut Page) {
    let passing = document.packages.iter().filter(|package| package.status == Status::Pass);
    let passed = passing.map(|package| {
        let why = package.reason.as_deref().map(cell).unwrap_or_default();
        let floor = package.percent.map(|_| package.floor.percent);
        let (coverage, floor) = (percent(package.percent), percent(floor));
        format!("| {} | PASS | {coverage} | {floor} | {why} |\n", cell(name(package)))
    });
    let excluded = document
        .excluded
        .iter()
        .map(|path| format!("| {} | SKIPPED | --- | --- | excluded |\n", cell(path)));
    let count = passed.clone().count() + excluded.len();
    let count = counted(count as u64, "other package");
    let opening = format!(
        "\n<details><summary>{count}</summary>\n
| Package | Status | Coverage | Floor | |\n| --- | --- | ---: | ---: | --- |\n"
    );
    page.list(&opening, passed.chain(excluded), "\n</details>\n");
}

/// Text of limited length; pieces are added completely or not at all.
struct Page {
    text: String,
    limit: usize,
    /// Rows and outputs that did not fit.
    rows: usize,
    outputs: usize,
}

impl Page {
    /// The room for the last line, on what was cut.
    const NOTE: usize = 160;

    fn new(limit: usize) -> Self {
        Self { text: String::new(), limit, rows: 0, outputs: 0 }
    }

    /// The room that is left.
    fn room(&self) -> usize {
        self.limit.saturating_sub(self.text.len() + Self::NOTE)
    }

    /// Adds all of a piece, or nothing.
    fn put(&mut self, piece: &str) -> bool {
        let fits = piece.len() <= self.room();
        if fits {
            self.text.push_str(piece);
        }
        fits
    }

    /// Adds as many rows as fit between an opening and its end; nothing without rows.
    fn list(&mut self, opening: &str, rows: impl Iterator<Item = String>, closing: &str) {
        let (start, cut) = (self.text.len(), self.rows);
        for row in rows {
            let opening = if self.text.len() == start { opening } else { "" };
            let fits = opening.len() + row.len() + closing.len() <= self.room();
            // After the first row that does not fit, no other is tried: a list has no holes.
            if fits && self.rows == cut {
                self.text.push_str(opening);
                self.text.push_str(&row);
            } else {
                self.rows += 1;
            }
        }
        if self.text.len() > start {
            self.text.push_str(closing);
        }
    }

    /// The whole text, with a note on what is missing.
    fn finish(mut self) -> String {
        if self.rows + self.outputs > 0 {
            let rows = counted(self.rows as u64, "row");
            let outputs = counted(self.outputs as u64, "output");
            self.text.push_str(&format!(
                "\nCut to {} bytes, the most that fits there: {rows} and {outputs} are missing.\n",
                self.limit
            ));
        }
        self.text
    }
}

/// Foreign text as code, where Markdown is read.
fn code(foreign: &str) -> String {
    let text = foreign::line(foreign);
    let fence = "`".repeat(longest_run(&text) + 1);
    // A backtick at an end would count as a part of the fence; of two spaces, Markdown drops one.
    let is_bare = !text.is_empty() && !text.starts_with(['`', ' ']) && !text.ends_with(['`', ' ']);
    if is_bare { format!("{fence}{text}{fence}") } else { format!("{fence} {text} {fence}") }
}

/// Foreign text as code in a table, whose cells are split before anything else is read. Parsers
/// disagree on a backslash before an escaped bar, so there is none.
fn cell(foreign: &str) -> String {
    code(foreign).replace("\\|", "\\ |").replace('|', "\\|")
}

/// Foreign text where HTML is read.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use comrak::nodes::NodeValue;
    use comrak::{Arena, Options, parse_document};
    use proptest::prelude::*;

    use super::*;
    use crate::output::document::{
        BaselineRecord, ChangeRecord, ChangedFileRecord, OutcomeKind, PackageChangeRecord,
        PieceRecord, SumRecord,
    };
    use crate::output::formats::sample::{
        below, broken, document, documents, flaky as flaky_package, hostile, passing,
    };

    fn text(document: &Document) -> String {
        let sources = Sources { root: "/nowhere".into(), web: None };
        String::from_utf8(render(document, &sources)).unwrap()
    }

    /// What GitHub makes of a text: this parser is a port of the one that GitHub uses.
    #[derive(Debug, Default)]
    struct Read {
        /// The first cell of each row.
        names: Vec<String>,
        /// Text in fences.
        blocks: Vec<String>,
        html: Vec<String>,
        /// Text outside of code, which could be markup.
        texts: String,
        /// Anything that should not be there.
        strange: Vec<String>,
    }

    fn read(markdown: &str) -> Read {
        let mut options = Options::default();
        options.extension.table = true;
        options.extension.autolink = true;
        options.extension.strikethrough = true;
        let arena = Arena::new();
        let mut read = Read::default();
        for node in parse_document(&arena, markdown, &options).descendants() {
            match &node.data.borrow().value {
                NodeValue::TableRow(false) => {
                    let cell = node.first_child().unwrap();
                    match &cell.first_child().unwrap().data.borrow().value {
                        NodeValue::Code(code) => read.names.push(code.literal.clone()),
                        other => read.strange.push(format!("{other:?}")),
                    }
                    let cells = node.children().count();
                    let filled = node.children().filter(|cell| cell.first_child().is_some());
                    if !matches!((cells, filled.count()), (5, 4 | 5)) {
                        read.strange.push(format!("{cells} cells"));
                    }
                }
                NodeValue::CodeBlock(block) if block.fenced && block.closed => {
                    read.blocks.push(block.literal.clone());
                }
                NodeValue::HtmlBlock(block) => read.html.push(block.literal.clone()),
                NodeValue::Text(text) => read.texts.push_str(text),
                NodeValue::Document
                | NodeValue::Heading(_)
                | NodeValue::Paragraph
                | NodeValue::List(_)
                | NodeValue::Item(_)
                | NodeValue::Table(_)
                | NodeValue::TableRow(_)
                | NodeValue::TableCell
                | NodeValue::Code(_) => {}
                other => read.strange.push(format!("{other:?}")),
            }
        }
        read
    }

    #[test]
    fn nothing_is_wrong() {
        insta::assert_snapshot!(text(&document(vec![passing("a")])), @r"
        ### Coverage gate: open

        1 package measured: 1 pass. 50.0% of 10 statements covered.

        <details><summary>1 other package</summary>

        | Package | Status | Coverage | Floor | |
        | --- | --- | ---: | ---: | --- |
        | `a` | PASS | 100.0% | 80.0% |  |

        </details>
        ");
    }

    fn compared(packages: &[(&str, Option<f64>, Option<f64>)]) -> BaselineRecord {
        let sum = |covered| SumRecord { statements: 10, covered, percent: None };
        let differing = packages.iter().map(|(path, then, now)| PackageChangeRecord {
            path: (*path).to_owned(),
            then: *then,
            now: *now,
            change: None,
        });
        BaselineRecord {
            name: "main".to_owned(),
            commit: Some("0123456789abcdef".to_owned()),
            then: sum(6),
            now: sum(5),
            change: None,
            packages: differing.collect(),
        }
    }

    #[test]
    fn what_a_change_did_comes_first() {
        let mut run = document(vec![passing("a"), below("b"), flaky_package("f", &["not yet\n"])]);
        run.root = "sub".to_owned();
        run.change = Some(ChangeRecord {
            base: "main".to_owned(),
            statements: 4,
            covered: 1,
            percent: Some(25.0),
            files: vec![ChangedFileRecord {
                path: "b/x y.go".to_owned(),
                uncovered: vec![PieceRecord(3, 5, 2), PieceRecord(9, 9, 1)],
                covered: vec![PieceRecord(7, 7, 1)],
            }],
        });
        run.baseline = Some(compared(&[
            ("b", Some(60.0), Some(50.0)),
            ("a", Some(99.0), Some(100.0)),
            ("c", None, Some(1.0)),
        ]));
        let web = "https://h.example/o/r/blob/0".parse().ok();
        let page = render(&run, &Sources { root: "/nowhere".into(), web });
        let page = String::from_utf8(page).unwrap();
        assert_eq!(read(&page).html.len(), 10, "{page}");
        insta::assert_snapshot!(page);
    }

    proptest! {
        #[test]
        fn an_earlier_run_is_only_quoted(name in hostile(), packages in proptest::collection::vec(hostile(), 0..9)) {
            let mut run = document(Vec::new());
            let of = |path| (path, Some(50.0), Some(40.0));
            let packages: Vec<_> = packages.iter().map(|path| of(path.as_str())).collect();
            run.baseline = Some(BaselineRecord { name, ..compared(&packages) });
            let read = read(&text(&run));
            prop_assert!(read.strange.is_empty(), "{:?}", read.strange);
            prop_assert_eq!(read.names.len(), packages.len());
            let is_own = |c: char| c.is_ascii_alphanumeric() || " .,;:%-+()".contains(c);
            prop_assert!(read.texts.chars().all(is_own), "{}", read.texts);
        }
    }

    #[test]
    fn no_package_is_affected() {
        let mut run = document(Vec::new());
        (run.totals.percent, run.unaffected) = (None, 7);
        insta::assert_snapshot!(text(&run), @r"
        ### Coverage gate: open

        0 packages measured. 7 packages not affected.
        ");
    }

    #[test]
    fn a_flood_does_not_drown_the_others() {
        let flood = "all work and no play\n".repeat(10_000);
        let mut packages = vec![broken("flood", OutcomeKind::TestsFailed, &flood); 20];
        packages.push(broken("last", OutcomeKind::TestsFailed, "the last words\n"));
        packages.extend((0..20_000).map(|number| passing(&format!("p{number}"))));
        let text = text(&document(packages));
        assert!(text.len() <= PAGE && text.len() > PAGE * 9 / 10, "{}", text.len());
        assert!(text.contains("\nthe last words\n") && text.contains("| `p0` |"));
        assert!(text.contains("bytes of output cut here]\nall work and no play\n"));
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("Cut to 1000000 bytes, the most that fits there: "), "{last}");
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_only_quoted(run in documents()) {
            let read = read(&text(&run));
            prop_assert!(read.strange.is_empty(), "{:?}", read.strange);
            let problems = Problem::all(&run);
            let attention = problems.iter().map(Problem::name);
            let passing = run.packages.iter().filter(|one| one.status == Status::Pass).map(name);
            let all = attention.chain(passing).chain(run.excluded.iter().map(String::as_str));
            let trimmed = |text: &str| text.trim_matches(' ').to_owned();
            let expected: Vec<String> = all
                .map(|name| trimmed(&foreign::line(name).replace("\\|", "\\ |")))
                .collect();
            let names: Vec<String> = read.names.iter().map(|name| trimmed(name)).collect();
            prop_assert_eq!(names, expected);

            let failing = problems.iter().map(|problem| &problem.package.output);
            let flaky = run.packages.iter().flat_map(|package| &package.failed_runs);
            let outputs = failing.chain(flaky).filter(|output| !output.is_empty());
            let expected: Vec<String> =
                outputs.map(|output| format!("{}\n", foreign::text(output).trim_end())).collect();
            prop_assert_eq!(&read.blocks, &expected);

            let is_own = |c: char| c.is_ascii_alphanumeric() || " .,;:%-".contains(c);
            prop_assert!(read.texts.chars().all(is_own), "{}", read.texts);
            let closing = read.html.iter().filter(|html| *html == "</details>\n").count();
            prop_assert_eq!(read.html.len(), 2 * closing);
            for html in read.html.iter().filter(|html| *html != "</details>\n") {
                let title = html.strip_prefix("<details><summary>").unwrap();
                let title = title.strip_suffix("</summary>\n").unwrap();
                let title = title.replace("<code>", "").replace("</code>", "");
                prop_assert!(!title.contains(['<', '>', '\n']), "{}", title);
            }
        }

        #[test]
        fn no_text_is_too_long_or_half(run in documents(), limit in 400usize..6000) {
            let text = within(&run, None, limit);
            prop_assert!(text.len() <= limit, "{} of {limit}", text.len());
            let read = read(&text);
            prop_assert!(read.strange.is_empty(), "{:?}", read.strange);
            let closing = read.html.iter().filter(|html| *html == "</details>\n").count();
            prop_assert_eq!(read.html.len(), 2 * closing, "{}", text);
        }
    }
}
