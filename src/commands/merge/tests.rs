//! Documents that were never measured. Any split of any of them merges to the whole.

mod refused;

use camino::Utf8Path;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::choose::shard::{Dealing, Timings, digest};
use crate::domain::choice::{ShardBy, Tightness};
use crate::domain::floor::Source;
use crate::domain::verdict::Status;
use crate::exit::Exit;
use crate::output::document::{
    BlockRecord, FileRecord, OutcomeKind, PackageRecord, PhaseTimes, RunSettings, Shard, Times,
};
use crate::output::formats::Requests;
use crate::output::formats::sample::{self, files};
use crate::output::text::Style;

/// What a merge writes, and how it ends.
#[derive(Debug, PartialEq, Eq)]
struct Written {
    exit: Exit,
    text: String,
    json: String,
    tail: String,
}

fn written(given: &[Given]) -> Result<Written> {
    let merge = |reports: &[&str], err: &mut Vec<u8>| {
        let reports = reports.iter().map(|report| report.parse().unwrap()).collect();
        let folder = Utf8Path::new("/nowhere/at/all");
        let reports = Requests::new(reports, folder, |_| None).unwrap();
        let mut out = Vec::new();
        let style = Style::new(false);
        run(given.to_vec(), folder, true, &reports, style, &mut out, err)
            .map(|verdicts| (verdicts.exit, String::from_utf8(out).unwrap()))
    };
    let mut tail = Vec::new();
    let (exit, text) = merge(&[], &mut tail)?;
    let (_, json) = merge(&["json"], &mut Vec::new())?;
    Ok(Written { exit, text, json, tail: String::from_utf8(tail).unwrap() })
}

fn document(packages: Vec<PackageRecord>) -> Document {
    // merge does not trust its totals.
    let mut document = sample::document(packages);
    document.covgate = env!("CARGO_PKG_VERSION").to_owned();
    document.modules[0].path = "m".to_owned();
    document.commit = Some("1111".to_owned());
    document.excluded = vec!["gen".to_owned()];
    let settings = &mut document.settings;
    (settings.parallelism, settings.plain) = (2, false);
    settings.exclude.clone_from(&document.excluded);
    document
}

fn package(position: usize, covered: u32, total: u32) -> PackageRecord {
    let block = |line: u32| BlockRecord(line, 1, line, 9, 1);
    let uncovered: Vec<BlockRecord> = (covered..total).map(|line| block(line + 1)).collect();
    let covered: Vec<BlockRecord> = (0..covered).map(|line| block(line + 1)).collect();
    let file = files::file(&format!("p{position:02}/a.go"), &uncovered, &covered);
    with_files(position, OutcomeKind::Covered, vec![file])
}

fn with_files(position: usize, outcome: OutcomeKind, files: Vec<FileRecord>) -> PackageRecord {
    let path = format!("p{position:02}");
    let known = files::package(&format!("m/{path}"), &path, files);
    let known = PackageRecord { position, outcome, ..known };
    match outcome {
        OutcomeKind::Covered | OutcomeKind::NoStatements => known,
        _ => PackageRecord {
            statements: None,
            covered: None,
            output: format!("m/{path} went wrong\n"),
            ..known
        },
    }
}

fn alone(document: Document) -> [Given; 1] {
    [Given { name: "whole.json".to_owned(), document }]
}

/// Splits a document into shards; `deal` has each package's part.
fn split(whole: &Document, by: ShardBy, count: usize, deal: &[usize]) -> Vec<Given> {
    let paths = whole.packages.iter().map(|package| package.import_path.as_str());
    let digest = digest(std::iter::zip(paths, deal.iter().copied()));
    let shard = |index: usize| {
        let of_part = |package: &&PackageRecord| deal[package.position] == index;
        let shard = Shard {
            index,
            count,
            by: by.to_string(),
            packages: whole.packages.len(),
            deal: digest.clone(),
            sources: "0123".to_owned(),
        };
        let packages = whole.packages.iter().filter(of_part).cloned().collect();
        let document = Document { shard: Some(shard), packages, ..whole.clone() };
        Given { name: format!("{index}.json"), document }
    };
    (1..=count).map(shard).collect()
}

