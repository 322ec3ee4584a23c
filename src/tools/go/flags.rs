//! Owns the flags after `--`: which of them are build flags (and so apply to `go list` and the warm
//! pass, too), and which would break the measurement.
//! Must not know where they were given.

use std::time::Duration;

use crate::domain::limit::{Limit, parse_duration};

/// Flags for `go test`, sorted by who needs them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestFlags {
    /// Build flags, for listing, warm pass and runs.
    build: Vec<String>,
    /// All flags for `go test`, in the user's order.
    test: Vec<String>,
    /// `-args` and what follows, for the test binaries.
    binary: Vec<String>,
}

/// A word that is not a flag, or a flag that covgate must set itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlagError {
    /// The first word is not a flag.
    #[error("`{0}` after -- is not a flag of go test")]
    NotAFlag(String),
    /// The measurement depends on this flag.
    #[error("`-{flag}` cannot be passed to go test: {why}")]
    Reserved {
        /// Without dashes.
        flag: String,
        /// What it would break, or what to use instead.
        why: &'static str,
    },
    /// The last flag takes a value, but has none.
    #[error("`{0}` needs a value")]
    NoValue(String),
}

impl FlagError {
    /// What to do instead.
    #[must_use]
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::NotAFlag(_) => "packages go before --, flags of go test after it",
            Self::Reserved { .. } => {
                "leave it out; `covgate check --help` lists covgate's own options"
            }
            Self::NoValue(_) => "write it as -flag=value",
        }
    }
}

/// Build flags that take a value (`go help build`).
const BUILD_WITH_VALUE: &str = "\
    asmflags buildmode compiler gccgoflags gcflags installsuffix ldflags mod modfile overlay \
    pgo pkgdir tags toolexec";
/// Build flags that are switches.
const BUILD_SWITCHES: &str = "a asan buildvcs linkshared modcacherw msan race trimpath work x";
/// Test flags that take a value (`go help testflag`), so that the value is not read as a flag.
const TEST_WITH_VALUE: &str = "\
    bench benchtime blockprofile blockprofilerate count covermode cpu cpuprofile \
    fuzzminimizetime fuzztime memprofile memprofilerate mutexprofile mutexprofilefraction \
    parallel run shuffle skip timeout trace vet testlogfile gocoverdir";
/// Test flags that are switches.
const TEST_SWITCHES: &str = "artifacts benchmem failfast fullpath short v";
const RESERVED: [(&str, &str); 14] = [
    ("C", "use covgate's own -C"),
    ("c", "it compiles the tests and runs none"),
    ("cover", "covgate sets it"),
    ("coverpkg", "covgate sets it, a package at a time"),
    ("coverprofile", "covgate sets it"),
    ("exec", "it runs another program in the place of the tests"),
    ("fuzz", "a fuzzing run does not end"),
    ("i", "it installs packages and runs no test"),
    ("json", "covgate sets it"),
    ("list", "it lists the tests and runs none"),
    ("n", "it prints commands and runs none"),
    ("o", "the test binaries are go's to place"),
    ("outputdir", "it would move the coverage profile away"),
    ("p", "use covgate's own --parallelism"),
];

/// go's own limit for one test binary, if there is no -timeout.
const GO_TEST_TIMEOUT: Duration = Duration::from_secs(600);
/// Compiling a large module is silent, too.
const LEAST_STALL: Duration = Duration::from_secs(30 * 60);
/// go needs some time of its own after a test binary's limit.
const STALL_MARGIN: Duration = Duration::from_secs(5 * 60);

impl TestFlags {
    /// Sorts the words after `--`.
    ///
    /// # Errors
    /// On a word that is not a flag, a flag that covgate must set itself, or a missing value.
    pub fn parse(words: Vec<String>) -> Result<Self, FlagError> {
        let mut flags = Self::default();
        let mut words = words.into_iter().peekable();
        match words.peek() {
            Some(first) if !first.starts_with('-') => {
                return Err(FlagError::NotAFlag(first.clone()));
            }
            _ => {}
        }
        while let Some(word) = words.next() {
            let Some(name) = name(&word) else {
                // The value of a flag that only the test binary knows.
                flags.test.push(word);
                continue;
            };
            if name == "args" {
                flags.binary.push(word);
                flags.binary.extend(words);
                break;
            }
            if let Some(why) = reserved(&name) {
                return Err(FlagError::Reserved { flag: name, why });
            }
            let builds = lists(BUILD_WITH_VALUE, &name);
            let takes_value = builds || lists(TEST_WITH_VALUE, &name);
            let for_build = builds || lists(BUILD_SWITCHES, &name);
            let mut all = vec![word];
            if takes_value && !all[0].contains('=') {
                let value = words.next().ok_or_else(|| FlagError::NoValue(all[0].clone()))?;
                all.push(value);
            }
            if for_build {
                flags.build.extend(all.iter().cloned());
            }
            flags.test.extend(all);
        }
        Ok(flags)
    }

