//! Owns the environment's layer: `COVGATE_<NAME>` for every option.
//! Must not know the process's real environment; it is handed the variables.

use std::str::FromStr;

use super::Layer;
use crate::error::{Error, Result};

/// Every option that the environment may set, by the option's long name; `chdir` and `fresh` are read
/// with the command line.
pub(crate) const NAMES: [&str; 19] = [
    "chdir",
    "packages",
    "exclude",
    "default-threshold",
    "test-dir",
    "src-prefix",
    "tightness",
    "tightness-tolerance",
    "parallelism",
    "engine",
    "prewarm",
    "no-timings",
    "color",
    "go",
    "workspace",
    "stall-timeout",
    "scope",
    "fresh",
    "go-test-flags",
];

/// Reads the layer from variables such as `COVGATE_DEFAULT_THRESHOLD`; an empty one counts as
/// not set. `lookup` answers for one variable.
///
/// # Errors
/// When a variable holds what its option does not take.
pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Layer> {
    let get = &|name: &str| lookup(&variable(name)).filter(|value| !value.trim().is_empty());
    Ok(Layer {
        packages: get("packages").map(|value| words(&value)),
        exclude: get("exclude").map(|value| vec![value]),
        default_threshold: parse(get, "default-threshold")?,
        test_dir: parse(get, "test-dir")?,
        src_prefix: parse(get, "src-prefix")?,
        tightness: parse(get, "tightness")?,
        tightness_tolerance: parse(get, "tightness-tolerance")?,
        parallelism: parse(get, "parallelism")?,
        engine: parse(get, "engine")?,
        prewarm: parse(get, "prewarm")?,
        no_timings: switch(get, "no-timings")?,
        color: parse(get, "color")?,
        go: get("go"),
        workspace: switch(get, "workspace")?,
        stall_timeout: parse(get, "stall-timeout")?,
        scope: parse(get, "scope")?,
        go_test_flags: get("go-test-flags").map(|value| words(&value)),
    })
}

/// The variable that sets an option.
pub(crate) fn variable(option: &str) -> String {
    format!("COVGATE_{}", option.replace('-', "_").to_ascii_uppercase())
}

fn words(value: &str) -> Vec<String> {
    value.split_whitespace().map(str::to_owned).collect()
}

fn parse<T: FromStr>(get: impl Fn(&str) -> Option<String>, option: &str) -> Result<Option<T>>
where
    T::Err: std::fmt::Display,
{
    get(option)
        .map(|value| {
            value
                .trim()
                .parse()
                .map_err(|error| Error::usage(format!("wrong {}: {error}", variable(option))))
        })
        .transpose()
}

/// Reads one switch on its own, for options that are not part of a layer.
pub(crate) fn lookup_switch(
    lookup: impl Fn(&str) -> Option<String>,
    option: &str,
) -> Result<Option<bool>> {
    switch(|name: &str| lookup(&variable(name)).filter(|value| !value.trim().is_empty()), option)
}

fn switch(get: impl Fn(&str) -> Option<String>, option: &str) -> Result<Option<bool>> {
    get(option)
        .map(|value| match value.trim() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            other => Err(Error::usage(format!(
                "wrong {}: expected true or false, found `{other}`",
                variable(option)
            ))),
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{EngineChoice, Tightness};

    fn layer(pairs: &[(&str, &str)]) -> Result<Layer> {
        read(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_option_has_a_variable() {
        let layer = layer(&[
            ("COVGATE_PACKAGES", "./a ./b/..."),
            ("COVGATE_EXCLUDE", "a, b"),
            ("COVGATE_DEFAULT_THRESHOLD", "75.5"),
            ("COVGATE_TIGHTNESS", "warn"),
            ("COVGATE_ENGINE", "fanout"),
            ("COVGATE_NO_TIMINGS", "1"),
            ("COVGATE_PARALLELISM", " 4 "),
            ("COVGATE_GO", ""),
        ])
        .unwrap();
        assert_eq!(layer.packages.unwrap(), ["./a", "./b/..."]);
        assert_eq!(layer.default_threshold.unwrap().hundredths(), 7550);
        assert_eq!(layer.tightness, Some(Tightness::Warn));
        assert_eq!(layer.engine, Some(EngineChoice::Fanout));
        assert_eq!(layer.no_timings, Some(true));
        assert_eq!(layer.parallelism, Some(4));
        assert_eq!(layer.go, None, "an empty variable is not set");
    }

    #[test]
    fn a_wrong_value_names_its_variable() {
        let error = layer(&[("COVGATE_PARALLELISM", "many")]).unwrap_err();
        assert!(error.to_string().contains("COVGATE_PARALLELISM"), "{error}");
        let error = layer(&[("COVGATE_NO_TIMINGS", "maybe")]).unwrap_err();
        assert!(error.to_string().contains("COVGATE_NO_TIMINGS"), "{error}");
    }
}
