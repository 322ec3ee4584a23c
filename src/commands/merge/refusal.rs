//! Owns which reports do not belong together, and how that is said: by the names
//! of their files.
//! Must not know what they are joined into.

use std::collections::HashMap;

use serde_json::Value;

use super::Given;
use crate::choose::shard::{self, Part};
use crate::output::document::{Document, PackageRecord};

/// What to do about reports that say what cannot be.
pub(super) const AS_WRITTEN: &str = "give the reports as covgate wrote them";

/// Reports that are not all shards of one run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A report of everything, among others.
    #[error("{0} is no shard but the report of a whole run, and is not alone")]
    Whole(String),
    /// A shard that cannot be.
    #[error("{name}: there is no shard {index}/{count}")]
    NoShard {
        /// The file.
        name: String,
        /// The shard it says it is.
        index: usize,
        /// Of so many.
        count: usize,
    },
    /// Two reports of different runs.
    #[error("{one} and {other} are not of one run: {differences}")]
    Differ {
        /// The first file.
        one: String,
        /// The other one.
        other: String,
        /// What is not the same, with both values.
        differences: String,
    },
    /// A shard that two files hold.
    #[error("shard {part} is given twice, by {one} and {other}")]
    Twice {
        /// The shard.
        part: String,
        /// The first file.
        one: String,
        /// The other one.
        other: String,
    },
    /// Shards that no file holds.
    #[error("shard {0} is missing")]
    Missing(String),
    /// A package that is there twice.
    #[error("package {path} is in {one} and in {other}")]
    PackageTwice {
        /// Its import path.
        path: String,
        /// The first file.
        one: String,
        /// The other one, or the same.
        other: String,
    },
    /// Packages of the run that no file holds, or more than there were.
    #[error("the reports hold {found} package(s) of {expected}; see position {position}")]
    Gap {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
        /// The first that lacks, or is too many.
        position: usize,
    },
    /// Two packages in one place.
    #[error("{one} in {one_name} and {other} in {other_name} have the same position {position}")]
    OnePlace {
        /// The first package.
        one: String,
        /// Its file.
        one_name: String,
        /// The other package.
        other: String,
        /// Its file.
        other_name: String,
        /// Their position.
        position: usize,
    },
    /// The packages are others than those that were dealt out.
    #[error("the packages are not those that were dealt out: a report was edited")]
    Edited,
}

impl Refusal {
    /// What to do about it.
    pub(super) fn way_out(&self) -> &'static str {
        match self {
            Self::Whole(_) => "merge takes all shards of one run, or one report of a whole run",
            Self::Differ { .. } => {
                "shards of one run have the same commit, go, settings and packages, and with \
                 --shard-by time the same --timings"
            }
            Self::Missing(_) => {
                "every shard that ends with 0 or 1 writes its report, one without packages too"
            }
            Self::Twice { .. } => "each file is to be named once, and each shard run once",
            _ => AS_WRITTEN,
        }
    }
}

/// Whether these are all shards of one run, or the report of a whole one.
pub(super) fn of_one_run(given: &[Given]) -> Result<(), Refusal> {
    let Some((first, others)) = given.split_first() else {
        return Ok(());
    };
    let whole = given.iter().find(|one| one.document.shard.is_none());
    if let Some(whole) = whole {
        return match others {
            [] => Ok(()),
            _ => Err(Refusal::Whole(whole.name.clone())),
        };
    }
    for other in others {
        let differences = differences(&first.document, &other.document);
        if !differences.is_empty() {
            let (one, other) = (first.name.clone(), other.name.clone());
            return Err(Refusal::Differ { one, other, differences: differences.join("; ") });
        }
    }
    all_shards(given)
}

