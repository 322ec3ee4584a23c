//! Checks every setting everywhere it can be given. A missing row is reported with all places where
//! it is missing.

use std::collections::{BTreeSet, HashMap};
use std::fs;

use camino::Utf8Path;
use toml::Value;

use super::table::{grammar, groups, is_list, name};
use super::*;

/// Values of every type that a setting can have.
const CANDIDATES: [&str; 13] = [
    "-short", "0.7", "true", "3", "never", "batch", "warn", "all", "7s", "./x", "always", "fanout",
    "off",
];

/// Values of a setting other than its default, as a command line takes them.
fn samples(row: &clap::Arg) -> Vec<&'static str> {
    let built_in = layers::written(&Options::default()).get(&name(row)).cloned();
    let differs = |text: &&&str| {
        layer_of(row, text).is_some_and(|layer| layer.0.get(&name(row)) != built_in.as_ref())
    };
    CANDIDATES.iter().filter(differs).take(2).copied().collect()
}

fn layer_of(row: &clap::Arg, text: &str) -> Option<Layer> {
    let words: Vec<String> = match row.get_long() {
        Some(long) => vec![format!("--{long}={text}")],
        None => vec!["--".to_owned(), text.to_owned()],
    };
    let matches = grammar().try_get_matches_from(words).ok()?;
    Some(Layer::of_command_line(&matches))
}

fn of_environment(name: &str, text: &str) -> Result<Layer> {
    Layer::of_environment(|asked| (asked == variable(name)).then(|| text.to_owned()))
}

/// Everything that is wrong with one setting.
fn missing(row: &clap::Arg) -> Vec<String> {
    let name = name(row);
    let mut missing = Vec::new();
    let mut expect = |holds: bool, place: &str| {
        if !holds {
            missing.push(format!("{name}: {place}"));
        }
    };
    let samples = samples(row);
    let Some((sample, value)) = samples.first().and_then(|sample| {
        let value = layer_of(row, sample)?.0.get(&name)?.clone();
        Some((*sample, value))
    }) else {
        return vec![format!(
            "{name}: no value of CANDIDATES but its default is one of its values"
        )];
    };
    let given = layer_of(row, sample).unwrap_or_default();
    let only = |layer: &Layer| layer.0.len() == 1 && layer.0.get(&name) == Some(&value);
    expect(only(&given), "the command line");
    expect(of_environment(&name, sample).is_ok_and(|layer| only(&layer)), "the environment");
    let file = format!("{name} = {value}\n");
    expect(parse_config(file.as_bytes()).is_ok_and(|file| only(&file.layer)), "covgate.toml");
    let repeated = [given.words(), joined_flags(&given)].concat();
    let again = grammar().try_get_matches_from(&repeated);
    let again = again.map(|matches| Layer::of_command_line(&matches));
    expect(again.is_ok_and(|layer| only(&layer)), "the words of a repeated command");
    let help = row.get_help().map(ToString::to_string).unwrap_or_default();
    expect(!help.is_empty(), "help");
    expect(
        words(row).iter().all(|word| help.contains(word)),
        "every word that it takes, in its help",
    );
    expect(groups().any(|group| row.get_help_heading() == Some(group)), "a group of table::GROUPS");
    let reference = crate::commands::config::reference();
    expect(reference.contains(&format!("{name} = ")), "`covgate config`");
    expect(
        include_str!("../../README.md").contains(&format!("\n{name} = "))
            || row.get_default_values().is_empty(),
        "the README's block: run `cargo xtask docs`",
    );
    let changes = include_str!("../../CHANGELOG.md");
    expect(
        [format!("`{name}`"), format!("--{name}")].iter().any(|text| changes.contains(text)),
        &format!("`{name}` in CHANGELOG.md"),
    );
    let group = row.get_help_heading().unwrap_or_default();
    let field = described(&name);
    expect(
        field.as_ref().is_none_or(|text| words(row).iter().all(|word| text.contains(word))),
        "every word that it takes, in the comment of its field in RunSettings",
    );
    expect(
        ["Output", "The hook"].contains(&group)
            || NOT_IN_REPORTS.contains(&name.as_str())
            || field.is_some(),
        "a field of RunSettings, so that `covgate merge` refuses shards that differ in it; or \
         NOT_IN_REPORTS of this test, where it decides neither what is measured nor what passes",
    );
    // Each source wins over those below it.
    if let [first, second] = samples.as_slice() {
        let (high, low) = (layer_of(row, first), layer_of(row, second));
        let (high, low) = (high.unwrap_or_default(), low.unwrap_or_default());
        let over = Resolved::new(Layer::default(), high.clone(), low.clone());
        let value = layers::written(&over.options).get(&name).cloned();
        expect(over.source(&name) == Source::Environment, "the source of its value");
        expect(value.as_ref() == high.0.get(&name), "the environment over the file");
        let over = Resolved::new(low.clone(), high, Layer::default());
        let value = layers::written(&over.options).get(&name).cloned();
        expect(value.as_ref() == low.0.get(&name), "the command line over the environment");
    }
    missing
}

