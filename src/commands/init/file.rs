//! Owns the text of the `covgate.toml` that `covgate init` writes: which settings stand in it, which are
//! offered as comments, and why those that are set are.
//! Must not know what settings mean beyond that: their help and their defaults are those of the table.

use toml::Value;

use super::text::wrapped;
use crate::settings::{Row, Source};

/// How wide its lines are.
const WIDTH: usize = 78;

/// Settings of one machine or of one run, which are not the team's.
const NOT_OF_THE_TEAM: [&str; 4] = ["go", "parallelism", "color", "no-timings"];

/// What teams change, with an example where the default would show nothing.
const OFFERED: [(&str, Option<&str>); 12] = [
    ("exclude", Some(r#"["./examples/..."]"#)),
    ("default-threshold", None),
    ("total-threshold", Some("80.0")),
    ("test-dir", Some(r#""tests""#)),
    ("tightness-tolerance", None),
    ("exclude-files", Some(r#"["mock_*.go"]"#)),
    ("exclude-generated", Some("true")),
    ("patch-threshold", Some("80.0")),
    ("irrelevant", Some(r#"["*.md", "docs/**"]"#)),
    ("prepare", Some(r#"["make", "generate"]"#)),
    ("scope", None),
    ("go-test-flags", Some(r#"["-race"]"#)),
];

const HEAD: &str = "\
# Settings of covgate, the coverage gate for Go; `covgate config` shows all.
# Floors are not here: each is the first line of the .covgate of its package.
";

const OFFER: &str = "
# What teams often change. A line that is commented out is not in force.
";

/// A setting that init makes, and why.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub name: &'static str,
    pub value: Value,
    pub why: String,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub text: String,
    /// The lines of the settings that it makes.
    pub sets: Vec<String>,
}

/// Whether somebody gave a setting for the team, on the command line or in the environment.
pub(super) fn is_given(row: &Row) -> bool {
    [Source::CommandLine, Source::Environment].contains(&row.source)
        && !NOT_OF_THE_TEAM.contains(&row.name.as_str())
}

/// The file with init's choices, unless somebody gave another value. `rows` are all settings, in order, with
/// values that mean the same in the file.
pub(super) fn draft(rows: &[Row], choices: &[Choice]) -> Draft {
    let mut draft = Draft { text: HEAD.to_owned(), sets: Vec::new() };
    let chosen = |row: &Row| choices.iter().find(|choice| choice.name == row.name);
    let set = |row: &Row| match (is_given(row), chosen(row)) {
        (true, _) => row.value.clone().map(|value| (value, "")),
        (false, Some(choice)) => Some((choice.value.clone(), choice.why.as_str())),
        (false, None) => None,
    };
    for row in rows {
        if let Some((value, why)) = set(row) {
            let line = format!("{} = {value}", row.name);
            draft.text += &format!("\n{}{}{line}\n", comment(&row.help), comment(why));
            draft.sets.push(line);
        }
    }
    draft.text += OFFER;
    for row in rows.iter().filter(|row| set(row).is_none()) {
        let Some((name, example)) = OFFERED.iter().find(|(name, _)| *name == row.name) else {
            continue;
        };
        let default = row.value.as_ref().map(Value::to_string);
        if let Some(value) = example.map(str::to_owned).or(default) {
            draft.text += &format!("\n{}# {name} = {value}\n", comment(&row.help));
        }
    }
    draft
}

fn comment(text: &str) -> String {
    wrapped(text, WIDTH - 2).iter().map(|line| format!("# {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Resolved, parse_config, rows};

    fn built_in(choices: &[Choice]) -> String {
        draft(&rows(&Resolved::built_in()), choices).text
    }

    #[test]
    fn every_line_can_be_put_in_force() {
        let text = built_in(&[]);
        let names = crate::settings::names();
        let offered = |line: &str| {
            let (name, _) = line.strip_prefix("# ")?.split_once(" = ")?;
            names.iter().any(|known| known == name).then_some(line.len())
        };
        let lines: Vec<&str> = text.lines().collect();
        let mut count = 0;
        for at in (0..lines.len()).filter(|at| offered(lines[*at]).is_some()) {
            let mut lines = lines.clone();
            lines[at] = &lines[at][2..];
            let read = parse_config(lines.join("\n").as_bytes());
            let read = read.unwrap_or_else(|wrong| panic!("{}: {wrong:?}", lines[at]));
            assert_eq!(read.layer.names().count(), 1, "{}", lines[at]);
            count += 1;
        }
        assert_eq!(count, OFFERED.len());
        // All of them together, too.
        let all = lines.iter().map(|line| if offered(line).is_some() { &line[2..] } else { line });
        let all = all.collect::<Vec<_>>().join("\n");
        let read = parse_config(all.as_bytes()).unwrap();
        assert_eq!(read.layer.names().count(), OFFERED.len());
    }

    #[test]
    fn what_is_set_stands_first_and_says_why() {
        let why = "because".to_owned();
        let text = built_in(&[Choice { name: "exclude-generated", value: true.into(), why }]);
        let read = parse_config(text.as_bytes()).unwrap();
        assert_eq!(read.layer.names().collect::<Vec<_>>(), ["exclude-generated"]);
        let (before, after) = text.split_once("# because\nexclude-generated = true\n").unwrap();
        assert!(before.contains("\n# Leave out the statements of files with go's line"), "{text}");
        assert!(after.starts_with(OFFER) && !after.contains("exclude-generated"), "{text}");
    }

    #[test]
    fn lines_fit_a_terminal() {
        let text = built_in(&[]);
        assert_eq!(text.lines().find(|line| line.chars().count() > 80), None);
    }
}
