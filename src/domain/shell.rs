//! Owns how a command is written so that a person can paste it into a shell.
//! Must not know which command it is.

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
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        let words = ["-C", "a b", "", "it's", "./x"].map(str::to_owned);
        assert_eq!(command(&words), r"-C 'a b' '' 'it'\''s' ./x");
    }
}
