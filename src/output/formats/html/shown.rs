//! Owns what may be in the page: names, output and sources come from others, and are made visible
//! and harmless here before anything else uses them.
//! Must not know what the text is about.

use anstream::adapter::strip_str;
use maud::{Markup, PreEscaped, Render, html};
use serde::Serialize;

use crate::domain::visible::is_unseen;

/// Text without invisible characters, or those that move the text around them. HTML's own
/// characters are still in it: the template escapes them, and the script sets text, never HTML.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Shown(String);

impl Shown {
    /// Text of one line, such as a path.
    pub(super) fn line(text: &str) -> Self {
        Self(visible(text, |_| false))
    }

    /// Text of many lines, such as a source.
    pub(super) fn lines(text: &str) -> Self {
        Self(visible(text, |char| matches!(char, '\n' | '\t')))
    }

    /// The output of a program, without its colours for a terminal.
    pub(super) fn output(text: &str) -> Self {
        Self::lines(&strip_str(text).to_string().replace("\r\n", "\n"))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Render for Shown {
    fn render(&self) -> Markup {
        html! { (self.0.as_str()) }
    }
}

fn visible(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            _ if kept(char) => shown.push(char),
            // The pictures of the control characters have the same order as the characters.
            '\0'..='\x1f' => shown.push(char::from_u32(0x2400 + u32::from(char)).unwrap_or('�')),
            '\x7f' => shown.push('␡'),
            _ if is_unseen(char) => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(char))),
            _ => shown.push(char),
        }
    }
    shown
}

/// A value as the JSON of a data block. Nothing in it can end the block or open a comment in it:
/// outside strings, JSON has none of these characters.
pub(super) fn data_block(value: &impl Serialize) -> Markup {
    let json = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    PreEscaped(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(Shown::line("a\0b\x1bc\nd\x7f").as_str(), "a␀b␛c␊d␡");
        assert_eq!(Shown::lines("a\tb\nc\r").as_str(), "a\tb\nc␍");
    }

    #[test]
    fn what_turns_text_around_is_named() {
        let shown = Shown::line("a\u{202e}b\u{2028}c\u{2066}\u{feff}\u{85}");
        assert_eq!(shown.as_str(), "a⟨U+202E⟩b⟨U+2028⟩c⟨U+2066⟩⟨U+FEFF⟩⟨U+0085⟩");
    }

    #[test]
    fn other_writing_is_left_alone() {
        let text = "naïve 日本語 👩\u{200d}💻 <b>&amp;</b>";
        assert_eq!(Shown::line(text).as_str(), text);
    }

    #[test]
    fn output_loses_its_colours_and_its_carriage_returns() {
        let shown = Shown::output("\x1b[31mred\x1b[0m\r\n\x1b]0;title\x07plain\rover");
        assert_eq!(shown.as_str(), "red\nplain␍over");
    }

    #[test]
    fn a_data_block_cannot_be_left() {
        let block = data_block(&"</script><!-- & \"'").into_string();
        assert_eq!(block, r#""\u003c/script\u003e\u003c!-- \u0026 \"'""#);
    }

    proptest! {
        #[test]
        fn nothing_unseen_remains(text in any::<String>()) {
            let shown = Shown::output(&text);
            let bad = |char: char| is_unseen(char) || (char.is_control() && !"\n\t".contains(char));
            prop_assert!(!shown.as_str().contains(bad));
        }

        #[test]
        fn a_data_block_is_the_value(text in any::<String>()) {
            let block = data_block(&text).into_string();
            prop_assert!(!block.contains(['<', '>', '&', '\n']));
            prop_assert_eq!(serde_json::from_str::<String>(&block).unwrap(), text);
        }
    }
}
