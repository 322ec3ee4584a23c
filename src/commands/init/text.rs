//! Owns how running text becomes lines.
//! Must not know what it says.

/// The text in lines that are no wider than this, if its words are not.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrapped("a bc  d\nefghij k", 4), ["a bc", "d", "efghij", "k"]);
        assert_eq!(wrapped("", 4), [""; 0]);
    }
}