/// The words that a setting takes, where it takes only a few.
fn words(row: &clap::Arg) -> Vec<String> {
    let wrong = of_environment(&name(row), "?").err().map(|error| error.to_string());
    let expected = wrong.as_deref().and_then(|wrong| wrong.split_once("expected "));
    let listed = expected.and_then(|(_, rest)| rest.split_once(", found"));
    let words = listed.into_iter().flat_map(|(list, _)| list.split(", "));
    let is_word = |word: &str| {
        word.chars().all(char::is_alphabetic)
            && !["true", "false"].contains(&word)
            && layer_of(row, word).is_some()
    };
    let words = words.flat_map(|words| words.split(" or ")).filter(|word| is_word(word));
    words.map(str::to_owned).collect()
}

/// Settings that decide neither what is measured nor what passes, besides those of the groups
/// "Output" and "The hook". Which go it was stands in a report of its own.
const NOT_IN_REPORTS: [&str; 3] = ["go", "stall-timeout", "workspace"];

/// What the schema of `json` says of a setting's field.
fn described(name: &str) -> Option<String> {
    let field = if name == "packages" { "patterns".to_owned() } else { name.replace('-', "_") };
    let schema: serde_json::Value =
        serde_json::from_str(&crate::output::formats::schema()).unwrap();
    let field = schema["$defs"]["RunSettings"]["properties"].get(field)?;
    Some(field["description"].to_string())
}

fn joined_flags(layer: &Layer) -> Vec<String> {
    let flags = layer.go_test_flags();
    if flags.is_empty() { flags } else { [vec!["--".to_owned()], flags].concat() }
}

#[test]
fn every_setting_is_everywhere() {
    let missing: Vec<String> = grammar().get_arguments().flat_map(missing).collect();
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
}

/// The README's block is what `cargo xtask docs` writes.
#[test]
fn the_readme_has_every_setting_as_it_is() {
    let block = format!("```toml\n{}```\n", crate::commands::config::reference());
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&block), "run `cargo xtask docs`; the README has no block\n{block}");
}

#[test]
fn flags_for_go_test_are_the_last_row() {
    assert!(grammar().get_arguments().last().is_some_and(clap::Arg::is_positional));
    assert_eq!(grammar().get_arguments().filter(|row| row.is_positional()).count(), 1);
    assert!(grammar().get_arguments().any(is_list));
}

#[test]
fn a_wrong_value_names_its_variable_in_plain_words() {
    for (name, text, words) in [
        ("parallelism", "many", "expected a whole number, found `many`"),
        ("no-timings", "maybe", "expected true or false, found `maybe`"),
        ("engine", "turbo", "expected auto, batch or fanout, found `turbo`"),
        ("default-threshold", "-1", "expected a number from 0 to 100"),
        ("stall-timeout", "5", "expected a duration such as"),
    ] {
        let error = of_environment(name, text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("wrong {}: {words}", variable(name))), "{error}");
    }
}

