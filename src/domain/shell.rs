//! Owns how a command is written so that a person can paste it into a shell.
//! Must not know which command it is.

use super::visible::is_unseen;

/// Words as a POSIX shell takes them.
#[must_use]
pub(crate) fn command(words: &[String]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// A go pattern for the package with this label in the report.
#[must_use]
pub(crate) fn pattern(label: &str) -> String {
    if label == "." { label.to_owned() } else { format!("./{label}") }
}

/// A word as a POSIX shell takes it.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if word.contains(is_hidden) {
        return quote_hidden(word);
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A word with characters that a terminal would obey, in the quotes in which POSIX has names for
/// bytes.
fn quote_hidden(word: &str) -> String {
    let mut quoted = "$'".to_owned();
    for c in word.chars() {
        if is_hidden(c) {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).bytes();
            quoted.extend(bytes.map(|byte| format!("\\{byte:03o}")));
        } else {
            quoted.extend(matches!(c, '\'' | '\\').then_some('\\'));
            quoted.push(c);
        }
    }
    quoted + "'"
}

fn is_hidden(c: char) -> bool {
    c.is_control() || is_unseen(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        let words = ["-C", "a b", "", "it's", "./x"].map(str::to_owned);
        assert_eq!(command(&words), r"-C 'a b' '' 'it'\''s' ./x");
    }

    #[test]
    fn what_a_terminal_would_obey_has_another_name() {
        let words = ["./a\n\u{1b}[2J".to_owned(), "it's \\ \u{202e}".to_owned()];
        assert_eq!(command(&words), r"$'./a\012\033[2J' $'it\'s \\ \342\200\256'");
    }
}
