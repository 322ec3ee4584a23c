//! Owns the layers: what each source says (command line, environment, `covgate.toml`), and which
//! wins: command line over environment over file over default.
//! Must not know what a setting means.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches};
use toml::{Table, Value};

use super::table::{self, Options, PATTERNS};
use crate::error::{Error, Result};

/// Who gave a setting its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// An option or an argument.
    CommandLine,
    /// `COVGATE_<NAME>`.
    Environment,
    /// `covgate.toml`.
    File,
    /// Nobody: it is the default.
    BuiltIn,
}

/// The settings that one source gives, by name, as TOML values.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Layer(pub(super) Table);

/// Every setting's value, and who gave it.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The values.
    pub options: Options,
    layers: [(Source, Layer); 3],
}

impl Resolved {
    /// Joins the layers of the three sources.
    pub(super) fn new(command_line: Layer, environment: Layer, file: Layer) -> Self {
        let all = command_line.clone().over(environment.clone()).over(file.clone());
        let layers = [
            (Source::CommandLine, command_line),
            (Source::Environment, environment),
            (Source::File, file),
        ];
        Self { options: all.options(), layers }
    }

    /// The values with another file.
    #[must_use]
    pub fn with_file(&self, file: Layer) -> Options {
        let [(_, command_line), (_, environment), _] = self.layers.clone();
        command_line.over(environment).over(file).options()
    }

    /// What is built in.
    #[must_use]
    pub fn built_in() -> Self {
        Self::new(Layer::default(), Layer::default(), Layer::default())
    }

    /// Who gave a setting its value.
    #[must_use]
    pub fn source(&self, name: &str) -> Source {
        let speaks = self.layers.iter().find(|(_, layer)| layer.0.contains_key(name));
        speaks.map_or(Source::BuiltIn, |(source, _)| *source)
    }
}

impl Layer {
    /// The settings on a command line, whose options are those of the table.
    #[must_use]
    pub fn of_command_line(matches: &ArgMatches) -> Self {
        let rows = table::grammar();
        let words = rows.get_arguments().flat_map(|row| {
            let values = [PATTERNS].into_iter().filter(|_| row.get_id() == "packages");
            let values = values.chain([row.get_id().as_str()]);
            joined(row, values.flat_map(|id| given(matches, id)).collect())
        });
        // clap has checked each value before.
        Self::of_words(&words.collect::<Vec<_>>()).unwrap_or_default()
    }

    /// The settings in variables such as `COVGATE_DEFAULT_THRESHOLD`; an empty one counts as not
    /// set. `lookup` returns the value of a variable.
    ///
    /// # Errors
    /// When a variable holds a value that its setting does not accept.
    pub fn of_environment(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let mut layer = Self::default();
        for row in table::grammar().get_arguments() {
            let variable = variable(&table::name(row));
            let Some(value) = lookup(&variable).filter(|value| !value.trim().is_empty()) else {
                continue;
            };
            let values = match table::is_list(row) {
                true => value.split_whitespace().map(str::to_owned).collect(),
                false => vec![value.trim().to_owned()],
            };
            let one = Self::of_words(&joined(row, values))
                .map_err(|wrong| Error::usage(format!("wrong {variable}: {}", cause(&wrong))))?;
            layer.0.extend(one.0);
        }
        Ok(layer)
    }

    /// The settings that some words name.
    pub(super) fn of_words(words: &[String]) -> Result<Self, clap::Error> {
        let matches = table::grammar().try_get_matches_from(words)?;
        let options = Options::parse(words)?;
        let mut table = written(&options);
        table.retain(|name, _| {
            matches.value_source(&name.replace('-', "_")) == Some(ValueSource::CommandLine)
        });
        Ok(Self(table))
    }

    /// The options that differ from the defaults.
    #[must_use]
    pub fn beyond_defaults(options: &Options) -> Self {
        let built_in = written(&Options::default());
        let mut table = written(options);
        table.retain(|name, value| built_in.get(name) != Some(value));
        Self(table)
    }

    /// This layer's values; those of `lower` for settings that this layer does not have.
    #[must_use]
    pub fn over(self, mut lower: Self) -> Self {
        lower.0.extend(self.0);
        lower
    }

