//! Owns foreign text, such as test output and file names, and makes it fit to be quoted: no escape
//! sequences, no control characters, nothing that XML forbids.
//! Must not know in which report or table it is quoted: each format escapes for itself.

use anstream::adapter::strip_str;

/// Text of several lines: line ends are `\n`, tabs stay.
pub(in crate::output) fn text(foreign: &str) -> String {
    let mut plain = String::with_capacity(foreign.len());
    // Line by line, because a sequence that never ends would swallow everything after it.
    for piece in foreign.split_inclusive('\n') {
        let (line, end) = match piece.strip_suffix('\n') {
            Some(line) => (line.strip_suffix('\r').unwrap_or(line), "\n"),
            None => (piece, ""),
        };
        // A terminal goes back to the start of the line at a carriage return; here nothing may get
        // lost.
        let parts: Vec<String> = line.split('\r').map(legal).collect();
        plain.push_str(&parts.join("\n"));
        plain.push_str(end);
    }
    plain
}

/// Text on one line, such as a name.
pub(in crate::output) fn line(foreign: &str) -> String {
    text(foreign).replace(['\n', '\t'], " ")
}

/// Removes what no report may hold: control characters, and the two other characters that XML 1.0
/// forbids.
fn legal(line: &str) -> String {
    let is_legal =
        |c: &char| *c == '\t' || !(c.is_control() || matches!(c, '\u{fffe}'..='\u{ffff}'));
    strip_str(line).to_string().chars().filter(is_legal).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_gone() {
        assert_eq!(text("\u{1b}[31mred\u{1b}[0m\tx\u{0}\u{7}\u{85}\u{ffff}"), "red\tx");
        assert_eq!(text("a\r\nb\rc\n\u{1b}]0;title\nd"), "a\nb\nc\n\nd");
        assert_eq!(line("a\nb\tc\r\n"), "a b c ");
    }

    proptest! {
        #[test]
        fn what_is_plain_stays(foreign in "[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u{fffe}\u{ffff}]*") {
            prop_assert_eq!(text(&foreign), foreign);
        }

        #[test]
        fn nothing_illegal_is_left(foreign in any::<String>()) {
            let plain = text(&foreign);
            let is_bad = |c: char| c.is_control() && c != '\n' && c != '\t';
            prop_assert!(!plain.contains(is_bad));
            prop_assert!(!line(&foreign).contains(char::is_control));
        }
    }
}