/// Each shard once. They agree on how many there are.
fn all_shards(given: &[Given]) -> Result<(), Refusal> {
    const NAMED: usize = 5;
    let mut names: HashMap<usize, &str> = HashMap::new();
    let mut count = 0;
    for one in given {
        let Some(shard) = &one.document.shard else { continue };
        count = shard.count;
        let name = one.name.clone();
        let Some(part) = Part::new(shard.index, count) else {
            return Err(Refusal::NoShard { name, index: shard.index, count });
        };
        if let Some(first) = names.insert(shard.index, &one.name) {
            let (part, first) = (part.to_string(), first.to_owned());
            return Err(Refusal::Twice { part, one: first, other: name });
        }
    }
    let missing = (1..=count).filter(|index| !names.contains_key(index));
    let mut named: Vec<String> =
        missing.take(NAMED).map(|index| format!("{index}/{count}")).collect();
    let more = (count - names.len()).saturating_sub(named.len());
    if more > 0 {
        named.push(format!("{more} more"));
    }
    if named.is_empty() { Ok(()) } else { Err(Refusal::Missing(named.join(", "))) }
}

/// Whether their packages, taken together, are those that were dealt out.
pub(super) fn of_one_deal(given: &[Given]) -> Result<(), Refusal> {
    let mut packages: Vec<(&Given, &PackageRecord)> = given
        .iter()
        .flat_map(|one| one.document.packages.iter().map(move |package| (one, package)))
        .collect();
    let mut known: HashMap<&str, &Given> = HashMap::new();
    for (other, package) in &packages {
        if let Some(one) = known.insert(&package.import_path, other) {
            let (one, other) = (one.name.clone(), other.name.clone());
            return Err(Refusal::PackageTwice { path: package.import_path.clone(), one, other });
        }
    }
    packages.sort_by_key(|(_, package)| package.position);
    in_one_row(given, &packages)?;
    let dealt = packages.iter().filter_map(|(one, package)| {
        Some((package.import_path.as_str(), one.document.shard.as_ref()?.index))
    });
    let digest = shard::digest(dealt);
    let mut shards = given.iter().filter_map(|one| one.document.shard.as_ref());
    if shards.all(|shard| shard.deal == digest) { Ok(()) } else { Err(Refusal::Edited) }
}

/// Whether each place from the first to the last is taken once.
fn in_one_row(given: &[Given], sorted: &[(&Given, &PackageRecord)]) -> Result<(), Refusal> {
    let same = sorted.windows(2).find_map(|pair| match pair {
        [one, other] if one.1.position == other.1.position => Some((one, other)),
        _ => None,
    });
    if let Some(((one_name, one), (other_name, other))) = same {
        return Err(Refusal::OnePlace {
            one: one.import_path.clone(),
            one_name: one_name.name.clone(),
            other: other.import_path.clone(),
            other_name: other_name.name.clone(),
            position: one.position,
        });
    }
    let found = sorted.len();
    let expected = given.first().and_then(|one| one.document.shard.as_ref());
    let expected = expected.map_or(found, |shard| shard.packages);
    let gap = (0..expected)
        .zip(sorted.iter().map(|(_, package)| Some(package.position)).chain([None]))
        .find(|(place, position)| *position != Some(*place));
    match gap {
        Some((position, _)) => Err(Refusal::Gap { found, expected, position }),
        None if found > expected => Err(Refusal::Gap { found, expected, position: expected }),
        None => Ok(()),
    }
}

/// What must be the same in both and is not, with both values.
fn differences(one: &Document, other: &Document) -> Vec<String> {
    let pairs = std::iter::zip(identity(one), identity(other));
    pairs
        .filter(|(one, other)| one != other)
        .map(|((name, one), (_, other))| format!("{name} {} and {}", shown(&one), shown(&other)))
        .collect()
}

/// What all shards of one run have in common, each with its name. How many packages a machine
/// measures at once is its own affair.
fn identity(document: &Document) -> Vec<(String, Value)> {
    let named = |name: &str, value: Value| (name.to_owned(), value);
    let mut identity = vec![
        named("commit", document.commit.clone().into()),
        named("module", document.module.clone().into()),
        named("module folder", document.module_dir.clone().into()),
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
        identity.push(named("number of shards", shard.count.into()));
        identity.push(named("number of packages", shard.packages.into()));
        identity.push(named("dealt by", shard.by.clone().into()));
        identity.push(named("deal", shard.deal.clone().into()));
    }
    identity
}

/// A value, at a length that fits a line.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if text.is_empty() => "none".to_owned(),
        None => text,
    }
}