/// Two shards: `p00` and `p02`, `p01`.
fn two() -> Vec<Given> {
    let whole = document(vec![package(0, 9, 10), package(1, 4, 5), package(2, 1, 1)]);
    split(&whole, ShardBy::Hash, 2, &[1, 2, 1])
}

fn any_files(position: usize) -> impl Strategy<Value = Vec<FileRecord>> {
    proptest::collection::vec(files::blocks(), 0..3).prop_map(move |files| {
        let files = files.into_iter().enumerate().map(|(number, (uncovered, covered))| {
            files::file(&format!("p{position:02}/f{number}.go"), &uncovered, &covered)
        });
        files.filter(|file| !file.covered.is_empty() || !file.uncovered.is_empty()).collect()
    })
}

fn any_package(position: usize) -> impl Strategy<Value = PackageRecord> {
    let floor = (0u16..=10_000, 0u8..3, any::<bool>());
    (any_files(position), 0u8..8, floor).prop_map(
        move |(files, outcome, (percent, source, outside))| {
            let mut record = match outcome {
                0 => with_files(position, OutcomeKind::NoStatements, Vec::new()),
                1 => with_files(position, OutcomeKind::TestsFailed, Vec::new()),
                2 => with_files(position, OutcomeKind::BuildFailed, Vec::new()),
                3 => with_files(position, OutcomeKind::NoCoverageData, Vec::new()),
                _ => with_files(position, OutcomeKind::Covered, files),
            };
            record.floor.percent = f64::from(percent) / 100.0;
            record.floor.source =
                [Source::Committed, Source::Override, Source::Default][usize::from(source)];
            record.external_tests = outside.then(|| format!("m/tests/p{position:02}"));
            record
        },
    )
}

fn any_document() -> impl Strategy<Value = Document> {
    let packages =
        (1usize..12).prop_flat_map(|count| (0..count).map(any_package).collect::<Vec<_>>());
    let tightness =
        proptest::sample::select(vec![Tightness::Fail, Tightness::Warn, Tightness::Off]);
    let troubles = proptest::option::weighted(0.1, Just("a profile was cut off".to_owned()));
    (packages, tightness, any::<bool>(), 0usize..3, troubles).prop_map(
        |(packages, tightness, plain, unaffected, trouble)| {
            let mut document = document(packages);
            document.settings.tightness = tightness;
            document.settings.plain = plain;
            document.unaffected = unaffected;
            document.troubles = trouble.into_iter().collect();
            document
        },
    )
}

proptest! {
    #[test]
    fn any_split_of_any_run_merges_to_the_whole(
        raw in any_document(),
        count in 1usize..6,
        parts in proptest::collection::vec(any::<Index>(), 12),
        order in any::<Index>(),
    ) {
        let whole = written(&alone(raw.clone())).unwrap();
        let canonical: Document = serde_json::from_str(&whole.json).unwrap();
        prop_assert_eq!(&written(&alone(canonical.clone())).unwrap(), &whole);
        let deal: Vec<usize> =
            parts.iter().take(raw.packages.len()).map(|part| part.index(count) + 1).collect();
        let mut shards = split(&canonical, ShardBy::Time, count, &deal);
        for shard in shards.iter_mut().skip(1) {
            shard.document.troubles.clear();
        }
        shards.rotate_left(order.index(count));
        prop_assert_eq!(written(&shards).unwrap(), whole);
    }

    #[test]
    fn what_the_dealer_deals_merges(raw in any_document(), count in 1usize..6, by_time in any::<bool>()) {
        let whole = written(&alone(raw)).unwrap();
        let document: Document = serde_json::from_str(&whole.json).unwrap();
        let paths: Vec<&str> =
            document.packages.iter().map(|package| package.import_path.as_str()).collect();
        let dealing = if by_time { Dealing::Time(Timings::default()) } else { Dealing::Hash };
        let mut shards = split(&document, dealing.by(), count, &dealing.deal(&paths, count));
        for shard in shards.iter_mut().skip(1) {
            shard.document.troubles.clear();
        }
        prop_assert_eq!(written(&shards).unwrap(), whole);
    }
}

