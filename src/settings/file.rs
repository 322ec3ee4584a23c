//! Owns the reading of `covgate.toml`: its keys, and errors that name the line, the column and the
//! key that was probably meant.
//! Must not know where the file is, or what the other layers say.

use std::collections::HashMap;
use std::ops::Range;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::layers::{Layer, written};
use super::table::{self, Options};
use super::{Override, OverrideAction};
use crate::domain::pattern::Pattern;
use crate::domain::percent::Percent;
use crate::tools::go::flags::TestFlags;

/// What is wrong with the file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    pub hint: Option<String>,
}

/// The positions of the keys' values, in bytes.
type Places = HashMap<String, Range<usize>>;

const PACKAGE_KEYS: [&str; 4] = ["path", "threshold", "exclude", "reason"];

/// The tables that are not settings.
#[derive(Deserialize)]
struct Tables {
    #[serde(default)]
    package: Vec<toml::Spanned<PackageTable>>,
    /// Why the default threshold fell.
    reason: Option<String>,
}

/// What a `covgate.toml` says.
#[derive(Debug, Default, Clone)]
pub struct Contents {
    /// The settings.
    pub layer: Layer,
    /// Floors and exclusions of packages.
    pub overrides: Vec<Override>,
    /// Why the default threshold is what it is.
    pub reason: Option<String>,
}

#[derive(Deserialize)]
struct PackageTable {
    path: String,
    threshold: Option<Percent>,
    exclude: Option<bool>,
    /// Why the threshold is what it is.
    reason: Option<String>,
}

/// Reads the file's bytes.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn parse(bytes: &[u8]) -> Result<Contents, ConfigError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        let place = Place::new(&String::from_utf8_lossy(valid), valid.len());
        place.error("not UTF-8 text", Some("save the file as UTF-8".to_owned()))
    })?;
    let places = check_keys(text)?;
    let of_value = |error: toml::de::Error| from_toml(text, &error, &places);
    let options: Options = toml::from_str(text).map_err(of_value)?;
    let tables: Tables = toml::from_str(text).map_err(of_value)?;
    let overrides =
        tables.package.iter().map(|table| read_override(text, table)).collect::<Result<_, _>>()?;
    check_values(text, &options, &places)?;
    let mut values = written(&options);
    values.retain(|name, _| places.contains_key(name));
    Ok(Contents { layer: Layer(values), overrides, reason: tables.reason })
}

/// Checks for unknown keys first: a misspelt key explains more than the errors that follow from it.
fn check_keys(text: &str) -> Result<Places, ConfigError> {
    let document = DeTable::parse(text).map_err(|error| from_toml(text, &error, &Places::new()))?;
    let table = document.get_ref();
    let settings = table::names();
    let known: Vec<&str> =
        settings.iter().map(String::as_str).chain(["package", "reason"]).collect();
    check_table(text, table, &known)?;
    if let Some(DeValue::Array(packages)) = table.get("package").map(toml::Spanned::get_ref) {
        for package in packages.iter() {
            if let DeValue::Table(package) = package.get_ref() {
                check_table(text, package, &PACKAGE_KEYS)?;
            }
        }
    }
    Ok(table.iter().map(|(key, value)| (key.get_ref().to_string(), value.span())).collect())
}

/// Checks for values of the right type that make no sense.
fn check_values(text: &str, options: &Options, places: &Places) -> Result<(), ConfigError> {
    let wrong = |key: &str, message: &dyn std::fmt::Display| {
        let place = Place::new(text, places.get(key).map_or(0, |place| place.start));
        place.error(&format!("wrong {key}: {message}"), None)
    };
    for pattern in super::floors::split_patterns(&options.exclude) {
        Pattern::parse(pattern, "").map_err(|error| wrong("exclude", &error))?;
    }
    let prefix = Some(&options.src_prefix);
    for (key, folder) in [("test-dir", options.test_dir.as_ref()), ("src-prefix", prefix)] {
        if let Some(folder) = folder {
            super::inside_module(key, folder).map_err(|error| wrong(key, &error))?;
        }
    }
    for (key, globs) in
        [("irrelevant", &options.irrelevant), ("exclude-files", &options.exclude_files)]
    {
        super::file_globs(key, globs).map_err(|error| wrong(key, &error))?;
    }
    TestFlags::parse(options.go_test_flags.clone())
        .map_err(|error| wrong("go-test-flags", &error))?;
    Ok(())
}

fn check_table(text: &str, table: &DeTable<'_>, known: &[&str]) -> Result<(), ConfigError> {
    // In the order of the file, so that the first error is the topmost.
    let mut keys: Vec<_> = table.keys().map(|key| (key.span(), key.get_ref())).collect();
    keys.sort_by_key(|(span, _)| span.start);
    for (span, key) in keys {
        if known.contains(&key.as_ref()) {
            continue;
        }
        let place = Place::new(text, span.start);
        if key.as_ref() == "chdir" {
            return Err(place.error(
                "`chdir` cannot stand in covgate.toml, which is found from the folder it would name",
                Some("use -C on the command line or COVGATE_CHDIR".to_owned()),
            ));
        }
        return Err(place.error(&format!("unknown key `{key}`"), Some(suggest(key, known))));
    }
    Ok(())
}

