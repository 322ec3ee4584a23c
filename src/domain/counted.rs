//! Owns counted words, the same in every text and report.
//! Must not know what is counted.

/// `1 row`, `2 rows`.
#[must_use]
pub(crate) fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// `1 statement`, `2 statements`.
#[must_use]
pub(crate) fn statements(count: u64) -> String {
    counted(count, "statement")
}

/// `1 more statement`, `2 more statements`.
#[must_use]
pub(crate) fn more_statements(count: u64) -> String {
    counted(count, "more statement")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 2].map(statements), ["0 statements", "1 statement", "2 statements"]);
        assert_eq!(more_statements(1), "1 more statement");
    }
}
