//! Owns the `github` report: workflow commands, which GitHub Actions shows as annotations on the
//! lines of a pull request.
//! Must not know where it is written, or whether this is GitHub at all.

use std::fmt::{self, Write};

use super::change;
use super::file_names::in_repository;
use super::flaky::FlakyPass;
use super::problem::{Kind, Place, Problem};
use super::spots::{Spot, spots};
use crate::domain::counted::counted;
use crate::domain::floor;
use crate::domain::paths;
use crate::domain::shorten::at_the_end;
use crate::output::document::Document;
use crate::output::foreign;

/// How many annotations of each level GitHub shows per step. It silently drops the rest
/// (<https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations>, and
/// `_maxCountPerIssueType` in the runner's `ExecutionContext.cs`).
const SHOWN: usize = 10;

/// The longest message that GitHub shows, in UTF-16 units (`_maxIssueMessageLength`, same file). A
/// text never has more of these than bytes.
const MESSAGE: usize = 4096;

/// The longest title that GitHub shows
/// (<https://docs.github.com/en/rest/checks/runs#create-a-check-run>, `annotations`).
const TITLE: usize = 255;

/// Writes one command per line, the most important first: GitHub shows the first ones.
pub(super) fn render(document: &Document) -> Vec<u8> {
    let all = annotations(document);
    let (mut text, mut cut) = (String::new(), Vec::new());
    for level in [Level::Error, Level::Warning] {
        let of_level: Vec<_> = all.iter().filter(|one| one.level == level).collect();
        for annotation in of_level.iter().take(SHOWN) {
            let _ = writeln!(text, "{annotation}");
        }
        if of_level.len() > SHOWN {
            cut.push(counted((of_level.len() - SHOWN) as u64, &format!("more {level}")));
        }
    }
    if !cut.is_empty() {
        let cut = cut.join(" and ");
        let _ = writeln!(text, "::notice title=covgate::{cut} cut; GitHub shows {SHOWN} a step");
    }
    text.into_bytes()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One workflow command.
#[derive(Debug)]
struct Annotation {
    level: Level,
    place: Option<At>,
    title: String,
    message: String,
}

/// Where an annotation is shown.
#[derive(Debug)]
struct At {
    /// Its path in the repository.
    file: String,
    line: u32,
    end_line: Option<u32>,
    column: Option<u32>,
}

impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "::{} ", self.level)?;
        if let Some(At { file, line, end_line, column }) = &self.place {
            write!(f, "file={},line={line},", property(file))?;
            if let Some(end_line) = end_line {
                write!(f, "endLine={end_line},")?;
            }
            if let Some(column) = column {
                write!(f, "col={column},")?;
            }
        }
        write!(f, "title={}::{}", property(&self.short_title()), data(&self.shown()))
    }
}

impl Annotation {
    /// The title, cut to the longest that GitHub shows.
    fn short_title(&self) -> String {
        at_the_end(&foreign::line(&self.title), TITLE)
    }

    /// The message, cut to the longest that GitHub shows.
    fn shown(&self) -> String {
        at_the_end(foreign::text(&self.message).trim_end(), MESSAGE)
    }
}

/// Escapes text as GitHub reads it after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes text as GitHub reads it in a property.
fn property(text: &str) -> String {
    data(&foreign::line(text)).replace(':', "%3A").replace(',', "%2C")
}

/// All annotations: changed lines that no test runs, failures, then missing coverage, then passes that are
/// flaky, then floors that lag.
fn annotations(document: &Document) -> Vec<Annotation> {
    let problems = Problem::all(document);
    let of = |kind| problems.iter().filter(move |problem| problem.kind == kind);
    let mut all: Vec<Annotation> = document.troubles.iter().map(|text| trouble(text)).collect();
    all.extend(changed(document));
    all.extend(by_turns(of(Kind::Unmeasured).map(|problem| failures(document, problem))));
    all.extend(by_turns(of(Kind::Below).map(|problem| uncovered(document, problem))));
    all.extend(FlakyPass::all(document).iter().map(flaky));
    all.extend(of(Kind::Loose).map(|problem| loose(document, problem)));
    all
}

