//! Owns `covgate config`: every setting with its value and where that comes from, as a
//! `covgate.toml`.
//! Must not know which settings there are, but for those whose values mean a place.

use std::io::{self, Write};

use toml::Value;

use crate::domain::pattern;
use crate::settings::{FILE_NAME, Resolved, Row, Settings, Source, rows, variable};

/// Writes all settings in force. What is built in stands there as a comment: saved as
/// `covgate.toml`, the text says what was said before, and no more.
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
    for table in &settings.overrides {
        write!(out, "\n{table}")?;
    }
    out.flush()
}

/// All settings with their defaults and what help says of them, as the README has them.
#[must_use]
pub fn reference() -> String {
    let rows = rows(&Resolved::built_in()).into_iter();
    rows.map(|row| {
        format!("# {}\n{}\n", row.help.replace(" [default", "\n# [default"), line(&row, true))
    })
    .collect()
}

/// A comment where it does not count, or has no value.
fn line(row: &Row, counts: bool) -> String {
    let Row { name, value, placeholder, .. } = row;
    match value {
        Some(value) if counts => format!("{name} = {value}"),
        Some(value) => format!("# {name} = {value}"),
        None => format!("# {name} = {placeholder}"),
    }
}

/// A value that means a place means the same one from the module's root.
fn saved(settings: &Settings, name: &str, value: Value) -> Value {
    let said_here =
        [Source::CommandLine, Source::Environment].contains(&settings.resolved.source(name));
    let texts: Vec<&str> =
        value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match name {
        "go" => settings.go.clone().into(),
        "packages" | "exclude" if said_here => {
            let patterns = texts.into_iter().flat_map(|text| text.split(',').map(str::trim));
            let folder = settings.folder_in_module();
            let patterns = patterns.map(|text| pattern::from_root(text, folder));
            Value::Array(patterns.map(Value::from).collect())
        }
        _ => value,
    }
}
