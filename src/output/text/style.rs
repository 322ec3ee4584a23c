//! Owns colours: which words have one. Makes sure that no colour reaches a pipe or a file.
//! Must not know the table's columns.

use owo_colors::{OwoColorize, Style as Paint};

use crate::domain::verdict::Status;

/// Whether colours are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    colors: bool,
}

impl Style {
    /// A style with or without colours.
    #[must_use]
    pub fn new(colors: bool) -> Self {
        Self { colors }
    }

    /// Colours a status that is already padded, because colour codes have no width.
    pub(super) fn status(self, status: Status, text: &str) -> String {
        let paint = match status {
            Status::Pass => Paint::new().green(),
            Status::Fail => Paint::new().red().bold(),
            Status::Loose => Paint::new().yellow(),
        };
        self.paint(paint, text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.paint(Paint::new().dimmed(), text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.paint(Paint::new().green(), text)
    }

    pub(super) fn warn(self, text: &str) -> String {
        self.paint(Paint::new().yellow(), text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.paint(Paint::new().red().bold(), text)
    }

    pub(super) fn bad_code(self, text: &str) -> String {
        self.paint(Paint::new().red(), text)
    }

    fn paint(self, paint: Paint, text: &str) -> String {
        if self.colors { text.style(paint).to_string() } else { text.to_owned() }
    }
}