/// The first annotation of each package, then the second of each: no package takes all the room.
fn by_turns(packages: impl Iterator<Item = Vec<Annotation>>) -> Vec<Annotation> {
    let mut all: Vec<(usize, Annotation)> =
        packages.flat_map(|of_one| of_one.into_iter().enumerate()).collect();
    all.sort_by_key(|(turn, _)| *turn);
    all.into_iter().map(|(_, annotation)| annotation).collect()
}

fn trouble(text: &str) -> Annotation {
    let title = "covgate".to_owned();
    Annotation { level: Level::Error, place: None, title, message: text.to_owned() }
}

/// The changed lines that no test runs: a reviewer has them before their eyes.
fn changed(document: &Document) -> impl Iterator<Item = Annotation> {
    let level = if change::is_reached(document) { Level::Warning } else { Level::Error };
    let said = change::sums(document).first().map(ToString::to_string).unwrap_or_default();
    change::uncovered(document).into_iter().map(move |(path, piece)| {
        let statements = counted(piece.statements.into(), "changed statement");
        Annotation {
            level,
            place: Some(At {
                file: in_repository(document, path),
                line: piece.first,
                end_line: (piece.last > piece.first).then_some(piece.last),
                column: None,
            }),
            title: "changed and not covered".to_owned(),
            message: format!("{statements} here not covered; {said}"),
        }
    })
}

/// Failures, at the lines that go's output names, or without a line.
fn failures(document: &Document, problem: &Problem<'_>) -> Vec<Annotation> {
    let package = problem.package;
    let why = problem.message();
    let title = format!("{}: {why}", problem.name());
    let annotation = |spot: Spot| Annotation {
        level: Level::Error,
        title: match &spot.test {
            Some(test) => format!("{}: {test} fails", problem.name()),
            None => title.clone(),
        },
        place: Some(At {
            file: in_repository(document, &spot.file),
            line: spot.line,
            end_line: None,
            column: spot.column,
        }),
        message: spot.text,
    };
    let found: Vec<_> = spots(document, package).into_iter().map(annotation).collect();
    if !found.is_empty() {
        return found;
    }
    let message = if package.output.is_empty() { why } else { package.output.clone() };
    vec![Annotation { level: Level::Error, place: None, title, message }]
}

/// The lines that no test runs, the largest range first.
fn uncovered(document: &Document, problem: &Problem<'_>) -> Vec<Annotation> {
    let message = problem.message();
    let annotation = |place: Option<Place<'_>>| {
        let statements = place.map(|place| counted(place.range.statements, "statement"));
        let here = statements.map(|count| format!("{count} here not covered; "));
        Annotation {
            level: Level::Error,
            place: place.map(|Place { file, range }| At {
                file: in_repository(document, file),
                line: range.first,
                end_line: (range.last > range.first).then_some(range.last),
                column: None,
            }),
            title: format!("{}: below its floor", problem.name()),
            message: format!("{}{message}", here.unwrap_or_default()),
        }
    };
    let places = problem.largest();
    if places.is_empty() {
        return vec![annotation(None)];
    }
    places.into_iter().map(Some).map(annotation).collect()
}

/// Tests that passed only when they were run again, with what the last failed run printed.
fn flaky(pass: &FlakyPass<'_>) -> Annotation {
    let printed = pass.failed_runs().last();
    let printed = printed.map(|(run, output)| format!("; run {run} printed:\n{output}"));
    Annotation {
        level: Level::Warning,
        place: None,
        title: format!("{}: flaky", pass.name()),
        message: format!("{}{}", pass.how(), printed.unwrap_or_default()),
    }
}

