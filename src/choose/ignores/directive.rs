//! Owns what a directive looks like, and which part of its file one is about.
//! Must not know where files lie, or what is made of what they say.
//!
//! As go's own, a directive is a comment that begins with two slashes and no blank: `//covgate:ignore REASON`.
//! What looks like one in a string or in a comment of another kind is none.

use crate::domain::ignores::Kind;
use crate::domain::paths;
use crate::domain::statements::{Area, Position, Statement};
use crate::domain::visible;
use crate::tools::go::syntax::{Comment, Syntax};

/// Words that a directive begins with.
const IGNORE: &str = "ignore";
const IGNORE_FILE: &str = "ignore-file";

/// The part of a file that a directive is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub area: Area,
}

/// A directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Its line.
    pub line: u32,
    /// Why this does not count.
    pub reason: String,
    /// What it is about.
    pub target: Target,
}

/// What is wrong with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its line.
    pub line: u32,
    /// In words.
    pub message: String,
}

/// The directives of a file, from top to bottom, and what is wrong with the others.
pub fn directives(syntax: &Syntax) -> impl Iterator<Item = Result<Directive, Problem>> {
    syntax.comments.iter().filter_map(|comment| {
        let read = read(comment, syntax)?;
        Some(read.map_err(|message| Problem { line: comment.start.line, message }))
    })
}

/// Reads a comment; none if it is no directive and does not try to be one.
fn read(comment: &Comment, syntax: &Syntax) -> Option<Result<Directive, String>> {
    let text = comment.text.strip_prefix("//")?;
    let Some(text) = text.strip_prefix("covgate:") else {
        let is_meant = text.trim_start().starts_with("covgate:ignore");
        return is_meant.then(|| {
            Err("with a blank behind `//` it is no directive: write `//covgate:ignore`".to_owned())
        });
    };
    let (word, reason) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let reason = reason.trim();
    let is_seen = |c: char| !c.is_whitespace() && !c.is_control() && !visible::is_unseen(c);
    Some(
        match word {
            IGNORE | IGNORE_FILE if !reason.contains(is_seen) => {
                Err(format!("`//covgate:{word}` needs a reason: `//covgate:{word} REASON`"))
            }
            IGNORE => on_part(comment, syntax),
            IGNORE_FILE => on_file(comment, syntax),
            _ => Err(unknown(word)),
        }
        .map(|target| Directive {
            line: comment.start.line,
            reason: reason.to_owned(),
            target,
        }),
    )
}

fn unknown(word: &str) -> String {
    const SHOWN: usize = 40;
    let shown: String = word.chars().take(SHOWN).collect();
    let likeness = |known: &&str| strsim::jaro_winkler(word, known);
    let closest = [IGNORE_FILE, IGNORE]
        .into_iter()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let meant = closest.map(|known| format!(": did you mean `//covgate:{known}`?"));
    format!("`//covgate:{}` is no directive{}", visible::line(&shown), meant.unwrap_or_default())
}

fn on_file(comment: &Comment, syntax: &Syntax) -> Result<Target, String> {
    let is_above = syntax.package.is_none_or(|package| comment.start < package);
    is_above
        .then_some(Target { kind: Kind::File, area: Area::WHOLE })
        .ok_or_else(|| "`//covgate:ignore-file` must stand above the package clause".to_owned())
}

fn on_part(comment: &Comment, syntax: &Syntax) -> Result<Target, String> {
    let found = match comment.alone {
        true => begins_on(comment.end.line.saturating_add(1), syntax),
        false => around(comment, syntax)
            .or_else(|| begins_on(comment.start.line, syntax))
            .or_else(|| reaches(comment.start.line, syntax)),
    };
    let counts = |target: &Target| {
        syntax.statements.iter().any(|statement| target.area.holds(statement.start))
    };
    found.filter(counts).ok_or_else(|| match comment.alone {
        true => "`//covgate:ignore` is on nothing: no statement, block, case or function with \
                 statements begins on the line below"
            .to_owned(),
        false => {
            "`//covgate:ignore` is on nothing: there is no statement, block, case or function \
                  with statements on its line"
                .to_owned()
        }
    })
}

/// The innermost block or case that begins in front of a comment, on its line, and holds it. The block of a
/// function is the function.
fn around(comment: &Comment, syntax: &Syntax) -> Option<Target> {
    let line = comment.start.line;
    let first = syntax.scopes.partition_point(|scope| scope.area.start.line < line);
    let on_line = syntax.scopes[first..].iter().take_while(|scope| scope.area.start.line == line);
    let scope = on_line.filter(|scope| scope.area.holds(comment.start)).last()?;
    if scope.is_case {
        return Some(Target { kind: Kind::Case, area: scope.area });
    }
    let ends_it = |function: &&Area| function.end == scope.area.end;
    let function = functions(syntax).find(|area| ends_it(&area));
    Some(match function {
        Some(area) => Target { kind: Kind::Function, area },
        None => Target { kind: Kind::Block, area: scope.area },
    })
}

/// The outermost of what begins on a line: functions, else a case, else statements, else a block.
fn begins_on(line: u32, syntax: &Syntax) -> Option<Target> {
    let all = |kind, areas: &mut dyn Iterator<Item = Area>| {
        let mut areas = areas.filter(|area| area.start.line == line);
        let first = areas.next()?;
        let end = areas.fold(first.end, |end, area| end.max(area.end));
        Some(Target { kind, area: Area { start: first.start, end } })
    };
    let scope = |is_case: bool| {
        let mut scopes = syntax.scopes.iter().filter(move |scope| scope.is_case == is_case);
        scopes.find(|scope| scope.area.start.line == line).map(|scope| scope.area)
    };
    all(Kind::Function, &mut functions(syntax))
        .or_else(|| Some(Target { kind: Kind::Case, area: scope(true)? }))
        .or_else(|| all(Kind::Statement, &mut syntax.statements.iter().map(area)))
        .or_else(|| Some(Target { kind: Kind::Block, area: scope(false)? }))
}

/// The innermost statement that has a line of its own there.
fn reaches(line: u32, syntax: &Syntax) -> Option<Target> {
    let has_line =
        |one: &&Statement| one.lines.iter().any(|(first, last)| (*first..=*last).contains(&line));
    let statement = syntax.statements.iter().rfind(has_line)?;
    Some(Target { kind: Kind::Statement, area: area(statement) })
}

fn functions(syntax: &Syntax) -> impl Iterator<Item = Area> {
    syntax.functions.iter().map(|function| Area { start: function.start, end: function.end })
}

fn area(statement: &Statement) -> Area {
    let Position { line, column } = statement.start;
    // A parser that is lost may find an end in front of a start.
    let least = Position { line, column: column.saturating_add(1) };
    Area { start: statement.start, end: statement.end.max(least) }
}

/// What `//line` directives call a file: go names blocks after them, in the package's folder.
pub(super) fn other_names(syntax: &Syntax) -> impl Iterator<Item = String> {
    syntax.comments.iter().filter_map(|comment| {
        let named = match comment.text.strip_prefix("/*line ") {
            Some(rest) => rest.strip_suffix("*/")?,
            None => comment.text.strip_prefix("//line ").filter(|_| comment.start.column == 1)?,
        };
        // `file:line`, or `file:line:column`.
        let number = |text: &'_ str| -> Option<usize> {
            let (rest, number) = text.rsplit_once(':')?;
            number.parse::<u32>().ok().map(|_| rest.len())
        };
        let name = &named[..number(named)?];
        let name = number(name).map_or(name, |end| &name[..end]);
        Some(paths::last(name).to_owned()).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests;
