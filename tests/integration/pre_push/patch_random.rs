//! Random changes of random packages: covgate's changed statements are those that a second computation
//! finds, which knows neither git's patches nor go's blocks nor a parser. It makes the sources, so it knows
//! where each statement stands and whether the test runs it; and no two lines are alike, so a line is new
//! if its text was not there before.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::random::Random;
use super::repository::Repository;

/// A part of a function's body; the numbers are in no other part.
#[derive(Clone)]
enum Part {
    /// A statement on one line.
    Line(u32),
    /// Two statements on one line.
    Two(u32),
    /// One statement on several lines.
    Long(u32, u32),
    /// Parts behind a condition that is always true, or never.
    If(u32, bool, Vec<Part>),
    /// Parts of a case, and of another that never runs.
    Switch(u32, u32, Vec<Part>, Vec<Part>),
    /// Parts of a function that is called, and an argument below them.
    Literal(u32, u32, Vec<Part>),
}

/// Writes a file, and notes each statement: its lines, and whether it runs.
#[derive(Default)]
struct Writer {
    lines: Vec<String>,
    statements: Vec<(Vec<usize>, bool)>,
}

impl Writer {
    fn line(&mut self, text: String) -> usize {
        self.lines.push(text);
        self.lines.len()
    }

    fn statement(&mut self, lines: Vec<usize>, runs: bool) {
        self.statements.push((lines, runs));
    }

    fn parts(&mut self, parts: &[Part], deep: usize, runs: bool) {
        let tabs = "\t".repeat(deep);
        for part in parts {
            match part {
                Part::Line(number) => {
                    let line = self.line(format!("{tabs}n += {number}"));
                    self.statement(vec![line], runs);
                }
                Part::Two(number) => {
                    let line = self.line(format!("{tabs}n += {number}; n -= {number}"));
                    self.statement(vec![line], runs);
                    self.statement(vec![line], runs);
                }
                Part::Long(one, two) => {
                    let first = self.line(format!("{tabs}n += max({one},"));
                    let last = self.line(format!("{tabs}\t{two}, // why"));
                    self.line(format!("{tabs}) // {one} {two}"));
                    self.statement(vec![first, last], runs);
                }
                Part::If(number, holds, inner) => {
                    let sign = if *holds { ">= -" } else { "< -" };
                    let head = self.line(format!("{tabs}if n {sign}{number} {{"));
                    self.statement(vec![head], runs);
                    self.parts(inner, deep + 1, runs && *holds);
                    self.line(format!("{tabs}}} // {number}"));
                }
                Part::Switch(one, two, inner, other) => {
                    let head = self.line(format!("{tabs}switch m := n + {one}; {{"));
                    self.statement(vec![head], runs);
                    self.line(format!("{tabs}case m >= {one}:"));
                    self.parts(inner, deep + 1, runs);
                    self.line(format!("{tabs}case m < -{two}:"));
                    self.parts(other, deep + 1, false);
                    self.line(format!("{tabs}}} // {one} {two}"));
                }
                Part::Literal(one, two, inner) => {
                    let head = self.line(format!("{tabs}n += func(k{one} int) int {{"));
                    self.parts(inner, deep + 1, runs);
                    let back = self.line(format!("{tabs}\treturn k{one}"));
                    let tail = self.line(format!("{tabs}}}({two})"));
                    self.statement(vec![head, tail], runs);
                    self.statement(vec![back], runs);
                }
            }
        }
    }
}

/// A package: its parts, and the lines above them, which let git see it again under another name.
fn written(folder: &str, parts: &[Part]) -> Writer {
    let mut writer = Writer::default();
    writer.line("package p".to_owned());
    for number in 0..200 {
        writer.line(format!("// Line {number} of those by which git knows the file of {folder}."));
    }
    writer.line("func F(n int) int {".to_owned());
    writer.parts(parts, 1, true);
    let last = writer.line("\treturn n".to_owned());
    writer.statement(vec![last], true);
    writer.line("} // end".to_owned());
    writer
}

/// Makes parts with numbers that it never gives again.
struct Maker {
    random: Random,
    number: u32,
}

impl Maker {
    fn number(&mut self) -> u32 {
        self.number += 1;
        self.number
    }

    fn part(&mut self, deep: usize) -> Part {
        let kinds = if deep > 2 { 3 } else { 6 };
        match self.random.below(kinds) {
            0 => Part::Line(self.number()),
            1 => Part::Two(self.number()),
            2 => Part::Long(self.number(), self.number()),
            3 => {
                let holds = self.random.percent(60);
                Part::If(self.number(), holds, self.parts(deep + 1))
            }
            4 => {
                let (one, two) = (self.number(), self.number());
                Part::Switch(one, two, self.parts(deep + 1), self.parts(deep + 1))
            }
            _ => Part::Literal(self.number(), self.number(), self.parts(deep + 1)),
        }
    }