/// A floor that lags, at the file in which to change it.
fn loose(document: &Document, problem: &Problem<'_>) -> Annotation {
    let file = paths::inside(&problem.package.path, floor::FILE_NAME);
    Annotation {
        level: if problem.closes { Level::Error } else { Level::Warning },
        place: Some(At {
            file: in_repository(document, &file),
            line: 1,
            end_line: None,
            column: None,
        }),
        title: format!("{}: loose floor", problem.name()),
        message: problem.message(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::choice::Tightness;
    use crate::output::document::{
        BlockRecord, ChangeRecord, ChangedFileRecord, OutcomeKind, PieceRecord,
    };
    use crate::output::formats::sample::{
        below, broken, document, documents, flaky, loose, passing,
    };

    fn text(document: &Document) -> String {
        String::from_utf8(render(document)).unwrap()
    }

    #[test]
    fn every_kind() {
        let failing =
            "--- FAIL: TestA (---)\n    a_test.go:3: 100%: no\nFAIL\tm.example/shop/fails\t---\n";
        let build = "# m.example/shop/build\nbuild/a.go:3:27: undefined: B\n";
        let mut run = document(vec![
            loose("."),
            below("below"),
            passing("good"),
            broken("build", OutcomeKind::BuildFailed, build),
            broken("early", OutcomeKind::NoCoverageData, "ok\nnothing\n"),
            broken("fails", OutcomeKind::TestsFailed, failing),
            flaky("flaky", &["first\n", "not: yet\n"]),
        ]);
        run.troubles = vec!["go test ended with signal 9".to_owned()];
        run.lie_in("services/shop, old");
        insta::assert_snapshot!(text(&run), @r"
        ::error title=covgate::go test ended with signal 9
        ::error file=services/shop%2C old/build/a.go,line=3,col=27,title=build%3A build failed::undefined: B
        ::error title=early%3A no coverage data::ok%0Anothing
        ::error file=services/shop%2C old/fails/a_test.go,line=3,title=fails%3A TestA fails::a_test.go:3: 100%25: no
        ::error file=services/shop%2C old/below/a.go,line=20,title=below%3A below its floor::4 statements here not covered; coverage 50.0%25, floor 80.0%25: needs 3 more statements
        ::error file=services/shop%2C old/below/a.go,line=3,endLine=4,title=below%3A below its floor::1 statement here not covered; coverage 50.0%25, floor 80.0%25: needs 3 more statements
        ::error file=services/shop%2C old/.covgate,line=1,title=m.example/shop%3A loose floor::coverage 100.0%25, floor 80.0%25: required lags actual by 20.0pp; update .covgate to >= 99.5
        ::warning title=flaky%3A flaky::passed on run 3; run 2 printed:%0Anot: yet
        ");
        run.settings.tightness = Tightness::Warn;
        assert!(
            text(&run).contains("\n::warning file=services/shop%2C old/.covgate,line=1,title=")
        );
        assert_eq!(text(&document(vec![passing(".")])), "");
    }

    #[test]
    fn what_changed_comes_first() {
        let mut run = document(vec![below("below")]);
        run.lie_in("services");
        run.change = Some(ChangeRecord {
            base: "x".to_owned(),
            statements: 6,
            covered: 1,
            percent: Some(16.7),
            files: vec![ChangedFileRecord {
                path: "below/a.go".to_owned(),
                uncovered: vec![PieceRecord(3, 3, 1), PieceRecord(4, 5, 1), PieceRecord(20, 20, 3)],
                covered: vec![PieceRecord(7, 7, 1)],
            }],
        });
        let lines = "\
            ::warning file=services/below/a.go,line=3,endLine=5,title=changed and not covered::2 changed statements here not covered; Changed statements: 1 of 6 covered, 16.7%25\n\
            ::warning file=services/below/a.go,line=20,title=changed and not covered::3 changed statements here not covered; Changed statements: 1 of 6 covered, 16.7%25\n";
        assert!(text(&run).ends_with(lines), "{}", text(&run));
        run.settings.patch_threshold = Some(90.0);
        let asked =
            lines.replace("::warning", "::error").replace("%25\n", "%25 (minimum 90.0%25)\n");
        assert!(text(&run).starts_with(&asked), "{}", text(&run));
    }

    #[test]
    fn ten_of_each_level_and_a_notice() {
        let mut wide = below("wide");
        wide.files[0].covered.clear();
        wide.files[0].uncovered =
            (1..=12).map(|at| BlockRecord(at * 9, 1, at * 9, 2, at)).collect();
        let mut run = document(vec![wide, below("narrow")]);
        run.packages.extend((0..11).map(|number| loose(&format!("p{number}"))));
        run.settings.tightness = Tightness::Warn;
        let text = text(&run);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 10 + 10 + 1, "{text}");
        // The packages take turns.
        assert!(lines[0].starts_with("::error file=wide/a.go,line=108,title="), "{text}");
        assert!(lines[1].starts_with("::error file=narrow/a.go,line=20,title="), "{text}");
        assert!(lines[3].starts_with("::error file=narrow/a.go,line=3,endLine=4,title="), "{text}");
        assert_eq!(
            lines[20],
            "::notice title=covgate::4 more errors and 1 more warning cut; GitHub shows 10 a step"
        );
    }

    #[test]
    fn what_is_too_long_is_cut() {
        let (path, output) = ("x".repeat(300), "é".repeat(5000));
        let text = text(&document(vec![broken(&path, OutcomeKind::TestsFailed, &output)]));
        let (title, message) = text.trim_end().rsplit_once("::").unwrap();
        assert!(message.len() <= MESSAGE && message.ends_with("é…"), "{message}");
        let title = title.strip_prefix("::error title=").unwrap();
        assert!(title.len() <= TITLE && title.ends_with("x…"), "{title}");
    }

    type Properties = Vec<(String, String)>;

    /// A command as the runner reads it (`ActionCommand.TryParseV2`): level, properties, message.
    fn read(line: &str) -> Option<(String, Properties, String)> {
        let (head, data) = line.strip_prefix("::")?.split_once("::")?;
        let (level, properties) = head.split_once(' ')?;
        let unescape = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=')?;
            let value = unescape(value).replace("%3A", ":").replace("%2C", ",");
            Some((key.to_owned(), value.replace("%25", "%")))
        };
        let properties: Option<Properties> = properties.split(',').map(pair).collect();
        Some((level.to_owned(), properties?, unescape(data).replace("%25", "%")))
    }

    proptest! {
        #[test]
        fn nothing_that_is_quoted_becomes_a_command(run in documents()) {
            let text = text(&run);
            let expected: Vec<Annotation> = annotations(&run);
            let of = |level| expected.iter().filter(move |one| one.level == level).take(SHOWN);
            let mut expected = of(Level::Error).chain(of(Level::Warning));
            // To the runner, every carriage return ends a line.
            for line in text.split_terminator(['\n', '\r']) {
                let (level, properties, message) = read(line).unwrap();
                let keys: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
                if level == "notice" {
                    prop_assert_eq!(keys, ["title"]);
                    continue;
                }
                let annotation = expected.next().unwrap();
                prop_assert_eq!(level, annotation.level.to_string());
                prop_assert_eq!(message, annotation.shown());
                let known = ["file", "line", "endLine", "col", "title"];
                prop_assert!(keys.iter().all(|key| known.contains(key)), "{:?}", keys);
                let value = |key: &str| properties.iter().find(|one| one.0 == key).map(|one| &one.1);
                prop_assert_eq!(value("title"), Some(&annotation.short_title()));
                let file = annotation.place.as_ref().map(|place| foreign::line(&place.file));
                prop_assert_eq!(value("file"), file.as_ref());
            }
            prop_assert!(expected.next().is_none());
        }
    }
}