#[test]
fn what_a_variable_lists_is_parted_by_blanks() {
    let options = |name, text| of_environment(name, text).unwrap().options();
    assert_eq!(options("packages", "./a ./b/...").packages, ["./a", "./b/..."]);
    assert_eq!(options("go-test-flags", "-race -run=a,b").go_test_flags, ["-race", "-run=a,b"]);
    let excluded = options("exclude", "a, b");
    assert_eq!(floors::split_patterns(&excluded.exclude).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(options("parallelism", " 4 ").parallelism, 4);
    assert_eq!(of_environment("go", "").unwrap(), Layer::default(), "an empty variable is not set");
}

/// The output of `covgate config` means the same when saved, wherever the values came from.
#[test]
fn what_config_prints_can_be_saved() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    fs::write(root.join("go.mod"), "module m\n").unwrap();
    fs::create_dir(root.join("sub")).unwrap();
    let text = "engine = 'batch'\nexclude = 'gen'\n[[package]]\npath = './a/...'\nthreshold = 40\n\
                [[package]]\npath = 'b'\nexclude = true\n";
    fs::write(root.join(FILE_NAME), text).unwrap();
    let words = ["--packages=./x/...", "--packages=../y", "--go=bin/go", "--", "-short"];
    let matches = grammar().try_get_matches_from(words).unwrap();
    let environment = of_environment("default-threshold", "71.25").unwrap();
    let asked = Layer::of_command_line(&matches);
    let before = Settings::resolve(asked, environment, &root.join("sub")).unwrap();
    let mut printed = Vec::new();
    crate::commands::config::write(&before, &mut printed).unwrap();
    let printed = String::from_utf8(printed).unwrap();
    for line in [
        "packages = [\"./sub/x/...\", \"./y\"]  # command line",
        "exclude = [\"gen\"]  # covgate.toml",
        "default-threshold = 71.25  # COVGATE_DEFAULT_THRESHOLD",
        "engine = \"batch\"  # covgate.toml",
        "# prewarm = \"auto\"  # default",
        "# stall-timeout = DURATION  # default",
        "go-test-flags = [\"-short\"]  # command line",
    ] {
        assert!(printed.lines().any(|found| found == line), "{line}\n{printed}");
    }
    fs::write(root.join(FILE_NAME), &printed).unwrap();
    let after = Settings::resolve(Layer::default(), Layer::default(), root).unwrap();
    let values = |settings: &Settings| -> HashMap<String, Option<Value>> {
        let rows = rows(&settings.resolved).into_iter();
        // The patterns of packages now start at the root.
        rows.filter(|row| row.name != "packages").map(|row| (row.name, row.value)).collect()
    };
    let mut before_values = values(&before);
    before_values.insert("go".to_owned(), Some(root.join("sub/bin/go").as_str().into()));
    assert_eq!(values(&after), before_values);
    assert_eq!(after.options().packages, ["./sub/x/...", "./y"]);
    let tables = |settings: &Settings| -> Vec<String> {
        settings.floors.overrides.iter().map(ToString::to_string).collect()
    };
    assert_eq!(tables(&after), tables(&before));
}

/// Help lists each setting under the heading of its group, in each command that takes it, and
/// nothing else there.
#[test]
fn commands_take_the_settings_of_their_groups() {
    let bare = clap::Command::new("bare");
    assert_eq!(add_to(bare).get_arguments().count(), 0);
    let taken: BTreeSet<String> = add_to(clap::Command::new("config"))
        .get_arguments()
        .filter(|argument| argument.get_id() != "patterns")
        .map(name)
        .collect();
    assert_eq!(taken, names().into_iter().collect(), "`covgate config` takes all");
}

/// A command to paste has the options and the packages of the run, and nothing that only the hook
/// takes.
#[test]
fn a_command_to_paste_is_of_the_same_run() {
    let words = ["--scope=all", "--tightness=off", "--packages=./lib/x/...", "--", "-race"];
    let layer = Layer::of_words(&words.map(str::to_owned)).unwrap();
    let repeat = Repeat { chdir: Some("a b".into()), ..Repeat::of(&layer) };
    let audit = "covgate audit -C 'a b' --tightness off";
    assert_eq!(repeat.audit(&[]), format!("{audit} ./lib/x/... -- -race"));
    assert_eq!(repeat.audit(&["./lib/x/y".to_owned()]), format!("{audit} ./lib/x/y -- -race"));
    let lower = "covgate ratchet -C 'a b' --tightness off --lower './x y' --reason \"why\"";
    assert_eq!(repeat.lower("./x y"), format!("{lower} ./lib/x/... -- -race"));
}
