//! Owns how a long text is cut: at its end, or so that its start and its end stay.
//! Must not know whose text it is.

/// At most `limit` bytes of a text, with a mark where it was cut.
#[must_use]
pub(crate) fn at_the_end(text: &str, limit: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limit.saturating_sub(MARK.len()));
    format!("{}{MARK}", &text[..end])
}

/// The start and the end of a text, with a note on what is missing between.
#[must_use]
pub(crate) fn in_the_middle(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let half = limit.saturating_sub(64) / 2;
    let head = text.floor_char_boundary(half);
    let tail = text.ceil_char_boundary(text.len() - half);
    // Cuts at line ends, unless a line is longer than the room.
    let head = text[..head].rfind('\n').unwrap_or(head);
    let tail = text[tail..].find('\n').map_or(tail, |at| tail + at + 1);
    format!(
        "{}\n[covgate: {} bytes of output cut here]\n{}",
        &text[..head],
        tail - head,
        &text[tail..]
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cut_shows() {
        assert_eq!(at_the_end("naïve", 6), "naïve");
        assert_eq!(at_the_end("naïvely", 7), "naï…");
    }

    #[test]
    fn the_start_and_the_end_stay() {
        let lines: String = (0..100).map(|line| format!("line {line}\n")).collect();
        let cut = in_the_middle(&lines, 200);
        assert!(cut.starts_with("line 0\n") && cut.ends_with("line 99\n"), "{cut}");
        assert!(cut.contains("\n[covgate: ") && cut.contains(" bytes of output cut here]\n"));
        assert_eq!(in_the_middle(&lines, 0), "\n[covgate: 790 bytes of output cut here]\n");
        assert_eq!(in_the_middle("short", 5), "short");
    }

    #[test]
    fn a_cut_leaves_whole_lines_and_characters() {
        let text = "first\n".to_owned() + &"é".repeat(200) + "\nlast";
        assert_eq!(
            in_the_middle(&text, 120),
            "first\n[covgate: 402 bytes of output cut here]\nlast"
        );
        for limit in 64..400 {
            assert!(in_the_middle(&"é".repeat(500), limit).len() <= limit);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_cut(text in any::<String>(), limit in 0usize..200) {
            prop_assert!(in_the_middle(&text, limit).len() <= limit.max(64));
            prop_assert!(at_the_end(&text, limit).len() <= limit.max(3));
        }
    }
}
