//! Owns GOFLAGS: how go cuts it into flags, and which of them covgate cannot leave
//! to every go command.
//! Must not know who set it.

use super::flags;

/// Flags that are good after `--`, where only `go test` sees them, but not for every go command.
const ONLY_FOR_TESTS: [(&str, &str); 1] =
    [("covermode", "the warm pass would compile with it what the runs do not use")];

/// Flags that change what `go list` answers.
const LISTING: &str = "compiled deps e export f find m test";
const WHY_LISTING: &str = "it changes what go lists";

/// Flags in GOFLAGS that covgate must set itself, or that keep tests from being measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The first of them, as go reads it.
    pub flag: String,
    /// What it would break.
    pub why: &'static str,
    /// GOFLAGS without any of them.
    pub rest: String,
}

/// Whether covgate can leave these flags to every go command.
///
/// # Errors
/// On flags that it cannot, with what GOFLAGS would be without them.
pub(crate) fn check(goflags: &str) -> Result<(), Refused> {
    let (mut first, mut rest) = (None, Vec::new());
    for (written, flag) in split(goflags) {
        match refusal(flag) {
            Some(why) => first = first.or(Some((flag.to_owned(), why))),
            None => rest.push(written),
        }
    }
    match first {
        Some((flag, why)) => Err(Refused { flag, why, rest: rest.join(" ") }),
        None => Ok(()),
    }
}

/// Whether a flag of this name is among them.
pub(super) fn has(goflags: &str, name: &str) -> bool {
    split(goflags).into_iter().any(|(_, flag)| flags::name(flag).as_deref() == Some(name))
}

fn refusal(flag: &str) -> Option<&'static str> {
    let name = flags::name(flag)?;
    if LISTING.split(' ').any(|listing| listing == name) {
        return Some(WHY_LISTING);
    }
    let known = |(reserved, why): &(&str, &'static str)| (*reserved == name).then_some(*why);
    flags::reserved(&name).or_else(|| ONLY_FOR_TESTS.iter().find_map(known))
}

/// The flags, each as it was written and as go reads it: blanks separate, a quote at the start of a
/// flag goes on to the next quote of its kind (`Split` in cmd/internal/quoted).
fn split(goflags: &str) -> Vec<(&str, &str)> {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    let mut flags = Vec::new();
    let mut left = goflags.trim_start_matches(is_blank);
    while let Some(first) = left.chars().next() {
        let quoted = Some(first).filter(|first| matches!(first, '\'' | '"'));
        let inside = &left[quoted.map_or(0, char::len_utf8)..];
        let end = match quoted {
            Some(quote) => inside.find(quote),
            None => inside.find(is_blank),
        };
        let flag = &inside[..end.unwrap_or(inside.len())];
        let quotes = if quoted.is_some() { 2 } else { 0 };
        let written = &left[..left.len().min(flag.len() + quotes)];
        flags.push((written, flag));
        left = left[written.len()..].trim_start_matches(is_blank);
    }
    flags
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn flags_are_cut_as_go_cuts_them() {
        let cut = split(" -mod=mod\t'-ldflags=-X a=\"b c\"' \"-tags=a b\"-x -gcflags='a b'");
        let flags: Vec<&str> = cut.iter().map(|(_, flag)| *flag).collect();
        assert_eq!(
            flags,
            ["-mod=mod", "-ldflags=-X a=\"b c\"", "-tags=a b", "-x", "-gcflags='a", "b'"]
        );
        assert_eq!(cut[1].0, "'-ldflags=-X a=\"b c\"'");
        assert_eq!(split("'-open"), [("'-open", "-open")]);
    }

    #[test]
    fn a_flag_is_found_by_its_name() {
        assert!(has("-short --test.count=2", "count") && has("'-count=1'", "count"));
        assert!(!has("-counts=1 -tags=count", "count"));
    }

    #[test]
    fn what_shapes_the_build_is_left_to_go() {
        let harmless = "-mod=vendor '-tags=a b' -trimpath -buildvcs=false -vet=off -race -count=1 \
                        -short -timeout=5s -v -x -run=^TestA -ldflags=-X=n -modcacherw";
        assert_eq!(check(harmless), Ok(()));
    }

    #[test]
    fn the_rest_is_as_it_was_written() {
        let refused =
            check("-n '-ldflags=-X a=b' --coverpkg=./... -tags=x '-exec=a b'").unwrap_err();
        assert_eq!(refused.flag, "-n");
        assert_eq!(refused.rest, "'-ldflags=-X a=b' -tags=x");
        assert_eq!(check("-tags=x").map_err(|refused| refused.rest), Ok(()));
    }

    proptest! {
        #[test]
        fn what_is_left_is_not_refused(text in "[-a-p'\" =\té]{0,40}") {
            if let Err(refused) = check(&text) {
                prop_assert_eq!(check(&refused.rest), Ok(()), "{:?}", refused);
            }
        }
    }
}
