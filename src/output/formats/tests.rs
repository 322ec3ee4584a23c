//! Owns the checks on every format: a format that is missing somewhere is named, with all places
//! where it is missing, and so is what is left of a format that was removed.
//! Must not know any format.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;

const README: &str = include_str!("../../../README.md");
const CHANGELOG: &str = include_str!("../../../CHANGELOG.md");
const PAGE: &str = include_str!("../../../docs/reports.md");
/// [`sample::every_kind`] in each format, beside this file.
const SAMPLES: &str = "sample/every_kind";

fn sources() -> Sources {
    Sources { root: "/nowhere".into(), web: None }
}

fn text(format: &Format, document: &Document) -> String {
    String::from_utf8((format.render)(document, &sources())).unwrap()
}

/// The sections of docs/reports.md that describe a choice: its name and its text.
fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGE.split("\n## `").skip(1).filter_map(|section| section.split_once("`\n"))
}

/// The formats that have a sample.
fn samples() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/output/formats").join(SAMPLES);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    files.filter_map(|file| Some(file.to_str()?.strip_suffix(".snap")?.to_owned())).collect()
}

/// Everything that is wrong with one choice.
fn missing((name, about): (&str, &str)) -> Vec<String> {
    let mut missing = Vec::new();
    let mut expect = |holds: bool, place: &str| {
        if !holds {
            missing.push(format!("{name}: {place}"));
        }
    };
    let section = sections().find(|(found, _)| *found == name).map(|(_, text)| text);
    expect(!about.is_empty(), "a word of help");
    expect(section.is_some(), &format!("a section of docs/reports.md, headed ## `{name}`"));
    expect(
        README.contains(&format!("\n- [`{name}`](docs/reports.md#{name}): {about}\n")),
        "its line in the README: run `cargo xtask docs`",
    );
    expect(CHANGELOG.contains(&format!("`{name}`")), &format!("`{name}` in CHANGELOG.md"));
    let (head, _) = PAGE.split_once("\n## `").unwrap_or_default();
    if name != AUTO {
        expect(
            head.contains(&format!("`{name}`")),
            "a word at the head of docs/reports.md: what it does with text of others",
        );
        let shown = section.is_some_and(|text| text.contains("\n```") || text.contains("\n!["));
        expect(shown, "an example in its section of docs/reports.md");
        expect(
            samples().contains(name),
            "its sample: run `INSTA_UPDATE=always cargo test --lib \
             every_format_is_as_its_sample`, and read it",
        );
    }
    missing
}

#[test]
fn every_format_is_everywhere() {
    let known: BTreeSet<&str> = choices().map(|(name, _)| name).collect();
    let described = sections().map(|(name, _)| name.to_owned());
    let gone = described.chain(samples()).filter(|name| !known.contains(name.as_str()));
    let gone = gone.map(|name| format!("{name}: is no format, but has a section or a sample"));
    let missing: Vec<String> = choices().flat_map(missing).chain(gone).collect();
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
    assert_eq!(known.len(), FORMATS.len() + 1, "two formats have one name");
    assert!(known.contains(AUTO_ON_GITHUB));
}

/// The README's list is what `cargo xtask docs` writes.
#[test]
fn the_readme_lists_every_format_as_it_is() {
    let list = format!("<!-- formats -->\n{}<!-- /formats -->\n", reference());
    assert!(README.contains(&list), "run `cargo xtask docs`; the README has no list\n{list}");
}

/// Style and script are left out, with their hashes; in markup, each tag starts a line.
#[test]
fn every_format_is_as_its_sample() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(SAMPLES);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter("(?s)<style>.*?</style>", "<style>…</style>");
    settings.add_filter("(?s)<script>.*?</script>", "<script>…</script>");
    settings.add_filter("'sha256-[^']*'", "'sha256-…'");
    settings.bind(|| {
        for format in FORMATS {
            let text = text(format, &sample::every_kind());
            let is_markup = text.starts_with('<');
            let text = if is_markup { text.replace("><", ">\n<") } else { text };
            insta::assert_snapshot!(format.name, text);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Each format accepts any names and any output of tests, and always writes the same for them.
    #[test]
    fn every_format_takes_any_document(document in sample::documents()) {
        for format in FORMATS {
            prop_assert_eq!(text(format, &document), text(format, &document), "{}", format.name);
        }
    }
}
