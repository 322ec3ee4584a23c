//! Owns links to lines of a file on the web.
//! Must not know which lines are worth a link.

use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a path: unreserved characters (RFC 3986, 2.3), and the slashes between its
/// parts.
const IN_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where the repository's files are on the web, at one commit, as `https://github.com/o/r/blob/COMMIT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkBase(String);

impl FromStr for LinkBase {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_web = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
        // Nothing that would end a link in Markdown, or is no part of an address (RFC 3986, 2).
        let is_plain = text.chars().all(|c| c.is_ascii_graphic() && !"<>()[]\"\\^`{}|".contains(c));
        if !is_web || !is_plain {
            return Err("expected an address that starts with https:// or http://");
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl LinkBase {
    /// The address of lines of a file, by its path in the repository. GitLab, whose addresses have
    /// `/-/`, writes them differently than GitHub, Gitea and Forgejo.
    pub(super) fn of(&self, path: &str, first: u32, last: u32) -> String {
        let Self(base) = self;
        let path = utf8_percent_encode(path, IN_PATH);
        let lines = match (first == last, base.contains("/-/")) {
            (true, _) => format!("L{first}"),
            (false, true) => format!("L{first}-{last}"),
            (false, false) => format!("L{first}-L{last}"),
        };
        format!("{base}/{path}#{lines}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_addresses() {
        let of = |base: &str| base.parse::<LinkBase>().unwrap().of("a b/c(d).go", 3, 5);
        assert_eq!(of("https://h/o/r/blob/1/"), "https://h/o/r/blob/1/a%20b/c%28d%29.go#L3-L5");
        assert_eq!(of("https://h/o/r/-/blob/1"), "https://h/o/r/-/blob/1/a%20b/c%28d%29.go#L3-5");
        assert!("https://h".parse::<LinkBase>().unwrap().of("a.go", 3, 3).ends_with("/a.go#L3"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "github.com/o/r", "javascript:alert(1)", "https://h/a b", "https://h/)x("]
        {
            assert!(text.parse::<LinkBase>().is_err(), "{text}");
        }
    }
}
