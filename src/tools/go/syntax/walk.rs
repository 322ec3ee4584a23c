//! Owns the walk through a parsed file, and which of its nodes go's cover tool counts as statements
//! (`Visit` and `addCounters` of cmd/cover/cover.go in the Go source).
//! Must not know how a file is parsed.

use tree_sitter::{Node, Point, Tree};

use super::{Comment, Function, Scope, Syntax};
use crate::domain::statements::{Area, Position, Statement};

/// What says nothing if it is alone on its line. Between two lists that end alike, git may call the end of
/// either new.
const PUNCTUATION: [&str; 8] = ["\n", ";", ",", "{", "}", "(", ")", "]"];

/// Statements with blocks of their own.
const WITH_BLOCKS: [&str; 5] = [
    "if_statement",
    "for_statement",
    "expression_switch_statement",
    "type_switch_statement",
    "select_statement",
];

/// Others behind which go ends a block (`endsBasicSourceBlock`).
const ENDS: [&str; 6] = [
    "block",
    "break_statement",
    "continue_statement",
    "goto_statement",
    "fallthrough_statement",
    "labeled_statement",
];

/// What a switch or select holds; no statement until its list.
const CLAUSES: [&str; 4] = ["expression_case", "default_case", "type_case", "communication_case"];

/// Collects what a file holds. Goes down without recursion: source may be nested as deep as it is long.
pub(super) fn walk(tree: &Tree, source: &[u8]) -> Syntax {
    let root = tree.root_node();
    let mut found = Found { source, ..Found::default() };
    found.syntax.whole = !root.has_error();
    let mut cursor = root.walk();
    let mut above = vec![Above::default()];
    loop {
        let parent = above.last().copied().unwrap_or_default();
        let entered = found.enter(cursor.node(), cursor.field_name(), parent);
        if let Some(parent) = above.last_mut() {
            parent.before = found.before(cursor.node(), *parent);
            parent.case = found.scope(cursor.node(), parent.case);
        }
        if cursor.goto_first_child() {
            above.push(entered);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found.done();
            }
            above.pop();
        }
    }
}

/// A node on the way down.
#[derive(Debug, Default, Clone, Copy)]
struct Above<'t> {
    kind: &'t str,
    /// The index of the statement that what stands directly in it belongs to, if there is one.
    statement: Option<usize>,
    /// The index of the case among its children that is not over yet, if there is one.
    case: Option<usize>,
    /// The statement before, in a list.
    before: Option<Before>,
}

/// A statement in a list.
#[derive(Debug, Clone, Copy)]
struct Before {
    /// Whether go ends a block behind it whatever it holds.
    ends: bool,
    /// How many scopes there were in front of it. If it holds one, go ends a block behind it, too.
    scopes: usize,
}

#[derive(Default)]
struct Found<'s> {
    source: &'s [u8],
    syntax: Syntax,
    /// Whether the package clause is passed.
    past_package: bool,
}