fn suggest(key: &str, known: &[&str]) -> String {
    let normal = key.replace('_', "-").to_ascii_lowercase();
    let closest = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(&normal, candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match closest {
        Some((likeness, candidate)) if likeness > 0.75 => format!("did you mean `{candidate}`?"),
        _ => format!("known keys: {}", known.join(", ")),
    }
}

fn read_override(text: &str, table: &toml::Spanned<PackageTable>) -> Result<Override, ConfigError> {
    let place = Place::new(text, table.span().start);
    let package = table.get_ref();
    let pattern =
        Pattern::parse(&package.path, "").map_err(|error| place.error(&error.to_string(), None))?;
    let action = match (package.threshold, package.exclude) {
        (Some(threshold), None | Some(false)) => OverrideAction::Threshold(threshold),
        (None, Some(true)) => OverrideAction::Exclude,
        _ => {
            return Err(place.error(
                &format!("package `{}` needs either `threshold` or `exclude = true`", package.path),
                None,
            ));
        }
    };
    Ok(Override { pattern, action, reason: package.reason.clone() })
}

/// The error, with the key of the wrong value.
fn from_toml(text: &str, error: &toml::de::Error, places: &Places) -> ConfigError {
    let Range { start, .. } = error.span().unwrap_or(0..0);
    let message = error.message().trim().replace('\n', ", ");
    let about = places.iter().find(|(_, place)| place.contains(&start));
    let message = match about {
        Some((key, _)) => format!("wrong {key}: {message}"),
        None => message,
    };
    Place::new(text, start).error(&message, None)
}

/// A position in the text, counted as editors count.
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn new(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    fn error(&self, message: &str, hint: Option<String>) -> ConfigError {
        ConfigError { line: self.line, column: self.column, message: message.to_owned(), hint }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrong(text: &str) -> String {
        let error = parse(text.as_bytes()).unwrap_err();
        let hint = error.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{}:{}: {}{hint}", error.line, error.column, error.message)
    }

    #[test]
    fn every_key_is_read() {
        let text = r#"
            packages = ["./..."]
            exclude = "a, b"
            default-threshold = 72.5
            test-dir = "tests"
            src-prefix = "pkg"
            tightness = "warn"
            tightness-tolerance = 1
            parallelism = 4
            engine = "batch"
            prewarm = "never"
            no-timings = true
            color = "never"
            go = "go1.27"
            workspace = true
            stall-timeout = "45m"
            go-test-flags = ["-race"]

            [[package]]
            path = "./cmd/..."
            threshold = 40.0

            [[package]]
            path = "./gen"
            exclude = true
        "#;
        let Contents { layer, overrides, .. } = parse(text.as_bytes()).unwrap();
        let read = layer.options();
        assert_eq!(read.default_threshold.hundredths(), 7250);
        assert_eq!(read.exclude, ["a, b"]);
        assert_eq!(read.tightness_tolerance.hundredths(), 100);
        assert_eq!(read.go_test_flags, ["-race"]);
        assert_eq!(overrides.len(), 2);
        assert_eq!(overrides[1].action, OverrideAction::Exclude);
    }

    #[test]
    fn booleans_are_tightness() {
        let layer = parse(b"tightness = false").unwrap().layer;
        assert_eq!(layer.options().tightness, crate::domain::choice::Tightness::Off);
    }

    #[test]
    fn unknown_keys_name_the_one_meant() {
        assert_eq!(
            wrong("\n default_treshold = 80"),
            "2:2: unknown key `default_treshold` (did you mean `default-threshold`?)"
        );
        assert_eq!(
            wrong("[[package]]\npath = \"x\"\ntreshold = 1"),
            "3:1: unknown key `treshold` (did you mean `threshold`?)"
        );
        assert!(wrong("zzz = 1").contains("known keys: packages, modules"));
        assert!(wrong("chdir = 'x'").contains("COVGATE_CHDIR"));
    }

    #[test]
    fn wrong_values_name_their_place() {
        assert!(
            wrong("default-threshold = 101")
                .starts_with("1:21: wrong default-threshold: expected a number from 0")
        );
        assert!(wrong("default-threshold = 80.123").starts_with("1:21: "));
        assert!(wrong("default-threshold = nan").starts_with("1:21: "));
        assert!(wrong("parallelism = -1").ends_with(": expected a whole number, found `-1`"));
        assert!(
            wrong("engine = 'turbo'").contains("expected auto, batch or fanout, found `turbo`")
        );
        assert!(wrong("no-timings = 'yes'").starts_with("1:14: wrong no-timings: invalid type"));
        assert!(wrong("stall-timeout = '5'").contains("a duration such as"));
        assert!(wrong("\nexclude = ['../x']").starts_with("2:11: wrong exclude: "));
        assert!(wrong("test-dir = '../t'").starts_with("1:12: wrong test-dir: "));
        assert!(wrong("go-test-flags = ['-cover']").starts_with("1:17: wrong go-test-flags: "));
        assert!(wrong("[[package]]\npath = 'x'").contains("needs either"));
        assert!(wrong("[[package]]\nthreshold = 1").contains("missing field `path`"));
        assert!(wrong("package = 3").starts_with("1:11: "));
        assert!(wrong("a = [").starts_with("1:"));
        assert!(wrong("engine = 'auto'\nengine = 'auto'").starts_with("2:1: duplicate key"));
    }

    #[test]
    fn other_encodings_are_named() {
        let error = parse(b"exclude = '\xff'").unwrap_err();
        assert_eq!((error.line, error.column), (1, 12));
        assert!(error.message.contains("not UTF-8"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_settings_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn any_toml_like_text_is_settings_or_an_error(
            text in "(\\[\\[package\\]\\]\n|(path|exclude|go|packages|engine|threshold) = ('[a-z./]*'|[0-9.]{1,5}|true|\\[\\])\n){0,6}",
        ) {
            let _ = parse(text.as_bytes());
        }
    }
}
