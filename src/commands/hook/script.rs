//! Owns the text of the hook file. Tells covgate's hooks from those of others, and edited ones from
//! unchanged ones.
//! Must not know where hooks are.
//!
//! The marker line has a version and a sum of all other lines. So covgate can check the hook of any
//! covgate, older or newer, for edits, without a list of what each version wrote.

/// The text of the hook.
pub(crate) const TEXT: &str = include_str!("../../../hooks/pre-push");

/// The name of the file that git runs.
pub(crate) const NAME: &str = "pre-push";

/// What is added to the name of the folder where a hook is moved aside; the script knows it too.
pub(crate) const ASIDE: &str = ".before-covgate";

const MARKER: &str = "# covgate pre-push hook, version ";

/// Who wrote a hook file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Somebody else's.
    Foreign,
    /// Written by a covgate.
    Covgate {
        /// The version of the script, not of covgate.
        version: u32,
        /// Whether it was changed since.
        edited: bool,
    },
}

/// The version of [`TEXT`].
#[must_use]
pub(crate) fn version() -> u32 {
    match origin(TEXT.as_bytes()) {
        Origin::Covgate { version, .. } => version,
        Origin::Foreign => 0,
    }
}

/// Who wrote this hook.
#[must_use]
pub(crate) fn origin(hook: &[u8]) -> Origin {
    let text = String::from_utf8_lossy(hook);
    let Some(marker) = text.lines().find_map(|line| line.strip_prefix(MARKER)) else {
        return Origin::Foreign;
    };
    let (version, sum) = marker.split_once(", sum ").unwrap_or((marker, ""));
    let digits = version.trim().parse();
    let good = digits.is_ok() && sum == sum_of(hook);
    Origin::Covgate { version: digits.unwrap_or(0), edited: !good }
}

/// FNV-1a of all lines but the marker. It protects against accidents, not against malice.
fn sum_of(hook: &[u8]) -> String {
    let lines = hook.split_inclusive(|byte| *byte == b'\n');
    let sum = lines
        .filter(|line| !line.starts_with(MARKER.as_bytes()))
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{sum:016x}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hook_is_its_own_unedited() {
        let sum = sum_of(TEXT.as_bytes());
        let edited = format!("hooks/pre-push was changed: raise its version and set `sum {sum}`");
        assert_eq!(
            origin(TEXT.as_bytes()),
            Origin::Covgate { version: 2, edited: false },
            "{edited}"
        );
        assert_eq!(version(), 2);
    }

    #[test]
    fn the_script_names_what_is_moved_aside() {
        assert!(TEXT.contains(&format!("before=$hooks{ASIDE}\n")));
    }

    #[test]
    fn other_versions_are_recognised() {
        for version in [0, 1, 17] {
            let hook = TEXT.replace("version 2,", &format!("version {version},"));
            assert_eq!(origin(hook.as_bytes()), Origin::Covgate { version, edited: false });
        }
    }

    #[test]
    fn any_edit_shows() {
        let edits = [
            format!("{TEXT}echo mine\n"),
            TEXT.replace("exit 1", "exit 0"),
            TEXT.replace("#!/bin/sh", "#!/bin/bash"),
            TEXT.trim_end().to_owned(),
            TEXT.replace(", sum ", ", sum 1"),
            TEXT.replace("version 2,", "version two,"),
            format!("#!/bin/sh\n{MARKER}1\n"),
        ];
        for edit in edits {
            assert!(
                matches!(origin(edit.as_bytes()), Origin::Covgate { edited: true, .. }),
                "{edit}"
            );
        }
    }

    #[test]
    fn other_hooks_are_foreign() {
        for hook in
            [&b""[..], b"#!/bin/sh\necho covgate pre-push hook, version 1\n", b"\xff\x7fELF"]
        {
            assert_eq!(origin(hook), Origin::Foreign);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_an_origin(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let with_marker = [MARKER.as_bytes(), &bytes].concat();
            prop_assert_ne!(origin(&with_marker), Origin::Foreign);
            let _ = origin(&bytes);
        }
    }
}
