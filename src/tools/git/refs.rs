//! Owns the reading of what git writes to the stdin of a pre-push hook (`git help githooks`,
//! pre-push).
//! Must not know what the refs are used for.

/// One ref that is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PushedRef {
    /// What the user named: a ref, `HEAD~1`, or `(delete)`.
    pub local: String,
    /// The object that is pushed; for an annotated tag, the tag object.
    pub local_oid: String,
    /// The ref on the remote.
    pub remote: String,
    /// What the remote has there; all zeros if it has nothing.
    pub remote_oid: String,
}

impl PushedRef {
    /// Whether the ref is being deleted.
    #[must_use]
    pub(crate) fn is_deletion(&self) -> bool {
        is_zero(&self.local_oid)
    }
}

/// Reads all lines.
///
/// # Errors
/// When a line is malformed, with a message about the first such line.
pub(crate) fn parse(input: &[u8]) -> Result<Vec<PushedRef>, String> {
    let lines = input.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(index, line)| {
            let text = String::from_utf8_lossy(line);
            parse_line(&text).ok_or_else(|| {
                let (line, found) = (index + 1, text.chars().take(120).collect::<String>());
                format!(
                    "stdin, line {line}: expected `<local ref> <object> <remote ref> <object>`, \
                     found `{found}`"
                )
            })
        })
        .collect()
}

/// Read from the right, because the first field is whatever the user typed.
fn parse_line(line: &str) -> Option<PushedRef> {
    let (rest, remote_oid) = line.rsplit_once(' ')?;
    let (rest, remote) = rest.rsplit_once(' ')?;
    let (local, local_oid) = rest.rsplit_once(' ')?;
    let good = !local.is_empty() && !remote.is_empty() && is_oid(local_oid) && is_oid(remote_oid);
    good.then(|| PushedRef {
        local: local.to_owned(),
        local_oid: local_oid.to_owned(),
        remote: remote.to_owned(),
        remote_oid: remote_oid.to_owned(),
    })
}

/// 40 digits with SHA-1, 64 with SHA-256; other lengths may follow.
fn is_oid(text: &str) -> bool {
    text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_zero(oid: &str) -> bool {
    oid.bytes().all(|digit| digit == b'0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn all_kinds_of_lines() {
        let zero64 = "0".repeat(64);
        let input = format!(
            "refs/heads/main {A} refs/heads/main {ZERO}\n(delete) {ZERO} refs/heads/old {A}\nHEAD~1 {A} refs/heads/x {A}\nmain@{{2 days ago}} {A} refs/heads/y {zero64}\n"
        );
        let refs = parse(input.as_bytes()).unwrap();
        assert_eq!(refs[0].remote_oid, ZERO);
        assert!(refs[1].is_deletion());
        assert_eq!(refs[2].remote_oid, A);
        assert_eq!(refs[3].local, "main@{2 days ago}");
        assert_eq!(refs[3].remote_oid, zero64);
        assert_eq!(parse(b"").unwrap(), []);
    }

    #[test]
    fn what_is_no_ref_is_an_error_with_its_line() {
        let error = parse(format!("a {A} b {A}\nnonsense\n").as_bytes()).unwrap_err();
        assert!(error.starts_with("stdin, line 2: expected"), "{error}");
        assert!(parse(b"a b c d\n").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_refs_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
