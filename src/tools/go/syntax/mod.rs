//! Owns the reading of Go source: where statements, functions and comments stand.
//!
//! tree-sitter does the parsing. It takes any bytes: what is not Go becomes an error node, around which
//! it goes on. So what it finds in a file that go does not compile is a guess, and whoever uses it for
//! numbers holds it against go's (`domain::statements`).
//! Must not know what is covered, or why anybody asks.

mod walk;

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, Parser};

use crate::domain::statements::{Area, Position, Statement};

/// No file that people or generators write is longer, in bytes.
const LONGEST: usize = 64 << 20;

/// How often tree-sitter may ask whether to go on, besides once per byte. It asks after a hundred steps;
/// ordinary source takes two steps a byte.
const PATIENCE: usize = 10_000;

/// What a file holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Syntax {
    /// The statements that go counts, by their start.
    pub statements: Vec<Statement>,
    /// The functions and methods with a body, from top to bottom.
    pub functions: Vec<Function>,
    /// Its blocks in braces that hold statements, and the cases of its switches and selects, from top to
    /// bottom; what is in another comes behind that.
    pub scopes: Vec<Scope>,
    /// Where its package clause starts, if it has one.
    pub package: Option<Position>,
    /// The comments, from top to bottom.
    pub comments: Vec<Comment>,
    /// Whether it has go's line for generated files, `// Code generated … DO NOT EDIT.`, above its package
    /// clause.
    pub generated: bool,
    /// Whether the parser took all of it for Go. What it does not know, such as two semicolons in a row, need
    /// not be wrong.
    pub whole: bool,
}

/// A function or method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name, without the receiver, as `go tool cover -func` prints it.
    pub name: String,
    /// Its receiver's type as written, such as `*Server[T]`; empty for a function.
    pub receiver: String,
    /// Where its `func` stands.
    pub start: Position,
    /// Behind its closing brace.
    pub end: Position,
}

/// What holds statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Whether it is a case; else a block in braces.
    pub is_case: bool,
    /// From its brace or its `case`, to behind its brace or to what follows the case.
    pub area: Area,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Where it starts.
    pub start: Position,
    /// Behind its last byte.
    pub end: Position,
    /// Its text, with the slashes; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// Whether nothing but blanks stands before it on its line.
    pub alone: bool,
}

impl Syntax {
    /// Reads a file's bytes. A file that is too long or too broken holds nothing.
    #[must_use]
    pub fn read(source: &[u8]) -> Self {
        if source.len() > LONGEST {
            return Self::default();
        }
        let mut parser = Parser::new();
        if parser.set_language(&tree_sitter_go::LANGUAGE.into()).is_err() {
            return Self::default();
        }
        let mut left = source.len() + PATIENCE;
        let mut go_on = |_: &_| match left.checked_sub(1) {
            Some(less) => {
                left = less;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        };
        let options = ParseOptions::new().progress_callback(&mut go_on);
        let mut from = |offset: usize, _| source.get(offset..).unwrap_or_default();
        match parser.parse_with_options(&mut from, None, Some(options)) {
            Some(tree) => walk::walk(&tree, source),
            None => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests;
