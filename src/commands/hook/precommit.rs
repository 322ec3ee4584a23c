//! Owns what pre-commit and prek tell about a push: they read git's stdin themselves and pass it on
//! in variables (pre-commit's documentation, "pre-push").
//! Must not know git; revisions are passed on unchanged.

use crate::tools::git::refs::PushedRef;

/// The remote's name, if git's own arguments are missing.
#[must_use]
pub(crate) fn remote(lookup: impl Fn(&str) -> Option<String>) -> Option<String> {
    lookup("PRE_COMMIT_REMOTE_NAME").filter(|name| !name.is_empty())
}

/// The push, if one of the two runs the hook. If they do not say what is pushed (the first push of
/// a repository, or a run by hand), it is the branch, or what is checked out.
#[must_use]
pub(crate) fn pushed(lookup: impl Fn(&str) -> Option<String>) -> Option<PushedRef> {
    let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
    get("PRE_COMMIT")?;
    let local = get("PRE_COMMIT_LOCAL_BRANCH").unwrap_or_else(|| "HEAD".to_owned());
    Some(PushedRef {
        local_oid: get("PRE_COMMIT_TO_REF").unwrap_or_else(|| local.clone()),
        local,
        remote: get("PRE_COMMIT_REMOTE_BRANCH").unwrap_or_default(),
        remote_oid: get("PRE_COMMIT_FROM_REF").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(pairs: &[(&str, &str)]) -> Option<PushedRef> {
        pushed(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_push_with_both_ends() {
        let found = push(&[
            ("PRE_COMMIT", "1"),
            ("PRE_COMMIT_LOCAL_BRANCH", "HEAD~1"),
            ("PRE_COMMIT_TO_REF", "abc"),
            ("PRE_COMMIT_FROM_REF", "def"),
        ])
        .unwrap();
        assert_eq!((found.local_oid.as_str(), found.remote_oid.as_str()), ("abc", "def"));
    }

    #[test]
    fn a_first_push_and_a_run_by_hand() {
        let first =
            push(&[("PRE_COMMIT", "1"), ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main")]).unwrap();
        assert_eq!(first.local_oid, "refs/heads/main");
        assert!(first.remote_oid.bytes().all(|digit| digit == b'0'));
        assert_eq!(push(&[("PRE_COMMIT", "1")]).unwrap().local_oid, "HEAD");
        assert_eq!(push(&[("PRE_COMMIT_TO_REF", "abc")]), None);
    }
}