#[test]
fn times_are_side_by_side() {
    let times = |wall, cpu| Times { wall, cpu };
    let mut shards = two();
    for (shard, wall) in shards.iter_mut().zip([2.5, 61.0]) {
        let prewarm = (wall > 3.0).then_some(times(0.25, 1.5));
        let phases = PhaseTimes { list: times(0.1, 0.2), prewarm, runs: times(wall, 10.0) };
        shard.document.phases = Some(phases);
    }
    shards[1].document.settings.parallelism = 8;
    let Written { text, json, .. } = written(&shards).unwrap();
    assert!(
        text.contains("\nPre-warming build cache (3 packages)...\nPre-warm complete in 0.3s\n")
    );
    assert!(text.contains("\nRunning 3 packages with parallelism=8; progress:\n"), "{text}");
    assert!(text.contains("\nTotal time: 1m01s\n"), "{text}");
    let document: Document = serde_json::from_str(&json).unwrap();
    let phases = document.phases.unwrap();
    assert_eq!((phases.list, phases.runs), (times(0.1, 0.4), times(61.0, 20.0)));
    assert_eq!(phases.prewarm, Some(times(0.25, 1.5)));
    // If one shard has no times, there is nothing to add up.
    shards[0].document.phases = None;
    assert!(written(&shards).unwrap().text.contains("\nTotal time: ---\n"));
}

/// The result can be read again.
#[test]
fn absurd_durations_add_up_to_none() {
    let mut shards = two();
    for shard in &mut shards {
        let times = Times { wall: 1e19, cpu: 1e19 };
        let phases = PhaseTimes { list: times, prewarm: Some(times), runs: times };
        shard.document.phases = Some(phases);
    }
    let whole = written(&shards).unwrap();
    let document: Document = serde_json::from_str(&whole.json).unwrap();
    assert_eq!(document.phases.as_ref().unwrap().runs, Times { wall: 1e19, cpu: 0.0 });
    assert_eq!(written(&alone(document)).unwrap(), whole);
}

#[test]
fn an_edited_status_does_not_open_the_gate() {
    let mut shards = two();
    let below = &mut shards[1].document.packages[0];
    below.floor.percent = 80.1;
    assert_eq!((below.status, shards[1].document.open), (Status::Pass, true));
    let Written { exit, text, json, tail } = written(&shards).unwrap();
    assert_eq!(exit, Exit::GateClosed);
    assert!(text.contains("[2/3]  FAIL        80.0%     80.1%       ---  p01\n"), "{text}");
    assert!(
        tail.starts_with(
            "\n1 package below its floor\np01 needs 1 more statement for 80.1%; not covered:\n"
        ),
        "{tail}"
    );
    let document: Document = serde_json::from_str(&json).unwrap();
    assert_eq!((document.open, document.totals.failed), (false, 1));
    assert_eq!(document.packages[1].status, Status::Fail);
}

/// A trouble that no row shows closes the gate, whichever shard had it.
#[test]
fn a_trouble_of_one_shard_closes_the_gate() {
    let mut shards = two();
    assert_eq!(written(&shards).unwrap().exit, Exit::Pass);
    shards[1].document.troubles.push("a profile was cut off".to_owned());
    let Written { exit, tail, json, .. } = written(&shards).unwrap();
    assert_eq!((exit, tail.as_str()), (Exit::GateClosed, "error: a profile was cut off\n"));
    assert!(json.contains(r#""troubles":["a profile was cut off"]"#), "{json}");
}

#[test]
fn the_last_words_name_what_is_not_default() {
    let mut whole = document(vec![package(0, 0, 1)]);
    whole.settings.default_threshold = 72.5;
    whole.settings.test_dir = Some("tests".to_owned());
    whole.settings.src_prefix = Some("lib".to_owned());
    whole.settings.go_test_flags = vec!["-race".to_owned()];
    let tail = written(&alone(whole)).unwrap().tail;
    let options = "--default-threshold 72.5 --test-dir tests --src-prefix lib";
    let commands = format!(
        "see all of it: covgate audit {options} ./p00 -- -race\n\
         lower the floor on purpose: covgate ratchet {options} --lower ./p00 --reason \"why\" -- -race\n"
    );
    assert!(tail.ends_with(&commands), "{tail}");
}