    /// All settings, with the defaults for those that the layer does not have.
    #[must_use]
    pub fn options(&self) -> Options {
        // Each value was already read as the type of its setting.
        self.0.clone().try_into().unwrap_or_default()
    }

    /// The layer as options on a command line, for a command that a person can repeat. Flags for
    /// go test are not among them.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let rows = table::grammar();
        let options = rows.get_arguments().filter(|row| !row.is_positional());
        let known = options.filter_map(|row| Some((row, self.0.get(&table::name(row))?)));
        known.flat_map(|(row, value)| typed(row, texts(value))).collect()
    }

    /// The packages that it names.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        self.0.get("packages").map(texts).unwrap_or_default()
    }

    /// What stands after `--`.
    #[must_use]
    pub fn go_test_flags(&self) -> Vec<String> {
        self.0.get("go-test-flags").map(texts).unwrap_or_default()
    }

    /// Whether it sets a setting.
    #[must_use]
    pub fn has(&self, setting: &str) -> bool {
        self.0.contains_key(setting)
    }

    /// The settings that it sets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The layer with these settings alone.
    #[must_use]
    pub fn only(mut self, settings: &[&str]) -> Self {
        self.0.retain(|name, _| settings.contains(&name));
        self
    }

    /// The layer without a setting.
    #[must_use]
    pub fn without(mut self, setting: &str) -> Self {
        self.0.remove(setting);
        self
    }
}

/// A setting as a person reads it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// As `covgate.toml` names it.
    pub name: String,
    /// Its value, if it has one.
    pub value: Option<Value>,
    /// The placeholder for its value in help.
    pub placeholder: String,
    /// Its text in help.
    pub help: String,
    /// Who gave it its value.
    pub source: Source,
}

/// All settings, in the order in which help shows them.
#[must_use]
pub(crate) fn rows(resolved: &Resolved) -> Vec<Row> {
    let values = written(&resolved.options);
    let row = |row: &Arg| {
        let name = table::name(row);
        Row {
            value: values.get(&name).cloned(),
            placeholder: row.get_value_names().unwrap_or_default().join(" "),
            help: row.get_help().map(ToString::to_string).unwrap_or_default(),
            source: resolved.source(&name),
            name,
        }
    };
    table::grammar().get_arguments().map(row).collect()
}

/// The values in TOML; settings without a value are left out.
pub(super) fn written(options: &Options) -> Table {
    Table::try_from(options).unwrap_or_default()
}

/// The variable that sets an option.
#[must_use]
pub(crate) fn variable(option: &str) -> String {
    format!("COVGATE_{}", option.replace('-', "_").to_ascii_uppercase())
}

/// The values that were given for an argument; none if the command does not have it.
fn given(matches: &ArgMatches, id: &str) -> Vec<String> {
    let known = matches.try_contains_id(id).unwrap_or(false)
        && matches.value_source(id) == Some(ValueSource::CommandLine);
    let raw = known.then(|| matches.get_raw(id)).flatten().into_iter().flatten();
    raw.map(|value| value.to_string_lossy().into_owned()).collect()
}

/// A setting with its values in a form that clap reads, whatever the values look like.
fn joined(row: &Arg, values: Vec<String>) -> Vec<String> {
    match row.get_long() {
        Some(long) => values.into_iter().map(|value| format!("--{long}={value}")).collect(),
        None if values.is_empty() => values,
        None => ["--".to_owned()].into_iter().chain(values).collect(),
    }
}

/// A setting with its values, as people write it.
fn typed(row: &Arg, values: Vec<String>) -> Vec<String> {
    let apart = |value: &String| !(row.is_require_equals_set() || value.starts_with('-'));
    match row.get_long() {
        Some(long) => {
            let words = values.into_iter().map(|value| match apart(&value) {
                true => vec![format!("--{long}"), value],
                false => vec![format!("--{long}={value}")],
            });
            words.flatten().collect()
        }
        None => joined(row, values),
    }
}

/// A setting's values as text.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// What is wrong with a value, without clap's name for its position.
fn cause(wrong: &clap::Error) -> String {
    match std::error::Error::source(wrong) {
        Some(cause) => cause.to_string(),
        None => {
            let text = wrong.to_string();
            let first = text.lines().next().unwrap_or_default();
            first.trim_start_matches("error: ").to_owned()
        }
    }
}
