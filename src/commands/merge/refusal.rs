//! Owns which reports do not belong together, and the errors, which name their files.
//! Must not know how reports are joined.

use std::collections::HashMap;
use std::fmt::Display;

use serde_json::Value;

use super::Given;
use crate::choose::shard::{self, Part};
use crate::domain::shorten::at_the_end;
use crate::error::{Error, Result};
use crate::output::document::{Document, PackageRecord};

/// The hint for reports that contradict themselves.
pub(super) const AS_WRITTEN: &str = "give the reports as covgate wrote them";

/// The error for reports that are not all shards of one run, and what to do about it.
fn refused(refusal: impl Display, way_out: &str) -> Result<()> {
    Err(Error::usage(refusal).hint(way_out))
}

/// Checks that these are all shards of one run, or one report of a whole run.
pub(super) fn of_one_run(given: &[Given]) -> Result<()> {
    let Some((first, others)) = given.split_first() else {
        return Ok(());
    };
    let whole = given.iter().find(|one| one.document.shard.is_none());
    if let Some(whole) = whole {
        return match others {
            [] => Ok(()),
            _ => refused(
                format!(
                    "{} is the report of a whole run, but there are other reports, too",
                    whole.name
                ),
                "merge takes all shards of one run, or one report of a whole run",
            ),
        };
    }
    for other in others {
        let differences = differences(&first.document, &other.document);
        if !differences.is_empty() {
            let (one, other, differences) = (&first.name, &other.name, differences.join("; "));
            return refused(
                format!("{one} and {other} are not of one run: {differences}"),
                "shards of one run have the same commit, sources, go, settings and packages, and \
                 with --shard-by time the same --timings",
            );
        }
    }
    all_shards(given)
}

/// Checks that each shard is there once. They already agree on the number of shards.
fn all_shards(given: &[Given]) -> Result<()> {
    const NAMED: usize = 5;
    let mut names: HashMap<usize, &str> = HashMap::new();
    let mut count = 0;
    for one in given {
        let Some(shard) = &one.document.shard else { continue };
        count = shard.count;
        let (name, index) = (&one.name, shard.index);
        let Some(part) = Part::new(index, count) else {
            return refused(format!("{name}: there is no shard {index}/{count}"), AS_WRITTEN);
        };
        if let Some(first) = names.insert(index, name) {
            return refused(
                format!("shard {part} is given twice, by {first} and {name}"),
                "each file is to be named once, and each shard run once",
            );
        }
    }
    let missing = (1..=count).filter(|index| !names.contains_key(index));
    let mut named: Vec<String> =
        missing.take(NAMED).map(|index| format!("{index}/{count}")).collect();
    let more = (count - names.len()).saturating_sub(named.len());
    if more > 0 {
        named.push(format!("{more} more"));
    }
    if named.is_empty() {
        return Ok(());
    }
    refused(
        format!("shard {} is missing", named.join(", ")),
        "every shard that ends with 0 or 1 writes its report, one without packages too",
    )
}

/// Checks that their packages together are those that were divided.
pub(super) fn of_one_deal(given: &[Given]) -> Result<()> {
    let mut packages: Vec<(&Given, &PackageRecord)> = given
        .iter()
        .flat_map(|one| one.document.packages.iter().map(move |package| (one, package)))
        .collect();
    let mut known: HashMap<(&str, &str), &Given> = HashMap::new();
    for (other, package) in &packages {
        let identity = (package.module.as_str(), package.import_path.as_str());
        if let Some(one) = known.insert(identity, other) {
            let (path, one, other) = (&package.import_path, &one.name, &other.name);
            return refused(format!("package {path} is in {one} and in {other}"), AS_WRITTEN);
        }
    }
    packages.sort_by_key(|(_, package)| package.position);
    in_one_row(given, &packages)?;
    let dealt = packages.iter().filter_map(|(one, package)| {
        Some((package.import_path.as_str(), one.document.shard.as_ref()?.index))
    });
    let digest = shard::digest(dealt);
    let mut shards = given.iter().filter_map(|one| one.document.shard.as_ref());
    if shards.all(|shard| shard.deal == digest) {
        return Ok(());
    }
    refused("the packages are not those that were dealt out: a report was edited", AS_WRITTEN)
}

/// Checks that each position from the first to the last is taken once.
fn in_one_row(given: &[Given], sorted: &[(&Given, &PackageRecord)]) -> Result<()> {
    let same = sorted.windows(2).find_map(|pair| match pair {
        [one, other] if one.1.position == other.1.position => Some((one, other)),
        _ => None,
    });
    if let Some(((one_file, one), (other_file, other))) = same {
        let of = |file: &Given, package: &PackageRecord| {
            format!("{} in {}", package.import_path, file.name)
        };
        let (position, one, other) = (one.position, of(one_file, one), of(other_file, other));
        let said = format!("{one} and {other} have the same position {position}");
        return refused(said, AS_WRITTEN);
    }
    let found = sorted.len();
    let expected = given.first().and_then(|one| one.document.shard.as_ref());
    let expected = expected.map_or(found, |shard| shard.packages);
    let gap = (0..expected)
        .zip(sorted.iter().map(|(_, package)| Some(package.position)).chain([None]))
        .find(|(place, position)| *position != Some(*place));
    let position = match gap {
        Some((position, _)) => position,
        None if found > expected => expected,
        None => return Ok(()),
    };
    let said =
        format!("the reports hold {found} package(s) of {expected}; see position {position}");
    refused(said, AS_WRITTEN)
}

/// What differs between the two, although it must be the same, with both values.
fn differences(one: &Document, other: &Document) -> Vec<String> {
    let pairs = std::iter::zip(identity(one), identity(other));
    pairs
        .filter(|(one, other)| one != other)
        .map(|((name, one), (_, other))| format!("{name} {} and {}", shown(&one), shown(&other)))
        .collect()
}

/// What all shards of one run have in common, with names. Shards may differ in how many packages
/// they measure at once.
fn identity(document: &Document) -> Vec<(String, Value)> {
    let named = |name: &str, value: Value| (name.to_owned(), value);
    let mut identity = vec![
        named("commit", document.commit.clone().into()),
        named("modules", modules(document).into()),
        named("root of paths", document.root.clone().into()),
        named("base", document.change.as_ref().map(|change| change.base.clone()).into()),
        named("go", document.go.clone().into()),
        named("covgate", document.covgate.clone().into()),
    ];
    if let Ok(Value::Object(settings)) = serde_json::to_value(&document.settings) {
        let settings = settings.into_iter().filter(|(name, _)| name != "parallelism");
        identity.extend(settings.map(|(name, value)| (format!("settings.{name}"), value)));
    }
    identity.push(named("excluded", document.excluded.clone().into()));
    identity.push(named("unaffected", document.unaffected.into()));
    if let Some(shard) = &document.shard {
        identity.push(named("sources", shard.sources.clone().into()));
        identity.push(named("number of shards", shard.count.into()));
        identity.push(named("number of packages", shard.packages.into()));
        identity.push(named("dealt by", shard.by.clone().into()));
        identity.push(named("deal", shard.deal.clone().into()));
    }
    identity
}

/// The modules, each with its folder.
fn modules(document: &Document) -> Vec<String> {
    let modules = document.modules.iter();
    modules
        .map(|module| format!("{} in {}", module.path, shown(&module.dir.clone().into())))
        .collect()
}

/// A value, shortened to fit a line.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.is_empty() { "none".to_owned() } else { at_the_end(&text, LONGEST) }
}
