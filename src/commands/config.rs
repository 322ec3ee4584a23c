//! Owns `covgate config`: every setting with its value and its source, as a `covgate.toml`.
//! Must not know which settings there are, except for those whose values are paths.

use std::io::{self, Write};

use toml::Value;

use crate::domain::pattern;
use crate::settings::{FILE_NAME, Resolved, Row, Settings, Source, rows, variable};

/// Writes all settings. Defaults are written as comments: saved as `covgate.toml`, the text sets
/// exactly what was set before.
///
/// # Errors
/// When the writer fails.
pub fn write(settings: &Settings, mut out: impl Write) -> io::Result<()> {
    for row in rows(&settings.resolved) {
        let source = match row.source {
            Source::CommandLine => "command line".to_owned(),
            Source::Environment => variable(&row.name),
            Source::File => FILE_NAME.to_owned(),
            Source::BuiltIn => "default".to_owned(),
        };
        let row = Row { value: row.value.map(|value| saved(settings, &row.name, value)), ..row };
        let counts = row.source != Source::BuiltIn;
        writeln!(out, "{}  # {source}", line(&row, counts))?;
    }
    for table in &settings.floors.overrides {
        write!(out, "\n{table}")?;
    }
    out.flush()
}

/// All settings with their defaults and their help, for the README.
#[must_use]
pub fn reference() -> String {
    let rows = rows(&Resolved::built_in()).into_iter();
    rows.map(|row| {
        format!("# {}\n{}\n", row.help.replace(" [default", "\n# [default"), line(&row, true))
    })
    .collect()
}

/// The line of a setting; a comment if `counts` is false or it has no value.
fn line(row: &Row, counts: bool) -> String {
    let Row { name, value, placeholder, .. } = row;
    match value {
        Some(value) if counts => format!("{name} = {value}"),
        Some(value) => format!("# {name} = {value}"),
        None => format!("# {name} = {placeholder}"),
    }
}

/// The value for a file at the module's root: paths are rewritten to mean the same place from
/// there.
pub(crate) fn saved(settings: &Settings, name: &str, value: Value) -> Value {
    let said_here =
        [Source::CommandLine, Source::Environment].contains(&settings.resolved.source(name));
    let texts: Vec<&str> =
        value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match name {
        "go" => settings.go.clone().into(),
        "packages" | "exclude" if said_here => {
            let patterns = texts.into_iter().flat_map(|text| text.split(',').map(str::trim));
            let folder = settings.folder_in_gate();
            let patterns = patterns.map(|text| pattern::from_root(text, folder));
            Value::Array(patterns.map(Value::from).collect())
        }
        _ => value,
    }
}