    /// The flags for listing and the warm pass.
    #[must_use]
    pub fn build(&self) -> &[String] {
        &self.build
    }

    /// The flags for `go test`.
    #[must_use]
    pub fn test(&self) -> &[String] {
        &self.test
    }

    /// `-args …`, which must be last on go's command line.
    #[must_use]
    pub fn binary(&self) -> &[String] {
        &self.binary
    }

    /// The same flags, but every test runs again instead of being served from go's test cache. With any
    /// `-count` go does that, so the user's stays.
    #[must_use]
    pub fn without_cache(mut self) -> Self {
        if !self.test.iter().any(|word| name(word).as_deref() == Some("count")) {
            self.test.push("-count=1".to_owned());
        }
        self
    }

    /// How long a go command may be silent. This is longer than go lets one test binary run.
    #[must_use]
    pub fn default_stall(&self) -> Limit {
        match self.timeout() {
            Some(Duration::ZERO) => Limit::NONE,
            timeout => {
                let timeout = timeout.unwrap_or(GO_TEST_TIMEOUT);
                Limit::new(LEAST_STALL.max(timeout.saturating_add(STALL_MARGIN)))
            }
        }
    }

    /// The last `-timeout`; go uses the last one, too.
    fn timeout(&self) -> Option<Duration> {
        let mut timeout = None;
        let mut words = self.test.iter();
        while let Some(word) = words.next() {
            if name(word).as_deref() == Some("timeout") {
                let value = word.split_once('=').map(|(_, value)| value.to_owned());
                let value = value.or_else(|| words.next().cloned())?;
                timeout = parse_duration(&value);
            }
        }
        timeout
    }
}

/// Whether a word has the name of a `go test` flag, reserved or not.
#[must_use]
pub(crate) fn is_known(word: &str) -> bool {
    let all = [BUILD_WITH_VALUE, BUILD_SWITCHES, TEST_WITH_VALUE, TEST_SWITCHES, "args"];
    name(word)
        .is_some_and(|name| reserved(&name).is_some() || all.iter().any(|list| lists(list, &name)))
}

/// Why covgate does not take the flag of this name, where that is so.
pub(super) fn reserved(name: &str) -> Option<&'static str> {
    RESERVED.iter().find(|(flag, _)| *flag == name).map(|(_, why)| *why)
}

fn lists(list: &str, name: &str) -> bool {
    list.split(' ').any(|known| known == name)
}

/// `-name`, `--name`, `-name=value` and `-test.name` are the same flag to go.
pub(super) fn name(word: &str) -> Option<String> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    let name = name.split_once('=').map_or(name, |(name, _)| name);
    let name = name.strip_prefix("test.").unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(words: &[&str]) -> Result<TestFlags, FlagError> {
        TestFlags::parse(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn build_flags_go_to_listing_and_warming_too() {
        let flags =
            parse(&["-race", "-tags", "a,b", "-run", "-x", "--mod=vendor", "-short"]).unwrap();
        assert_eq!(flags.build(), ["-race", "-tags", "a,b", "--mod=vendor"]);
        assert_eq!(flags.test(), ["-race", "-tags", "a,b", "-run", "-x", "--mod=vendor", "-short"]);
    }

    #[test]
    fn arguments_of_the_test_binary_stand_last() {
        let flags = parse(&["-count=1", "-args", "-p", "./x"]).unwrap();
        assert_eq!(flags.test(), ["-count=1"]);
        assert_eq!(flags.binary(), ["-args", "-p", "./x"]);
    }

    #[test]
    fn a_count_of_the_users_stays() {
        let fresh = |words: &[&str]| parse(words).unwrap().without_cache().test().to_vec();
        assert_eq!(fresh(&["-short"]), ["-short", "-count=1"]);
        assert_eq!(fresh(&["-count", "3", "-short"]), ["-count", "3", "-short"]);
        assert_eq!(fresh(&["--test.count=3"]), ["--test.count=3"]);
    }

    #[test]
    fn silence_may_last_longer_than_a_test() {
        let minutes = |words: &[&str]| {
            let limit = parse(words).unwrap().default_stall().get();
            limit.map(|limit| limit.as_secs() / 60)
        };
        assert_eq!(minutes(&[]), Some(30));
        assert_eq!(minutes(&["-timeout", "2h"]), Some(125));
        assert_eq!(minutes(&["-timeout=1m"]), Some(30));
        assert_eq!(minutes(&["-timeout=0"]), None);
    }

    proptest! {
        #[test]
        fn any_words_are_flags_or_an_error(words in proptest::collection::vec("-?-?[a-z.=]{0,8}", 0..6)) {
            let _ = TestFlags::parse(words);
        }
    }
}