    fn parts(&mut self, deep: usize) -> Vec<Part> {
        let count = self.random.below(4);
        (0..count).map(|_| self.part(deep)).collect()
    }

    /// Adds, removes, replaces, wraps or unwraps a part, here or further inside.
    fn edit(&mut self, parts: &mut Vec<Part>, deep: usize) {
        let inner = parts.len();
        let at = self.random.below(inner + 1);
        if at == inner || self.random.percent(20) {
            return parts.insert(at, self.part(deep));
        }
        match &mut parts[at] {
            Part::If(.., inner) | Part::Literal(.., inner) | Part::Switch(.., inner)
                if self.random.percent(60) =>
            {
                return self.edit(inner, deep + 1);
            }
            Part::Line(number)
            | Part::Two(number)
            | Part::Long(_, number)
            | Part::Literal(_, number, _)
                if self.random.percent(60) =>
            {
                *number = self.number();
                return;
            }
            _ => {}
        }
        let part = parts.remove(at);
        match part {
            Part::If(.., inner) if self.random.percent(50) => {
                parts.splice(at..at, inner);
            }
            part if self.random.percent(60) => {
                let holds = self.random.percent(50);
                parts.insert(at, Part::If(self.number(), holds, vec![part]));
            }
            _ => {}
        }
    }
}

/// First and last changed line, and whether it runs, of each changed statement.
type Changed = Vec<(u64, u64, bool)>;

fn expected(before: &Writer, now: &Writer) -> Changed {
    let text = |writer: &Writer| -> Vec<String> {
        writer.lines.iter().map(|line| line.trim().to_owned()).collect()
    };
    let known: BTreeSet<String> = text(before).into_iter().collect();
    let lines = text(now);
    let mut changed: Changed = Vec::new();
    for (of, runs) in &now.statements {
        let mut new = of.iter().filter(|line| !known.contains(&lines[**line - 1]));
        if let Some(first) = new.next() {
            let last = new.next_back().unwrap_or(first);
            changed.push((*first as u64, *last as u64, *runs));
        }
    }
    changed.sort_unstable();
    changed
}

fn found(report: &Value, path: &str) -> Changed {
    let mut files = report["change"]["files"].as_array().unwrap().iter();
    let Some(file) = files.find(|file| file["path"] == path) else { return Vec::new() };
    let of = |kind: &str, runs: bool| -> Changed {
        let pieces = file[kind].as_array().unwrap().iter();
        let number = |piece: &Value, at: usize| piece[at].as_u64().unwrap();
        pieces
            .map(|piece| {
                assert_eq!(piece[2], 1, "{path}: a block of unknown statements");
                (number(piece, 0), number(piece, 1), runs)
            })
            .collect()
    };
    let mut changed = [of("covered", true), of("uncovered", false)].concat();
    changed.sort_unstable();
    changed
}

/// `COVGATE_TEST_SEED` makes others.
#[test]
fn changed_statements_are_those_of_a_second_computation() {
    const PACKAGES: usize = 20;
    let seed = std::env::var("COVGATE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut maker = Maker { random: Random::new(seed.unwrap_or(13)), number: 0 };
    let repository = Repository::new();
    repository.write("covgate.toml", "default-threshold = 0\n");
    let test = "package p\n\nimport \"testing\"\n\nfunc Test(t *testing.T) { F(1) }\n";
    let mut packages: Vec<(String, Vec<Part>)> = Vec::new();
    for index in 0..PACKAGES {
        let folder = format!("p{index}");
        let parts = maker.parts(0);
        repository.write(&format!("{folder}/p.go"), &written(&folder, &parts).lines.join("\n"));
        repository.write(&format!("{folder}/p_test.go"), test);
        packages.push((folder, parts));
    }
    repository.commit();
    let mut cases = Vec::new();
    for (folder, before) in packages {
        let mut parts = before.clone();
        for _ in 0..maker.random.below(4) {
            maker.edit(&mut parts, 0);
        }
        let name = if maker.random.percent(25) { "q.go" } else { "p.go" };
        let now = written(&folder, &parts);
        if name == "q.go" {
            repository.git(&["mv", &format!("{folder}/p.go"), &format!("{folder}/q.go")]);
        }
        let path = format!("{folder}/{name}");
        repository.write(&path, &now.lines.join("\n"));
        cases.push((path, expected(&written(&folder, &before), &now), now));
    }
    repository.covgate(&["check", "--since=HEAD", "--report=json=r.json"]).exits(0);
    let text = fs::read_to_string(repository.folder().join("r.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    let mut sum = 0;
    for (path, expected, now) in &cases {
        let source = now.lines.join("\n");
        assert_eq!(found(&report, path), *expected, "{path}\n{source}");
        sum += expected.len() as u64;
    }
    assert_eq!(report["change"]["statements"], sum);
    assert!(sum > 25, "too tame: {sum}");
}
