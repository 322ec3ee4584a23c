//! Owns how names and messages of others are written for people: what a terminal would obey, and
//! what would look like other text, is spelt out.
//! Must not know where they are shown.

use std::borrow::Cow;

/// Text of one line, such as a package or a path: `a\nb`, `\u{1b}[2J`.
#[must_use]
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    spelt_out(text, |c| c.is_control() || is_unseen(c))
}

/// Text of many lines, such as an error: line ends and tabs stay.
#[must_use]
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    spelt_out(text, |c| !matches!(c, '\n' | '\t') && (c.is_control() || is_unseen(c)))
}

/// Characters beyond ASCII that are not seen, break lines or turn the direction of writing: with
/// these, text can look like other text.
#[must_use]
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

fn spelt_out(text: &str, hides: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hides) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hides(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_seen() {
        assert_eq!(line("a\nb\tc\r\u{1b}[31m\u{9b}1m"), r"a\nb\tc\r\u{1b}[31m\u{9b}1m");
        assert_eq!(line("\u{feff}80\u{202e}"), r"\u{feff}80\u{202e}");
        assert_eq!(lines("a\n\tb\u{7}\r\n"), "a\n\tb\\u{7}\\r\n");
        assert_eq!(line(r"ü it's \n"), r"ü it's \n");
    }

    proptest! {
        #[test]
        fn nothing_is_left(text in any::<String>()) {
            let shown = line(&text);
            prop_assert!(!shown.contains(|c: char| c.is_control() || is_unseen(c)));
            let shown = lines(&text);
            prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
        }
    }
}