impl Found<'_> {
    /// Takes a node; returns what its children find above them.
    fn enter<'t>(&mut self, node: Node<'t>, field: Option<&str>, parent: Above<'t>) -> Above<'t> {
        let kind = node.kind();
        match kind {
            "comment" => {
                self.comment(node);
                return parent;
            }
            "package_clause" => {
                self.past_package = true;
                self.syntax.package.get_or_insert(position(node.start_position()));
            }
            "function_declaration" | "method_declaration" => self.function(node),
            _ => {}
        }
        let starts = match (parent.kind, field) {
            ("statement_list", _) => node.is_named() && !node.is_error(),
            // `else if` is a block with one statement.
            ("if_statement", Some("alternative")) => kind == "if_statement",
            // go counts a label for itself, unless a loop or the like is bound to it.
            ("labeled_statement", _) => is_labelled(node) && !is_bound(node),
            _ => false,
        };
        let statement = match starts {
            true if self.is_dropped(node, parent) => None,
            true => Some(self.statement(node)),
            false => parent.statement,
        };
        if kind == "block" || CLAUSES.contains(&kind) {
            if starts {
                self.lines(statement, node.start_position(), node.start_position());
            }
            return Above { kind, ..Above::default() };
        }
        let is_else = parent.kind == "if_statement" && kind == "else";
        if node.child_count() == 0 && !PUNCTUATION.contains(&kind) && !is_else {
            self.lines(statement, node.start_position(), node.end_position());
        }
        Above { kind, statement, case: None, before: None }
    }

    /// Takes a block or a case; returns which of its siblings is a case that goes on. A comment at the end
    /// of a case is none of its children, and yet stands in it.
    fn scope(&mut self, node: Node<'_>, before: Option<usize>) -> Option<usize> {
        if node.is_extra() {
            return before;
        }
        let (start, end) = (position(node.start_position()), position(node.end_position()));
        if let Some(case) = before.and_then(|case| self.syntax.scopes.get_mut(case)) {
            case.area.end = start;
        }
        let is_case = CLAUSES.contains(&node.kind());
        if !is_case && node.kind() != "block" {
            return None;
        }
        self.syntax.scopes.push(Scope { is_case, area: Area { start, end } });
        is_case.then(|| self.syntax.scopes.len() - 1)
    }

    /// Keeps what the next statement of a list must know of this one.
    fn before(&self, node: Node<'_>, parent: Above<'_>) -> Option<Before> {
        if parent.kind != "statement_list" || !node.is_named() || node.is_extra() {
            return parent.before;
        }
        let is_panic = || {
            let text = self.source.get(node.byte_range()).unwrap_or_default();
            node.kind() == "expression_statement" && text.starts_with(b"panic(")
        };
        let ends = ENDS.contains(&node.kind()) || WITH_BLOCKS.contains(&node.kind()) || is_panic();
        Some(Before { ends, scopes: self.syntax.scopes.len() })
    }

    /// Whether go does not count a statement: a block that would end where it begins is none.
    fn is_dropped(&self, node: Node<'_>, parent: Above<'_>) -> bool {
        let ends = |before: Before| before.ends || self.syntax.scopes.len() > before.scopes;
        let is_first = parent.kind == "labeled_statement" || parent.before.is_some_and(ends);
        is_first && is_edge(node)
    }

    fn statement(&mut self, node: Node<'_>) -> usize {
        let edge = is_edge(node);
        let (start, end) = (position(node.start_position()), position(node.end_position()));
        self.syntax.statements.push(Statement { start, end, lines: Vec::new(), edge });
        self.syntax.statements.len() - 1
    }

    /// Adds lines to a statement.
    fn lines(&mut self, statement: Option<usize>, start: Point, end: Point) {
        let Some(statement) = statement.and_then(|index| self.syntax.statements.get_mut(index))
        else {
            return;
        };
        let (first, last) = (position(start).line, position(end).line);
        match statement.lines.last_mut() {
            Some((_, before)) if first <= before.saturating_add(1) => *before = last.max(*before),
            _ => statement.lines.push((first, last)),
        }
    }

    fn function(&mut self, node: Node<'_>) {
        if node.child_by_field_name("body").is_none() {
            return;
        }
        let text = |node: Option<Node<'_>>| node.map(|node| self.text(node)).unwrap_or_default();
        let receiver = node.child_by_field_name("receiver");
        let receiver = receiver.and_then(|list| list.named_child(0));
        let function = Function {
            name: text(node.child_by_field_name("name")),
            receiver: text(receiver.and_then(|one| one.child_by_field_name("type"))),
            start: position(node.start_position()),
            end: position(node.end_position()),
        };
        self.syntax.functions.push(function);
    }

    fn comment(&mut self, node: Node<'_>) {
        let before = self.source.get(..node.start_byte()).unwrap_or_default();
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let text = self.text(node);
        self.syntax.generated |= !self.past_package && text.lines().any(is_mark);
        self.syntax.comments.push(Comment {
            start: position(node.start_position()),
            end: position(node.end_position()),
            text,
            alone: line.trim_ascii().is_empty(),
        });
    }

    fn text(&self, node: Node<'_>) -> String {
        let bytes = self.source.get(node.byte_range()).unwrap_or_default();
        String::from_utf8_lossy(bytes).trim_end_matches('\r').to_owned()
    }

    fn done(mut self) -> Syntax {
        // A label comes before what it marks, and an outer statement before an inner one; only error
        // nodes can be in another order.
        self.syntax.statements.sort_by_key(|statement| statement.start);
        self.syntax
    }
}

/// Whether it is go's line for generated files (`IsGenerated` in go/ast).
fn is_mark(line: &str) -> bool {
    line.starts_with("// Code generated ") && line.ends_with(" DO NOT EDIT.")
}

/// Whether go ends a block in front of it.
fn is_edge(node: Node<'_>) -> bool {
    let binds = || {
        (0..node.named_child_count()).any(|index| {
            let child = u32::try_from(index).ok().and_then(|index| node.named_child(index));
            child.is_some_and(is_bound)
        })
    };
    match node.kind() {
        "block" => true,
        "labeled_statement" => !binds(),
        _ => false,
    }
}

/// Whether a label in front of it is no statement of its own (`isControl` in cmd/cover).
fn is_bound(node: Node<'_>) -> bool {
    WITH_BLOCKS.contains(&node.kind()) && node.kind() != "if_statement"
}

/// Whether a child of a labelled statement is what the label marks.
fn is_labelled(node: Node<'_>) -> bool {
    node.is_named() && !["label_name", "comment"].contains(&node.kind())
}

fn position(point: Point) -> Position {
    let number = |from_zero: usize| u32::try_from(from_zero).unwrap_or(u32::MAX).saturating_add(1);
    Position { line: number(point.row), column: number(point.column) }
}
